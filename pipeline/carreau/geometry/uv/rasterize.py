"""Rasterisation of an atlas: the face and barycentric coordinates at each texel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.threads import bands, in_threads

BAND_ROWS = 256
"""Rows looked at together: what is found for a whole 8192² atlas before the empty texels are left out is 1 GB."""


@dataclass(frozen=True, eq=False)
class Texels:
    """The texels an atlas uses, in rows.

    places : (k,) int32, row * edge + column
    faces : (k,) int32
    barycentrics : (k, 2) float32, weights of corners 1 and 2
    edge_px : texels along an edge of the atlas
    """

    places: IntArray
    faces: IntArray
    barycentrics: FloatArray
    edge_px: int

    def centres(self, edge: float = 1.0) -> FloatArray:
        """Return (k, 2) float32: where the texels' centres lie, 0..edge."""
        out = np.empty((len(self.places), 2), np.float32)
        _centres(self.places, self.edge_px, edge / self.edge_px, out)
        return out

    def chosen(self, which: NDArray[np.bool_]) -> Texels:
        """Return those of the texels that are chosen, (k,) bool."""
        return Texels(self.places[which], self.faces[which], self.barycentrics[which], self.edge_px)


def texels_of(
    texcoords: FloatArray, faces: IntArray, edge_px: int, reach_px: float, rows: Sequence[slice] | None = None
) -> Texels:
    """Return the texels within reach of a face; one beside all faces stands for the nearest point of the nearest.

    texcoords : (n, 2) float32 in 0..1
    rows : where to look, everywhere when None
    """
    uvs = texcoords.astype(np.float64) * edge_px

    def found(rows: slice) -> tuple[IntArray, IntArray, FloatArray]:
        shape = rows.stop - rows.start, edge_px
        owners, barycentrics = np.full(shape, -1, np.int32), np.empty((*shape, 2), np.float32)
        _own_inside(uvs, faces, rows.start, owners, barycentrics)
        if reach_px > 0:
            distances = np.full(shape, np.inf, np.float32)
            _own_beside(uvs, faces, reach_px, rows.start, owners, barycentrics, distances)
        return _picked(owners, barycentrics, rows.start)

    parts = in_threads(found, bands(edge_px, BAND_ROWS) if rows is None else rows)
    places, owners, barycentrics = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Texels(places, owners, barycentrics, edge_px)


@compiled
def _picked(owners: IntArray, barycentrics: FloatArray, first_row: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return places, faces and barycentrics of the owned among some rows (2x faster than numpy's boolean indexing)."""
    count = int(np.count_nonzero(owners.ravel() >= 0))
    places, faces, chosen = np.empty(count, np.int32), np.empty(count, np.int32), np.empty((count, 2), np.float32)
    k = 0
    for row in range(owners.shape[0]):
        for column in range(owners.shape[1]):
            if owners[row, column] >= 0:
                places[k] = (row + first_row) * owners.shape[1] + column
                faces[k] = owners[row, column]
                chosen[k, 0], chosen[k, 1] = barycentrics[row, column, 0], barycentrics[row, column, 1]
                k += 1
    return places, faces, chosen


@compiled
def _centres(places: IntArray, edge: int, scale: float, out: FloatArray) -> None:
    for k in range(len(places)):
        out[k, 0] = (places[k] % edge + 0.5) * scale
        out[k, 1] = (places[k] // edge + 0.5) * scale


@compiled
def _nearest(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> tuple[float, float]:
    """Return how far along the segment the point nearest to (x, y) lies, and its squared distance."""
    ex, ey = bx - ax, by - ay
    square = ex * ex + ey * ey
    along = 0.0 if square < 1e-20 else min(max(((x - ax) * ex + (y - ay) * ey) / square, 0.0), 1.0)
    dx, dy = ax + along * ex - x, ay + along * ey - y
    return along, dx * dx + dy * dy


@compiled
def _beside(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, x: float, y: float
) -> tuple[float, float, float]:
    """Return the barycentrics of the rim's point nearest to (x, y), and its distance."""
    along, best = _nearest(ax, ay, bx, by, x, y)
    u, v = along, 0.0
    along, distance = _nearest(bx, by, cx, cy, x, y)
    if distance < best:
        best, u, v = distance, 1 - along, along
    along, distance = _nearest(cx, cy, ax, ay, x, y)
    if distance < best:
        best, u, v = distance, 0.0, 1 - along
    return u, v, np.sqrt(best)


@compiled
def _own_inside(uvs: DoubleArray, faces: IntArray, first_row: int, owners: IntArray, barycentrics: FloatArray) -> None:
    """Give each texel of some rows to the first face that its centre lies in."""
    rows, edge = owners.shape
    for face in range(len(faces)):
        ay, by, cy = uvs[faces[face, 0], 1], uvs[faces[face, 1], 1], uvs[faces[face, 2], 1]
        if not (max(ay, by, cy) >= first_row and min(ay, by, cy) <= first_row + rows):
            continue
        ax, bx, cx = uvs[faces[face, 0], 0], uvs[faces[face, 1], 0], uvs[faces[face, 2], 0]
        double = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if not abs(double) > 1e-12:
            continue
        inverse = 1 / double
        top, bottom = int(np.floor(min(ay, by, cy))) - first_row, int(np.ceil(max(ay, by, cy))) - first_row
        left, right = int(np.floor(min(ax, bx, cx))), int(np.ceil(max(ax, bx, cx)))
        for row in range(max(top, 0), min(bottom, rows - 1) + 1):
            y = row + first_row + 0.5 - ay
            for column in range(max(left, 0), min(right, edge - 1) + 1):
                x = column + 0.5 - ax
                u, v = (x * (cy - ay) - y * (cx - ax)) * inverse, ((bx - ax) * y - (by - ay) * x) * inverse
                if u >= 0 and v >= 0 and u + v <= 1 and owners[row, column] < 0:
                    owners[row, column] = face
                    barycentrics[row, column, 0], barycentrics[row, column, 1] = u, v


@compiled
def _own_beside(
    uvs: DoubleArray,
    faces: IntArray,
    reach: float,
    first_row: int,
    owners: IntArray,
    barycentrics: FloatArray,
    distances: FloatArray,
) -> None:
    """Give each texel that no face owns, and whose distance is infinite so far, to the nearest face within reach."""
    rows, edge = owners.shape
    for face in range(len(faces)):
        ay, by, cy = uvs[faces[face, 0], 1], uvs[faces[face, 1], 1], uvs[faces[face, 2], 1]
        if not (max(ay, by, cy) + reach >= first_row and min(ay, by, cy) - reach <= first_row + rows):
            continue
        ax, bx, cx = uvs[faces[face, 0], 0], uvs[faces[face, 1], 0], uvs[faces[face, 2], 0]
        if not abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) > 1e-12:
            continue
        top, bottom = int(np.floor(min(ay, by, cy) - reach)), int(np.ceil(max(ay, by, cy) + reach))
        left, right = int(np.floor(min(ax, bx, cx) - reach)), int(np.ceil(max(ax, bx, cx) + reach))
        for row in range(max(top - first_row, 0), min(bottom - first_row, rows - 1) + 1):
            for column in range(max(left, 0), min(right, edge - 1) + 1):
                if owners[row, column] >= 0 and distances[row, column] == np.inf:
                    continue
                u, v, distance = _beside(ax, ay, bx, by, cx, cy, column + 0.5, row + first_row + 0.5)
                if distance <= reach and distance < distances[row, column]:
                    owners[row, column], distances[row, column] = face, distance
                    barycentrics[row, column, 0], barycentrics[row, column, 1] = u, v
