"""The ball around a mesh holds what belongs to it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pipeline.geometry.extent import bounding_sphere
from pipeline.model import Mesh


def test_it_is_the_one_around_the_box(tetrahedron: Mesh) -> None:
    center, radius = bounding_sphere(tetrahedron)
    assert center.tolist() == [0.5, 0.5, 0.5]
    assert radius == pytest.approx(np.sqrt(3) / 2)


def test_what_no_face_uses_does_not_count(tetrahedron: Mesh) -> None:
    more = np.array([[99, 0, 0], [np.nan, 0, 0]], np.float32)
    mesh = dataclasses.replace(tetrahedron, positions=np.concatenate([tetrahedron.positions, more]))
    assert bounding_sphere(mesh)[1] == bounding_sphere(tetrahedron)[1]


def test_a_fragment_far_off_does_not_count(bumpy_sheet: Mesh) -> None:
    far = np.array([[0, 500, 0], [0.01, 500, 0], [0, 500, 0.01]], np.float32)
    count = len(bumpy_sheet.positions)
    faces = np.concatenate([bumpy_sheet.faces, [[count, count + 1, count + 2]]]).astype(np.int32)
    mesh = Mesh(np.concatenate([bumpy_sheet.positions, far]), faces)
    assert bounding_sphere(mesh)[1] == pytest.approx(bounding_sphere(bumpy_sheet)[1])
    assert bounding_sphere(mesh)[0] == pytest.approx(bounding_sphere(bumpy_sheet)[0])
