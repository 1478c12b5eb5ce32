"""A real route of real places: its line, what it tells, and an offline pack that holds the models at its stops."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Route
from carreau.base.schema.lists import Pack, RouteList
from carreau.base.schema.site import Site
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.source_texts import extract
from carreau.command.cli import main
from carreau.site.pages.page_texts import plain
from carreau.site.releases import read_current
from tests.pipeline.site.publish.editions import PROJECT, STATE, edition
from tests.survey_stand_in.stand_in_server import stand_in

SLUG, MODELLED = "arenberg-a-pied", "fosse-d-arenberg"
SHEET = PROJECT / "assets" / "routes" / f"{SLUG}.toml"
STOPS = tuple(re.findall(r'^site = "([^"]+)"', SHEET.read_text(encoding="utf-8"), re.MULTILINE))
BASE = "https://mine.example"


def run(folder: Path, verb: str) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "build/models")]
    cache = ["--cache", str(folder / "cache")]
    return main([verb, "--assets", str(folder / "assets"), *places, "--base-url", BASE, *cache, "--quiet"])


@pytest.fixture(scope="module")
def straight(tiny_scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The route and its places as they are in the catalogue, one of them with a scan, built and published."""
    folder = tmp_path_factory.mktemp("arenberg")
    assets = edition(folder, STOPS)
    shutil.copy(SHEET, assets / "routes")
    for path in (PROJECT / "locales").glob("*/LC_MESSAGES/content.po"):
        shutil.copy(path, folder / path.relative_to(PROJECT))
    for path in tiny_scans.glob("globe*"):
        shutil.copy(path, assets / "sites" / MODELLED)
    with (assets / "sites" / MODELLED / "site.toml").open("a", encoding="utf-8") as file:
        file.write(STATE)
    extract(read_catalogue(assets), folder / "locales")
    assert run(folder, "build") == 0
    return folder


@pytest.fixture(scope="module")
def walkable(straight: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with a line that the stand-in computed."""
    folder = tmp_path_factory.mktemp("walkable") / "edition"
    shutil.copytree(straight, folder)
    with stand_in() as server:
        services = folder / "stand-in.toml"
        services.write_text(server.services(way="snap_m = 80.0"))
        words = ["--assets", str(folder / "assets"), "--services", str(services), "--cache", str(folder / "kept")]
        assert main(["route", SLUG, *words, "--quiet"]) == 0
    assert run(folder, "publish") == 0
    return folder


def answer(folder: Path, path: str, lang: str = "") -> bytes:
    manifest = read_current(folder / "bundle")
    assert manifest is not None
    files = {file.sha256: file.path for file in manifest.files}
    [found] = [each for each in manifest.answers if (each.path, each.lang) == (path, lang)]
    return (folder / "bundle" / files[found.sha256]).read_bytes()


def route(folder: Path, lang: str) -> Route:
    return Route.model_validate_json(answer(folder, f"/v1/routes/{SLUG}", lang))


def test_the_pack_holds_the_models_at_the_stops(walkable: Path) -> None:
    site = Site.model_validate_json(answer(walkable, f"/v1/sites/{MODELLED}", "pl"))
    levels = {level.level: level for state in site.states for level in state.levels}
    for level in ("preview", "phone", "desktop"):
        pack = Pack.model_validate_json(answer(walkable, f"/v1/routes/{SLUG}/pack/{level}", "pl"))
        packed = {file.url: file for file in pack.files}
        assert levels[level].url in packed
        assert packed[levels[level].url].role == "model"
        assert site.states[0].poster[0].url in packed
        for stop in STOPS:
            told = Site.model_validate_json(answer(walkable, f"/v1/sites/{stop}", "pl"))
            assert told.pages["pl"] in packed
            assert f"/v1/sites/{stop}" in packed
        assert {route(walkable, "pl").pages["pl"], route(walkable, "pl").links["gpx"]} <= set(packed)
        for file in pack.files:
            assert (walkable / "bundle" / file.path).stat().st_size == file.bytes


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stops_have_the_first_sentence_of_their_place(straight: Path, lang: str) -> None:
    for stop in route(straight, lang).stops:
        site = Site.model_validate_json(answer(straight, f"/v1/sites/{stop.site}", lang))
        assert stop.text is not None
        assert stop.text.lang == site.summary.lang == lang
        assert stop.text.standing == site.summary.standing
        assert plain(site.summary).startswith(plain(stop.text))


def test_no_length_stands_bare_before_there_is_a_line(straight: Path) -> None:
    told = route(straight, "en")
    assert (told.length_km, told.length_measure.code, told.path_measure.code) == (None, "straight", "indicative")
    assert (told.climb_m, told.duration_min, told.line, told.profile) == (None, None, None, ())
    assert told.straight_km is not None
    assert told.required_straight_km is not None
    assert told.required_straight_km < 2 < 3 < told.straight_km
    assert told.length_text == "at least 3.1 km in straight lines between the stops"
    [card] = RouteList.model_validate_json(answer(straight, "/v1/routes", "en")).routes
    assert (card.length_km, card.length_text) == (None, told.length_text)
    gpx = answer(straight, f"/v1/routes/{SLUG}.gpx", "en").decode()
    assert "3.1 km (at least, in straight lines between the stops)" in gpx
    assert "<rte>" in gpx
    page = answer(straight, "/en/", "en").decode().replace("\u00a0", " ")
    assert "at least 3.1 km in straight lines between the stops" in page


def test_a_computed_line_is_told_alike_everywhere(walkable: Path) -> None:
    told = route(walkable, "en")
    assert told.length_km is not None
    assert told.straight_km is not None
    assert told.length_km > told.straight_km
    assert (told.length_measure.text, told.path_measure.code) == ("computed, not walked", "computed")
    assert told.line is not None
    assert (told.line.engine, told.line.profile, told.line.is_walked) == ("IGN", "pedestrian", False)
    assert told.duration_formula == "DIN 33466"
    assert told.required_km is not None
    assert told.required_km < told.length_km
    along = [stop.along_m for stop in told.stops]
    assert along == sorted(each for each in along if each is not None)
    assert told.profile[-1][0] == pytest.approx(told.length_km * 1000, abs=10)
    gpx = answer(walkable, f"/v1/routes/{SLUG}.gpx", "en").decode()
    assert gpx.count("<ele>") == len(told.path)
    assert "nobody has walked yet" in gpx
    assert f"{told.length_km:.1f} km (computed, not walked)" in gpx
    [line, *_] = json.loads(answer(walkable, f"/v1/routes/{SLUG}.geojson", "en"))["features"]
    assert line["properties"]["length_km"] == told.length_km
    assert (line["properties"]["path_measure"], line["properties"]["is_indicative"]) == ("computed", False)
    described = json.loads(answer(walkable, f"/v1/routes/{SLUG}.jsonld"))
    assert f"{told.length_km:.1f} km (computed, not walked)" in json.dumps(described)
    assert any(each.of.text == "tracé" and "BD TOPO" in each.credit for each in told.rights)
    page = answer(walkable, told.pages["en"], "en").decode()
    assert 'class="route-profile"' in page
    assert "way indicative" not in page
