"""`carreau route` gives routes a line that can be walked, or says in one line why it cannot."""

from __future__ import annotations

import json
import tomllib
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.route import distance_m, passes, read_line
from carreau.catalogue.route_measures import measure_route
from carreau.command.cli import main
from tests.pipeline.aids.conftest import LAT, LON, PLACES, AddRoute
from tests.survey_stand_in.stand_in_server import World
from tests.survey_stand_in.streets import VERSION, height, length, way


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795737600")  # 27 November 2026
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def run(assets: Path, services_file: Path) -> Any:
    def go(*words: str) -> int:
        return main(["route", *words, "--assets", str(assets), "--services", str(services_file)])

    return go


def around(places: list[tuple[float, float]]) -> float:
    ends = [*places[1:], places[0]]
    return sum(length(way(one, other)) for one, other in zip(places, ends, strict=True))


def test_a_line_follows_the_streets_past_all_stops(
    run: Any, add_route: AddRoute, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [*PLACES[:2], (LON + 0.03, LAT + 0.012), PLACES[3]]
    sheet = add_route(places=places, optional=2)
    before = sheet.read_text()
    assert run("essai") == 0
    line = read_line(assets / "routes" / "essai.geojson")
    assert line.effort.length_m == pytest.approx(around(places), rel=0.02)
    assert max(passes(line.points, place)[0] for place in places) < 50
    assert line.heights is not None
    assert [round(each) for each in line.heights[:3]] == [round(height(*point)) for point in line.points[:3]]
    assert max(distance_m(one, other) for one, other in zip(line.points, line.points[1:], strict=False)) < 30
    origin = line.origin
    assert (origin.engine, origin.resource, origin.version) == ("IGN", "bdtopo-osrm", VERSION)
    assert (origin.profile, origin.day, origin.licence) == ("pedestrian", "2026-11-27", "etalab-2.0")
    without = [place for number, place in enumerate(places) if number != 2]
    assert origin.without_optional is not None
    assert origin.without_optional.length_m == pytest.approx(around(without), rel=0.02)
    # The file of the route keeps every other line and comment.
    after = sheet.read_text()
    assert 'path = "essai.geojson"  # le tracé\npath_measure = "computed"\n' in after
    kept = [row for row in before.splitlines() if not row.startswith("path")]
    assert [row for row in after.splitlines() if not row.startswith("path")][: len(kept)] == kept
    [_, of_line] = tomllib.loads(after)["rights"]
    assert of_line["of"] == "tracé"
    assert "non parcouru" in of_line["credit"]
    assert VERSION in of_line["credit"]
    out = capsys.readouterr().out
    assert out.startswith("essai: 7.0 km (5.7 km in straight lines), essai.geojson, ")
    assert "m of climb" in out
    # The catalogue is right with it, and asks for somebody to walk it.
    findings = check_folder(assets).findings
    assert [each.topic for each in findings if each.level == "error" and each.file.startswith("routes/")] == []
    assert any("nobody has walked it" in str(each.cause) for each in findings)
    entry = read_catalogue(assets).routes["essai"]
    known = measure_route(entry.of, places, line)
    assert (known.path_measure, known.formula) == ("computed", "DIN 33466")
    assert known.required_km is not None
    assert known.length_km is not None
    assert known.required_km < known.length_km


def test_a_second_run_asks_nothing_and_a_refreshed_one_changes_nothing(
    run: Any, add_route: AddRoute, assets: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = add_route()
    assert run("essai") == 0
    first, line = sheet.read_bytes(), (assets / "routes" / "essai.geojson").read_bytes()
    asked = world.asked.total()
    capsys.readouterr()
    assert run("essai") == 0
    assert "--refresh replaces it" in capsys.readouterr().out
    assert world.asked.total() == asked
    assert run("essai", "--refresh") == 0
    assert capsys.readouterr().out == "essai: up to date\n"
    assert (sheet.read_bytes(), (assets / "routes" / "essai.geojson").read_bytes()) == (first, line)


def test_a_dry_run_asks_nothing_and_writes_nothing(
    run: Any, add_route: AddRoute, assets: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = add_route(optional=2)
    before = sheet.read_bytes()
    assert run("essai", "--dry-run") == 0
    assert capsys.readouterr().out == "essai: 5 ways to ask for (pedestrian), at least 3.4 km\n"
    assert world.asked.total() == 0
    assert sheet.read_bytes() == before
    assert not (assets / "routes" / "essai.geojson").exists()


def test_what_was_received_is_enough_without_the_network(
    run: Any, add_route: AddRoute, assets: Path, world: World
) -> None:
    sheet = add_route()
    text = sheet.read_text()
    assert run("essai", "--offline") == 1
    assert run("essai") == 0
    line = (assets / "routes" / "essai.geojson").read_bytes()
    (assets / "routes" / "essai.geojson").unlink()
    sheet.write_text(text)
    asked = world.asked.total()
    assert run("essai", "--offline") == 0
    assert world.asked.total() == asked
    assert (assets / "routes" / "essai.geojson").read_bytes() == line


def test_a_cut_run_goes_on_where_it_was(run: Any, add_route: AddRoute, assets: Path, world: World) -> None:
    add_route()
    world.faults["/navigation/itineraire"] = deque([None, None, *[(503, {"Retry-After": "9"})] * 4])
    assert run("essai") == 1
    assert not (assets / "routes" / "essai.geojson").exists()
    world.faults.clear()
    before = world.asked["/navigation"]
    assert run("essai") == 0
    assert world.asked["/navigation"] == before + 2  # of four ways, two were there


@pytest.mark.parametrize(
    ("ways", "code", "told"),
    [
        ("none", 2, "stop 1, 2, 3, 4: the service knows no way to it, the service knows"),
        ("moved", 2, "stop 1, 2, 3, 4: the nearest way is 28,"),
        ("short", 1, "is said to have"),
        ("text", 1, "the answer is cut, or no JSON"),
        ("list", 1, "not application/json"),
        ("unsaid", 1, "does not say how long the way is"),
    ],
)
def test_an_answer_that_is_no_good_is_told_and_not_believed(
    run: Any, add_route: AddRoute, assets: Path, world: World, capsys: pytest.CaptureFixture[str], ways: str, code: int,
    told: str,
) -> None:  # fmt: skip
    sheet = add_route()
    before = sheet.read_bytes()
    world.ways = ways
    assert run("essai") == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("carreau: ") == 1
    assert sheet.read_bytes() == before
    assert not (assets / "routes" / "essai.geojson").exists()
    world.ways = ""
    assert run("essai") == 0  # nothing of the bad answer was kept


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ((400, {}), "HTTP 400 Bad Request; see `carreau route --check`"),
        ((404, {}), "HTTP 404 Not Found; see `carreau route --check`"),
        ((429, {"Retry-After": "900"}), "asks to wait 900 s; run again later"),
    ],
)
def test_a_refusal_names_the_two_stops(
    run: Any, add_route: AddRoute, world: World, capsys: pytest.CaptureFixture[str], fault: Any, told: str
) -> None:
    add_route()
    world.faults["/navigation/itineraire"] = deque([None, fault])
    assert run("essai") == 1
    error = capsys.readouterr().err
    assert "stop 2 to 3" in error
    assert told in error


def test_a_cut_answer_is_asked_for_again(run: Any, add_route: AddRoute, world: World) -> None:
    add_route()
    world.faults["/navigation/itineraire"] = deque(["cut"])
    assert run("essai") == 0
    assert world.asked["/navigation"] == 5


@pytest.mark.parametrize("heights", ["void", "few", "text", "none"])
def test_without_heights_the_line_is_flat_and_that_is_told(
    run: Any, add_route: AddRoute, assets: Path, world: World, capsys: pytest.CaptureFixture[str], heights: str
) -> None:
    add_route()
    world.heights = heights
    assert run("essai") == 0
    line = read_line(assets / "routes" / "essai.geojson")
    assert line.heights is None
    assert line.effort.climb_m is None
    assert "without heights, so without climbs" in capsys.readouterr().out
    world.heights = ""
    assert run("essai", "--refresh") == 0
    assert read_line(assets / "routes" / "essai.geojson").heights is not None


def test_bicycles_are_sent_on_foot_and_told_so(
    run: Any, add_route: AddRoute, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_route(mode="bike")
    assert run("essai") == 0
    assert "the service has no profile for bicycles" in capsys.readouterr().out
    assert read_line(assets / "routes" / "essai.geojson").origin.profile == "pedestrian"
    add_route("bus", mode="bus")
    assert run("bus") == 2
    assert "computes no ways for the travel mode 'bus'" in capsys.readouterr().err


def test_a_drawn_line_is_never_replaced_by_a_computed_one(
    run: Any, add_route: AddRoute, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = add_route()
    drawn = json.dumps({"type": "LineString", "coordinates": [list(each) for each in PLACES]})
    (assets / "routes" / "essai.geojson").write_text(drawn)
    sheet.write_text(sheet.read_text().replace('path = ""', 'path = "essai.geojson"'))
    before = sheet.read_bytes()
    assert run("essai") == 0
    assert capsys.readouterr().out == "essai: has a path that was drawn or imported, essai.geojson\n"
    assert run("essai", "--refresh") == 2
    assert "was drawn or imported" in capsys.readouterr().err
    assert sheet.read_bytes() == before
    assert (assets / "routes" / "essai.geojson").read_text() == drawn


def test_a_new_line_has_to_be_walked_again(run: Any, add_route: AddRoute, assets: Path, world: World) -> None:
    sheet = add_route()
    assert run("essai") == 0
    sheet.write_text(sheet.read_text().replace('"computed"', '"computed"\nwalked = true  # par Anne, en mai', 1))
    assert run("essai", "--refresh") == 0
    assert "walked = true  # par Anne, en mai" in sheet.read_text()  # nothing changed
    moved = sheet.read_text().replace(f"lon = {PLACES[1][0]}", f"lon = {PLACES[1][0] + 0.004}")
    sheet.write_text(moved)
    assert run("essai", "--refresh") == 0
    assert "walked = false  # par Anne, en mai" in sheet.read_text()


def test_what_else_a_line_says_is_renewed_and_its_walk_stays(
    run: Any, add_route: AddRoute, assets: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, line = add_route(), assets / "routes" / "essai.geojson"
    world.heights = "void"
    assert run("essai") == 0
    sheet.write_text(sheet.read_text().replace('"computed"', '"computed"\nwalked = true', 1))
    world.heights = ""
    assert run("essai", "--refresh") == 0
    assert read_line(line).heights is not None
    sheet.write_text(sheet.read_text().replace("optional = false", "optional = true"))
    assert run("essai", "--refresh") == 0
    assert read_line(line).origin.without_optional is None  # the first stop alone is no tour
    sheet.write_text(sheet.read_text().replace("optional = true", "optional = false", 3))
    assert run("essai", "--refresh") == 0
    assert read_line(line).origin.without_optional is not None
    assert "walked = true" in sheet.read_text()
    before = line.read_bytes()
    world.heights = "void"
    capsys.readouterr()
    assert run("essai", "--refresh") == 0
    assert capsys.readouterr().out == "essai: up to date, with the heights of before: the service gave none\n"
    assert line.read_bytes() == before


def test_one_bad_route_keeps_no_other_from_its_line(
    run: Any, add_route: AddRoute, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_route("a-mauvais", [(LON, LAT), (LON, LAT)]).write_text('name = "', encoding="utf-8")
    add_route("bon")
    assert run("--all") == 2
    told = capsys.readouterr()
    assert "bon: " in told.out
    assert "a-mauvais" in told.err
    assert (assets / "routes" / "bon.geojson").is_file()


def test_a_stop_without_a_position_is_named(run: Any, add_route: AddRoute, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = add_route()
    sheet.write_text(sheet.read_text().replace(f"lon = {PLACES[2][0]}\nlat = {PLACES[2][1]}\n", ""))
    assert run("essai") == 2
    assert "stop 3: nobody knows where this stop is; write its position in [stop.at]" in capsys.readouterr().err


def test_one_stands_where_the_file_says(run: Any, add_route: AddRoute, assets: Path) -> None:
    sheet = add_route()
    gate = LON + 0.02, LAT + 0.002
    at = f'\n[stop.at]\nlon = {gate[0]}\nlat = {gate[1]}\nbasis = "grille"\n\n[stop.place]\nname = "Lieu 1"'
    sheet.write_text(sheet.read_text().replace('\n[stop.place]\nname = "Lieu 1"', at))
    assert run("essai") == 0
    assert passes(read_line(assets / "routes" / "essai.geojson").points, gate)[0] < 50


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name the routes, or use --all"),
        (("nichts",), "there is no route 'nichts'; use one of: essai"),
        (("essai", "--all"), "name the routes, or use --all"),
        (("--all", "--gpx", "x.gpx"), "--gpx is the line of one route"),
        (("essai", "--offline", "--refresh"), "exclude each other"),
        (("--offline", "--check"), "exclude each other"),
    ],
)
def test_wrong_words_are_told(
    run: Any, add_route: AddRoute, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    add_route()
    assert run(*words) == 2
    assert told in capsys.readouterr().err


def test_the_services_are_tried(run: Any, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check") == 0
    told = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in told] == ["ok", "ok", "ok"]
    assert "no bicycles" in told[0]
    assert VERSION in told[1]
    world.ways, world.heights = "moved", "void"
    assert run("--check") == 1
    told = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in told] == ["ok    ", "FAILED", "FAILED"]


def test_json_says_the_same(run: Any, add_route: AddRoute, capsys: pytest.CaptureFixture[str]) -> None:
    add_route()
    assert run("essai", "--json") == 0
    [told] = json.loads(capsys.readouterr().out)["routes"]
    assert (told["route"], told["exit_code"]) == ("essai", 0)


def test_all_stops_that_no_way_leads_to_are_named_at_once(
    run: Any, add_route: AddRoute, assets: Path, services_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_route()
    services_file.write_text(services_file.read_text().replace("[way]", "[way]\nsnap_m = 12.0"))
    assert run("essai") == 2
    error = capsys.readouterr().err
    # Stops 3 and 4 lie 21 and 14 m from their street, the others on it.
    assert "routes/essai.toml, stop 3, 4: the nearest way is 21 m away, the nearest way is 14 m away" in error
    assert not (assets / "routes" / "essai.geojson").exists()
