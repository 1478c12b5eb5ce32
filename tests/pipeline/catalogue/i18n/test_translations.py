"""A text comes in the language wanted or the next that has it, says which, and is never a stale one."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import FormatError
from carreau.base.languages import LANGUAGES, PSEUDO
from carreau.catalogue.i18n.translations import REVIEWED, SOURCE_TEXT, STALE, UNREVIEWED, LocalizedText, Translations
from tests.pipeline.catalogue.i18n.books import reviewed, stale, unreviewed, written


@pytest.fixture
def translations(tmp_path: Path) -> Translations:
    written(tmp_path, "en", reviewed("a", "un", "one"), unreviewed("b", "deux", "two"), reviewed("c", "trois", "three"))
    written(tmp_path, "nl", reviewed("a", "un", "een"), stale("c", "trois", "oud", "tres"))
    written(tmp_path, "de", stale("b", "deux", "alt", "duo"), reviewed("d", "quatre", ""))
    return Translations(tmp_path)


def test_the_language_wanted_wins(translations: Translations) -> None:
    assert translations.localized("a", "un", "nl") == LocalizedText("een", "nl", REVIEWED)
    assert translations.localized("b", "deux", "en") == LocalizedText("two", "en", UNREVIEWED)
    assert translations.localized("a", "un", "fr") == LocalizedText("un", "fr", SOURCE_TEXT)


def test_what_a_language_lacks_comes_from_the_next(translations: Translations) -> None:
    assert translations.localized("a", "un", "pl") == LocalizedText("one", "en", REVIEWED)
    assert translations.localized("d", "quatre", "de") == LocalizedText("quatre", "fr", SOURCE_TEXT)


def test_a_stale_text_is_passed_over_and_told(translations: Translations) -> None:
    assert translations.localized("c", "trois", "nl") == LocalizedText("three", "en", REVIEWED)
    assert translations.localized("b", "deux", "de") == LocalizedText("two", "en", UNREVIEWED)
    assert translations.own("c", "trois") == {
        "fr": LocalizedText("trois", "fr", SOURCE_TEXT),
        "en": LocalizedText("three", "en", REVIEWED),
        "nl": LocalizedText("oud", "nl", STALE),
    }


def test_french_that_changed_makes_stale_before_any_extraction(translations: Translations) -> None:
    assert translations.localized("a", "une autre", "nl") == LocalizedText("une autre", "fr", SOURCE_TEXT)
    assert {said.standing for said in translations.own("a", "une autre").values()} == {SOURCE_TEXT, STALE}


def test_the_same_words_elsewhere_are_not_translated(translations: Translations) -> None:
    assert translations.own("z", "un") == {"fr": LocalizedText("un", "fr", SOURCE_TEXT)}


def test_the_pseudo_language_is_made_of_french(translations: Translations) -> None:
    said = translations.localized("a", "une fosse", PSEUDO)
    assert said.language == PSEUDO
    assert said.text.startswith("[")


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    written(tmp_path, "en").write_text('msgid "a\n', encoding="utf-8")
    with pytest.raises(FormatError, match=r"content.po, line 1"):
        Translations(tmp_path).localized("a", "un", "nl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_chain(language: str) -> None:
    assert Translations(Path("nowhere")).localized("a", "un", language).language == "fr"
