"""When things go wrong on the way from a scan to its models: one line, nothing by halves, and the next run goes on."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import ScanError, StorageError
from carreau.command.cli import main
from carreau.models.flow import compare_model
from carreau.runs.cache import Cache
from carreau.runs.progress_display import progress_for
from tests.pipeline.flows import SAID, built, models, ran
from tests.pipeline.stand_in import stand_in

pytestmark = pytest.mark.usefixtures("small_looks")

PROJECT = Path(__file__).parents[3]
QUICK = """
import sys
import carreau
from carreau.command.cli import main
from tests.pipeline.quick_looks import quick_looks
with quick_looks():
    sys.exit(main(sys.argv[1:]))
"""


def test_a_killed_run_leaves_no_half_and_the_next_goes_on(
    whole: Mapping[str, Any], tiny_scans: Path, tmp_path: Path
) -> None:
    step = "compress preview"
    out, words = tmp_path / "out", [f"--{key}={value}" for key, value in SAID.items()]
    command = [sys.executable, "-c", QUICK, "model", str(tiny_scans / "globe.obj"), "--out", str(out)]
    environment = {**os.environ, "CARREAU_CACHE": str(tmp_path / "cache"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--levels=preview", "--jobs=1", *words], stderr=subprocess.PIPE, text=True, cwd=PROJECT,
        env=environment,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if f"  {step} …" in line:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert {path.name for path in out.iterdir()} <= {"build.log"}
    report = built(tiny_scans / "globe.obj", out, tmp_path / "cache", levels=("preview",), **SAID)
    assert not {"read", "orient", "clean", "look", "keep preview", "pack preview"} & ran(report)
    assert step in ran(report)
    assert not {"simplify preview", "bake new atlas of preview", "encode webp preview"} & ran(report)
    assert report["levels"][0]["sha256"] == whole["levels"][0]["sha256"]


def test_a_full_cache_disk_is_one_line(tiny_scans: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    environment = {**os.environ, "CARREAU_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "carreau.command.cli", "model", str(tiny_scans / "globe.obj"), "--quiet"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--levels=preview"], capture_output=True, text=True, cwd=PROJECT,
        env=environment, preexec_fn=limit,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written (File too large)" in done.stderr
    assert list((tmp_path / "cache" / "partial").iterdir()) == []
    assert not set(models(tmp_path / "out"))


def test_a_full_disk_for_the_models_is_one_line_and_changes_nothing(
    whole: Mapping[str, Any], tiny_scans: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "preview.glb").write_text("of an earlier build")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="the disk is full"):
        built(tiny_scans / "globe.obj", tmp_path, shop / "cache", **SAID)
    assert [path.name for path in tmp_path.iterdir()] == ["preview.glb"]
    assert (tmp_path / "preview.glb").read_text() == "of an earlier build"


def test_a_full_folder_for_temporary_files_is_no_defect(cache: Cache) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match="the disk is full"):
        cache.step(stand_in("carreau.models.stages.encode:compress", full), b"").value()


NOTHING = {
    "no number": "v nan nan nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "no area": "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n",
    "one place": "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_a_scan_of_which_nothing_is_left(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scan.obj").write_text(text)
    assert main(["model", str(tmp_path / "scan.obj"), "--out", str(tmp_path / "out"), "--quiet"]) == 2
    output = capsys.readouterr().err
    assert output.count("\n") == 1
    assert "scan.obj: no triangles are left after cleaning; export the scan again" in output
    assert not set(models(tmp_path / "out")) if (tmp_path / "out").exists() else True


@pytest.mark.parametrize("scale", [1e-30, 1e20])
def test_a_size_that_no_number_can_square_is_refused(
    scale: float, tmp_path: Path, whole: Mapping[str, Any], shop: Path
) -> None:
    path, globe = tmp_path / "scan.obj", shop / "globe" / "preview.glb"
    path.write_text(f"v 0 0 0\nv {scale} 0 0\nv 0 {scale} 0\nf 1 2 3\n")
    for action in (
        lambda: built(path, tmp_path / "out", tmp_path / "cache"),
        lambda: compare_model(path, globe, Cache(tmp_path / "cache"), progress_for(sys.stderr, True)),
    ):
        with pytest.raises(ScanError, match="m long, outside the range") as refused:
            action()
        assert "--unit" in refused.value.cure


def glb_of_nothing() -> bytes:
    """Return a GLB that holds no mesh."""
    text = json.dumps({"asset": {"version": "2.0"}}).encode()
    text += b" " * (-len(text) % 4)
    head = b"glTF" + (2).to_bytes(4, "little") + (20 + len(text)).to_bytes(4, "little")
    return head + len(text).to_bytes(4, "little") + b"JSON" + text


def test_a_model_of_nothing_is_not_found_identical(tiny_scans: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.glb").write_bytes(glb_of_nothing())
    with pytest.raises(ScanError, match=r"empty\.glb"):
        compare_model(
            tiny_scans / "globe.obj", tmp_path / "empty.glb", Cache(tmp_path / "cache"), progress_for(sys.stderr, True)
        )


def test_a_few_wild_points_neither_stop_nor_blind_the_measuring(
    tiny_scans: Path, tmp_path: Path, whole: Mapping[str, Any]
) -> None:
    lines = (tiny_scans / "globe.obj").read_text().splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("v ")]
    lines[places[410]], lines[places[500]] = "v nan nan nan", "v 0 inf 0"
    first = places[-1] + 1
    lines[first:first] = ["v 5000 0 0", "v 5000.1 0 0", "v 5000 0.1 0"]
    count = len(places)
    lines.append(f"f {count + 1}/1 {count + 2}/2 {count + 3}/3")
    (tmp_path / "wild.obj").write_text("\n".join(lines))
    for name in ("globe.mtl", "globe-0.png"):
        shutil.copy(tiny_scans / name, tmp_path)
    report = built(tmp_path / "wild.obj", tmp_path / "out", tmp_path / "cache", levels=("preview",))
    assert report["scan"]["findings"]["non_finite"] == 3 + 6  # one on the border of the map, one inside
    level = report["levels"][0]
    assert 25 < level["error"]["psnr_db"] < 60
    assert np.isfinite([level["error"]["to_scan"]["largest"], level["error"]["to_level"]["rms"]]).all()


def test_one_bad_scan_among_several(
    whole: Mapping[str, Any], tiny_scans: Path, shop: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CARREAU_CACHE", str(shop / "cache"))
    (tmp_path / "bad.obj").write_text(NOTHING["no area"])
    scans = [tmp_path / "bad.obj", tmp_path / "lost.ply", tiny_scans / "globe.obj"]
    words = [f"--{key}={value}" for key, value in SAID.items() if key != "name"]
    assert main(["model", *map(str, scans), "--out", str(tmp_path / "out"), "--levels=preview", *words, "--quiet"]) == 2
    output = capsys.readouterr().err.splitlines()
    assert [line.partition(".")[0].rpartition("/")[2] for line in output] == ["bad", "lost"]
    assert (tmp_path / "out" / "globe" / "preview.glb").is_file()
    assert (tmp_path / "out" / "globe" / "report.json").is_file()
