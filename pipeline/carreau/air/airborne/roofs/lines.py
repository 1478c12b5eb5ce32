"""Straight lines of roofs: edges, ridges and valleys, in the main directions of each building.

A line between two planes that meet is their intersection; any other is fitted to the cells that it parts, turned to the
nearest main direction of its building, and joined with those in the same direction beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.extent import Lattice
from carreau.air.airborne.roofs.planes import RoofPlanes
from carreau.air.airborne.survey_data import BoolArray
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, IntArray

BEND_CELLS = 1.9
"""Distance from a chord, in cells, from which a border has a corner."""

SHORTEST_M = 0.3
"""Pieces of a border shorter than this make no line: their neighbours meet instead."""

SURE_M = 2.5
"""Pieces shorter than this have no direction of their own: they take the nearest main one.

Leaves that hang over the edge of a shed cut into it obliquely, and ragged cells make such edges where there are none.
"""

MEETING_M = 0.6
"""Distance of a border from the intersection of its planes within which it is taken to be that intersection."""

TURN = math.radians(12)
"""Angle by which a line is turned to a main direction at most."""

BESIDE_M = 0.25
"""Parallel lines no farther apart become one."""

REACH_M = 3.0
"""How far a line goes on beyond its ends, to meet the next."""

TICK_M = 0.45
"""How far to both sides a line has a cross stroke at its ends, where it can change over to a parallel one."""

MAIN_SHARE = 0.12
"""Least share of a building's lines that makes a direction a main one."""


@dataclass(frozen=True, eq=False)
class RoofLines:
    """Lines that part the planes of roofs from each other and from the outside, by the ends of segments (n, 2, 2).

    straight : in the directions of the roofs
    chords : of the borders as the cells have them, from corner to corner: ragged, but closed
    sides : (n, 2) int32, the planes to the left and to the right of each chord
    """

    straight: DoubleArray
    chords: DoubleArray
    sides: IntArray


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Straight pieces of borders.

    middles : (n, 2) float64
    angles, lengths : (n,) float64
    sides : (n, 2) int32, planes to the left and to the right
    blocks : (n,) int32, the building
    """

    middles: DoubleArray
    angles: DoubleArray
    lengths: DoubleArray
    sides: IntArray
    blocks: IntArray


def roof_lines(lattice: Lattice, roofs: RoofPlanes) -> RoofLines:
    """Return the lines of roofs."""
    # Directions are those of each building: cells of roofs that touch.
    blocks = np.asarray(ndimage.label(roofs.labels > 0, np.ones((3, 3)))[0], np.int32)
    pieces, chords, sides = _pieces(lattice, roofs.labels, blocks)
    if not len(pieces.angles):
        return RoofLines(np.empty((0, 2, 2)), chords, sides)
    # Ridges and valleys follow exactly from their two planes. All other lines are fitted to ragged cells, and turned.
    fixed, normals, offsets = _intersections(pieces, roofs)
    mains = _main_directions(pieces, roofs, blocks, lattice.cell)
    angles = _turn(pieces, mains)
    loose = ~fixed
    normals[loose] = np.column_stack([-np.sin(angles), np.cos(angles)])[loose]
    offsets[loose] = (normals * pieces.middles).sum(axis=1)[loose]
    return RoofLines(_join(pieces, normals, offsets, fixed), chords, sides)


def _pieces(lattice: Lattice, labels: IntArray, blocks: IntArray) -> tuple[_Pieces, DoubleArray, IntArray]:
    """Cut the borders at their corners, fit a line to each piece, and return the chords and their sides too.

    The border of the place is none.
    """
    chains = label_borders(labels)
    # Borders of cells are stairs: those corners stay that are farther from a chord than stairs
    # are, and part the pieces.
    is_corner = _corners(chains.corners.astype(np.float64), chains.starts, BEND_CELLS)
    corners = chains.corners.astype(np.float64)
    chain = np.repeat(np.arange(len(chains.sides)), np.diff(chains.starts))
    last = np.zeros(len(chain), bool)
    last[chains.starts[1:] - 1] = True
    steps = np.flatnonzero(~last)
    ends = np.flatnonzero(is_corner)
    follows = ~last[ends[:-1]]
    # Chords from corner to corner, which close around each plane whatever the lines do.
    at = corners[np.column_stack([ends[:-1], ends[1:]])[follows]][:, :, ::-1]
    chords = at * lattice.cell + [lattice.west, lattice.south]
    chord_sides = chains.sides[chain[ends[:-1]][follows]]
    # Lines are fitted to the middles of the steps, which lie closer to the true border than their corners.
    middles = (corners[steps] + corners[steps + 1]) / 2
    piece = np.cumsum(is_corner)[steps] - 1
    rows, columns = labels.shape
    on_border = (middles[:, 0] % rows == 0) | (middles[:, 1] % columns == 0)
    steps, middles, piece = steps[~on_border], middles[~on_border], piece[~on_border]
    numbers, piece = np.unique(piece, return_inverse=True)
    xy = np.column_stack([lattice.west + middles[:, 1] * lattice.cell, lattice.south + middles[:, 0] * lattice.cell])
    angles, centers, lengths = _fit(xy, piece, len(numbers))
    first = np.zeros(len(numbers), np.int64)
    first[piece[::-1]] = steps[::-1]
    sides = chains.sides[chain[first]]
    # The building is that of any of the four cells around the piece's first corner.
    r, c = chains.corners[first].T
    around = np.pad(blocks, 1)
    near = np.stack([around[r + i, c + k] for i in (0, 1) for k in (0, 1)])
    long = lengths >= SHORTEST_M
    home = near.max(axis=0)[long].astype(np.int32)
    return _Pieces(centers[long], angles[long], lengths[long], sides[long], home), chords, chord_sides


def _fit(xy: DoubleArray, piece: NDArray[np.int64], count: int) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Return the angle (k,), middle (k, 2) and length (k,) of each piece's points: total least squares."""
    n = np.maximum(np.bincount(piece, minlength=count), 1)
    centers = np.column_stack([np.bincount(piece, xy[:, d], minlength=count) / n for d in range(2)])
    x, y = (xy - centers[piece]).T
    xx, xy_, yy = (np.bincount(piece, term, minlength=count) for term in (x * x, x * y, y * y))
    # Direction of the greatest variance, in closed form in the plane.
    angles = np.arctan2(2 * xy_, xx - yy) / 2
    along = x * np.cos(angles[piece]) + y * np.sin(angles[piece])
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, piece, along)
    np.maximum.at(high, piece, along)
    middle = (low + high) / 2
    centers += np.column_stack([np.cos(angles), np.sin(angles)]) * middle[:, None]
    return angles, centers, high - low


