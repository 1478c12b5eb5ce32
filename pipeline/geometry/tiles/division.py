"""Division of a mesh too large to be worked on as a whole."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.selection import finite_faces
from pipeline.geometry.strays import stray_faces
from pipeline.geometry.topology import BoolArray
from pipeline.model import ByteArray, FloatArray, Mesh

NO_TILE = 255
"""Label of faces that are in no tile: those that are not finite, and strays, which cleaning counts and drops."""

MOST_TILES = 128


def tile_labels(mesh: Mesh, most: int) -> ByteArray:
    """Return (m,) uint8 the tile of each face, of at most `most` faces each, or more where it takes `MOST_TILES`.

    A part with too many faces is cut across its longest side, so that both halves have as many (a k-d tree).
    """
    labels = np.full(len(mesh.faces), NO_TILE, np.uint8)
    whole = finite_faces(mesh)
    strays = stray_faces(mesh.positions, mesh.faces)
    if strays is not None:
        whole &= ~strays
    most = max(most, -(-2 * len(mesh.faces) // MOST_TILES))
    parts, count = [np.flatnonzero(whole).astype(np.int32)], 0
    while parts:
        part = parts.pop()
        if len(part) <= most:
            labels[part] = count
            count += bool(len(part))
            continue
        is_low = _lower_half(mesh.positions[mesh.faces[part, 0]])  # a face lies where its first corner does
        parts += [part[~is_low], part[is_low]]
    return labels


def _lower_half(places: FloatArray) -> BoolArray:
    """Say which of (k, 3) places, in their order, are the lower half along their longest side."""
    # Column by column: over the rows of three columns it takes ten times as long.
    along = places[:, int(np.argmax([np.ptp(column) for column in places.T]))]
    half = len(along) // 2
    middle = np.partition(along, half)[half]
    is_low: BoolArray = along < middle
    is_low[np.flatnonzero(along == middle)[: half - np.count_nonzero(is_low)]] = True
    return is_low
