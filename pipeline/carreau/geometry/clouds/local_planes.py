"""The distance from the local planes of oriented points, at the nodes of a grid near them.

Implicit moving least squares: C. Shen et al., "Interpolating and approximating implicit surfaces from polygon soup",
2004, with planes for polygons, as R. Kolluri, "Provably good moving least squares", 2005. Planes that face the other
way than most around a node do not count, so that the sides of a thin wall do not attract each other.
"""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.clouds.bricks import NODES, SIDE, Bricks
from carreau.geometry.threads import bands, in_threads

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


def radii_of(widths: FloatArray, spacing: FloatArray, cell: float, reach: float) -> FloatArray:
    """Return (n,) how far from each point nodes have a value, so that gaps up to twice `reach` spacings are bridged."""
    radii: FloatArray = np.maximum(
        np.float32(SUPPORT) * widths, np.float32(reach) * spacing + np.float32(DIAGONAL * cell)
    )
    return radii


def plane_distances(
    bricks: Bricks,
    positions: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
    widths: FloatArray,
    radii: FloatArray,
    reach: float,
) -> FloatArray:
    """Return (b, 512) float32, negative inside, at the nodes of the bricks; NaN at those that no point holds up."""
    values = np.empty((len(bricks.places), NODES), np.float32)

    def fill(chunk: slice) -> None:
        _fill(
            bricks.places, bricks.low, bricks.cell, bricks.starts, bricks.points, chunk.start, chunk.stop,
            positions, normals, spacing, widths, radii, reach, values,
        )  # fmt: skip

    in_threads(fill, bands(len(values), _CHUNK))
    return values


@compiled
def _fill(
    places: IntArray,
    low: DoubleArray,
    cell: float,
    starts: np.ndarray,
    points: IntArray,
    start: int,
    stop: int,
    positions: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
    widths: FloatArray,
    radii: FloatArray,
    reach: float,
    values: FloatArray,
) -> None:
    facing, sums = np.empty((NODES, 3), np.float64), np.empty((NODES, 2), np.float64)
    held = np.empty(NODES, np.bool_)
    corner, ranges = np.empty(3, np.float64), np.empty((2, 2), np.int64)
    for b in range(start, stop):
        facing[:] = 0.0
        sums[:] = 0.0
        held[:] = False
        for d in range(3):
            corner[d] = low[d] + cell * SIDE * places[b, d]
        for sweep in range(2):
            for row in range(starts[b], starts[b + 1]):
                i = points[row]
                radius = np.float64(radii[i])
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
    vertices: FloatArray,
    outward: FloatArray,
    firsts: IntArray,
    bricks: Bricks,
    positions: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
    widths: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return (v, 3) vertices moved along (v, 3) normals onto the mean plane around, and (v,) their farness.

    That is their distance from the nearest point, in spacings of that point. It is the projection of G. Guennebaud and
    M. Gross, "Algebraic point set surfaces", 2007, with planes for spheres.

    firsts : (b + 1,) the first vertex in each brick
    """
    moved, far = vertices.copy(), np.empty(len(vertices), np.float32)

    def fit(chunk: slice) -> None:
        _fit(
            chunk.start, chunk.stop, firsts, bricks.starts, bricks.points, positions, normals, spacing, widths, outward,
            moved, far,
        )  # fmt: skip

    in_threads(fit, bands(len(bricks.places), _CHUNK))
    return moved, far


@compiled
def _fit(
    start: int,
    stop: int,
    firsts: IntArray,
    starts: np.ndarray,
    points: IntArray,
    positions: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
    widths: FloatArray,
    outward: FloatArray,
    moved: FloatArray,
    far: FloatArray,
) -> None:
    for b in range(start, stop):
        for v in range(firsts[b], firsts[b + 1]):
            x, y, z = np.float64(moved[v, 0]), np.float64(moved[v, 1]), np.float64(moved[v, 2])
            nx, ny, nz = np.float64(outward[v, 0]), np.float64(outward[v, 1]), np.float64(outward[v, 2])
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
                    step = min(max(heights / total, -width), width)
                    x, y, z = x - step * nx, y - step * ny, z - step * nz
                    length = np.sqrt(mx * mx + my * my + mz * mz)
                    nx, ny, nz = mx / length, my / length, mz / length
            moved[v, 0], moved[v, 1], moved[v, 2] = x, y, z
            far[v] = np.sqrt(nearest) / max(width, 1e-30)
