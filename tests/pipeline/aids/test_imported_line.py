"""A line comes from whatever GPX receivers and planners write, or is refused in one line."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.aids.imported_line import imported_line, simplify_line
from carreau.base.errors import FormatError
from carreau.catalogue.route import distance_m, length_m, passes, read_line
from carreau.command.cli import main
from carreau.formats.geodata import LARGEST_BYTES
from tests.pipeline.aids.conftest import LAT, LON, PLACES, AddRoute
from tests.survey_stand_in.streets import way

DAY = date(2026, 11, 27)
ENDS = [*PLACES[1:], PLACES[0]]
TRACK = [point for one, other in zip(PLACES, ENDS, strict=True) for point in way(one, other)]


def points(track: list[tuple[float, float]], name: str = "trkpt", inner: str = "") -> str:
    return "".join(f'<{name} lat="{lat:.6f}" lon="{lon:.6f}">{inner}</{name}>' for lon, lat in track)


def gpx(body: str, version: str = "1.1", space: str = "http://www.topografix.com/GPX/1/1") -> str:
    return f'<?xml version="1.0"?>\n<gpx version="{version}" creator="test" xmlns="{space}">{body}</gpx>'


def track(segments: str) -> str:
    return gpx(f"<trk><name>Essai</name><trkseg>{segments}</trkseg></trk>")


GOOD = {
    "1.1 track": track(points(TRACK, inner="<ele>41.2</ele>")),
    "1.0 track": gpx(f"<trk><trkseg>{points(TRACK)}</trkseg></trk>", "1.0", "http://www.topografix.com/GPX/1/0"),
    "route": gpx(f"<rte>{points(TRACK, 'rtept')}</rte>"),
    "two segments": gpx(
        f"<trk><trkseg>{points(TRACK[:5])}</trkseg><trkseg/><trkseg>{points(TRACK[5:])}</trkseg></trk>"
    ),
    "prefixed": '<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1"><g:trk><g:trkseg>'
    + points(TRACK, "g:trkpt")
    + "</g:trkseg></g:trk></g:gpx>",
    "waypoints too": gpx(f'<wpt lat="1" lon="1"><name>x</name></wpt><trk><trkseg>{points(TRACK)}</trkseg></trk>'),
    "empty elements": track("".join(f"<trkpt lon='{lon:.6f}' lat='{lat:.6f}'/>" for lon, lat in TRACK)),
    "a comment with points": track(f"<!-- <trkpt lat='0' lon='0'/> -->{points(TRACK)}"),
    "hostile entities": '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + track(points(TRACK)),
    "reversed": track(points(TRACK[::-1])),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_line_is_read_and_runs_as_the_stops_do(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tour.gpx"
    path.write_text(GOOD[kind], encoding="utf-8")
    found = imported_line(path, PLACES, True, DAY)
    assert length_m(found.line.points) == pytest.approx(length_m(TRACK), rel=0.01)
    assert max(passes(found.line.points, place)[0] for place in PLACES) < 60
    assert distance_m(found.line.points[1], TRACK[1]) < 60
    assert any("turned around" in str(each) for each in found.remarks) == (kind == "reversed")
    assert found.line.heights is None  # those of a receiver are not used
    assert found.line.origin.engine == "tour.gpx"
    assert not found.is_recorded


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "tour.gpx"
    path.write_bytes(track(f"<!-- é -->{points(TRACK)}").encode(encoding))
    assert len(imported_line(path, PLACES, True, DAY).line.points) > 5


def test_a_recorded_track_is_known_by_its_times(tmp_path: Path) -> None:
    path = tmp_path / "tour.gpx"
    path.write_text(track(points(TRACK, inner="<ele>40</ele><time>2026-05-01T10:00:00Z</time>")))
    assert imported_line(path, PLACES, True, DAY).is_recorded


def test_times_of_waypoints_and_of_the_file_do_not_make_a_track_recorded(tmp_path: Path) -> None:
    path, time = tmp_path / "tour.gpx", "<time>2026-05-01T10:00:00Z</time>"
    waypoint = f'<wpt lat="{LAT}" lon="{LON}">{time}</wpt>'
    path.write_text(gpx(f"<metadata>{time}</metadata>{waypoint}<trk><trkseg>{points(TRACK)}</trkseg></trk>{waypoint}"))
    assert not imported_line(path, PLACES, True, DAY).is_recorded


def test_a_long_track_without_times_is_read_in_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "tour.gpx"
    many = [(LON + 1e-6 * (number % 2), LAT + 1e-7 * number) for number in range(40_000)]
    path.write_text(track("".join(f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"/>' for lon, lat in many)))
    begun = process_time()
    assert not imported_line(path, [], True, DAY).is_recorded
    assert process_time() - begun < 20  # and not the minutes that a search at each point for the next one takes


BAD = {
    "nothing": (gpx(""), "it has neither a track nor a route"),
    "waypoints": (gpx(points(TRACK, "wpt")), f"it has {len(TRACK)} waypoints, and neither a track nor a route"),
    "one point": (track(points(TRACK[:1])), "its path has fewer than two points"),
    "one place": (track(points(TRACK[:1] * 9)), "its path has fewer than two points"),
    "metres": (track('<trkpt lat="7031850" lon="730376"/>' * 2), "trkpt 1: it has no longitude and latitude"),
    "words": (track('<trkpt lat="x" lon="y"/>' * 2), "trkpt 1: it has no longitude and latitude"),
    "second segment": (
        gpx(f"<trk><trkseg>{points(TRACK)}</trkseg><trkseg><trkpt lat='91' lon='3'/></trkseg></trk>"),
        "trkseg 2, trkpt 1: it has no longitude and latitude",
    ),
    "no longitude": (track(points(TRACK[:2]) + '<trkpt lat="50"/>'), "trkpt 3: it has no longitude and latitude"),
    "not a number": (track('<trkpt lat="nan" lon="3"/>' * 2), "trkpt 1: it has no longitude and latitude"),
    "a page": ("<html><body>404</body></html>", "it is neither GPX nor GeoJSON"),
    "empty": ("", "it is neither GPX nor GeoJSON"),
    "elsewhere": (track(points([(x + 1, y) for x, y in TRACK])), "km from the nearest stop"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_without_a_line_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    text, told = BAD[kind]
    path = tmp_path / "tour.gpx"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        imported_line(path, PLACES, True, DAY)
    assert told in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tour.gpx"
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(FormatError, match="the file is over 20 MB"):
        imported_line(path, PLACES, True, DAY)


def test_a_track_of_a_point_a_second_is_thinned(tmp_path: Path) -> None:
    random.seed(7)
    path, many = tmp_path / "tour.gpx", []
    for one, other in zip(TRACK, [*TRACK[1:], TRACK[0]], strict=True):
        for part in range(500):
            share = part / 500
            many.append(
                (
                    one[0] + (other[0] - one[0]) * share + random.uniform(-1, 1) * 5e-6,
                    one[1] + (other[1] - one[1]) * share + random.uniform(-1, 1) * 5e-6,
                )
            )
    path.write_text(track(points(many)))
    found = imported_line(path, PLACES, True, DAY)
    assert len(found.line.points) < len(many) / 50
    assert any("of its" in str(each) for each in found.remarks)
    assert max(passes(found.line.points, point)[0] for point in many[::97]) < 3


def test_gaps_and_missed_stops_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tour.gpx"
    half = [(LON, LAT), (LON + 0.002, LAT)], [(LON + 0.009, LAT), (LON + 0.012, LAT + 0.001)]
    segments = "".join(f"<trkseg>{points(each)}</trkseg>" for each in half)
    path.write_text(gpx(f"<trk>{segments}</trk>"))
    told = [str(each) for each in imported_line(path, PLACES, True, DAY).remarks]
    assert any(each.startswith("it has a gap of 49") for each in told)
    assert sum(each.startswith("it passes stop") for each in told) == 2


@given(st.lists(st.tuples(st.floats(3.39, 3.41), st.floats(50.37, 50.39)), min_size=2, max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_thinned_line_stays_near_and_keeps_its_ends(line: list[tuple[float, float]]) -> None:
    found = simplify_line(line, 10.0)
    assert (found[0], found[-1]) == (line[0], line[-1])
    assert all(point in line for point in found)
    if len(found) > 1:
        assert max(passes(found, point)[0] for point in line) < 10.5


def test_the_command_imports_and_asks_for_heights(
    tmp_path: Path, add_route: AddRoute, assets: Path, services_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, path = add_route(), tmp_path / "tour.gpx"
    path.write_text(GOOD["reversed"])
    words = ["--assets", str(assets), "--services", str(services_file), "--cache", str(tmp_path / "kept")]
    assert main(["route", "essai", "--gpx", str(path), "--dry-run", *words]) == 0
    assert not (assets / "routes" / "essai.geojson").exists()
    assert main(["route", "essai", "--gpx", str(path), *words]) == 0
    assert "turned around" in capsys.readouterr().out
    line = read_line(assets / "routes" / "essai.geojson")
    assert line.heights is not None
    assert line.origin.engine == "tour.gpx"
    assert 'path_measure = "documented"' in sheet.read_text()
    path.write_text(track(points(TRACK, inner="<time>2026-05-01T10:00:00Z</time>")))
    assert main(["route", "essai", "--gpx", str(path), *words]) == 0
    assert "--refresh replaces it" in capsys.readouterr().out
    assert main(["route", "essai", "--gpx", str(path), "--refresh", *words]) == 0
    assert 'path_measure = "measured"' in sheet.read_text()
    drawn = tmp_path / "drawn.geojson"
    drawn.write_text(json.dumps({"type": "LineString", "coordinates": [list(each) for each in TRACK]}))
    assert main(["route", "essai", "--gpx", str(drawn), "--refresh", *words]) == 0
    assert read_line(assets / "routes" / "essai.geojson").origin.engine == "drawn.geojson"
    assert main(["route", "essai", "--gpx", str(tmp_path / "none.gpx"), "--refresh", *words]) == 2
