"""The overview knows what each place lacks, and reads again only what changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import ERROR, QUESTION
from carreau.base.languages import TRANSLATED
from carreau.catalogue.catalogue import Entry, read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.i18n.check_translations import Translations, count_status
from carreau.catalogue.i18n.po import FUZZY
from carreau.catalogue.i18n.source_texts import entry_context, list_texts
from carreau.catalogue.site import Site
from carreau.desk.document_file import list_documents
from carreau.desk.entry_checks import checked_site
from carreau.desk.summaries import (
    ERRORS,
    FRENCH,
    MODEL,
    PICTURE,
    QUESTIONS,
    STALE_TEXTS,
    Overview,
    Summaries,
    Summary,
    summaries_file,
)
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.i18n.translated import change, translated
from tests.waiting import wait_until


def whole(places: Summaries) -> Overview:
    wait_until(lambda: not places.current().waiting, "the catalogue is read")
    return places.current()


def by_slug(found: Overview) -> dict[str, Summary]:
    return {each.slug: each for each in found.places}


def test_the_real_places_have_the_figures_of_check_and_texts() -> None:
    assets = PROJECT / "assets"
    found = by_slug(whole(Summaries(assets, PROJECT / "locales", None)))
    checked = check_folder(assets)
    for slug, place in found.items():
        own = [each for each in checked.findings if each.file == f"sites/{slug}/site.toml"]
        assert place.errors == sum(each.level == ERROR for each in own), slug
        assert place.questions == sum(each.level == QUESTION for each in own), slug
    assert len(found) == checked.site_count + checked.demonstration_count + checked.example_count + checked.story_count
    rows = {row.slug: row for row in count_status(read_catalogue(assets), PROJECT / "locales", "").rows}
    for slug, place in found.items():
        assert place.texts == rows[slug].text_count
        assert place.count("missing") == sum(row["missing"] for row in rows[slug].counts.values())
        assert place.count("stale") == sum(row["stale"] for row in rows[slug].counts.values())


def test_what_a_place_lacks(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    found = by_slug(whole(Summaries(catalogue.root, locales, None)))["une"]
    assert STALE_TEXTS in found.lacks()
    assert found.translations is not None
    assert found.translations["nl"]["stale"] == 1
    assert found.translations["nl"]["unreviewed"] == 1
    assert not {ERRORS, PICTURE, MODEL, FRENCH} & set(found.lacks())


@pytest.mark.parametrize(
    ("old", "new", "lacks"),
    [
        ('kind = "fosse"', 'kind = "x"', ERRORS),
        ('file = "scan.ply"', 'file = ""', MODEL),
        ('safety = "Rien à craindre."', 'safety = ""', FRENCH),
        ('confidence = "high"', 'confidence = "high"\nquestions = ["Qui ?"]', QUESTIONS),
    ],
)
def test_a_change_by_hand_is_noticed(tmp_path: Path, old: str, new: str, lacks: str) -> None:
    root = written(tmp_path / "assets")
    places = Summaries(root, tmp_path / "locales", None)
    assert lacks not in by_slug(whole(places))["une"].lacks()
    assert old in SITE
    (root / "sites" / "une" / "site.toml").write_text(SITE.replace(old, new), "utf-8")
    assert lacks in by_slug(whole(places))["une"].lacks()


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, store = written(tmp_path / "assets"), summaries_file(tmp_path / "assets", tmp_path / "cache")
    read: list[str] = []

    def noted(path: Path, *rest: Any) -> Entry[Site]:
        read.append(path.parent.name)
        return checked_site(path, *rest)

    monkeypatch.setattr("carreau.desk.entry_checks.checked_site", noted)
    first = whole(Summaries(root, tmp_path / "locales", store))
    assert sorted(set(read)) == ["deux", "une"]
    read.clear()
    again = Summaries(root, tmp_path / "locales", store)
    assert whole(again) == first
    assert read == []
    path = root / "sites" / "une" / "site.toml"
    path.write_text(SITE.replace("Fosse Une", "Fosse Un"), "utf-8")
    assert by_slug(whole(again))["une"].name == "Fosse Un"
    assert read == ["une"]


def test_a_place_that_comes_or_goes_changes_the_links_of_others(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    places = Summaries(root, tmp_path / "locales", None)
    assert by_slug(whole(places))["une"].errors == 0
    shutil.move(root / "sites" / "deux", tmp_path / "deux")
    assert by_slug(whole(places))["une"].errors == 1  # [l’autre](site:deux)
    shutil.move(tmp_path / "deux", root / "sites" / "deux")
    assert by_slug(whole(places))["une"].errors == 0


def test_an_element_that_two_places_claim_is_an_error(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    shutil.copytree(root / "sites" / "une", root / "sites" / "trois")
    found = by_slug(whole(Summaries(root, tmp_path / "locales", None)))
    assert (found["trois"].errors, found["une"].errors) in ((0, 1), (1, 0))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "places": {"une": {}}}'])
def test_a_damaged_store_is_made_anew(tmp_path: Path, content: bytes) -> None:
    root, store = written(tmp_path / "assets"), tmp_path / "store.json"
    store.write_bytes(content)
    assert set(by_slug(whole(Summaries(root, tmp_path / "locales", store)))) == {"une", "deux"}


def test_translations_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    (locales / "nl" / "LC_MESSAGES" / "content.po").write_bytes(b"\xff")
    found = whole(Summaries(catalogue.root, locales, None))
    assert found.problem is not None
    assert "UTF-8" in found.problem


def test_a_file_that_is_no_toml_has_an_error(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    (root / "sites" / "une" / "site.toml").write_text("name = “a”", "utf-8")
    found = by_slug(whole(Summaries(root, tmp_path / "locales", None)))["une"]
    assert found.errors == 1
    assert found.name == "une"


def test_routes_trails_shows_and_maps_have_the_figures_of_check_and_texts() -> None:
    assets = PROJECT / "assets"
    found = whole(Summaries(assets, PROJECT / "locales", None)).others
    checked = check_folder(assets)
    files = {(each.file.kind, each.file.slug): each.file.name for each in list_documents(assets)}
    assert {each.kind for each in found} == {"route", "trail", "show", "scene"}
    for each in found:
        own = [finding for finding in checked.findings if finding.file == files[each.kind, each.slug]]
        assert each.errors == sum(finding.level == ERROR for finding in own), each.slug
        assert each.questions == sum(finding.level == QUESTION for finding in own), each.slug
        assert MODEL not in each.lacks()
    entries = {entry_context(entry): entry for entry in read_catalogue(assets).entries()}
    translations = Translations(PROJECT / "locales")
    for each in found:
        texts = list(list_texts(entries[f"{each.kind}.{each.slug}"]))
        assert each.texts == len(texts)
        assert each.count("missing") == sum(
            language not in translations.own(text.context, text.text) for text in texts for language in TRANSLATED
        )


def test_a_stale_translation_of_a_route_is_noticed(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    summaries = Summaries(catalogue.root, locales, None)
    route = next(each for each in whole(summaries).others if each.kind == "route")
    assert STALE_TEXTS not in route.lacks()
    change(locales, (f"route.{route.slug}.summary", "Deux arrêts."), target="Oud.", flags=(FUZZY,), former="Autre.")
    assert STALE_TEXTS in next(each for each in whole(summaries).others if each.kind == "route").lacks()


def test_a_route_is_read_again_when_a_place_where_it_stops_is_another(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    summaries = Summaries(root, tmp_path / "locales", None)

    def questions() -> int:
        return next(each for each in whole(summaries).others if each.kind == "route").questions

    before = questions()
    path = root / "sites" / "une" / "site.toml"
    path.write_text(path.read_text("utf-8").replace("lon = 3.4\n", "lon = 3.35\n", 1), "utf-8")
    assert questions() > before
