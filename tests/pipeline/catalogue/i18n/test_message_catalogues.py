"""Every message of the sources is in the catalogue of every language, with its places and its plurals."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural

from tests import message_catalogues as update

PLACE = re.compile(r"%\((\w+)\)s|%%|%")


@functools.cache
def sources() -> Catalog:
    """Return the messages of the sources."""
    return update.extracted()


def strings(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else []


def entries(catalog: Catalog) -> list[Message]:
    return [entry for entry in catalog if entry.id]


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_the_file_is_what_make_messages_writes(language: str) -> None:
    """Run `make messages` and translate what it adds where this fails."""
    written = update.as_bytes(update.updated(sources(), update.read(language), language))
    assert update.path_of(language).read_bytes() == written


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    catalog = update.read(language)
    missing = [entry.id for entry in entries(catalog) if entry.fuzzy or not all(strings(entry.string) or [""])]
    assert missing == []
    assert len(entries(catalog)) == len(entries(sources())) > 0


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_no_translation_loses_or_invents_a_place(language: str) -> None:
    for entry in entries(update.read(language)):
        wanted = set(PLACE.findall(strings(entry.id)[-1]))
        for string in strings(entry.string):
            # A form for one number alone may leave the number out: "one file", "jeden plik".
            assert set(PLACE.findall(string)) | {"count"} == wanted | {"count"}, entry.id
            assert ("%%" in string) == ("%%" in strings(entry.id)[-1]), entry.id


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_plurals_have_the_forms_of_their_language(language: str) -> None:
    forms = get_plural(language).num_plurals
    assert forms == (3 if language == "pl" else 2)
    for entry in entries(update.read(language)):
        if entry.pluralizable:
            assert len(strings(entry.string)) == forms, entry.id
            assert "%(count)s" in strings(entry.string)[-1], entry.id


@pytest.mark.parametrize("language", update.LANGUAGES)
def test_nobody_forgot_to_translate(language: str) -> None:
    """A translation that equals the English is one of places and signs alone, or a word that both languages have."""
    same = [entry.id for entry in entries(update.read(language)) if entry.id == entry.string]
    assert [text for text in same if len(re.findall(r"[A-Za-z]{3,}", re.sub(r"%\(\w+\)s", "", str(text)))) > 2] == []
