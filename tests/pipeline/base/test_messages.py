"""A message keeps its id and parameters, and comes out in each language with its numbers and plurals."""

from __future__ import annotations

import json
import pickle
import re

import pytest

from carreau.base.messages import Message, Number, from_json, join_messages, message, plural_message, to_json
from carreau.base.translator import Translator
from carreau.models.batch import NOT_BEGUN
from carreau.runs.store import flatten, restore

SPACES = re.compile("[\u00a0\u202f]")
NESTED = plural_message(
    "%(count)s file: %(why)s (%(share)s)", "%(count)s files: %(why)s (%(share)s)", 3,
    why=join_messages([NOT_BEGUN, message("%(n)s m", n=Number(1234.56, ",.1f"))]),
    share=Number(0.031, ".1%"),
)  # fmt: skip


def test_a_message_is_its_english_text() -> None:
    assert NESTED == "3 files: not started, because the run was interrupted; 1,234.6 m (3.1%)"
    assert json.loads(json.dumps([NESTED])) == [str(NESTED)]


@pytest.mark.parametrize("copied", [
    lambda each: pickle.loads(pickle.dumps(each)),  # noqa: S301
    lambda each: from_json(json.loads(json.dumps(to_json(each)))),
    lambda each: restore(json.loads(json.dumps(flatten(each)[0])), lambda _: memoryview(b"")),
])  # fmt: skip
def test_id_and_parameters_survive_copies(copied: object) -> None:
    copy = copied(NESTED)  # type: ignore[operator]
    assert isinstance(copy, Message)
    assert (copy, copy.msgid, copy.msgid_plural, copy.n) == (NESTED, NESTED.msgid, NESTED.msgid_plural, 3)
    assert copy.parameters == NESTED.parameters


@pytest.mark.parametrize(
    ("language", "number", "expected"),
    [
        ("fr", Number(0.031, ".1%"), "3,1 %"), ("de", Number(1234.5, ",.2f"), "1.234,50"),
        ("en", Number(1234.5, ",.2f"), "1,234.50"), ("pl", 1234567, "1 234 567"), ("nl", Number(2056, "d"), "2056"),
        ("fr", Number(-1.5e-9, ".3g"), "-1,5e-09"), ("fr", Number(float("nan"), ".1f"), "nan"), ("de", "1,5", "1,5"),
        ("pl", ("a", 1200, Number(0.5, ".1f")), "a, 1 200, 0,5"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_the_language_writes_them(language: str, number: object, expected: str) -> None:
    text = Message("%(n)s", {"n": number})  # type: ignore[dict-item]
    assert SPACES.sub(" ", Translator(language).message(text)) == expected


def test_a_place_without_a_value_is_refused() -> None:
    with pytest.raises(KeyError):
        message("%(file)s is missing")


def test_an_empty_message_stays_empty() -> None:
    assert Translator("fr").message(join_messages([])) == ""
