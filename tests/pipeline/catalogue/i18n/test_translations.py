"""A text comes in the language wanted or the next that has it, says which, and is never a stale one."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import FormatError
from carreau.catalogue.i18n.check_translations import (
    REVIEWED,
    SOURCE_TEXT,
    STALE,
    UNREVIEWED,
    LocalizedText,
    Translations,
)
from tests.pipeline.catalogue.i18n.books import reviewed, stale, unreviewed, written


@pytest.fixture
def translations(tmp_path: Path) -> Translations:
    written(tmp_path, "en", reviewed("a", "un", "one"), unreviewed("b", "deux", "two"), reviewed("c", "trois", "three"))
    written(tmp_path, "nl", reviewed("a", "un", "een"), stale("c", "trois", "oud", "tres"))
    written(tmp_path, "de", stale("b", "deux", "alt", "duo"), reviewed("d", "quatre", ""))
    return Translations(tmp_path)


def test_every_language_that_has_a_text_is_told(translations: Translations) -> None:
    assert translations.own("a", "un") == {
        "fr": LocalizedText("un", "fr", SOURCE_TEXT),
        "en": LocalizedText("one", "en", REVIEWED),
        "nl": LocalizedText("een", "nl", REVIEWED),
    }
    assert translations.own("b", "deux")["en"] == LocalizedText("two", "en", UNREVIEWED)
    assert translations.own("d", "quatre").keys() == {"fr"}


def test_a_stale_text_is_told(translations: Translations) -> None:
    assert translations.own("c", "trois") == {
        "fr": LocalizedText("trois", "fr", SOURCE_TEXT),
        "en": LocalizedText("three", "en", REVIEWED),
        "nl": LocalizedText("oud", "nl", STALE),
    }


def test_french_that_changed_makes_stale_before_any_extraction(translations: Translations) -> None:
    assert {said.standing for said in translations.own("a", "une autre").values()} == {SOURCE_TEXT, STALE}


def test_the_same_words_elsewhere_are_not_translated(translations: Translations) -> None:
    assert translations.own("z", "un") == {"fr": LocalizedText("un", "fr", SOURCE_TEXT)}


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    written(tmp_path, "en").write_text('msgid "a\n', encoding="utf-8")
    with pytest.raises(FormatError, match=r"content.po, line 1"):
        Translations(tmp_path).own("a", "un")
