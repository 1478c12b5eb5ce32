"""Which results come first, and what of them is shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import pytest

from carreau.base.schema import bundle
from carreau_server.search import SearchHit, SearchQuery, edit_distance, highlight, parse_marks, rank

COLUMNS = ("title", "names", "summary", "body", "plain")
FILLER = "rien"


OPEN: list[sqlite3.Connection] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close the connections of a test."""
    yield
    while OPEN:
        OPEN.pop().close()


def catalogue(*entries: dict[str, str], size: int = 0) -> sqlite3.Connection:
    """Return the tables of a catalogue of some entries, and of so many others that have no word of them."""
    connection = sqlite3.connect(":memory:")
    OPEN.append(connection)
    bundle.create(connection)
    others = [{"slug": f"other-{number}"} for number in range(size)]
    for each in (*entries, *others):
        lang = each.get("lang", "fr")
        row = (each.get("kind", "site"), each["slug"], lang, f"/{lang}/x", *(each.get(c, FILLER) for c in COLUMNS))
        connection.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?)", row)
        if each.get("is_sample"):
            site = (each["slug"], f"{bundle.SAMPLES}{each['slug']}")
            connection.execute("INSERT INTO site VALUES (NULL, ?, '', '', '', '', NULL, NULL, ?, '')", site)
    bundle.index_words(connection)
    return connection


def ranked(connection: sqlite3.Connection, *words: str, lang: str = "fr") -> list[SearchHit]:
    return rank(connection, SearchQuery(words), lang)[0]


def test_a_word_counts_most_in_the_title_and_least_in_the_text() -> None:
    entries = [{"slug": column, column: "coron"} for column in COLUMNS]
    title, names, summary, plain, body = ranked(catalogue(*entries, size=50), "coron")
    assert [hit.slug for hit in (title, names, summary, plain, body)] == ["title", "names", "summary", "plain", "body"]
    assert title.score > names.score == summary.score > plain.score > body.score


def test_a_title_of_a_common_word_scores_by_its_share_of_the_title() -> None:
    # bm25 is next to nothing for what every text has.
    entries = [{"slug": "whole", "title": "fosse"}, {"slug": "part", "title": "fosse un deux trois"}]
    entries += [{"slug": f"text-{number}", "body": "fosse"} for number in range(9)]
    whole, part, text, *_ = ranked(catalogue(*entries), "fosse")
    assert [hit.slug for hit in (whole, part, text)] == ["whole", "part", "text-0"]
    assert [whole.score, part.score, text.score] == pytest.approx([4, 1.75, 0], abs=0.01)
    (partly, *_), is_partial = rank(catalogue(*entries), SearchQuery(("fosse", "nulle")), "fr")
    assert (partly.slug, is_partial) == ("whole", True)
    assert ranked(catalogue(*entries), "fosse", "nulle")[1].score == pytest.approx(1.75, abs=0.01)


def test_another_language_and_a_route_count_less() -> None:
    entries = [
        {"slug": "own", "body": "coron"},
        {"slug": "foreign", "body": "coron", "lang": "en"},
        {"slug": "route", "body": "coron", "kind": "route"},
    ]
    own, route, foreign = ranked(catalogue(*entries, size=50), "coron")
    assert (route.score, foreign.score) == pytest.approx((0.8 * own.score, 0.6 * own.score), abs=0.002)


def test_of_equal_results_sites_come_first_and_then_the_alphabet() -> None:
    entries = [
        {"slug": "a", "body": "fosse", "kind": "route"},
        {"slug": "c", "body": "fosse"},
        {"slug": "b", "body": "fosse"},
    ]
    assert [hit.slug for hit in ranked(catalogue(*entries), "fosse")] == ["b", "c", "a"]


def test_of_other_languages_the_best_is_shown() -> None:
    entries = [
        {"slug": "a", "body": "coron", "lang": "en"},
        {"slug": "a", "title": "coron", "lang": "fr"},
        {"slug": "a", "names": "coron", "lang": "pl"},
    ]
    (hit,) = ranked(catalogue(*entries, size=20), "coron", lang="nl")
    assert hit.lang == "fr"


@pytest.mark.parametrize(
    ("words", "slugs", "is_partial"),
    [
        (("fosse", "coron"), ["both"], False),
        (("fosse", "absent"), ["both", "one"], True),
        (("absent", "nowhere"), [], False),
        (("absent",), [], False),
    ],
)
def test_some_words_are_enough_only_where_no_text_has_all(
    words: tuple[str, ...], slugs: list[str], is_partial: bool
) -> None:
    entries = [{"slug": "both", "body": "fosse coron"}, {"slug": "one", "body": "fosse puits"}]
    hits, partial = rank(catalogue(*entries, size=9), SearchQuery(words), "fr")
    assert (sorted(hit.slug for hit in hits), partial) == (slugs, is_partial)


def test_samples_come_after_all_that_is_real() -> None:
    sample = {"slug": "a-sample", "title": "coron", "is_sample": "yes"}
    entries = [sample, {"slug": "real", "body": "coron"}, {"slug": "a-sample", "kind": "route", "body": "coron"}]
    found = ranked(catalogue(*entries, size=9), "coron")
    assert [(hit.kind, hit.slug) for hit in found] == [("site", "real"), ("route", "a-sample"), ("site", "a-sample")]
    assert found[-1].score > found[0].score


def excerpt(summary: str, *words: str) -> str:
    connection = catalogue({"slug": "a", "summary": summary})
    query = SearchQuery(words or ("coron",))
    (hit,) = highlight(connection, query, False, ranked(connection, *query.terms))
    assert [hit.excerpt.text[begin:end] for begin, end in hit.excerpt.marks]
    return hit.excerpt.text


WORDS = " ".join(f"mot{number}" for number in range(200))


@pytest.mark.parametrize(
    ("summary", "is_cut"),
    [
        (f"coron {WORDS}", (False, True)),
        (f"{WORDS[:130]} coron {WORDS}", (False, True)),
        (f"{WORDS} coron {WORDS}", (True, True)),
        ("mot " * 50 + "coron", (False, False)),
    ],
)
def test_a_long_summary_is_cut_between_words_around_the_first_match(summary: str, is_cut: tuple[bool, bool]) -> None:
    text = excerpt(summary)
    assert (text.startswith("…"), text.endswith("…")) == is_cut
    assert len(text) <= 302
    assert set(text.strip("…").split(" ")) <= set(summary.split(" "))


def test_a_long_word_is_cut_anywhere() -> None:
    assert excerpt("y" * 500, '"yyyy" *') == "y" * 299 + "…"


@pytest.mark.parametrize(
    ("text", "plain", "marks", "html"),
    [
        ("\x02<b>\x03 & c", "<b> & c", ((0, 3),), "<mark>&lt;b&gt;</mark> &amp; c"),
        ("a\x02\x03b", "ab", (), "ab"),
        ("\x02a\x03\x02b\x03", "ab", ((0, 1), (1, 2)), "<mark>a</mark><mark>b</mark>"),
    ],
)
def test_marks_are_told_apart_from_the_text(text: str, plain: str, marks: Sequence[object], html: str) -> None:
    marked = parse_marks(text)
    assert (marked.text, marked.marks, marked.html) == (plain, marks, html)


@pytest.mark.parametrize(
    ("word", "other", "distance"),
    [("erst", "rest", 1), ("resd", "rest", 1), ("retst", "rest", 1), ("ret", "rest", 1), ("tser", "rest", 3)],
)
def test_the_edit_distance_counts_swaps_once(word: str, other: str, distance: int) -> None:
    assert edit_distance(word, other, 2) == distance
