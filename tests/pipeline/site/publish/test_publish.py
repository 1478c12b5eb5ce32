"""The catalogue becomes a bundle, from the command that the content team runs."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from carreau.base.schema.bundle import Manifest
from carreau.base.schema.itineraries import Route
from carreau.base.schema.lists import Pack, RouteList, SiteList, Territory
from carreau.base.schema.site import Site
from carreau.command.cli import main
from carreau.site.releases import read_current
from carreau.site.verify import verify
from tests.pipeline.site.publish.editions import SITES, STATE, edition, replace


@pytest.fixture(scope="module")
def built(tiny_scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with assets, models and a bundle, made by `carreau build`."""
    folder = tmp_path_factory.mktemp("edition")
    assets = edition(folder)
    site = assets / "sites" / "fosse-mathilde"
    for path in tiny_scans.glob("globe*"):
        shutil.copy(path, site)
    with (site / "site.toml").open("a", encoding="utf-8") as file:
        file.write(STATE)
    assert run(folder, "build") == 0
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """The same, for a test to change."""
    shutil.copytree(built, tmp_path / "edition")
    return tmp_path / "edition"


def run(folder: Path, verb: str, *more: str) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "build/models")]
    address = ["--base-url", "https://mine.example"]
    cache = ["--cache", str(folder / "cache")]
    return main([verb, "--assets", str(folder / "assets"), *places, *address, *cache, "--quiet", *more])


def manifest_of(folder: Path) -> Manifest:
    found = read_current(folder / "bundle")
    assert found is not None
    return found


def answer(folder: Path, path: str, lang: str = "") -> bytes:
    manifest = manifest_of(folder)
    files = {file.sha256: file.path for file in manifest.files}
    [found] = [each for each in manifest.answers if (each.path, each.lang) == (path, lang)]
    return (folder / "bundle" / files[found.sha256]).read_bytes()


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_the_bundle_is_whole(built: Path) -> None:
    verified = verify(built / "bundle")
    assert (verified.exit_code, verified.stray) == (0, ())
    manifest = manifest_of(built)
    assert (manifest.sites, manifest.routes, manifest.base_url) == (3, 1, "https://mine.example")
    assert {origin.path for origin in manifest.sources} >= {"assets/sites/fosse-mathilde/site.toml"}


def test_a_site_is_told_in_five_languages(built: Path) -> None:
    sites = {lang: Site.model_validate_json(answer(built, "/v1/sites/fosse-mathilde", lang)) for lang in
             ("fr", "en", "nl", "de", "pl")}  # fmt: skip
    assert (sites["fr"].name.text, sites["fr"].name.standing) == ("Fosse Mathilde", "source")
    assert (sites["pl"].summary.lang, sites["pl"].summary.standing) == ("pl", "unreviewed")
    assert sites["de"].description is not None
    assert sites["de"].description.lang in ("de", "en")
    assert sites["fr"].period is not None
    assert (sites["fr"].period.edtf, sites["fr"].period.text) == ("1831/1862", "de 1831 à 1862")
    assert sites["en"].routes == ("essai",)
    assert any(fact.is_disputed for fact in sites["en"].facts)


def test_a_state_has_its_levels_with_all_that_a_phone_asks(built: Path) -> None:
    site = Site.model_validate_json(answer(built, "/v1/sites/fosse-mathilde", "en"))
    [state] = site.states
    augmented = {"ar-android", "ar-ios", "ar-table-android", "ar-table-ios"}
    assert {level.level for level in state.levels} == {"preview", "phone", "desktop", *augmented}
    assert state.ar is not None
    assert state.bounds_m is not None
    low, high = state.bounds_m
    assert state.ar.table_scale == pytest.approx(0.6 / max(high[axis] - low[axis] for axis in range(3)), rel=0.05)
    for level in state.levels:
        path = built / "bundle" / level.path
        assert level.url == f"/{level.path}"
        assert path.stat().st_size == level.bytes
        assert level.triangles > 0
        assert (level.brotli_bytes is None) == level.level.startswith("ar-")
    assert state.poster[0].width > 0
    assert state.bounds_m is not None
    assert state.licence_url == "https://creativecommons.org/licenses/by/4.0/"


