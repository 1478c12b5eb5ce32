"""Save what sheets change: place by place, onto what is on disk."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.errors import CarreauError, OptionError
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import require_catalogue
from carreau.catalogue.table_reader import ENTRY_NAME
from carreau.desk.document_file import Arrange, DocumentFile, Edit, Put, RefusedError, document_file, value_at
from carreau.desk.history import Editor, History
from carreau.desk.saving import save
from carreau.desk.spreadsheets.cells import cell_of, digest_of
from carreau.desk.spreadsheets.sheet import DELETE, PLACE, ROW, SEEN, Plan, Sheet, SheetKind, sheet_kinds
from carreau.desk.spreadsheets.sheet_files import csv_bytes, ods_bytes, read_csv, read_ods

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


Rows = list[list[str]]


def files_of(root: Path) -> list[DocumentFile]:
    """Return the files of all places in the order of their names; raises OptionError where there is no catalogue."""
    require_catalogue(root)
    slugs = (path.parent.name for path in sorted((root / "sites").glob("*/site.toml")))
    return [document_file(root, "site", slug) for slug in slugs if ENTRY_NAME.fullmatch(slug)]


def sheets_of(root: Path) -> dict[str, Rows]:
    """Return the rows of each sheet by its name, the headings first; what is no valid TOML is left out."""
    documents: list[tuple[str, Mapping[str, Any]]] = []
    for file in files_of(root):
        try:
            documents.append((file.path.parent.name, file.parsed(file.read()).data))
        except RefusedError:
            continue
    return {
        kind.name: [list(kind.headings), *(row for slug, data in documents for row in _rows(kind, slug, data))]
        for kind in sheet_kinds()
    }


def _rows(kind: SheetKind, slug: str, data: Mapping[str, Any]) -> Iterable[list[str]]:
    for number, table in enumerate(tables_of(kind, data), 1):
        cells = cells_of(kind, table)
        row = str(number) if kind.is_array else ""
        own = {PLACE: slug, ROW: row, **cells, DELETE: "", SEEN: seen_of(kind, slug, row, cells)}
        yield [own[heading] for heading in kind.headings]


def tables_of(kind: SheetKind, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the tables of a place that are rows of a sheet: the place itself, or those of an array."""
    if not kind.is_array:
        return [data]
    found = value_at(data, kind.at)
    return [each if isinstance(each, Mapping) else {} for each in found] if isinstance(found, list) else []


def cells_of(kind: SheetKind, table: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of each column of a table."""
    return {each.name: cell_of(each.rule, value_at(table, each.path)) for each in kind.columns}


def seen_of(kind: SheetKind, slug: str, row: str, cells: Mapping[str, str]) -> str:
    """Return what is exported of a row, as digests: of where it is and which columns there are, and of each cell.

    With it, an import tells what a person has changed in the sheet from what others have changed in the catalogue.
    """
    return "s" + where_of(kind, slug, row) + "".join(digest_of(cells[each.name]) for each in kind.columns)


def where_of(kind: SheetKind, slug: str, row: str) -> str:
    """Return the digest of where a row is, and of which columns there are."""
    return digest_of("|".join((kind.name, slug, row, *(each.name for each in kind.columns))))


def ods_of(root: Path) -> bytes:
    """Return the sheets as one OpenDocument spreadsheet."""
    return ods_bytes(sheets_of(root))


def csv_of(root: Path, separator: str = ";") -> dict[str, bytes]:
    """Return the sheets as CSV files by name."""
    return {f"{name}.csv": csv_bytes(rows, separator) for name, rows in sheets_of(root).items()}


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP, the same bytes each time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
