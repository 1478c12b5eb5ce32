"""A scan with a vertex that strays is built whole; one that loses its surface says so, or is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.model import DoubleArray, IntArray
from carreau.command.cli import main
from tests.pipeline.stand_in import blank_posters
from tests.pipeline.tiles_of_a_sphere import sphere

pytestmark = pytest.mark.usefixtures("small_looks")
LAMBERT = np.array([652381.12, 6862047.48, 35.1])
TRIANGLES = 20_480


def statue() -> tuple[DoubleArray, IntArray]:
    """Return a bumpy ball of two metres in Lambert-93."""
    places, faces = sphere(5, 1.0)
    bumps = 1 + 0.03 * np.sin(9 * places).prod(axis=1, keepdims=True)
    return places * bumps + LAMBERT, faces.astype(np.int32)


def written(path: Path, places: DoubleArray, faces: IntArray, vertices: str = "", triangles: str = "") -> Path:
    rows = "".join(f"v {x!r} {y!r} {z!r}\n" for x, y, z in places.tolist()) + vertices
    path.write_text(rows + "".join(f"f {a} {b} {c}\n" for a, b, c in (faces + 1).tolist()) + triangles)
    return path


def built(scan: Path, out: Path, *words: str) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        blank_posters(patch)
        patch.setenv("CARREAU_CACHE", str(out.parent / "cache"))
        assert main(["model", str(scan), "--out", str(out), "--levels", "preview", "--unit", "m", *words]) == 0
    report: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return report


STRAYS = {
    "nothing": ("", ""),
    "a triangle of 1 cm": ("v 0 0 0\nv 0.01 0 0\nv 0 0.01 0\n", "f -3 -2 -1\n"),
    "a triangle to the surface": ("v 0 0 0\n", "f 1 2 -1\n"),
    "an unused vertex": ("v 0 0 0\n", ""),
    "no number": ("v nan 0 0\n", ""),
    "infinity": ("v inf 0 0\n", ""),
}


@pytest.mark.parametrize("name", STRAYS)
def test_a_statue_with_a_stray_is_built_whole(tmp_path: Path, name: str) -> None:
    scan = written(tmp_path / "statue.obj", *statue(), *STRAYS[name])
    report = built(scan, tmp_path / "out")
    facts, (level,) = report["scan"], report["levels"]
    assert max(facts["size_m"]) == pytest.approx(2.0, rel=0.05)
    assert facts["triangles_cleaned"] == TRIANGLES
    assert level["error"]["psnr_db"] > 35
    assert facts["findings"]["lost_share"] == 0
    strays = [text for text in facts["warnings"] if "stray triangle" in text]
    assert len(strays) == ("triangle" in name)


def without_numbers(share: float) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        places, faces = statue()
        count = round(share * len(faces))
        lost = faces[:count].copy()
        lost[:, 0] = len(places)
        return written(path, np.concatenate([places, [[np.nan] * 3]]), np.concatenate([lost, faces[count:]]))

    return write


def test_a_loss_of_a_twentieth_warns_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scans").mkdir()
    without_numbers(0.05)(tmp_path / "scans" / "statue.obj")
    (tmp_path / "scans" / "empty.obj").write_text("v 0 0 0\n")  # of a single scan there is no batch
    with pytest.MonkeyPatch.context() as patch:
        blank_posters(patch)
        patch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
        words = ["--out", str(tmp_path / "out"), "--levels", "preview", "--unit", "m"]
        assert main(["model", str(tmp_path / "scans"), *words]) == 2
    warning = "5.0% of the surface is lost in reading and cleaning (triangles that are not finite: 1,024"
    _, scan = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))["scans"]
    assert [text for text in scan["warnings"] if text.startswith(warning)]
    folder = tmp_path / "out" / "statue"
    assert "1,024" in (folder / "report.en.html").read_text(encoding="utf-8")


def test_a_loss_of_a_quarter_is_refused_unless_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = without_numbers(0.25)(tmp_path / "statue.obj")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
        assert main(["model", str(scan), "--out", str(tmp_path / "refused"), "--levels", "preview"]) == 2
    error = capsys.readouterr().err
    assert "25.0% of its surface is lost in reading and cleaning" in error
    assert "--allow-loss" in error
    assert not (tmp_path / "refused" / "preview.glb").exists()
    report = built(scan, tmp_path / "out", "--allow-loss")
    assert report["scan"]["findings"]["lost_share"] == pytest.approx(0.25, abs=0.01)
    (tmp_path / "scan.toml").write_text("allow_loss = true\n")
    built(scan, tmp_path / "noted")


def test_float32_in_lambert_93_is_refused_with_its_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places, faces = statue()
    scan = written(tmp_path / "statue.obj", places.astype(np.float32).astype(np.float64), faces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
        assert main(["model", str(scan), "--out", str(tmp_path / "out"), "--levels", "preview"]) == 2
        error = capsys.readouterr().err
        assert "because its coordinates are float32: near 6,862,04" in error
        assert "they have steps of 0.5 units, and edges of triangles have 0.0309" in error
        assert "export it with a local shift of its coordinates or as float64 (double)" in error
        assert "--allow-loss" in error
        assert main(["inspect", str(scan)]) == 0
    assert "steps of 0.5 units" in capsys.readouterr().out


def test_float32_is_not_blamed_for_what_it_did_not_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A third of the triangles have no numbers, and steps of 1/16 m leave nearly all others an area."""
    places, faces = sphere(3, 1.0)
    places = (5 * places + LAMBERT / 10).astype(np.float32).astype(np.float64)
    broken = faces.astype(np.int32)
    broken[: len(faces) // 3, 0] = len(places)
    scan = written(tmp_path / "statue.obj", np.concatenate([places, [[np.nan] * 3]]), broken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
        assert main(["inspect", str(scan)]) == 0
        assert "its coordinates are float32" in capsys.readouterr().out
        assert main(["model", str(scan), "--out", str(tmp_path / "out"), "--levels", "preview"]) == 2
    error = capsys.readouterr().err
    assert "of its surface is lost in reading and cleaning" in error
    assert "float64" not in error


def test_a_surface_that_lies_there_twice_is_no_loss(tmp_path: Path) -> None:
    places, faces = statue()
    scan = written(tmp_path / "statue.obj", places, np.concatenate([faces, faces]))
    facts = built(scan, tmp_path / "out")["scan"]
    assert (facts["findings"]["duplicate"], facts["findings"]["lost_share"]) == (TRIANGLES, 0)


def test_what_is_cropped_is_no_loss(tmp_path: Path) -> None:
    places, faces = statue()
    scan = written(tmp_path / "statue.obj", places, faces)
    x, y, z = LAMBERT
    facts = built(scan, tmp_path / "out", f"--crop={x},{y - 9},{z - 9},{x + 9},{y + 9},{z + 9}")["scan"]
    assert facts["triangles_cleaned"] < 0.6 * TRIANGLES
    assert facts["findings"]["lost_share"] == 0
