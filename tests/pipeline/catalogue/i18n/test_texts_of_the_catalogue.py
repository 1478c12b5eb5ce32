"""The texts of the 53 sites are there in the languages that were asked for, whole, and honest about who read them."""

from __future__ import annotations

import gettext
import io
import re

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from carreau.base.languages import LANGUAGES, SOURCE, TRANSLATED, content_file
from carreau.base.package_folders import LOCALES
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import STALE, Translations
from carreau.catalogue.i18n.fidelity import find_faults
from carreau.catalogue.i18n.po import Unit, read_book
from carreau.catalogue.i18n.source_texts import texts_in
from tests.conftest import PROJECT

CATALOGUE = read_catalogue(PROJECT / "assets")
INSCRIBED = sorted(slug for slug, entry in CATALOGUE.sites.items() if entry.of.inscription)
TRANSLATIONS = Translations()


def units(language: str) -> tuple[Unit, ...]:
    return read_book(content_file(LOCALES, language)).units


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_file_compiles(language: str) -> None:
    with content_file(LOCALES, language).open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog, use_fuzzy=True)
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    for unit in units(language):
        assert found.pgettext(unit.context, unit.text) == (unit.target or unit.text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_what_their_french_says(language: str) -> None:
    """Placeholders, links, numbers, years and dates: no false alarm in 1,239 texts of each language."""
    limits = {(each.context, each.text): each.limit for each in texts_in(CATALOGUE)}
    found = {unit.context: find_faults(unit, language, limits[unit.key]) for unit in units(language)}
    assert {context: str(each[0].cause) for context, each in found.items() if each} == {}


def test_all_inscribed_places_are_looked_at() -> None:
    assert len(INSCRIBED) == 53


@pytest.mark.parametrize("slug", INSCRIBED)
def test_every_site_is_told_in_the_languages_asked_for(slug: str) -> None:
    site = CATALOGUE.sites[slug].of
    for key, languages in (("name", LANGUAGES), ("summary", LANGUAGES), ("description", ("fr", "en"))):
        own = TRANSLATIONS.own(f"site.{slug}.{key}", getattr(site, key))
        assert {code for code, said in own.items() if said.text and said.standing != STALE} >= set(languages), key


@pytest.mark.parametrize("slug", sorted(CATALOGUE.routes))
def test_every_route_has_its_name_and_summary(slug: str) -> None:
    route = CATALOGUE.routes[slug].of
    for key in ("name", "summary"):
        assert set(TRANSLATIONS.own(f"route.{slug}.{key}", getattr(route, key))) == set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_head_of_a_file_says_where_it_comes_from(language: str) -> None:
    notes = " ".join(read_book(content_file(LOCALES, language)).header.notes)
    assert "researched texts" in notes
    assert "unreviewed" in notes


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_file_holds_a_date_of_its_making(language: str) -> None:
    assert "Creation-Date" not in read_book(content_file(LOCALES, language)).header.target


QUOTES = {"fr": "«»", "en": "“”", "nl": "‘’", "de": "„“", "pl": "„”"}
"""The quotation marks of each language."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_and_apostrophes_are_those_of_the_language(language: str) -> None:
    """An apostrophe is ’ in all of them; a mark of another language may stand only for words left in French."""
    texts = (
        {each.context: each.text for each in texts_in(CATALOGUE)}
        if language == SOURCE
        else {unit.context: unit.target for unit in units(language)}
    )
    foreign = {*"«»“”„‘'\""} - {*QUOTES[language]}
    assert {context: text for context, text in texts.items() if foreign & {*text}} == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_thousands_are_written_in_one_way(language: str) -> None:
    separated = {"en": r"\d[. \u00a0\u202f]\d{3}(?!\d| m\b)", "pl": r"\d[.,]\d{3}(?!\d| m\b)"}.get(
        language, r"\d[ \u00a0\u202f]\d{3}(?!\d)|(?<![\d.])\d\.\d{3}(?!\d)"
    )
    found = {unit.context: unit.target for unit in units(language) if re.search(separated, unit.target)}
    assert found == {}
