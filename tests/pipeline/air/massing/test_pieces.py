"""Faces with materials: they look outwards, and keep their area."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from carreau.air.massing.pieces import WHOLE, Face, bar, box, make_pieces, prism, tube
from carreau.base.model import DoubleArray

BAY = ((0.0, 0.0), (6.0, 0.0), (6.0, 2.0), (3.0, 2.0), (3.0, 5.0), (0.0, 5.0))


def triangles(faces: Iterable[Face]) -> DoubleArray:
    """Return (m, 3, 3) the corners of all triangles."""
    return np.concatenate([piece.positions for piece in make_pieces(faces)]).reshape(-1, 3, 3)


def normals(corners: DoubleArray) -> DoubleArray:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2


@pytest.mark.parametrize(
    "faces",
    [
        tuple(box("brick", (-2, -1, 0), (2, 1, 3))),
        tuple(bar("steel", (0, 0, 0), (5, 0, 0), 0.2)),
        tuple(bar("steel", (0, 0, 0), (0, 0, 5), 0.2, 0.4)),
        tuple(bar("steel", (1, 2, 0), (4, -1, 7), 0.3)),
        tuple(tube("brick", (0, 0, 0), 30, 4, 2)),
    ],
)
def test_faces_look_outwards(faces: tuple[Face, ...]) -> None:
    corners = triangles(faces)
    middle = corners.mean(axis=(0, 1))
    outward = np.einsum("ij,ij->i", corners.mean(axis=1) - middle, normals(corners))
    assert (outward > 0).all()


def test_a_prism_over_a_bay_has_its_walls_and_its_top() -> None:
    pieces = {piece.material: normals(piece.positions.reshape(-1, 3, 3)) for piece in make_pieces(
        prism("brick", BAY, 0, 4, "slate"))}  # fmt: skip
    assert np.linalg.norm(pieces["brick"], axis=1).sum() == pytest.approx(22 * 4)
    assert pieces["slate"][:, 2].sum() == pytest.approx(21)


def test_a_face_keeps_its_texture_coordinates_and_one_without_area_is_left_out() -> None:
    pane = Face("window", ((0, 0, 0), (1, 0, 0), (1, 0, 2), (0, 0, 2)), WHOLE)
    flat = Face("brick", ((0, 0, 0), (1, 0, 0), (2, 0, 0)))
    [piece] = make_pieces([flat, pane])
    at = piece.positions[:, [0, 2]] / (1, 2)
    assert piece.material == "window"
    assert np.array_equal(piece.texcoords, at)


def test_pieces_are_turned_clockwise_and_moved() -> None:
    [piece] = make_pieces([Face("brick", ((0, 1, 0), (0, 1, 1), (0, 2, 1)))])
    assert piece.turned(90).moved(0, 0, 2).positions[0] == pytest.approx((1, 0, 2))
