"""Save what sheets change: place by place, onto what is on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.errors import CarreauError, OptionError
from carreau.base.messages import Message, message
from carreau.desk.document_file import document_file
from carreau.desk.edits import Arrange, Edit, Put
from carreau.desk.history import Editor, History
from carreau.desk.saving import save
from carreau.desk.spreadsheets.changes import Plan
from carreau.desk.spreadsheets.csv_files import read_csv
from carreau.desk.spreadsheets.ods_files import read_ods
from carreau.desk.spreadsheets.sheet import Sheet

LARGEST_BYTES = 30_000_000


@dataclass(frozen=True)
class Prepared:
    """The edits of a place, and the digest of its file as they were found."""

    slug: str
    sha256: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of the places.

    saved : slugs
    refused : why others were not
    not_recorded : why there is no commit
    """

    saved: tuple[str, ...]
    refused: tuple[Message, ...]
    not_recorded: tuple[Message, ...] = ()

    def lines(self) -> list[Message]:
        """Return a line for what was saved, and one for each place that was not."""
        return [message("saved: %(names)s", names=self.saved), *self.refused, *self.not_recorded]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {"saved": list(self.saved), "refused": [str(each) for each in self.refused]}


def read_sheets(name: str, content: bytes) -> list[Sheet]:
    """Return the sheets of a CSV or ODS; raises FormatError where it is none."""
    return read_ods(name, content) if content.startswith(b"PK") else [read_csv(name, content)]


def prepared(plan: Plan) -> list[Prepared]:
    """Return what is to be saved of a plan."""
    return [
        Prepared(slug, hashlib.sha256(each.content).hexdigest(), tuple(each.edits))
        for slug, each in plan.places.items()
    ]


def saved(root: Path, places: Sequence[Prepared], history: History, editor: Editor) -> Outcome:
    """Save the edits of places; one that was changed since they were found is not touched."""
    done, refused, missing = list[str](), list[Message](), list[Message]()
    for each in places:
        try:
            file = document_file(root, "site", each.slug)
            content = file.read()
            if hashlib.sha256(content).hexdigest() != each.sha256:
                raise OptionError(message("%(file)s was changed meanwhile; import the sheet again", file=file.name))
            result = save(file, each.edits, file.parsed(content).data, history, editor)
        except CarreauError as error:
            refused.append(error.message)
            continue
        done.append(each.slug)
        if result.not_recorded:
            missing.append(result.not_recorded)
    return Outcome(tuple(done), tuple(refused), tuple(dict.fromkeys(missing)))


def as_json(places: Sequence[Prepared]) -> str:
    """Return edits as text, for a form that brings them back."""
    plain = [
        {"slug": each.slug, "sha256": each.sha256, "edits": [_plain(edit) for edit in each.edits]} for each in places
    ]
    return json.dumps(plain)


def from_json(text: str) -> list[Prepared]:
    """Return the edits of a text that `as_json` made; raises ValueError, KeyError or TypeError for another one."""
    return [
        Prepared(str(each["slug"]), str(each["sha256"]), tuple(_edit(edit) for edit in each["edits"]))
        for each in json.loads(text)
    ]


def _plain(edit: Edit) -> dict[str, Any]:
    if isinstance(edit, Put):
        return {"put": edit.path, "value": edit.value}
    return {"arrange": edit.path, "order": edit.order}


def _edit(plain: Mapping[str, Any]) -> Edit:
    if "put" in plain:
        return Put(tuple(plain["put"]), plain["value"])
    return Arrange(tuple(plain["arrange"]), tuple(plain["order"]))
