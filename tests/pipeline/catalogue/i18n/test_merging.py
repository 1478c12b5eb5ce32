"""Whatever curators and translators do one after the other, no work of a translator is lost, and none is misplaced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from carreau.catalogue.i18n.po import Book, Unit, parse_book, with_flag, write_book
from carreau.catalogue.i18n.source_texts import SourceText, merge
from tests.pipeline.catalogue.i18n.books import HEADER, book, message, reviewed, stale, unreviewed


def texts(*pairs: tuple[str, str]) -> list[SourceText]:
    return [message(*pair) for pair in pairs]


def kept(units: tuple[Unit, ...]) -> list[Unit]:
    return [replace(unit, hints=(), places=()) for unit in units]


def test_what_is_new_is_empty_and_in_the_order_of_the_catalogue() -> None:
    found = merge(texts(("a", "un"), ("b", "deux")), book(reviewed("b", "deux", "twee")))
    assert [unit.target for unit in found.book.units] == ["", "twee"]
    assert (found.new, found.stale, found.restored, found.retired) == (1, 0, 0, 0)


def test_what_changed_is_stale_and_tells_what_it_was() -> None:
    found = merge(texts(("a", "deux")), book(reviewed("a", "un", "een")))
    assert kept(found.book.units) == [stale("a", "deux", "een", "un")]
    assert kept(found.book.obsolete) == [reviewed("a", "un", "een")]
    assert (found.new, found.stale) == (0, 1)


def test_a_word_changed_back_is_as_reviewed_as_it_was() -> None:
    for before in (reviewed("a", "un", "een"), unreviewed("a", "un", "een")):
        there = merge(texts(("a", "deux")), book(before)).book
        further = merge(texts(("a", "trois")), there).book
        assert kept(further.units) == [stale("a", "trois", "een", "un")]
        back = merge(texts(("a", "un")), further)
        assert kept(back.book.units) == [before]
        assert back.book.obsolete == ()
        assert back.restored == 1


def test_what_was_accepted_in_the_meantime_is_kept_as_well() -> None:
    there = merge(texts(("a", "deux")), book(reviewed("a", "un", "een"))).book
    accepted = replace(there, units=(reviewed("a", "deux", "twee"),))
    back = merge(texts(("a", "un")), accepted).book
    assert kept(back.units) == [reviewed("a", "un", "een")]
    assert kept(back.obsolete) == [reviewed("a", "deux", "twee")]


def test_a_place_that_is_gone_is_obsolete_and_comes_back_with_comment_and_flags() -> None:
    work = Unit("a", "un", "een", ("fuzzy", "no-wrap"), notes=("asked the guide",))
    gone = merge([], book(work))
    assert (gone.book.units, gone.book.obsolete, gone.retired) == ((), (work,), 1)
    assert kept(merge(texts(("a", "un")), gone.book).book.units) == [work]


def test_the_same_words_elsewhere_are_another_text() -> None:
    found = merge(texts(("b", "un")), book(reviewed("a", "un", "een")))
    assert found.book.units[0].target == ""


def test_of_several_texts_of_a_place_none_is_taken_for_another() -> None:
    found = merge(
        texts(("a", "trois"), ("a", "quatre")), book(reviewed("a", "un", "een"), reviewed("a", "deux", "twee"))
    )
    assert [unit.target for unit in found.book.units] == ["", ""]
    assert len(found.book.obsolete) == 2


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((reviewed("a", "un", "een"), reviewed("a", "deux", "twee")), ("trois",)),
        ((reviewed("a", "un", "een"),), ("trois", "quatre")),
        ((reviewed("a", "un", ""),), ("trois",)),
    ],
    ids=["two that one may have been", "one that two may have been", "one without a translation"],
)
def test_a_translation_is_stale_only_where_the_pair_is_certain(before: tuple[Unit, ...], now: tuple[str, ...]) -> None:
    merged = merge(texts(*(("a", text) for text in now)), book(*before))
    assert [(unit.text, unit.target, unit.former, unit.flags) for unit in merged.book.units] == [
        (text, "", None, ()) for text in now
    ]
    assert (merged.new, merged.stale) == (len(now), 0)


def test_a_former_text_is_no_longer_told_once_the_flag_is_gone() -> None:
    accepted = Unit("a", "deux", "twee", (), "un")
    assert merge(texts(("a", "deux")), book(accepted)).book.units[0].former is None


CATALOGUES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("ABCD")), max_size=6, unique=True)
ACTIONS = ("translate", "translate unsure", "accept", "doubt", "note", "flag")


class Work(RuleBasedStateMachine):
    """Curators write, translators work, and texts are extracted in between; files are written and read each time."""

    @initialize()
    def begin(self) -> None:
        self.book = Book(HEADER)
        self.works = set[tuple[str, str]]()
        self.fitting = set[tuple[str, str, str]]()
        self.count = 0

    @rule(catalogue=CATALOGUES)
    def extract(self, catalogue: list[tuple[str, str]]) -> None:
        there = {(kind, text) for unit in self._all() for kind, text in works(unit)}
        made = merge(texts(*catalogue), self.book).book
        assert merge(texts(*catalogue), made).book == made
        self.book = parse_book(write_book(made), "x.po")
        assert [unit.key for unit in self.book.units] == catalogue
        assert there <= {(kind, text) for unit in self._all() for kind, text in works(unit)}

    @rule(place=st.integers(0, 5), action=st.sampled_from(ACTIONS))
    def translate(self, place: int, action: str) -> None:
        if place >= len(self.book.units):
            return
        self.count += 1
        units = list(self.book.units)
        units[place] = self._worked(units[place], action)
        self.book = replace(self.book, units=tuple(units))

    def _worked(self, unit: Unit, action: str) -> Unit:
        if action.startswith("translate"):
            unit = with_flag(
                replace(unit, target=f"target {self.count}", former=None), "fuzzy", action.endswith("unsure")
            )
        elif action == "accept":
            unit = with_flag(unit, "fuzzy", False)
        elif action == "doubt":
            return with_flag(unit, "fuzzy") if unit.target else unit
        elif action == "note":
            return replace(unit, notes=(*unit.notes, f"note {self.count}"))
        else:
            return with_flag(unit, f"flag-{self.count}")
        self.fitting.add((unit.context, unit.text, unit.target))
        return unit

    def _all(self) -> tuple[Unit, ...]:
        return (*self.book.units, *self.book.obsolete)

    @invariant()
    def nothing_stale_looks_current(self) -> None:
        for unit in self.book.units:
            if unit.target and not unit.is_stale:
                assert (unit.context, unit.text, unit.target) in self.fitting


def works(unit: Unit) -> set[tuple[str, str]]:
    """Return all that a translator put there; that a text is accepted is told by who it was accepted for."""
    flags = {("flag", flag) for flag in unit.flags if flag != "fuzzy"}
    accepted = {(f"accepted for {unit.text}", unit.target)} if unit.target and not unit.is_fuzzy else set()
    return {("target", unit.target)} - {("target", "")} | {("note", note) for note in unit.notes} | flags | accepted


TestWork = Work.TestCase
