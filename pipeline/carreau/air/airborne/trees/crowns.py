"""Crowns of trees, shrubs and hedges from the returns of vegetation, and the trunks that are supposed under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.air.airborne.survey_data import AirbornePoints, Orthophoto, Part
from carreau.air.airborne.trees.canopy import Heights, canopy_of
from carreau.air.airborne.trees.leaf_bodies import CORNERS, bodies_part
from carreau.air.airborne.trees.lobes import lobes_of
from carreau.air.airborne.trees.trunks import LEAST_CUBES, bars_part, plant
from carreau.base.model import DoubleArray

MOST_PER_HECTARE = 25_000
"""Triangles of crowns and trunks."""


@dataclass(frozen=True, eq=False)
class Crowns:
    """Trees, shrubs and hedges.

    parts : crowns and trunks, those that are not empty
    trees, shrubs : how many stand, with trunk and without
    dropped : pieces that were too small, or that nothing carries
    returns : (n, 3) float64, those the crowns were made from, in the coordinates of the points
    """

    parts: tuple[Part, ...]
    trees: int
    shrubs: int
    dropped: int
    returns: DoubleArray


def crowns(
    points: AirbornePoints,
    ground: Heights,
    picture: Orthophoto | None,
    origin: DoubleArray,
    hectares: float,
    per_hectare: int = MOST_PER_HECTARE,
) -> Crowns:
    """Return crowns and trunks about the origin, in about so many triangles at most.

    ground : heights of the terrain, also under buildings
    origin : (3,) float64
    hectares : area of the model
    """
    canopy = canopy_of(points, ground)
    if canopy is None:
        return Crowns((), 0, 0, 0, np.empty((0, 3)))
    most = max(int(per_hectare * hectares), 64)
    lobes, places = lobes_of(canopy, most // (2 * CORNERS[3]))
    weights = np.bincount(lobes.trees, lobes.weights, canopy.count)
    planting = plant(lobes.take(weights[lobes.trees] >= LEAST_CUBES), canopy)
    trunks = bars_part(planting.bars, origin)
    bodies = bodies_part(planting.lobes, places, picture, origin, most - len(trunks.faces))
    standing = np.unique(planting.lobes.trees)
    trees = np.unique(np.array([bar.tree for bar in planting.bars], np.int64))
    parts = tuple(part for part in (bodies, trunks) if len(part.faces))
    return Crowns(parts, len(trees), len(standing) - len(trees), canopy.count - len(standing), canopy.returns)
