"""Find what somebody typed: whole words and their beginnings, accents or not, and words that were mistyped."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from pipeline.manifest.folding import plain, words

MOST_WORDS = 8
_MOST_CHARS = 40
_CANDIDATES = 200
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Wanted:
    """What to look for.

    groups : an expression a word
    read_as : the words, where one of them was taken for another; else None
    """

    groups: tuple[str, ...]
    read_as: str | None = None

    @property
    def every(self) -> str:
        """Return the expression for what has all of it."""
        return " AND ".join(self.groups)

    @property
    def some(self) -> str:
        """Return the expression for what has some of it."""
        return " OR ".join(self.groups)


def wanted(connection: sqlite3.Connection, text: str) -> Wanted | None:
    """Return what a text asks for in the language of FTS5, None when there is no word in it.

    Nothing of the text is read as an operator: every word is quoted, and has only letters and digits.
    """
    groups, spoken, is_mended = [], [], False
    for word in [each[:_MOST_CHARS] for each in words(text)][:MOST_WORDS]:
        forms = list(dict.fromkeys((word.lower(), plain(word))))
        if _is_known(connection, forms):
            # A whole word counts twice, as itself and as a beginning: it comes before words that it only begins.
            groups.append("(" + " OR ".join(f'"{form}" OR "{form}" *' for form in forms) + ")")
            spoken.append(word)
            continue
        near = _nearest(connection, plain(word))
        groups.append("(" + " OR ".join(f'"{each}"' for each in near or forms) + ")")
        spoken.append(near[0] if near else word)
        is_mended = is_mended or bool(near)
    return Wanted(tuple(groups), " ".join(spoken) if is_mended else None) if groups else None


def _is_known(connection: sqlite3.Connection, forms: list[str]) -> bool:
    query = "SELECT 1 FROM term WHERE term >= ? AND term < ? LIMIT 1"
    folded = dict.fromkeys((*forms, *(plain(form) for form in forms)))
    return any(connection.execute(query, (form, form + _AFTER_ALL)).fetchone() for form in folded)


def _nearest(connection: sqlite3.Connection, word: str) -> list[str]:
    """Return the words of the catalogue that differ least from one, the most frequent first; none that differ much."""
    most = allowed(word)
    if not most:
        return []
    found = [(edits(word, term, most), -count, term) for term, count in _candidates(connection, word)]
    near = sorted(each for each in found if each[0] <= most)
    return [term for distance, _, term in near if distance == near[0][0]][:3]


def _candidates(connection: sqlite3.Connection, word: str) -> list[tuple[str, int]]:
    """Return words that share three letters in a row; for short words those with the same first letter as well."""
    trigrams = sorted({word[place : place + 3] for place in range(len(word) - 2)})
    match = " OR ".join(f'"{each}"' for each in trigrams)
    query = "SELECT term.term, term.count FROM gram JOIN term ON term.id = gram.rowid WHERE gram MATCH ? ORDER BY "
    found = connection.execute(query + "rank LIMIT ?", (match, _CANDIDATES)).fetchall()
    if len(word) <= 6:
        query = "SELECT term, count FROM term WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
        sizes = len(word) - 1, len(word) + 1
        found += connection.execute(query, (word[0], word[0] + _AFTER_ALL, *sizes)).fetchall()
    return list(dict.fromkeys(found))


def allowed(word: str) -> int:
    """Return how many letters may be wrong: none in three letters or in a number, one, and two from eight on."""
    if len(word) < 4 or any(each.isdigit() for each in word):
        return 0
    return 1 if len(word) < 8 else 2


def edits(word: str, other: str, most: int) -> int:
    """Return how many letters are wrong, missing, too many or swapped with their neighbour; over `most` where more.

    >>> edits("arenbreg", "arenberg", 2), edits("fosse", "fose", 2), edits("abc", "xyzabc", 2)
    (1, 1, 3)
    """
    if abs(len(word) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, 1):
        line = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != theirs))
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == theirs:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)