def _intersections(pieces: _Pieces, roofs: RoofPlanes) -> tuple[BoolArray, DoubleArray, DoubleArray]:
    """Return which pieces lie on the intersection of their planes, and the normal form of those lines."""
    one, other = roofs.planes[pieces.sides[:, 0]], roofs.planes[pieces.sides[:, 1]]
    difference = one - other
    norms = np.hypot(difference[:, 0], difference[:, 1])
    safe = np.maximum(norms, 1e-9)
    normals, offsets = difference[:, :2] / safe[:, None], -difference[:, 2] / safe
    half = np.column_stack([np.cos(pieces.angles), np.sin(pieces.angles)]) * pieces.lengths[:, None] / 2
    # Near at both ends and in the middle: a border that only crosses the intersection is an edge of its own.
    off = [np.abs((normals * (pieces.middles + sign * half)).sum(axis=1) - offsets) for sign in (-1, 0, 1)]
    close = np.max(off, axis=0) < MEETING_M
    return (pieces.sides > 0).all(axis=1) & (norms > 0.04) & close, normals, offsets


def _main_directions(pieces: _Pieces, roofs: RoofPlanes, blocks: IntArray, cell: float) -> dict[int, DoubleArray]:
    """Return the main directions of each building in radians from 0 to 90°, the strongest first."""
    slopes = np.hypot(roofs.planes[:, 0], roofs.planes[:, 1])
    areas = np.bincount(roofs.labels.ravel(), minlength=len(slopes)) * cell**2
    homes = np.zeros(len(slopes), np.int32)
    homes[roofs.labels.ravel()] = blocks.ravel()
    sloped = np.flatnonzero((slopes > 0.1) & (np.arange(len(slopes)) > 0))
    # Long pieces count more than their length, as short ones point anywhere; and so do slopes, which are surer than any
    # border: eaves run square to them, and a quarter turn makes no difference here.
    angles = np.concatenate([pieces.angles, np.arctan2(roofs.planes[sloped, 1], roofs.planes[sloped, 0])])
    weights = np.concatenate([pieces.lengths**1.5, 4 * areas[sloped] ** 0.75])
    owners = np.concatenate([pieces.blocks, homes[sloped]])
    result = {}
    for block in np.unique(owners):
        mine = owners == block
        result[int(block)] = _peaks(angles[mine] % (math.pi / 2), weights[mine])
    return result


