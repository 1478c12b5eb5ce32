"""A translation keeps placeholders, links, numbers and dates of its text, and no hidden character comes in."""

from __future__ import annotations

import re

import pytest

from carreau.base.errors import ERROR, QUESTION
from carreau.base.languages import LANGUAGES, TRANSLATED, content_file
from carreau.base.package_folders import LOCALES
from carreau.catalogue.i18n.fidelity import confirming, faults, find_faults, numbers_in, spelling
from carreau.catalogue.i18n.po import Unit, read_book
from tests.pipeline.catalogue.i18n.books import reviewed, stale


def signs(text: str, target: str, language: str = "en") -> list[str]:
    return [each.sign for each in faults(text, target, language)]


def levels(text: str, target: str, language: str = "en") -> list[tuple[str, str]]:
    return [(each.level, each.topic) for each in faults(text, target, language)]


@pytest.mark.parametrize(
    ("french", "language", "target"),
    [
        ("2 000 mineurs", "en", "2,000 miners"),
        ("2\u202f000 mineurs", "nl", "2.000 mijnwerkers"),
        ("5,7 km", "en", "5.7 km"),
        ("5,7 km", "de", "5,7 km"),
        ("1 234,5 t", "en", "1,234.5 t"),
        ("au XIXe siècle", "en", "in the 19th century"),
        ("au XIXe siècle", "de", "im 19. Jahrhundert"),
        ("au XIXe siècle", "pl", "w XIX wieku"),
        ("au XIXe siècle", "nl", "in de negentiende eeuw"),
        ("au dix-neuvième siècle", "en", "in the 19th century"),
        ("1er avril 1899", "en", "1 April 1899"),
        ("le 12 mai 1906", "en", "on May 12th, 1906"),
        ("le 12 mai 1906", "de", "am 12.5.1906"),
        ("le 12 mai 1906", "pl", "12 maja 1906 r."),
        ("en mai 1906", "pl", "w maju 1906 roku"),
        ("2 écoles", "en", "two schools"),
        ("21 maisons", "nl", "eenentwintig huizen"),
        ("deux écoles", "pl", "2 szkoły"),
        ("soixante-quinze ans", "de", "75 Jahre"),
        ("les années 1930", "en", "the 1930s"),
        ("les années 1930", "de", "die dreißiger Jahre"),
        ("les années 1960", "pl", "lata 60. XX wieku"),
        ("les années 60", "nl", "de jaren zestig"),
        ("de 1914 à 1918", "en", "from 1914–18"),
        ("la guerre de 14-18", "de", "der Krieg 1914–1918"),
        ("1,5 million de tonnes", "en", "1,500,000 tonnes"),
        ("ouvert à 14 h 30", "en", "open at 2.30 pm"),
        ("ouvert à 14 h 30", "pl", "otwarte o 14.30."),
        ("ouvert à 14 h", "de", "geöffnet um 14 Uhr"),
        ("ouvert à 14 h", "nl", "open om 14.00 uur"),
        ("Napoléon III", "de", "Napoleon III."),
        ("square du 8-Mai-1945", "de", "Square du 8-Mai-1945"),
        ("le 30/06/2012", "en", "30 June 2012"),
    ],
)
def test_the_same_number_in_another_language_is_no_difference(french: str, language: str, target: str) -> None:
    assert signs(french, target, language) == []


@pytest.mark.parametrize(
    ("french", "target", "sign"),
    [
        ("La fosse de 1906.", "The pit of 1907.", "-1906 +1907"),
        ("5,7 km", "57 km", "-5.7 +57"),
        ("2 000 mineurs", "200 miners", "-2000 +200"),
        ("le 12 mai 1906", "on 12 June 1906", "-month 5 +month 6"),
        ("au XIXe siècle", "in the 18th century", "-19 +18"),
        ("terril n° 162", "spoil tip", "-162"),
        ("terril", "spoil tip 162", "+162"),
        ("en 1906 et 1906", "in 1906", "-1906"),
        ("ouvert à 14 h", "open at 2 am", "-14 +2"),
    ],
)
def test_another_number_is_a_doubt(french: str, target: str, sign: str) -> None:
    assert [(each.level, each.sign) for each in faults(french, target, "en")] == [(QUESTION, sign)]


