"""A French spreadsheet opens the table as it is, and takes nothing in it for a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from carreau.exports.serializers import csv_cell, csv_number, csv_table
from tests.pipeline.exports import made_up, told


def rows(data: bytes) -> list[dict[str, str]]:
    """Read a table as a French spreadsheet does."""
    assert data.startswith(b"\xef\xbb\xbf"), "without the mark, Excel takes it for Windows-1252"
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_every_site_is_a_row_in_five_languages() -> None:
    found = rows(csv_table([told.site(slug) for slug in told.SITES]))
    assert [each["slug"] for each in found] == told.SITES
    pit = next(each for each in found if each["slug"] == "fosse-mathilde")
    assert (pit["lon"], pit["lat"], pit["insee"], pit["inscription.element"]) == ("3,38355", "50,3336", "59172", "17")
    assert pit["name.fr"] == "Fosse Mathilde"
    assert pit["summary.fr"].startswith("Ouverte en 1831 et fermée en 1862, cette petite fosse")
    assert {f"summary.{code}" for code in ("fr", "en", "nl", "de", "pl")} <= set(pit)
    assert all(None not in each and None not in each.values() for each in found)


def test_doubts_and_unread_translations_are_told(tmp_path: Path) -> None:
    (row,) = rows(csv_table([made_up.site(tmp_path)]))
    assert (row["confidence"], row["unreviewed"], row["models"]) == ("medium", "nl, de", "today, 1930")
    assert row["summary.pl"] == "", "the Polish summary is stale"
    assert row["description.en"] == "en: Voir l’autre.\n\n[table.in.a.text]"


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    assert not csv_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@given(st.floats(-1e6, 1e6) | st.integers(-999, 999))
def test_numbers_keep_their_decimals_and_have_a_comma(value: float) -> None:
    assert float(csv_number(value).replace(",", ".")) == value
    assert "." not in csv_number(value)
    assert "e" not in csv_number(value).lower()


def test_an_empty_catalogue_is_a_table_without_rows() -> None:
    assert rows(csv_table([])) == []
