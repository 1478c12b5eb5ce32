"""Real scans measured against what is known of them."""

import math
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Mesh
from carreau.geometry.render.image_metrics import ssim
from carreau.geometry.render.views import render_views
from carreau.models.stages.measure import MeasureOptions, compare, sight
from carreau.models.stages.read import read
from carreau.models.stages.unwrap import ReuseUvsOptions, reuse_uvs
from tests.pipeline.geometry.render.reference_ssim import reference_ssim

FAST = MeasureOptions(views=4, size_px=192, supersampling=1, samples=2000)


@pytest.mark.parametrize("name", ["column_obj/column03.obj", "vertexcolour_ply/ankylosaurus_mesh.ply"])
def test_a_scan_differs_in_nothing_from_itself(scans: Path, name: str) -> None:
    scan = read(scans / name)
    error = compare(scan, scan, options=FAST).error
    assert error.psnr_db == math.inf
    assert error.ssim == pytest.approx(1, abs=1e-6)
    assert error.cracks is not None
    assert error.cracks.count == 0


def test_one_statue_in_two_formats_is_one_statue(scans: Path) -> None:
    """The OBJ was decoded from the Draco file: five decimals are left, and another colour for the base plate."""
    one = read(scans / "venus_statue_obj" / "venus_statue.obj")
    other = read(scans / "venus_statue_gltf_draco" / "venus.gltf")
    error = compare(one, other, options=FAST).error
    assert error.silhouette < 0.001
    assert error.psnr_db > 20
    for distance in (error.to_level, error.to_scan):
        assert distance is not None
        assert distance.largest < 1e-4
    assert error.cracks is not None
    assert error.cracks.count == 0


@pytest.mark.parametrize("triangles", [3000, 9000])
def test_ssim_of_a_level_is_that_of_a_reference_implementation(scans: Path, triangles: int) -> None:
    scan = read(scans / "column_obj" / "column03.obj").mesh
    level = reuse_uvs(scan, ReuseUvsOptions(triangles)).level
    assert level is not None
    assert level.texcoords is not None
    worn = Mesh(level.positions, level.faces, (level.texcoords[level.faces],), materials=scan.materials)
    cameras = sight(scan, FAST).cameras
    first, second = (render_views(each, cameras, FAST.supersampling) for each in (scan, worn))
    expected = np.concatenate([reference_ssim(first, second, number) for number in range(FAST.views)])
    assert 0.5 < expected.mean() < 0.999
    assert ssim(first, second) == pytest.approx(float(expected.mean()), abs=1e-5)
