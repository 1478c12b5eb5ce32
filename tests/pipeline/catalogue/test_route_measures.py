"""Lengths, climbs and durations come from the line; without it, a route is at least as long as its straight lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from carreau.catalogue.route import (
    Effort,
    Origin,
    Route,
    RouteLine,
    Stop,
    climb_and_descent,
    distance_m,
    length_m,
    line_bytes,
    passes,
    read_line,
)
from carreau.catalogue.route_measures import (
    along_line,
    cycling_minutes,
    first_out_of_order,
    measure_route,
    tour_m,
    walking_minutes,
)

GEOD = Geod(ellps="WGS84")
LON, LAT = 3.40, 50.38
STEP = 0.001
"""Degrees: about 71 m to the east, 111 m to the north."""


def at(east: float, north: float) -> tuple[float, float]:
    return round(LON + east * STEP, 6), round(LAT + north * STEP, 6)


SQUARE = [at(0, 0), at(10, 0), at(10, 10), at(0, 10)]


@given(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_distances_are_those_of_the_ellipsoid(east: float, north: float) -> None:
    other = LON + east, LAT + north
    assert distance_m((LON, LAT), other) == pytest.approx(GEOD.inv(LON, LAT, *other)[2], rel=1e-4, abs=0.01)


def test_a_line_out_and_back_passes_twice() -> None:
    line = [at(0, 0), at(10, 0), at(0, 0)]
    away, along = passes(line, at(5, 1))
    assert away == pytest.approx(111, abs=1)
    assert along == [pytest.approx(length_m(line) / 4, rel=0.01), pytest.approx(3 * length_m(line) / 4, rel=0.01)]


@pytest.mark.parametrize(
    ("heights", "told"),
    [
        ([30, 60, 30], (30, 30)),
        ([30, 31.5, 30, 31.5, 30], (0, 0)),
        ([30, 30.5, 31, 31.5, 32, 32.5, 33], (3, 0)),
        ([50, 40, 45, 20], (5, 35)),
        ([30], (0, 0)),
    ],
)
def test_climbs_are_counted_and_steps_of_the_terrain_model_are_not(
    heights: list[float], told: tuple[float, float]
) -> None:
    assert climb_and_descent(heights) == pytest.approx(told)


@given(st.lists(st.floats(0, 200), min_size=2, max_size=40))
def test_climb_and_descent_differ_by_the_ends(heights: list[float]) -> None:
    up, down = climb_and_descent(heights)
    assert abs((up - down) - (heights[-1] - heights[0])) <= 2.0 + 1e-6
    assert up >= 0
    assert down >= 0


def test_signposts_of_din_33466_say_so() -> None:
    # 10 km and 1,200 m up: 4 h up, and half of the 2.5 h on the flat.
    assert walking_minutes(Effort(10_000, 1200, 0)) == pytest.approx(5.25 * 60)
    assert walking_minutes(Effort(6000)) == pytest.approx(90)
    assert cycling_minutes(Effort(15_000, 0, 0)) == pytest.approx(60)
    assert cycling_minutes(Effort(15_000, 100, 0)) > cycling_minutes(Effort(15_000, 50, 0))


def route(*stops: Stop, **more: object) -> Route:
    told = {"mode": "walk", "loop": True, "path_measure": "indicative", "length_measure": "indicative", **more}
    return Route(name="Essai", stop=stops, **told)  # type: ignore[arg-type]


FOUR = (Stop(site="a"), Stop(site="b"), Stop(site="c", optional=True), Stop(site="d"))


def test_without_a_line_a_route_is_at_least_so_long() -> None:
    found = measure_route(route(*FOUR, length_km=2.0), SQUARE, None)
    assert found.length_km is None  # what is only indicative says less than straight lines
    assert (found.length_measure, found.path_measure) == ("straight", "indicative")
    around = tour_m(SQUARE, is_loop=True) / 1000
    assert found.straight_km is not None
    assert around - 0.01 <= found.straight_km <= around
    assert found.required_straight_km is not None
    assert found.required_straight_km < found.straight_km
    assert (found.duration_min, found.climb_m, found.formula) == (None, None, "")


def test_a_documented_length_stands() -> None:
    found = measure_route(route(*FOUR, length_km=6.9, length_measure="documented"), SQUARE, None)
    assert (found.length_km, found.length_measure) == (6.9, "documented")


def test_a_line_tells_length_climb_and_duration() -> None:
    without = Effort(1500.0, 5.0, 5.0)
    line = RouteLine([*SQUARE, SQUARE[0]], (30, 60, 30, 30, 30), Origin("IGN", without_optional=without))
    stops = (*FOUR[:3], Stop(site="d", minutes=20))
    found = measure_route(route(*stops, path="x.geojson", path_measure="computed"), SQUARE, line)
    assert found.length_km == pytest.approx(length_m(line.points) / 1000, abs=0.01)
    assert (found.length_measure, found.path_measure) == ("computed", "computed")
    assert (found.climb_m, found.descent_m) == (30, 30)
    assert found.duration_min == round(walking_minutes(line.effort))
    assert (found.formula, found.stops_min, found.required_km) == ("DIN 33466", 20, 1.5)
    walked = measure_route(route(*stops, path="x.geojson", path_measure="computed", walked=True), SQUARE, line)
    assert walked.path_measure == walked.length_measure == "walked"


def test_a_tour_by_car_has_no_duration_of_its_own() -> None:
    line = RouteLine([*SQUARE, SQUARE[0]])
    found = measure_route(route(*FOUR, mode="car", path="x.gpx", path_measure="documented"), SQUARE, line)
    assert (found.duration_min, found.formula) == (None, "")
    assert found.climb_m is None


def test_a_line_is_read_as_it_was_written(tmp_path: Path) -> None:
    origin = Origin(
        "IGN", "bdtopo-osrm", "2026-11-01", "pedestrian", "2026-11-27", "© IGN", "etalab-2.0", "https://ign.fr",
        "IGN – RGE ALTI", [at(0, 0), at(10, 10)], Effort(100.0, 3.0, None),
    )  # fmt: skip
    line = RouteLine([at(0, 0), at(10, 0), at(10, 10)], (30.5, 31.0, 29.0), origin)
    path = tmp_path / "way.geojson"
    path.write_bytes(line_bytes(line))
    found = read_line(path)
    assert found.heights == line.heights
    assert found.origin == origin
    assert distance_m(found.points[1], line.points[1]) < 0.1
    assert json.loads(path.read_bytes())["geometry"]["type"] == "LineString"


@pytest.mark.parametrize(
    "properties",
    [None, [], {"stops": "x"}, {"without_optional": {"length_m": "1"}}, {"engine": 7}, {"stops": [[400, 2]]}],
)
def test_what_others_write_into_a_feature_does_no_harm(tmp_path: Path, properties: object) -> None:
    geometry = {"type": "LineString", "coordinates": [[*at(0, 0), 30], [*at(1, 0), "high"]]}
    path = tmp_path / "way.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}))
    found = read_line(path)
    assert found.origin == Origin()
    assert found.heights is None
    assert len(found.points) == 2


def test_a_profile_keeps_the_ends_and_the_extremes() -> None:
    points = [at(number / 100, 0) for number in range(3000)]
    heights = [30.0] * 3000
    heights[1234], heights[777] = 62.0, 12.0
    found = RouteLine(points, tuple(heights)).profile()
    assert len(found) <= 200
    assert {62.0, 12.0} <= {height for _, height in found}
    assert found[0][0] == 0
    assert found[-1][0] == pytest.approx(length_m(points))
    assert [along for along, _ in found] == sorted(along for along, _ in found)


def test_a_line_is_held_against_the_order_of_its_stops() -> None:
    line = [*SQUARE, SQUARE[0]]
    assert first_out_of_order(line, SQUARE, is_loop=True) is None
    assert first_out_of_order(line, [SQUARE[place] for place in (0, 2, 1, 3)], is_loop=True) == 2
    elsewhere = [*SQUARE[2:], *SQUARE[:3]]  # the same loop, drawn from another corner
    assert first_out_of_order(elsewhere, SQUARE, is_loop=True) is None
    assert first_out_of_order(line[:4], SQUARE[::-1], is_loop=False) == 1


def test_stops_are_so_far_along_the_line() -> None:
    line = [*SQUARE, SQUARE[0]]
    found = along_line(line, [SQUARE[0], None, SQUARE[2], SQUARE[3]])
    side, height = distance_m(SQUARE[0], SQUARE[1]), distance_m(SQUARE[1], SQUARE[2])
    assert found[0] == 0
    assert found[1] is None
    assert found[2] == pytest.approx(side + height, rel=0.001)
    assert found[3] == pytest.approx(2 * side + height, rel=0.001)


def test_a_line_that_turns_around_at_a_stop_passes_its_neighbour_in_order() -> None:
    line = [at(0, 0), at(10, 0), at(10, 0.8), at(10, 0), at(20, 0)]
    stops = [at(0, 0), at(10, 0.8), at(10.1, 0.2), at(20, 0)]
    assert first_out_of_order(line, stops, is_loop=False) is None
    along = along_line(line, stops)
    assert along == sorted(each for each in along if each is not None)
