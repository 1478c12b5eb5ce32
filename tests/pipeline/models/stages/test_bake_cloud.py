"""A texel wears the colour of the points beside it."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Cloud, LevelMesh
from carreau.models.stages.bake import BakeCloudOptions, bake_cloud


def square(z: float, up: bool = True) -> LevelMesh:
    positions = np.array([[0, 0, z], [1, 0, z], [1, 1, z], [0, 1, z]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    normals = np.tile(np.array([0, 0, 1 if up else -1], np.float32), (4, 1))
    return LevelMesh(positions, normals, faces, positions[:, :2].copy())


def lattice(z: float) -> np.ndarray:
    side = (np.arange(20) + 0.5) / 20
    x, y = (grid.ravel() for grid in np.meshgrid(side, side))
    return np.stack([x, y, np.full(x.shape, z)], axis=1).astype(np.float32)


def test_each_side_of_a_square_has_the_colour_of_its_points() -> None:
    points = lattice(0.0)
    colors = np.where(points[:, :1] < 0.5, [250, 0, 0], [0, 0, 250]).astype(np.uint8)
    base = bake_cloud(Cloud(points, colors), square(0.0), BakeCloudOptions(64)).base
    assert (base[:, :28] == [250, 0, 0]).all()
    assert (base[:, 36:] == [0, 0, 250]).all()


@pytest.mark.parametrize(("up", "color"), [(True, 240), (False, 10)])
def test_each_side_of_a_thin_wall_keeps_its_own_colour(up: bool, color: int) -> None:
    points = np.concatenate([lattice(0.0), lattice(0.0) + np.array([0.01, 0.01, 0.001], np.float32)])
    normals = np.repeat(np.array([[0, 0, 1], [0, 0, -1]], np.float32), 400, axis=0)
    colors = np.repeat(np.array([[240] * 3, [10] * 3], np.uint8), 400, axis=0)
    base = bake_cloud(Cloud(points, colors, normals=normals), square(0.0, up), BakeCloudOptions(32)).base
    assert np.abs(base.astype(int) - color).mean() < 12


def test_intensity_is_grey() -> None:
    cloud = Cloud(lattice(0.0), intensity=np.full(400, 0.25, np.float32))
    assert (bake_cloud(cloud, square(0.0), BakeCloudOptions(16)).base == 64).all()


def test_nothing_to_paint_with_is_refused() -> None:
    with pytest.raises(ValueError, match="points"):
        bake_cloud(Cloud(np.zeros((0, 3), np.float32)), square(0.0), BakeCloudOptions(16))
