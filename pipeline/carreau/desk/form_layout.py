"""Lay a form out from the classes of the catalogue: groups of fields and tables, each with the remarks about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from carreau.base.errors import ERROR, Diagnostic, KeyPath, shown_key
from carreau.catalogue.fields import MAY, NAME, FieldRule
from carreau.catalogue.i18n.source_texts import list_rules
from carreau.catalogue.route import Route
from carreau.catalogue.show import MapScene, Show
from carreau.catalogue.site import Site
from carreau.catalogue.trail import Trail
from carreau.desk.form_state import FormState
from carreau.desk.form_words import (
    GROUPS,
    HELP,
    LABELS,
    MAP_GROUPS,
    ROUTE_GROUPS,
    SHOW_GROUPS,
    TABLES,
    TRAIL_GROUPS,
    looked_up,
)

GROUPS_OF: Mapping[type, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {Site: GROUPS, Route: ROUTE_GROUPS, Trail: TRAIL_GROUPS, Show: SHOW_GROUPS, MapScene: MAP_GROUPS}
)
"""The keys of a form in groups, by the class of its document."""

_LONG = ("alt", "basis", "questions", "source", "transcript")
"""Keys of long texts that are not translated, or lists."""

_TERMS = {
    each: each for each in ("kind", "theme", "confidence", "event", "evidence", "standing", "mode", "reliability")
} | {
    "path_measure": "measure",
    "length_measure": "measure",
    "order": "stop order",
}
"""Lists of `carreau.base.terms` by key."""


@dataclass(frozen=True)
class Said:
    """A message about a field; its texts are messages."""

    is_error: bool
    cause: str
    cure: str


@dataclass(frozen=True)
class FormField:
    """A field.

    name : as `FormState` has it
    widget : "line", "text", "choice" or "number"
    choices : values
    terms : name of the list that has words for them, empty where they stand for themselves
    limit : the most characters, None where there is no limit
    theirs : what somebody else has saved meanwhile, None where there is no such conflict
    """

    name: str
    label: str
    help: str
    widget: str
    text: str
    is_needed: bool
    choices: tuple[str, ...] = ()
    terms: str = ""
    limit: int | None = None
    theirs: str | None = None
    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class FormTable:
    """A table, or the rows of an array of tables.

    key : of a row, "" for a single table
    heading : of what; of a row with its number
    order : of the rows, as the form sends it
    """

    name: str
    heading: str
    number: int = 0
    key: str = ""
    is_array: bool = False
    is_there: bool = True
    order: str = ""
    row_heading: str = ""
    parts: tuple[FormField | FormTable, ...] = ()
    said: tuple[Said, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Return whether something in it is wrong, or was changed by somebody else."""
        if any(each.is_error for each in self.said):
            return True
        for part in self.parts:
            if isinstance(part, FormTable):
                if part.needs_attention:
                    return True
            elif part.theirs is not None or any(each.is_error for each in part.said):
                return True
        return False


@dataclass(frozen=True)
class FormGroup:
    """A part of the form with its heading."""

    heading: str
    parts: tuple[FormField | FormTable, ...]


@dataclass(frozen=True)
class Form:
    """A form; `said` holds the remarks that are not about a single field."""

    groups: tuple[FormGroup, ...]
    said: tuple[Said, ...] = ()


@dataclass
class _Layout:
    state: FormState
    by_key: Mapping[str, Sequence[Diagnostic]]
    told: set[str] = field(default_factory=set)

    def parts(self, of: type, name: str, path: KeyPath, keys: Sequence[str] = ()) -> tuple[FormField | FormTable, ...]:
        rules = dict(list_rules(of))
        return tuple(
            self._part(key, rules[key], f"{name}.{key}" if name else key, (*path, key)) for key in keys or rules
        )

    def _part(self, key: str, rule: FieldRule, name: str, path: KeyPath) -> FormField | FormTable:
        words = ".".join(step for step in path if isinstance(step, str))
        if rule.kind in ("one", "many"):
            heading, row_heading = looked_up(TABLES, words, ("", ""))
            findings = self._diagnose(path)
            if rule.kind == "one":
                is_there = any(self.state.values.get(each) for each in self.state.values if each.startswith(f"{name}."))
                parts = self.parts(rule.of, name, path)
                return FormTable(name, heading, is_there=is_there, parts=parts, said=findings)
            rows = self.state.orders.get(name, [])
            tables = tuple(
                FormTable(
                    name, row_heading, place + 1, row, said=self._diagnose((*path, place)),
                    parts=self.parts(rule.of, f"{name}.{row}", (*path, place)),
                )
                for place, row in enumerate(rows)
            )  # fmt: skip
            return FormTable(
                name, heading, is_array=True, order=" ".join(rows), row_heading=row_heading, parts=tables, said=findings
            )
        return FormField(
            name, looked_up(LABELS, words, ""), looked_up(HELP, words, ""), _widget(key, rule),
            self.state.values.get(name, ""), rule.need != MAY, _choices(rule), _terms(key, path), rule.limit,
            self.state.theirs.get(name), self._diagnose(path),
        )  # fmt: skip

    def _diagnose(self, path: KeyPath) -> tuple[Said, ...]:
        key = shown_key(path)
        self.told.add(key)
        return tuple(Said(each.level == ERROR, each.cause, each.cure) for each in self.by_key.get(key, ()))


def laid_out(state: FormState, findings: Sequence[Diagnostic], of: type = Site) -> Form:
    """Return the form of a place, route, trail, show or map.

    of : its class
    findings : of its check, whose keys count rows in the order of the form
    """
    by_key: dict[str, list[Diagnostic]] = {}
    for each in findings:
        by_key.setdefault(each.key, []).append(each)
    layout = _Layout(state, by_key)
    keys_of = GROUPS_OF[of]
    groups = tuple(FormGroup(heading, layout.parts(of, "", (), keys)) for heading, keys in keys_of.items())
    rest = [each for each in findings if each.key not in layout.told]
    return Form(groups, tuple(Said(each.level == ERROR, each.cause, each.cure) for each in rest))


def fields_in(form: Form) -> list[FormField | FormTable]:
    """Return the fields and tables of a form in order."""
    fields: list[FormField | FormTable] = []
    waiting = [part for group in reversed(form.groups) for part in reversed(group.parts)]
    while waiting:
        part = waiting.pop()
        fields.append(part)
        if isinstance(part, FormTable):
            waiting.extend(reversed(part.parts))
    return fields


def _widget(key: str, rule: FieldRule) -> str:
    if rule.kind in ("word", "flag"):
        return "choice"
    is_prose = rule.kind in ("text", "value") and rule.translatable and rule.limit != NAME and rule.kind == "text"
    return "text" if rule.kind in ("texts", "words") or is_prose or key in _LONG else "line"


def _choices(rule: FieldRule) -> tuple[str, ...]:
    return ("true", "false") if rule.kind == "flag" else rule.choices


def _terms(key: str, path: KeyPath) -> str:
    if path[0] == "state" and key == "kind":
        return "state"
    if path[0] == "chapter" and key == "by":
        return "answered"
    return "" if path[0] == "media" or "scene" in path else _TERMS.get(key, "")
