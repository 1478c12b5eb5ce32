"""Decimation keeps to its budget, and its error is true to size."""

import numpy as np
import pytest
import trimesh

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.decimation import decimate


def ball(subdivisions: int = 4, size: float = 1.0) -> tuple[FloatArray, IntArray]:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions)
    return np.asarray(mesh.vertices * size, np.float32), np.asarray(mesh.faces, np.int32)


@pytest.mark.parametrize("budget", [20, 100, 1000, 5000])
def test_never_more_triangles_than_asked_for(budget: int) -> None:
    positions, faces = ball()
    kept, error = decimate(positions, faces, budget)
    assert 0 < len(kept) <= min(budget, len(faces))
    assert kept.dtype == np.int32
    assert kept.max() < len(positions)
    assert 0 <= error < 1


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e3, 1e6])
def test_the_error_is_in_the_unit_of_the_positions(size: float) -> None:
    kept, error = decimate(*ball(), 200)
    scaled, scaled_error = decimate(*ball(size=size), 200)
    assert len(scaled) == pytest.approx(len(kept), rel=0.05)
    assert scaled_error == pytest.approx(error * size, rel=0.2)


def test_nothing_comes_of_nothing() -> None:
    kept, error = decimate(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), 10)
    assert kept.shape == (0, 3)
    assert error == 0


@pytest.mark.parametrize("budget", [1, 10, 300])
def test_more_pieces_than_triangles_lose_the_least(budget: int) -> None:
    rng = np.random.default_rng(3)
    sizes = np.where(np.arange(2000) % 100 == 0, 3.0, 0.1)
    loose = rng.normal(size=(2000, 1, 3)) * 10 + rng.normal(size=(2000, 3, 3)) * sizes[:, None, None]
    faces = np.arange(6000, dtype=np.int32).reshape(-1, 3)
    kept, error = decimate(loose.reshape(-1, 3).astype(np.float32), faces, budget)
    assert 0 < len(kept) <= budget
    assert error > 0


def test_faces_that_cannot_be_merged_are_dropped() -> None:
    line = np.stack([np.arange(30), np.zeros(30), np.zeros(30)], axis=1).astype(np.float32)
    faces = np.stack([np.arange(28), np.arange(1, 29), np.arange(2, 30)], axis=1).astype(np.int32)
    kept, _ = decimate(line, faces, 5)
    assert 0 < len(kept) <= 5
