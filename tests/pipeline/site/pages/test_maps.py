"""What maps draw of areas and lines is what is seen of them, with few points."""

from __future__ import annotations

import math
import re

import pytest
import shapely
from hypothesis import assume, example, given
from hypothesis import strategies as st

from carreau.site.pages.basemap import (
    METRES_A_DEGREE,
    Basemap,
    Frame,
    Geometry,
    Point,
    area_path,
    line_path,
    visible_parts,
)

FRAME = Frame(0.0, 0.0, 1.0, 1 / METRES_A_DEGREE, 100, 100)
"""A unit is a degree, and y grows to the south."""
NUMBER = st.integers(-300, 300).map(float)
RING = st.lists(st.tuples(NUMBER, NUMBER), max_size=12)


def area(*rings: list[Point]) -> Geometry:
    return {"type": "Polygon", "coordinates": [[(x, -y) for x, y in ring] for ring in rings]}


def box(west: float, north: float, east: float, south: float) -> list[Point]:
    return [(west, north), (east, north), (east, south), (west, south), (west, north)]


def points(path: str) -> list[list[Point]]:
    """Return the points of each piece of a path."""
    pieces = []
    for piece in filter(None, path.replace("z", "").split("M")):
        x = y = 0.0
        numbers = [float(number) for number in re.findall(r"-?\d+", piece)]
        steps = zip(numbers[::2], numbers[1::2], strict=True)
        pieces.append([(x := x + step_x, y := y + step_y) for step_x, step_y in steps])
    return pieces


def test_what_lies_outside_is_cut_off() -> None:
    (piece,) = points(area_path(area(box(-500, 30, 500, 70)), FRAME, margin=0))
    assert shapely.Polygon(piece).equals(shapely.box(0, 30, 100, 70))
    assert area_path(area(box(200, 30, 500, 70)), FRAME) == ""


def test_an_area_in_two_pieces_has_no_bridge_between_them() -> None:
    fork = [(-50, 10), (60, 10), (60, 30), (-40, 30), (-40, 60), (60, 60), (60, 80), (-50, 80)]
    pieces = points(area_path(area([(float(x), float(y)) for x, y in fork]), FRAME, margin=0))
    assert sorted(shapely.Polygon(piece).bounds for piece in pieces) == [(0, 10, 60, 30), (0, 60, 60, 80)]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_hole_stays_empty_however_it_is_written(turn: int) -> None:
    outer, inner = points(area_path(area(box(-10, 10, 90, 90), box(30, 30, 60, 60)[::turn]), FRAME))
    assert shapely.LinearRing(outer).is_ccw != shapely.LinearRing(inner).is_ccw


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=2, max_size=60))
def test_a_line_without_points_that_nobody_sees_is_near_the_whole_one(line: list[Point]) -> None:
    path = line_path([(x, -y) for x, y in line], FRAME, tolerance=5)
    whole = shapely.LineString(line)
    for piece in points(path):
        assert len(piece) <= len(line)
        assert shapely.hausdorff_distance(shapely.LineString(piece), whole) <= 5.01


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=3, max_size=40), st.booleans())
@example([(-100.0, -100.0), (300.0, -100.0), (300.0, 300.0), (-100.0, 300.0)], True)
@example([(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)], False)
def test_what_is_seen_of_an_area_is_what_shapely_sees(corners: list[Point], has_hole: bool) -> None:
    outer = star(corners)
    assume(len(outer) > 2 and shapely.Polygon(outer).is_valid and shapely.Polygon(outer).area > 1)
    holes = [[(x / 2 + 1, y / 2 + 1) for x, y in outer]] if has_hole else []
    whole = shapely.Polygon(outer, holes)
    assume(whole.is_valid)
    seen = shapely.intersection(whole, shapely.box(0, 0, 100, 100))
    parts = visible_parts(area(outer, *holes), FRAME)
    drawn = [shapely.Polygon(part.exterior, part.holes) for part in parts]
    assert shapely.symmetric_difference(shapely.union_all(drawn), seen).area == pytest.approx(0, abs=1e-6)
    assert sum(part.area for part in parts) == pytest.approx(seen.area, abs=1e-6)
    for part, same in zip(parts, drawn, strict=True):
        assert part.bounds == same.bounds
        if same.area > 1:
            assert part.centroid == pytest.approx((same.centroid.x, same.centroid.y), abs=1e-6)


def star(corners: list[Point]) -> list[Point]:
    """Return points as a ring around their middle, which does not cross itself."""
    x, y = (sum(each) / len(corners) for each in zip(*corners, strict=True))
    return sorted(set(corners), key=lambda corner: (math.atan2(corner[1] - y, corner[0] - x), corner))


def test_the_name_of_an_area_that_crosses_itself_stands_within_it() -> None:
    (part,) = visible_parts(area([(10, 10), (90, 90), (90, 10), (10, 90)]), FRAME)
    assert (part.area, part.centroid) == (0, (50, 50))


def test_a_hole_that_reaches_beyond_the_drawing_cuts_the_area_in_two() -> None:
    parts = visible_parts(area(box(-10, 10, 110, 90), box(-50, 40, 150, 60)), FRAME)
    assert sorted(part.bounds for part in parts) == [(0, 10, 100, 40), (0, 60, 100, 90)]


@given(st.lists(RING, max_size=3))
@example([[(0.0, 0.0), (50.0, 50.0), (50.0, 0.0), (0.0, 50.0), (0.0, 0.0)]])
@example([[(0.0, 0.0), (50.0, 50.0), (90.0, 90.0), (0.0, 0.0)]])
def test_any_rings_are_drawn_within_the_drawing_or_not_at_all(rings: list[list[Point]]) -> None:
    for piece in points(area_path(area(*rings), FRAME, margin=0)):
        assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in piece)


def test_the_name_of_an_area_stands_in_the_largest_part_that_is_seen() -> None:
    small = [(float(x), 5.0 + (x % 2)) for x in range(1, 20)] + [(10.0, 0.0)]
    pieces = {
        "type": "MultiPolygon",
        "coordinates": [area(ring)["coordinates"] for ring in (small, box(30, 20, 95, 95))],
    }
    feature = {"properties": {"nom": "A", "insee": "1"}, "geometry": pieces}
    basemap = Basemap({"features": [feature]}, {})
    drawn = basemap.communes_in(FRAME)["1"]
    assert (drawn.x, drawn.y, drawn.is_large) == (62, 58, True)


def test_an_area_that_only_touches_the_drawing_is_not_seen() -> None:
    assert list(visible_parts(area(box(100, 20, 150, 40)), FRAME)) == []
