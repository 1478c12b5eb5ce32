"""The nearest points are those that a look at all of them finds."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import FloatArray
from carreau.geometry.clouds.points import PointGrid


def nearest_of_all(points: FloatArray, places: FloatArray, count: int) -> tuple[np.ndarray, np.ndarray]:
    squares = np.square(places[:, None].astype(np.float64) - points[None]).sum(axis=2)
    order = np.argsort(squares, axis=1, kind="stable")[:, :count]
    return order, np.sqrt(np.take_along_axis(squares, order, axis=1))


@pytest.mark.parametrize("count", [1, 4, 13])
def test_they_are_found_on_a_surface_beside_it_and_far_off(count: int) -> None:
    rng = np.random.default_rng(count)
    sphere = rng.normal(size=(3000, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    sparse = rng.uniform(2, 6, (40, 3))
    points = np.concatenate([sphere, sparse]).astype(np.float32) + np.float32(100)
    near = points[::3] + rng.normal(size=points[::3].shape) * 0.02
    places = np.concatenate([points[:200], near, rng.uniform(80, 120, (60, 3))]).astype(np.float32)
    indices, distances = PointGrid(points, count).nearest(places)
    expected, lengths = nearest_of_all(points, places, count)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, lengths, rtol=1e-6)


def test_of_points_as_far_the_first_comes_first() -> None:
    lattice = np.stack(np.meshgrid(*[np.arange(9.0)] * 3), axis=-1).reshape(-1, 3).astype(np.float32)
    grid = PointGrid(lattice, 7)
    indices, distances = grid.nearest(lattice)
    inner = ((lattice > 0) & (lattice < 8)).all(axis=1)
    expected, _ = nearest_of_all(lattice, lattice[inner], 7)
    np.testing.assert_array_equal(indices[inner], expected)
    assert (distances[inner] == [0, 1, 1, 1, 1, 1, 1]).all()


@pytest.mark.parametrize("points", [1, 2, 5])
def test_a_few_points_are_all_found(points: int) -> None:
    positions = np.arange(3.0 * points).reshape(-1, 3).astype(np.float32)
    indices, _ = PointGrid(positions, points).nearest(np.zeros((4, 3), np.float32))
    np.testing.assert_array_equal(indices, np.tile(np.arange(points), (4, 1)))
    assert PointGrid(positions, 0).nearest(positions)[0].shape == (points, 0)
