"""Save what sheets change, place by place, and read and write sheets as CSV (RFC 4180) and OpenDocument (ODF 1.3)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from carreau.base.errors import CarreauError, FormatError, OptionError
from carreau.base.files import MOST_RATIO, member_limit
from carreau.base.messages import Message, message
from carreau.base.unzip import DAMAGED
from carreau.catalogue.catalogue import require_catalogue
from carreau.catalogue.table_reader import ENTRY_NAME
from carreau.desk.document_file import Arrange, DocumentFile, Edit, Put, RefusedError, document_file, value_at
from carreau.desk.history import Editor, History
from carreau.desk.saving import save
from carreau.desk.spreadsheet import (
    DELETE,
    MOST_COLUMNS,
    MOST_ROWS,
    PLACE,
    ROW,
    SEEN,
    Plan,
    Sheet,
    SheetKind,
    digest_cell,
    find_kind,
    format_cell,
    guard_text,
    sheet_from,
    sheet_kinds,
    unguard_text,
)

LARGEST_BYTES = 30_000_000


@dataclass(frozen=True)
class Prepared:
    """The edits of a place, and the digest of its file when they were made."""

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


def prepare(plan: Plan) -> list[Prepared]:
    """Return what is to be saved of a plan."""
    return [
        Prepared(slug, hashlib.sha256(each.content).hexdigest(), tuple(each.edits))
        for slug, each in plan.places.items()
    ]


def save_places(root: Path, places: Sequence[Prepared], history: History, editor: Editor) -> Outcome:
    """Save the edits of places; one that was changed since they were found is not touched."""
    done, refused, missing = list[str](), list[Message](), list[Message]()
    for each in places:
        try:
            file = document_file(root, "site", each.slug)
            content = file.read()
            if hashlib.sha256(content).hexdigest() != each.sha256:
                raise OptionError(message("%(file)s was changed meanwhile; import the sheet again", file=file.name))
            result = save(file, each.edits, file.parse(content).data, history, editor)
        except CarreauError as error:
            refused.append(error.message)
            continue
        done.append(each.slug)
        if result.not_recorded:
            missing.append(result.not_recorded)
    return Outcome(tuple(done), tuple(refused), tuple(dict.fromkeys(missing)))


def plan_as_json(places: Sequence[Prepared]) -> str:
    """Return edits as text, for a form that brings them back."""
    plain = [
        {"slug": each.slug, "sha256": each.sha256, "edits": [_plain(edit) for edit in each.edits]} for each in places
    ]
    return json.dumps(plain)


def plan_from_json(text: str) -> list[Prepared]:
    """Return the edits of a text that `plan_as_json` made; raises ValueError, KeyError or TypeError for another one."""
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


def list_files(root: Path) -> list[DocumentFile]:
    """Return the files of all places in the order of their names; raises OptionError where there is no catalogue."""
    require_catalogue(root)
    slugs = (path.parent.name for path in sorted((root / "sites").glob("*/site.toml")))
    return [document_file(root, "site", slug) for slug in slugs if ENTRY_NAME.fullmatch(slug)]


def list_sheets(root: Path) -> dict[str, Rows]:
    """Return the rows of each sheet by its name, the headings first; what is no valid TOML is left out."""
    documents: list[tuple[str, Mapping[str, Any]]] = []
    for file in list_files(root):
        try:
            documents.append((file.path.parent.name, file.parse(file.read()).data))
        except RefusedError:
            continue
    return {
        kind.name: [list(kind.headings), *(row for slug, data in documents for row in _rows(kind, slug, data))]
        for kind in sheet_kinds()
    }


def _rows(kind: SheetKind, slug: str, data: Mapping[str, Any]) -> Iterable[list[str]]:
    for number, table in enumerate(list_tables(kind, data), 1):
        cells = format_cells(kind, table)
        row = str(number) if kind.is_array else ""
        own = {PLACE: slug, ROW: row, **cells, DELETE: "", SEEN: digest_row(kind, slug, row, cells)}
        yield [own[heading] for heading in kind.headings]


def list_tables(kind: SheetKind, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the tables of a place that are rows of a sheet: the place itself, or those of an array."""
    if not kind.is_array:
        return [data]
    value = value_at(data, kind.at)
    return [each if isinstance(each, Mapping) else {} for each in value] if isinstance(value, list) else []


