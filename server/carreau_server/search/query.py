"""Parse a search query: exact, prefix, accent-insensitive and fuzzy terms."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from carreau.base.schema.bundle import plain, words

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
