"""Normals and areas are right, and finite whatever the triangles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline.geometry.triangles import (
    UPWARDS,
    enclosed_volume,
    face_areas,
    face_normals,
    texcoord_areas,
    vector_area,
    vertex_normals,
)
from pipeline.model import FloatArray, Mesh


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
@settings(deadline=None)
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
