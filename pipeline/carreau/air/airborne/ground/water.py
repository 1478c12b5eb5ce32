"""Water as level faces, with the ground kept below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage

from carreau.air.airborne.extent import Extent
from carreau.air.airborne.lattice import Lattice
from carreau.air.airborne.roofs.cells import disk
from carreau.air.airborne.roofs.label_borders import label_borders
from carreau.air.airborne.roofs.partition import GRID_M, planar_edges
from carreau.base.model import DoubleArray, IntArray

CELL_M = 1.0
CLOSING = 2
LEAST_M2 = 12.0
SIMPLER_M = 0.7

BEYOND_M = 1.0
"""How far a face goes on into the bank, where the ground hides its edge."""

BED_M = 0.3
"""How far the bed is below the face. Nobody measured it."""


@dataclass(frozen=True, eq=False)
class Water:
    """Level faces.

    positions : (n, 3) float64
    faces : (m, 3) int32, counter-clockwise from above
    cuts : (k, 2) int32, edges of the faces, the water to their left: the border may lie along some
    bed : (b, 3) float64, points that the ground is to pass through
    """

    positions: DoubleArray
    faces: IntArray
    cuts: IntArray
    bed: DoubleArray


def water(points: DoubleArray, extent: Extent) -> Water:
    """Return the faces of the water, of its points (n, 3): one level for each piece, that of most of its points."""
    lattice = Lattice.over(extent.bounds, CELL_M)
    mask = np.zeros(lattice.shape, bool)
    rows, columns = lattice.cells(points)
    mask[rows, columns] = True
    mask = np.pad(ndimage.binary_closing(np.pad(mask, CLOSING), disk(CLOSING)), 0)[CLOSING:-CLOSING, CLOSING:-CLOSING]
    labels, count = ndimage.label(mask)
    levels = np.zeros(count + 1)
    polygons: list[shapely.Geometry] = []
    heights: list[float] = []
    bed = [np.empty((0, 3))]
    x, y = lattice.centers()
    for number in range(1, count + 1):
        mine = points[labels[rows, columns] == number]
        cells = np.nonzero(labels == number)
        if len(cells[0]) * CELL_M**2 < LEAST_M2 or not len(mine):
            continue
        levels[number] = float(np.median(mine[:, 2]))
        shore = shapely.simplify(_outline(lattice, labels == number), SIMPLER_M)
        area = shapely.buffer(shore, BEYOND_M, join_style="mitre")
        inside = shapely.set_precision(shapely.intersection(area, extent), GRID_M)
        parts = [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon"]
        polygons += parts
        heights += [levels[number]] * len(parts)
        bed.append(np.column_stack([x[cells[1]], y[cells[0]], np.full(len(cells[0]), levels[number] - BED_M)]))
    return _meshed(np.asarray(polygons, object), heights, np.concatenate(bed))


def _outline(lattice: Lattice, mask: np.ndarray) -> shapely.Geometry:
    """Return the polygons of cells."""
    chains = label_borders(mask.astype(np.int32))
    places = chains.corners[:, ::-1] * lattice.cell + np.array([lattice.west, lattice.south])
    lines = [
        shapely.LineString(places[a:b]) for a, b in zip(chains.starts[:-1], chains.starts[1:], strict=True) if b - a > 1
    ]
    faces = shapely.get_parts(shapely.polygonize(lines))
    inside = [
        face
        for face in faces
        for point in [face.representative_point()]
        if mask[tuple(int(index[0]) for index in lattice.cells(np.array([[point.x, point.y]])))]
    ]
    return shapely.union_all(inside)


def _meshed(polygons: np.ndarray, heights: list[float], bed: DoubleArray) -> Water:
    """Cut polygons into triangles."""
    positions, faces, cuts, total = [np.empty((0, 3))], [np.empty((0, 3), np.int32)], [np.empty((0, 2), np.int32)], 0
    for polygon, level in zip(polygons, heights, strict=True):
        edges = planar_edges(shapely.orient_polygons(np.array([polygon], object)))
        numbers = {tuple(key): k for k, key in enumerate(np.round(edges.vertices / GRID_M).astype(np.int64).tolist())}
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
        keys = np.round(shapely.get_coordinates(triangles) / GRID_M).astype(np.int64).reshape(-1, 4, 2)[:, :3]
        corners = np.array([[numbers[tuple(key)] for key in face] for face in keys.tolist()], np.int32).reshape(-1, 3)
        a, b, c = (keys[:, k] for k in range(3))
        turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
        corners[turned] = corners[turned][:, ::-1]
        along = np.where((edges.left >= 0)[:, None], edges.edges, edges.edges[:, ::-1])
        positions.append(np.column_stack([edges.vertices, np.full(len(edges.vertices), level)]))
        faces.append(corners + total)
        cuts.append(along.astype(np.int32) + total)
        total += len(edges.vertices)
    return Water(np.concatenate(positions), np.concatenate(faces), np.concatenate(cuts), bed)
