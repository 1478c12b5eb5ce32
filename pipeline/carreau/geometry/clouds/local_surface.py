"""The surface of oriented points: through their local planes, in a grid about them.

Own code instead of Open3D's Poisson reconstruction (M. Kazhdan and H. Hoppe, 2013), whose surface is closed: 65 to 77 %
of it was trimmed away again, and it is the same on every run with one thread only. It took 17.1 CPU s for a lion of
340,000 points; this takes 2.9. Surfaces of that lion, a pump and a beach against their points: 25.5, 29.3 and 31.7 dB
with Poisson's, 26.2, 30.0 and 32.2 with this. It leaves no edge with more than two faces (Poisson's, fitted and
trimmed: 102 and 27 in the first two), and a tenth of the holes or fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.process import bands, in_threads
from carreau.geometry.clouds.surface_nets import NODES, SIDE, Bricks, find_bricks, surface_net
from carreau.geometry.topology import BoolArray, find_edges, join
from carreau.geometry.triangles import vertex_normals

MOST_CELLS = 1_000_000
"""Most cells that cover the surface, of two to three triangles each. With 450,000 of them, a beach of 940,000 points is
0.4 dB less like its points."""

MOST_BRICKS = 1 << 20
"""Most bricks along an axis, so that three of their numbers fit into 63 bits."""

SHARP, MOST_WIDTH = 0.33, 3.0
"""Deviation of the points from their surface, in spacings, up to which planes count within one spacing; and how far
they count at most. Within one spacing, a lion in ivy (0.32) is 1.2 dB more like its points than within two; but points
of a statue that deviate by half their spacing lie 2.5 mm from it, and 1.8 with this."""


@dataclass(frozen=True, eq=False)
class LocalSurface:
    """A surface somewhat beyond the points.

    positions, faces : (v, 3) float32 and (f, 3) int32, oriented like the normals of the points
    farness : (v,) float32, the distance of each vertex from the nearest point, in spacings of that point
    """

    positions: FloatArray
    faces: IntArray
    farness: FloatArray


def cell_for(sides: DoubleArray, spacing: FloatArray) -> float:
    """Return the edge of a cell: the typical spacing, or more for `MOST_CELLS` and `MOST_BRICKS`.

    sides : (3,) of the box around the points
    spacing : (n,) edge of the square that each point covers; the squares sum up to the area
    """
    area = float(np.square(spacing, dtype=np.float64).sum())
    least = float(sides.max()) / (SIDE * (MOST_BRICKS - 64))
    return max(float(np.median(spacing)), float(np.sqrt(area / MOST_CELLS)), least)


def width_for(deviation: float, spacing: float) -> float:
    """Return how far a plane counts, in spacings, where points deviate from their surface; 1 to `MOST_WIDTH`."""
    return min(max(deviation / max(SHARP * spacing, 1e-30), 1.0), MOST_WIDTH)


def local_surface(
    positions: FloatArray, normals: FloatArray, spacing: FloatArray, cell: float, reach: float, width: float
) -> LocalSurface:
    """Return the surface of (n, 3) points with unit normals, in cells of an edge.

    reach : how many spacings it goes beyond the points, at least
    width : how far the plane of a point counts, in its spacings
    """
    # Distances at the nodes of a grid, their zero set as a mesh, then each vertex onto the planes around it: the grid
    # gives the topology, the planes the positions (moving alone was worth 1.2 dB on a surface of Poisson's).
    widths = np.float32(width) * spacing
    radii = choose_radii(widths, spacing, cell, reach)
    bricks = find_bricks(positions, radii, cell)
    planes = PointPlanes(positions, normals, spacing, widths)
    values = plane_distances(bricks, planes, radii, reach)
    net = surface_net(bricks, values)
    del values
    outward = vertex_normals(net.positions, net.faces)
    vertices, farness = fit_to_planes(net.positions, outward, net.starts, bricks, planes)
    return LocalSurface(vertices, net.faces, farness)


SUPPORT = 2.0
"""Radius in which a plane counts, in spacings of its point; its weight falls as a bell curve one spacing wide."""

FAR_WEIGHT = 1e-3
"""Weight of a plane farther off, where nothing is nearer."""

DIAGONAL = 1.75
"""Distance of the corners of a cell that a surface crosses from the surface, in cells."""

THICK = 2.0
"""Largest height of a node above a plane that holds it up, in cells, and in spacings."""

ROUNDS = 2
_CHUNK = 64


class PointPlanes(NamedTuple):
    """The points of a cloud, each with the plane through it.

    positions, normals : (n, 3) float32, normals of length 1
    spacing, widths : (n,) float32, the distance between points around, and how far the plane reaches
    """

    positions: FloatArray
    normals: FloatArray
    spacing: FloatArray
    widths: FloatArray


def choose_radii(widths: FloatArray, spacing: FloatArray, cell: float, reach: float) -> FloatArray:
    """Return (n,) how far from each point nodes have a value, so that gaps up to twice `reach` spacings are bridged."""
    radii: FloatArray = np.maximum(
        np.float32(SUPPORT) * widths, np.float32(reach) * spacing + np.float32(DIAGONAL * cell)
    )
    return radii


def plane_distances(bricks: Bricks, planes: PointPlanes, radii: FloatArray, reach: float) -> FloatArray:
    """Return (b, 512) float32, negative inside, at the nodes of the bricks; NaN at those that no point holds up."""
    values = np.empty((len(bricks.places), NODES), np.float32)

    def fill(chunk: slice) -> None:
        _fill(bricks, (chunk.start, chunk.stop), planes, radii, reach, values)

    in_threads(fill, bands(len(values), _CHUNK))
    return values


@compiled
def _fill(
    bricks: Bricks, chunk: tuple[int, int], planes: PointPlanes, radii: FloatArray, reach: float, values: FloatArray
) -> None:
    low, cell, places, _, starts, points = bricks
    positions, normals, spacing, widths = planes
    # A brick at a time, so that its sums stay in the cache. Two sweeps over its points: the first finds which way the
    # surface faces at each node, the second adds heights, those of points that face away counting nothing.
    facing, sums = np.empty((NODES, 3), np.float64), np.empty((NODES, 2), np.float64)
    held = np.empty(NODES, np.bool_)
    corner, ranges = np.empty(3, np.float64), np.empty((2, 2), np.int64)
    for b in range(chunk[0], chunk[1]):
        facing[:] = 0.0
        sums[:] = 0.0
        held[:] = False
        for d in range(3):
            corner[d] = low[d] + cell * SIDE * places[b, d]
        for sweep in range(2):
            for row in range(starts[b], starts[b + 1]):
                i = points[row]
                radius = np.float64(radii[i])
                # Within `near` a point counts fully, up to `far` by a thousandth, which only matters where nothing else
                # is near; within `hold` it vouches for a node, so that the surface reaches `reach` spacings into a gap.
                near, far = (SUPPORT * np.float64(widths[i])) ** 2, radius * radius
                hold, thick = (reach * spacing[i] + DIAGONAL * cell) ** 2, THICK * max(cell, np.float64(spacing[i]))
                for d in range(2):
                    ranges[d, 0] = max(int(np.ceil((positions[i, d] - radius - corner[d]) / cell)), 0)
                    ranges[d, 1] = min(int(np.floor((positions[i, d] + radius - corner[d]) / cell)), SIDE - 1)
                nx, ny, nz = np.float64(normals[i, 0]), np.float64(normals[i, 1]), np.float64(normals[i, 2])
                for x in range(ranges[0, 0], ranges[0, 1] + 1):
                    dx = corner[0] + cell * x - positions[i, 0]
                    for y in range(ranges[1, 0], ranges[1, 1] + 1):
                        dy = corner[1] + cell * y - positions[i, 1]
                        beside, level = dx * dx + dy * dy, dx * nx + dy * ny
                        if beside >= far:
                            continue
                        # Only the nodes of the column that lie in the ball are visited.
                        middle, half = (positions[i, 2] - corner[2]) / cell, np.sqrt(far - beside) / cell
                        first, last = max(int(np.ceil(middle - half)), 0), min(int(np.floor(middle + half)), SIDE - 1)
                        for z in range(first, last + 1):
                            dz = corner[2] + cell * z - positions[i, 2]
                            square = beside + dz * dz
                            if square >= far:
                                continue
                            node = (x * SIDE + y) * SIDE + z
                            weight = FAR_WEIGHT * (1 - square / far) ** 2
                            if square < near:
                                # (1 - r^2)^4, a bell without exp() that ends at `near`.
                                bell = (1 - square / near) ** 2
                                weight += bell * bell
                            height = level + dz * nz
                            if sweep == 0:
                                facing[node, 0] += weight * nx
                                facing[node, 1] += weight * ny
                                facing[node, 2] += weight * nz
                                if square <= hold and abs(height) <= thick:
                                    held[node] = True
                            elif held[node]:
                                weight *= max(facing[node, 0] * nx + facing[node, 1] * ny + facing[node, 2] * nz, 0.0)
                                sums[node, 0] += weight
                                sums[node, 1] += weight * height
        for node in range(NODES):
            values[b, node] = sums[node, 1] / sums[node, 0] if held[node] and sums[node, 0] > 0 else np.nan


def fit_to_planes(
    vertices: FloatArray, outward: FloatArray, firsts: IntArray, bricks: Bricks, planes: PointPlanes
) -> tuple[FloatArray, FloatArray]:
    """Return (v, 3) vertices moved along (v, 3) normals onto the mean plane around, and (v,) their farness.

    That is their distance from the nearest point, in spacings of that point. It is the projection of G. Guennebaud and
    M. Gross, "Algebraic point set surfaces", 2007, with planes for spheres.

    firsts : (b + 1,) the first vertex in each brick
    """
    moved, far = vertices.copy(), np.empty(len(vertices), np.float32)

    def fit(chunk: slice) -> None:
        _fit((chunk.start, chunk.stop), firsts, bricks, planes, outward, moved, far)

    in_threads(fit, bands(len(bricks.places), _CHUNK))
    return moved, far


@compiled
def _fit(
    chunk: tuple[int, int],
    firsts: IntArray,
    bricks: Bricks,
    planes: PointPlanes,
    outward: FloatArray,
    moved: FloatArray,
    far: FloatArray,
) -> None:
    starts, points = bricks.starts, bricks.points
    positions, normals, spacing, widths = planes
    for b in range(chunk[0], chunk[1]):
        for v in range(firsts[b], firsts[b + 1]):
            x, y, z = np.float64(moved[v, 0]), np.float64(moved[v, 1]), np.float64(moved[v, 2])
            nx, ny, nz = np.float64(outward[v, 0]), np.float64(outward[v, 1]), np.float64(outward[v, 2])
            # Project onto the weighted mean of the planes around, twice; the last sweep only measures how
            # far the next point is.
            for sweep in range(ROUNDS + 1):
                total, heights, nearest, width = 0.0, 0.0, np.inf, 1.0
                mx, my, mz = 0.0, 0.0, 0.0
                for row in range(starts[b], starts[b + 1]):
                    i = points[row]
                    dx, dy, dz = x - positions[i, 0], y - positions[i, 1], z - positions[i, 2]
                    square = dx * dx + dy * dy + dz * dz
                    if square < nearest:
                        nearest, width = square, np.float64(spacing[i])
                    near = (SUPPORT * np.float64(widths[i])) ** 2
                    if square >= near or sweep == ROUNDS:
                        continue
                    agreement = nx * normals[i, 0] + ny * normals[i, 1] + nz * normals[i, 2]
                    # The other side of a thin wall takes no part.
                    if agreement <= 0:
                        continue
                    bell = (1 - square / near) ** 2
                    weight = bell * bell * agreement
                    total += weight
                    heights += weight * (dx * normals[i, 0] + dy * normals[i, 1] + dz * normals[i, 2])
                    mx += weight * normals[i, 0]
                    my += weight * normals[i, 1]
                    mz += weight * normals[i, 2]
                if total > 1e-9:
                    # No further than a spacing at a time: far out, a plane extrapolates.
                    step = min(max(heights / total, -width), width)
                    x, y, z = x - step * nx, y - step * ny, z - step * nz
                    length = np.sqrt(mx * mx + my * my + mz * mz)
                    nx, ny, nz = mx / length, my / length, mz / length
            moved[v, 0], moved[v, 1], moved[v, 2] = x, y, z
            far[v] = np.sqrt(nearest) / max(width, 1e-30)


SNAP = 0.1
"""A cut nearer to the inner end of an edge than this share is made at that end, which avoids slivers."""


def clip_above(positions: FloatArray, faces: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the part of a surface where (v,) values, linear along each edge, are within the limit.

    Faces across it are cut, so that the rim is as smooth as the values; dropping them leaves a jagged rim that takes
    half the triangles of a small level.
    """
    inside = values <= limit
    counts = inside[faces].sum(axis=1)
    crossing = faces[(counts == 1) | (counts == 2)]
    if not len(crossing):
        return positions, faces[counts == 3]
    # Cut faces start with the corner that is alone: with one corner inside a triangle is left, with two a quad.
    turned = _rotate(crossing, inside)
    single = inside[turned[:, 0]] & ~inside[turned[:, 1]]
    one, two = turned[single], turned[~single]
    edges = np.concatenate([one[:, [0, 1]], one[:, [0, 2]], two[:, [1, 0]], two[:, [2, 0]]])
    # Neighbours share the vertex on their common edge, so that no seam opens along the cut.
    kinds, numbers = np.unique(edges, axis=0, return_inverse=True)
    added, ends = _crossings(positions, kinds, values, limit)
    ab, ac, ba, ca = np.split(ends[numbers.reshape(-1)], np.cumsum([len(one), len(one), len(two)]))
    new = np.concatenate(
        [
            np.stack([one[:, 0], ab, ac], axis=1),
            np.stack([two[:, 1], two[:, 2], ba], axis=1),
            np.stack([two[:, 2], ca, ba], axis=1),
        ]
    )
    # Where a cut was moved to the end of its edge, a triangle may have collapsed.
    valid = (new[:, 0] != new[:, 1]) & (new[:, 1] != new[:, 2]) & (new[:, 2] != new[:, 0])
    return np.concatenate([positions, added]), np.concatenate([faces[counts == 3], new[valid]]).astype(np.int32)


