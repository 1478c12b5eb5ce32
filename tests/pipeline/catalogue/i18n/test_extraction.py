"""`carreau texts extract` brings all files up to the catalogue, twice the same, and stops before it does harm."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from carreau.base.languages import TRANSLATED, content_file
from carreau.catalogue.i18n.po import read_book
from carreau.catalogue.i18n.source_texts import babel_extract
from carreau.command.cli import main
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.i18n.books import reviewed
from tests.pipeline.catalogue.i18n.books import written as translated


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    return written(tmp_path / "assets")


def contents(locales: Path) -> dict[str, bytes]:
    return {path.relative_to(locales).as_posix(): path.read_bytes() for path in sorted(locales.rglob("*.po*"))}


def test_every_language_has_every_text(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["texts", "extract", "--assets", str(assets)]) == 0
    output = capsys.readouterr().out
    locales = assets.parent / "locales"
    assert sorted(contents(locales)) == sorted(
        ["content.pot", *(f"{language}/LC_MESSAGES/content.po" for language in TRANSLATED)]
    )
    texts = len(read_book(locales / "content.pot").units)
    assert f"{texts} texts in {locales / 'content.pot'}" in output
    assert f"nl  {texts} new, 0 newly stale" in output


def test_twice_is_the_same(assets: Path) -> None:
    assert main(["texts", "extract", "--assets", str(assets)]) == 0
    first = contents(assets.parent / "locales")
    assert main(["texts", "extract", "--assets", str(assets)]) == 0
    assert contents(assets.parent / "locales") == first


def test_changed_french_is_counted(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    locales = assets.parent / "locales"
    path = translated(
        locales, "en", reviewed("site.une.summary", "Une mine.", "A mine."), reviewed("x", "parti", "gone")
    )
    assert main(["texts", "extract", "--assets", str(assets)]) == 0
    english = next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("en"))
    assert "1 newly stale, 0 restored, 2 newly obsolete (2 kept)" in english
    assert '#, fuzzy\n#| msgid "Une mine."\nmsgctxt "site.une.summary"\n' in path.read_text(encoding="utf-8")


def test_a_site_that_cannot_be_read_stops_it(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["texts", "extract", "--assets", str(assets)]) == 0
    before = contents(assets.parent / "locales")
    (assets / "sites" / "une" / "site.toml").write_text(SITE.replace('name = "Fosse Une"', 'name = "Fosse Une'))
    assert main(["texts", "extract", "--assets", str(assets)]) == 2
    output = capsys.readouterr().err
    assert "sites/une/site.toml, line 1, name: the text that opens here has no closing quotation mark" in output
    assert output.count("\n") == 1
    assert contents(assets.parent / "locales") == before


def test_a_broken_file_of_one_language_leaves_all_as_they_were(
    assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locales = assets.parent / "locales"
    translated(locales, "en", reviewed("site.une.summary", "Une mine.", "A mine."))
    translated(locales, "pl").write_text('msgid ""\nmsgstr ""\n\nmsgid "x\n', encoding="utf-8")
    before = contents(locales)
    assert main(["texts", "extract", "--assets", str(assets)]) == 2
    assert "content.po, line 4: a quotation mark is missing" in capsys.readouterr().err
    assert contents(locales) == before


def test_babels_own_command_finds_the_same() -> None:
    with (PROJECT / "locales" / "content.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(PROJECT / "assets", methods, options)
    ours = read_book(PROJECT / "locales" / "content.pot").units
    assert {(context, text) for _, _, text, _, context in found} == {unit.key for unit in ours}


def test_babel_finds_the_extractor_where_the_project_is_installed() -> None:
    points = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    (value,) = points["babel.extractors"].values()
    assert EntryPoint("carreau", value, "babel.extractors").load() is babel_extract


def test_the_files_of_the_project_are_a_fresh_extraction(tmp_path: Path) -> None:
    locales = tmp_path / "locales"
    for language in TRANSLATED:
        path = content_file(locales, language)
        path.parent.mkdir(parents=True)
        path.write_bytes(content_file(PROJECT / "locales", language).read_bytes())
    assert main(["texts", "extract", "--assets", str(PROJECT / "assets"), "--locales", str(locales)]) == 0
    for name, content in contents(locales).items():
        assert content == (PROJECT / "locales" / name).read_bytes(), f"{name}: run carreau texts extract"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_header_says_language_charset_and_plurals(assets: Path, language: str) -> None:
    assert main(["texts", "extract", "--assets", str(assets)]) == 0
    with content_file(assets.parent / "locales", language).open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    assert (str(catalog.locale), catalog.charset) == (language, "utf-8")
    assert catalog.num_plurals == (3 if language == "pl" else 2)
