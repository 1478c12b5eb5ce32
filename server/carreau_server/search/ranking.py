"""Rank search results, the client's language first, and highlight matches."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from carreau.base.schema.bundle import SAMPLES, words
from carreau.base.schema.lists import Hit, Marked
from carreau_server.search.query import SearchQuery

_BEGIN, _END = "\x02", "\x03"
# Weight of a word in title, other names, summary, body, and in plain letters.
_RANK = "bm25(words, 10.0, 3.0, 3.0, 1.0, 2.0)"
_OTHER_LANGUAGE = 0.6
_ROUTE = 0.8
"""A route names many sites; a search for one of them should list the site first."""
_MAX_ROWS = 3000
_EXCERPT_CHARS = 300


@dataclass(frozen=True)
class SearchHit:
    """A text that matches, and its score."""

    id: int
    kind: str
    slug: str
    lang: str
    score: float


def rank(connection: sqlite3.Connection, query: SearchQuery, lang: str) -> tuple[list[SearchHit], bool]:
    """Return one hit per site or route, best first and samples last; and whether they have only some of the words."""
    hits = _hits(connection, query.all_terms, len(query.terms), lang)
    is_partial = not hits and len(query.terms) > 1
    if is_partial:
        hits = _hits(connection, query.any_term, 1, lang)
    best: dict[tuple[str, str], SearchHit] = {}
    for hit in hits:
        other = best.get((hit.kind, hit.slug))
        # The client's language is shown where it matches; the score is the best of all languages.
        if other is None:
            best[hit.kind, hit.slug] = hit
        elif hit.lang == lang != other.lang:
            best[hit.kind, hit.slug] = SearchHit(hit.id, hit.kind, hit.slug, hit.lang, max(hit.score, other.score))
    rows = connection.execute("SELECT slug FROM site WHERE sort >= ?", (SAMPLES,))
    samples = {("site", slug) for (slug,) in rows}
    # "site" comes before "route" where nothing else tells.
    ranked = sorted(
        best.values(),
        key=lambda hit: ((hit.kind, hit.slug) in samples, -hit.score, hit.kind != "site", hit.slug),
    )
    return ranked, bool(hits) and is_partial


def _hits(connection: sqlite3.Connection, match: str, word_count: int, lang: str) -> list[SearchHit]:
    query = f"""SELECT entry.id, kind, slug, lang, entry.title, {_RANK} AS rank_of_words FROM words
        JOIN entry ON entry.id = words.rowid WHERE words MATCH ? ORDER BY rank_of_words LIMIT {_MAX_ROWS}"""  # noqa: S608
    in_title = "SELECT rowid FROM words WHERE words MATCH ?"
    title_matches = {entry for (entry,) in connection.execute(in_title, (f"title : ({match})",))}
    hits = []
    for entry, kind, slug, entry_lang, title, bm25 in connection.execute(query, (match,)):
        # bm25 is next to nothing for words that most texts have, such as "fosse": a title with them scores anyway,
        # the more the fewer other words it has.
        share = min(1.0, word_count / max(1, len(words(title)))) if entry in title_matches else 0.0
        score = (-bm25 + (1 + 3 * share if share else 0)) * (1.0 if entry_lang == lang else _OTHER_LANGUAGE)
        hits.append(SearchHit(entry, kind, slug, entry_lang, round(score if kind == "site" else score * _ROUTE, 3)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.kind, hit.slug, hit.id))


def highlight(
    connection: sqlite3.Connection, query: SearchQuery, is_partial: bool, hits: Sequence[SearchHit]
) -> list[Hit]:
    """Return hits with their texts, in which the matches are marked."""
    select = """SELECT entry.page, entry.summary, highlight(words, 0, :begin, :end), highlight(words, 2, :begin, :end),
        snippet(words, 3, :begin, :end, '…', 24), highlight(words, 1, :begin, :end)
        FROM words JOIN entry ON entry.id = words.rowid WHERE words MATCH :match AND words.rowid = :id"""
    match = query.any_term if is_partial else query.all_terms
    results = []
    for hit in hits:
        values = {"begin": _BEGIN, "end": _END, "match": match, "id": hit.id}
        page, summary, title, *parts = connection.execute(select, values).fetchone()
        excerpt = next((part for part in parts if _BEGIN in part), summary)
        results.append(
            Hit(
                **{"kind": hit.kind, "slug": hit.slug, "lang": hit.lang, "score": hit.score, "page": page},
                title=parse_marks(title),
                excerpt=parse_marks(_shorten(excerpt)),
                url=f"/v1/{hit.kind}s/{hit.slug}",
            )
        )
    return results


def parse_marks(text: str) -> Marked:
    r"""Return a text without its marks, and where they were.

    >>> parse_marks("<b> \x02Fosse\x03")
    Marked(text='<b> Fosse', marks=((4, 9),), html='&lt;b&gt; <mark>Fosse</mark>')
    """
    plain, safe, marks = "", "", []
    for index, part in enumerate(text.replace(_END, _BEGIN).split(_BEGIN)):
        is_match = index % 2 == 1
        if is_match and part:
            marks.append((len(plain), len(plain) + len(part)))
        plain += part
        safe += f"<mark>{html.escape(part)}</mark>" if is_match and part else html.escape(part)
    return Marked(text=plain, marks=tuple(marks), html=safe)


def _shorten(text: str) -> str:
    """Cut a long text at word boundaries, around the first match."""
    if len(text) <= _EXCERPT_CHARS:
        return text
    first = max(0, text.find(_BEGIN))
    begin = 0 if first < _EXCERPT_CHARS // 2 else text.rfind(" ", 0, first - 60) + 1
    end = text.rfind(" ", begin, begin + _EXCERPT_CHARS)
    part = text[begin : end if end > begin else begin + _EXCERPT_CHARS]
    part += _END if part.count(_BEGIN) > part.count(_END) else ""
    return ("…" if begin else "") + part + "…"
