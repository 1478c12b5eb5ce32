"""`carreau check` tells what is missing, stale, too long or broken in the translations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from carreau.base.errors import ERROR, QUESTION, Diagnostic
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import check_texts
from carreau.catalogue.i18n.po import Unit
from carreau.command.cli import main
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.i18n.books import reviewed, stale, unreviewed
from tests.pipeline.catalogue.i18n.books import written as translated


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    return written(tmp_path / "assets")


def found(assets: Path, *units: Unit, topic: str = "") -> Sequence[Diagnostic]:
    translated(assets.parent / "locales", "nl", *units)
    return [each for each in check_texts(read_catalogue(assets)) if topic in ("", each.topic)]


def test_a_catalogue_without_translations_is_left_alone(assets: Path) -> None:
    assert check_texts(read_catalogue(assets)) == []


def test_what_has_to_be_there_is_asked_for(assets: Path) -> None:
    asked = found(assets, reviewed("site.une.summary", "Une fosse.", "Een mijn."), topic="not translated")
    one = [(each.key, each.cause) for each in asked if each.file == "sites/une/site.toml"]
    assert [key for key, _ in one] == ["name"] * 4 + ["summary"] * 3 + ["description"]
    assert one[-1][1] == "there is no translation (English)"
    assert {each.level for each in asked} == {QUESTION}


def test_a_stale_translation_is_told_where_the_french_is(assets: Path) -> None:
    before = (
        stale("site.une.summary", "Une fosse.", "Oud.", "Une mine."), reviewed("site.une.company", "Société", "Bedrijf")
    )  # fmt: skip
    told = found(assets, *before, topic="stale")
    assert [each.key for each in told] == ["company", "summary"]
    assert SITE.splitlines()[(told[1].line or 0) - 1].startswith("summary")
    assert "(Nederlands) is stale" in told[1].cause


def test_unreviewed_translations_are_counted(assets: Path) -> None:
    (told,) = found(assets, unreviewed("site.une.summary", "Une fosse.", "Een mijn."), topic="unreviewed")
    assert (told.level, told.file) == (QUESTION, "locales/nl/LC_MESSAGES/content.po")
    assert told.cause == "1 translation (Nederlands) has not been reviewed"


def test_html_in_a_translation_is_an_error(assets: Path) -> None:
    (told,) = found(assets, reviewed("site.une.summary", "Une fosse.", "Een <b>mijn</b>."), topic="markup")
    assert (told.level, told.file, told.key) == (ERROR, "locales/nl/LC_MESSAGES/content.po", "site.une.summary")
    assert told.cause == "visitors would read '<b>': HTML is shown as it is written"
    assert found(assets, reviewed("site.une.summary", "Une fosse.", "Een mijn < 10 m & meer."), topic="markup") == []


def test_what_is_too_long_is_an_error(assets: Path) -> None:
    (told,) = found(assets, reviewed("site.une.name", "Fosse Une", "M" * 81), topic="too long")
    assert (told.level, told.key, told.cause) == (
        ERROR, "site.une.name", "the translation has 81 characters; the limit is 80"
    )  # fmt: skip
    path = assets / "sites" / "une" / "site.toml"
    path.write_text(SITE.replace("Fosse Une", "F" * 81), encoding="utf-8")
    (told,) = found(assets, topic="too long")
    cause = "the text has 81 characters; the limit is 80"
    assert (told.file, told.line, told.cause) == ("sites/une/site.toml", 1, cause)


@pytest.mark.parametrize(
    ("text", "translation"), [("%(n)s lieux", "% (n)s sites"), ("{n} lieux", "sites"), ("lieux", "{n} sites")]
)
def test_a_broken_placeholder_is_an_error(assets: Path, text: str, translation: str) -> None:
    (told,) = found(assets, reviewed("site.une.x", text, translation), topic="broken placeholder")
    assert told.level == ERROR
    path = assets.parent / "locales" / "nl" / "LC_MESSAGES" / "content.po"
    assert path.read_text(encoding="utf-8").splitlines()[(told.line or 0) - 1].startswith("msgid")


def test_a_file_that_cannot_be_read_is_an_error_with_its_line(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    translated(assets.parent / "locales", "pl").write_text('msgid ""\nmsgstr "\n', encoding="utf-8")
    assert main(["check", "--assets", str(assets)]) == 2
    output = capsys.readouterr().out
    assert "error     locales/pl/LC_MESSAGES/content.po, line 2: a quotation mark is missing" in output
    assert "there is no translation" not in output


def test_the_page_tells_it_in_french(assets: Path, tmp_path: Path) -> None:
    found(assets, unreviewed("site.une.summary", "Une fosse.", "Een mijn."))
    main(["check", "--assets", str(assets), "--page", str(tmp_path / "check.html")])
    text = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert "1 traduction (Nederlands) n’a pas été relue" in text
    assert "il n’y a pas de traduction (Polski)" in text


@pytest.mark.parametrize(
    ("target", "level", "topic"),
    [
        ("Een mijn van 1906.", QUESTION, "other number"),
        ("Een \u202emijn.", ERROR, "hidden character"),
        ("Een [mijn](site:deux).", ERROR, "lost link"),
    ],
)
def test_what_a_translation_does_not_keep_is_told(assets: Path, target: str, level: str, topic: str) -> None:
    (told,) = found(assets, unreviewed("site.une.summary", "Une fosse.", target), topic=topic)
    assert (told.level, told.file, told.key) == (level, "locales/nl/LC_MESSAGES/content.po", "site.une.summary")


def test_a_number_that_a_translator_has_confirmed_is_told_no_more(assets: Path) -> None:
    unit = Unit("site.une.summary", "Une fosse.", "Een mijn van 1906.", notes=("confirmed: +1906",))
    assert found(assets, unit, topic="other number") == []
