"""Division of a mesh too large to be worked on as a whole."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.selection import finite_faces
from pipeline.geometry.strays import stray_faces
from pipeline.model import ByteArray, Mesh

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
        # A face lies where its first corner does.
        corners = mesh.positions[mesh.faces[part, 0]]
        # Column by column: over the rows of three columns the box takes ten times as long.
        along = corners[:, int(np.argmax([np.ptp(column) for column in corners.T]))]
        order = np.argpartition(along, len(part) // 2)
        parts += [part[order[len(part) // 2 :]], part[order[: len(part) // 2]]]
    return labels
