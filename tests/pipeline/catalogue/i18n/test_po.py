"""PO files come back as they were, Babel and msgfmt read them, and what is wrong in one is told with its line."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import example, given
from hypothesis import strategies as st

from carreau.base.errors import FormatError, ScanError
from carreau.catalogue.i18n import po
from carreau.catalogue.i18n.po import Book, Unit, parse_book, read_book, write_book
from tests.pipeline.catalogue.i18n.books import HEADER, book, stale, unreviewed

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40).map(str.strip)
WORD = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=12)
HINTS = st.lists(LINE.filter(bool), max_size=2).map(tuple)
UNITS = st.builds(
    Unit,
    context=ANY,
    text=ANY.filter(bool),
    target=ANY,
    flags=st.lists(WORD, max_size=3, unique=True).map(tuple),
    former=st.none() | ANY,
    # A comment that opens with a mark of PO's own would be one.
    notes=st.lists(LINE.filter(lambda line: line[:1] not in tuple(".:,|~")), max_size=2).map(tuple),
    hints=HINTS,
    places=st.lists(WORD, max_size=2).map(tuple),
)


@given(st.lists(UNITS, max_size=4, unique_by=lambda unit: unit.key), st.lists(UNITS, max_size=2))
@example([Unit("a", "x", '\x85\u2028\r\n\\"\t')], [])
@example([Unit("a", "one two " * 40 + "\n\n" + "three " * 40, former="was\n\nthis " * 30)], [])
def test_everything_comes_back(units: list[Unit], obsolete: list[Unit]) -> None:
    made = Book(HEADER, tuple(units), tuple(obsolete))
    content = write_book(made)
    found = parse_book(content, "x.po")
    lines = [unit.line for unit in found.units]
    assert lines == sorted(lines)
    assert (
        Book(
            replace(found.header, line=0),
            tuple(replace(unit, line=0) for unit in found.units),
            tuple(replace(unit, line=0) for unit in found.obsolete),
        )
        == made
    )
    assert write_book(found) == content


def test_babel_reads_what_is_written() -> None:
    units = [
        unreviewed("a.b", 'Une "fosse"\n\n' + "longue " * 30, "Een mijn"),
        stale("a.c", "nouveau", "oud", "ancien"),
    ]
    catalog = read_po(io.BytesIO(write_book(book(*units, obsolete=(Unit("a.d", "parti", "weg"),)))), abort_invalid=True)
    assert [(each.context, each.id, each.string, each.fuzzy) for each in catalog if each.id] == [
        (unit.context, unit.text, unit.target, True) for unit in units
    ]
    assert [each.string for each in catalog.obsolete.values()] == ["weg"]


POEDIT = """\
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"X-Generator: Poedit 3.4\\n"

#. Für wen
#: sites/a/site.toml:3 sites/b/site.toml
#, fuzzy
#| msgctxt "site.a.summary"
#| msgid "Une "
#| "fosse."
msgctxt "site.a.summary"
msgid "Deux fosses."
msgstr "Eine Grube."

# gefragt
#, fuzzy
#~| msgid "vieux"
#~ msgctxt "site.a.name"
#~ msgid "Fosse"
#~ msgstr "Grube"
"""


def test_what_translators_programs_write_is_understood() -> None:
    for text in (POEDIT, POEDIT.replace("\n", "\r\n"), "\ufeff" + POEDIT):
        found = parse_book(text.encode(), "x.po")
        (unit,), (gone,) = found.units, found.obsolete
        assert (unit.former, unit.hints, unit.places[1], unit.line) == (
            "Une fosse.",
            ("Für wen",),
            "sites/b/site.toml",
            14,
        )
        assert (gone.notes, gone.flags, gone.former, gone.target) == (("gefragt",), ("fuzzy",), "vieux", "Grube")


START = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
WRONG = {
    'msgid "a"\nmsgstr "b\n': "line 5: a quotation mark is missing",
    'msgid "a"\nmsgstr "b" c"\n': "line 5: a quotation mark is missing",
    'msgid "a"\nmsgstr "b\\"\n': "line 5: a quotation mark is missing",
    'msgid "a"\nmsgid "b"\nmsgstr ""\n': "line 5: msgid is not allowed here",
    'msgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\n': "line 5: msgid_plural is not allowed here",
    'msgstr "b"\n': "line 4: msgstr is not allowed here",
    'msgctxt "a"\nmsgstr "b"\n': "line 5: there is no msgid before this msgstr",
    '# by\n#~ "b"\n"c"\n': "line 5: there is no msgid or msgstr before this text",
    'msgid "a"\n': "line 5: the last text has no msgstr: the file is truncated",
    "<html>\n": "line 4: this is not PO syntax",
    '{"a": 1}\n': "line 4: this is not PO syntax",
    'msgid "a"\nmsgstr ""\n\nmsgid "a"\nmsgstr ""\n': "line 7: the text of line 4 is repeated",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_its_line(text: str) -> None:
    with pytest.raises(FormatError, match=r"^x\.po, ") as caught:
        parse_book((START + text).encode(), "x.po")
    assert WRONG[text] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_charset_is_told() -> None:
    with pytest.raises(FormatError, match=r"^x.po, line 4: it is not UTF-8; save it as UTF-8$"):
        parse_book((START + 'msgid "é"\nmsgstr ""\n').encode("latin-1"), "x.po")
    with pytest.raises(FormatError, match=r"^x.po, line 1: the header declares the encoding ISO-8859-2"):
        parse_book(START.replace("UTF-8", "ISO-8859-2").encode(), "x.po")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "content.po"
    with path.open("wb") as file:
        file.truncate(po.LARGEST_BYTES + 1)
    with pytest.raises(ScanError, match=r"content.po: the file is over 200 MB"):
        read_book(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match=r"none.po: it cannot be read"):
        read_book(tmp_path / "none.po")


@given(st.binary(max_size=300) | st.text('msgid"strctx\\#~|,.: \n[]0', max_size=200).map(str.encode))
def test_any_bytes_are_a_book_or_one_message(content: bytes) -> None:
    with suppress(FormatError):
        parse_book(content, "x.po")
