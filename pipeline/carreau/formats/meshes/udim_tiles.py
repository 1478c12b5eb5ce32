"""Sort faces into UDIM tiles by their texture coordinates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from carreau.base.model import FloatArray, IntArray
from carreau.formats.io.udim import COLUMNS, FIRST, ROWS, TILES


def face_tiles(texcoords: FloatArray) -> IntArray:
    """Return the tile (m,) int32 in which the middle of each face is; texcoords (m, 3, 2) with v down.

    A face outside all tiles is in the nearest one, and a face without coordinates in the first.
    """
    middles = np.nan_to_num(texcoords.mean(axis=1, dtype=np.float64), nan=0.5)
    column = np.clip(np.floor(middles[:, 0]), 0, COLUMNS - 1)
    row = np.clip(np.floor(1 - middles[:, 1]), 0, ROWS - 1)
    return np.asarray(FIRST + column + COLUMNS * row, np.int32)


def split_tiles(
    texcoords: FloatArray, face_materials: IntArray, tiles: Mapping[int, Mapping[int, int]]
) -> tuple[FloatArray, IntArray]:
    """Return texture coordinates moved into their tiles, and the material of each face.

    tiles : by the number of a material, the number of its material for each tile
    """
    texcoords, numbers = texcoords.copy(), face_materials.copy()
    for material, of_tile in tiles.items():
        rows = np.flatnonzero(face_materials == material)
        own = face_tiles(texcoords[rows])
        texcoords[rows, :, 0] -= ((own - FIRST) % COLUMNS)[:, None]
        texcoords[rows, :, 1] += ((own - FIRST) // COLUMNS)[:, None]
        table = np.zeros(TILES.stop, np.int32)
        table[list(of_tile)] = list(of_tile.values())
        numbers[rows] = table[own]
    return texcoords, numbers
