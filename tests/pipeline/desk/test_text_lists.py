"""The lists of texts are those of the files as they are, whoever changes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import FormatError, OptionError
from carreau.base.languages import content_file
from carreau.catalogue.i18n.source_texts import merged_books
from carreau.desk.history import History
from carreau.desk.saving_texts import Translation, save_text
from carreau.desk.text_lists import TextLists
from tests.pipeline.catalogue.catalogues import SITE
from tests.pipeline.catalogue.i18n.translated import (
    MISSING,
    REVIEWED,
    STALE,
    UNREVIEWED,
    catalogue_at,
    change,
    translated,
)
from tests.pipeline.desk.places import ANNE
from tests.waiting import wait_until


@pytest.fixture
def lists(tmp_path: Path) -> TextLists:
    catalogue, locales = translated(tmp_path)
    return TextLists(catalogue.root, locales)


def standings(lists: TextLists) -> dict[tuple[str, str], str]:
    return {row.unit.key: row.standing for row in lists.rows("nl")}


def test_rows_are_what_an_extraction_would_write(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    rows = TextLists(catalogue.root, locales).rows("nl")
    assert [row.unit for row in rows] == list(merged_books(catalogue, locales)["nl"].book.units)
    assert {row.place.slug for row in rows} == {entry.slug for entry in catalogue.entries()}


def test_what_changes_by_hand_is_read_again(tmp_path: Path, lists: TextLists) -> None:
    assert standings(lists)[MISSING[:2]] == "missing"
    change(tmp_path / "locales", MISSING[:2], target="Alles.")
    assert standings(lists)[MISSING[:2]] == "reviewed"
    catalogue_at(tmp_path, SITE.replace(REVIEWED[1], "Fosse Deux"))
    assert standings(lists)[REVIEWED[0], "Fosse Deux"] == "stale"
    (tmp_path / "assets" / "sites" / "une").rename(tmp_path / "assets" / "sites" / "trois")
    assert not [key for key in standings(lists) if key[0].startswith("site.une.")]


def test_a_text_may_be_that_of_the_last_list_while_one_types(tmp_path: Path, lists: TextLists) -> None:
    name = next(row.id for row in lists.rows("nl") if row.unit.key == STALE[:2])
    change(tmp_path / "locales", STALE[:2], target="Nieuw.")
    kept, fresh = lists.row("nl", name, is_fresh=False), lists.row("nl", name)
    assert kept is not None
    assert fresh is not None
    assert (kept.unit.target, fresh.unit.target) == (STALE[2], "Nieuw.")
    assert lists.row("nl", "t0") is None


def test_what_is_saved_is_taken_over_and_what_others_saved_is_read(tmp_path: Path, lists: TextLists) -> None:
    locales = tmp_path / "locales"

    def save(of: tuple[str, str, str], target: str) -> None:
        translation = Translation("nl", *of, target, True)
        save_text(tmp_path / "assets", locales, translation, lists.sources, History(tmp_path), ANNE, lists)

    name = {row.unit.key: row.id for row in lists.rows("nl")}
    save(STALE, "Nieuw.")
    kept = lists.row("nl", name[STALE[:2]], is_fresh=False)
    assert kept is not None
    assert (kept.unit.target, kept.standing) == ("Nieuw.", "reviewed")
    before = lists.row("nl", name[MISSING[:2]])
    assert lists.row("nl", name[MISSING[:2]]) is before, "the file was not read again"
    change(locales, UNREVIEWED[:2], target="Met de hand.")
    save(MISSING, "Alles.")
    anew = TextLists(tmp_path / "assets", locales)
    assert [row.unit.target for row in lists.rows("nl")] == [row.unit.target for row in anew.rows("nl")]
    found = lists.row("nl", name[UNREVIEWED[:2]])
    assert found is not None
    assert found.unit.target == "Met de hand."


def test_a_file_that_cannot_be_read_leaves_its_translations_alone(tmp_path: Path, lists: TextLists) -> None:
    (tmp_path / "assets" / "sites" / "une" / "site.toml").write_text("name = ", "utf-8")
    assert not [key for key in standings(lists) if key[0].startswith("site.une.")]
    with pytest.raises(OptionError, match=r"sites/une/site\.toml cannot be read"):
        lists.sources()


def test_nobody_waits_for_a_large_catalogue(lists: TextLists) -> None:
    with lists._lock:
        assert not lists.is_ready("nl", 0.01)
    wait_until(lambda: lists.is_ready("nl", 0.01), "the texts are read")
    assert lists.row("nl", "t0", is_fresh=False) is None


def test_a_language_that_cannot_be_read_is_told(tmp_path: Path, lists: TextLists) -> None:
    content_file(tmp_path / "locales", "nl").write_bytes(b"\xff")
    assert lists.is_ready("nl")
    with pytest.raises(FormatError, match="UTF-8"):
        lists.rows("nl")
