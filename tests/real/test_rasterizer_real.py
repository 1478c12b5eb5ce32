"""Real scans show the same triangles to the rasteriser as to rays."""

from pathlib import Path

import numpy as np
import pytest

from carreau.geometry.mesh_parts import bounding_sphere
from carreau.geometry.render.camera import fibonacci_views
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.views import rasterize
from carreau.models.stages.read import read


@pytest.mark.parametrize(
    "name", ["column_obj/column03.obj", "vertexcolour_ply/ankylosaurus_mesh.ply", "venus_statue_obj/venus_statue.obj"]
)
def test_a_scan_is_seen_as_by_rays(scans: Path, name: str) -> None:
    mesh = read(scans / name).mesh
    scene = Scene(mesh.positions, mesh.faces)
    same = both = alone = 0
    for camera in fibonacci_views(*bounding_sphere(mesh), count=3, size_px=1024):
        raster, hits = rasterize(mesh.positions, mesh.faces, camera.screen()), scene.cast(camera.rays()).faces
        assert raster is not None
        seen = np.full(len(hits), -1, np.int32)
        seen[raster.pixels] = raster.faces
        common = (seen >= 0) & (hits >= 0)
        same, both = same + int((seen == hits)[common].sum()), both + int(common.sum())
        alone += int(((seen >= 0) ^ (hits >= 0)).sum())
    assert both > 100_000
    assert same >= 0.9998 * both
    assert alone <= 2e-5 * both
