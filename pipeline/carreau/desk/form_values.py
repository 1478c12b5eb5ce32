"""Values of the catalogue as the text of a form, and back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from carreau.catalogue.fields import MUST, FieldRule
from carreau.catalogue.table_reader import plain_text
from carreau.desk.edits import normal

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that cannot be seen and that no text needs; a paste may bring them."""

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def shown(rule: FieldRule, value: Any) -> str:
    r"""Return a value as a form shows it: a text in paragraphs, a list with a line for each.

    >>> shown(FieldRule("texts"), ["a", "b"]), shown(FieldRule("flag"), True), shown(FieldRule("triple"), [1, 2.5, 3])
    ('a\nb', 'true', '1 2.5 3')
    """
    value = normal(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return (" " if rule.kind == "triple" else "\n").join(_plain(each) for each in value)
    return _plain(value)


def _plain(value: Any) -> str:
    """Return a value as text; a small number without an exponent, which no field takes.

    >>> _plain(4.20289e-05), _plain("1e-5")
    ('0.0000420289', '1e-5')
    """
    return f"{Decimal(str(value)):f}" if isinstance(value, float) else str(value)


def is_same(rule: FieldRule, text: str, value: Any) -> bool:
    """Return whether a form shows a value unchanged."""
    return cleaned(text) == shown(rule, value)


def cleaned(text: str) -> str:
    """Return a text of a form without what browsers and programs add to it."""
    lines = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.strip(" \t") for line in lines).strip("\n")


def parsed(rule: FieldRule, text: str) -> Any:
    """Return the value of a text; None where the key is to go. What is no value stays text, for its reader to tell.

    >>> parsed(FieldRule("number"), "3,43"), parsed(FieldRule("number"), "3 km"), parsed(FieldRule("flag"), "")
    (3.43, '3 km', None)
    """
    text = cleaned(text)
    if rule.kind in ("text", "texts", "words"):
        return plain_text(text) if rule.kind == "text" else [plain_text(line) for line in text.split("\n") if line]
    if not text:
        return "" if rule.need == MUST and rule.kind == "word" else None
    if rule.kind == "flag":
        return {"true": True, "false": False}.get(text, text)
    if rule.kind in ("number", "whole", "value"):
        return plain_text(text) if (number := _number(text)) is None else number
    if rule.kind == "triple":
        numbers = [_number(each) for each in re.split(r"[\s;]+", text)]
        return text if None in numbers else numbers
    return text


def _number(text: str) -> float | int | None:
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        return None
    return int(text) if text.lstrip("+-").isdecimal() else float(text.replace(",", "."))
