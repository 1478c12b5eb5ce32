"""Polygons of roofs: the faces between straight lines, each on the plane that most of its cells have.

Lines are cut where they cross, and the faces between them take the planes that cost least: the area of cells of another
plane, and the length of borders. So edges are straight and corners sharp, however ragged the cells are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from carreau.air.airborne.extent import Bounds, Lattice
from carreau.air.airborne.roofs.lines import RoofLines
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, IntArray

GRID_M = 0.001
"""All corners lie on a grid of this size, so that they are the same wherever polygons meet."""

BORDER_COST_M = 0.15
"""Cost of a metre of border, in square metres of wrong cells."""

MOST_WRONG_M2, MOST_WRONG = 0.6, 0.25
"""Area and share of a plane in faces of other planes, from which the lines around it are taken to be incomplete."""

ALONG_M = 0.35
"""A border of cells so near to a straight line is that line."""

MOST_LINES = 10_000
"""Lines that are cut at their crossings at once."""

LEAST_POLYGON_M2 = 0.6
SIMPLER_M = 0.3
"""Corners go whose triangle with their neighbours is smaller than the square of this."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Polygons that cover a place without gap or overlap.

    polygons : (n,) of shapely, exteriors counter-clockwise
    labels : (n,) int32, the plane of each, 0 for no roof
    """

    polygons: np.ndarray
    labels: IntArray


@dataclass(frozen=True, eq=False)
class PlanarEdges:
    """Edges of polygons that fill a place.

    vertices : (n, 2) float64
    edges : (e, 2) int32, the lower vertex first
    left, right : (e,) int32, the polygon on each side, -1 for none
    """

    vertices: DoubleArray
    edges: IntArray
    left: IntArray
    right: IntArray

    @property
    def lengths(self) -> DoubleArray:
        """Return (e,) lengths."""
        return np.asarray(np.linalg.norm(np.diff(self.vertices[self.edges], axis=1)[:, 0], axis=1))


def partition(lines: RoofLines, lattice: Lattice, labels: IntArray, bounds: Bounds) -> Partition:
    """Return the polygons between lines within bounds that agree with the labels of cells.

    Where straight lines do not close around some cells, the borders of the cells are lines too.
    """
    corners = shapely.get_coordinates(shapely.box(*bounds))
    # Side by side: a frame in one piece would be near to every line.
    frame = np.asarray(shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)))
    segments = [*_clip(lines.straight, bounds), *frame]
    # Straight lines alone may not close around a plane: some face then holds much of two. There, borders of cells that
    # lie along no line are added, and if that is not enough, all of them.
    for more in (_missing, _all_chords):
        faces = _faces(segments)
        starts, candidates, areas = _face_areas(faces, lattice, labels)
        face, missed = _find_missed(starts, candidates, areas)
        if not len(missed):
            break
        chords = lines.chords[np.isin(lines.sides, missed).any(axis=1)]
        segments += _clip(more(lines.straight, chords, faces[np.unique(face)]), bounds).tolist()
    faces = _faces(segments)
    starts, candidates, areas = _face_areas(faces, lattice, labels)
    edges = planar_edges(faces)
    chosen = _choose(starts, candidates, areas, *_adjacency(edges, len(faces)), BORDER_COST_M)
    # Joining one sliver can leave another.
    for _ in range(2):
        chosen = _without_slivers(faces, edges, chosen)
    return _dissolve(edges, chosen)


def _find_missed(starts: IntArray, labels: IntArray, areas: DoubleArray) -> tuple[IntArray, IntArray]:
    """Return faces in which much of a plane loses to a larger one, and the plane that loses: (k,) each."""
    face = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    # A plane that loses much of its area to others, face by face, lacks a line.
    most = np.maximum.reduceat(areas, starts[:-1])[face]
    beaten = areas < most
    totals = np.bincount(labels, areas)
    lost = np.bincount(labels, areas * beaten)
    wanting = (lost > MOST_WRONG_M2) & (lost > MOST_WRONG * totals)
    wanting[0] = False
    is_missed = beaten & wanting[labels] & (areas > MOST_WRONG_M2 / 2)
    return face[is_missed].astype(np.int32), labels[is_missed]


def _missing(straight: DoubleArray, chords: DoubleArray, faces: np.ndarray) -> DoubleArray:
    """Return the parts of chords (n, 2, 2) in some faces that lie along no straight line, lengthened a little."""
    strips = np.asarray(shapely.buffer(shapely.linestrings(straight), ALONG_M, cap_style="flat"))
    inside = np.asarray(shapely.intersection(shapely.linestrings(chords), shapely.coverage_union_all(faces)))
    # One strip after the other from each chord, of those that touch it: their union is far larger than what is asked.
    chord, strip = shapely.STRtree(strips).query(inside, predicate="intersects")
    order = np.lexsort((strip, chord))
    chord, strip = chord[order], strip[order]
    turn = np.arange(len(chord)) - np.searchsorted(chord, chord)
    for k in range(int(turn.max(initial=-1)) + 1):
        own = chord[turn == k]
        inside[own] = shapely.difference(inside[own], strips[strip[turn == k]])
    pieces = shapely.get_parts(inside)
    pieces = pieces[shapely.length(pieces) > ALONG_M / 3]
    ends = shapely.get_coordinates(pieces).reshape(-1, 2, 2)
    way = ends[:, 1] - ends[:, 0]
    way *= 2 * ALONG_M / np.linalg.norm(way, axis=1, keepdims=True)
    return np.stack([ends[:, 0] - way, ends[:, 1] + way], axis=1)


def _all_chords(_: DoubleArray, chords: DoubleArray, faces: np.ndarray) -> DoubleArray:
    """Return the chords (n, 2, 2) in some faces."""
    inside = shapely.intersection(shapely.linestrings(chords), shapely.coverage_union_all(faces))
    pieces = shapely.get_parts(inside)
    return shapely.get_coordinates(pieces[shapely.get_type_id(pieces) == 1]).reshape(-1, 2, 2)


def _clip(segments: DoubleArray, bounds: Bounds) -> np.ndarray:
    """Return segments (n, 2, 2) as lines within bounds."""
    return np.asarray(shapely.clip_by_rect(shapely.linestrings(segments), *bounds)) if len(segments) else np.empty(0)


def _faces(lines: list[shapely.Geometry]) -> np.ndarray:
    """Return the faces between lines, exteriors counter-clockwise."""
    every = np.array(lines, object)
    pieces = [shapely.get_parts(shapely.union_all(every[own], grid_size=GRID_M)) for own in _apart(every)]
    return np.asarray(shapely.orient_polygons(shapely.get_parts(shapely.polygonize(np.concatenate(pieces)))))


def _apart(lines: np.ndarray) -> list[NDArray[np.intp]]:
    """Return groups of lines that cross no line of another group: cutting all lines at once takes gigabytes."""
    west, south, east, north = shapely.bounds(lines).T
    near = 5 * GRID_M
    boxes = np.asarray(shapely.box(west - near, south - near, east + near, north + near))
    one, other = shapely.STRtree(boxes).query(boxes)
    # Lines whose boxes touch are cut together. (All lines of a place of 86 MB at once took 2.7 GB.)
    joined = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(lines), len(lines)))
    count, piece = connected_components(joined, directed=False)
    order = np.argsort(piece, kind="stable")
    ends = np.cumsum(np.bincount(piece, minlength=count))
    # Whole pieces, about so many lines at a time.
    last = np.flatnonzero(np.diff(ends // MOST_LINES, append=-1))
    return np.split(order, ends[last][:-1])


def planar_edges(polygons: np.ndarray) -> PlanarEdges:
    """Return the edges of oriented polygons that share their corners."""
    rings, owners = shapely.get_rings(polygons, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    keys = np.round(coordinates / GRID_M).astype(np.int64)
    vertices, corner = np.unique(keys, axis=0, return_inverse=True)
    along = ring[1:] == ring[:-1]
    ends = np.column_stack([corner[:-1], corner[1:]])[along].astype(np.int32)
    owner = owners[ring[1:][along]].astype(np.int32)
    # Rings run counter-clockwise: a polygon lies to the left of an edge that it runs forward, else to its right.
    forward = ends[:, 0] < ends[:, 1]
    edges, which = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
    left, right = np.full(len(edges), -1, np.int32), np.full(len(edges), -1, np.int32)
    left[which[forward]], right[which[~forward]] = owner[forward], owner[~forward]
    return PlanarEdges(np.asarray(vertices * GRID_M, np.float64), edges.astype(np.int32), left, right)


def _face_areas(faces: np.ndarray, lattice: Lattice, labels: IntArray) -> tuple[IntArray, IntArray, DoubleArray]:
    """Return which labels the cells in each face have, and on what area: starts (f + 1,), labels and areas (k,)."""
    rings, owners = shapely.get_rings(faces, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.searchsorted(ring, np.arange(len(rings) + 1)).astype(np.int32)
    ring_starts = np.searchsorted(owners, np.arange(len(faces) + 1)).astype(np.int32)
    x = (coordinates[:, 0] - lattice.west) / lattice.cell
    y = (coordinates[:, 1] - lattice.south) / lattice.cell
    # Rows and columns at a third of a cell; faces thinner than that stay without, and take a neighbour's plane.
    face_starts, planes, counts = _count(x, y, starts, ring_starts, labels, 3)
    return face_starts, planes, counts * (lattice.cell / 3) ** 2


@compiled
def _count(
    x: DoubleArray, y: DoubleArray, starts: IntArray, ring_starts: IntArray, labels: IntArray, fine: int
) -> tuple[IntArray, IntArray, DoubleArray]:
    rows, columns = labels.shape
    count = len(ring_starts) - 1
    face_starts = np.zeros(count + 1, np.int32)
    planes, sums = np.empty(16 * count + 16, np.int32), np.zeros(16 * count + 16)
    slots = np.full(labels.max() + 1, -1)  # where each label was found last
    crossings = np.empty(len(x))
    total = 0
    for f in range(count):
        # Scan lines by the even-odd rule over all rings of the face, holes among them.
        first, last = starts[ring_starts[f]], starts[ring_starts[f + 1]]
        low, high = y[first:last].min(), y[first:last].max()
        for row in range(max(0, int(low * fine)), min(rows * fine, int(high * fine) + 1)):
            at = (row + 0.5) / fine
            size = 0
            for ring in range(ring_starts[f], ring_starts[f + 1]):
                for i in range(starts[ring], starts[ring + 1] - 1):
                    if (y[i] <= at) != (y[i + 1] <= at):
                        crossings[size] = x[i] + (at - y[i]) * (x[i + 1] - x[i]) / (y[i + 1] - y[i])
                        size += 1
            ordered = np.sort(crossings[:size])
            for pair in range(size // 2):
                begin = max(0, int(np.ceil(ordered[2 * pair] * fine - 0.5)))
                end = min(columns * fine, int(np.ceil(ordered[2 * pair + 1] * fine - 0.5)))
                for column in range(begin, end):
                    label = labels[row // fine, column // fine]
                    # `slots` is not cleared between faces: a slot from before this face's first means that
                    # the label is new to it.
                    slot = slots[label]
                    if slot < face_starts[f]:
                        if total == len(planes):
                            planes, sums = (
                                np.append(planes, np.empty_like(planes)),
                                np.append(sums, np.zeros_like(sums)),
                            )
                        slot, slots[label], planes[total] = total, total, label
                        total += 1
                    sums[slot] += 1
        if total == face_starts[f]:
            if total == len(planes):
                planes, sums = np.append(planes, np.empty_like(planes)), np.append(sums, np.zeros_like(sums))
            # Too thin for any cell: it may take a neighbour's label.
            planes[total], sums[total] = 0, 0
            total += 1
        face_starts[f + 1] = total
    return face_starts, planes[:total].copy(), sums[:total].copy()


def _adjacency(edges: PlanarEdges, count: int) -> tuple[IntArray, IntArray, DoubleArray]:
    """Return the neighbours of each face and the lengths of the borders with them: starts, faces, lengths."""
    inner = (edges.left >= 0) & (edges.right >= 0)
    one, other, lengths = edges.left[inner], edges.right[inner], edges.lengths[inner]
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(count + 1)).astype(np.int32)
    return starts, columns[order], np.concatenate([lengths, lengths])[order]


@compiled
def _choose(
    starts: IntArray,
    candidates: IntArray,
    areas: DoubleArray,
    near_starts: IntArray,
    near: IntArray,
    lengths: DoubleArray,
    border_cost: float,
) -> IntArray:
    """Return the label of each face that costs least, given those of its neighbours."""
    count = len(starts) - 1
    labels = np.empty(count, np.int32)
    for f in range(count):
        best = starts[f]
        # Start from the plane that has most of each face.
        for k in range(starts[f] + 1, starts[f + 1]):
            if areas[k] > areas[best]:
                best = k
        labels[f] = candidates[best]
    shared = np.zeros(max(labels.max(), candidates.max()) + 1)  # of the border of one face, by label; -1 is done with
    for _ in range(20):
        changed = 0
        for f in range(count):
            # Then sweep: each face takes the label that costs least. What it shares with each label is added up once,
            # as the ground may have tens of thousands of neighbours.
            total, around = areas[starts[f] : starts[f + 1]].sum(), 0.0
            for i in range(near_starts[f], near_starts[f + 1]):
                shared[labels[near[i]]] += lengths[i]
                around += lengths[i]
            best, least = labels[f], np.inf
            for n in range(starts[f + 1] - starts[f] + near_starts[f + 1] - near_starts[f]):
                k = starts[f] + n
                own = k < starts[f + 1]
                label = candidates[k] if own else labels[near[near_starts[f] + k - starts[f + 1]]]
                if shared[label] < 0:
                    continue
                cost = total + border_cost * (around - shared[label])
                for i in range(starts[f], starts[f + 1]):
                    if candidates[i] == label:
                        cost -= areas[i]
                # Candidates and neighbours may name a label twice: it is done with.
                shared[label] = -1
                if cost < least - 1e-9:
                    best, least = label, cost
            shared[candidates[starts[f] : starts[f + 1]]] = 0
            for i in range(near_starts[f], near_starts[f + 1]):
                shared[labels[near[i]]] = 0
            if best != labels[f]:
                labels[f] = best
                changed += 1
        if changed == 0:
            break
    return labels


def _without_slivers(faces: np.ndarray, edges: PlanarEdges, labels: IntArray) -> IntArray:
    """Give pieces that are too small or too thin the label of the neighbour they share the longest border with."""
    inner = (edges.left >= 0) & (edges.right >= 0)
    one, other, lengths = edges.left[inner], edges.right[inner], edges.lengths[inner]
    same = labels[one] == labels[other]
    shape = (len(labels), len(labels))
    joined = coo_array((np.ones(int(same.sum())), (one[same], other[same])), shape=shape)
    count, piece = connected_components(joined, directed=False)
    area = np.bincount(piece, shapely.area(faces), minlength=count)
    a, b = (piece[side[~same]].astype(np.int64) for side in (one, other))  # their products go beyond 32 bits
    between = lengths[~same]
    around = np.bincount(a, between, minlength=count) + np.bincount(b, between, minlength=count)
    # Twice the area over the outline is the width of a strip: less than 30 cm is a sliver.
    small = (area < LEAST_POLYGON_M2) | (2 * area < 0.3 * around)
    neighbor_label = np.zeros(count, np.int32)
    neighbor_label[piece] = labels
    pairs, which = np.unique(np.concatenate([a * count + b, b * count + a]), return_inverse=True)
    shared = np.bincount(which, np.concatenate([between, between]))
    own, neighbor = np.divmod(pairs, count)
    usable = np.flatnonzero(small[own] & (area[neighbor] > area[own]) & (shared > 0))
    usable = usable[np.lexsort((-shared[usable], own[usable]))]
    first = usable[np.append(True, np.diff(own[usable]) > 0)[: len(usable)]]
    best = np.arange(count)
    best[own[first]] = neighbor[first]
    return neighbor_label[best][piece]


def _dissolve(edges: PlanarEdges, labels: IntArray) -> Partition:
    """Join faces of one label, and drop corners that turn by next to nothing."""
    wide = np.append(labels, -1)
    # Edges between different labels alone, as polygons; each has the label of the faces along its inner side.
    is_border = wide[edges.left] != wide[edges.right]
    lines = shapely.linestrings(edges.vertices[edges.edges[is_border]])
    polygons = shapely.orient_polygons(shapely.get_parts(shapely.polygonize(lines)))
    sides = planar_edges(polygons)
    where = _same_edges(sides, edges)
    result = np.zeros(len(polygons), np.int32)
    for own, face in ((sides.left, edges.left), (sides.right, edges.right)):
        inside = own >= 0
        result[own[inside]] = wide[face[where[inside]]]
    # All at once, so that neighbours lose the same corners.
    simple = shapely.coverage_simplify(polygons, SIMPLER_M, simplify_boundary=False)
    return Partition(shapely.orient_polygons(simple), result)


def _same_edges(some: PlanarEdges, all_edges: PlanarEdges) -> IntArray:
    """Return where each of some edges is among all."""
    ends = [np.round(edges.vertices[edges.edges].reshape(-1, 4) / GRID_M) for edges in (all_edges, some)]
    _, which = np.unique(np.concatenate(ends).astype(np.int64), axis=0, return_inverse=True)
    where = np.zeros(which.max() + 1, np.int32)
    where[which[: len(ends[0])]] = np.arange(len(ends[0]))
    return where[which[len(ends[0]) :]]
