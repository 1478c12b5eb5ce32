"""The large and messy scan of the benchmark has every defect that it promises."""

from pathlib import Path

import numpy as np
from PIL import Image

from carreau.models.stages.clean import clean
from carreau.models.stages.read import read
from tests.bench.messy_scan import make_messy

EDGE = 60


def rough_slope(folder: Path) -> Path:
    """Write a textured sheet as an OBJ."""
    random = np.random.default_rng(2)
    Image.fromarray(random.integers(0, 255, (64, 64, 3), np.uint8)).save(folder / "sheet.jpg")
    (folder / "sheet.mtl").write_text("newmtl sheet\nmap_Kd sheet.jpg\n", "utf-8")
    lines = ["mtllib sheet.mtl", "usemtl sheet"]
    for row in range(EDGE):
        for column in range(EDGE):
            lines.append(f"v {column} {row} {random.random():.4f}")
            lines.append(f"vt {column / (EDGE - 1):.5f} {row / (EDGE - 1):.5f}")
    for row in range(EDGE - 1):
        for column in range(EDGE - 1):
            a = row * EDGE + column + 1
            corners = [(a, a + 1, a + EDGE), (a + 1, a + EDGE + 1, a + EDGE)]
            lines += ["f " + " ".join(f"{v}/{v}" for v in face) for face in corners]
    path = folder / "sheet.obj"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_every_defect_is_there(tmp_path: Path) -> None:
    mesh = read(make_messy(rough_slope(tmp_path), tmp_path / "messy", triangles=45_000, pieces=50)).mesh
    assert len(mesh.materials) >= 4
    findings = clean(mesh).findings
    assert findings.duplicate > 1000
    assert findings.degenerate > 1000
    assert min(findings.stitched, findings.tees, findings.non_manifold) > 0
    assert findings.loose + findings.spared > 10
