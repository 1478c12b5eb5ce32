"""Find the sites that a question means, a page at a time."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from pipeline.manifest.folding import plain
from pipeline.manifest.lists import cursor_of, place
from server.dependencies import ListQuestion
from server.errors import refused
from server.looking import wanted
from server.places import around, read_box, read_point

RADIUS_M = 20_000.0


@dataclass
class Filter:
    """What is asked of the table `site`, and the values for it."""

    clauses: list[str] = field(default_factory=lambda: ["1"])
    values: list[object] = field(default_factory=list)

    def add(self, clause: str, *values: object) -> None:
        """Ask one thing more."""
        self.clauses.append(clause)
        self.values += values

    def among(self, column: str, text: str) -> None:
        """Ask that a column is one of some words with commas between."""
        choices = text.split(",")
        self.add(f"{column} IN ({', '.join('?' * len(choices))})", *choices)


@dataclass(frozen=True)
class Found:
    """A page of sites.

    rows : number of a site, and its distance from the point that was asked about
    matched : how many there are on all pages
    cursor : where the next page begins; empty on the last
    """

    rows: tuple[tuple[int, float | None], ...]
    matched: int
    cursor: str


def found(connection: sqlite3.Connection, question: ListQuestion) -> Found:
    """Return the sites that a question means; raises QuestionError."""
    if question.radius is not None and question.near is None:
        raise refused("radius", "alone", other="near")
    where = _filter(connection, question)
    return _nearest(connection, question, where) if question.near else _sorted(connection, question, where)


def _filter(connection: sqlite3.Connection, question: ListQuestion) -> Filter:
    where = Filter()
    if question.kind:
        where.among("kind", question.kind)
    if question.theme:
        where.among("theme", question.theme)
    if question.commune:
        where.add("id IN (SELECT site FROM commune WHERE name = ?)", plain(question.commune.strip()))
    if question.bbox:
        clause, values = read_box(question.bbox).clauses()
        where.add(f"id IN (SELECT id FROM place WHERE {clause})", *values)  # noqa: S608 - of `places`
    for what in question.has.split(",") if question.has else ():
        where.add("id IN (SELECT site FROM has WHERE what = ?)", what)
    if question.q:
        words = wanted(connection, question.q)
        inside = "SELECT site FROM entry WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        where.add(f"id IN ({inside})" if words else "0", *([words.every] if words else []))
    return where


def _sorted(connection: sqlite3.Connection, question: ListQuestion, where: Filter) -> Found:
    clause = " AND ".join(where.clauses)
    (matched,) = connection.execute(f"SELECT count(*) FROM site WHERE {clause}", where.values).fetchone()  # noqa: S608
    if question.cursor is not None:
        (key,) = _place(question.cursor, str)
        where.add("sort > ?", key)
    query = f"SELECT id, sort FROM site WHERE {' AND '.join(where.clauses)} ORDER BY sort LIMIT ?"  # noqa: S608
    rows = connection.execute(query, (*where.values, question.limit + 1)).fetchall()
    page = rows[: question.limit]
    more = cursor_of(page[-1][1]) if len(rows) > len(page) else ""
    return Found(tuple((number, None) for number, _ in page), matched, more)


def _nearest(connection: sqlite3.Connection, question: ListQuestion, where: Filter) -> Found:
    """Return those within the radius, nearest first; the R*Tree leaves only a few to measure."""
    point = read_point(question.near or "")
    radius = RADIUS_M if question.radius is None else question.radius
    clause, values = around(point, radius).clauses()
    where.add(f"id IN (SELECT id FROM place WHERE {clause})", *values)  # noqa: S608 - of `places`
    query = f"""SELECT distance_m(?, ?, lon, lat), sort, id FROM site
        WHERE lon IS NOT NULL AND {" AND ".join(where.clauses)}"""  # noqa: S608 - clauses of this module
    rows = sorted(row for row in connection.execute(query, (*point, *where.values)) if row[0] <= radius)
    behind = _place(question.cursor, float, str) if question.cursor is not None else ()
    rest = [row for row in rows if not behind or row[:2] > behind]
    page = rest[: question.limit]
    more = cursor_of(*page[-1][:2]) if len(rest) > len(page) else ""
    return Found(tuple((number, distance) for distance, _, number in page), len(rows), more)


def _place(cursor: str, *kinds: type) -> tuple[str | float, ...]:
    try:
        key = place(cursor)
    except ValueError:
        key = ()
    if len(key) != len(kinds) or not all(isinstance(part, kind) for part, kind in zip(key, kinds, strict=True)):
        raise refused("cursor", "cursor")
    return key


def cards(connection: sqlite3.Connection, page: Found, lang: str) -> list[bytes]:
    """Return the cards of a page, with their distances where there are any."""
    query = "SELECT json FROM card WHERE site = ? AND lang = ?"
    texts = [bytes(connection.execute(query, (number, lang)).fetchone()[0]) for number, _ in page.rows]
    return [_measured(text, distance) for text, (_, distance) in zip(texts, page.rows, strict=True)]


def features(connection: sqlite3.Connection, page: Found, lang: str) -> list[bytes]:
    """Return the GeoJSON features of a page."""
    query = "SELECT feature FROM card WHERE site = ? AND lang = ?"
    return [bytes(connection.execute(query, (number, lang)).fetchone()[0]) for number, _ in page.rows]


def _measured(card: bytes, distance: float | None) -> bytes:
    if distance is None:
        return card
    said = json.loads(card) | {"distance_m": round(distance)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
