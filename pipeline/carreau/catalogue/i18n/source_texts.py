"""The texts of the catalogue that are translated, each with its context and a comment for the translator.

A context names the place of a text so that it stays the same when others are added above it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.map_scene import MapScene
from carreau.catalogue.media import TEXTS
from carreau.catalogue.route import Route
from carreau.catalogue.show import Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import plain_text
from carreau.catalogue.trail import Trail

_SPELT = str.maketrans({"’": "'", "œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})
"""Letters that Unicode does not decompose, and the two apostrophes."""


_KINDS = {Site: "site", Route: "route", Trail: "trail", Show: "show", MapScene: "scene"}
"""First part of contexts."""


@cache
def rules_of(of: type) -> tuple[tuple[str, FieldRule], ...]:
    """Return the keys of a class of the catalogue with their rules, in order."""
    return tuple((each.name, each.metadata["rule"]) for each in fields(of))


def context_of(entry: Entry[Any]) -> str:
    """Return the context of a site, route, trail or show: `site.fosse-mathilde`."""
    return f"{_KINDS[type(entry.of)]}.{entry.slug}"


def numbered(context: str, key: str, tables: tuple[Any, ...]) -> Iterator[tuple[int, Any, str]]:
    """Yield each table of a list with its index and its context.

    A table is named by its id or name, a date by its event and date, a stop by its site or place, a step of a tour by
    its number. Without any of these it has no name, and its texts are distinguished by their words alone.
    """
    for place, table in enumerate(tables):
        yield place, table, ".".join(part for part in (context, key, _table_name(key, place, table)) if part)


def _table_name(key: str, place: int, table: Any) -> str:
    if key == "date":
        return plain_name(f"{table.event}-{table.when.text if table.when else ''}")
    if key == "stop":
        return table.site or plain_name(table.place.name if table.place else "")
    if key == "step":
        return str(place + 1)
    return plain_name(getattr(table, "id", "") or getattr(table, "name", ""))


def plain_name(text: str) -> str:
    """Return a name in lower-case letters, digits, hyphens and underscores.

    >>> plain_name("Cité d’Œuvre (église)"), plain_name("opened-1831-07/1862~")
    ('cite-d-oeuvre-eglise', 'opened-1831-07-1862')
    """
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")


_SOURCES_NAMED = 2


@dataclass(frozen=True)
class SourceText:
    """A French text to translate.

    context : its place, `site.fosse-mathilde.summary`, which is `msgctxt`
    key : its path in the file
    comment : for the translator, in lines
    limit : of a translation in characters, None where there is no limit
    source : of its content, empty where none is given
    file : relative to the folder of the catalogue
    line : None in a file that has no such key
    """

    context: str
    text: str
    key: KeyPath
    comment: str
    limit: int | None
    source: str
    file: str
    line: int | None


def texts_of(entry: Entry[Any]) -> Iterator[SourceText]:
    """Yield the texts of a site, route, trail or show in the order of its class, without duplicates."""
    keys = set[tuple[str, str]]()
    for context, key, rule, text, owner in _texts(entry, entry.of, context_of(entry), ()):
        if (context, text) not in keys:
            keys.add((context, text))
            is_prose = rule.kind == "text" and len(key) <= 2 and all(isinstance(step, str) for step in key)
            source = _source(owner) or (_source(entry.of) if is_prose else "")
            comment = _comment(entry, key, rule, source)
            yield SourceText(
                context, text, key, comment, rule.limit, source, entry.document.name, entry.document.line(key)
            )


def texts_in(catalogue: Catalogue) -> Iterator[SourceText]:
    """Yield the texts of all sites, then of all routes, trails, shows, and maps that move."""
    for entry in catalogue.entries():
        yield from texts_of(entry)


def is_translatable(rule: FieldRule, value: Any) -> bool:
    """Return whether a value is a text for visitors, and not a number or the name of a text file."""
    return rule.translatable and isinstance(value, str) and any(map(str.isalpha, value)) and not _is_file(value)


def words_of(entry: Entry[Any], rule: FieldRule, value: Any) -> str:
    """Return the text of a value, or of the text file that it names; empty where there is none."""
    if is_translatable(rule, value):
        return str(value)
    if not (rule.translatable and isinstance(value, str) and _is_file(value)):
        return ""
    path = (entry.folder / value).resolve()
    try:
        # `carreau check` reports a file that is elsewhere, missing or unreadable.
        is_beside = path.is_relative_to(entry.folder.resolve())
        return plain_text(path.read_text(encoding="utf-8-sig")) if is_beside else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _is_file(value: str) -> bool:
    return value.endswith(TEXTS) and "\n" not in value


_Text = tuple[str, KeyPath, FieldRule, str, Any]


def _texts(entry: Entry[Any], table: Any, context: str, path: KeyPath) -> Iterator[_Text]:
    for key, rule in rules_of(table.__class__):
        value, inner = getattr(table, key), f"{context}.{key}"
        if rule.kind == "one" and value is not None:
            yield from _texts(entry, value, inner, (*path, key))
        elif rule.kind == "many":
            for place, each, inner in numbered(context, key, value):
                yield from _texts(entry, each, inner, (*path, key, place))
        elif rule.translatable:
            for words in (words_of(entry, rule, each) for each in _all(value)):
                if words:
                    yield inner, (*path, key), rule, words, table


def _all(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


def _source(table: Any) -> str:
    """Return the source of a table: its own text, or the first titles of its list."""
    if isinstance(own := getattr(table, "source", ""), str) and own:
        return own
    titles = [each if isinstance(each, str) else each.title for each in own or getattr(table, "sources", ())]
    more = f" ; + {len(titles) - _SOURCES_NAMED}" if len(titles) > _SOURCES_NAMED else ""
    return " ; ".join(titles[:_SOURCES_NAMED]) + more


def _comment(entry: Entry[Any], key: KeyPath, rule: FieldRule, source: str) -> str:
    """Return the comment for the translator, in lines: key without indices, which would change, limit and source."""
    about = ", ".join(part for part in (entry.of.name or entry.slug, getattr(entry.of, "commune", "")) if part)
    limit = f"At most {rule.limit} characters" if rule.limit else ""
    lines = (
        f"{about} – {', '.join(step for step in key if isinstance(step, str))}",
        limit,
        source and f"Source: {source}",
    )
    return "\n".join(line for line in lines if line)
