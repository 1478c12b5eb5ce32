"""Crowns of trees, shrubs and hedges from the returns of vegetation, and the trunks that are supposed under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from carreau.air.airborne.reconstruction.canopy import Canopy, Heights, find_canopy
from carreau.air.airborne.reconstruction.lobes import CORNERS, STANDING, Lobes, bodies_part, split_lobes
from carreau.air.airborne.reconstruction.structures import bars
from carreau.air.airborne.survey_data import AirbornePoints, BoolArray, Orthophoto, Part, PartName
from carreau.base.model import DoubleArray, IntArray

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
    canopy = find_canopy(points, ground)
    if canopy is None:
        return Crowns((), 0, 0, 0, np.empty((0, 3)))
    most = max(int(per_hectare * hectares), 64)
    lobes, places = split_lobes(canopy, most // (2 * CORNERS[3]))
    # Trees of too few cubes are dropped first; trunks are counted before bodies, which take what triangles are left.
    weights = np.bincount(lobes.trees, lobes.weights, canopy.count)
    planting = plant(lobes.take(weights[lobes.trees] >= LEAST_CUBES), canopy)
    trunks = bars_part(planting.bars, origin)
    bodies = bodies_part(planting.lobes, places, picture, origin, most - len(trunks.faces))
    standing = np.unique(planting.lobes.trees)
    trees = np.unique(np.array([bar.tree for bar in planting.bars], np.int64))
    parts = tuple(part for part in (bodies, trunks) if len(part.faces))
    return Crowns(parts, len(trees), len(standing) - len(trees), canopy.count - len(standing), canopy.returns)


TOUCHING = 0.85
"""Two lobes hold together when the sum of their half axes, times this, reaches from centre to centre."""

LEAST_CUBES = 5
"""Cubes of returns that a piece has at least; fewer are a bird, a wire or the edge of something else."""

TRUNKED = 4.0
"""Metres from which a tree has a trunk even if its lowest returns are near the ground."""

BRANCH, BRANCH_SHARE = 1.2, 0.15
"""A piece of a crown is on a branch when it is not farther off than this, in metres plus a share of the height."""

NARROW, ABOVE = 0.4, 1.2
"""Leaves of less deviation from an axis, so many metres under others of their tree, are returns of the trunk itself."""

GIRTH, LEAST_GIRTH, MOST_GIRTH = 0.016, 0.06, 0.4
"""Radius of a trunk as a share of the tree's height, and its bounds in metres."""

SIDES, TAPER = 5, 0.45
"""Sides of a trunk, and its radius at the tip relative to that at the foot."""

BARK = np.array([110.0, 94.0, 76.0])
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Bar:
    """A trunk or a branch: from `foot` (3,) to `tip` (3,) float64, `radius` metres at the foot, of the tree `tree`."""

    foot: DoubleArray
    tip: DoubleArray
    radius: float
    tree: int


@dataclass(frozen=True, eq=False)
class Planting:
    """What stands.

    bars : trunks and branches
    lobes : those that are carried
    """

    bars: tuple[Bar, ...]
    lobes: Lobes


def plant(lobes: Lobes, canopy: Canopy) -> Planting:
    """Put trunks under crowns that hang in the air, and leave out what nothing carries."""
    if not len(lobes):
        return Planting((), lobes)
    # Narrow lobes under a crown are returns of the trunk itself: they say where it stands, and are no leaves.
    stems = _stems(lobes)
    feet = lobes.take(stems)
    lobes = lobes.take(~stems)
    count = len(lobes)
    # Pieces are lobes of one tree that touch. A piece on the ground needs nothing; one in the air, a trunk or a branch.
    first, second = contacts(lobes)
    floor = canopy.ground(lobes.centers[:, :2])
    halves = lobes.reach(np.tile(UP, (count, 1)))
    bottoms, tops = lobes.centers[:, 2] - halves - floor, lobes.centers[:, 2] + halves - floor
    standing = (bottoms < STANDING / 2) & ~canopy.is_roofed(lobes.centers)
    within = lobes.trees[first] == lobes.trees[second]
    pieces = join_nodes(first[within], second[within], count)
    planted: list[Bar] = []
    trunks: dict[int, list[Bar]] = {}  # trunks and branches of each tree
    by_tree = np.argsort(feet.trees, kind="stable")
    starts = np.searchsorted(feet.trees[by_tree], np.arange(canopy.count + 1))
    held = standing.copy()
    for mine in _groups(pieces):
        tree = int(lobes.trees[mine[0]])
        top = float(tops[mine].max())
        low = standing[mine].any()
        if lobes.low[mine].all() or lobes.weights[mine].sum() < LEAST_CUBES or (low and top < TRUNKED):
            continue
        foot = _foot(lobes.take(mine), feet.take(by_tree[starts[tree] : starts[tree + 1]]), canopy)
        if foot is None:
            continue
        height = float(canopy.ground(foot[None])[0])
        tip = _tip(lobes.take(mine), foot, height + 0.5 * top)
        # Large pieces come first and get the trunk; smaller ones near it hang on it by a branch.
        trunk = _carrier(trunks.setdefault(tree, []), foot, BRANCH + BRANCH_SHARE * top)
        if trunk is not None and not low:
            planted.append(_branch(trunk, lobes.take(mine)))
        else:
            radius = float(np.clip(GIRTH * top + 0.02, LEAST_GIRTH, MOST_GIRTH))
            planted.append(Bar(np.array([foot[0], foot[1], height - 0.2]), tip, radius, tree))
        trunks[tree].append(planted[-1])
        held[mine] = True
    # What touches something carried, also of another tree, is carried too; the rest is left out.
    whole = join_nodes(first, second, count)
    carried = np.zeros(whole.max() + 1, np.bool_)
    carried[whole[held]] = True
    return Planting(tuple(planted), lobes.take(carried[whole]))


