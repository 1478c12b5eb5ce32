"""What stands in a form of a place: the text of each field, and the order of the rows of each array of tables.

A field is named by its path, `fact.2.label`, in which a row has the number that it was read with, or a name, `n0`, as
long as it is not saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from carreau.base.errors import KeyPath, shown_key
from carreau.base.messages import Message, message
from carreau.catalogue.fields import MUST, FieldRule
from carreau.catalogue.i18n.source_texts import list_rules
from carreau.catalogue.table_reader import plain_text
from carreau.desk.document_file import Arrange, Edit, Put, normal
from carreau.desk.saving import Clash, ClashError, rebase

VALUE, ORDER, TAKE, THEIRS, DROP = "v.", "o.", "take.", "theirs.", "drop."
"""What the names of fields of the form begin with."""

_MOST_ROWS = 2000
_ROW = re.compile(r"\d{1,4}|n\d{1,4}")


@dataclass
class FormState:
    """The fields of a form.

    values : text by name
    orders : rows by the name of their array
    theirs : what somebody else saved meanwhile in a field that was changed here too, by name
    dropped : names of tables to remove
    """

    values: dict[str, str] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    def fill(self, data: Mapping[str, Any], of: type, name: str = "") -> None:
        """Take the values of a table, and of the tables in it."""
        for key, rule in list_rules(of):
            own, value = _join(name, key), data.get(key)
            if rule.kind == "one":
                self.fill(value if isinstance(value, dict) else {}, rule.of, own)
            elif rule.kind == "many":
                rows = _rows(value)
                self.orders[own] = [str(place) for place in range(len(rows))]
                for place, row in enumerate(rows):
                    self.fill(row, rule.of, f"{own}.{place}")
            else:
                self.values[own] = show(rule, value)

    def edits(self, read: Mapping[str, Any], of: type) -> list[Edit]:
        """Return what was changed of the document that the form was filled from."""
        return list(self._edits(read, of, (), ""))

    def _edits(self, read: Mapping[str, Any], of: type, path: KeyPath, name: str) -> Iterator[Edit]:
        for key, rule in list_rules(of):
            own, at, value = _join(name, key), (*path, key), read.get(key)
            if rule.kind == "one":
                if own in self.dropped and key in read:
                    yield Put(at, None)
                else:
                    yield from self._edits(value if isinstance(value, dict) else {}, rule.of, at, own)
            elif rule.kind == "many":
                yield from self._row_edits(_rows(value), rule, at, own)
            elif own in self.values and not is_same(rule, self.values[own], value):
                yield Put(at, parse(rule, self.values[own]))

    def _row_edits(self, rows: Sequence[Mapping[str, Any]], rule: FieldRule, at: KeyPath, own: str) -> Iterator[Edit]:
        if own not in self.orders:
            return
        order: list[int | Mapping[str, Any]] = []
        for row in self.orders[own]:
            if not row.isdecimal():
                order.append(self._row(rule.of, f"{own}.{row}"))
            elif int(row) < len(rows) and int(row) not in order:
                order.append(int(row))
                yield from self._edits(rows[int(row)], rule.of, (*at, int(row)), f"{own}.{row}")
        if order != list(range(len(rows))):
            yield Arrange(at, tuple(order))

    def _row(self, of: type, name: str) -> dict[str, Any]:
        """Return a new row; texts that it must have are there, if empty, and are asked for later."""
        row: dict[str, Any] = {}
        for key, rule in list_rules(of):
            own = _join(name, key)
            if rule.kind == "one":
                value: Any = self._row(rule.of, own) if self._has(own) else None
            elif rule.kind == "many":
                value = [self._row(rule.of, f"{own}.{each}") for each in self.orders.get(own, ())] or None
            else:
                value = parse(rule, self.values.get(own, ""))
                value = None if value in ("", []) and rule.need != MUST else value
            if value is not None:
                row[key] = value
        return row

    def _has(self, name: str) -> bool:
        return any(value.strip() for own, value in self.values.items() if own.startswith(f"{name}."))

    def apply(self, edits: Sequence[Edit], of: type) -> None:
        """Take edits of the document that the form was filled from."""
        for edit in edits:
            name = ".".join(map(str, edit.path))
            rule = rule_at(of, edit.path)
            if isinstance(edit, Arrange) and rule is not None:
                self.orders[name] = [
                    str(each) if isinstance(each, int) else self._new(each, name, rule) for each in edit.order
                ]
            elif isinstance(edit, Put) and rule is not None and rule.kind not in ("one", "many"):
                self.values[name] = show(rule, edit.value)
            elif isinstance(edit, Put):
                self.dropped.add(name)

    def _new(self, row: Mapping[str, Any], array: str, rule: FieldRule) -> str:
        key = self._free_key(array)
        self.fill(row, rule.of, f"{array}.{key}")
        for inner in [each for each in self.orders if each.startswith(f"{array}.{key}.")]:
            self.orders[inner] = [f"n{each}" for each in self.orders[inner]]
            for old in [each for each in self.values if each.startswith(f"{inner}.")]:
                self.values[f"{inner}.n{old.removeprefix(f'{inner}.')}"] = self.values.pop(old)
        return key

    def _free_key(self, array: str) -> str:
        taken = {
            name.removeprefix(f"{array}.").partition(".")[0] for name in self.values if name.startswith(f"{array}.")
        }
        taken |= set(self.orders.get(array, ()))
        return next(key for number in range(_MOST_ROWS + 1) if (key := f"n{number}") not in taken)

    def act(self, action: str) -> bool:
        """Add, remove or move a row, as a button of the form says; return whether that was an action.

        action : "add:ARRAY", "remove:ARRAY:ROW", "up:ARRAY:ROW" or "down:ARRAY:ROW"
        """
        verb, _, rest = action.partition(":")
        array, _, row = rest.partition(":")
        rows = self.orders.get(array)
        if rows is None or (verb != "add" and row not in rows) or len(rows) >= _MOST_ROWS:
            return False
        if verb == "add":
            rows.append(self._free_key(array))
        elif verb == "remove":
            rows.remove(row)
        elif verb in ("up", "down"):
            place = rows.index(row)
            other = place + (-1 if verb == "up" else 1)
            if 0 <= other < len(rows):
                rows[place], rows[other] = rows[other], rows[place]
        else:
            return False
        return True


def sent_state(fields: Mapping[str, str]) -> FormState:
    """Return the state of a form that a browser sent; of a field with two values, the one that was chosen."""
    state = FormState()
    for name, text in fields.items():
        if name.startswith(VALUE):
            own = name.removeprefix(VALUE)
            is_theirs = fields.get(f"{TAKE}{own}") == "theirs"
            state.values[own] = fields.get(f"{THEIRS}{own}", "") if is_theirs else text
        elif name.startswith(ORDER):
            rows = [each for each in text.split() if _ROW.fullmatch(each)]
            state.orders[name.removeprefix(ORDER)] = list(dict.fromkeys(rows))[:_MOST_ROWS]
        elif name.startswith(DROP):
            state.dropped.add(name.removeprefix(DROP))
    return state


def rule_at(of: type, path: KeyPath) -> FieldRule | None:
    """Return the rule of a key, None for a key that is unknown."""
    rule: FieldRule | None = None
    for step in path:
        if isinstance(step, str):
            rule = dict(list_rules(of)).get(step)
            if rule is None:
                return None
            of = rule.of or of
    return rule


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [each if isinstance(each, dict) else {} for each in value] if isinstance(value, list) else []


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that cannot be seen and that no text needs; a paste may bring them."""

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def show(rule: FieldRule, value: Any) -> str:
    r"""Return a value as a form shows it: a text in paragraphs, a list with a line for each.

    >>> show(FieldRule("texts"), ["a", "b"]), show(FieldRule("flag"), True), show(FieldRule("triple"), [1, 2.5, 3])
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
    return clean_text(text) == show(rule, value)


def clean_text(text: str) -> str:
    """Return a text of a form without what browsers and programs add to it."""
    lines = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.strip(" \t") for line in lines).strip("\n")


def parse(rule: FieldRule, text: str) -> Any:
    """Return the value of a text, None to remove the key. An invalid value stays text, so that its reader reports it.

    >>> parse(FieldRule("number"), "3,43"), parse(FieldRule("number"), "3 km"), parse(FieldRule("flag"), "")
    (3.43, '3 km', None)
    """
    text = clean_text(text)
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


_LONGEST = 2000
"""Characters of a value in a message."""


def laid_over(
    error: ClashError, state: FormState, read: Mapping[str, Any], of: type
) -> tuple[FormState, tuple[Message, ...]]:
    """Return the form over the document of now, and what to tell.

    read : the document that the form was filled from
    Of a field that both changed, the form has one value and `theirs` the other; what has no field is told.
    """
    edits, clashes = rebase(state.edits(read, of), read, error.now)
    now = FormState()
    now.fill(error.now, of)
    now.apply(edits, of)
    lost = [each for each in clashes if not _keep(each, now, of)]
    return now, (error.message, *(_lost(each, of) for each in lost))


def _keep(clash: Clash, now: FormState, of: type) -> bool:
    """Put both values of a clash into a form; return whether it has the field."""
    name, rule = ".".join(map(str, clash.now or ())), rule_at(of, clash.path)
    if name not in now.values or rule is None:
        return False
    now.theirs[name], now.values[name] = now.values[name], show(rule, clash.mine)
    return True


def _lost(clash: Clash, of: type) -> Message:
    key, rule = shown_key(clash.path), rule_at(of, clash.path)
    if rule is None or rule.kind in ("one", "many"):
        return message("%(key)s: somebody else changed the rows meanwhile; arrange them again", key=key)
    value = show(rule, clash.mine)[:_LONGEST]
    return message("%(key)s: the row was removed meanwhile; your value was: %(value)s", key=key, value=value)
