"""Charts of an existing atlas: connected faces, coverage and overlaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import FloatArray, IntArray
from carreau.geometry.topology import BoolArray, Edges, edges_of, join

SUBTEXELS = 4096
"""Texture coordinates are rounded to this part of a texel, so that neighbours agree to the bit on their common edge."""

FAR = 64
"""Coordinates further than this many squares from 0..1 are not looked at."""

PATIENCE = 256
"""Squares' worth of texels to look at before giving up: whatever needs more tiles its texture over and over."""


@dataclass(frozen=True)
class Coverage:
    """How faces fill a texture, seen at the centres of the texels of a coarse raster.

    covered : share of the square under at least one face, 0..1
    overlap : share of what is covered that lies under two faces or more, 0..1
    """

    covered: float
    overlap: float


def charts_of(faces: IntArray, texcoords: FloatArray, edges: Edges | None = None, tolerance: float = 1e-6) -> IntArray:
    """Number the chart of each face as (m,) int32: neighbours whose texture coordinates agree along their edge.

    `faces` are welded by position; `texcoords` are (m, 3, 2), and faces without any are charts of their own.
    """
    edges = edges or edges_of(faces, int(faces.max(initial=-1)) + 1)
    first, second = edges.pairs()
    agree = _agree(faces, texcoords, first, second, tolerance)
    return join(first[agree] // 3, second[agree] // 3, len(faces))


@compiled
def _agree(
    faces: IntArray, texcoords: FloatArray, first: IntArray, second: IntArray, tolerance: float
) -> NDArray[np.bool_]:
    """Say for which pairs of half-edges on one edge the texture coordinates are the same at both ends."""
    agree = np.zeros(len(first), np.bool_)
    for i in range(len(first)):
        f, k = first[i] // 3, first[i] % 3
        g, j = second[i] // 3, second[i] % 3
        n, o = (k + 1) % 3, (j + 1) % 3
        if faces[f, k] != faces[g, j]:
            j, o = o, j
        worst = 0.0
        for d in range(2):
            worst = max(worst, abs(texcoords[f, k, d] - texcoords[g, j, d]))
            worst = max(worst, abs(texcoords[f, n, d] - texcoords[g, o, d]))
        total = texcoords[f, k, 0] + texcoords[f, n, 0] + texcoords[g, j, 0] + texcoords[g, o, 0]
        agree[i] = worst <= tolerance and not np.isnan(total)
    return agree


def coverage(texcoords: FloatArray, size_px: int = 1024) -> Coverage:
    """Say how (m, 3, 2) texture triangles fill the square, wrapped into 0..1 as a repeating texture shows them."""
    counts = cover_counts(texcoords, size_px)
    covered = int(np.count_nonzero(counts))
    return Coverage(covered / counts.size, int(np.count_nonzero(counts > 1)) / max(covered, 1))


def overlap_share(texcoords: FloatArray, size_px: int = 1024) -> float:
    """Return which share of the covered texels two faces or more cover, 0..1; neighbours do not overlap."""
    return coverage(texcoords, size_px).overlap


def cover_counts(texcoords: FloatArray, size_px: int) -> NDArray[np.uint8]:
    """Count the faces over each texel's centre as (size_px, size_px) uint8, up to 255."""
    counts = np.zeros((size_px, size_px), np.uint8)
    _rasterise(np.ascontiguousarray(texcoords), FAR, counts, SUBTEXELS, PATIENCE * counts.size)
    return counts


def usable_texcoords(texcoords: FloatArray) -> BoolArray:
    """Say which of (m, 3, 2) texture triangles are finite and not absurdly far from the square."""
    with np.errstate(invalid="ignore"):
        usable = np.abs(texcoords) <= FAR
        # Asking them face by face takes ten times as long.
        return np.ones(len(texcoords), np.bool_) if usable.all() else np.asarray(usable.all(axis=(1, 2)))


@compiled
def _rasterise(texcoords: FloatArray, far: float, counts: NDArray[np.uint8], step: int, patience: int) -> None:
    """Count texel centres inside triangles, to whole subtexels; a centre on an edge belongs to one side only.

    Triangles that `usable_texcoords` does not find usable are left out.

    Every texel of a triangle's bounding box costs one look; after `patience` of them the rest is left out.
    """
    size = counts.shape[0]
    half = step // 2
    corners = np.empty((3, 2), np.int64)
    for t in range(len(texcoords)):
        usable = True
        for k in range(3):
            for d in range(2):
                value = texcoords[t, k, d]
                if not abs(value) <= far:
                    usable = False
                else:
                    corners[k, d] = int(np.rint(np.float64(value) * (size * step)))
        if not usable:
            continue
        x0, y0 = corners[0, 0], corners[0, 1]
        x1, y1 = corners[1, 0], corners[1, 1]
        x2, y2 = corners[2, 0], corners[2, 1]
        if (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0) < 0:
            x1, y1, x2, y2 = x2, y2, x1, y1
        left, right = -((half - min(x0, x1, x2)) // step), (max(x0, x1, x2) - half) // step
        for row in range(-((half - min(y0, y1, y2)) // step), (max(y0, y1, y2) - half) // step + 1):
            y = row * step + half
            patience -= max(right - left + 1, 0)
            if patience < 0:
                return
            for column in range(left, right + 1):
                x = column * step + half
                if _inside(x0, y0, x1, y1, x, y) and _inside(x1, y1, x2, y2, x, y) and _inside(x2, y2, x0, y0, x, y):
                    u, v = column % size, row % size
                    if counts[v, u] < 255:
                        counts[v, u] += 1


@compiled
def _inside(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> bool:
    """Say whether a point lies left of an edge, or on it where the neighbour across says no."""
    side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return side > 0 or (side == 0 and (by > ay or (by == ay and bx < ax)))
