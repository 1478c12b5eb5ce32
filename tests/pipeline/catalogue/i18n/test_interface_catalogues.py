"""The Dutch, German and Polish catalogues say all that the French one says, and each message can be used."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo

from carreau.base.package_folders import LOCALES
from carreau.base.translator import Translator, catalogue

LANGUAGES = ("nl", "de", "pl")
FORMS = {"nl": 2, "de": 2, "pl": 3}
STANDING = re.compile(r'^"X-Standing: (unreviewed|reviewed)\\n"$', re.MULTILINE)
SAME = {
    "Route", "in 3D", "in augmented reality",
    "Budgets", "Scan", "Scan, %(triangles)s", "%(number)s scan", "%(number)s scans", "%(number)s route", "hectares",
    "%(number)s routes", "4G", "Wi-Fi", "%(degrees)s° N", "%(degrees)s° S", "%(degrees)s° E", "%(degrees)s° W",
    "%(kind)s: %(evidence)s",
    "Routes", "Software", "Open data", "Contact", "Hosting", "Document", "school", "scan", "model", "water",
    "Plan", "west", "%(point)s, %(degrees)s", "Format", "Formats", "Header", "Status", "Code",
    "Menu", "routes", "Downloads", "Index A–Z", "augmented reality", "video", "optional", "Demonstration.", "Pause",
    "Name:", "Architect",
}  # fmt: skip
"""What may be written alike in English and in another language: names, units, and words they share."""

QUOTES = {"nl": "‘’", "de": "„“", "pl": "„”"}
MARKS, STRAIGHT = set("‘“”„«»"), set("'\"")
PERCENT = {"nl": r"\s%(?!\()", "pl": r"\s%(?!\()", "de": r"[^\u00a0%]%(?!\()"}
"""What is wrong before a per cent sign: Germans put a space there, which does not break; the others put none."""


def read(language: str) -> Catalog:
    catalog = catalogue(language)
    assert catalog is not None
    return catalog


def messages(language: str) -> Iterator[Message]:
    return (message for message in read(language) if message.id)


def forms(message: Message) -> list[tuple[str, str]]:
    """Return each form of a message after the English that it says: of a plural its first, or else its last."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    one, many = message.id
    strings = tuple(message.string or ())
    return [(many if number else one, text) for number, text in enumerate(strings)]


def translated(language: str) -> list[tuple[str | None, str, str]]:
    return [(message.context, *form) for message in messages(language) for form in forms(message)]


def key(message: Message) -> tuple[str | None, Any]:
    return message.context, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_french_file_is_there_and_no_other(language: str) -> None:
    """Add what is named here to the catalogue of the language, or take it out there."""
    here, french = ({key(message) for message in messages(code)} for code in (language, "fr"))
    assert sorted(map(str, french - here)) == []
    assert sorted(map(str, here - french)) == []
    assert [english for _, english, said in translated(language) if not said.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_left_out_of_the_pages_as_fuzzy_and_the_header_says_what_they_are(language: str) -> None:
    assert [message.id for message in messages(language) if message.fuzzy] == []
    header = (LOCALES / language / "LC_MESSAGES" / "interface.po").read_text(encoding="utf-8").partition("\n\n")[0]
    standing = STANDING.search(header)
    assert standing is not None
    assert ("no native reader" in header) == (standing[1] == "unreviewed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    assert read(language).num_plurals == FORMS[language]
    for message in messages(language):
        if isinstance(message.id, tuple):
            assert len(tuple(message.string or ())) == FORMS[language], message.id


def test_poles_count_errors_as_gettext_and_the_cldr_do() -> None:
    said = [Translator("pl").plural("%(number)s error", "%(number)s errors", count) for count in (1, 3, 5, 12, 22, 101)]
    assert said == ["1 błąd", "3 błędy", "5 błędów", "12 błędów", "22 błędy", "101 błędów"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_loses_or_makes_up_a_place(language: str) -> None:
    for _, english, other in translated(language):
        assert places(other) == places(english), english


def places(text: str) -> list[str]:
    """Return the places of a message, each as often as it stands there; there is none twice in any language."""
    return sorted(re.findall(r"%\(\w+\)s|%%", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_program_formats_can_be_formatted(language: str) -> None:
    for _, english, other in translated(language):
        names = re.findall(r"%\((\w+)\)s", english)
        if names:
            assert "a" in (other % dict.fromkeys(names, "a")), english
        assert "{" not in other, english


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_compiles_and_says_what_it_holds(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, read(language))
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    for message in messages(language):
        if isinstance(message.id, str):
            said = found.pgettext(message.context, message.id) if message.context else found.gettext(message.id)
            assert said == message.string
        else:
            counted = {plural(found, message, count) for count in range(30)}
            assert counted == set(message.string or ())


def plural(found: gettext.GNUTranslations, message: Message, count: int) -> str:
    assert isinstance(message.id, tuple)
    one, many = message.id
    return found.npgettext(message.context, one, many, count) if message.context else found.ngettext(one, many, count)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    assert [english for _, english, other in translated(language) if english == other and english not in SAME] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_typography_is_that_of_the_language(language: str) -> None:
    for _, english, other in translated(language):
        assert not set(other) & STRAIGHT or "[" in other, f"{english}: straight quotation marks, which only TOML has"
        assert not set(other) & (MARKS - set(QUOTES[language])), f"{english}: marks of another language"
        assert other.count(QUOTES[language][0]) <= other.count(QUOTES[language][1]), english
        assert "\u202f" not in other, english
        assert "  " not in other, english
        assert other == other.strip(), english
        assert not re.search(r"[}s] (?:mm|km|dB|[mB]|MB)\b", other), f"{english}: a unit may go to the next line"
        assert not re.search(PERCENT[language], other), f"{english}: the space before the per cent sign"
