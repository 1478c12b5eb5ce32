"""Make the dataclasses of the catalogue from TOML, and note every key that makes no sense."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

from pipeline.catalogue.dates import DateError, parse_when
from pipeline.catalogue.diagnostics import KeyPath, shown
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.fields import MAY, MUST, FieldRule

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
FARTHEST = 1e12
"""Largest number that anything is counted with."""

T = TypeVar("T")


class _WrongError(Exception):
    """A value does not keep to its rule: cause, cure."""


def read_table(of: type[T], data: dict[str, Any], sheet: TomlDocument, path: KeyPath = ()) -> T:
    """Return a table as its class; a key that is wrong is a finding, and what the class has without it.

    of : a frozen dataclass whose fields carry rules; all of them have defaults
    """
    rules = {each.name: each.metadata["rule"] for each in fields(of)}  # type: ignore[arg-type]
    for key in data:
        if key not in rules:
            _unknown(key, tuple(rules), sheet, path)
    made = {}
    for key, rule in rules.items():
        is_empty = data.get(key, "") in ("", [])
        if is_empty and rule.need != MAY:
            _absent(key, key in data, rule, sheet, path)
        if not is_empty and (found := _value(rule, data[key], sheet, (*path, key))) is not None:
            made[key] = found
    return of(**made)


def _unknown(key: str, known: tuple[str, ...], sheet: TomlDocument, path: KeyPath) -> None:
    near = difflib.get_close_matches(key, known, 1, 0.6)
    cure = f"write {near[0]}" if near else f"choose among {', '.join(sorted(known))}"
    sheet.error("unknown key", (*path, key), "the key is unknown", cure)


def _absent(key: str, is_there: bool, rule: FieldRule, sheet: TomlDocument, path: KeyPath) -> None:
    if rule.need == MUST and not is_there:
        sheet.error("missing key", (*path, key), "the key is missing", "write it, empty as long as nobody knows")
    else:
        sheet.question("not written", (*path, key), "nothing is written yet", "write it when it is known")


def _value(rule: FieldRule, value: Any, sheet: TomlDocument, path: KeyPath) -> Any:
    if rule.kind == "one":
        return _one(rule, value, sheet, path)
    if rule.kind == "many":
        return _many(rule, value, sheet, path)
    try:
        return _READERS[rule.kind](rule, value)
    except _WrongError as error:
        sheet.error("wrong value", path, *error.args)
        return None


def _one(rule: FieldRule, value: Any, sheet: TomlDocument, path: KeyPath) -> Any:
    if isinstance(value, dict):
        return read_table(rule.of, value, sheet, path)
    sheet.error("wrong value", path, f"{shown(value)} is no table", f"write [{path[-1]}] on a line, its keys below")
    return None


def _many(rule: FieldRule, value: Any, sheet: TomlDocument, path: KeyPath) -> Any:
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return tuple(read_table(rule.of, each, sheet, (*path, place)) for place, each in enumerate(value))
    cure = f"write [[{path[-1]}]] on a line before each, its keys below"
    sheet.error("wrong value", path, f"{shown(value)} is no list of tables", cure)
    return None


def _text(_: FieldRule, value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongError(f"{shown(value)} is no text", "put it between quotation marks")
    return plain_text(value)


def plain_text(text: str) -> str:
    """Return a text as it is meant: lines are wrapped as one likes, an empty line parts paragraphs.

    Spaces that do not break, of which French is full, stay.
    """
    paragraphs = (re.sub(r"[ \t\n]+", " ", part).strip(" ") for part in re.split(r"\n[ \t]*\n", text))
    return "\n\n".join(part for part in paragraphs if part)


def _name(_: FieldRule, value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise _WrongError(f"{shown(value)} is no name for links", "use small letters, digits and hyphens, as fosse-1")
    return value


def _word(rule: FieldRule, value: Any) -> str:
    if value in rule.choices:
        return str(value)
    near = difflib.get_close_matches(str(value), rule.choices, 1, 0.6) if isinstance(value, str) else []
    cure = f"write {near[0]}" if near else f"choose among {', '.join(rule.choices)}"
    raise _WrongError(f"{shown(value)} is not among the words for this key", cure)


def _texts(_: FieldRule, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _WrongError(f"{shown(value)} is no list of texts", 'write ["one", "two"]')
    return tuple(text for each in value if (text := plain_text(each)))


def _number(rule: FieldRule, value: Any) -> float:
    found = _plain(value)
    in_unit = f" in {rule.unit}" if rule.unit else ""
    if found is None:
        raise _WrongError(
            f"{shown(value)} is no number", f"write a number{in_unit}, without its unit or quotation marks"
        )
    if not rule.least <= found <= rule.most:
        cure = f"write a number{in_unit} from {rule.least:,.15g} to {rule.most:,.15g}"
        raise _WrongError(f"{shown(value)} cannot be right", cure)
    return found


def _whole(rule: FieldRule, value: Any) -> int:
    found = _number(rule, value)
    if not isinstance(value, int):
        raise _WrongError(f"{shown(value)} is no whole number", "leave the decimals out")
    return int(found)


def _flag(_: FieldRule, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongError(f"{shown(value)} is neither true nor false", "write true or false, without quotation marks")
    return value


def _when(_: FieldRule, value: Any) -> Any:
    text = f"{value:04d}" if isinstance(value, int) and 0 < value < 10_000 else value
    if isinstance(value, date) and not isinstance(value, datetime):
        text = value.isoformat()
    try:
        if not isinstance(text, str):
            raise DateError("it is not written as dates are")
        return parse_when(text)
    except DateError as error:
        cure = "write it as 1831, 1831-07, 1831-07-15, 1924~ (about) or 1831/1862"
        raise _WrongError(f"{shown(value)} is no date: {error}", cure) from error


def _either(_: FieldRule, value: Any) -> str | float:
    if isinstance(value, str):
        return plain_text(value)
    found = _plain(value)
    if found is None:
        raise _WrongError(f"{shown(value)} is neither text nor a number", "write one of them")
    return int(value) if isinstance(value, int) else found


def _triple(_: FieldRule, value: Any) -> tuple[float, float, float]:
    found = [_plain(each) for each in value] if isinstance(value, list) and len(value) == 3 else []
    x, y, z = found if len(found) == 3 else (None, None, None)
    if x is None or y is None or z is None:
        raise _WrongError(f"{shown(value)} is not three numbers", "write [x, y, z]")
    return x, y, z


def _plain(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= FARTHEST else None  # neither nan nor infinite is


_READERS: dict[str, Callable[[FieldRule, Any], Any]] = {
    "text": _text,
    "name": _name,
    "word": _word,
    "texts": _texts,
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "when": _when,
    "value": _either,
    "triple": _triple,
}
