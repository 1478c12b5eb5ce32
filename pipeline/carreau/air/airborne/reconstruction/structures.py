"""Straight bars, and thin lattice, as headframes and pylons are, shown as bars between neighbours.

A flight has a few returns from each member of a lattice. Each return is tied to the next along the member it lies on:
bars are the shortest tree that spans the returns, where a step along the direction in which a return's neighbours lie
is shorter. A tree has no loops and a frame has; two loose ends on one line are tied as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from carreau.air.airborne.reconstruction.canopy import Heights, thin_points
from carreau.air.airborne.survey_data import AirbornePoints, BoolArray, Part, PartName, PointClass
from carreau.base.model import DoubleArray, FloatArray, IntArray

CLASSES = (PointClass.UNCLASSIFIED, PointClass.STRUCTURE, PointClass.OTHER_BUILDING)

LEAST_HEIGHT = 2.5
"""Metres above the ground; lower returns are of cars, fences and people, unless the lattice comes down there."""

VOXEL = 0.35
"""Side of the cubes of which each gives one end of bars."""

MOST_ENDS = 1500
"""Ends of bars of one structure; the cubes grow to keep to it. A bar has 8 triangles."""

REACH = 1.6
"""Longest bar, in metres; farther returns are not known to be of one member."""

LEAST_ENDS = 8
"""Ends that hang together; fewer are birds, or wires that begin nowhere."""

ASKEW = 2.0
"""How much longer a step across a member counts than one along it."""

ON_LINE = 0.05
"""Two loose ends are on one line when the step between them is no more askew than that: one less the cosine."""

THICK = 0.08
"""Radius of a bar in metres: what a beam of 15 cm looks like from near enough."""

STEEL = np.array([104, 102, 100], np.uint8)


@dataclass(frozen=True, eq=False)
class Place:
    """Where a structure is known to stand.

    ring : (k, 2) float64, its outline, or its only point
    reach : metres around it that belong to it
    """

    ring: DoubleArray
    reach: float

    def holds(self, places: DoubleArray) -> BoolArray:
        """Return which places (n, 2 or 3) are in it."""
        shape = shapely.Polygon(self.ring) if len(self.ring) > 2 else shapely.MultiPoint(self.ring)
        return np.asarray(shapely.contains_xy(shape.buffer(self.reach), places[:, 0], places[:, 1]))


@dataclass(frozen=True, eq=False)
class Structures:
    """Lattice of the known structures.

    part : None where no returns are
    returns : (n, 3) float64, those it was made from, in the coordinates of the points
    """

    part: Part | None
    returns: DoubleArray


def structures(points: AirbornePoints, ground: Heights, known: Sequence[Place], origin: DoubleArray) -> Structures:
    """Return bars about the origin for the unclassified returns at known places; all others are left out."""
    usable = points.positions[np.isin(points.classes, CLASSES) & np.isfinite(points.positions).all(axis=1)]
    feet, tips, used = [], [], []
    for place in known:
        returns = usable[place.holds(usable)] if len(usable) else usable
        returns = returns[_lattice(returns, ground)] if len(returns) else returns
        if len(returns):
            ends = _ends(returns)
            first, second = _ties(ends)
            feet.append(ends[first])
            tips.append(ends[second])
            used.append(returns)
    if not sum(map(len, feet)):
        return Structures(None, np.empty((0, 3)))
    lower, upper = np.concatenate(feet) - origin, np.concatenate(tips) - origin
    radii = np.full(len(lower), THICK)
    positions, faces = bars(lower, upper, radii, radii, 3)
    colors = np.tile(STEEL, (len(positions), 1))
    return Structures(Part(PartName.STRUCTURES, positions, faces, colors), np.concatenate(used))


def _lattice(returns: DoubleArray, ground: Heights) -> BoolArray:
    """Return which returns (n, 3) hang together with high ones, enough of them."""
    heights = returns[:, 2] - ground(np.ascontiguousarray(returns[:, :2]))
    pieces = _pieces(returns)
    # Low returns belong to a lattice only with high ones: a car beside a headframe does not.
    high = np.bincount(pieces, heights > LEAST_HEIGHT)
    tops = np.full(len(high), -np.inf)
    np.maximum.at(tops, pieces, heights)
    return np.asarray((high >= LEAST_ENDS)[pieces] & (tops > 2 * LEAST_HEIGHT)[pieces] & (heights > 0))


def _pieces(returns: DoubleArray) -> NDArray[np.int32]:
    """Return the piece (n,) of each return: those that bars could tie."""
    pairs = cKDTree(returns).query_pairs(REACH, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs), np.int8), pairs.T), shape=(len(returns), len(returns)))
    return np.asarray(connected_components(graph, directed=False)[1])


def _ends(returns: DoubleArray) -> DoubleArray:
    """Return the mean returns of cubes, which are as small as their number allows."""
    voxel = VOXEL
    ends = thin_points(returns, voxel)
    while len(ends) > MOST_ENDS:
        voxel *= 1.1
        ends = thin_points(returns, voxel)
    return ends


def _ties(ends: DoubleArray) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return the two ends of each bar."""
    pairs = cKDTree(ends).query_pairs(REACH, output_type="ndarray")
    pairs = pairs[np.lexsort(pairs.T)]
    first, second = pairs[:, 0], pairs[:, 1]
    steps = ends[second] - ends[first]
    lengths = np.linalg.norm(steps, axis=1)
    directions = steps / np.maximum(lengths, 1e-9)[:, None]
    lines = _lines(ends, first, second, steps)
    # How askew a step is to the member at each of its ends: 0 along it, 1 across.
    across = [1 - np.abs(np.einsum("ni,ni->n", directions, lines[end])) for end in (first, second)]
    askew = (across[0] + across[1]) / 2
    costs = np.maximum(lengths, 1e-6) * (1 + ASKEW * askew)
    tree = minimum_spanning_tree(coo_array((costs, (first, second)), shape=(len(ends), len(ends))).tocsr()).tocoo()
    # Two loose ends that a straight step joins are a frame that the tree had to leave open.
    ties = np.bincount(np.concatenate([tree.row, tree.col]), minlength=len(ends))
    lost = (ties[first] == 1) & (ties[second] == 1) & (askew < ON_LINE)
    return np.concatenate([tree.row, first[lost]]), np.concatenate([tree.col, second[lost]])


