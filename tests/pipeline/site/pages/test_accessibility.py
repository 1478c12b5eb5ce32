"""The accessibility statement is filled from what the tests recorded, in every language."""

from __future__ import annotations

import ast
import json

import pytest

from carreau.base.languages import LANGUAGES
from carreau.site.pages.pages import CHECKS, RECORD, info_pages
from carreau.site.pages.rendering import Renderer
from tests.accessibility import STATES, TESTS
from tests.pipeline.site.pages.made import edition
from tests.pipeline.site.pages.reading import of, read, words

RECORDED = json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statement_says_what_was_found_and_where(language: str) -> None:
    page = read(dict(info_pages(Renderer(edition(), language)))["accessibility"])
    found = words(page)
    rows = [words(each) for each in of(page, "dd")]
    assert len(rows) == len(CHECKS)
    assert all(str(len(RECORDED["pages"])) in row for row in rows)
    assert f"axe-core {RECORDED['axe_core']}" in found
    assert RECORDED["browser"] in found
    assert all(page["address"] in found for page in RECORDED["pages"])
    assert all(rule in found for rule in RECORDED["undecided"])
    assert all(words(each) for each in of(page, "li"))


def test_the_record_tells_of_no_state_that_nobody_looks_at() -> None:
    assert RECORDED["states"] == list(STATES)


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_is_told_of_is_one_that_a_test_finds_nothing_in(state: str) -> None:
    file, name = STATES[state]
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    test = next(each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
    assert "assert violations(" in ast.unparse(test)