def find_enclosed(faces: IntArray, values: FloatArray, limit: float, most: float) -> BoolArray:
    """Return which of the vertices with (v,) values above the limit lie in a patch of such, closed and not too high.

    Such a patch has other vertices all around it, not a rim, and no value above `most`.
    """
    # Patches of far vertices, joined along edges. One with a rim, or with a vertex much too far,
    # is open and is cut away.
    far = values > limit
    faces = faces[far[faces].any(axis=1)]
    edges = find_edges(faces, len(far))
    ends = edges.vertices[far[edges.vertices].all(axis=1)]
    patches = join(ends[:, 0], ends[:, 1], len(far))
    is_open = np.zeros(len(far), np.bool_)
    is_open[patches[values > most]] = True
    is_open[patches[edges.vertices[edges.boundary & far[edges.vertices].any(axis=1)].ravel()]] = True
    return np.asarray(far & ~is_open[patches])


def _rotate(faces: IntArray, inside: np.ndarray) -> IntArray:
    """Return the faces rotated to start with the corner that is alone on its side."""
    sides = inside[faces]
    alone = np.argmax(sides == (sides.sum(axis=1) == 1)[:, None], axis=1)
    return np.take_along_axis(faces, (alone[:, None] + np.arange(3)) % 3, axis=1)


def _crossings(positions: FloatArray, edges: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the new positions where edges, from inside to outside, cross the limit, and the vertex on each edge."""
    low, high = (values[edges[:, end]].astype(np.float64) for end in (0, 1))
    part = (limit - low) / np.maximum(high - low, 1e-30)
    between = part >= SNAP
    start, end = (positions[edges[between, k]].astype(np.float64) for k in (0, 1))
    places: DoubleArray = start + part[between, None] * (end - start)
    vertices = edges[:, 0].astype(np.int32)
    vertices[between] = len(positions) + np.arange(len(places), dtype=np.int32)
    return places.astype(np.float32), vertices