def _stems(lobes: Lobes) -> BoolArray:
    """Return which lobes (n,) are narrow, and under others of their tree."""
    order = np.lexsort((-lobes.centers[:, 2], lobes.trees))
    # Sorted by tree and from above: the first of each tree is its highest.
    starts = np.r_[True, np.diff(lobes.trees[order]) != 0]
    highest = lobes.centers[order, 2][starts][np.cumsum(starts) - 1]
    stems = np.zeros(len(lobes), np.bool_)
    stems[order] = (highest - lobes.centers[order, 2] > ABOVE) & (lobes.girths[order] < NARROW)
    return stems


def contacts(lobes: Lobes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of lobes that touch."""
    # Candidates within the greatest reach of any two, then each pair by its reach along the line between both.
    reach = float(np.linalg.norm(lobes.frames, axis=1).max())
    pairs = cKDTree(lobes.centers).query_pairs(2 * TOUCHING * reach, output_type="ndarray")
    pairs = pairs[np.lexsort(pairs.T)]
    first, second = pairs[:, 0], pairs[:, 1]
    offsets = lobes.centers[second] - lobes.centers[first]
    apart = np.linalg.norm(offsets, axis=1)
    directions = offsets / np.maximum(apart, 1e-9)[:, None]
    sums = np.add(lobes.take(first).reach(directions), lobes.take(second).reach(directions))
    near = apart < TOUCHING * sums
    return first[near], second[near]


def join_nodes(first: NDArray[np.int64], second: NDArray[np.int64], count: int) -> IntArray:
    """Return the component (count,) of each node."""
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int32)


def _groups(pieces: IntArray) -> list[NDArray[np.int64]]:
    """Return the lobes of each piece, the largest pieces first."""
    order = np.argsort(pieces, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(pieces[order])) + 1)
    return sorted(groups, key=len, reverse=True)


def _foot(crown: Lobes, stems: Lobes, canopy: Canopy) -> DoubleArray | None:
    """Return where (2,) a trunk can stand: where it was seen, or near the middle of the crown; not in a building."""
    middle = np.average(crown.centers[:, :2], axis=0, weights=crown.weights)
    if len(stems):
        apart = np.linalg.norm(stems.centers[:, :2] - middle, axis=1)
        reach = crown.reach(np.tile([1.0, 0.0, 0.0], (len(crown), 1))).max()
        if apart.min() < reach:
            middle = stems.centers[np.argmin(apart), :2]
    if not canopy.is_roofed(middle[None])[0]:
        return np.asarray(middle)
    own = canopy.middles[np.isin(canopy.seen, np.unique(crown.trees))]
    free = own[~canopy.is_roofed(own)]
    if not len(free):
        return None
    return np.asarray(free[np.argmin(np.linalg.norm(free - middle, axis=1))])


def _tip(crown: Lobes, foot: DoubleArray, height: float) -> DoubleArray:
    """Return where (3,) a trunk ends, inside a lobe of the crown."""
    place = np.array([foot[0], foot[1], height])
    center = crown.centers[np.argmin(np.linalg.norm(crown.centers - place, axis=1))]
    return np.array([*(0.3 * foot + 0.7 * center[:2]), center[2]])


def _carrier(bars: list[Bar], foot: DoubleArray, reach: float) -> Bar | None:
    """Return a trunk of a tree, of all its bars, that stands near enough for a branch."""
    for bar in bars:
        if np.linalg.norm(bar.foot[:2] - foot) < reach:
            return bar
    return None


def _branch(trunk: Bar, crown: Lobes) -> Bar:
    """Return a branch that rises from a trunk into a piece of its crown."""
    end = crown.centers[np.argmin(np.linalg.norm(crown.centers - trunk.tip, axis=1))]
    aside = float(np.linalg.norm(end[:2] - trunk.tip[:2]))
    # A branch leaves the trunk as far below its end as it goes aside: at 45 degrees.
    share = np.clip((end[2] - aside - trunk.foot[2]) / max(trunk.tip[2] - trunk.foot[2], 0.1), 0.3, 0.95)
    return Bar(trunk.foot + share * (trunk.tip - trunk.foot), end, 0.55 * trunk.radius, trunk.tree)


def bars_part(planted: tuple[Bar, ...], origin: DoubleArray) -> Part:
    """Return trunks and branches as closed tapering bars of 16 triangles each."""
    if not planted:
        return Part(PartName.TRUNKS, np.empty((0, 3), np.float32), np.empty((0, 3), np.int32))
    feet, tips = (np.array([getattr(bar, end) for bar in planted]) - origin for end in ("foot", "tip"))
    radii = np.array([bar.radius for bar in planted])
    positions, faces = bars(feet, tips, radii, TAPER * radii, SIDES)
    shade = np.tile(np.repeat([0.85, 0.72], SIDES), len(planted))
    return Part(PartName.TRUNKS, positions, faces, np.rint(BARK * shade[:, None]).astype(np.uint8))
