"""One text of a PO file is changed in place, with the bytes that writing the whole file would give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carreau.base.languages import TRANSLATED, content_file
from carreau.base.package_folders import LOCALES
from carreau.catalogue.i18n.po import FUZZY, Unit, find_unit, parse_book, with_flag, write_book
from tests.pipeline.catalogue.i18n.books import book, reviewed, stale, unreviewed

UNITS = (
    reviewed("site.une.name", "Fosse Une", "Mijn Een"),
    unreviewed("site.une.keywords", "cité", "wijk"),
    unreviewed("site.une.keywords", "deux\n\nparagraphes", "twee\n\nalinea’s"),
    stale("site.une.summary", "Une fosse.", "Een mijn.", "Une mine."),
)


@pytest.mark.parametrize("language", TRANSLATED)
def test_real_texts_are_found_and_changed_as_by_writing_the_whole_file(language: str) -> None:
    content = content_file(LOCALES, language).read_bytes()
    before = parse_book(content, "")
    for at in range(0, len(before.units), 60):
        unit = before.units[at]
        after = with_flag(replace(unit, target=f'{unit.target} "x"\n\n{"mot " * 40}', notes=("a", "")), FUZZY, False)
        found = find_unit(content, *unit.key)
        assert found is not None
        assert replace(found.unit, line=unit.line) == unit
        units = tuple(after if each is unit else each for each in before.units)
        assert found.replace_unit(after) == write_book(replace(before, units=units))
        assert found.replace_unit(unit) == content


def test_texts_of_one_place_are_told_apart() -> None:
    content = write_book(book(*UNITS))
    for unit in UNITS:
        found = find_unit(content, *unit.key)
        assert found is not None
        assert (found.unit.target, found.unit.flags, found.unit.former) == (unit.target, unit.flags, unit.former)
    assert find_unit(content, "site.une.keywords", "fosse") is None
    assert find_unit(content, "site.une", "Fosse Une") is None


def test_what_is_formatted_otherwise_stays_and_what_is_not_apart_is_left_to_others() -> None:
    content = write_book(book(*UNITS)) + b'\n#  by   hand\nmsgctxt   "x"\nmsgid "a" \nmsgstr    "b"\n'
    found = find_unit(content, *UNITS[0].key)
    assert found is not None
    after = found.replace_unit(replace(UNITS[0], target="Put"))
    assert after.endswith(b'\n#  by   hand\nmsgctxt   "x"\nmsgid "a" \nmsgstr    "b"\n')
    together = write_book(book(*UNITS)).replace(b"\n\n", b"\n")
    assert find_unit(together, *UNITS[1].key) is None
    assert find_unit(content.replace(b"\n", b"\r\n"), *UNITS[0].key) is None
    assert find_unit(write_book(book(obsolete=UNITS)), *UNITS[0].key) is None
    assert find_unit(b"\xff", *UNITS[0].key) is None
    assert find_unit(b"", "", "") is None


def test_a_file_of_one_text_without_an_end_of_line() -> None:
    found = find_unit(b'# note\nmsgctxt "x"\nmsgid "a"\nmsgstr "b"', "x", "a")
    assert found is not None
    assert found.replace_unit(Unit("x", "a", "c")) == b'msgctxt "x"\nmsgid "a"\nmsgstr "c"\n'
