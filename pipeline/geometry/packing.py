"""Place charts of any outline on a square, close together.

Charts are drawn as bitmaps and placed largest first, each at the lowest free place of either of two turns; the scale at
which all of them just fit is searched for. Bitmaps let small charts lie in the bays of large ones, which packing by
bounding box wastes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.jit import compiled
from pipeline.model import ByteArray, DoubleArray, IntArray

WordArray = NDArray[np.uint64]
TURNS = 32


@dataclass(frozen=True)
class PackOptions:
    """Room around charts.

    size_px : edge of the square, in texels
    gutter_px : texels kept free between two charts
    cell_px : texels to a cell of the bitmaps; 1 is tightest, more is faster
    """

    size_px: int
    gutter_px: int = 2
    cell_px: int = 1


def upright(uvs: DoubleArray, charts: IntArray) -> DoubleArray:
    """Turn each chart to the smallest bounding box of `TURNS` tried, its corner at the origin, lying rather than standing."""
    order = np.argsort(charts, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(charts[order]) > 0]))
    best = np.full(len(starts), np.inf)
    angle = np.zeros(len(starts))
    for turn in np.arange(TURNS) * (np.pi / 2 / TURNS):
        box = _boxes(_turned(uvs, np.full(len(uvs), turn)), order, starts)[1]
        area = box[:, 0] * box[:, 1]
        better = area < best * (1 - 1e-9)
        best, angle = np.where(better, area, best), np.where(better, turn, angle)
    box = _boxes(_turned(uvs, angle[charts]), order, starts)[1]
    angle = np.where(box[:, 1] > box[:, 0], angle + np.pi / 2, angle)
    out = _turned(uvs, angle[charts])
    return out - _boxes(out, order, starts)[0][charts]


def _turned(uvs: DoubleArray, angle: DoubleArray) -> DoubleArray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([uvs[:, 0] * cosine - uvs[:, 1] * sine, uvs[:, 0] * sine + uvs[:, 1] * cosine], axis=1)


def _boxes(uvs: DoubleArray, order: NDArray[np.intp], starts: NDArray[np.intp]) -> tuple[DoubleArray, DoubleArray]:
    """Return the lower corner and the size of each chart's box."""
    low, high = np.minimum.reduceat(uvs[order], starts), np.maximum.reduceat(uvs[order], starts)
    return low, high - low


@compiled
def draw(uvs: DoubleArray, faces: IntArray, reach: float, bitmap: ByteArray) -> None:
    """Set the cells of bitmap (h, w) whose centre lies within reach cells of a triangle; uvs (n, 2) are in cells."""
    height, width = bitmap.shape
    for face in range(len(faces)):
        ax, ay = uvs[faces[face, 0], 0], uvs[faces[face, 0], 1]
        bx, by = uvs[faces[face, 1], 0], uvs[faces[face, 1], 1]
        cx, cy = uvs[faces[face, 2], 0], uvs[faces[face, 2], 1]
        turn = 1.0 if (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) >= 0 else -1.0
        ex, ey, fx, fy, gx, gy = bx - ax, by - ay, cx - bx, cy - by, ax - cx, ay - cy
        el, fl, gl = np.hypot(ex, ey) + 1e-30, np.hypot(fx, fy) + 1e-30, np.hypot(gx, gy) + 1e-30
        low_y, high_y = int(np.floor(min(ay, by, cy) - reach)), int(np.ceil(max(ay, by, cy) + reach))
        low_x, high_x = int(np.floor(min(ax, bx, cx) - reach)), int(np.ceil(max(ax, bx, cx) + reach))
        for row in range(max(low_y, 0), min(high_y, height - 1) + 1):
            y = row + 0.5
            for column in range(max(low_x, 0), min(high_x, width - 1) + 1):
                x = column + 0.5
                if turn * (ex * (y - ay) - ey * (x - ax)) < -reach * el:
                    continue
                if turn * (fx * (y - by) - fy * (x - bx)) < -reach * fl:
                    continue
                if turn * (gx * (y - cy) - gy * (x - cx)) < -reach * gl:
                    continue
                bitmap[row, column] = 1


@compiled
def _fits(grid: WordArray, words: WordArray, width: int, row: int, column: int) -> bool:
    """Tell whether a chart's rows of words may lie at (row, column)."""
    first, shift = column >> 6, np.uint64(column & 63)
    back = np.uint64(64) - shift
    for r in range(words.shape[0]):
        for w in range(words.shape[1]):
            word = words[r, w]
            if word == 0:
                continue
            if (word << shift) & grid[row + r, first + w]:
                return False
            if shift and (word >> back) & grid[row + r, first + w + 1]:
                return False
    return True


@compiled
def _put(grid: WordArray, words: WordArray, row: int, column: int) -> None:
    first, shift = column >> 6, np.uint64(column & 63)
    back = np.uint64(64) - shift
    for r in range(words.shape[0]):
        for w in range(words.shape[1]):
            grid[row + r, first + w] |= words[r, w] << shift
            if shift:
                grid[row + r, first + w + 1] |= words[r, w] >> back


