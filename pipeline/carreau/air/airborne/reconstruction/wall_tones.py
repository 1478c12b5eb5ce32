"""Which walls are of brick, though nobody saw them: those of the buildings of a place, as its outline tells."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from carreau.air.airborne.survey_data import BoolArray
from carreau.base.model import DoubleArray, IntArray

BRICK = np.array([182, 128, 106], np.uint8)
"""Tone of the walls of the place itself, where its outline tells it from what is around."""

OUTLINE_M = 3.0
"""How far walls may be outside an outline, which is from the land register and up to so much off."""

MOST = 0.5
"""Share of a building's surface within the outline from which all of it is of the place."""

ON_ROOF_M = 1.0
"""How far from a roof a chimney may be that stands on it."""


def in_place(positions: DoubleArray, faces: IntArray, shell: IntArray, outline: tuple[DoubleArray, ...]) -> BoolArray:
    """Return which corners (n,) are of buildings of the place: all of a building are, or none.

    A building is what hangs together, so a row of houses is one; chimneys go with the roof that they stand on.

    positions : (n, 3) of buildings, in the coordinates of the outline
    faces : (m, 3) of roofs, walls and chimneys
    shell : (s, 3) of roofs alone, without chimneys
    outline : rings (k, 2) of the place
    """
    if not outline or not len(faces):
        return np.zeros(len(positions), np.bool_)
    area = shapely.buffer(shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in outline]), OUTLINE_M)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_array((np.ones(len(ends), np.bool_), ends.T), shape=(len(positions), len(positions)))
    count, building = connected_components(graph, directed=False)
    a, b, c = (positions[faces[:, k]] for k in range(3))
    sizes = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    inside = shapely.contains_xy(area, *((a + b + c)[:, :2] / 3).T)
    owner = building[faces[:, 0]]
    whole = np.bincount(owner, sizes, minlength=count)
    own = np.asarray(np.bincount(owner, sizes * inside, minlength=count) > MOST * whole)
    if len(shell):
        _with_chimneys(own, building, positions, shell)
    return np.asarray(own[building])


def _with_chimneys(own: BoolArray, building: IntArray, positions: DoubleArray, shell: IntArray) -> None:
    """Give what stands on a roof the share of its building.

    own : (b,) of each building, which is changed
    building : (n,) of each corner
    """
    roofed = np.zeros(len(own), np.bool_)
    roofed[building[shell[:, 0]]] = True
    sums = np.column_stack([np.bincount(building, positions[:, axis], len(own)) for axis in range(2)])
    middles = sums / np.maximum(np.bincount(building, minlength=len(own)), 1)[:, None]
    boxes = np.flatnonzero(~roofed)
    tree = shapely.STRtree(np.asarray(shapely.polygons(positions[shell][:, :, :2])))
    box, roof = tree.query_nearest(shapely.points(middles[boxes]), max_distance=ON_ROOF_M, all_matches=False)
    own[boxes[box]] = own[building[shell[roof, 0]]]
