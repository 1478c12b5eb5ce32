"""A level's looks get a number before they are encoded."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from carreau.base.model import LevelMesh, Skin
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.measure import render_reference, score_level
from carreau.models.stages.read import read


def test_better_looks_have_the_higher_number(tiny_scans: Path) -> None:
    scan = read(tiny_scans / "painted.ply").mesh
    seen, normals = render_reference(scan), vertex_normals(scan.positions, scan.faces)
    own = LevelMesh(scan.positions, normals, scan.faces, None, scan.colors)
    assert score_level(seen, own, None) == math.inf
    grey = LevelMesh(scan.positions, normals, scan.faces, np.zeros((len(normals), 2), np.float32))
    scores = [score_level(seen, grey, Skin(np.full((4, 4, 3), value, np.uint8))) for value in (128, 255)]
    assert math.inf > scores[0] > scores[1] > 0
