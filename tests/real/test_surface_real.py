"""The three real clouds become surfaces that lie on their points, open where nothing was seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Scan
from carreau.geometry.clouds.points import nearest_points, search_tree, take_points
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import face_normals
from carreau.models.stages.measure import MeasureOptions, measure
from carreau.models.stages.read import read
from carreau.models.stages.surface import surface

LOOK = MeasureOptions(views=6, size_px=384, supersampling=2, samples=0)


def part(path: Path, share: float) -> Scan:
    """Return a scan with the points of the middle of it, so that a test takes seconds."""
    scan = read(path)
    assert scan.cloud is not None
    places = scan.cloud.positions
    low, high = (np.quantile(places, at, axis=0) for at in (0.5 - share / 2, 0.5 + share / 2))
    return replace(scan, cloud=take_points(scan.cloud, np.asarray(((places >= low) & (places <= high)).all(axis=1))))


@pytest.mark.parametrize(
    ("file", "share", "sides", "least_db"),
    [
        ("lion_copc_laz/lion_takanawa.copc.laz", 0.7, "outwards", 26.5),
        ("brighton_beach_laz/model.laz", 0.4, "sky", 32.0),
        ("pump_e57/pump.e57", 0.7, "scanner", 32.2),
    ],
)
def test_a_cloud_looks_like_its_points(scans: Path, file: str, share: float, sides: str, least_db: float) -> None:
    found = surface(part(scans / file, share))
    mesh, points, spacing = found.scan.mesh, found.cloud.positions, found.findings.spacing
    assert found.findings.sides == sides
    away = nearest_points(search_tree(points), mesh.positions, 1)[1]
    assert away.max() < 6 * spacing  # no balloon
    assert np.median(away) < spacing
    assert find_edges(mesh.faces, len(mesh.positions)).boundary.any()
    assert measure(found.points, mesh, LOOK).psnr_db > least_db
    if sides == "sky":
        assert (face_normals(mesh.positions, mesh.faces)[:, 2] > 0).mean() > 0.97
