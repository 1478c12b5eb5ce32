"""Fitting brings a coarse surface nearer to the scan, and leaves what is fixed."""

import numpy as np
import pytest
import trimesh

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.render.raycasting import Scene, fit_positions


def ball(subdivisions: int, size: float = 1.0) -> tuple[FloatArray, IntArray]:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions)
    return np.asarray(mesh.vertices * size, np.float32), np.asarray(mesh.faces, np.int32)


def rms(positions: FloatArray, faces: IntArray, scene: Scene) -> float:
    rng = np.random.default_rng(5)
    weights = rng.dirichlet([1, 1, 1], (len(faces), 8))
    points = np.einsum("fsk,fkd->fsd", weights, positions[faces]).reshape(-1, 3).astype(np.float32)
    return float(np.sqrt(np.mean(scene.closest(points).distances.astype(float) ** 2)))


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
def test_an_inscribed_ball_is_blown_up_until_it_fits(size: float) -> None:
    scene = Scene(*ball(5, size))
    positions, faces = ball(2, size)
    moved = fit_positions(positions, faces, scene, np.zeros(len(positions), bool))
    assert moved.dtype == np.float32
    assert rms(moved, faces, scene) < 0.6 * rms(positions, faces, scene)
    assert np.linalg.norm(moved, axis=1).min() > size


def test_fixed_vertices_stay() -> None:
    positions, faces = ball(2)
    fixed = positions[:, 0] > 0
    moved = fit_positions(positions, faces, Scene(*ball(5)), fixed)
    assert np.abs(moved - positions)[fixed].max() < 1e-5
    assert np.abs(moved - positions)[~fixed].max() > 1e-3


def test_what_lies_behind_a_hole_pulls_nothing() -> None:
    scan_positions, scan_faces = ball(5)
    open_scan = scan_faces[scan_positions[scan_faces].mean(axis=1)[:, 1] < 0.8]
    positions, faces = ball(2)
    moved = fit_positions(positions, faces, Scene(scan_positions, open_scan), np.zeros(len(positions), bool))
    assert np.linalg.norm(moved - positions, axis=1).max() < 0.1


def test_a_surface_that_fits_is_left_alone_as_is_one_without_area() -> None:
    positions, faces = ball(3)
    still = np.zeros(len(positions), bool)
    assert fit_positions(positions, faces, Scene(positions, faces), still) == pytest.approx(positions, abs=1e-5)
    flat = np.zeros_like(faces[:4])
    assert np.isfinite(fit_positions(positions, flat, Scene(positions, faces), still)).all()


def test_a_vertex_between_slivers_stays_near() -> None:
    grid: FloatArray = np.array([[x / 11, y / 11, 0] for y in range(12) for x in range(12)], np.float32)
    quads = [(12 * y + x, 12 * y + x + 1, 12 * y + x + 13, 12 * y + x + 12) for y in range(11) for x in range(11)]
    faces = np.array([corner for a, b, c, d in quads for corner in ((a, b, c), (a, c, d))], np.int32)
    bumps = np.random.default_rng(3).normal(0, 0.01, 144)
    rough = grid.copy()
    rough[:, 2] = bumps
    slid = rough.copy()
    slid[65] = slid[66] + np.float32(1e-5)
    moved = fit_positions(slid, faces, Scene(rough, faces), np.zeros(144, bool))
    assert np.isfinite(moved).all()
    assert np.abs(moved - slid).max() < 0.1
