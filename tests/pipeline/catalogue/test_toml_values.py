"""Whatever is put, the statement says it afterwards, and what was beside it is still there."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.catalogue.table_reader import plain_text
from carreau.catalogue.toml_values import WIDTH, key_with_value, table_text, with_value

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40)
LISTS = st.lists(TEXT | st.integers(-9, 9), max_size=6)
STYLES = ("[{}]", "[ {} ]", "[\n  {}\n]", "[\n  {},\n]", "[ # begins\n  {}, # ends\n]")


@settings(max_examples=300)
@given(
    old=LISTS, new=LISTS, style=st.sampled_from(STYLES), between=st.sampled_from([", ", ",", ",\n  ", " , # why\n  "])
)
def test_a_list_becomes_another(old: list[str | int], new: list[str | int], style: str, between: str) -> None:
    words = between.join(json.dumps(each, ensure_ascii=False).replace("\x7f", "\\u007f") for each in old)
    statement = f"x = {style.format(words)}" if old else "x = []"
    assert tomllib.loads(statement)["x"] == old
    assert tomllib.loads(with_value(statement, ("x",), new))["x"] == new


@settings(max_examples=300)
@given(
    text=st.lists(TEXT, max_size=8).map(" ".join) | TEXT,
    old=st.sampled_from(['""', "'a'", '"""\na\n\nb\n"""', "'''a'''"]),
)
def test_a_text_becomes_another(text: str, old: str) -> None:
    after = with_value(f"x = {old}", ("x",), text)
    assert plain_text(tomllib.loads(after)["x"]) == plain_text(text)
    assert plain_text(tomllib.loads(key_with_value(("x",), text))["x"]) == plain_text(text)


@pytest.mark.parametrize(
    ("statement", "path", "value", "after"),
    [
        ("x = 1", ("x",), 2.5, "x = 2.5"),
        ("x  =  1", ("x",), True, "x  =  true"),
        ('"x" = "a"', ("x",), "b", '"x" = "b"'),
        ("a.b = 1", ("a", "b"), 2, "a.b = 2"),
        ("x = { a = 1, b = 2 }", ("x", "b"), None, "x = { a = 1  }"),
        ("x = [1, 2, 3]", ("x",), [1.5, 2, 3], "x = [1.5, 2, 3]"),
        ('x = ["a", "c"]', ("x",), ["a", "b", "c"], 'x = ["a", "b", "c"]'),
        ('x = [\n  "a",  # first\n  "c",\n]', ("x",), ["a", "d"], 'x = [\n  "a",  # first\n  "d",\n]'),
        ('x = ["a"]', ("x",), [], "x = []"),
        ("x = []", ("x",), ["a"], 'x = ["a"]'),
    ],
)
def test_the_rest_of_a_statement_stays(statement: str, path: tuple[str, ...], value: object, after: str) -> None:
    assert with_value(statement, path, value) == after


def test_long_texts_and_lists_get_lines() -> None:
    text = "houille " * 40
    assert max(map(len, key_with_value(("x",), text).split("\n"))) <= WIDTH
    assert key_with_value(("x",), [text, "a"]).split("\n")[2:] == ['  "a",', "]"]
    assert "\n" not in key_with_value(("x",), "houille " * 10)
    assert with_value(f'x = "{text}"', ("x",), text + "noire").count("\n") == 0, "one line stays one line"


def test_a_table_has_its_tables_below() -> None:
    tour = {"id": "a", "step": [{"camera": {"target": [1, 2, 3]}, "duration_s": 5}, {"duration_s": 6}]}
    text = table_text(("tour", 0), tour, True)
    assert tomllib.loads(text) == {"tour": [tour]}
    assert [line for line in text.split("\n") if line.startswith("[")] == [
        "[[tour]]", "[[tour.step]]", "[tour.step.camera]", "[[tour.step]]",
    ]  # fmt: skip
