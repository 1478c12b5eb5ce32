"""Thinning of points to one per voxel while they are read, so that memory follows the result, not the file.

Own code beside Open3D's `voxel_down_sample`, which needs all points in memory and the voxel size: for 20 million points
that become 2.6 million, it takes 226 s and 2.5 GB, and the `Thinner` 24 s and 0.6 GB on the same two processors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled_bare
from carreau.base.model import DoubleArray, FloatArray, IntArray

LongArray = NDArray[np.int64]
_FIRST_CAPACITY = 1 << 16
_SLOTS_PER_VOXEL = 2
"""Least number of slots of the hash table per voxel: short searches, at 8 bytes per voxel."""

_FILL_AFTER_DOUBLING = 0.75
"""Largest share of the voxels in use after doubling; with more, the next points would cause another doubling."""

_OCTANTS = 8
_REACH = 1 << 20
_BITS = 21
_MASK = (1 << _BITS) - 1
_STIR = np.uint64(0x9E3779B97F4A7C15)
_STIR_X, _STIR_Y = np.int64(0x1B873593CC9E2D51), np.int64(0x2545F4914F6CDD1D)
_HALF, _POSITIVE = np.uint64(32), np.int64(0x7FFFFFFFFFFFFFFF)
MOST_POINTS = 6_000_000
"""Most points of a cloud: twenty for each triangle of the largest level, each with about two texels of a 4096² atlas.
With colour and intensity they take 0.4 GB while they are thinned."""

_FINER = 64.0
"""How many times smaller the first voxels are than for an even spread over the two longer sides: points cluster."""


Number = TypeVar("Number", bound=np.generic)


class _Store(NamedTuple):
    """Voxels in the order of their first points, with room for more.

    table : the number of each voxel in a hash table of their keys, -1 where a slot is empty
    keys, counts, stations : (capacity,) int64, int32, int32: key, number of points, and station of the first of them
    places, sums : (capacity, 3) float64 and (capacity, k) float32, sums of positions about the origin and of values
    """

    table: IntArray
    keys: LongArray
    counts: IntArray
    stations: IntArray
    places: DoubleArray
    sums: FloatArray


class _Added(NamedTuple):
    """Points to be added: (n, 3) float64, (n, k) float32, (n,) int32."""

    positions: DoubleArray
    values: FloatArray
    stations: IntArray


class Voxels:
    """The occupied voxels of a regular grid, in the order of their first points.

    The key of a voxel packs its three indices, 21 bits each; the few points farther away (an outlier at zero in
    national coordinates) have a negative hash of their indices as key.
    """

    def __init__(self, origin: DoubleArray, edge: float, columns: int, most: int) -> None:
        """Start a grid of cubes of `edge` about `origin`, at most `most` of them occupied."""
        self.edge = edge
        self._origin, self._most = origin, max(most, _OCTANTS)
        self._size = 0
        capacity = min(_FIRST_CAPACITY, self._most)
        self._store = _Store(
            _empty_table(capacity),
            np.empty(capacity, np.int64),
            np.empty(capacity, np.int32),
            np.empty(capacity, np.int32),
            np.empty((capacity, 3), np.float64),
            np.empty((capacity, columns), np.float32),
        )

    def add(self, positions: DoubleArray, values: FloatArray, station_of: IntArray) -> None:
        """Add points: (n, 3) float64 finite, (n, k) float32, (n,) int32."""
        start, added = 0, _Added(positions, values, station_of)
        while True:
            start, self._size = _gather(added, start, self._origin, self.edge, self._size, self._store)
            # The kernel stops where the voxels are full: then there is more room, or voxels of twice
            # the edge, and it goes on.
            if start == len(positions):
                return
            if len(self._store.keys) < self._most:
                self._grow()
            else:
                self._double()

    def means(self) -> tuple[DoubleArray, FloatArray, IntArray]:
        """Return the mean position and values of each voxel, and the station of its first point; call it last."""
        size = self._size
        counts = self._store.counts[:size, None]
        positions, values = self._store.places[:size], self._store.sums[:size]
        positions /= counts
        positions += self._origin
        np.divide(values, counts, out=values, casting="same_kind")
        return positions, values, self._store.stations[:size]

    def _grow(self) -> None:
        """Double the capacity."""
        capacity = min(2 * len(self._store.keys), self._most)

        def extend(old: NDArray[Number]) -> NDArray[Number]:
            new = np.empty((capacity, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            return new

        old = self._store
        self._store = _Store(
            _empty_table(capacity),
            extend(old.keys),
            extend(old.counts),
            extend(old.stations),
            extend(old.places),
            extend(old.sums),
        )
        _fill_table(self._store.keys, self._size, self._store.table)

    def _double(self) -> None:
        """Double the edge until there is capacity again; the eight voxels around the origin never merge."""
        while True:
            # Eight voxels become one, whose sums are added: as if this edge had been chosen from the start.
            self.edge *= 2
            self._store.table.fill(-1)
            self._size = _merge(self.edge, self._size, self._store)
            if self._size <= max(_FILL_AFTER_DOUBLING * self._most, _OCTANTS):
                return


def _empty_table(capacity: int) -> IntArray:
    return np.full(1 << int(_SLOTS_PER_VOXEL * capacity).bit_length(), -1, np.int32)


@compiled_bare
def _key(x: float, y: float, z: float, edge: float) -> np.int64:
    """Return the key of the voxel of a position, relative to the origin of the grid."""
    a, b, c = np.floor(x / edge), np.floor(y / edge), np.floor(z / edge)
    if max(abs(a), abs(b), abs(c)) < _REACH:
        return _pack(np.int64(a), np.int64(b), np.int64(c))
    # Far points do not fit 21 bits: a hash of their indices, negative, stands for their voxel.
    far = np.float64(2**62)
    i, j, k = (np.int64(max(-far, min(far, a))), np.int64(max(-far, min(far, b))), np.int64(max(-far, min(far, c))))
    mixed = (i * _STIR_X + j) * _STIR_Y + k
    mixed = (mixed ^ (mixed >> 29)) * _STIR_X
    return -1 - ((mixed ^ (mixed >> 32)) & _POSITIVE)


@compiled_bare
def _pack(a: np.int64, b: np.int64, c: np.int64) -> np.int64:
    return ((a + _REACH) << (2 * _BITS)) | ((b + _REACH) << _BITS) | (c + _REACH)


@compiled_bare
def _coarser(key: np.int64) -> np.int64:
    """Return the key of a voxel with packed indices in a grid twice as coarse."""
    a, b, c = (key >> (2 * _BITS)) - _REACH, ((key >> _BITS) & _MASK) - _REACH, (key & _MASK) - _REACH
    return _pack(a >> 1, b >> 1, c >> 1)


@compiled_bare
def _slot(key: np.int64, table: IntArray, keys: LongArray) -> np.int64:
    """Return the slot of the hash table with a key, or the empty slot for it."""
    # Fibonacci hashing, as keys of neighbouring voxels differ in few bits; then linear probing.
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
def _gather(added: _Added, start: int, origin: DoubleArray, edge: float, size: int, store: _Store) -> tuple[int, int]:
    """Add points from `start` on while there is capacity; return the next point, and the number of voxels."""
    positions, values, station_of = added
    table, keys, counts, stations, places, sums = store
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
def _merge(edge: float, size: int, store: _Store) -> int:
    """Merge voxels into those of twice the edge, in place and in order; return their number."""
    table, keys, counts, stations, places, sums = store
    count = 0
    for voxel in range(size):
        key = keys[voxel]
        if key >= 0:
            # Packed indices are halved in place; the few far voxels are keyed again by their mean.
            key = _coarser(key)
        else:
            n = counts[voxel]
            key = _key(places[voxel, 0] / n, places[voxel, 1] / n, places[voxel, 2] / n, edge)
        slot = _slot(key, table, keys)
        into = np.int64(table[slot])
        if into < 0:
            into = np.int64(count)
            count += 1
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
    return count


@dataclass(frozen=True, eq=False)
class Points:
    """Points with their attributes.

    positions : (n, 3) float64, finite
    values : (n, k) float32, attributes that can be averaged
    station_of : (n,) int32, scanner position of each; of a voxel, that of its first point
    """

    positions: DoubleArray
    values: FloatArray
    station_of: IntArray


@dataclass(frozen=True, eq=False)
class Thinned(Points):
    """Thinned points.

    voxel : edge of the voxels, 0 if no point was merged
    """

    voxel: float = 0.0


class Thinner:
    """Thins points as they arrive: all of them up to `most`, beyond it the mean of each voxel of a regular grid.

    Voxels double until at most `most` are left. They nest, so that the result, and its order by first points, is the
    same as with the last size from the start.
    """

    def __init__(self, columns: int, most: int = MOST_POINTS) -> None:
        """Start without points; each will have `columns` values."""
        self._columns, self._most = columns, most
        self._unmerged: list[Points] = []
        self._count = 0
        self._voxels: Voxels | None = None

    def add(self, points: Points) -> None:
        """Add points."""
        if self._voxels is not None:
            self._voxels.add(points.positions, points.values, points.station_of)
            return
        self._unmerged.append(points)
        self._count += len(points.positions)
        if self._count > self._most:
            self._begin()

    def finish(self) -> Thinned:
        """Return the thinned points."""
        if self._voxels is not None:
            return Thinned(*self._voxels.means(), self._voxels.edge)
        batches = [
            *self._unmerged,
            Points(np.zeros((0, 3)), np.zeros((0, self._columns), np.float32), np.zeros(0, np.int32)),
        ]
        self._unmerged = []
        return Thinned(
            np.concatenate([points.positions for points in batches]),
            np.concatenate([points.values for points in batches]),
            np.concatenate([points.station_of for points in batches]),
        )

    def _begin(self) -> None:
        """Start the grid with the points so far."""
        # Far finer than needed at first, as points cluster: doubling finds the edge, and a few points say
        # how long the sides are.
        low, high = inner_box(np.concatenate([points.positions[::64] for points in self._unmerged]))
        sides = np.sort(high - low)
        edge = float(np.sqrt(sides[1] * sides[2] / self._most)) / _FINER
        least = float(np.abs((low, high)).max()) * 1e-9
        self._voxels = Voxels((low + high) / 2, max(edge, least, 1e-12), self._columns, self._most)
        while self._unmerged:
            points = self._unmerged.pop(0)
            self._voxels.add(points.positions, points.values, points.station_of)


def inner_box(positions: NDArray[np.float64], share: float = 0.002) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest corner, each (3,), without the outermost `share` of the points on each side."""
    if not len(positions):
        return np.zeros(3), np.zeros(3)
    low, high = np.quantile(positions, [share, 1 - share], axis=0, method="nearest")
    return low.astype(np.float64), high.astype(np.float64)
