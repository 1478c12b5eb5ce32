"""A real statue in national coordinates, beside a vertex that strays: nothing but its place changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Mesh
from carreau.command.cli import main
from carreau.models.stages.read import read
from tests.pipeline.quick_looks import quick_pictures

LAMBERT = np.array([652381.12, 6862047.48, 35.1])
STRAYS = {
    "one triangle at zero": ("v 0 0 0\nv 0.01 0 0\nv 0 0.01 0\n", "f -3 -2 -1\n"),
    "unused vertices": ("v 0 0 0\nv nan 0 0\nv inf 0 0\n", ""),
}


def written(path: Path, mesh: Mesh, vertices: str, triangles: str) -> Path:
    """Write the bare surface in Lambert-93, with 17 digits."""
    with path.open("w") as file:
        np.savetxt(file, mesh.positions.astype(np.float64) + LAMBERT, "v %.17g %.17g %.17g")
        file.write(vertices)
        np.savetxt(file, mesh.faces + 1, "f %d %d %d")
        file.write(triangles)
    return path


@pytest.mark.parametrize("name", STRAYS)
def test_a_statue_beside_a_stray_keeps_its_size_its_triangles_and_its_likeness(
    scans: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    statue = read(scans / "venus_glb" / "venus.glb").mesh
    scan = written(tmp_path / "venus.obj", statue, *STRAYS[name])
    with pytest.MonkeyPatch.context() as patch, quick_pictures(samples=1, sky_rays=2):
        patch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
        words = ["--out", str(tmp_path / "out"), "--levels", "preview", "--unit", "m", "--up", "y", "--quiet"]
        assert main(["model", str(scan), *words]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    facts, (level,) = report["scan"], report["levels"]
    assert np.allclose(sorted(facts["size_m"]), sorted(np.ptp(statue.positions, axis=0)), rtol=1e-3)
    assert facts["triangles_cleaned"] > 0.99 * len(statue.faces)
    assert facts["findings"]["lost_share"] < 1e-3
    assert level["error"]["psnr_db"] > 32
