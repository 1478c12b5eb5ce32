"""The table of levels is the only place that names them."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from carreau.base.levels import (
    ALTERNATIVES,
    AR_FILES,
    ARCHIVE,
    BUDGETED,
    DEFAULT_NAMES,
    DESKTOP,
    FEWER_BYTES,
    LEVELS,
    NAMES,
    OFFERED,
    PHONE,
    PUBLISHED,
    by_default,
    by_detail,
)
from carreau.base.schema.lists import Pack
from carreau.site.publish.artifacts import _FILES as FILES
from carreau.site.publish.offline_packs import LEVELS as OF_PACKS
from carreau.site.publish.static_files import VIEWER_WORDS
from carreau_server.files import SCREEN_LEVELS

PROJECT = Path(__file__).parents[3]
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
    assert {each for each in named if not each.startswith("pipeline/carreau/base/levels.py:")} == set()


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
    rows = [LEVELS[name] for name in OFFERED]
    for less, more in itertools.pairwise(rows):
        assert less.triangles < more.triangles
        assert less.file_bytes < more.file_bytes
        assert less.device_gb < more.device_gb
    assert [level.device_gb for level in LEVELS.values()] == sorted(level.device_gb for level in LEVELS.values())
    assert (DESKTOP.name, DESKTOP.alternative_to) == (list(LEVELS)[-1], "")


def test_an_alternative_is_the_same_level_encoded_otherwise() -> None:
    for level in (each for each in LEVELS.values() if each.alternative_to):
        other = LEVELS[level.alternative_to]
        assert not other.alternative_to
        assert (level.triangles, level.texture_px, level.quality) == (other.triangles, other.texture_px, other.name)
        assert level.texture_format != other.texture_format
        assert level.device_gb <= other.device_gb


def test_an_encoding_that_saves_memory_is_built_on_request() -> None:
    wanted = {name for name in BUDGETED if name not in DEFAULT_NAMES}
    assert wanted == {level.name for level in LEVELS.values() if level.gpu_bytes < LEVELS[level.quality].gpu_bytes}
    assert len(wanted) == 1


def test_another_encoding_keeps_the_size_of_its_level() -> None:
    assert {name: LEVELS[name].quality for name in LEVELS if name not in OFFERED} == ALTERNATIVES
    for name, other in ALTERNATIVES.items():
        level, of = LEVELS[name], LEVELS[other]
        assert other in OFFERED
        assert (level.triangles, level.texture_px) == (of.triangles, of.texture_px)
        assert level.texture_format != of.texture_format
        assert by_detail().index(name) > by_detail().index(other)
        assert by_default().index(name) >= len(OFFERED)


def test_every_level_has_what_readers_and_exports_need() -> None:
    assert all(LEVELS[name].detail and LEVELS[name].voyager for name in OFFERED)
    assert all(level.files and all(file.label for file in level.files) for level in BUDGETED.values())
    assert set(by_detail()) == set(BUDGETED)
    assert set(by_default()) == set(LEVELS)


def test_everything_derives_from_the_table() -> None:
    assert Pack.model_json_schema()["properties"]["level"]["enum"] == list(PUBLISHED)
    assert list(OF_PACKS) == list(OFFERED)
    assert list(reversed(SCREEN_LEVELS)) == [name for name in LEVELS if name not in FEWER_BYTES]
    assert [name for rows in FILES.values() for _, name in rows] == list(PUBLISHED)[:-1]
    assert {word for word in VIEWER_WORDS if word.startswith("level_")} == {f"level_{name}" for name in OFFERED}
    assert (*BUDGETED, ARCHIVE) == NAMES
    assert PHONE.name in LEVELS
