"""The surface of points sampled from a known mesh, with and without noise, is that mesh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Cloud, DoubleArray, FloatArray, IntArray, Mesh, Scan, ScanFacts
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import face_areas
from carreau.models.stages.measure import MeasureOptions, measure
from carreau.models.stages.surface import ReconstructedSurface, surface
from tests.pipeline.stereo_clouds import house

LOOK = MeasureOptions(views=6, size_px=256, samples=20_000)
MM = 1e-3
COUNT = 60_000


def sampled(mesh: Mesh, count: int, noise: float) -> FloatArray:
    """Return points at random places of a mesh, that deviate from it by a normal noise along each axis."""
    random = np.random.default_rng(1)
    areas = face_areas(mesh.positions, mesh.faces).astype(np.float64)
    corners = mesh.positions[mesh.faces[random.choice(len(areas), count, p=areas / areas.sum())]]
    weights = random.dirichlet((1, 1, 1), count)
    places = np.einsum("kj,kjd->kd", weights, corners) + random.normal(0, noise, (count, 3))
    points: FloatArray = places.astype(np.float32)
    return points


def surface_of(points: FloatArray) -> ReconstructedSurface:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    return surface(Scan("known", empty, ScanFacts("PLY", up="z"), (Path("known.ply"),), Cloud(points)))


def halves(quads: np.ndarray) -> IntArray:
    """Return two triangles for each of (n, 4) quads."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3).astype(np.int32, order="C")


def plate(thickness_mm: float) -> Mesh:
    """Return a plate of 50 x 50 cm that stands."""
    sides = np.array([500, thickness_mm, 500], np.float32) * np.float32(MM)
    corners = np.array(list(np.ndindex(2, 2, 2)), np.float32) * sides
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    return Mesh(corners, halves(quads))


def on_ring(along: np.ndarray, across: np.ndarray) -> DoubleArray:
    """Return the places at two (n,) angles of a ring 40 cm wide and 10 cm thick."""
    out = 150 + 50 * np.cos(across)
    return np.stack([out * np.cos(along), out * np.sin(along), 50 * np.sin(across)], axis=1) * MM


def ring() -> Mesh:
    """Return the ring, in 200 x 80 quads."""
    along, across = (index.ravel() for index in np.meshgrid(np.arange(200), np.arange(80), indexing="ij"))
    corners = on_ring(along * (2 * np.pi / 200), across * (2 * np.pi / 80)).astype(np.float32)
    next_along, next_across = (along + 1) % 200 * 80, (across + 1) % 80
    quads = np.stack([along * 80 + across, next_along + across, next_along + next_across, along * 80 + next_across], 1)
    return Mesh(corners, halves(quads))


def spread_on_ring(noise: float) -> FloatArray:
    """Return a random point in each of 300 x 100 cells of the ring, of 2.1 to 4.2 mm x 3.1 mm, with noise."""
    random = np.random.default_rng(1)
    along, across = (index.ravel() for index in np.meshgrid(np.arange(300), np.arange(100), indexing="ij"))
    turn, roll = ((index + random.uniform(size=30_000)) * 2 * np.pi for index in (along, across))
    points: FloatArray = (on_ring(turn / 300, roll / 100) + random.normal(0, noise, (30_000, 3))).astype(np.float32)
    return points


@pytest.fixture(scope="module")
def model() -> Mesh:
    """A house of 40 cm, with a ground, windows set back by 7.5 mm and pilasters that stand out by 5 mm."""
    full = house(0.2)
    return replace(full, positions=full.positions / np.float32(40))


@pytest.mark.parametrize(("noise", "to_truth", "from_truth"), [(0.0, 0.42, 0.29), (1.0, 0.85, 0.7), (3.0, 1.3, 1.25)])
def test_the_surface_is_the_one_that_points_came_from(
    model: Mesh, noise: float, to_truth: float, from_truth: float
) -> None:
    """In millimetres; the points are 3.1 mm apart. Measured: 0.33 and 0.23, 0.73 and 0.59, 1.1 and 1.06."""
    found = surface_of(sampled(model, COUNT, noise * MM))
    mesh = found.scan.mesh
    error = measure(model, mesh, LOOK)
    assert error.to_level is not None
    assert error.to_scan is not None
    assert error.cracks is not None
    assert error.to_level.rms < from_truth * MM
    assert error.to_scan.rms < to_truth * MM
    assert error.cracks.count < 400, "123 to 263 were measured, along edges; Poisson's surface has 770 to 2,100"
    assert not find_edges(mesh.faces, len(mesh.positions)).non_manifold.any()
    assert found.findings.noise == pytest.approx(noise * MM, rel=0.1, abs=1e-4)
    assert found.findings.noisy == (noise == 3.0)


@pytest.mark.parametrize(("noise", "rms"), [(0.0, 0.08), (1.0, 0.6), (3.0, 0.8)])
def test_a_ring_is_watertight(noise: float, rms: float) -> None:
    """Measured: 0.07, 0.53 and 0.66 mm."""
    mesh = surface_of(spread_on_ring(noise * MM)).scan.mesh
    edges = find_edges(mesh.faces, len(mesh.positions))
    assert not edges.boundary.any()
    assert not edges.non_manifold.any()
    assert len(mesh.positions) - len(edges.vertices) + len(mesh.faces) == 0, "one hole through it, in one piece"
    error = measure(ring(), mesh, LOOK)
    assert error.to_level is not None
    assert error.to_level.rms < rms * MM


@pytest.mark.parametrize(
    ("thickness", "noise", "area", "rms"),
    [(8.0, 0.0, 0.01, 0.18), (8.0, 1.0, 0.12, 0.7), (20.0, 1.0, 0.06, 0.65), (20.0, 3.0, 0.03, 1.05)],
)
def test_a_thin_wall_has_two_sides(thickness: float, noise: float, area: float, rms: float) -> None:
    """With points 3 mm apart. Measured: 0.14, 0.59, 0.56 and 0.87 mm; 0, 10, 5 and -2 % more area."""
    wall = plate(thickness)
    mesh = surface_of(sampled(wall, COUNT, noise * MM)).scan.mesh
    true_area = float(face_areas(wall.positions, wall.faces).sum())
    assert float(face_areas(mesh.positions, mesh.faces).sum()) == pytest.approx(true_area, rel=area)
    edges = find_edges(mesh.faces, len(mesh.positions))
    assert not edges.non_manifold.any()
    assert edges.boundary.mean() < 0.003, "0.0017 were measured at most; Poisson's surface has 0.045"
    error = measure(wall, mesh, LOOK)
    assert error.to_level is not None
    assert error.to_level.rms < rms * MM
