"""Thinning of points to one per voxel while they are read, so that memory follows what is kept, not the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.jit import compiled_bare
from pipeline.model import DoubleArray, FloatArray, IntArray

LongArray = NDArray[np.int64]
_FIRST_ROOM = 1 << 16
_SPARE = 2
"""How many slots of the hash table there are at least for a voxel: short searches, and 8 bytes a voxel."""

_ENOUGH = 0.75
"""Part of the most voxels that doubling must come down to: else the next points would make it double again."""

_OCTANTS = 8
_REACH = 1 << 20
_BITS = 21
_MASK = (1 << _BITS) - 1
_STIR = np.uint64(0x9E3779B97F4A7C15)
_STIR_X, _STIR_Y = np.int64(0x1B873593CC9E2D51), np.int64(0x2545F4914F6CDD1D)
_HALF, _POSITIVE = np.uint64(32), np.int64(0x7FFFFFFFFFFFFFFF)
MOST_POINTS = 6_000_000
"""Points a cloud keeps at most: twenty for each triangle of the largest level, and about two texels of a 4096² atlas
for each point. With colour and intensity they take 0.4 GB while they are thinned."""

_FINER = 64.0
"""How many times finer than an even spread over the two longer sides the first voxels are: points gather on objects."""


class Voxels:
    """The voxels that points have fallen into, in the order of their first points.

    A voxel's key packs its place along each axis, 21 bits each; the few points farther off (a stray at zero in national
    coordinates) are keyed by a hash of their place, negative.
    """

    def __init__(self, origin: DoubleArray, edge: float, columns: int, most: int) -> None:
        """Lay a grid of cubes of `edge` about `origin`, of which at most `most` will be used."""
        self.edge = edge
        self._origin, self._most = origin, max(most, _OCTANTS)
        self._size = 0
        room = min(_FIRST_ROOM, self._most)
        self._keys = np.empty(room, np.int64)
        self._counts = np.empty(room, np.int32)
        self._places = np.empty((room, 3), np.float64)
        self._values = np.empty((room, columns), np.float32)
        self._stations = np.empty(room, np.int32)
        self._table = _empty_table(room)

    def add(self, positions: DoubleArray, values: FloatArray, station_of: IntArray) -> None:
        """Add points: (n, 3) float64 finite, (n, k) float32, (n,) int32."""
        start = 0
        while True:
            start, self._size = _gather(
                positions,
                values,
                station_of,
                start,
                self._origin,
                self.edge,
                self._size,
                self._table,
                self._keys,
                self._counts,
                self._places,
                self._values,
                self._stations,
            )
            if start == len(positions):
                return
            if len(self._keys) < self._most:
                self._grow()
            else:
                self._double()

    def means(self) -> tuple[DoubleArray, FloatArray, IntArray]:
        """Return each voxel's mean position and values, and its first point's station; the grid is used up."""
        size = self._size
        counts = self._counts[:size, None]
        positions, values = self._places[:size], self._values[:size]
        positions /= counts
        positions += self._origin
        np.divide(values, counts, out=values, casting="same_kind")
        return positions, values, self._stations[:size]

    def _grow(self) -> None:
        """Make room for twice as many voxels."""
        room = min(2 * len(self._keys), self._most)
        for name in ("_keys", "_counts", "_places", "_values", "_stations"):
            old = getattr(self, name)
            new = np.empty((room, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)
        self._table = _empty_table(room)
        _fill_table(self._keys, self._size, self._table)

    def _double(self) -> None:
        """Double the voxels until there is room again; the eight around the origin never become one."""
        while True:
            self.edge *= 2
            self._table.fill(-1)
            self._size = _merge(
                self.edge,
                self._size,
                self._table,
                self._keys,
                self._counts,
                self._places,
                self._values,
                self._stations,
            )
            if self._size <= max(_ENOUGH * self._most, _OCTANTS):
                return


def _empty_table(room: int) -> IntArray:
    return np.full(1 << int(_SPARE * room).bit_length(), -1, np.int32)


@compiled_bare
def _key(x: float, y: float, z: float, edge: float) -> np.int64:
    """Return the key of the voxel of a place about the grid's origin."""
    a, b, c = np.floor(x / edge), np.floor(y / edge), np.floor(z / edge)
    if max(abs(a), abs(b), abs(c)) < _REACH:
        return _packed(np.int64(a), np.int64(b), np.int64(c))
    far = np.float64(2**62)
    i, j, k = (np.int64(max(-far, min(far, a))), np.int64(max(-far, min(far, b))), np.int64(max(-far, min(far, c))))
    mixed = (i * _STIR_X + j) * _STIR_Y + k
    mixed = (mixed ^ (mixed >> 29)) * _STIR_X
    return -1 - ((mixed ^ (mixed >> 32)) & _POSITIVE)


@compiled_bare
def _packed(a: np.int64, b: np.int64, c: np.int64) -> np.int64:
    return ((a + _REACH) << (2 * _BITS)) | ((b + _REACH) << _BITS) | (c + _REACH)


@compiled_bare
def _coarser(key: np.int64) -> np.int64:
    """Return the key, in a grid twice as coarse, of a voxel that is not far off."""
    a, b, c = (key >> (2 * _BITS)) - _REACH, ((key >> _BITS) & _MASK) - _REACH, (key & _MASK) - _REACH
    return _packed(a >> 1, b >> 1, c >> 1)


@compiled_bare
def _slot(key: np.int64, table: IntArray, keys: LongArray) -> np.int64:
    """Return the slot of the hash table that holds a key, or the empty one where it belongs."""
    stirred = np.uint64(key) * _STIR
    mask = np.int64(len(table) - 1)
    slot = np.int64(stirred >> _HALF) & mask
    while table[slot] >= 0 and keys[table[slot]] != key:
        slot = (slot + 1) & mask
    return slot


