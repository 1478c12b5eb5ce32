"""Whatever TOML is given, there is a catalogue or there are findings, never an exception."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carreau.base.document import read_document
from carreau.base.errors import ERROR, KeyPath
from carreau.base.toml_places import key_lines
from carreau.catalogue.check_catalogue import check_folder
from tests.pipeline.catalogue.catalogues import ROUTE, SITE, written

VALUES = st.sampled_from(
    [
        '""', '"x"', "1", "-1", "1e400", "nan", "inf", "true", "[]", "{}", '["a"]', "[[1, 2, 3]]", "[1, 2, 3]", "1831",
        "1831-07-15", "1831-07-15T10:00:00Z", "10:00:00", '"1831/1900"', '"1900/1831"', '"../.."', "9" * 5000,
        '"\\u0000"', '"/etc/passwd"', '"a\\nb"', "{ a = 1 }", "[{ a = 1 }]", '"' + "x" * 300 + '"', "1" + "0" * 320,
    ]
)  # fmt: skip
KEYS = [line.split(" =")[0] for line in SITE.split("\n") if " = " in line]


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    """Some lines of a file are dropped, doubled, given another value, or cut short."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        lines[place : place + 1] = draw(
            st.sampled_from(
                [
                    [],
                    [line, line],
                    [line[: len(line) // 2]],
                    [f"{line.split(' =')[0]} = {draw(VALUES)}"],
                    [line, f"{draw(st.sampled_from(KEYS))} = {draw(VALUES)}"],
                ]
            )
        )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("catalogue") / "assets")


@settings(max_examples=150)
@given(site=changed(SITE), route=changed(ROUTE))
def test_a_changed_file_is_read_or_told(root: Path, site: str, route: str) -> None:
    (root / "sites" / "une" / "site.toml").write_text(site, encoding="utf-8")
    (root / "routes" / "way.toml").write_text(route, encoding="utf-8")
    checked = check_folder(root)
    json.dumps(checked.as_json())
    assert checked.site_count == 2
    for each in checked.findings:
        assert each.cause
        assert each.cure


@settings(max_examples=100)
@example(content=b"\x0b=")
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_told(content: bytes) -> None:
    document = read_document(Path("site.toml"), "site.toml", content)
    assert document.is_read != bool(document.findings)
    if document.is_read:
        key_lines(document.text)


def test_what_is_nested_without_end_is_told() -> None:
    for content in (b"a = " + b"[" * 100_000, b"a." * 5000 + b"a = 1", b"a = 9" + b"9" * 10_000):
        assert {each.level for each in read_document(Path("x.toml"), "x.toml", content).findings} <= {ERROR}


def paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    found = [path] if path else []
    if isinstance(value, dict):
        found += [each for key, below in value.items() for each in paths(below, (*path, key))]
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        found += [each for place, below in enumerate(value) for each in paths(below, (*path, place))]
    return found


@pytest.mark.parametrize("text", [SITE, ROUTE])
def test_every_key_has_its_line(text: str) -> None:
    found = key_lines(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    lines = text.split("\n")
    for path, number in found.items():
        name = str([step for step in path if isinstance(step, str)][-1])
        assert name in lines[number - 1]


def test_lines_of_text_are_no_keys() -> None:
    text = 'a = """\n[b]\nc = 1\n"""\nd = [\n  "x = 1",  # e = 2\n]\n"f g".h = 3\n'
    assert key_lines(text) == {("a",): 1, ("d",): 5, ("f g",): 8, ("f g", "h"): 8}