def _lines(
    ends: DoubleArray, first: NDArray[np.integer], second: NDArray[np.integer], steps: DoubleArray
) -> DoubleArray:
    """Return the unit direction (n, 3) in which the neighbours of each end lie."""
    spread = np.zeros((len(ends), 3, 3))
    for i in range(3):
        for j in range(3):
            product = steps[:, i] * steps[:, j]
            spread[:, i, j] = np.bincount(first, product, len(ends)) + np.bincount(second, product, len(ends))
    return np.asarray(np.linalg.eigh(spread)[1][:, :, 2])


def bars(
    feet: DoubleArray, tips: DoubleArray, foot_radii: DoubleArray, tip_radii: DoubleArray, sides: int
) -> tuple[FloatArray, IntArray]:
    """Return closed bars from feet (n, 3) to tips (n, 3): positions, 2 * sides each, and 4 * sides - 4 faces each.

    foot_radii, tip_radii : (n,) from the axis to the corners
    """
    along = (tips - feet) / np.maximum(np.linalg.norm(tips - feet, axis=1, keepdims=True), 1e-9)
    side = np.cross(along, np.where(np.abs(along[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    front = np.cross(along, side)
    turn = 2 * np.pi * np.arange(sides) / sides
    ring = side[:, None] * np.cos(turn)[None, :, None] + front[:, None] * np.sin(turn)[None, :, None]
    lower = feet[:, None] + ring * foot_radii[:, None, None]
    upper = tips[:, None] + ring * tip_radii[:, None, None]
    k, after, fan = np.arange(sides), (np.arange(sides) + 1) % sides, np.arange(1, sides - 1)
    faces = np.concatenate(
        [
            np.stack([k, after, sides + k], axis=1),
            np.stack([after, sides + after, sides + k], axis=1),
            np.stack([np.zeros_like(fan), fan + 1, fan], axis=1),
            np.stack([np.full_like(fan, sides), sides + fan, sides + fan + 1], axis=1),
        ]
    )
    starts = 2 * sides * np.arange(len(feet))
    return (
        np.concatenate([lower, upper], axis=1).reshape(-1, 3).astype(np.float32),
        (faces[None] + starts[:, None, None]).reshape(-1, 3).astype(np.int32),
    )
