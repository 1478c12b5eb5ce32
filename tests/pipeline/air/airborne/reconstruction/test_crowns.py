"""Crowns of made-up trees: how many, how large, closed, on the ground, and the same each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.air.airborne.reconstruction.crowns import Crowns, crowns
from carreau.air.airborne.survey_data import AirbornePoints, Part, PartName, PointClass
from carreau.base.model import DoubleArray
from carreau.geometry.topology import find_components, find_edges
from carreau.geometry.triangles import enclosed_volume

EAST, NORTH, GROUND = 770_500.0, 6_277_500.0, 20.0
ORIGIN = np.array([EAST, NORTH, GROUND])


def level(places: DoubleArray) -> DoubleArray:
    """Return the heights of a level ground."""
    return np.full(len(places), GROUND)


def ellipsoid(x: float, y: float, z: float, width: float, height: float, seed: int = 0) -> DoubleArray:
    """Return returns (n, 3) of the upper two thirds of a crown, with those that went in up to a metre."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(int(width * width * 40), 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions = directions[directions[:, 2] > -0.7]
    axes = np.array([width, width, height]) / 2
    depth = np.clip(1 - rng.exponential(0.35, len(directions)) / axes.min(), 0.2, 1)
    return np.asarray(np.array([x, y, z]) + directions * axes * depth[:, None])


def surveyed(*bodies: DoubleArray, roof: DoubleArray | None = None) -> AirbornePoints:
    """Return points of high vegetation about the origin, and of a roof."""
    leaves = np.concatenate(bodies) if bodies else np.empty((0, 3))
    roof = np.empty((0, 3)) if roof is None else roof
    classes = np.r_[np.full(len(leaves), PointClass.HIGH_VEGETATION), np.full(len(roof), PointClass.BUILDING)]
    ones = np.ones(len(classes), np.uint8)
    return AirbornePoints(np.concatenate([leaves, roof]) + ORIGIN, classes.astype(np.uint8), ones, ones)


def grown(points: AirbornePoints, hectares: float = 0.1) -> Crowns:
    """Return the crowns over a level ground."""
    return crowns(points, level, None, ORIGIN, hectares)


def part(found: Crowns, name: PartName) -> Part:
    """Return the part of a name."""
    return next(part for part in found.parts if part.name == name)


def is_closed(piece: Part) -> bool:
    """Tell whether each edge has two faces."""
    return bool((find_edges(piece.faces, len(piece.positions)).face_counts == 2).all())


def test_a_tree_has_its_size() -> None:
    found = grown(surveyed(ellipsoid(0, 0, 6, 6, 6)))
    crown, trunk = part(found, PartName.CROWNS), part(found, PartName.TRUNKS)
    assert (found.trees, found.shrubs, found.dropped) == (1, 0, 0)
    size = np.ptp(crown.positions, axis=0)
    assert np.allclose(size[:2], 6, atol=1.0)
    assert crown.positions[:, 2].max() == pytest.approx(9, abs=0.6)
    assert 0.6 * 113 < enclosed_volume(crown.positions, crown.faces) < 1.5 * 113
    assert trunk.positions[:, 2].min() < 0
    assert np.abs(trunk.positions[:, :2]).max() < 1.5
    assert 50 < len(crown.faces) < 1200
    assert is_closed(crown)
    assert is_closed(trunk)


def test_two_trees_that_touch_are_two() -> None:
    found = grown(surveyed(ellipsoid(0, 0, 6, 6, 6), ellipsoid(6.2, 0, 5.5, 6, 6, seed=1)))
    assert (found.trees, found.dropped) == (2, 0)
    assert len(part(found, PartName.TRUNKS).faces) == 2 * 16


def test_a_hedge_is_one_long_low_body() -> None:
    rng = np.random.default_rng(3)
    hedge = rng.uniform([0, 0, 0.3], [15, 1.2, 1.6], (1500, 3))
    found = grown(surveyed(hedge))
    assert (found.trees, found.shrubs, found.dropped) == (0, 1, 0)
    crown = part(found, PartName.CROWNS)
    low, high = crown.positions.min(axis=0), crown.positions.max(axis=0)
    assert np.allclose(low[:2], 0, atol=0.6)
    assert np.allclose(high, [15, 1.2, 1.6], atol=0.6)
    assert low[2] < 0.1
    x = np.sort(crown.positions[:, 0])
    assert np.diff(x).max() < 1.5
    assert [kind.name for kind in found.parts] == [PartName.CROWNS]


