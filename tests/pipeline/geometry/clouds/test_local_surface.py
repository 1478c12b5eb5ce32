"""The surface of points sampled from known shapes is watertight, manifold and where the shapes are."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base import process
from carreau.base.model import FloatArray
from carreau.geometry.clouds.local_surface import LocalSurface, cell_for, local_surface
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import enclosed_volume

SPACING = 0.02


def spread_sphere(count: int) -> FloatArray:
    """Return random points of a sphere of radius 0.5."""
    directions = np.random.default_rng(1).normal(size=(count, 3))
    points: FloatArray = (0.5 * directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
    return points


def laid(points: FloatArray, normals: FloatArray, reach: float = 1.0) -> LocalSurface:
    spacing = np.full(len(points), SPACING, np.float32)
    return local_surface(points, normals, spacing, cell_for(np.ptp(points, axis=0).astype(float), spacing), reach, 1.0)


@pytest.fixture(scope="module")
def sphere() -> tuple[FloatArray, FloatArray]:
    points = spread_sphere(int(np.pi / SPACING**2 * 1.5))
    return points, 2 * points


def test_a_sphere_is_closed(sphere: tuple[FloatArray, FloatArray]) -> None:
    found = laid(*sphere)
    edges = find_edges(found.faces, len(found.positions))
    assert not edges.boundary.any()
    assert not edges.non_manifold.any()
    assert len(found.positions) - len(edges.vertices) + len(found.faces) == 2
    assert np.abs(np.linalg.norm(found.positions, axis=1) - 0.5).max() < 0.05 * SPACING
    assert enclosed_volume(found.positions, found.faces) == pytest.approx(np.pi / 6, rel=0.005)


@pytest.mark.parametrize("thickness", [0.6, 1.0, 2.0])
def test_a_thin_wall_keeps_both_sides_and_its_thickness(thickness: float) -> None:
    """Both sides of a plate, thinner than the points of each are apart or not."""
    random = np.random.default_rng(2)
    half = thickness * SPACING / 2
    points = np.concatenate([random.uniform(0, 1, (4000, 3)) * [1, 1, 0] + [0, 0, side * half] for side in (1, -1)])
    normals = np.repeat(np.array([[0, 0, 1], [0, 0, -1]], np.float32), 4000, axis=0)
    found = laid(points.astype(np.float32), normals)
    inner = (np.abs(found.positions[:, :2] - 0.5) < 0.4).all(axis=1) & (found.farness <= 1)
    assert np.abs(np.abs(found.positions[inner, 2]) - half).max() < 0.02 * SPACING
    for side in (1, -1):
        there = inner & (np.sign(found.positions[:, 2]) == side)
        cells = np.unique(np.floor(found.positions[there, :2] / (2 * SPACING)), axis=0)
        assert len(cells) > 0.98 * (0.8 / (2 * SPACING)) ** 2
    assert not find_edges(found.faces, len(found.positions)).non_manifold.any()


def test_farness_is_that_of_the_nearest_point(sphere: tuple[FloatArray, FloatArray]) -> None:
    points, normals = sphere
    upper = points[:, 2] > 0
    found = laid(points[upper], normals[upper])
    away = np.linalg.norm(found.positions[::50, None] - points[upper][None], axis=2).min(axis=1) / SPACING
    assert np.allclose(found.farness[::50], away, atol=1e-3)
    assert found.positions[:, 2].min() > -5 * SPACING


def test_a_wider_reach_bridges_wider_gaps(sphere: tuple[FloatArray, FloatArray]) -> None:
    points, normals = sphere
    seen = np.hypot(points[:, 0], points[:, 1]) > 6 * SPACING
    rims = [
        find_edges(found.faces, len(found.positions)).boundary.sum()
        for found in (laid(points[seen], normals[seen], reach) for reach in (1.0, 6.0))
    ]
    assert rims[0] > 0
    assert rims[1] == 0


def test_threads_change_nothing(sphere: tuple[FloatArray, FloatArray], monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for count in (1, 3):
        monkeypatch.setattr(process, "THREADS", count)
        results.append(laid(*sphere))
    one, two = results
    assert one.positions.tobytes() == two.positions.tobytes()
    assert one.faces.tobytes() == two.faces.tobytes()
    assert one.farness.tobytes() == two.farness.tobytes()