def test_every_address_that_a_document_names_is_answered(built: Path) -> None:
    manifest = manifest_of(built)
    paths = {each.path for each in manifest.answers}
    for lang in ("fr", "pl"):
        site = Site.model_validate_json(answer(built, "/v1/sites/fosse-mathilde", lang))
        route = Route.model_validate_json(answer(built, "/v1/routes/essai", lang))
        assert {*site.links.values(), *route.links.values(), *route.packs.values()} <= paths
        assert {site.outline} <= paths
    listed = SiteList.model_validate_json(answer(built, "/v1/sites", "nl"))
    assert [card.slug for card in listed.sites] == ["fosse-d-arenberg", "fosse-mathilde", "terril-renard"]
    assert {card.url for card in listed.sites} <= paths
    routes = RouteList.model_validate_json(answer(built, "/v1/routes", "nl"))
    assert [route.url for route in routes.routes] == ["/v1/routes/essai"]


def test_a_pack_holds_what_its_walk_needs(built: Path) -> None:
    pack = Pack.model_validate_json(answer(built, "/v1/routes/essai/pack/phone", "fr"))
    roles = {file.role for file in pack.files}
    assert {"data", "poster", "model", "ar"} <= roles
    assert pack.bytes == sum(file.brotli_bytes or file.bytes for file in pack.files)
    for file in pack.files:
        assert (built / "bundle" / file.path).stat().st_size == file.bytes
    small = Pack.model_validate_json(answer(built, "/v1/routes/essai/pack/preview", "fr"))
    assert small.bytes < pack.bytes
    assert small.id != pack.id


def test_search_finds_without_accents_and_in_other_languages(built: Path) -> None:
    database = sqlite3.connect(f"file:{built / 'bundle/a' / manifest_of(built).database}.sqlite?mode=ro", uri=True)
    query = "SELECT slug, lang FROM entry WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
    assert ("fosse-mathilde", "en") in database.execute(query, ("mathilde",)).fetchall()
    assert database.execute("SELECT count(*) FROM place").fetchone() == (3,)
    assert database.execute("SELECT what FROM has ORDER BY what").fetchall() == [("ar",), ("model",)]
    database.close()


def test_nothing_changed_writes_nothing(folder: Path) -> None:
    assert run(folder, "build") == 0  # the copies have other times
    before = stamps(folder)
    assert run(folder, "build") == 0
    assert stamps(folder) == before


def test_a_changed_caption_touches_no_model(folder: Path) -> None:
    assert run(folder, "build") == 0
    first, models = manifest_of(folder), stamps(folder / "build")
    replace(
        folder / "assets/sites/terril-renard/site.toml", 'name = "Terril Renard (n° 162)"', 'name = "Terril du Renard"'
    )
    assert run(folder, "build") == 0
    assert stamps(folder / "build") == models
    assert manifest_of(folder).release != first.release
    english = Site.model_validate_json(answer(folder, "/v1/sites/terril-renard", "en"))
    assert english.name.lang == "fr", "a translation of what French no longer says is not served as current"
    assert run(folder, "publish", "--rollback") == 0
    assert manifest_of(folder) == first


def test_the_same_inputs_have_the_same_bytes(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built / "assets", tmp_path / "assets")
    shutil.copytree(built / "locales", tmp_path / "locales")
    shutil.copytree(built / "build/models", tmp_path / "build/models")
    assert run(tmp_path, "publish") == 0
    first, second = (folder / "bundle/manifest.json" for folder in (built, tmp_path))
    assert first.read_bytes() == second.read_bytes()


def test_an_error_of_the_catalogue_publishes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = manifest_of(folder)
    replace(folder / "assets/sites/terril-renard/site.toml", 'kind = "terril"', 'kind = "colline"')
    assert run(folder, "build") == 2
    output = capsys.readouterr().err
    assert "sites/terril-renard/site.toml" in output
    assert "carreau check" in output
    assert manifest_of(folder) == before


