"""Areas, normals and spread points of triangle meshes are right, far from the origin too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from carreau.base.model import FloatArray, Mesh
from carreau.geometry.triangles import (
    UPWARDS,
    enclosed_volume,
    face_areas,
    face_normals,
    spread_points,
    texcoord_areas,
    vector_area,
    vertex_normals,
)


def test_a_tetrahedron_is_measured(tetrahedron: Mesh) -> None:
    positions, faces = tetrahedron.positions, tetrahedron.faces
    assert face_areas(positions, faces) == pytest.approx([0.5, 0.5, 0.5, np.sqrt(3) / 2])
    assert enclosed_volume(positions, faces) == pytest.approx(1 / 6)
    assert enclosed_volume(positions, faces[:, ::-1].copy()) == pytest.approx(-1 / 6)
    assert vector_area(positions, faces) == pytest.approx([0, 0, 0])


def test_what_is_open_looks_away_from_its_opening(tetrahedron: Mesh) -> None:
    down = face_normals(tetrahedron.positions, tetrahedron.faces)[:, 1] < -0.9
    assert vector_area(tetrahedron.positions, tetrahedron.faces[~down]) == pytest.approx([0, 0.5, 0])


def test_vertex_normals_look_out(tetrahedron: Mesh) -> None:
    normals = vertex_normals(tetrahedron.positions, tetrahedron.faces)
    outward = tetrahedron.positions - tetrahedron.positions.mean(axis=0)
    assert (np.einsum("nd,nd->n", normals, outward) > 0).all()
    assert normals[0] == pytest.approx(np.full(3, -1 / np.sqrt(3)))


def test_normals_do_not_depend_on_how_a_flat_face_is_cut(bumpy_sheet: Mesh) -> None:
    flat = bumpy_sheet.positions * np.array([1, 0, 1], np.float32)
    assert vertex_normals(flat, bumpy_sheet.faces) == pytest.approx(np.tile([0, 1, 0], (len(flat), 1)), abs=1e-6)


def test_a_face_without_area_has_a_normal_all_the_same() -> None:
    positions = np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2], [5, 5, 5]], np.float32)
    faces = np.array([[0, 1, 2], [1, 1, 1]], np.int32)
    assert (face_normals(positions, faces) == np.array(UPWARDS, np.float32)).all()
    assert (vertex_normals(positions, faces) == np.array(UPWARDS, np.float32)).all()


@given(hnp.arrays(np.float32, (6, 3), elements=st.floats(-(2.0**60), 2.0**60, width=32)))
def test_normals_are_always_unit(positions: FloatArray) -> None:
    faces = np.array([[0, 1, 2], [3, 4, 5], [2, 3, 0]], np.int32)
    for normals in (face_normals(positions, faces), vertex_normals(positions, faces)):
        assert np.linalg.norm(normals, axis=1) == pytest.approx(np.ones(len(normals)), abs=1e-5)


def test_texture_areas_have_a_sign_and_nothing_where_there_is_nothing() -> None:
    texcoords = np.array(
        [[[0, 0], [1, 0], [0, 1]], [[0, 0], [0, 1], [1, 0]], [[np.nan, 0], [0, 1], [1, 0]]], np.float32
    )
    areas = texcoord_areas(texcoords)
    assert areas[:2].tolist() == [0.5, -0.5]
    assert np.isnan(areas[2])


SQUARES = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [5, 0, 0], [7, 0, 0], [7, 2, 0], [5, 2, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)


def test_points_are_shared_out_by_area() -> None:
    points = spread_points(SQUARES, FACES, 5000)
    assert np.count_nonzero(points[:, 0] > 3) == 4000


def test_points_fill_a_face_evenly() -> None:
    points = spread_points(SQUARES, FACES[:2], 4000)
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=4, range=[[0, 1], [0, 1]])
    assert np.abs(counts - 250).max() < 15


def test_the_same_points_twice_and_none_without_area() -> None:
    assert np.array_equal(spread_points(SQUARES, FACES, 100), spread_points(SQUARES, FACES, 100))
    assert spread_points(SQUARES, FACES[:0], 100).shape == (0, 3)
    assert spread_points(SQUARES, np.zeros((2, 3), np.int32), 100).shape == (0, 3)
