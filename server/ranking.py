"""Put what was found in order, the reader's language first, and mark what was looked for."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.manifest.folding import words
from pipeline.manifest.lists import Hit, Marked
from server.looking import Wanted

_BEGIN, _END = "\x02", "\x03"
# What a word counts in title, other names, summary, body, and in plain letters.
_RANK = "bm25(words, 10.0, 3.0, 3.0, 1.0, 2.0)"
_OTHER_LANGUAGE = 0.6
_ROUTE = 0.8
"""A route names many sites, and whoever looks for one of them wants that first."""
_MOST_ROWS = 3000
_EXCERPT_CHARS = 300


@dataclass(frozen=True)
class Row:
    """A text that was found, and how well it fits."""

    id: int
    kind: str
    slug: str
    lang: str
    score: float


def ranked(connection: sqlite3.Connection, wanted: Wanted, lang: str) -> tuple[list[Row], bool]:
    """Return one row a site or route, best first; and whether they have only some of the words."""
    rows = _rows(connection, wanted.every, len(wanted.groups), lang)
    is_partial = not rows and len(wanted.groups) > 1
    if is_partial:
        rows = _rows(connection, wanted.some, 1, lang)
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        known = best.get((row.kind, row.slug))
        # Shown is the reader's own language, if it was found in that; what counts is the best of all.
        if known is None:
            best[row.kind, row.slug] = row
        elif row.lang == lang != known.lang:
            best[row.kind, row.slug] = Row(row.id, row.kind, row.slug, row.lang, max(row.score, known.score))
    # "site" comes before "route" where nothing else tells.
    in_order = sorted(best.values(), key=lambda row: (-row.score, row.kind != "site", row.slug))
    return in_order, bool(rows) and is_partial


def _rows(connection: sqlite3.Connection, match: str, word_count: int, lang: str) -> list[Row]:
    query = f"""SELECT entry.id, kind, slug, lang, entry.title, {_RANK} AS rank_of_words FROM words
        JOIN entry ON entry.id = words.rowid WHERE words MATCH ? ORDER BY rank_of_words LIMIT {_MOST_ROWS}"""  # noqa: S608
    titled = "SELECT rowid FROM words WHERE words MATCH ?"
    named = {number for (number,) in connection.execute(titled, (f"title : ({match})",))}
    found = []
    for number, kind, slug, spoken, title, rank in connection.execute(query, (match,)):
        # bm25 gives next to nothing for words that most texts have, such as "fosse": a name that has them counts
        # anyway, and the more the less else it says.
        share = min(1.0, word_count / max(1, len(words(title)))) if number in named else 0.0
        score = (-rank + (1 + 3 * share if share else 0)) * (1.0 if spoken == lang else _OTHER_LANGUAGE)
        found.append(Row(number, kind, slug, spoken, round(score if kind == "site" else score * _ROUTE, 3)))
    return sorted(found, key=lambda row: (-row.score, row.kind, row.slug, row.id))


def hits(connection: sqlite3.Connection, wanted: Wanted, is_partial: bool, rows: Sequence[Row]) -> list[Hit]:
    """Return rows with their texts, in which what was looked for is marked."""
    query = """SELECT entry.page, entry.summary, highlight(words, 0, ?1, ?2), highlight(words, 2, ?1, ?2),
        snippet(words, 3, ?1, ?2, '…', 24), highlight(words, 1, ?1, ?2)
        FROM words JOIN entry ON entry.id = words.rowid WHERE words MATCH ?3 AND words.rowid = ?4"""
    match = wanted.some if is_partial else wanted.every
    found = []
    for row in rows:
        page, summary, title, *parts = connection.execute(query, (_BEGIN, _END, match, row.id)).fetchone()
        excerpt = next((part for part in parts if _BEGIN in part), summary)
        found.append(
            Hit(
                **{"kind": row.kind, "slug": row.slug, "lang": row.lang, "score": row.score, "page": page},
                title=marked(title),
                excerpt=marked(_shortened(excerpt)),
                url=f"/v1/{row.kind}s/{row.slug}",
            )
        )
    return found


def marked(text: str) -> Marked:
    r"""Return a text without its marks, and where they were.

    >>> marked("<b> \x02Fosse\x03")
    Marked(text='<b> Fosse', marks=((4, 9),), html='&lt;b&gt; <mark>Fosse</mark>')
    """
    plain, safe, marks = "", "", []
    for place, part in enumerate(text.replace(_END, _BEGIN).split(_BEGIN)):
        is_found = place % 2 == 1
        if is_found and part:
            marks.append((len(plain), len(plain) + len(part)))
        plain += part
        safe += f"<mark>{html.escape(part)}</mark>" if is_found and part else html.escape(part)
    return Marked(text=plain, marks=tuple(marks), html=safe)


def _shortened(text: str) -> str:
    """Cut a long text behind a word, around what is marked first."""
    if len(text) <= _EXCERPT_CHARS:
        return text
    first = max(0, text.find(_BEGIN))
    begin = 0 if first < _EXCERPT_CHARS // 2 else text.rfind(" ", 0, first - 60) + 1
    end = text.rfind(" ", begin, begin + _EXCERPT_CHARS)
    part = text[begin : end if end > begin else begin + _EXCERPT_CHARS]
    part += _END if part.count(_BEGIN) > part.count(_END) else ""
    return ("…" if begin else "") + part + "…"
