"""What the releases of a bundle have, by the paths that visitors ask for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carreau.base.errors import OptionError
from carreau.base.levels import AR_FILES
from carreau.base.messages import message
from carreau.base.schema.bundle import FILES, NAME, RELEASES
from carreau.base.schema.parts import SHA256
from carreau.exports.records.urls import ROUTE_WORDS, SITE_WORDS, TRAIL_WORDS
from carreau.site.bundle.releases import kept_releases
from carreau.site.pages.addresses import WORDS, embed, page_path

Kind = Literal["place", "route", "trail", "page"]


class Subject(NamedTuple):
    """What is counted: a place, a route, or another page.

    slug : of the place or route; of another page its name, such as "home"
    """

    kind: Kind
    slug: str


class _Head(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    languages: tuple[str, ...]
    database: str = Field(pattern=SHA256)


@dataclass(frozen=True)
class Published:
    """Paths and files of the releases.

    pages : subject and language of each page by its path, without a slash at the end
    embedded : subject of each page for frames by its path
    ar_files : place of each file for augmented reality by its digest
    walk_pages : route or trail, and language, by the digest of its page, which only whoever downloads it asks for
    plates : route or trail whose plates have a slug in their address
    names : of places and routes, in the first language of the bundle
    """

    languages: tuple[str, ...] = ()
    pages: dict[str, tuple[Subject, str]] = field(default_factory=dict)
    embedded: dict[str, Subject] = field(default_factory=dict)
    ar_files: dict[str, Subject] = field(default_factory=dict)
    walk_pages: dict[str, tuple[Subject, str]] = field(default_factory=dict)
    plates: dict[str, Subject] = field(default_factory=dict)
    names: dict[Subject, str] = field(default_factory=dict)


def read_published(bundle: Path) -> Published:
    """Return what a bundle has, with its kept releases: a log is often older than the current one.

    Raises OptionError where there is no readable bundle.
    """
    if not (bundle / NAME).is_file():
        raise OptionError(
            message(
                "%(path)s has no manifest.json; name the bundle that the server serves with --bundle", path=str(bundle)
            )
        )
    former = (_head(bundle / RELEASES / release / NAME) for release in kept_releases(bundle))
    heads = [*(head for head in former if head is not None), _current(bundle)]
    result = Published(heads[-1].languages)
    for head in heads:  # the current one last, whose names hold
        with _opened(bundle, head) as database:
            _add(result, head.languages, database)
    return result


def _head(path: Path) -> _Head | None:
    try:
        return _Head.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _current(bundle: Path) -> _Head:
    head = _head(bundle / NAME)
    if head is None:
        raise OptionError(message("%(path)s is not a manifest; publish the bundle again", path=str(bundle / NAME)))
    return head


@contextmanager
def _opened(bundle: Path, head: _Head) -> Iterator[sqlite3.Connection]:
    path = bundle / FILES / f"{head.database}.sqlite"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise OptionError(message("%(path)s cannot be read; publish the bundle again", path=str(path))) from error


def _add(to: Published, languages: tuple[str, ...], database: sqlite3.Connection) -> None:
    for lang in languages:
        to.pages.update(
            (page_path(name, lang).rstrip("/"), (Subject("page", name), lang)) for name in _page_names(lang)
        )
    for (slug,) in database.execute("SELECT slug FROM site"):
        _add_pages(to, Subject("place", slug), SITE_WORDS, languages)
        to.embedded[embed(slug)] = Subject("place", slug)
    for (slug,) in database.execute("SELECT slug FROM route"):
        _add_pages(to, Subject("route", slug), ROUTE_WORDS, languages)
        to.plates[slug] = Subject("route", slug)
        to.embedded[embed(f"routes/{slug}")] = Subject("route", slug)
    for (slug,) in database.execute("SELECT DISTINCT slug FROM entry WHERE kind = 'trail'"):
        _add_pages(to, Subject("trail", slug), TRAIL_WORDS, languages)
        to.embedded[embed(f"trails/{slug}")] = Subject("trail", slug)
        to.plates[slug] = Subject("trail", slug)
    to.names.update(_names(database, languages[0]))
    to.ar_files.update(
        (sha256, Subject("place", slug))
        for slug, level, sha256 in database.execute(
            "SELECT slug, level, sha256 FROM level JOIN site ON site.id = level.site"
        )
        if level in AR_FILES
    )
    for path, sha256 in database.execute("SELECT path, sha256 FROM answer WHERE media_type LIKE 'text/html%'"):
        subject, lang = to.pages.get(path, (None, ""))
        if subject and subject.kind in ("route", "trail"):
            to.walk_pages[sha256] = subject, lang


def _page_names(lang: str) -> Iterator[str]:
    """Return the other pages that are counted; scripts fetch the one for offline visits, too."""
    return (name for name, words in WORDS.items() if lang in words and name != "offline")


def _add_pages(to: Published, subject: Subject, words: Mapping[str, str], languages: tuple[str, ...]) -> None:
    for lang in languages:
        if lang in words:
            to.pages[f"/{lang}/{words[lang]}/{subject.slug}"] = subject, lang


def _names(database: sqlite3.Connection, language: str) -> Iterator[tuple[Subject, str]]:
    query = "SELECT slug, json FROM card JOIN site ON site.id = card.site WHERE lang = ?"
    for slug, card in database.execute(query, (language,)):
        yield Subject("place", slug), str(json.loads(card)["name"]["text"])
    kinds: tuple[Kind, ...] = ("route", "trail")
    for kind in kinds:
        query = "SELECT slug, title FROM entry WHERE kind = ? AND lang = ?"
        for slug, title in database.execute(query, (kind, language)):
            yield Subject(kind, slug), str(title)
