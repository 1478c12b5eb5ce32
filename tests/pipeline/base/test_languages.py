"""The table of languages is the only place that lists them."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carreau.base import languages
from carreau.base.languages import BY_CODE, CHAINS, LANGUAGES, SOURCE, TABLE, before_mark, cli_locale, path_words
from carreau.command.cli import parser
from carreau.exports.svx_articles import CODES
from carreau.exports.urls import ROUTE_WORDS, SITE_WORDS
from carreau.site.pages.addresses import PLATES, WORDS
from carreau_server.errors import Messages

PROJECT = Path(__file__).parents[3]
LOCALES = PROJECT / "locales"


def codes(node: ast.AST) -> set[Any]:
    """Return the languages that a dictionary is keyed by, or that a list holds."""
    if isinstance(node, ast.Dict):
        return {key.value for key in node.keys if isinstance(key, ast.Constant)} & set(LANGUAGES)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return {each.value for each in node.elts if isinstance(each, ast.Constant)} & set(LANGUAGES)
    return set()


@pytest.mark.parametrize("folder", ["pipeline", "server"])
def test_no_other_module_lists_the_languages(folder: str) -> None:
    """French and English alone are what reports and the exports' own phrases are written in."""
    paths = (path for path in (PROJECT / folder).rglob("*.py") if "node_modules" not in path.parts)
    listed = {
        path.relative_to(PROJECT).as_posix()
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if codes(node) - {"fr", "en"}
    }
    assert listed - {"pipeline/carreau/base/languages.py"} == set()


def test_every_entry_is_whole() -> None:
    pages = set(BY_CODE[SOURCE].paths)
    for each in TABLE:
        assert set(each.paths) == pages, each.code
        assert each.locale.startswith(f"{each.code}_")
        assert set(each.fallbacks) < set(LANGUAGES)
        assert not each.fallbacks or each.fallbacks[-1] == SOURCE
        assert bool(each.voyager) == bool(each.sources)
    for path in ("sites", "routes", *(page for page in WORDS if page != "home")):
        assert all(path_words(path).values())


def test_addresses_of_a_language_are_told_apart() -> None:
    for each in TABLE:
        words = [word for page, word in each.paths.items() if page != "plates"]
        assert len(words) == len(set(words)), each.code


def test_everything_derives_from_the_table() -> None:
    for derived in (CHAINS, SITE_WORDS, ROUTE_WORDS, PLATES, *WORDS.values()):
        assert tuple(derived) == LANGUAGES
    assert set(CODES) <= set(LANGUAGES)
    assert {*Messages().languages} == set(LANGUAGES)
    assert next(LOCALES.glob("glossary.csv")).read_text("utf-8-sig").startswith(";".join(LANGUAGES))
    for code in LANGUAGES[1:]:
        assert (LOCALES / code / "LC_MESSAGES" / "content.po").is_file()
    assert parser().parse_args(["--lang", LANGUAGES[-1], "cache"]).speech == LANGUAGES[-1]
    assert cli_locale(None, {"LANG": f"{LANGUAGES[-1]}_XX.UTF-8"}) == LANGUAGES[-1]


def test_a_made_up_language_has_its_own_marks_and_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    walloon = replace(BY_CODE[SOURCE], code="wa", paths={**BY_CODE[SOURCE].paths, "sites": "plaeces"})
    monkeypatch.setattr(languages, "TABLE", (*TABLE, walloon))
    monkeypatch.setattr(languages, "BY_CODE", {**BY_CODE, "wa": walloon})
    assert before_mark("wa") == "\u00a0"
    assert path_words("sites")["wa"] == "plaeces"
