"""The table of levels is the only place that names them."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from pipeline.levels import AR_FILES, BUDGETED, LEVELS, NAMES, PHONE, PUBLISHED, by_default, by_detail
from pipeline.publish.artifacts import _FILES as FILES
from pipeline.publish.offline_packs import LEVELS as OF_PACKS
from pipeline.publish.viewer_words import WORDS
from pipeline.schema.offline_pack import Pack
from server.model_selection import SCREEN_LEVELS

PROJECT = Path(__file__).parents[2]
UNMISTAKABLE = {*LEVELS, *AR_FILES}
"""Names that stand for nothing but a level; "ar" and "archive" are also a role and a word."""


@pytest.mark.parametrize("folder", ["pipeline", "server"])
def test_no_other_module_names_a_level(folder: str) -> None:
    paths = (path for path in (PROJECT / folder).rglob("*.py") if "node_modules" not in path.parts)
    named = {
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in UNMISTAKABLE
    }
    assert {each for each in named if not each.startswith("pipeline/levels.py:")} == set()


def test_the_viewer_has_its_levels_and_languages_from_the_schema() -> None:
    """`schema.ts` is written by `python -m server.viewer.tools.viewer_types`; comments may give examples."""
    code = {
        path.name: re.sub(r"^\s*(?:/?\*|//).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for path in (PROJECT / "server" / "viewer" / "src").rglob("*.ts")
        if path.name != "schema.ts"
    }
    named = re.compile("|".join(f'"{name}"' for name in LEVELS))
    assert {name for name, text in code.items() if named.search(text)} == set()
    assert {name for name, text in code.items() if re.search(r'"nl",\s*"de"', text)} == set()


def test_levels_for_screens_grow() -> None:
    rows = list(LEVELS.values())
    for less, more in itertools.pairwise(rows):
        assert less.triangles < more.triangles
        assert less.file_bytes < more.file_bytes
        assert less.device_gb < more.device_gb


def test_every_level_has_what_readers_and_exports_need() -> None:
    assert all(level.detail and level.voyager for level in LEVELS.values())
    assert all(level.files and all(file.label for file in level.files) for level in BUDGETED.values())
    assert set(by_detail()) == set(BUDGETED)
    assert set(by_default()) == set(LEVELS)


def test_everything_derives_from_the_table() -> None:
    assert Pack.model_json_schema()["properties"]["level"]["enum"] == list(PUBLISHED)
    assert (list(OF_PACKS), list(reversed(SCREEN_LEVELS))) == (list(LEVELS), list(LEVELS))
    assert [name for rows in FILES.values() for _, name in rows] == list(PUBLISHED)[:-1]
    assert {f"level_{name}" for name in LEVELS} <= set(WORDS)
    assert (*BUDGETED, "archive") == NAMES
    assert PHONE.name in LEVELS
