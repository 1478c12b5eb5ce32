"""Normals end up on one side, that of who knows, or outwards."""

from __future__ import annotations

import numpy as np

from carreau.base.model import FloatArray
from carreau.geometry.clouds.point_attributes import orient_normals, point_normals
from carreau.geometry.clouds.points import find_neighbors


def box(count: int = 6000) -> tuple[FloatArray, FloatArray]:
    """Return points on the sides of a cube about zero with the side each lies on, as its normal."""
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (count, 3))
    axis, sign = random.integers(0, 3, count), random.choice([-1.0, 1.0], count)
    points[np.arange(count), axis] = sign
    normals = np.zeros((count, 3))
    normals[np.arange(count), axis] = sign
    return points.astype(np.float32), normals.astype(np.float32)


def test_a_box_looks_outwards_on_all_sides() -> None:
    points, truth = box()
    around = find_neighbors(points, 12)
    normals = orient_normals(points, point_normals(points, around.indices), around)
    assert (np.einsum("nd,nd->n", normals, truth) > 0).mean() > 0.995


def test_two_sheets_that_nearly_touch_keep_their_sides() -> None:
    side = np.arange(60) / 60
    x, y = (grid.ravel() for grid in np.meshgrid(side, side))
    sheet = np.stack([x, y, np.zeros(3600)], axis=1)
    points = np.concatenate([sheet, sheet + np.array([0.008, 0.008, 0.03])]).astype(np.float32)
    toward = np.repeat(np.array([[0, 0, -1], [0, 0, 1]], np.float32), 3600, axis=0)
    around = find_neighbors(points, 12)
    normals = orient_normals(points, point_normals(points, find_neighbors(points, 4).indices), around, toward)
    assert (normals[:, 2] * toward[:, 2] > 0).mean() > 0.99


def test_who_knows_is_followed_where_a_plane_is_seen_edge_on() -> None:
    points, truth = box()
    around = find_neighbors(points, 12)
    down = np.tile(np.array([0, 0, -1], np.float32), (len(points), 1))
    normals = orient_normals(points, point_normals(points, around.indices), around, down)
    lid = np.abs(truth[:, 2]) > 0.5
    assert (normals[lid, 2] < 0).mean() > 0.98


def test_normals_of_points_on_a_plane_stand_on_it() -> None:
    random = np.random.default_rng(1)
    axes = np.linalg.qr(random.normal(size=(3, 3)))[0]
    points = (random.uniform(-1, 1, (500, 2)) @ axes[:, :2].T + 1000).astype(np.float32)
    normals = point_normals(points, find_neighbors(points, 12).indices)
    assert np.abs(normals @ axes[:, 2]).min() > 0.99
    assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