def _peaks(angles: DoubleArray, weights: DoubleArray) -> DoubleArray:
    """Return up to four directions that many of these lie in, modulo 90°."""
    quarter, peaks = math.pi / 2, []
    total, left = weights.sum(), weights.copy()
    grid = np.arange(90) * (quarter / 90)
    for _ in range(4):
        apart = np.abs((angles[None, :] - grid[:, None] + quarter / 2) % quarter - quarter / 2)
        # Votes on a grid of one degree, blurred; then the mean of what lies near the best.
        strength = (np.exp(-((apart / math.radians(2.5)) ** 2)) * left).sum(axis=1)
        best = grid[int(np.argmax(strength))]
        off = (angles - best + quarter / 2) % quarter - quarter / 2
        near = np.abs(off) < math.radians(5)
        if left[near].sum() < MAIN_SHARE * total or left[near].sum() <= 0:
            break
        peaks.append((best + (off * left)[near].sum() / left[near].sum()) % quarter)
        # What a direction explains does not vote for the next.
        left[np.abs(off) < TURN] = 0
    return np.asarray(peaks)


def _turn(pieces: _Pieces, mains: dict[int, DoubleArray]) -> DoubleArray:
    """Return the angle of each piece, in a main direction of its building where one is near."""
    angles = pieces.angles.copy()
    quarter = math.pi / 2
    for i, (angle, length, block) in enumerate(zip(pieces.angles, pieces.lengths, pieces.blocks, strict=True)):
        main = mains[int(block)]
        if len(main):
            off = (main - angle + quarter / 2) % quarter - quarter / 2
            best = int(np.argmin(np.abs(off)))
            if abs(off[best]) < TURN or length < SURE_M:
                angles[i] = angle + off[best]
    return angles


def _join(pieces: _Pieces, normals: DoubleArray, offsets: DoubleArray, fixed: BoolArray) -> DoubleArray:
    """Return segments of the lines, those in one direction and place joined, each longer by its reach."""
    # One sign for the normals of parallel lines, so that their offsets can be compared.
    flip = (normals[:, 0] < -1e-9) | ((np.abs(normals[:, 0]) <= 1e-9) & (normals[:, 1] < 0))
    normals, offsets = np.where(flip[:, None], -normals, normals), np.where(flip, -offsets, offsets)
    # Intersections first, then long pieces: later ones join the lines that are there, if near and parallel.
    order = np.lexsort((offsets, pieces.middles[:, 0], -pieces.lengths, ~fixed, pieces.blocks))
    lines: list[list[float]] = []
    homes: dict[int, list[int]] = {}
    spans: list[list[tuple[float, float]]] = []
    ticks: list[list[float]] = []
    for i in order:
        (nx, ny), d, (x, y) = normals[i], offsets[i], pieces.middles[i]
        along, half = y * nx - x * ny, pieces.lengths[i] / 2 + REACH_M
        home = homes.setdefault(int(pieces.blocks[i]), [])
        chosen, least = -1, BESIDE_M
        for k in home:
            line = lines[k]
            if abs(line[0] * ny - line[1] * nx) < 0.035:
                off = abs(line[0] * x + line[1] * y - line[2] / line[3])
                if off < least and (not fixed[i] or off < 0.05):
                    chosen, least = k, off
        # A line lies at the mean of its pieces by length; an intersection does not move.
        weight = 1e6 if fixed[i] else pieces.lengths[i]
        if chosen < 0:
            home.append(len(lines))
            lines.append([nx, ny, d * weight, weight])
            ticks.append([])
            spans.append([(along - half, along + half)])
        else:
            line = lines[chosen]
            line[2] += (line[0] * x + line[1] * y) * weight
            line[3] += weight
            along = y * line[0] - x * line[1]
            spans[chosen].append((along - half, along + half))
        ticks[chosen] += [along - half + REACH_M, along + half - REACH_M]
    segments = []
    for (nx, ny, moment, weight), span, marks in zip(lines, spans, ticks, strict=True):
        d = moment / weight
        # Strokes across both ends of each piece: without them two parallel lines beside each other
        # would not close a face.
        for at in marks:
            x, y = nx * d - ny * at, ny * d + nx * at
            segments.append([[x - nx * TICK_M, y - ny * TICK_M], [x + nx * TICK_M, y + ny * TICK_M]])
        for low, high in _unions(span):
            segments.append([[nx * d - ny * low, ny * d + nx * low], [nx * d - ny * high, ny * d + nx * high]])
    return np.asarray(segments).reshape(-1, 2, 2)