@compiled
def _words(bitmap: ByteArray) -> WordArray:
    height, width = bitmap.shape
    words = np.zeros((height, (width + 63) // 64), np.uint64)
    for row in range(height):
        for column in range(width):
            if bitmap[row, column]:
                words[row, column >> 6] |= np.uint64(1) << np.uint64(column & 63)
    return words


@compiled
def _lowest(grid: WordArray, words: WordArray, width: int, size: int, start: int, limit: int) -> int:
    """Return row * size + column of the lowest free place from row start on and before limit, or -1."""
    height = words.shape[0]
    for row in range(start, min(size - height, limit - 1) + 1):
        for column in range(size - width + 1):
            if _fits(grid, words, width, row, column):
                return row * size + column
    return -1


@compiled
def _turned_bitmap(bitmap: ByteArray, turn: int) -> ByteArray:
    """Return the bitmap turned by a quarter, column to row, when turn is 1; never mirrored."""
    if turn == 0:
        return bitmap
    height, width = bitmap.shape
    out = np.zeros((width, height), np.uint8)
    for row in range(height):
        for column in range(width):
            out[column, height - 1 - row] = bitmap[row, column]
    return out


@compiled
def _place(
    uvs: DoubleArray, starts: IntArray, faces: IntArray, face_starts: IntArray, order: IntArray, size: int, reach: float
) -> IntArray:
    """Return (charts, 4): column, row, turn and bitmap height of each chart in cells; empty when one finds no room.

    A chart is looked for from where the last one of about its size was found: 20 times faster, and 1 % of room lost.
    """
    grid = np.zeros((size, size // 64 + 3), np.uint64)
    floors = np.zeros((2, 80), np.int64)
    places = np.zeros((len(starts) - 1, 4), np.int32)
    for chart in order:
        local = uvs[starts[chart] : starts[chart + 1]] + np.ceil(reach)
        triangles = faces[face_starts[chart] : face_starts[chart + 1]] - starts[chart]
        width = int(np.ceil(local[:, 0].max() + np.ceil(reach)))
        height = int(np.ceil(local[:, 1].max() + np.ceil(reach)))
        if max(width, height) > size:
            return places[:0]
        bitmap = np.zeros((height, width), np.uint8)
        draw(local, triangles, reach, bitmap)
        kind = min(int(np.log2(width * height) * 2), 79)
        best, best_turn = -1, 0
        for turn in range(2):
            shape = _turned_bitmap(bitmap, turn)
            limit = size if best < 0 else best // size
            found = _lowest(grid, _words(shape), shape.shape[1], size, floors[turn, kind], limit)
            if found >= 0:
                best, best_turn = found, turn
        if best < 0:
            return places[:0]
        shape = _turned_bitmap(bitmap, best_turn)
        _put(grid, _words(shape), best // size, best % size)
        floors[best_turn, kind] = max(floors[best_turn, kind], best // size - shape.shape[0] // 2)
        places[chart, 0], places[chart, 1] = best % size, best // size
        places[chart, 2], places[chart, 3] = best_turn, height
    return places


def pack(uvs: DoubleArray, faces: IntArray, charts: IntArray, options: PackOptions) -> DoubleArray:
    """Return (n, 2) float64 in 0..1: the charts placed at the largest common scale found.

    uvs : (n, 2) float64 in any unit, each chart with its lower corner at the origin, as `upright` leaves them
    faces : (m, 3) int32, indices into uvs
    charts : (n,) int32, the chart of each vertex
    """
    order = np.argsort(charts, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    of_face = charts[faces[:, 0]]
    packer = _Packer(
        local=uvs[order],
        charts=charts[order],
        faces=rank[faces[np.argsort(of_face, kind="stable")]],
        starts=_starts(charts),
        face_starts=_starts(of_face, int(charts.max()) + 1),
        options=options,
    )
    scale, places = packer.largest()
    return packer.settled(scale, places)[rank] / options.size_px


def _starts(groups: IntArray, count: int = 0) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=count))]).astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Packer:
    """Charts sorted by number, tried at one scale after another."""

    local: DoubleArray
    charts: IntArray
    faces: IntArray
    starts: IntArray
    face_starts: IntArray
    options: PackOptions

    @property
    def reach(self) -> float:
        """Return how far a chart's bitmap reaches beyond its triangles, in cells."""
        return (self.options.gutter_px / 2 + 0.5) / self.options.cell_px + (0.5 if self.options.cell_px > 1 else 0.0)

    def attempt(self, scale: float) -> IntArray:
        """Return the places at a scale in texels a unit, empty when the charts do not fit."""
        extent = np.maximum.reduceat(self.local, self.starts[:-1])
        order = np.lexsort((-extent.max(axis=1), -extent[:, 0] * extent[:, 1])).astype(np.int32)
        cells, size = self.local * (scale / self.options.cell_px), self.options.size_px // self.options.cell_px
        return _place(cells, self.starts, self.faces, self.face_starts, order, size, self.reach)

    def largest(self) -> tuple[float, IntArray]:
        """Return the largest scale found and its places: down until they fit, then halving the last step thrice."""
        corners = self.local[self.faces]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum() / 2
        scale, step = self.options.size_px / np.sqrt(max(float(area), 1e-30)) * 0.86, 0.95
        places = self.attempt(scale)
        while not len(places):
            scale *= step
            places = self.attempt(scale)
        for _ in range(3):
            step = np.sqrt(step)
            better = self.attempt(scale / step)
            if len(better):
                scale, places = scale / step, better
        return scale, places

    def settled(self, scale: float, places: IntArray) -> DoubleArray:
        """Return (n, 2): where each vertex lies, in texels."""
        cell = self.options.cell_px
        inside = self.local * (scale / cell) + np.ceil(self.reach)
        place = places[self.charts]
        turned = np.stack([place[:, 3] - inside[:, 1], inside[:, 0]], axis=1)
        settled: DoubleArray = (np.where(place[:, 2:3] == 1, turned, inside) + place[:, :2]) * cell
        return settled
