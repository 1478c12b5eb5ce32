"""Solids of massing models are closed, look outwards, and have the volume and the bounds of their measures."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.air.massing.outlines import ARC_SIDES, ROUND_SIDES, Opening, Solid, area, rectangle, regular
from carreau.air.massing.part_solids import NotInsideError, subtract
from carreau.air.massing.solids import (
    DOME_STEPS,
    Stage,
    arcade,
    block,
    chimney,
    dome,
    enclosure,
    gable_roof,
    headframe,
    hip_roof,
    ramp,
    spire,
    stair,
    tower,
    wall,
)

LENGTH = st.integers(500, 200_000).map(lambda millimetres: millimetres / 1000)
L_SHAPE = ((0.0, 0.0), (20.0, 0.0), (20.0, 8.0), (8.0, 8.0), (8.0, 30.0), (0.0, 30.0))
SAME_M = 1e-5
FEW = settings(max_examples=25)


def is_closed(solid: Solid) -> bool:
    """Return whether every edge is passed as often in one direction as in the other."""
    a, b, c = solid.faces.T.astype(np.int64)
    edges = np.concatenate([np.stack(ends, axis=1) for ends in ((a, b), (b, c), (c, a))])
    count = len(solid.positions)
    return np.array_equal(np.sort(edges @ (count, 1)), np.sort(edges[:, ::-1] @ (count, 1)))


def check(solid: Solid, volume: float, bounds: tuple[float, float, float]) -> None:
    """Check that a solid is closed, stands on the ground, and has a volume and a size, without a triangle too many."""
    assert is_closed(solid)
    assert solid.volume == pytest.approx(volume, rel=1e-6, abs=1e-6)
    assert np.ptp(solid.positions, axis=0) == pytest.approx(bounds, abs=SAME_M)
    assert solid.positions[:, 2].min() == pytest.approx(0, abs=SAME_M)
    corners = solid.positions[solid.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert areas.min() > 1e-9
    assert len(np.unique(np.sort(solid.faces, axis=1), axis=0)) == len(solid.faces)


def polygon_share() -> float:
    """Return the area of a round outline as a share of the square around it."""
    return ROUND_SIDES / 4 * math.tan(math.pi / ROUND_SIDES)


def round_head(width: float) -> float:
    """Return the area of the head of an arch, which is half a polygon in its circle."""
    return ARC_SIDES / 2 * math.sin(math.pi / ARC_SIDES) * (width / 2) ** 2


@given(LENGTH, LENGTH, LENGTH)
@FEW
def test_shapes_of_three_measures(length: float, width: float, height: float) -> None:
    size = (length, width, height)
    check(block(rectangle(length, width), height), length * width * height, size)
    check(gable_roof(length, width, height), length * width * height / 2, size)
    check(hip_roof(length, width, height, 0), length * width * height / 3, size)
    ridge = length / 3
    check(hip_roof(length, width, height, ridge), width * height * (2 * length + ridge) / 6, size)
    check(ramp(length, width, height), length * width * height / 2, size)
    check(stair(length, width, height, 7), length * width * height * 8 / 14, size)
    check(wall(length, width, height, width / 4), length * height * width * 5 / 8, size)


@given(LENGTH, LENGTH)
@FEW
def test_round_shapes(width: float, height: float) -> None:
    size, share = (width, width, height), polygon_share()
    check(spire(width, height), share * width**2 * height / 3, size)
    check(spire(width, height, 4), width**2 * height / 3, size)
    check(chimney(width, width / 2, height), share * height * width**2 * (1 + 0.5 + 0.25) / 3, size)
    steps = [(math.cos(a), math.sin(a)) for a in np.linspace(0, math.pi / 2, DOME_STEPS + 1)]
    bands = [(h - g) * (a * a + a * b + b * b) / 3 for (a, g), (b, h) in pairwise(steps)]
    check(dome(width, height), share * width**2 * height * sum(bands), size)


def test_a_block_on_any_outline_and_its_openings() -> None:
    door, arch = Opening(1, 1.2, 0, 2.5, depth=0.4), Opening(4, 2, 1, 3, is_round=True, depth=0.3)
    above, beside = Opening(4.5, 1, 5, 2, depth=0.3), Opening(1, 1, 1, 2, depth=0.5)
    openings = {0: (door, arch, above), 4: (beside,)}
    out = 1.2 * 2.5 * 0.4 + (2 * 2 + round_head(2)) * 0.3 + 2 * 0.3 + 2 * 0.5
    check(block(L_SHAPE, 9, openings), area(L_SHAPE) * 9 - out, (20, 30, 9))


def test_an_enclosure_is_a_wall_all_around() -> None:
    inner = area(L_SHAPE) - 0.5 * (20 + 8 + 12 + 22 + 8 + 30) + 0.25 * (5 - 1)
    check(enclosure(L_SHAPE, 0.5, 3), (area(L_SHAPE) - inner) * 3, (20, 30, 3))


@pytest.mark.parametrize("is_round", [True, False])
def test_an_arcade_is_open_from_side_to_side(is_round: bool) -> None:
    hole = 2 * 3 + round_head(2) if is_round else 2 * 4
    check(arcade(15, 0.8, 6, 5, 2, 4, is_round), (15 * 6 - 5 * hole) * 0.8, (15, 0.8, 6))


def test_stages_of_a_tower_step_in_and_out() -> None:
    stages = (Stage(20, 30), Stage(16, 20), Stage(16, 8, 8), Stage(18, 2, 12), Stage(9, 10, 8))
    volume = sum(stage.height * area(regular(stage.sides, stage.width)) for stage in stages)
    check(tower(stages), volume, (20, 20, 70))


def test_a_headframe_is_in_closed_pieces() -> None:
    frame = headframe((10, 8), 30, (5, 4), 0.5, reach=18, wheel=4)
    legs, plate = 6 * 0.25 * 26, 5 * 4 * 0.5
    check(frame, legs + plate + 2 * 0.5 * polygon_share() * 16, (5 + 18, 8, 30))


@pytest.mark.parametrize(
    ("make", "small", "large"),
    [
        (lambda a, b: block(rectangle(a, 10), b), (20, 8), (20, 12)),
        (lambda a, b: block(rectangle(a, 10), b), (20, 8), (30, 8)),
        (lambda a, b: block(rectangle(a, a / 2), b), (20, 8), (30, 11)),
        (lambda a, b: block(rectangle(a, 10), b).moved(a / 2, 0, 0), (20, 8), (35, 8)),
        (lambda a, b: gable_roof(20, a, b), (8, 5), (8, 7)),
        (lambda a, b: gable_roof(20, a, b), (8, 5), (9.5, 7)),
        (lambda a, b: hip_roof(a, 8, b, a - 8), (20, 5), (26, 6)),
        (lambda a, b: tower((Stage(a, 20), Stage(a / 2, b, 8))), (10, 5), (12, 9)),
        (lambda a, b: tower((Stage(12, a), Stage(6, b))), (10, 5), (13, 9)),
        (lambda a, b: chimney(a, a / 2, b), (4, 30), (5, 40)),
        (lambda a, b: dome(a, b), (10, 5), (12, 8)),
        (lambda a, b: spire(a, b, 8), (4, 30), (5, 31)),
        (lambda a, b: enclosure(rectangle(50, 40), a, b), (0.5, 2), (0.9, 3)),
        (lambda a, b: stair(6, a, b, 5), (2, 3), (3, 3.6)),
        (lambda a, b: ramp(6, a, b), (2, 3), (3, 3.6)),
        (lambda a, b: wall(6, a, b, a), (1, 3), (2, 3.6)),
        (lambda a, b: block(L_SHAPE, a).moved(b, 0, 0), (9, 0), (11, 0)),
    ],
)  # fmt: skip
def test_what_lies_between_a_smaller_and_a_larger_solid_is_closed_and_exact(
    make: Callable[[float, float], Solid], small: tuple[float, float], large: tuple[float, float]
) -> None:
    smaller, larger = make(*small), make(*large)
    found = subtract(smaller, larger)
    assert is_closed(found)
    assert found.volume == pytest.approx(larger.volume - smaller.volume, rel=1e-5)


@given(LENGTH, LENGTH, LENGTH, LENGTH, st.floats(0, 90))
@FEW
def test_between_is_exact_for_turned_blocks(
    length: float, width: float, height: float, more: float, turn: float
) -> None:
    smaller = block(rectangle(length, width), height).turned(turn)
    larger = block(rectangle(length + more, width + more), height + more).turned(turn)
    found = subtract(smaller, larger)
    assert is_closed(found)
    assert found.volume == pytest.approx(larger.volume - smaller.volume, rel=1e-4)


def test_a_smaller_solid_that_is_not_inside_is_refused() -> None:
    with pytest.raises(NotInsideError):
        subtract(block(rectangle(20, 8), 9), block(rectangle(10, 9), 12))
    with pytest.raises(NotInsideError):
        subtract(block(rectangle(20, 8), 9), block(rectangle(20, 8), 9))


def test_turning_is_clockwise() -> None:
    turned = block(rectangle(20, 8), 9).moved(10, 0, 0).turned(90)
    assert turned.positions.min(axis=0) == pytest.approx((-4, -20, 0))
