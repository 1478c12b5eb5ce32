"""What somebody types is found: with other accents, begun, mistyped, in another language."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from carreau_server.app_state import open_bundle
from carreau_server.search import _candidates, max_edits, parse_query, rank
from tests.server import bundles
from tests.server.asking import Ask


def hits(ask: Ask, text: str, lang: str = "fr") -> list[dict[str, object]]:
    reply = ask(f"/v1/search?q={quote(text)}&lang={lang}")
    assert reply.status == 200
    found: list[dict[str, object]] = reply.json()["hits"]
    return found


@pytest.mark.parametrize(
    "text",
    [
        *("Mathilde", "mathilde", "MATHILDE", "math", "fosse mathilde", "mathilde fosse"),
        *("mathidle", "matilde", "mathildde", "nathilde", "fsose mathilde"),
        *("église", "eglise", "ÉGLISE", "e\u0301glise", "wałbrzych", "walbrzych", "œuvre", "oeuvre", "d’œuvre oeuvre"),
        *("Matylda", "szyb", "headframe"),
    ],
)
def test_the_pit_is_found_first(ask: Ask, text: str) -> None:
    if text.startswith("d’"):
        text = "l’œuvre"
    assert hits(ask, text)[0]["slug"] == "fosse-mathilde"


@pytest.mark.parametrize("text", ["zzzzzz", "!!!", "mtl", "1831", "xyzabc mnopqr"])
def test_what_is_nowhere_is_not_found(ask: Ask, text: str) -> None:
    assert hits(ask, text) == []


def test_what_was_read_is_said(ask: Ask) -> None:
    assert ask("/v1/search?q=mathidle").json()["read_as"] == "mathilde"
    assert ask("/v1/search?q=mathilde").json()["read_as"] is None


def test_the_language_of_the_reader_is_shown_and_counts_more(ask: Ask) -> None:
    for lang in ("fr", "en"):
        first = hits(ask, "mathilde", lang)[0]
        assert (first["slug"], first["lang"]) == ("fosse-mathilde", lang)
    other = hits(ask, "Halde", "pl")[0]
    assert (other["slug"], other["lang"], other["page"]) == ("terril-renard", "de", "/de/orte/terril-renard")


def test_some_of_the_words_are_better_than_nothing_and_said_so(ask: Ask) -> None:
    data = ask("/v1/search?q=mathilde+renard").json()
    assert data["is_partial"] is True
    assert {hit["slug"] for hit in data["hits"]} >= {"fosse-mathilde", "terril-renard"}


def test_what_was_looked_for_is_marked_and_nothing_else_is_markup(ask: Ask) -> None:
    title = hits(ask, "renard")[0]["title"]
    assert title == {"text": "Terril Renard <b>", "marks": [[7, 13]], "html": "Terril <mark>Renard</mark> &lt;b&gt;"}
    excerpt = hits(ask, "eglise")[0]["excerpt"]
    assert isinstance(excerpt, dict)
    (((begin, behind),),) = ([tuple(mark) for mark in excerpt["marks"]],)
    assert excerpt["text"][begin:behind] == "église"


def test_pages_of_hits_follow_each_other(ask: Ask) -> None:
    first = ask("/v1/search?q=fosse+mathilde+renard&limit=1").json()
    found, target = [first["hits"][0]["slug"]], first["next"]
    while target:
        page = ask(target).json()
        found += [hit["slug"] for hit in page["hits"]]
        target = page["next"]
    assert len(found) == len(set(found)) == first["matched"] >= 2


@pytest.mark.parametrize(
    "question", ["", "q=", "q=" + "a" * 201, "q=a&limit=51", "q=a&cursor=WyJhIl0", "q=a&cursor=Wy0xXQ", "q=a&x=1"]
)
def test_a_wrong_question_is_refused(ask: Ask, question: str) -> None:
    assert ask(f"/v1/search?{question}").status == 400


@pytest.mark.parametrize(
    ("word", "edits"), [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2), ("abcdefg1", 0), ("l1831abc", 0)]
)
def test_longer_words_may_have_more_typing_errors(word: str, edits: int) -> None:
    assert max_edits(word) == edits


@pytest.mark.parametrize(
    ("text", "is_found"), [("mathilxx", True), ("mathixxx", False), ("renaxd", True), ("renxxd", False)]
)
def test_so_many_typing_errors_are_forgiven_and_no_more(ask: Ask, text: str, is_found: bool) -> None:
    assert bool(hits(ask, text)) is is_found


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The database of a catalogue of some words; "renaud" is in two entries, the others are in one."""
    folder = tmp_path_factory.mktemp("words")
    texts = {"fr": "puits cité renaud renard mathilde mathilda chevalet wałbrzych mine mise miré mile", "en": "renaud"}
    bundles.build(folder, [bundles.Made("a", {"fr": "A", "en": "A"}, "fosse", ("Denain", "59172"), 3.3, 50.3, texts)])
    with open_bundle(folder).connection() as connection:
        yield connection


