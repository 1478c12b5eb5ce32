"""Surface nets: the surface where values at the nodes of a grid change their sign, as a mesh.

S. Gibson, "Constrained elastic surface nets", 1998: a vertex in each cell that the surface crosses, at the mean of
the places where it crosses its edges, and a quad across each such edge. A cell that the surface crosses in several
pieces has a vertex for each, as in G. Nielson, "Dual marching cubes", 2004; and a face that two cells both meet twice
in one piece is read the other way by both, as in R. Wenger, "Isosurfaces", 2013, so that no edge has four faces.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray
from carreau.base.process import bands, in_threads
from carreau.geometry.topology import same_rows

LEAP = 2.5
"""Largest change of the values along an edge that the surface crosses, in cells: the values are distances, which change
by one cell at most. Where they leap, two patches disagree about the outer side, and there is no surface."""

INNER = 0.05
"""Least distance of a crossing from the ends of its edge, relative to the edge: quads keep an area."""

NONE = 255
_CHUNK = 256


class PieceTable(NamedTuple):
    """How the surface crosses a cell, for each of the 256 sets of its corners that lie inside.

    Corner x + 2 y + 4 z is bit (x, y, z) of the set. Edge 4 a + u + 2 v runs along axis a, at u and v of the next two
    axes; face 2 a + s lies at side s of axis a.

    pieces : (2, 256, 12) uint8, the piece that crosses each edge, `NONE` if none does: with negative corners connected
        across faces; and with those of the face `twice` separate
    counts : (2, 256) uint8, the number of pieces
    twice : (256,) uint8, the face that one piece meets twice, or `NONE`
    """

    pieces: ByteArray
    counts: ByteArray
    twice: ByteArray


@functools.cache
def piece_table() -> PieceTable:
    """Return the table, worked out from the faces of the cell."""
    table = PieceTable(
        np.full((2, 256, 12), NONE, np.uint8), np.zeros((2, 256), np.uint8), np.full(256, NONE, np.uint8)
    )
    for inside in range(256):
        # A face whose two segments belong to one piece is ambiguous: if the cell across sees the same, the mesh edge
        # between both would have four faces, so a second variant reads that face the other way.
        pieces, segments = _pieces(inside, NONE)
        for face, pairs in segments.items():
            if len(pairs) == 2 and pieces[pairs[0][0]] == pieces[pairs[1][0]]:
                table.twice[inside] = face
        for variant, other in enumerate((NONE, int(table.twice[inside]))):
            pieces, _ = _pieces(inside, other)
            for edge, piece in pieces.items():
                table.pieces[variant, inside, edge] = piece
            table.counts[variant, inside] = len(set(pieces.values()))
    return table


def _pieces(inside: int, turned: int) -> tuple[dict[int, int], dict[int, list[tuple[int, int]]]]:
    """Return the piece on each crossed edge, and the pairs of edges that the surface connects across each face."""
    segments: dict[int, list[tuple[int, int]]] = {}
    parents: dict[int, int] = {}
    for face in range(6):
        corners, edges = _face(face)
        signs = [bool(inside >> corner & 1) for corner in corners]
        crossed = [edges[k] for k in range(4) if signs[k] != signs[(k + 1) % 4]]
        if len(crossed) == 2:
            segments[face] = [(crossed[0], crossed[1])]
        elif len(crossed) == 4:
            # Around each corner that is cut off: the positive ones, or the negative ones of a turned face.
            cut = [k for k in range(4) if signs[k] == (face == turned)]
            segments[face] = [(edges[k - 1], edges[k]) for k in cut]
        for pair in segments.get(face, []):
            # Union-find over crossed edges: what the surface connects across a face is one piece of it.
            roots = sorted(_top(parents, edge) for edge in pair)
            parents[roots[1]] = roots[0]
    tops = {edge: _top(parents, edge) for edge in sorted(parents)}
    numbers = {top: number for number, top in enumerate(sorted(set(tops.values())))}
    return {edge: numbers[top] for edge, top in tops.items()}, segments


def _top(parents: dict[int, int], edge: int) -> int:
    while parents.setdefault(edge, edge) != edge:
        edge = parents[edge]
    return edge


def _face(face: int) -> tuple[list[int], list[int]]:
    """Return the corners of a face in turn, and the edge from each to the next."""
    axis, side = divmod(face, 2)
    u, v = (axis + 1) % 3, (axis + 2) % 3
    corners = [side << axis | a << u | b << v for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    return corners, [
        _edge(u, {axis: side, v: 0}),
        _edge(v, {axis: side, u: 1}),
        _edge(u, {axis: side, v: 1}),
        _edge(v, {axis: side, u: 0}),
    ]


def _edge(along: int, at: dict[int, int]) -> int:
    """Return the number of the edge along an axis that is at 0 or 1 of the two others."""
    return 4 * along + at[(along + 1) % 3] + 2 * at[(along + 2) % 3]


class Cells(NamedTuple):
    """How the surface crosses the cells of bricks, each at the node of its lowest corner.

    sets : (b, 512) uint8, the corners inside; 0 where there is no surface
    variants : (b, 512) uint8, which of the two readings of `PieceTable.pieces`
    firsts : (b, 512) int32, the first vertex, -1 without one
    """

    sets: ByteArray
    variants: ByteArray
    firsts: IntArray


@dataclass(frozen=True, eq=False)
class Net:
    """A mesh of quads cut in two.

    positions : (v, 3) float32
    faces : (f, 3) int32, counter-clockwise seen from the positive side
    starts : (b + 1,) int32, the first vertex in each brick
    """

    positions: FloatArray
    faces: IntArray
    starts: IntArray


def surface_net(bricks: Bricks, values: FloatArray) -> Net:
    """Return the surface at which (b, 512) values change their sign, inside being negative, open where one is NaN."""
    table, count = piece_table(), len(bricks.places)
    around, chunks = bricks.around, bands(len(bricks.places), _CHUNK)
    sets, variants = np.zeros((count, NODES), np.uint8), np.zeros((count, NODES), np.uint8)
    cells, counts = Cells(sets, variants, np.full((count, NODES), -1, np.int32)), np.zeros(count, np.int32)

    def classify(chunk: slice) -> None:
        _classify(values, around, bricks.cell, chunk.start, chunk.stop, sets)

    def choose(chunk: slice) -> None:
        _choose(sets, around, table, (chunk.start, chunk.stop), variants, counts)

    # Signs, how to read each cell, vertices, quads: each pass over the bricks reads only what the one before has
    # finished, so threads need no locks, and the result is the same on any number of cores.
    in_threads(classify, chunks)
    in_threads(choose, chunks)
    starts = _starts(counts)
    positions = np.empty((int(starts[-1]), 3), np.float32)

    def place(chunk: slice) -> None:
        _place(values, cells, table, bricks, starts, (chunk.start, chunk.stop), positions)

    in_threads(place, chunks)
    quads = np.zeros(count, np.int32)

    def connect(chunk: slice, first_quads: IntArray, faces: IntArray) -> None:
        _connect(cells, bricks, table, positions, (chunk.start, chunk.stop), first_quads, faces)

    # First count the quads of each brick, then fill: each thread knows where its faces begin.
    none = np.zeros((0, 3), np.int32)
    in_threads(lambda chunk: connect(chunk, quads, none), chunks)
    first_quads = _starts(quads)
    faces = np.empty((2 * int(first_quads[-1]), 3), np.int32)
    if len(faces):
        in_threads(lambda chunk: connect(chunk, first_quads, faces), chunks)
    return Net(positions, faces, starts)


def _starts(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


@compiled
def _locate(around: IntArray, brick: int, x: int, y: int, z: int) -> tuple[int, int]:
    """Return the brick, -1 if there is none, and the number in it of a place up to a brick beside a brick."""
    bx, by, bz = (x + SIDE) // SIDE, (y + SIDE) // SIDE, (z + SIDE) // SIDE
    return around[brick, 9 * bx + 3 * by + bz], ((x % SIDE) * SIDE + y % SIDE) * SIDE + z % SIDE


@compiled
def _classify(values: FloatArray, around: IntArray, cell: float, start: int, stop: int, sets: ByteArray) -> None:
    """Fill the set of the negative corners of each cell; 0 where there is no surface or a corner has no value."""
    corners = np.empty(8, np.float64)
    for b in range(start, stop):
        for x in range(SIDE):
            for y in range(SIDE):
                for z in range(SIDE):
                    here = (x * SIDE + y) * SIDE + z
                    if np.isnan(values[b, here]):
                        continue
                    negative, known = 0, True
                    # Corner c lies at bits 0, 1, 2 of c along x, y, z.
                    for c in range(8):
                        brick, node = _locate(around, b, x + (c & 1), y + (c >> 1 & 1), z + (c >> 2))
                        value = np.nan if brick < 0 else values[brick, node]
                        if np.isnan(value):
                            known = False
                            break
                        corners[c] = value
                        negative |= int(value < 0) << c
                    # No surface where a corner has no value, or all are on one side.
                    if not known or negative == 0 or negative == 255:
                        continue
                    for c in range(8):
                        for axis in range(3):
                            other = c | 1 << axis
                            if (negative >> c & 1) != (negative >> other & 1) and abs(
                                corners[c] - corners[other]
                            ) > LEAP * cell:
                                known = False
                    if known:
                        sets[b, here] = negative


@compiled
def _choose(
    sets: ByteArray,
    around: IntArray,
    table: PieceTable,
    chunk: tuple[int, int],
    variants: ByteArray,
    counts: IntArray,
) -> None:
    """Fill how each cell is read, and the number of vertices of each brick."""
    for b in range(chunk[0], chunk[1]):
        for x in range(SIDE):
            for y in range(SIDE):
                for z in range(SIDE):
                    here = (x * SIDE + y) * SIDE + z
                    if sets[b, here] == 0:
                        continue
                    face = table.twice[sets[b, here]]
                    # The second variant only where the neighbour across the ambiguous face meets it twice as
                    # well; both then switch.
                    if face != NONE:
                        axis, step = face >> 1, 2 * (face & 1) - 1
                        brick, cell = _locate(
                            around, b, x + step * int(axis == 0), y + step * int(axis == 1), z + step * int(axis == 2)
                        )
                        if brick >= 0 and sets[brick, cell] and table.twice[sets[brick, cell]] == face ^ 1:
                            variants[b, here] = 1
                    counts[b] += table.counts[variants[b, here], sets[b, here]]


@compiled
def _place(
    values: FloatArray,
    cells: Cells,
    table: PieceTable,
    bricks: Bricks,
    starts: IntArray,
    chunk: tuple[int, int],
    positions: FloatArray,
) -> None:
    """Fill the first vertex of each cell, and the vertices: the mean of where a piece crosses its edges."""
    low, cell, around = bricks.low, bricks.cell, bricks.around
    sums, crossings = np.empty((4, 3), np.float64), np.empty(4, np.int64)
    corner, node = np.empty(3, np.int64), np.empty(3, np.int64)
    for b in range(chunk[0], chunk[1]):
        vertex = starts[b]
        for here in range(NODES):
            inside = cells.sets[b, here]
            if inside == 0:
                continue
            variant = cells.variants[b, here]
            node[0], node[1], node[2] = here // (SIDE * SIDE), here // SIDE % SIDE, here % SIDE
            sums[:] = 0.0
            crossings[:] = 0
            for edge in range(12):
                piece = table.pieces[variant, inside, edge]
                if piece == NONE:
                    continue
                # Both ends of the crossed edge, which may lie in the next brick; values are linear along it.
                axis = edge >> 2
                corner[axis] = 0
                corner[(axis + 1) % 3] = edge & 1
                corner[(axis + 2) % 3] = edge >> 1 & 1
                brick, near = _locate(around, b, node[0] + corner[0], node[1] + corner[1], node[2] + corner[2])
                one = np.float64(values[brick, near])
                corner[axis] = 1
                brick, near = _locate(around, b, node[0] + corner[0], node[1] + corner[1], node[2] + corner[2])
                two = np.float64(values[brick, near])
                corner[axis] = 0
                # Linear interpolation of the zero, kept off the nodes.
                part = min(max(one / (one - two), INNER), 1 - INNER)
                for d in range(3):
                    sums[piece, d] += corner[d]
                sums[piece, axis] += part
                crossings[piece] += 1
            cells.firsts[b, here] = vertex
            # One vertex for each piece, at the mean of its crossings.
            for piece in range(table.counts[variant, inside]):
                for d in range(3):
                    place = SIDE * np.int64(bricks.places[b, d]) + node[d] + sums[piece, d] / crossings[piece]
                    positions[vertex, d] = low[d] + cell * place
                vertex += 1


@compiled
def _connect(
    cells: Cells,
    bricks: Bricks,
    table: PieceTable,
    positions: FloatArray,
    chunk: tuple[int, int],
    counts: IntArray,
    faces: IntArray,
) -> None:
    """Fill the two faces of each quad, from quad `counts[b]` on; with no faces, only count them.

    A quad is that of the edge at the far corner of its lowest cell.
    """
    sets, variants, firsts = cells
    around, pieces = bricks.around, table.pieces
    ring = np.empty(4, np.int32)
    offset = np.empty(3, np.int64)
    for b in range(chunk[0], chunk[1]):
        quad = int(counts[b])
        for here in range(NODES):
            inside = sets[b, here]
            if inside == 0:
                continue
            x, y, z = here // (SIDE * SIDE), here // SIDE % SIDE, here % SIDE
            for axis in range(3):
                u, v = (axis + 1) % 3, (axis + 2) % 3
                corner = 1 << u | 1 << v
                # Each crossed edge is visited once, from the cell in which it lies at the far corner; its
                # four cells give the quad.
                is_low = inside >> corner & 1
                if is_low == (inside >> (corner | 1 << axis) & 1):
                    continue
                complete = True
                for k in range(4):
                    # In turn around the edge, seen from its upper end.
                    pu, pv = int(k == 1 or k == 2), int(k >= 2)
                    offset[axis], offset[u], offset[v] = 0, pu, pv
                    brick, cell = _locate(around, b, x + offset[0], y + offset[1], z + offset[2])
                    if brick < 0 or sets[brick, cell] == 0:
                        complete = False
                        break
                    piece = pieces[variants[brick, cell], sets[brick, cell], 4 * axis + (1 - pu) + 2 * (1 - pv)]
                    ring[k if is_low else 3 - k] = firsts[brick, cell] + piece
                # At the rim of the known values a cell is missing: the surface stays open there.
                if not complete:
                    continue
                if len(faces):
                    _halve(ring, positions, faces, 2 * quad)
                quad += 1
        if not len(faces):
            counts[b] = quad


@compiled
def _halve(ring: IntArray, positions: FloatArray, faces: IntArray, row: int) -> None:
    """Cut a quad along its shorter diagonal."""
    first, second = 0.0, 0.0
    for d in range(3):
        first += (np.float64(positions[ring[0], d]) - positions[ring[2], d]) ** 2
        second += (np.float64(positions[ring[1], d]) - positions[ring[3], d]) ** 2
    turn = 0 if first <= second else 1
    for k in range(3):
        faces[row, k] = ring[(turn + k) % 4]
        faces[row + 1, k] = ring[(turn + (k + 2)) % 4]


LongArray = NDArray[np.int64]

SIDE = 8
"""Nodes along the edge of a brick; the sums over its 512 nodes stay in a core's first cache."""

