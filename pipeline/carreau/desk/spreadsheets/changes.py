"""What sheets change in the catalogue: cells and rows, the edits of each place, and what was not applied and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carreau.base.errors import CarreauError
from carreau.base.messages import Message, message
from carreau.desk.document_file import DocumentFile, text_of
from carreau.desk.edits import Edit
from carreau.desk.toml_edit import edited

LONGEST = 200
"""Characters of a text in a message."""


@dataclass(frozen=True)
class Change:
    """A change of one cell, or of a row.

    place, sheet : slug, and name of the kind of sheet
    column : empty for a whole row
    old, new : texts; of a row, what names it
    kind : "change", "add", "delete" or "clear"
    """

    place: str
    sheet: str
    row: str
    column: str
    kind: str
    old: str
    new: str

    def line(self) -> Message:
        """Return it in one line."""
        where = ", ".join(each for each in (self.place, self.sheet, self.row, self.column) if each)
        old, new = (each.replace("\n", " ")[:LONGEST] for each in (self.old, self.new))
        if self.kind == "add":
            return message("%(where)s: new: %(new)s", where=where, new=new)
        if self.kind in ("delete", "clear"):
            return message("%(where)s: deleted: %(old)s", where=where, old=old)
        return message("%(where)s: %(old)s -> %(new)s", where=where, old=old or "()", new=new)


@dataclass
class PlacePlan:
    """What is to be saved in a place.

    content : of its file, as the plan was made
    """

    file: DocumentFile
    content: bytes
    data: Mapping[str, Any]
    edits: list[Edit] = field(default_factory=list)


@dataclass
class Plan:
    """What sheets change, and what was noticed.

    places : by slug, only those that change
    notes : what was not applied, and why
    """

    places: dict[str, PlacePlan] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def lines(self) -> list[Message]:
        """Return a line for each change and each note."""
        return [*(each.line() for each in self.changes), *self.notes]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {"changes": [vars(each) for each in self.changes], "notes": [str(each) for each in self.notes]}


def problem_of(found: PlacePlan, edits: Sequence[Edit]) -> CarreauError | None:
    """Return why a place cannot be saved with some edits, None where it can."""
    file = found.file
    text, mark = text_of(found.content)
    try:
        after = mark + edited(text, edits, file.of).encode()
        file.require_valid(file.parsed(found.content), after)
    except CarreauError as error:
        return error
    return None