@compiled_bare
def _fill_table(keys: LongArray, size: int, table: IntArray) -> None:
    for voxel in range(size):
        table[_slot(keys[voxel], table, keys)] = voxel


@compiled_bare
def _gather(
    positions: DoubleArray,
    values: FloatArray,
    station_of: IntArray,
    start: int,
    origin: DoubleArray,
    edge: float,
    size: int,
    table: IntArray,
    keys: LongArray,
    counts: IntArray,
    places: DoubleArray,
    sums: FloatArray,
    stations: IntArray,
) -> tuple[int, int]:
    """Add points from `start` on until one needs a voxel there is no room for; return where, and how many voxels."""
    for row in range(start, len(positions)):
        x, y, z = positions[row, 0] - origin[0], positions[row, 1] - origin[1], positions[row, 2] - origin[2]
        key = _key(x, y, z, edge)
        slot = _slot(key, table, keys)
        voxel = np.int64(table[slot])
        if voxel < 0:
            if size == len(keys):
                return row, size
            voxel = np.int64(size)
            size += 1
            table[slot] = voxel
            keys[voxel], counts[voxel], stations[voxel] = key, 0, station_of[row]
            places[voxel, 0] = places[voxel, 1] = places[voxel, 2] = 0.0
            for column in range(sums.shape[1]):
                sums[voxel, column] = 0.0
        counts[voxel] += 1
        places[voxel, 0] += x
        places[voxel, 1] += y
        places[voxel, 2] += z
        for column in range(sums.shape[1]):
            sums[voxel, column] += values[row, column]
    return len(positions), size


@compiled_bare
def _merge(
    edge: float,
    size: int,
    table: IntArray,
    keys: LongArray,
    counts: IntArray,
    places: DoubleArray,
    sums: FloatArray,
    stations: IntArray,
) -> int:
    """Merge voxels into those of twice the edge, in place and in order; return how many there are."""
    kept = 0
    for voxel in range(size):
        key = keys[voxel]
        if key >= 0:
            key = _coarser(key)
        else:
            n = counts[voxel]
            key = _key(places[voxel, 0] / n, places[voxel, 1] / n, places[voxel, 2] / n, edge)
        slot = _slot(key, table, keys)
        into = np.int64(table[slot])
        if into < 0:
            into = np.int64(kept)
            kept += 1
            table[slot] = into
            keys[into], counts[into], stations[into] = key, counts[voxel], stations[voxel]
            for axis in range(3):
                places[into, axis] = places[voxel, axis]
            for column in range(sums.shape[1]):
                sums[into, column] = sums[voxel, column]
        else:
            counts[into] += counts[voxel]
            for axis in range(3):
                places[into, axis] += places[voxel, axis]
            for column in range(sums.shape[1]):
                sums[into, column] += sums[voxel, column]
    return kept


@dataclass(frozen=True, eq=False)
class Points:
    """Some points with what is known of each.

    positions : (n, 3) float64, finite
    values : (n, k) float32, whatever a mean makes sense of
    station_of : (n,) int32, of a voxel the first point's
    """

    positions: DoubleArray
    values: FloatArray
    station_of: IntArray


@dataclass(frozen=True, eq=False)
class Thinned(Points):
    """What is left.

    voxel : edge of the voxels, 0 when every point was kept
    """

    voxel: float = 0.0


class Thinner:
    """Takes points as they come; keeps all while they are few, else the mean of each voxel of a regular grid.

    Voxels double until at most `most` are left. They nest, so that the result is the one that the last size would have
    given from the start, and so is their order: that of their first points.
    """

    def __init__(self, columns: int, most: int = MOST_POINTS) -> None:
        """Take points with `columns` values each."""
        self._columns, self._most = columns, most
        self._kept: list[Points] = []
        self._count = 0
        self._voxels: Voxels | None = None

    def add(self, points: Points) -> None:
        """Take more points."""
        if self._voxels is not None:
            self._voxels.add(points.positions, points.values, points.station_of)
            return
        self._kept.append(points)
        self._count += len(points.positions)
        if self._count > self._most:
            self._begin()

    def finish(self) -> Thinned:
        """Return what is left."""
        if self._voxels is not None:
            return Thinned(*self._voxels.means(), self._voxels.edge)
        kept = [*self._kept, Points(np.zeros((0, 3)), np.zeros((0, self._columns), np.float32), np.zeros(0, np.int32))]
        self._kept = []
        return Thinned(
            np.concatenate([points.positions for points in kept]),
            np.concatenate([points.values for points in kept]),
            np.concatenate([points.station_of for points in kept]),
        )

    def _begin(self) -> None:
        """Lay the grid, and move there what was kept."""
        low, high = inner_box(np.concatenate([points.positions[::64] for points in self._kept]))
        sides = np.sort(high - low)
        edge = float(np.sqrt(sides[1] * sides[2] / self._most)) / _FINER
        least = float(np.abs((low, high)).max()) * 1e-9
        self._voxels = Voxels((low + high) / 2, max(edge, least, 1e-12), self._columns, self._most)
        while self._kept:
            points = self._kept.pop(0)
            self._voxels.add(points.positions, points.values, points.station_of)


def inner_box(positions: NDArray[np.float64], share: float = 0.002) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest place, each (3,), without the outermost `share` of the points on each side."""
    if not len(positions):
        return np.zeros(3), np.zeros(3)
    low, high = np.quantile(positions, [share, 1 - share], axis=0, method="nearest")
    return low.astype(np.float64), high.astype(np.float64)
