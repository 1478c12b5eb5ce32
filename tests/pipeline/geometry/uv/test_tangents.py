"""Tangents follow growing u, and their sign says where the picture's upper side lies."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.geometry.uv.layout import vertex_tangents

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
NORMALS = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
HALVES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
UPRIGHT = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)


@pytest.mark.parametrize(
    ("texcoords", "tangent", "sign"),
    [
        (UPRIGHT, (1, 0, 0), 1),
        (UPRIGHT * [-1, 1] + [1, 0], (-1, 0, 0), -1),
        (UPRIGHT[[1, 2, 3, 0]], (0, -1, 0), 1),
        (UPRIGHT * [3, 1], (1, 0, 0), 1),
    ],
)
def test_a_square_has_the_frame_of_its_picture(
    texcoords: NDArray[np.float32], tangent: tuple[int, ...], sign: int
) -> None:
    found = vertex_tangents(SQUARE, NORMALS, texcoords.astype(np.float32), HALVES)
    assert np.allclose(found, [*tangent, sign], atol=1e-6)


def test_tangents_are_unit_and_lie_in_the_surface() -> None:
    random = np.random.default_rng(3)
    normals = random.normal(size=(4, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found = vertex_tangents(SQUARE, normals.astype(np.float32), UPRIGHT, HALVES)
    assert np.allclose(np.linalg.norm(found[:, :3], axis=1), 1, atol=1e-6)
    assert np.abs(np.einsum("ni,ni->n", found[:, :3], normals)).max() < 1e-6


def test_a_picture_without_area_still_has_a_frame() -> None:
    found = vertex_tangents(SQUARE, NORMALS, np.zeros((4, 2), np.float32), HALVES)
    assert np.allclose(np.linalg.norm(found[:, :3], axis=1), 1)
    assert (found[:, 3] == 1).all()
