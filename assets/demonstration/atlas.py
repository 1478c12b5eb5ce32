"""Lay charts side by side on a square picture and find the face under every texel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.demonstration.charts import Charts
from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray

GUTTER_PX = 2


@dataclass(frozen=True, eq=False)
class Atlas:
    """Where charts lie on the picture.

    size : texels along an edge
    corners : (m, 3, 2) float32 texels from the upper left
    """

    size: int
    corners: FloatArray


@compiled
def _place(sizes: IntArray, order: IntArray, edge: int, out: IntArray) -> int:
    """Put rectangles (c, 2) on a skyline, each as low as it will go; return the height used, or -1 when too wide."""
    skyline = np.zeros(edge, np.int64)
    highest = 0
    for k in order:
        width, height = sizes[k, 0], sizes[k, 1]
        if width > edge:
            return -1
        best, best_x, x = 1 << 40, -1, 0
        while x + width <= edge:
            top, blocker = 0, x
            for i in range(x, x + width):
                if skyline[i] >= top:
                    top, blocker = skyline[i], i
            if top < best:
                best, best_x = top, x
            # the next place that can be lower starts behind the highest column
            x = blocker + 1
        if best + height > edge:
            return -1
        for i in range(best_x, best_x + width):
            skyline[i] = best + height
        out[k, 0], out[k, 1] = best_x, best
        highest = max(highest, best + height)
    return highest


def pack(charts: Charts, edge: int) -> Atlas:
    """Return charts as large as they fit on an edge x edge picture."""
    metres = charts.sizes * charts.weights[:, None]
    upright = metres[:, 1] > metres[:, 0]
    metres = np.where(upright[:, None], metres[:, ::-1], metres)
    order = np.argsort(-metres[:, 1], kind="stable").astype(np.int32)
    low, high = 0.0, edge / float(np.sqrt((metres[:, 0] * metres[:, 1]).sum()))
    best, places = 0.0, np.zeros((len(metres), 2), np.int32)
    for _ in range(9):
        scale = (low + high) / 2
        trial = np.zeros_like(places)
        if _place((np.ceil(metres * scale) + 2 * GUTTER_PX).astype(np.int32), order, edge, trial) > 0:
            low, best, places = scale, scale, trial
        else:
            high = scale
    u, v, wide = charts.corners[..., 0], charts.corners[..., 1], charts.sizes[charts.labels, :1]
    quarter_turn = np.stack([v, wide - u], axis=-1)
    corners = np.where(upright[charts.labels, None, None], quarter_turn, charts.corners)
    corners = corners * (best * charts.weights)[charts.labels, None, None]
    return Atlas(edge, (corners + places[charts.labels, None] + GUTTER_PX).astype(np.float32))


@compiled
def _raster(corners: FloatArray, faces: IntArray, weights: FloatArray) -> None:
    size = faces.shape[0]
    for k in range(len(corners)):
        ax, ay = corners[k, 0, 0], corners[k, 0, 1]
        bx, by = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay
        cx, cy = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay
        area = bx * cy - by * cx
        if abs(area) < 1e-12:
            continue
        left, right = ax + min(0.0, bx, cx), ax + max(0.0, bx, cx)
        top, bottom = ay + min(0.0, by, cy), ay + max(0.0, by, cy)
        for row in range(max(int(top - 0.5), 0), min(int(bottom + 0.5), size - 1) + 1):
            for column in range(max(int(left - 0.5), 0), min(int(right + 0.5), size - 1) + 1):
                x, y = column + 0.5 - ax, row + 0.5 - ay
                u, v = (x * cy - y * cx) / area, (bx * y - by * x) / area
                if u >= -1e-4 and v >= -1e-4 and u + v <= 1.0001:
                    faces[row, column] = k
                    weights[row, column, 0], weights[row, column, 1] = u, v


def texels(atlas: Atlas) -> tuple[IntArray, FloatArray]:
    """Return (h, w) int32 face under each texel or -1, and (h, w, 2) float32 weights of its corners 1 and 2."""
    faces = np.full((atlas.size, atlas.size), -1, np.int32)
    weights = np.zeros((atlas.size, atlas.size, 2), np.float32)
    _raster(atlas.corners, faces, weights)
    return faces, weights


@compiled
def _grow(picture: ByteArray, filled: ByteArray, ring: int) -> None:
    """Fill the texels next to those filled before ring, with their mean."""
    size = filled.shape[0]
    for row in range(size):
        for column in range(size):
            if filled[row, column]:
                continue
            count, red, green, blue = 0, 0, 0, 0
            for j in range(max(row - 1, 0), min(row + 2, size)):
                for i in range(max(column - 1, 0), min(column + 2, size)):
                    if filled[j, i] and filled[j, i] <= ring:
                        count += 1
                        red += picture[j, i, 0]
                        green += picture[j, i, 1]
                        blue += picture[j, i, 2]
            if count:
                filled[row, column] = ring + 1
                picture[row, column, 0] = red // count
                picture[row, column, 1] = green // count
                picture[row, column, 2] = blue // count


def grow_gutters(picture: ByteArray, faces: IntArray, rings: int = 4) -> None:
    """Carry colours a few texels past chart borders, in place."""
    filled = (faces >= 0).astype(np.uint8)
    for ring in range(1, rings + 1):
        _grow(picture, filled, ring)
