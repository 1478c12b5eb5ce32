"""Write the places of a catalogue into sheets, each row with what it was when it was written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from carreau.catalogue.catalogue import require_catalogue
from carreau.catalogue.table_reader import NAME
from carreau.desk.document_file import DocumentFile, RefusedError, document_file
from carreau.desk.edits import value_at
from carreau.desk.spreadsheets.cells import cell_of, digest_of
from carreau.desk.spreadsheets.columns import DELETE, PLACE, ROW, SEEN, SheetKind, sheet_kinds
from carreau.desk.spreadsheets.csv_files import csv_bytes
from carreau.desk.spreadsheets.ods_files import ods_bytes

Rows = list[list[str]]


def files_of(root: Path) -> list[DocumentFile]:
    """Return the files of all places in the order of their names; raises OptionError where there is no catalogue."""
    require_catalogue(root)
    slugs = (path.parent.name for path in sorted((root / "sites").glob("*/site.toml")))
    return [document_file(root, "site", slug) for slug in slugs if NAME.fullmatch(slug)]


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