def test_a_crown_over_a_roof_has_its_trunk_beside_it() -> None:
    x, y = np.meshgrid(np.arange(-8, 0.5, 0.25), np.arange(-8, 8, 0.25))
    roof = np.stack([x.ravel(), y.ravel(), np.full(x.size, 4.0)], axis=1)
    found = grown(surveyed(ellipsoid(0, 0, 8, 6, 5), roof=roof))
    assert found.trees == 1
    assert part(found, PartName.TRUNKS).positions[:5, 0].min() > 0.5


def test_leaves_that_nothing_carries_are_dropped() -> None:
    x, y = np.meshgrid(np.arange(-8, 8, 0.25), np.arange(-8, 8, 0.25))
    roof = np.stack([x.ravel(), y.ravel(), np.full(x.size, 4.0)], axis=1)
    found = grown(surveyed(ellipsoid(0, 0, 7, 3, 3), roof=roof))
    assert (found.parts, found.dropped) == ((), 1)


def test_a_lone_pole_and_a_bird_are_no_trees() -> None:
    pole = np.stack([np.zeros(6), np.zeros(6), np.linspace(4, 5.2, 6)], axis=1)
    bird = np.array([[20.0, 0, 15], [20.2, 0.1, 15]])
    found = grown(surveyed(pole, bird, ellipsoid(10, 10, 6, 6, 6)))
    assert (found.trees, found.dropped) == (1, 2)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_points_make_nothing(count: int) -> None:
    assert grown(surveyed(np.full((count, 3), 5.0))).parts == ()


def test_points_that_are_no_numbers_and_doubles_change_nothing() -> None:
    tree = ellipsoid(0, 0, 6, 6, 6)
    plain = grown(surveyed(tree))
    spoilt = surveyed(tree, tree[:1])
    spoilt.positions[-1] = np.nan
    assert part(grown(spoilt), PartName.CROWNS).positions.tobytes() == plain.parts[0].positions.tobytes()
    doubled = part(grown(surveyed(tree, tree)), PartName.CROWNS)
    assert np.allclose(doubled.positions, plain.parts[0].positions, atol=1e-4)


def test_the_same_points_give_the_same_bytes() -> None:
    points = surveyed(*(ellipsoid(7 * k, 3 * (k % 3), 6, 5, 6, seed=k) for k in range(9)))
    first, second = grown(points), grown(points)
    for one, other in zip(first.parts, second.parts, strict=True):
        assert one.positions.tobytes() == other.positions.tobytes()
        assert one.faces.tobytes() == other.faces.tobytes()
        assert one.colors is not None
        assert other.colors is not None
        assert one.colors.tobytes() == other.colors.tobytes()


def test_a_wood_keeps_within_its_triangles() -> None:
    rng = np.random.default_rng(5)
    places = [(x, y) for x in np.arange(0, 50, 4.5) for y in np.arange(0, 50, 4.5)]
    trees = [ellipsoid(x, y, rng.uniform(6, 7), 4.5, 6, seed=k) for k, (x, y) in enumerate(places)]
    found = grown(surveyed(*trees), 0.25)
    assert sum(len(one.faces) for one in found.parts) <= 0.25 * 25_000
    assert found.trees > 100
    crown = part(found, PartName.CROWNS)
    assert is_closed(crown)
    assert find_components(crown.faces, len(crown.positions)).count >= found.trees


def test_leaves_are_green_lighter_above_and_never_black() -> None:
    crown = part(grown(surveyed(*(ellipsoid(9 * k, 0, 6, 6, 6, seed=k) for k in range(4)))), PartName.CROWNS)
    assert crown.colors is not None
    colors = crown.colors.astype(float)
    assert (colors[:, 1] >= colors[:, 0]).all()
    assert (colors[:, 1] > colors[:, 2]).all()
    assert colors.sum(axis=1).min() > 90
    above = crown.positions[:, 2] > 7.5
    below = crown.positions[:, 2] < 4.5
    assert colors[above].mean() > 1.2 * colors[below].mean()
    greens = [colors[np.abs(crown.positions[:, 0] - 9 * k) < 3].mean(axis=0) for k in range(4)]
    assert np.ptp(greens, axis=0).max() > 4


def test_medium_vegetation_is_of_the_crown_and_grass_is_not() -> None:
    points = surveyed(ellipsoid(0, 0, 6, 6, 6))
    grass = replace(points, classes=np.full(len(points), PointClass.LOW_VEGETATION, np.uint8))
    grass.positions[:, 2] = GROUND + 0.3
    assert grown(grass).parts == ()
