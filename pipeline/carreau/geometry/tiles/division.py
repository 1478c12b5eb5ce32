"""Division of a mesh too large to be worked on as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, Mesh
from carreau.geometry.extent import stray_faces
from carreau.geometry.selection import finite_faces
from carreau.geometry.topology import BoolArray

NO_TILE = 255
"""Label of faces that are in no tile: those that are not finite, and strays, which cleaning counts and drops."""

MOST_TILES = 128

SAMPLE = 1 << 19
"""Faces that the cuts are made for: with all of 48 million, they take 5 s; with these, the halves differ by a
hundredth."""

FULL = 0.97
"""Share of the most faces of a tile up to which one is planned, for a sample is not quite what the whole is."""


def tile_labels(mesh: Mesh, most: int) -> ByteArray:
    """Return (m,) uint8 the tile of each face, of at most `most` faces each, or more where it takes `MOST_TILES`.

    A part with too many faces is cut across its longest side, so that both halves have as many (a k-d tree).
    """
    whole = finite_faces(mesh)
    strays = stray_faces(mesh.positions, mesh.faces)
    if strays is not None:
        whole &= ~strays
    most = max(most, int(np.ceil(2 / FULL * len(mesh.faces) / MOST_TILES)))
    labels, count = _planned(mesh, whole, most)
    sizes = np.bincount(labels, minlength=NO_TILE)[:NO_TILE]
    for tile in np.flatnonzero(sizes > most):
        parts, number = [np.flatnonzero(labels == tile).astype(np.int32)], int(tile)
        while parts:
            part = parts.pop()
            if len(part) <= most:
                labels[part] = number
                number, count = count, count + 1
                continue
            # A face lies where its first corner does.
            corners = mesh.positions[mesh.faces[part, 0]]
            order = np.argpartition(corners[:, _longest(corners)], len(part) // 2)
            parts += [part[order[len(part) // 2 :]], part[order[: len(part) // 2]]]
        count -= 1
    return labels


def _longest(corners: FloatArray) -> int:
    # Column by column: over the rows of three columns the box takes ten times as long.
    return int(np.argmax([np.ptp(column) for column in corners.T]))


def _planned(mesh: Mesh, whole: BoolArray, most: int) -> tuple[ByteArray, int]:
    """Return labels as `tile_labels` does, with tiles that may be too large, and how many those are.

    A very large mesh is cut as a sample of it says, any other is one tile.
    """
    labels, cuts = np.full(len(mesh.faces), NO_TILE, np.uint8), _Cuts()
    step = max(len(mesh.faces) // SAMPLE, 1)
    if step == 1:
        labels[whole] = 0
        return labels, 1
    cuts.cut(mesh.positions[mesh.faces[::step][whole[::step], 0]], int(FULL * most / step))
    axes, children = np.array(cuts.axes, np.int32), np.array(cuts.children, np.int32).reshape(-1, 2)
    _assign(mesh.positions, mesh.faces, whole, axes, np.array(cuts.places, np.float32), children, labels)
    return labels, cuts.leaves


@dataclass
class _Cuts:
    """A k-d tree.

    axes, places : of each cut; what lies below its place goes to its first child
    children : two of each cut: the number of another cut, or -1 less the number of a leaf
    """

    axes: list[int] = field(default_factory=list)
    places: list[float] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)
    leaves: int = 0

    def cut(self, corners: FloatArray, most: int) -> int:
        """Add what cuts (k, 3) places into parts of at most `most`, and return its number."""
        axis = _longest(corners) if len(corners) > most else 0
        along = corners[:, axis]
        place = np.partition(along, len(along) // 2)[len(along) // 2] if len(corners) > most else np.inf
        is_low = along < place
        if len(corners) <= most or not is_low.any():
            self.leaves += 1
            return -self.leaves
        number = len(self.axes)
        self.axes.append(axis)
        self.places.append(float(place))
        self.children.append([])
        self.children[number] = [self.cut(corners[is_low], most), self.cut(corners[~is_low], most)]
        return number


@compiled
def _assign(
    positions: FloatArray,
    faces: IntArray,
    whole: BoolArray,
    axes: IntArray,
    places: FloatArray,
    children: IntArray,
    labels: ByteArray,
) -> None:
    """Fill (m,) labels with the leaf that each of the (m,) whole faces lies in."""
    for f in range(len(faces)):
        if not whole[f]:
            continue
        corner, cut = faces[f, 0], 0 if len(axes) else -1
        while cut >= 0:
            cut = children[cut, 0 if positions[corner, axes[cut]] < places[cut] else 1]
        labels[f] = -1 - cut
