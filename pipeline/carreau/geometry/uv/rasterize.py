"""Rasterisation of an atlas: the face and barycentric coordinates at each texel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.process import bands, in_threads

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


def vertex_tangents(positions: FloatArray, normals: FloatArray, texcoords: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 4) float32: the unit direction of growing u along the surface, and the bitangent's sign.

    positions, normals : (n, 3); texcoords : (n, 2), v downwards

    The frame is glTF's: bitangent = cross(normal, tangent) * sign, which is where the picture's upper side lies.
    Corners are weighted by their angle, as in M. Mikkelsen, "Simulation of wrinkled surfaces revisited", 2008. A vertex
    whose triangles have no area in the texture gets any tangent.
    """
    unit, sums, signs = normals.astype(np.float64), np.zeros((len(positions), 3)), np.zeros(len(positions))
    _add_corners(positions, texcoords, faces, sums, signs)
    flat = sums - unit * np.einsum("ni,ni->n", unit, sums)[:, None]
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    tangents = np.where(lengths > 1e-9, flat / np.maximum(lengths, 1e-30), _any_perpendicular(unit))
    return np.column_stack([tangents, np.where(signs < 0, -1.0, 1.0)]).astype(np.float32)


@compiled
def _add_corners(
    positions: FloatArray, texcoords: FloatArray, faces: IntArray, sums: DoubleArray, signs: DoubleArray
) -> None:
    """Add each corner's direction of growing u, and 1 where its picture is not mirrored, else -1, to its vertex."""
    p, along, angles = np.empty((3, 3)), np.empty(3), np.empty(3)
    for f in range(len(faces)):
        a, b, c = faces[f]
        for corner in range(3):
            for axis in range(3):
                p[corner, axis] = positions[faces[f, corner], axis]
        u1, v1 = np.float64(texcoords[b, 0]) - texcoords[a, 0], np.float64(texcoords[b, 1]) - texcoords[a, 1]
        u2, v2 = np.float64(texcoords[c, 0]) - texcoords[a, 0], np.float64(texcoords[c, 1]) - texcoords[a, 1]
        side = np.sign(u1 * v2 - u2 * v1)
        length = 0.0
        for axis in range(3):
            along[axis] = ((p[1, axis] - p[0, axis]) * v2 - (p[2, axis] - p[0, axis]) * v1) * side
            length += along[axis] * along[axis]
        length = max(np.sqrt(length), 1e-300)
        for corner in range(3):
            ahead = behind = across = 0.0
            for axis in range(3):
                one = p[(corner + 1) % 3, axis] - p[corner, axis]
                other = p[(corner + 2) % 3, axis] - p[corner, axis]
                ahead, behind, across = ahead + one * one, behind + other * other, across + one * other
            cosine = across / max(np.sqrt(ahead) * np.sqrt(behind), 1e-300)
            angles[corner] = np.arccos(min(max(cosine, -1.0), 1.0))
        for corner in range(3):
            vertex = faces[f, corner]
            for axis in range(3):
                sums[vertex, axis] += angles[corner] * along[axis] / length
            # v grows downwards: a picture that is not mirrored runs clockwise where its triangle runs the other way
            signs[vertex] -= angles[corner] * side


def _any_perpendicular(unit: DoubleArray) -> DoubleArray:
    """Return (n, 3) unit vectors at right angles to the given ones."""
    axis = np.where(np.abs(unit[:, :1]) < 0.5, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    across = np.cross(unit, axis)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300))
