"""What maps draw of areas and lines is what is seen of them, with few points."""

from __future__ import annotations

import re

import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from carreau.site.pages.maps.basemap import (
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
