"""Dates, quantities and places are said as each of the five languages says them."""

from __future__ import annotations

import re

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.translator import NOTHING, Translator
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.formatting import (
    format_area,
    format_distance,
    format_duration,
    format_position,
    format_quantity,
    format_when,
)
from carreau.catalogue.site import UNITS
from carreau.catalogue.table_reader import parse_when
from tests.conftest import PROJECT

IN = [Translator(language) for language in LANGUAGES]


def plain(texts: list[str]) -> str:
    """Return texts with spaces that do not break as others, to be read here."""
    return re.sub("[\u00a0\u202f]", " ", " | ".join(texts))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1831", "1831 | 1831 | 1831 | 1831 | 1831"),
        ("1924~", "vers 1924 | about 1924 | omstreeks 1924 | um 1924 | około 1924"),
        ("1831-07", "juillet 1831 | July 1831 | juli 1831 | Juli 1831 | lipiec 1831"),
        ("1831-07-15", "15 juillet 1831 | 15 July 1831 | 15 juli 1831 | 15. Juli 1831 | 15 lipca 1831"),
        ("1831-07-01", "1er juillet 1831 | 1 July 1831 | 1 juli 1831 | 1. Juli 1831 | 1 lipca 1831"),
        ("1831-07-21", "21 juillet 1831 | 21 July 1831 | 21 juli 1831 | 21. Juli 1831 | 21 lipca 1831"),
        ("1910-08~", "vers août 1910 | about August 1910 | omstreeks augustus 1910 | um August 1910 | około sierpnia 1910"),  # noqa: E501
        ("1831/1862", "de 1831 à 1862 | from 1831 to 1862 | van 1831 tot 1862 | von 1831 bis 1862 | od 1831 do 1862"),
        ("1920~/1930", "vers 1920 – 1930 | about 1920 – 1930 | omstreeks 1920 – 1930 | um 1920 – 1930 | około 1920 – 1930"),  # noqa: E501
        (
            "1903-06/1907-12-04",
            "juin 1903 – 4 décembre 1907 | June 1903 – 4 December 1907 | juni 1903 – 4 december 1907 | "
            "Juni 1903 – 4. Dezember 1907 | czerwiec 1903 – 4 grudnia 1907",
        ),
        ("1946/..", "depuis 1946 | since 1946 | sinds 1946 | seit 1946 | od 1946"),
        (
            "1946~/..",
            "depuis 1946 environ | since about 1946 | sinds omstreeks 1946 | seit etwa 1946 | od około 1946",
        ),
        (
            "1961-08-28/..",
            "depuis le 28 août 1961 | since 28 August 1961 | sinds 28 augustus 1961 | seit dem 28. August 1961 | "
            "od 28 sierpnia 1961",
        ),
        ("../1862", "jusqu’en 1862 | until 1862 | tot 1862 | bis 1862 | do 1862"),
        (
            "/1862-08-30",
            "jusqu’au 30 août 1862 | until 30 August 1862 | tot 30 augustus 1862 | bis zum 30. August 1862 | "
            "do 30 sierpnia 1862",
        ),
    ],
)  # fmt: skip
def test_dates_are_said_as_exactly_as_they_were_written(text: str, said: str) -> None:
    assert plain([format_when(parse_when(text), wording) for wording in IN]) == said