NODES = SIDE**3
"""Nodes of a brick: (x, y, z) of them is 64 x + 8 y + z."""


class Bricks(NamedTuple):
    """Bricks in the order of their places.

    low, cell : (3,) the first node of brick (0, 0, 0), and the distance between nodes
    places : (b, 3) int32, where each brick is, counted in bricks
    around : (b, 27) int32, the brick at each of the 27 places around, itself in the middle; -1 where there is none
    starts, points : (b + 1,) int64 and (m,) int32, the points that reach into each brick, ascending
    """

    low: DoubleArray
    cell: float
    places: IntArray
    around: IntArray
    starts: LongArray
    points: IntArray


def find_bricks(positions: FloatArray, radii: FloatArray, cell: float) -> Bricks:
    """Return the bricks that balls of (n,) radii around (n, 3) positions reach into."""
    edge = SIDE * cell
    low = positions.min(axis=0).astype(np.float64) - float(radii.max(initial=0)) - cell
    # Each ball reaches into a box of bricks: list every pair of brick and point, then name the distinct bricks.
    firsts = np.floor((positions - low - radii[:, None]) / edge).astype(np.int32)
    lasts = np.floor((positions - low + radii[:, None]) / edge).astype(np.int32)
    rows, owners = _rows(firsts, lasts, int(np.prod(lasts - firsts + 1, axis=1, dtype=np.int64).sum()))
    kinds = same_rows(rows)
    places = rows[kinds.first].astype(np.int32)
    # In the order of their places: `_find_around` searches a sorted list, and the result is repeatable.
    order = np.lexsort(places.T[::-1])
    numbers = np.empty(len(order), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    starts, points = _group(numbers[kinds.labels], owners, len(order))
    return Bricks(low, cell, places[order], _find_around(places[order]), starts, points)


def _find_around(places: IntArray) -> IntArray:
    """Return (b, 27) int32 the neighbours of bricks in the order of their places."""
    if not len(places):
        return np.zeros((0, 27), np.int32)
    sides = places.max(axis=0).astype(np.int64) + 3
    # One number for each place, ascending as the places are; a frame of one brick keeps
    # neighbours from wrapping around.
    keys = _keys(places.astype(np.int64) + 1, sides)
    around = np.empty((len(places), 27), np.int32)
    for number, step in enumerate(np.ndindex(3, 3, 3)):
        wanted = _keys(places.astype(np.int64) + np.array(step), sides)
        slots = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        around[:, number] = np.where(keys[slots] == wanted, slots, -1)
    return around


def _keys(places: LongArray, sides: LongArray) -> LongArray:
    return np.asarray((places[:, 0] * sides[1] + places[:, 1]) * sides[2] + places[:, 2])


@compiled
def _rows(firsts: IntArray, lasts: IntArray, total: int) -> tuple[NDArray[np.uint32], IntArray]:
    """Return the place of each brick that each point reaches into, and the point."""
    rows, owners = np.empty((total, 3), np.uint32), np.empty(total, np.int32)
    count = 0
    for i in range(len(firsts)):
        for x in range(firsts[i, 0], lasts[i, 0] + 1):
            for y in range(firsts[i, 1], lasts[i, 1] + 1):
                for z in range(firsts[i, 2], lasts[i, 2] + 1):
                    rows[count, 0], rows[count, 1], rows[count, 2] = x, y, z
                    owners[count] = i
                    count += 1
    return rows, owners


@compiled
def _group(labels: IntArray, owners: IntArray, count: int) -> tuple[LongArray, IntArray]:
    """Return the owners of each label, in their order (counting sort)."""
    starts = np.zeros(count + 1, np.int64)
    for row in range(len(labels)):
        starts[labels[row] + 1] += 1
    for label in range(count):
        starts[label + 1] += starts[label]
    free, grouped = starts.copy(), np.empty(len(labels), np.int32)
    for row in range(len(labels)):
        grouped[free[labels[row]]] = owners[row]
        free[labels[row]] += 1
    return starts, grouped
