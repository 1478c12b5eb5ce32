"""A level keeps to its budget, its borders and its watertightness, and lies nearer to the scan once fitted."""

from typing import Any

import numpy as np
import pytest
import trimesh

from carreau.base.model import FloatArray, IntArray, Mesh
from carreau.geometry.decimation import decimate
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.topology import find_components, find_edges
from carreau.models.stages.simplify import SimplifyOptions, on_border, simplify, simplify_further


def mesh_of(shape: Any, size: float = 1.0) -> Mesh:
    return Mesh(np.asarray(shape.vertices * size, np.float32), np.asarray(shape.faces, np.int32))


def torus() -> Mesh:
    return mesh_of(trimesh.creation.torus(2, 0.5, 40, 40))


def bumpy(size: float = 1.0) -> Mesh:
    """Return a closed ball of 5,120 triangles with bumps."""
    shape = trimesh.creation.icosphere(subdivisions=4)
    bumps = 1 + 0.08 * np.sin(9 * shape.vertices).prod(axis=1)
    return Mesh(np.asarray(shape.vertices * bumps[:, None] * size, np.float32), np.asarray(shape.faces, np.int32))


def sheet(count: int = 40) -> Mesh:
    """Return an open square of 2 x count x count triangles in waves."""
    side = np.linspace(0, 1, count + 1)
    x, z = (part.ravel() for part in np.meshgrid(side, side))
    positions = np.stack([x, 0.05 * np.sin(9 * x) * np.cos(7 * z), z], axis=1)
    corner = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).ravel()
    upper = np.stack([corner, corner + count + 1, corner + 1], 1)
    lower = np.stack([corner + 1, corner + count + 1, corner + count + 2], 1)
    return Mesh(positions.astype(np.float32), np.concatenate([upper, lower]).astype(np.int32))


def rms(positions: FloatArray, faces: IntArray, scan: Mesh) -> float:
    weights = np.random.default_rng(5).dirichlet([1, 1, 1], (len(faces), 10))
    points = np.einsum("fsk,fkd->fsd", weights, positions[faces]).reshape(-1, 3).astype(np.float32)
    distances = Scene(scan.positions, scan.faces).closest(points).distances
    return float(np.sqrt(np.mean(distances.astype(float) ** 2)))


@pytest.mark.parametrize("budget", [50, 400, 3000])
@pytest.mark.parametrize("shape", ["ball", "sheet", "torus"])
def test_never_over_budget(shape: str, budget: int) -> None:
    scan = {"ball": bumpy(), "sheet": sheet(), "torus": torus()}[shape]
    level = simplify(scan, SimplifyOptions(budget))
    assert 0 < len(level.faces) <= budget
    assert level.faces.max() + 1 == len(level.positions) == len(np.unique(level.faces))
    assert np.isfinite(level.positions).all()
    assert level.error_m >= 0
    assert level.is_whole == (len(scan.faces) <= budget)


def test_a_mesh_within_its_budget_is_not_touched() -> None:
    scan = sheet(10)
    level = simplify(scan, SimplifyOptions(200))
    assert level.positions is scan.positions
    assert level.faces is scan.faces
    assert level.is_whole
    assert level.error_m == 0


@pytest.mark.parametrize("scan", [bumpy(), torus()], ids=["ball", "torus"])
def test_watertight_stays_watertight(scan: Mesh) -> None:
    level = simplify(scan, SimplifyOptions(600))
    edges = find_edges(level.faces, len(level.positions))
    assert not edges.boundary.any()
    assert (
        len(level.positions) - len(edges.vertices) + len(level.faces)
        == trimesh.Trimesh(scan.positions, scan.faces, process=False).euler_number
    )


def test_borders_stay_where_they_are() -> None:
    level = simplify(sheet(), SimplifyOptions(500))
    border = level.positions[on_border(level.faces, len(level.positions))]
    from_edge = np.minimum(border[:, [0, 2]], 1 - border[:, [0, 2]]).min(axis=1)
    assert np.abs(from_edge).max() < 1e-5
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert np.linalg.norm(border[:, [0, 2]] - corner, axis=1).min() < 1e-5


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_fitting_brings_the_surface_nearer_to_the_scan(size: float) -> None:
    scan = bumpy(size)
    level = simplify(scan, SimplifyOptions(500))
    not_fitted, _ = decimate(scan.positions, scan.faces, 500)
    assert rms(level.positions, level.faces, scan) < 0.8 * rms(scan.positions, not_fitted, scan)
    assert 0 < level.error_m < 0.2 * size


def test_pieces_apart_stay_apart() -> None:
    one, two = trimesh.creation.icosphere(subdivisions=3), trimesh.creation.icosphere(subdivisions=3)
    two.apply_translation([4, 0, 0])
    level = simplify(mesh_of(trimesh.util.concatenate([one, two])), SimplifyOptions(300))
    assert find_components(level.faces, len(level.positions)).count == 2


def test_a_fin_on_a_sheet_is_borne() -> None:
    scan = sheet()
    middle = 20 * 41 + np.arange(10, 30)
    tops = scan.positions[middle] + np.array([0, 0.2, 0], np.float32)
    first = len(scan.positions) + np.arange(19)
    fin = np.stack([middle[:-1], middle[1:], first], 1), np.stack([middle[1:], first + 1, first], 1)
    both = Mesh(np.concatenate([scan.positions, tops]), np.concatenate([scan.faces, *fin]).astype(np.int32))
    assert find_edges(both.faces, len(both.positions)).non_manifold.any()
    level = simplify(both, SimplifyOptions(400))
    assert len(level.faces) <= 400
    assert level.positions[:, 1].max() == pytest.approx(0.25, abs=0.05)


def test_no_faces_at_all_and_faces_without_area() -> None:
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    assert simplify(nothing, SimplifyOptions(10)).is_whole
    line = np.stack([np.arange(30), np.zeros(30), np.zeros(30)], axis=1).astype(np.float32)
    faces = np.stack([np.arange(28), np.arange(1, 29), np.arange(2, 30)], axis=1).astype(np.int32)
    level = simplify(Mesh(line, faces), SimplifyOptions(5))
    assert len(level.faces) <= 5
    assert np.isfinite(level.positions).all()


def test_the_same_scan_gives_the_same_level() -> None:
    first, second = (simplify(bumpy(), SimplifyOptions(500)) for _ in range(2))
    assert first.positions.tobytes() == second.positions.tobytes()
    assert first.faces.tobytes() == second.faces.tobytes()


def test_what_was_simplified_before_is_fitted_to_the_scan_again() -> None:
    scan = bumpy()
    finer = simplify(scan, SimplifyOptions(2000))
    level = simplify_further(scan, finer, SimplifyOptions(300))
    assert 0 < len(level.faces) <= 300
    assert not level.is_whole
    assert level.error_m > finer.error_m
    unfitted, _ = decimate(finer.positions, finer.faces, 300)
    assert rms(level.positions, level.faces, scan) < rms(finer.positions, unfitted, scan)


@pytest.mark.parametrize("budget", [300, 6000])
def test_a_scan_that_was_not_touched_before_is_simplified_as_it_is(budget: int) -> None:
    scan = bumpy()
    straight = simplify(scan, SimplifyOptions(budget))
    level = simplify_further(scan, simplify(scan, SimplifyOptions(5500)), SimplifyOptions(budget))
    assert np.array_equal(level.faces, straight.faces)
    assert np.array_equal(level.positions, straight.positions)
    assert level.is_whole == straight.is_whole