def test_a_scan_that_fails_keeps_what_was_built_and_publishes_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "assets/sites/fosse-mathilde/globe.obj").write_text("v 0 0 0\nf 1 2 9\n")
    replace(
        folder / "assets/sites/terril-renard/site.toml", 'name = "Terril Renard (n° 162)"', 'name = "Terril du Renard"'
    )
    assert run(folder, "build") == 2
    assert "globe.obj" in capsys.readouterr().err
    site = Site.model_validate_json(answer(folder, "/v1/sites/fosse-mathilde", "fr"))
    assert len(site.states[0].levels) == 7
    renamed = Site.model_validate_json(answer(folder, "/v1/sites/terril-renard", "fr"))
    assert renamed.name.text == "Terril du Renard"


def test_a_copy_is_a_static_site(built: Path, tmp_path: Path) -> None:
    assert run(built, "publish", "--to", f"file://{tmp_path / 'host'}") == 0
    data = json.loads((tmp_path / "host/v1/sites/fosse-mathilde.fr.json").read_bytes())
    assert (tmp_path / "host" / data["states"][0]["levels"][0]["url"].lstrip("/")).is_file()
    for identifier in ("id/sites/fosse-mathilde", "id/routes/essai", "id/publisher"):
        assert b'http-equiv="refresh"' in (tmp_path / "host" / identifier / "index.html").read_bytes()
    assert verify(tmp_path / "host").exit_code == 0


def test_hostile_slugs_and_texts_stay_inside(folder: Path) -> None:
    replace(
        folder / "assets/sites/terril-renard/site.toml",
        'name = "Terril Renard (n° 162)"',
        'name = "../<img/src=x onerror=alert(1)>"',  # which is not written as the HTML that is refused
    )
    assert run(folder, "publish") == 0
    assert all(".." not in each.static for each in manifest_of(folder).answers)
    assert verify(folder / "bundle").exit_code == 0


def test_the_territory_is_built_from_the_catalogue_alone(built: Path) -> None:
    for lang, title in (("fr", "Le territoire en maquette"), ("de", "Das Gebiet als Tischmodell")):
        told = Territory.model_validate_json(answer(built, "/v1/territory", lang))
        assert told.title.text == title
        assert [place.slug for place in told.places] == sorted(SITES)
        assert {place.slug: place.height.code for place in told.places if place.height.code != "hypothetical"} == {
            "terril-renard": "deduced"
        }
        assert [part.name for part in told.state.parts] == ["terril-renard"]
        assert [place.page for place in told.places] == [
            Site.model_validate_json(answer(built, f"/v1/sites/{place.slug}", lang)).pages[lang]
            for place in told.places
        ]
        names = {level.level for level in told.state.levels}
        assert names == {"phone", "ar-android", "ar-ios"}
        phone = next(level for level in told.state.levels if level.level == "phone")
        assert (built / "bundle" / phone.url[1:]).read_bytes()[:4] == b"glTF"
        assert phone.bytes < 400_000
        for picture in (*told.wide.pictures, *told.tall.pictures):
            assert (built / "bundle" / picture.url[1:]).is_file()
        assert all(place.picture and place.picture.bytes <= 20_000 for place in told.places)
        assert told.pages["pl"] == "/pl/"


def test_pages_of_places_without_a_model_show_their_corner(built: Path) -> None:
    assert b'<carreau-viewer territory reveal="manual" place="terril-renard"' in answer(
        built, "/fr/sites/terril-renard", "fr"
    )
    assert b"<carreau-viewer territory" not in answer(built, "/fr/sites/fosse-mathilde", "fr")
    assert b'<carreau-viewer territory reveal="manual" lang' in answer(built, "/fr/", "fr")


def test_a_pack_has_the_corner_of_a_stop_without_a_model(built: Path) -> None:
    told = Territory.model_validate_json(answer(built, "/v1/territory", "fr"))
    corners = {place.slug: place.picture.url for place in told.places if place.picture}
    pack = Pack.model_validate_json(answer(built, "/v1/routes/essai/pack/preview", "fr"))
    packed = {file.url for file in pack.files}
    assert corners["terril-renard"] in packed
    assert corners["fosse-mathilde"] not in packed
    assert not any(level.url in packed for level in told.state.levels)


def test_a_damaged_note_of_the_territory_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "build/models/_territory/table/table.json").write_text('{"places": 3}')
    assert run(folder, "publish") == 2
    said = capsys.readouterr().err
    assert "table.json" in said
    assert "Traceback" not in said