@pytest.mark.parametrize(
    ("text", "terms", "read_as"),
    [
        ("mathilde", ['("mathilde" OR "mathilde" *)'], None),
        ("WAŁBRZYCH", ['("wałbrzych" OR "wałbrzych" * OR "walbrzych" OR "walbrzych" *)'], None),
        ("puits mathilxe", ['("puits" OR "puits" *)', '("mathilde")'], "puits mathilde"),
        ("mathilxe zzzz", ['("mathilde")', '("zzzz")'], "mathilde zzzz"),
        ("renaxd", ['("renaud" OR "renard")'], "renaud"),  # the most frequent one first
        ("mixe", ['("mile" OR "mine" OR "mire")'], "mile"),  # three at most
        ("chxvxlet", ['("chevalet")'], "chevalet"),  # shares its last three letters alone
        ("reanrd", ['("renard")'], "renard"),  # shares none, as the next ones
        ("puts", ['("puits")'], "puits"),
        ("cixte", ['("cite")'], "cite"),
        ("x" * 50, [f'("{"x" * 40}")'], None),
    ],
)
def test_a_word_is_read_as_the_nearest_ones(
    words: sqlite3.Connection, text: str, terms: list[str], read_as: str | None
) -> None:
    query = parse_query(words, text)
    assert query is not None
    assert ([*query.terms], query.read_as) == (terms, read_as)


def test_only_the_best_of_many_like_words_are_compared(tmp_path: Path) -> None:
    """Each comparison is slow: a word whose letters half of the catalogue shares must not hold the server up."""
    letters = itertools.product("bcdfpqrs", "hjkl", "abcdefghijklmnop")
    texts = {"fr": " ".join(f"carreau{''.join(each)}" for each in letters) + " carreaumverts"}
    bundles.build(tmp_path, [bundles.Made("a", {"fr": "A"}, "fosse", ("Denain", "59172"), 3.3, 50.3, texts)])
    with open_bundle(tmp_path).connection() as connection:
        assert len(_candidates(connection, "carreaumvetrs")) == 200
        query = parse_query(connection, "carreaumvetrs")
    assert query is not None
    assert query.read_as == "carreaumverts", "the nearest is among them"


def test_the_first_words_count(words: sqlite3.Connection) -> None:
    query = parse_query(words, "puits " * 9)
    assert query is not None
    assert len(query.terms) == 8


def test_the_score_of_a_site_is_its_best_in_any_language(tmp_path: Path) -> None:
    names, texts = {"fr": "Lampisterie", "en": "Store"}, {"en": "a store of many things " * 30 + "lampisterie"}
    bundles.build(tmp_path, [bundles.Made("store", names, "fosse", ("Denain", "59172"), 3.3, 50.3, texts)])
    with open_bundle(tmp_path).connection() as connection:
        query = parse_query(connection, "lampisterie")
        assert query is not None
        ((elsewhere,), _), ((in_english,), _) = rank(connection, query, "nl"), rank(connection, query, "en")
    assert (elsewhere.lang, in_english.lang) == ("fr", "en")
    assert in_english.score == elsewhere.score