def format_cells(kind: SheetKind, table: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of each column of a table."""
    return {each.name: format_cell(each.rule, value_at(table, each.path)) for each in kind.columns}


def digest_row(kind: SheetKind, slug: str, row: str, cells: Mapping[str, str]) -> str:
    """Return what is exported of a row, as digests: of where it is and which columns there are, and of each cell.

    With it, an import tells what a person has changed in the sheet from what others have changed in the catalogue.
    """
    return "s" + digest_place(kind, slug, row) + "".join(digest_cell(cells[each.name]) for each in kind.columns)


def digest_place(kind: SheetKind, slug: str, row: str) -> str:
    """Return the digest of where a row is, and of which columns there are."""
    return digest_cell("|".join((kind.name, slug, row, *(each.name for each in kind.columns))))


def write_ods(root: Path) -> bytes:
    """Return the sheets as one OpenDocument spreadsheet."""
    return ods_bytes(list_sheets(root))


def write_csv(root: Path, separator: str = ";") -> dict[str, bytes]:
    """Return the sheets as CSV files by name."""
    return {f"{name}.csv": csv_bytes(rows, separator) for name, rows in list_sheets(root).items()}


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP, the same bytes each time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


BOM = "\ufeff"
_SEPARATORS = ";,\t"
_MOST_CELL = 1_000_000


def csv_bytes(rows: Sequence[Sequence[str]], separator: str = ";") -> bytes:
    """Return rows as CSV in UTF-8 with a mark, without which Excel takes it for Windows-1252."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    writer.writerows([guard_text(cell) for cell in row] for row in rows)
    return (BOM + stream.getvalue()).encode()


def read_csv(name: str, content: bytes) -> Sheet:
    """Return the sheet of a file; raises FormatError where it is no CSV.

    A last row that is cut off is left out, and told.
    """
    text, notes = _text(name, content)
    separator = _separator(text, name)
    if text[:4].casefold() == "sep=":
        text = text.partition("\n")[2]
    rows, is_cut = _csv_rows(name, text, separator)
    if is_cut and rows:
        rows.pop()
        notes.append(message("row %(row)s is cut off; it was left out", row=len(rows) + 1))
    return sheet_from(name, Path(name).stem, [[unguard_text(cell) for cell in row] for row in rows], notes)


def _text(name: str, content: bytes) -> tuple[str, list[Message]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError as error:
            raise FormatError(name, "", message("it is not UTF-8"), message("save it as UTF-8")) from error
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        # A file that is cut off may end in the middle of a letter.
        for cut in (1, 2, 3):
            try:
                return content[:-cut].decode("utf-8-sig"), []
            except UnicodeDecodeError:
                continue
    return content.decode("cp1252", "replace"), [message("it is not UTF-8, and was read as Windows-1252")]


def _separator(text: str, name: str) -> str:
    """Return the separator of which the headings make most sense."""
    first = text.lstrip(BOM).partition("\n")[0].strip("\r")
    if first[:4].casefold() == "sep=" and first[4:5] in _SEPARATORS:
        return first[4]
    scores = {}
    for separator in _SEPARATORS:
        headings = [each.strip().strip('"').casefold() for each in first.split(separator)]
        kind = find_kind(headings, Path(name).stem)
        scores[separator] = len(set(headings) & set(kind.headings)) if kind else 0
    return max(scores, key=lambda each: scores[each])


def _csv_rows(name: str, text: str, separator: str) -> tuple[list[list[str]], bool]:
    """Return the rows, and whether the last one is cut off: in a quoted cell, or without the end of its line."""
    rows: list[list[str]] = []
    before = csv.field_size_limit(_MOST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for row in reader:
            rows.append(row)
            if len(rows) > MOST_ROWS or len(row) > MOST_COLUMNS:
                cause = message("it has more than %(rows)s rows or %(columns)s columns", rows=MOST_ROWS,
                                columns=MOST_COLUMNS)  # fmt: skip
                raise FormatError(name, "", cause, message("leave out what is not needed"))
    except csv.Error as error:
        if "end of data" not in str(error):
            cause = message("its quotation marks are not in pairs: %(error)s", error=str(error))
            place = message("row %(row)s", row=len(rows) + 1)
            raise FormatError(name, place, cause, message("save it again as CSV")) from error
        return [*rows, []], True
    finally:
        csv.field_size_limit(before)
    return rows, not text.endswith(("\n", "\r"))


MOST_CONTENT_BYTES = 100_000_000
"""Of `content.xml`; 5,000 places like the 53 take 65 MB."""

_SPACES = re.compile(r"(^ +| +$|(?<= ) +)")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def ods_bytes(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Return a spreadsheet with a table of text cells for each sheet; the same sheets give the same bytes."""
    from odfdo import Document

    document = Document("spreadsheet")
    document.body.clear()
    root = etree.fromstring(document.content.serialize())
    body = root.find(f".//{_OFFICE}spreadsheet")
    for name, rows in sheets.items():
        _write_table(etree.SubElement(body, f"{_TABLE}table", {f"{_TABLE}name": name}), rows)
    document.meta.set_creation_date(datetime(2000, 1, 1))
    document.meta.set_modification_date(datetime(2000, 1, 1))
    stream = io.BytesIO()
    document.save(stream)
    return _with_content(stream.getvalue(), etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _write_table(table: etree._Element, rows: Sequence[Sequence[str]]) -> None:
    """Write rows into a table; each line of a cell is a paragraph."""
    width = max(map(len, rows), default=1)
    etree.SubElement(table, f"{_TABLE}table-column", {f"{_TABLE}number-columns-repeated": str(width)})
    for cells in rows:
        row = etree.SubElement(table, f"{_TABLE}table-row")
        for text in cells:
            cell = etree.SubElement(row, f"{_TABLE}table-cell", {f"{_OFFICE}value-type": "string"} if text else {})
            for line in text.split("\n") if text else ():
                _write_paragraph(etree.SubElement(cell, f"{_TEXT}p"), line)


def _write_paragraph(paragraph: etree._Element, line: str) -> None:
    """Write a line; of several spaces all but the first are elements, and so are those at its ends."""
    is_plain = "  " not in line and line == line.strip(" ")
    first, *rest = [line] if is_plain else _SPACES.split(line)
    paragraph.text = first
    for spaces, text in zip(rest[::2], rest[1::2], strict=True):
        element = etree.SubElement(paragraph, f"{_TEXT}s", {f"{_TEXT}c": str(len(spaces))})
        element.tail = text


def _with_content(packed: bytes, content: bytes) -> bytes:
    """Return an archive with another content, in which every file has the same time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(stream, "w") as target:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, _EPOCH)
            data = content if entry.filename == "content.xml" else source.read(entry)
            is_first = entry.filename == "mimetype"
            target.writestr(info, data, zipfile.ZIP_STORED if is_first else zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def read_ods(name: str, content: bytes) -> list[Sheet]:
    """Return the sheets of a spreadsheet; raises FormatError where it is none, or too large."""
    root = _parse_content(name, content)
    return [
        sheet_from(f"{name}, {table.get(f'{_TABLE}name', '')}", table.get(f"{_TABLE}name", ""), *_ods_rows(name, table))
        for table in root.iter(f"{_TABLE}table")
    ]


def _parse_content(name: str, content: bytes) -> etree._Element:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("content.xml") as file:
            is_bomb = (entry := archive.getinfo("content.xml")).file_size > member_limit(entry, len(content))
            data = b"" if is_bomb else file.read(MOST_CONTENT_BYTES + 1)
    except (*DAMAGED, KeyError, OSError) as error:
        cause = message("it is no OpenDocument spreadsheet, or damaged")
        raise FormatError(name, "", cause, message("save it again as ODS")) from error
    if is_bomb:
        cause = message("it unpacks to over %(ratio)s times its size", ratio=MOST_RATIO)
        raise FormatError(name, "", cause, message("leave out what is not needed"))
    if len(data) > MOST_CONTENT_BYTES:
        cause = message("it unpacks to over %(limit)s MB", limit=f"{MOST_CONTENT_BYTES / 10**6:g}")
        raise FormatError(name, "", cause, message("leave out what is not needed"))
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        cause = message("it is no OpenDocument spreadsheet, or damaged")
        raise FormatError(name, "", cause, message("save it again as ODS")) from error


def _ods_rows(name: str, table: etree._Element) -> tuple[list[list[str]], list[Message]]:
    rows: list[list[str]] = []
    notes: list[Message] = []
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:
            continue  # of a table in a cell
        cells = _cells(row, len(rows) + 1, notes)
        repeated = _count(row, "number-rows-repeated")
        if not cells:
            # What is empty up to the last row of the program is not spelt out; between rows it is.
            repeated = min(repeated, MOST_ROWS)
        if len(rows) + (repeated if cells else 0) > MOST_ROWS or len(cells) > MOST_COLUMNS:
            cause = message("it has more than %(rows)s rows or %(columns)s columns", rows=MOST_ROWS,
                            columns=MOST_COLUMNS)  # fmt: skip
            raise FormatError(name, "", cause, message("leave out what is not needed"))
        rows += [cells] * min(repeated, MOST_ROWS - len(rows))
    return rows, notes


def _cells(row: etree._Element, number: int, notes: list[Message]) -> list[str]:
    """Return the cells up to the last one that is not empty."""
    cells: list[str] = []
    waiting = 0
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        text, repeated = _cell(cell), _count(cell, "number-columns-repeated")
        if not text:
            waiting += repeated
            continue
        if len(cells) + waiting + repeated > MOST_COLUMNS + 1:
            return [*cells, *[""] * (MOST_COLUMNS + 1)]  # too many; told by the caller
        if cell.get(f"{_TABLE}formula"):
            notes.append(message("row %(row)s: a formula stands in a cell; its result was read", row=number))
        cells += [""] * waiting + [text] * repeated
        waiting = 0
    return cells


def _cell(cell: etree._Element) -> str:
    """Return the text of a cell; a date as ISO 8601, a number with a point, as they are stored."""
    kind = cell.get(f"{_OFFICE}value-type")
    if kind == "date":
        return str(cell.get(f"{_OFFICE}date-value", "")).removesuffix("T00:00:00")
    if kind == "boolean":
        return str(cell.get(f"{_OFFICE}boolean-value", ""))
    if kind in ("float", "percentage", "currency"):
        return _number(str(cell.get(f"{_OFFICE}value", "")))
    return "\n".join(_paragraph(each) for each in cell if each.tag == f"{_TEXT}p")


def _number(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else text


def _paragraph(element: etree._Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: etree._Element) -> Iterator[str]:
    """Yield the text of a paragraph; several spaces, tabs and line breaks are elements (ODF 1.3, part 3, 6.1)."""
    yield element.text or ""
    for each in element:
        if each.tag == f"{_TEXT}s":
            yield " " * min(_count(each, "c", _TEXT), 1000)
        elif each.tag == f"{_TEXT}tab":
            yield "\t"
        elif each.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(each.tag, str) and each.tag != f"{_OFFICE}annotation":
            yield from _pieces(each)
        yield each.tail or ""


def _count(element: etree._Element, attribute: str, space: str = _TABLE) -> int:
    value = str(element.get(f"{space}{attribute}", "1"))
    return int(value[:12]) if value.isascii() and value.isdecimal() and int(value[:12]) > 0 else 1
