"""The pieces of a part of a reconstruction, placed."""

from __future__ import annotations

import numpy as np

from carreau.air.massing.massing_file import MassingPart
from carreau.air.massing.pieces import Piece, make_pieces
from carreau.air.massing.reconstructed_shape import RECONSTRUCTED, ShapeInput, middle_numbers


def part_pieces(part: MassingPart) -> tuple[Piece, ...]:
    """Return the triangles of a part in the file's axes, a piece for each material."""
    shape_input = ShapeInput(middle_numbers(part), part.choices, part.materials, part.footprint, part.path)
    pieces = make_pieces(RECONSTRUCTED[part.shape].make(shape_input))
    shift = np.zeros(2)
    if part.anchor != (0, 0):
        corners = np.concatenate([each.positions for each in pieces])[:, :2]
        # About the middle of its plan, as its shape says; an anchor moves it by what it really takes up.
        ends = np.where(np.array(part.anchor) > 0, corners.max(axis=0), corners.min(axis=0))
        shift = -np.where(np.array(part.anchor) == 0, 0.0, ends)
    x, y, z = part.at
    moved = (each.moved(float(shift[0]), float(shift[1]), 0).turned(part.turn_deg) for each in pieces)
    return tuple(each.moved(x, y, z) for each in moved)
