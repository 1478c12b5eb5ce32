"""CSV and ODS are read as programs write them, and nothing in them can do harm."""

from __future__ import annotations

import io
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odfdo import Document

from carreau.base.errors import FormatError
from carreau.desk.form_state import clean_text
from carreau.desk.spreadsheet import MOST_ROWS, Sheet
from carreau.desk.spreadsheet_files import csv_bytes, ods_bytes, read_csv, read_ods

HEAD = ["place", "row", "name", "label", "value", "unit", "source", "note", "disputed", "delete", "seen"]
ROW = ["une", "1", "depth_m", 'l\'été; "oui"', "338", "m", "a\n\nb", "=1+1", "", "", "s0"]


def cells(sheet: Sheet) -> list[list[str]]:
    return [[row.cells.get(each, "") for each in HEAD] for row in sheet.rows]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252", "utf-16"])
def test_csv_of_any_program_is_read(separator: str, encoding: str) -> None:
    content = csv_bytes([HEAD, ROW], separator)
    assert content.startswith(b"\xef\xbb\xbf")
    sheet = read_csv("facts.csv", content.decode("utf-8-sig").encode(encoding))
    assert sheet.kind is not None
    assert sheet.kind.name == "facts"
    assert cells(sheet) == [ROW]
    assert bool(sheet.notes) == (encoding == "cp1252")


def test_the_words_of_excel_for_its_separator_are_read() -> None:
    assert cells(read_csv("x.csv", b"sep=,\r\n" + csv_bytes([HEAD, ROW], ",").removeprefix(b"\xef\xbb\xbf"))) == [ROW]


def test_the_file_says_by_its_headings_what_it_is() -> None:
    assert read_csv(
        "Classeur1.csv", csv_bytes([["place", "see_today", "access", "colour"], ["une", "a", "b", "c"]])
    ) == (read_csv("Classeur1.csv", csv_bytes([["PLACE ", "See_Today", "access", "colour"], ["une", "a", "b", "c"]])))
    sheet = read_csv("Classeur1.csv", csv_bytes([["place", "see_today", "colour"], ["une", "a", "c"]]))
    assert sheet.kind is not None
    assert (sheet.kind.name, sheet.unknown) == ("visit", ("colour",))
    assert read_csv("x.csv", csv_bytes([["name", "kind"], ["a", "b"]])).kind is None
    assert read_csv("x.csv", b"").kind is None


def test_a_file_that_is_cut_off_loses_its_last_row_only() -> None:
    content = csv_bytes([HEAD, ROW, ROW, ["deux", *ROW[1:]]])
    for cut in range(len(content) - 2, len(content) - 40, -3):
        sheet = read_csv("facts.csv", content[:cut])
        assert cells(sheet) == [ROW, ROW], cut
        assert "row 4 is cut off" in sheet.notes[0]


def test_ods_is_the_same_bytes_each_time_and_comes_back() -> None:
    content = ods_bytes({"facts": [HEAD, ROW], "visit": [["place", "access"], ["une", "a  b"]]})
    assert content == ods_bytes({"facts": [HEAD, ROW], "visit": [["place", "access"], ["une", "a  b"]]})
    facts, visit = read_ods("a.ods", content)
    assert cells(facts) == [ROW]
    assert visit.rows[0].cells == {"place": "une", "access": "a  b"}
    table = Document(io.BytesIO(content)).body.get_table(name="visit")
    assert table is not None
    assert table.get_values()[1] == ["une", "a  b"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"


def with_rows(rows: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    head = "".join(f"<table:table-cell><text:p>{each}</text:p></table:table-cell>" for each in ("place", "access"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name='visit'>"
            f"<table:table-row>{head}</table:table-row>{rows}</table:table></office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return stream.getvalue()


def test_cells_of_libreoffice_are_read() -> None:
    cell = "<table:table-cell {}>{}</table:table-cell>"
    rows = "".join(
        f"<table:table-row>{cell.format('', '<text:p>une</text:p>')}{other}</table:table-row>"
        for other in (
            cell.format("office:value-type='float' office:value='59301'", "<text:p>59 301</text:p>"),
            cell.format("office:value-type='date' office:date-value='1831-07-15'", "<text:p>15/07/31</text:p>"),
            cell.format(
                "office:value-type='string'", "<text:p>a<text:s text:c='2'/>b</text:p><text:p/><text:p>c</text:p>"
            ),
            cell.format("office:value-type='float' office:value='2' table:formula='of:=1+1'", ""),
        )
    )
    empty = (
        "<table:table-row table:number-rows-repeated='1048000'>"
        "<table:table-cell table:number-columns-repeated='16384'/></table:table-row>"
    )
    [sheet] = read_ods("a.ods", with_rows(rows + empty))
    assert [row.cells["access"] for row in sheet.rows] == ["59301", "1831-07-15", "a  b\n\nc", "2"]
    assert "row 5: a formula" in sheet.notes[0]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04", b"", ods_bytes({"a": [["place"]]})[:-200],
        with_rows(
            "<table:table-row table:number-rows-repeated='999999999'><table:table-cell><text:p>a</text:p>"
            "</table:table-cell></table:table-row>"
        ),
        with_rows(
            "<table:table-row><table:table-cell table:number-columns-repeated='999999999'><text:p>a</text:p>"
            "</table:table-cell></table:table-row>"
        ),
        with_rows("</broken>"),
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_or_a_bomb_is_told(content: bytes) -> None:
    with pytest.raises(FormatError, match=r"a\.ods"):
        read_ods("a.ods", content)


def test_a_spreadsheet_that_unpacks_to_two_hundred_times_its_size_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("noise", os.urandom(1_000_000))
        archive.writestr("content.xml", b" " * 40_000_000 + b"<a/>")
    with pytest.raises(FormatError, match="over 200 times its size"):
        read_ods("a.ods", stream.getvalue())


def test_entities_are_not_followed() -> None:
    plain = with_rows("<table:table-row><table:table-cell><text:p>&x;</text:p></table:table-cell></table:table-row>")
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(stream, "w") as target:
        evil = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + source.read("content.xml")
        target.writestr("content.xml", evil)
    assert "root" not in str([sheet.rows for sheet in read_ods("a.ods", stream.getvalue())])


def test_csv_with_too_many_rows_or_broken_quotation_marks_is_told() -> None:
    with pytest.raises(FormatError, match="more than"):
        read_csv("a.csv", b"place;access\n" + b"a;b\n" * (MOST_ROWS + 1))
    with pytest.raises(FormatError, match=r"row 2.*quotation marks"):
        read_csv("a.csv", b'place;access\n"a"b;c\n')


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(), min_size=len(HEAD), max_size=len(HEAD)), max_size=4))
def test_any_text_comes_back(rows: list[list[str]]) -> None:
    plain = [[clean_text(cell).replace("\ufeff", "") for cell in row] for row in rows]
    filled = [row for row in plain if any(cell.strip() for cell in row)]
    assert cells(read_csv("facts.csv", csv_bytes([HEAD, *plain]))) == filled
