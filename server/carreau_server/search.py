"""Search: parse a query, rank the results, and fill the search page.

The search page marks the places and has all texts: `search.html` of `carreau.site.pages`. Its script writes the same
into the same places, and fetches nothing where results are there already.
"""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from babel import Locale
from babel.numbers import format_decimal

from carreau.base.schema.bundle import SAMPLES, plain, words
from carreau.base.schema.lists import Hit, Hits, Marked

MAX_WORDS = 8
_MAX_CHARS = 40
_MAX_CANDIDATES = 200
_LAST_CHAR = "\U0010ffff"


@dataclass(frozen=True)
class SearchQuery:
    """A parsed query.

    terms : an FTS5 expression for each word
    read_as : the words, where one of them was corrected; else None
    """

    terms: tuple[str, ...]
    read_as: str | None = None

    @property
    def all_terms(self) -> str:
        """Return the FTS5 expression for texts with all terms."""
        return " AND ".join(self.terms)

    @property
    def any_term(self) -> str:
        """Return the FTS5 expression for texts with at least one term."""
        return " OR ".join(self.terms)


def parse_query(connection: sqlite3.Connection, text: str) -> SearchQuery | None:
    """Return a query, None if it has no word.

    Nothing of the text is an operator of FTS5: every word is quoted, and has only letters and digits.
    """
    terms, read_as, is_corrected = [], [], False
    for word in [each[:_MAX_CHARS] for each in words(text)][:MAX_WORDS]:
        forms = list(dict.fromkeys((word.lower(), plain(word))))
        if _exists(connection, forms):
            # A whole word counts twice, as itself and as a prefix: it ranks above words that it only begins.
            terms.append("(" + " OR ".join(f'"{form}" OR "{form}" *' for form in forms) + ")")
            read_as.append(word)
            continue
        nearest = _nearest_terms(connection, plain(word))
        terms.append("(" + " OR ".join(f'"{each}"' for each in nearest or forms) + ")")
        read_as.append(nearest[0] if nearest else word)
        is_corrected = is_corrected or bool(nearest)
    return SearchQuery(tuple(terms), " ".join(read_as) if is_corrected else None) if terms else None


def _exists(connection: sqlite3.Connection, forms: list[str]) -> bool:
    query = "SELECT 1 FROM term WHERE term >= ? AND term < ? LIMIT 1"
    return any(connection.execute(query, (form, form + _LAST_CHAR)).fetchone() for form in forms)


def _nearest_terms(connection: sqlite3.Connection, word: str) -> list[str]:
    """Return the terms of the catalogue at the least edit distance, the most frequent first; none beyond the limit."""
    limit = max_edits(word)
    if not limit:
        return []
    rows = [(edit_distance(word, term, limit), -count, term) for term, count in _candidates(connection, word)]
    nearest = sorted(row for row in rows if row[0] <= limit)
    return [term for distance, _, term in nearest if distance == nearest[0][0]][:3]


def _candidates(connection: sqlite3.Connection, word: str) -> list[tuple[str, int]]:
    """Return terms that share a trigram; for short words those with the same first letter too."""
    trigrams = sorted({word[start : start + 3] for start in range(len(word) - 2)})
    match = " OR ".join(f'"{each}"' for each in trigrams)
    query = "SELECT term.term, term.count FROM gram JOIN term ON term.id = gram.rowid WHERE gram MATCH ? ORDER BY "
    rows = connection.execute(query + "rank LIMIT ?", (match, _MAX_CANDIDATES)).fetchall()
    if len(word) <= 6:
        query = "SELECT term, count FROM term WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
        sizes = len(word) - 1, len(word) + 1
        rows += connection.execute(query, (word[0], word[0] + _LAST_CHAR, *sizes)).fetchall()
    return list(dict.fromkeys(rows))


def max_edits(word: str) -> int:
    """Return the edit distance allowed for a word: 0 up to 3 letters or with digits, 1 up to 7 letters, else 2."""
    if len(word) < 4 or any(each.isdigit() for each in word):
        return 0
    return 1 if len(word) < 8 else 2


def edit_distance(word: str, other: str, limit: int) -> int:
    """Return the edit distance with swaps of neighbours (optimal string alignment); over `limit` where it is larger.

    >>> edit_distance("arenbreg", "arenberg", 2), edit_distance("fosse", "fose", 2), edit_distance("abc", "xyzabc", 2)
    (1, 1, 3)
    """
    if abs(len(word) - len(other)) > limit:
        return limit + 1
    previous: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, 1):
        line = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != theirs))
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == theirs:
                cost = min(cost, previous[column - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return limit + 1
        previous, last = last, line
    return min(last[-1], limit + 1)


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


_PLACE = re.compile(
    r'(?P<form><form [^>]*\bid="search"[^>]*>)(?P<before>.*?) value=""(?P<between>.*?)'
    r"<!--searched-->.*?<!--/searched-->",
    re.DOTALL,
)
_SENTENCE = re.compile(r'\bdata-([a-z]+)="([^"]*)"')


def is_search_page(page: str) -> bool:
    """Say whether a page has a place for search results."""
    return _PLACE.search(page) is not None


def fill_page(page: str, results: Hits) -> str:
    """Return the page with the query in its field and the results below.

    Texts of the page are HTML; everything else is escaped here.
    """
    return _PLACE.sub(lambda place: _results_html(place, results), page, count=1)


def _results_html(place: re.Match[str], results: Hits) -> str:
    texts = dict(_SENTENCE.findall(place["form"]))
    status = [_count_html(texts, results.matched, results.lang) if results.hits else texts["none"]]
    status += [f"{texts['read']} {html.escape(results.read_as)}."] if results.read_as else []
    status += [texts["partly"]] if results.is_partial else []
    rows = "\n".join(_hit_html(hit, results.lang) for hit in results.hits)
    hits = (
        f'<ol id="hits" class="list-hits">\n{rows}\n</ol>' if rows else '<ol id="hits" class="list-hits" hidden></ol>'
    )
    before = f'{place["form"]}{place["before"]} value="{html.escape(results.q)}"{place["between"]}'
    return f'{before}<p id="status" role="status">{" ".join(status)}</p>\n{hits}'


def _count_html(texts: dict[str, str], number: int, lang: str) -> str:
    """Return "12 results." in the plural form of the language."""
    if "counts" not in texts:  # a page from a bundle of an earlier version
        return f"{texts['found']} {number}."
    locale = Locale.parse(lang)
    forms: dict[str, str] = json.loads(html.unescape(texts["counts"]))
    form = forms.get(locale.plural_form(number), forms["other"])
    return html.escape(f"{form.replace('{number}', format_decimal(number, locale=locale))}.")


def _hit_html(hit: Hit, lang: str) -> str:
    lang_attribute = f' lang="{html.escape(hit.lang)}"' if hit.lang != lang else ""
    # The page is on our origin, whatever the bundle says: two slashes would lead to another host.
    address = html.escape("/" + quote(hit.page.lstrip("/")))
    return f'<li{lang_attribute}><a href="{address}">{hit.title.html}</a><p>{hit.excerpt.html}</p></li>'
