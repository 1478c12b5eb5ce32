"""Edits of a former version find their place in that of now, or clash."""

from __future__ import annotations

from typing import Any

import pytest

from carreau.desk.document_file import Arrange, Put, apply_edits
from carreau.desk.saving import match_rows, rebase

READ: dict[str, Any] = {
    "name": "Fosse",
    "summary": "Une fosse.",
    "fact": [{"name": "a", "value": 1}, {"name": "b", "value": 2}, {"name": "c", "value": 3}],
}


def merged(edits: list[Put | Arrange], now: dict[str, Any]) -> dict[str, Any]:
    found, clashes = rebase(edits, READ, now)
    assert not clashes
    return apply_edits(now, found)


def test_different_fields_are_merged() -> None:
    now = READ | {"name": "Puits"}
    assert merged([Put(("summary",), "Deux.")], now) == now | {"summary": "Deux."}


def test_the_same_field_clashes_with_both_values() -> None:
    found, clashes = rebase([Put(("name",), "Mienne")], READ, READ | {"name": "Sienne"})
    assert not found
    assert [(each.path, each.read, each.mine, each.theirs) for each in clashes] == [
        (("name",), "Fosse", "Mienne", "Sienne")
    ]


def test_the_same_change_is_none() -> None:
    assert rebase([Put(("name",), "Autre")], READ, READ | {"name": "Autre"}) == ([], [])
    assert rebase([Put(("summary",), "Une  fosse.")], READ, READ) == ([], [])


def test_another_wrapping_is_no_change() -> None:
    assert merged([Put(("summary",), "Deux.")], READ | {"summary": "\nUne\nfosse.\n"})["summary"] == "Deux."


def test_an_edit_follows_its_row() -> None:
    facts = [{"name": "new"}, *reversed(READ["fact"])]
    assert merged([Put(("fact", 0, "value"), 9)], READ | {"fact": facts})["fact"][3] == {"name": "a", "value": 9}


def test_an_edit_of_a_row_that_is_gone_clashes() -> None:
    _, clashes = rebase([Put(("fact", 1, "value"), 9)], READ, READ | {"fact": READ["fact"][:1]})
    assert [(each.mine, each.theirs) for each in clashes] == [(9, None)]


def test_rows_are_added_on_both_sides() -> None:
    now = READ | {"fact": [READ["fact"][0], {"name": "theirs"}, *READ["fact"][1:]]}
    facts = merged([Arrange(("fact",), (0, {"name": "mine"}, 1, 2))], now)["fact"]
    assert [each["name"] for each in facts] == ["a", "mine", "theirs", "b", "c"]


def test_rows_are_removed_and_moved_on_both_sides() -> None:
    now = READ | {"fact": [READ["fact"][0], READ["fact"][2]]}
    assert [each["name"] for each in merged([Arrange(("fact",), (2, 1, 0))], now)["fact"]] == ["c", "a"]
    assert [each["name"] for each in merged([Arrange(("fact",), (0, 1))], now)["fact"]] == ["a"]


def test_a_row_that_was_changed_is_not_removed_unseen() -> None:
    now = READ | {"fact": [READ["fact"][0], {"name": "b", "value": 7}, READ["fact"][2]]}
    _, clashes = rebase([Arrange(("fact",), (0, 2))], READ, now)
    assert [each.path for each in clashes] == [("fact",)]


def test_two_orders_clash() -> None:
    now = READ | {"fact": [READ["fact"][each] for each in (1, 0, 2)]}
    _, clashes = rebase([Arrange(("fact",), (0, 2, 1))], READ, now)
    assert [each.path for each in clashes] == [("fact",)]


def test_what_is_sent_twice_is_there_once() -> None:
    edits = [Arrange(("fact",), (0, 1, 2, {"name": "d"}))]
    assert rebase(edits, READ, apply_edits(READ, edits)) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ([{"of": "a", "by": "X", "under": "L"}, {"of": "b", "by": "X", "under": "L"}],
         [{"of": "c", "by": "X", "under": "L"}], [None, None]),  # either may have become the third
        ([{"at": "1", "x": "s"}, {"at": "2", "x": "s"}], [{"at": "1", "x": "s"}, {"at": "3", "x": "s"}], [0, 1]),
        ([{"id": "a", "x": 1}, {"id": "a", "x": 2}], [{"id": "a", "x": 2}, {"id": "a", "x": 1}], [1, 0]),
        ([], [{"id": "a"}], []),
    ],
)  # fmt: skip
def test_rows_are_found_again(old: list[Any], new: list[Any], places: list[int | None]) -> None:
    assert match_rows(old, new) == places