@pytest.mark.parametrize(
    ("text", "target", "topic"),
    [
        ("%(n)s lieux", "sites", "broken placeholder"),
        ("La fosse.", "The \u202epit.", "hidden character"),
        ("La fosse.", "The pit\x00.", "hidden character"),
        ("La fosse.", "The pit\u2028.", "hidden character"),
        ("La fosse.", "The\u200b pit.", "hidden character"),
        ("La fosse.", "The \U000e0041pit.", "hidden character"),
        ("Voir [la fosse](site:une).", "See the pit.", "lost link"),
        ("Voir [la fosse](site:une).", "See [the pit](site:deux).", "lost link"),
        ("La fosse.", "The [pit](https://example.org).", "lost link"),
        ("Voir https://example.org/a.", "See there.", "lost link"),
        ("Écrire à a@example.org.", "Write to us.", "lost link"),
        ("La fosse.", "The <b>pit</b>.", "markup"),
    ],
)
def test_what_is_lost_or_hidden_is_an_error(text: str, target: str, topic: str) -> None:
    assert levels(text, target) == [(ERROR, topic)]


def test_a_text_that_is_too_long_is_an_error() -> None:
    assert [each.topic for each in faults("Fosse", "M" * 81, "en", 80)] == ["too long"]


def test_an_address_in_another_language_is_a_doubt() -> None:
    assert levels("Voir https://example.org/fr.", "See https://example.org/en.") == [(QUESTION, "other address")]


def test_what_a_text_needs_itself_is_allowed() -> None:
    arabic = "Mine \u200fعربي"
    assert faults(arabic, f"{arabic} (pit)", "en") == []
    assert faults("Voir [ici](media:vue) %(n)s", "See [here](media:vue) %(n)s", "en") == []


def test_a_confirmed_doubt_is_told_no_more_until_it_is_another() -> None:
    unit = reviewed("site.une.summary", "La fosse de 1906.", "The pit.")
    found = find_faults(unit, "en")
    assert [each.sign for each in found] == ["-1906"]
    notes = confirming(("Old note.", "confirmed: -12"), found)
    assert notes == ("Old note.", "confirmed: -1906")
    confirmed = Unit(unit.context, unit.text, unit.target, notes=notes)
    assert find_faults(confirmed, "en") == []
    assert find_faults(Unit(unit.context, unit.text, "The pit of 1905.", notes=notes), "en") != []


def test_a_stale_translation_is_compared_with_the_french_it_is_of() -> None:
    assert find_faults(stale("x", "La fosse de 1907.", "The pit of 1906.", "La fosse de 1906."), "en") == []
    assert find_faults(stale("x", "La fosse de 1907.", "The pit of 1907.", "La fosse de 1906."), "en") != []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_changed_number_of_the_real_translations_is_noticed(language: str) -> None:
    """Each number of two digits or more, in turn, gets another last digit."""
    changed = noticed = 0
    for unit in read_book(content_file(LOCALES, language)).units:
        for match in re.finditer(r"(?<!\d)\d+\d(?!\d)", unit.target):
            other = f"{match[0][:-1]}{(int(match[0][-1]) + 1) % 10}"
            target = unit.target[: match.start()] + other + unit.target[match.end() :]
            changed += 1
            noticed += bool(faults(unit.text, target, language))
    assert changed > 200
    assert noticed == changed


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_how_it_writes_numbers(language: str) -> None:
    written = spelling(language)
    assert written.decimal in (".", ",")
    assert written.months.groups >= 12
    assert {*range(1, 100), 100, 1000} <= set(written.words)


def test_numbers_of_a_language_without_words_are_compared_all_the_same() -> None:
    assert [each.value for each in numbers_in("1906: 12", "es")] == ["1906", "12"]
    assert signs("La fosse de 1906.", "La mina de 1907.", "es") == ["-1906 +1907"]