def test_nothing_is_said_of_no_date() -> None:
    assert format_when(None, IN[0]) == ""


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (549000, "t", "549 000 t | 549,000 t | 549.000 t | 549.000 t | 549 000 t"),
        (31.845, "Mt", "31,845 Mt | 31.845 Mt | 31,845 Mt | 31,845 Mt | 31,845 Mt"),
        (0.061, "ha", "0,061 ha | 0.061 ha | 0,061 ha | 0,061 ha | 0,061 ha"),
        (1660, "m²", "1 660 m² | 1,660 m² | 1.660 m² | 1.660 m² | 1 660 m²"),
        (59.7, "%", "59,7 % | 59.7% | 59,7% | 59,7 % | 59,7%"),
        (2700000, "EUR", "2 700 000 € | €2,700,000 | € 2.700.000 | 2.700.000 € | 2 700 000 €"),
        (1.5, "EUR", "1,50 € | €1.50 | € 1,50 | 1,50 € | 1,50 €"),
        (5500, "francs", "5 500 francs | 5,500 francs | 5.500 frank | 5.500 Francs | 5 500 franków"),
        (1, "mineurs", "1 mineur | 1 miner | 1 mijnwerker | 1 Bergmann | 1 górnik"),
        (22, "mineurs", "22 mineurs | 22 miners | 22 mijnwerkers | 22 Bergleute | 22 górnicy"),
        (118, "logements", "118 logements | 118 dwellings | 118 woningen | 118 Wohnungen | 118 mieszkań"),
        (8, "lignes", "8 lignes | 8 rows | 8 rijen | 8 Reihen | 8 rzędów"),
        (88, "espèces", "88 espèces | 88 species | 88 soorten | 88 Arten | 88 gatunków"),
        (3, "ans", "3 ans | 3 years | 3 jaar | 3 Jahre | 3 lata"),
        (45, "°", "45° | 45° | 45° | 45° | 45°"),
        (16, "", "16 | 16 | 16 | 16 | 16"),
        ("oui", "m", "oui | oui | oui | oui | oui"),
        ("> 50", "m", "> 50 m | > 50 m | > 50 m | > 50 m | > 50 m"),
        ("24 × 28", "m", "24 × 28 m | 24 × 28 m | 24 × 28 m | 24 × 28 m | 24 × 28 m"),
        (
            "> 2000",
            "mineurs",
            "> 2000 mineurs | > 2000 miners | > 2000 mijnwerkers | > 2000 Bergleute | > 2000 górników",
        ),
        ("< 4,70", "EUR", "< 4,70 € | < €4,70 | < € 4,70 | < 4,70 € | < 4,70 €"),
        ("3 à 5 m", "m", "3 à 5 m | 3 à 5 m | 3 à 5 m | 3 à 5 m | 3 à 5 m"),
        ("1831", "", "1831 | 1831 | 1831 | 1831 | 1831"),
        (None, "m", " | ".join([NOTHING] * 5)),
    ],
)
def test_facts_are_said_with_their_unit(value: str | float | None, unit: str, said: str) -> None:
    assert plain([format_quantity(value, unit, wording) for wording in IN]) == said


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_is_said_otherwise_than_by_its_code_where_it_is_a_word(unit: str) -> None:
    for wording in IN[1:]:
        said = format_quantity(7, unit, wording)
        assert "7" in said
        assert unit not in said or len(unit) <= 3 or unit in ("francs", "habitants")


def test_ways_times_surfaces_and_places() -> None:
    assert plain([format_distance(347.6, each) for each in IN]) == "348 m | 348 m | 348 m | 348 m | 348 m"
    assert plain([format_distance(999.6, each) for each in IN[:2]]) == "1 km | 1 km"
    assert plain([format_distance(6900, each) for each in IN]) == "6,9 km | 6.9 km | 6,9 km | 6,9 km | 6,9 km"
    assert plain([format_duration(150, each) for each in IN]) == (
        "2 h 30 min | 2 hr 30 min | 2 uur, 30 min | 2 Std., 30 Min. | 2 godz. i 30 min"
    )
    assert plain([format_duration(0, IN[0]), format_duration(120, IN[0])]) == "0 min | 2 h"
    assert (
        plain([format_area(610, IN[0]), format_area(534_000, IN[1]), format_area(None, IN[1])])
        == "610 m² | 53.4 ha | –"
    )
    assert [format_position(-3.38355, -50.3336, each) for each in (IN[0], IN[2], IN[3])] == [
        "50,3336° S, 3,38355° O", "50,3336° Z, 3,38355° W", "50,3336° S, 3,38355° W"
    ]  # fmt: skip


def test_every_date_and_fact_of_the_catalogue_can_be_said() -> None:
    for entry in read_catalogue(PROJECT / "assets").sites.values():
        for wording in IN:
            dates = [format_when(each.when, wording) for each in entry.of.date]
            facts = [format_quantity(each.value, each.unit, wording) for each in entry.of.fact]
            assert all([*dates, *facts]), entry.slug
            assert not any("%(" in each or "~" in each or "/" in each for each in dates), entry.slug


@pytest.mark.parametrize(
    ("language", "label", "words"),
    [
        ("fr", "simplify tile 3", "simplifier la partie 3"),
        ("en", "simplify tile 12", "simplify tile 12"),
        ("de", "simplify phone", "vereinfachen (Telefon)"),
        ("nl", "no such step 4", "no such step 4"),
    ],
)
def test_a_step_has_the_level_or_the_number_after_its_name(language: str, label: str, words: str) -> None:
    assert Translator(language).step(label) == words
