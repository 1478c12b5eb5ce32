"""A scan of very many triangles is simplified tile by tile first; the limits are lowered here for a small one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.command.cli import main
from carreau.models.builders import build_context
from carreau.models.builders.build_context import Limits
from tests.pipeline.stand_in import blank_posters
from tests.pipeline.tiles_of_a_sphere import sphere

pytestmark = pytest.mark.usefixtures("small_looks")
TRIANGLES = 20_480
LEFT = 8_000


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ball of two metres with bumps."""
    places, faces = sphere(5, 1.0)
    places *= 1 + 0.03 * np.sin(9 * places).prod(axis=1, keepdims=True)
    path = tmp_path_factory.mktemp("large") / "ball.obj"
    rows = [f"v {x!r} {y!r} {z!r}\n" for x, y, z in places.tolist()]
    path.write_text("".join([*rows, *(f"f {a} {b} {c}\n" for a, b, c in (faces + 1).tolist())]))
    return path


def built(scan: Path, out: Path, *words: str) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        blank_posters(patch)
        patch.setattr(build_context, "LIMITS", Limits(most=10_000, tile=3_000, left=LEFT))
        patch.setenv("CARREAU_CACHE", str(out.parent / "cache"))
        assert main(["model", str(scan), "--out", str(out), "--levels", "preview", "--unit", "m", *words]) == 0
    found: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))["scan"]
    return found


def told(scan: dict[str, Any], words: str) -> list[str]:
    return [decision for decision in scan["decisions"] if words in decision]


def test_the_whole_build_says_so_and_leaves_no_crack(scan: Path, tmp_path: Path) -> None:
    found = built(scan, tmp_path / "out")
    assert found["triangles"] == TRIANGLES
    assert LEFT <= found["triangles_cleaned"] < 1.2 * LEFT
    assert found["findings"]["boundary"] == found["findings"]["non_manifold"] == 0
    assert found["findings"]["pieces"] == 1
    assert found["triangles_simplified"] == found["triangles_cleaned"]
    page = (tmp_path / "out" / "report.en.html").read_text("utf-8")
    assert "{0:,} of {0:,} triangles remain after cleaning".format(found["triangles_simplified"]) in page
    (decision,) = told(found, "were simplified to")
    assert decision.startswith("its 20,480 triangles were simplified to ")
    assert found["size_m"] == pytest.approx([2, 2, 2], abs=0.1)


def test_what_lies_outside_the_crop_box_is_left_out_first(scan: Path, tmp_path: Path) -> None:
    found = built(scan, tmp_path / "out", "--crop=-2,-2,-2,2,2,0.5")
    (cropping,) = told(found, "cropped to")
    kept = int(cropping.split()[2].replace(",", ""))
    assert 14_000 < kept < 17_000
    assert cropping.startswith(f"cropped to {kept:,} of 20,480 triangles")
    assert told(found, f"its {kept:,} triangles were simplified to")


def test_a_large_scan_of_which_little_is_wanted_is_taken_as_it_is(scan: Path, tmp_path: Path) -> None:
    found = built(scan, tmp_path / "out", "--crop=-2,-2,-2,2,2,-0.5")
    assert told(found, "cropped to")
    assert not told(found, "were simplified to")
    assert found["triangles_cleaned"] < 10_000
