"""Tests of a triangulation that grows: it is that of all its vertices, wherever they come."""

import numpy as np
from scipy.spatial import Delaunay

from carreau.air.airborne.reconstruction.growing_mesh import GrowingMesh, doubled_areas
from carreau.base.model import DoubleArray, IntArray

SQUARE = np.array([[0.0, 0.0], [8.0, 0.0], [8.0, 8.0], [0.0, 8.0]])


def rounds(mesh: GrowingMesh, places: DoubleArray, count: int) -> None:
    """Add places in some rounds, each from the first triangle on."""
    for some in np.array_split(places, count):
        mesh.add(some, np.zeros(len(some), np.int32))


def as_sets(faces: IntArray) -> set[tuple[int, ...]]:
    return {tuple(face) for face in np.sort(faces, axis=1).tolist()}


def test_the_triangles_are_those_of_all_at_once() -> None:
    places = np.random.default_rng(5).random((3000, 2)) * 8
    mesh = GrowingMesh.of(SQUARE)
    rounds(mesh, places, 7)
    assert as_sets(mesh.faces) == as_sets(Delaunay(np.concatenate([SQUARE, places])).simplices)
    assert (doubled_areas(mesh.vertices, mesh.faces) > 0).all()


def test_vertices_on_edges_and_on_one_circle_leave_no_gap() -> None:
    x, y = np.meshgrid(np.arange(0, 8.5, 0.5), np.arange(0, 8.5, 0.5))
    places = np.random.default_rng(1).permutation(np.column_stack([x.ravel(), y.ravel()]))
    mesh = GrowingMesh.of(SQUARE)
    rounds(mesh, places, 3)
    areas = doubled_areas(mesh.vertices, mesh.faces)
    assert areas.sum() == 2 * 64
    assert areas.min() == areas.max() == 0.25
    assert (mesh.beside < 0).sum() == 4 * 16


def test_neighbours_know_each_other() -> None:
    mesh = GrowingMesh.of(SQUARE)
    rounds(mesh, np.random.default_rng(3).random((500, 2)) * 8, 2)
    again = GrowingMesh.around(mesh.vertices, mesh.faces)
    assert (again.faces == mesh.faces).all()
    assert (again.beside == mesh.beside).all()


def test_only_triangles_that_are_told_have_changed() -> None:
    generator = np.random.default_rng(9)
    mesh = GrowingMesh.of(SQUARE)
    rounds(mesh, generator.random((400, 2)) * 8, 1)
    before = mesh.faces.copy()
    changed = mesh.add(np.array([[4.0, 4.0], [1.0, 7.0]]), np.array([5, 5], np.int32))
    same = np.setdiff1d(np.arange(len(mesh.faces)), changed)
    assert 4 < len(changed) < 30
    assert (mesh.faces[same] == before[same]).all()


def test_vertices_on_the_rim_part_the_edge_that_is_nearest() -> None:
    mesh = GrowingMesh.of(SQUARE)
    rounds(mesh, np.random.default_rng(4).random((50, 2)) * 8, 1)
    rim = np.array([[3.0, 0.0], [8.0, 5.0], [2.0, 8.0], [4.0, 0.0]])
    mesh.add(rim, mesh.nearest_rims(rim))
    assert (mesh.beside < 0).sum() == 8
    assert doubled_areas(mesh.vertices, mesh.faces).sum() == 128
    assert set(range(54, 58)) <= set(mesh.faces.ravel().tolist())


def test_a_vertex_twice_or_outside_changes_nothing() -> None:
    mesh = GrowingMesh.of(SQUARE)
    changed = mesh.add(np.array([[8.0, 8.0], [9.0, 4.0]]), np.zeros(2, np.int32))
    assert not len(changed)
    assert len(mesh.faces) == 2
