"""A cell that a program has changed is told from one that a person has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.catalogue.fields import FieldRule
from carreau.desk.spreadsheet import damage, digest_cell, guard_text, parse_cell, unguard_text

TEXT, WHEN, NUMBER, VALUE = FieldRule("text"), FieldRule("when"), FieldRule("number"), FieldRule("value")


@pytest.mark.parametrize(
    ("rule", "old", "new", "why"),
    [
        (TEXT, "059301", "59301", "zeros before the number"),
        (TEXT, "1-2", "02/01/2026", "made a date of it"),
        (TEXT, "3/4", "03-avr", "made a date of it"),
        (TEXT, "12-MARS", "mars-12", "made a date of it"),
        (TEXT, "13600080000000", "1,36E+13", "shortened a number"),
        (NUMBER, "3.4297712", "3,43", "rounded the number"),
        (WHEN, "1831-07-15", "15/07/1831", "write 1831-07-15"),
        (WHEN, "", "15.07.1831", "write 1831-07-15"),
        (WHEN, "1831-07-15", "1831-07-15 00:00:00", "write 1831-07-15"),
        (WHEN, "1831", "-25", "no date of ISO 8601"),
        (TEXT, "", "=HYPERLINK(1)", "begins like a formula"),
        (TEXT, "", "@SUM(A1)", "begins like a formula"),
        (TEXT, "a", "-2+3", "begins like a formula"),
        (TEXT, "a", "#REF!", "shows an error"),
        (TEXT, "a", "#NOM?", "shows an error"),
        (TEXT, "a", "########", "shows an error"),
        (TEXT, "x" * 400, "x" * 255, "cut the text off"),
    ],
)
def test_damage_is_told(rule: FieldRule, old: str, new: str, why: str) -> None:
    found = damage(rule, old, new)
    assert found is not None
    assert why in found


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (TEXT, "Libre.", "Sur rendez-vous."), (TEXT, "", "12/03/2024, à la mairie"), (NUMBER, "3.43", "3,44"),
        (NUMBER, "3.43", "-3,5"), (WHEN, "1831", "1831-07-15"), (WHEN, "1831", "1831/1862"), (VALUE, "338", "340"),
        (TEXT, "#1", "# 2"), (TEXT, "Charbon, 1920", "Houille, 1920-1930"), (NUMBER, "3.4", "3.45"),
    ],
)  # fmt: skip
def test_what_a_person_writes_is_none(rule: FieldRule, old: str, new: str) -> None:
    assert damage(rule, old, new) is None


def test_numbers_and_booleans_are_read_as_people_write_them() -> None:
    assert parse_cell(NUMBER, "3,43") == 3.43
    assert [parse_cell(FieldRule("flag"), each) for each in ("VRAI", "Faux", "wahr", "nee")] == [
        True,
        False,
        True,
        False,
    ]


@given(st.text(st.sampled_from("'=+-@a1,\t")))
def test_no_cell_begins_like_a_formula_and_none_is_changed_by_it(text: str) -> None:
    assert unguard_text(guard_text(text)) == text
    safe = guard_text(text)
    assert not safe.startswith(("=", "@", "\t", "\r"))
    assert not safe.startswith(("+", "-")) or safe.replace(",", ".").lstrip("+-").replace(".", "", 1).isdigit()
    assert digest_cell(text) == digest_cell(unguard_text(guard_text(text)))