def _unions(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return overlapping spans as one."""
    result: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


@compiled
def _corners(corners: DoubleArray, starts: IntArray, tolerance: float) -> BoolArray:
    """Return which corners stay when chains are simplified: D. Douglas and T. Peucker, 1973."""
    is_corner = np.zeros(len(corners), np.bool_)
    stack = np.empty((len(corners) + 2, 2), np.int64)
    for chain in range(len(starts) - 1):
        first, last = starts[chain], starts[chain + 1] - 1
        is_corner[first], is_corner[last] = True, True
        size = 1
        stack[0, 0], stack[0, 1] = first, last
        while size > 0:
            size -= 1
            low, high = stack[size]
            if high - low < 2:
                continue
            ax, ay = corners[low]
            dx, dy = corners[high, 0] - ax, corners[high, 1] - ay
            length = math.sqrt(dx * dx + dy * dy)
            # The point farthest from the chord parts it in two; a stack in place of recursion, which
            # compiled code cannot deepen.
            far, worst = -1, tolerance
            for i in range(low + 1, high):
                x, y = corners[i, 0] - ax, corners[i, 1] - ay
                off = abs(x * dy - y * dx) / length if length > 0 else math.sqrt(x * x + y * y)
                if off > worst:
                    far, worst = i, off
            if far >= 0:
                is_corner[far] = True
                stack[size, 0], stack[size, 1] = low, far
                stack[size + 1, 0], stack[size + 1, 1] = far, high
                size += 2
    return is_corner


@dataclass(frozen=True, eq=False)
class Chains:
    """Borders from one junction to the next, or around.

    corners : (n, 2) int32, row and column of cell corners, chain after chain; closed ones repeat their first
    starts : (k + 1,) int32, where each chain begins in `corners`
    sides : (k, 2) int32, labels to the left and to the right of each
    """

    corners: IntArray
    starts: IntArray
    sides: IntArray


def label_borders(labels: IntArray) -> Chains:
    """Return the chains of labels (rows, columns); the label outside the cells is 0."""
    wide = np.pad(labels, 1).astype(np.int32)
    most = 4 * int((wide[1:] != wide[:-1]).sum() + (wide[:, 1:] != wide[:, :-1]).sum()) + 4
    return Chains(*_trace(wide, most))


@compiled
def _is_open(wide: IntArray, r: int, c: int, way: int) -> bool:
    """Tell whether there is a border from corner (r, c) to the north, east, south or west (0 to 3)."""
    rows, columns = wide.shape[0] - 2, wide.shape[1] - 2
    if way == 0:
        return bool(r < rows and wide[r + 1, c] != wide[r + 1, c + 1])
    if way == 1:
        return bool(c < columns and wide[r, c + 1] != wide[r + 1, c + 1])
    if way == 2:
        return bool(r > 0 and wide[r, c] != wide[r, c + 1])
    return bool(c > 0 and wide[r, c] != wide[r + 1, c])


@compiled
def _trace(wide: IntArray, most: int) -> tuple[IntArray, IntArray, IntArray]:
    rows, columns = wide.shape[0] - 2, wide.shape[1] - 2
    # Ways that are walked already, of each corner.
    done = np.zeros((rows + 1, columns + 1, 4), np.uint8)
    corners, starts, sides = np.empty((most, 2), np.int32), np.zeros(most, np.int32), np.empty((most, 2), np.int32)
    total, count = 0, 0
    dr, dc = (1, 0, -1, 0), (0, 1, 0, -1)
    # First the chains between junctions; what is left then has no junction, and is a loop.
    for loops in range(2):
        for r0 in range(rows + 1):
            for c0 in range(columns + 1):
                ways = 0
                for way in range(4):
                    ways += _is_open(wide, r0, c0, way)
                if ways == 0 or (ways == 2 and loops == 0):
                    continue
                for first in range(4):
                    if done[r0, c0, first] or not _is_open(wide, r0, c0, first):
                        continue
                    r, c, way = r0, c0, first
                    corners[total, 0], corners[total, 1] = r, c
                    total += 1
                    # The cells to both sides of the first step are those along the whole chain.
                    left = wide[r + (way < 2), c + (way == 1 or way == 2)]
                    right = wide[r + (way == 0 or way == 3), c + (way < 2)]
                    while True:
                        done[r, c, way] = 1
                        r, c = r + dr[way], c + dc[way]
                        done[r, c, (way + 2) % 4] = 1
                        corners[total, 0], corners[total, 1] = r, c
                        total += 1
                        # At a corner of exactly two borders the chain goes on; at three or four it ends.
                        onward, ways = -1, 0
                        for other in range(4):
                            if _is_open(wide, r, c, other):
                                ways += 1
                                if other != (way + 2) % 4:
                                    onward = other
                        if ways != 2 or (r == r0 and c == c0):
                            break
                        way = onward
                    sides[count, 0], sides[count, 1] = left, right
                    count += 1
                    starts[count] = total
    return corners[:total].copy(), starts[: count + 1].copy(), sides[:count].copy()
