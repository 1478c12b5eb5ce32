"""Read and write sheets as CSV (RFC 4180), as spreadsheet programs of Europe do."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.desk.spreadsheets.cells import guarded, unguarded
from carreau.desk.spreadsheets.sheet import MOST_COLUMNS, MOST_ROWS, Sheet, kind_of, sheet_from

BOM = "\ufeff"
_SEPARATORS = ";,\t"
_MOST_CELL = 1_000_000


def csv_bytes(rows: Sequence[Sequence[str]], separator: str = ";") -> bytes:
    """Return rows as CSV in UTF-8 with a mark, without which Excel takes it for Windows-1252."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return (BOM + stream.getvalue()).encode()


def read_csv(name: str, content: bytes) -> Sheet:
    """Return the sheet of a file; raises FormatError where it is no CSV.

    A last row that is cut off is left out, and told.
    """
    text, notes = _text(name, content)
    separator = _separator(text, name)
    if text[:4].casefold() == "sep=":
        text = text.partition("\n")[2]
    rows, is_cut = _rows(name, text, separator)
    if is_cut and rows:
        rows.pop()
        notes.append(message("row %(row)s is cut off; it was left out", row=len(rows) + 1))
    return sheet_from(name, Path(name).stem, [[unguarded(cell) for cell in row] for row in rows], notes)


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
        kind = kind_of(headings, Path(name).stem)
        scores[separator] = len(set(headings) & set(kind.headings)) if kind else 0
    return max(scores, key=lambda each: scores[each])


def _rows(name: str, text: str, separator: str) -> tuple[list[list[str]], bool]:
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
