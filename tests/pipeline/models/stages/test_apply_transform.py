"""Points go where their surface went."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carreau.base.model import Cloud, Mesh, Scan, ScanFacts
from carreau.models.stages.orient import apply_transform, apply_transform_to_cloud, orient

FAR = np.array([650_000.25, 6_800_000.5, 120.125])


def test_points_land_on_the_surface_that_was_turned(bumpy_sheet: Mesh) -> None:
    mesh = Mesh(bumpy_sheet.positions, bumpy_sheet.faces, origin=FAR)
    oriented = orient(Scan("sheet", mesh, ScanFacts("LAS", up="z", unit_m=0.3048), (Path("sheet.las"),)))
    moved = apply_transform(mesh, oriented.scan_to_model)
    assert np.abs(moved.positions - oriented.mesh.positions).max() < 1e-6
    assert not moved.origin.any()
    normals = np.tile(np.array([0, 0, 1], np.float32), (len(mesh.positions), 1))
    cloud = apply_transform_to_cloud(
        Cloud(mesh.positions, normals=normals, stations=mesh.positions[:2], voxel=1.0, origin=FAR),
        oriented.scan_to_model,
    )
    assert np.abs(cloud.positions - moved.positions).max() < 1e-6
    assert np.abs(cloud.stations - moved.positions[:2]).max() < 1e-6
    assert cloud.normals is not None
    assert np.allclose(cloud.normals, [0, 1, 0], atol=1e-6)
    assert np.isclose(cloud.voxel, 0.3048)
