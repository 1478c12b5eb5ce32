"""Responses of a bundle, by URL path and language, and the database that holds them."""

from __future__ import annotations

import json
import posixpath
import sqlite3
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from pydantic import BaseModel

from carreau.base.errors import FREE_TEMPORARY, StorageError, disk_full
from carreau.base.languages import SOURCE
from carreau.base.schema.bundle import SAMPLES, SCHEMA_VERSION, Answer, create, index_words, plain, unfold_words
from carreau.base.schema.itineraries import Route, Trail
from carreau.base.schema.parts import File, Link, Text
from carreau.base.schema.site import Card, Site
from carreau.catalogue.site import ANNOTATION_TEXTS
from carreau.exports.serializers import plain as unlinked
from carreau.exports.urls import ROUTE_WORDS, SITE_WORDS, TRAIL_WORDS
from carreau.site.content_store import ContentStore


class Answers:
    """The answers of a bundle, or of a part of it.

    found : by address and language
    links : the same as files of the bundle
    """

    def __init__(self, store: ContentStore) -> None:
        """Begin without any."""
        self.store = store
        self.rows: dict[tuple[str, str], Answer] = {}
        self.links: dict[tuple[str, str], Link] = {}

    def add(self, path: str, language: str, content: bytes, ext: str, media_type: str = "") -> Link:
        """Store a response; returns its file, with the URL that is valid on every host.

        language : of the response; empty where it is the same for all languages
        """
        return self.put(path, language, self.store.add_bytes(content, ext, media_type))

    def put(self, path: str, language: str, file: File) -> Link:
        """Add a response whose file is stored already, under its static name too, which links use on any host."""
        own = anywhere(path, language, file.ext)
        fields = file.model_dump(include=set(File.model_fields))
        for address in dict.fromkeys((path, own)):
            static = static_path(path, language, file.ext) if address == own else ""
            self.rows[address, language] = Answer(path=address, lang=language, sha256=file.sha256, static=static)
            self.links[address, language] = Link(url=address, **fields)
        return self.links[own, language]

    def add_document(self, path: str, language: str, document: BaseModel) -> Link:
        """Store a document as JSON."""
        return self.add(path, language, encode_json(document), "json")

    def scope(self) -> Answers:
        """Return empty answers whose files are stored in the same folder."""
        return Answers(self.store.scope())

    def merge(self, part: Answers) -> None:
        """Add the answers and files of a part."""
        self.store.files |= part.store.files
        self.store.written += part.store.written
        self.rows |= part.rows
        self.links |= part.links

    def content(self, path: str, language: str) -> bytes:
        """Return the body of a response; raises KeyError for an unknown path."""
        return (self.store.folder.parent / self.links[path, language].path).read_bytes()


def link(file: File) -> Link:
    """Return a file of the bundle with its address."""
    return Link(url=f"/{file.path}", **file.model_dump())


def encode_json(document: BaseModel) -> bytes:
    """Return a document as JSON, without empty fields."""
    return document.model_dump_json(exclude_none=True).encode()


WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"sites": SITE_WORDS, "routes": ROUTE_WORDS, "trails": TRAIL_WORDS}
)
"""Path segments of pages, by kind and language."""


def api_path(kind: str, slug: str, ending: str = "") -> str:
    """Return where a document is had; kind is "sites", "routes" or "trails".

    >>> api_path("sites", "fosse-mathilde", "jsonld")
    '/v1/sites/fosse-mathilde.jsonld'
    """
    return f"/v1/{kind}/{slug}" + (f".{ending}" if ending else "")


def page_path(kind: str, slug: str, language: str) -> str:
    """Return where the page of a site, route or trail is had.

    >>> page_path("routes", "arenberg-a-pied", "de")
    '/de/routen/arenberg-a-pied'
    """
    return f"/{language}/{WORDS[kind][language]}/{slug}"


def page_paths(kind: str, slug: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return its pages by language."""
    return {language: page_path(kind, slug, language) for language in languages}


def static_path(address: str, language: str, ext: str) -> str:
    """Return where a static host puts an answer, relative to its root.

    >>> static_path("/v1/sites/fosse-mathilde", "fr", "json"), static_path("/de/orte/fosse-mathilde", "de", "html")
    ('v1/sites/fosse-mathilde.fr.json', 'de/orte/fosse-mathilde/index.html')
    >>> static_path("/", "fr", "html"), static_path("/embed/a", "pl", "html"), static_path("/404", "fr", "html")
    ('index.html', 'embed/a/index.pl.html', '404.html')
    >>> static_path("/v1/routes/arenberg.gpx", "nl", "gpx"), static_path("/iiif/a/manifest.json", "", "json")
    ('v1/routes/arenberg.nl.gpx', 'iiif/a/manifest.json')
    >>> static_path("/v1/routes/arenberg.nl.gpx", "nl", "gpx")
    'v1/routes/arenberg.nl.gpx'
    """
    path = address.strip("/")
    if ext == "html":
        return _page(path, language)
    stem = path.removesuffix(f".{ext}")
    return f"{stem.removesuffix(f'.{language}')}.{language}.{ext}" if language else f"{stem}.{ext}"


def anywhere(address: str, language: str, ext: str) -> str:
    """Return the address that our server and a static host both have an answer at; of a page it is the same.

    >>> anywhere("/v1/routes/arenberg.gpx", "nl", "gpx"), anywhere("/v1/terms", "fr", "json")
    ('/v1/routes/arenberg.nl.gpx', '/v1/terms.fr.json')
    >>> anywhere("/v1/catalogue.csv", "", "csv"), anywhere("/embed/a", "pl", "html")
    ('/v1/catalogue.csv', '/embed/a')
    """
    return address if ext == "html" else f"/{static_path(address, language, ext)}"


def _page(path: str, language: str) -> str:
    """Return the file of a page; of one that is the same address in every language, French has the plain name."""
    ending = "html" if path.partition("/")[0] == language or language == SOURCE else f"{language}.html"
    return f"404.{ending}" if path == "404" else posixpath.join(path, f"index.{ending}")


Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class SiteRows:
    """A site, in every language.

    documents, cards, features : by language
    box : least and greatest longitude, least and greatest latitude; None where unknown
    """

    documents: Mapping[str, Site]
    cards: Mapping[str, Card]
    features: Mapping[str, bytes]
    box: Box | None


class PackRow(NamedTuple):
    """An offline pack: id, route, language, level and digest of its document."""

    id: str
    route: str
    lang: str
    level: str
    sha256: str


@dataclass(frozen=True)
class Contents:
    """The contents of the database.

    packs : those of former releases, which phones may still have, then those of this release
    """

    about: Mapping[str, str]
    sites: Mapping[str, SiteRows] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    trails: Mapping[str, Mapping[str, Trail]] = field(default_factory=dict)
    packs: Iterable[PackRow] = ()
    answers: Iterable[Answer] = ()
    files: Iterable[File] = ()


def sort_key(name: str, slug: str, is_sample: bool = False) -> str:
    """Return the key that lists are sorted by: the French name without accents, then the slug; samples come last."""
    return f"{SAMPLES if is_sample else ''}{plain(name)} {slug}"


def make_database(contents: Contents) -> bytes:
    """Return the bytes of the database; the same contents have the same bytes.

    Raises StorageError where the disk of temporary files is full.
    """
    with tempfile.TemporaryDirectory(prefix="carreau-") as folder:
        path = Path(folder) / "whole.sqlite"
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            create(connection)
            connection.execute("BEGIN")
            _fill(connection, contents)
            index_words(connection)
            connection.execute("COMMIT")
            # What was written and moved on the way is left behind, and with it what depends on the way.
            connection.execute("VACUUM INTO ?", (str(path),))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            raise StorageError(disk_full(None, {path.parent.parent: FREE_TEMPORARY})) from error
        finally:
            connection.close()
        return path.read_bytes()


def list_packs(database: Path) -> list[PackRow]:
    """Return the packs whose documents are files of the release of a database; none if it cannot be read."""
    query = "SELECT id, route, lang, level, sha256 FROM pack WHERE sha256 IN (SELECT sha256 FROM file) ORDER BY id"
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return [PackRow(*row) for row in connection.execute(query)]
    except sqlite3.Error:
        return []


def _fill(into: sqlite3.Connection, contents: Contents) -> None:
    about = {"schema_version": str(SCHEMA_VERSION), **contents.about}
    into.executemany("INSERT INTO about VALUES (?, ?)", sorted(about.items()))
    files = {file.sha256: file for file in contents.files}
    into.executemany(
        "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)",
        [(f.sha256, f.ext, f.media_type, f.bytes, f.brotli_bytes, f.gzip_bytes) for _, f in sorted(files.items())],
    )
    into.executemany(
        "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [_answer(each, files[each.sha256]) for each in sorted(contents.answers, key=lambda a: (a.path, a.lang))],
    )
    for number, (slug, rows) in enumerate(sorted(contents.sites.items())):
        _site(into, number + 1, slug, rows)
    for number, (slug, routes) in enumerate(sorted(contents.routes.items())):
        into.execute("INSERT INTO route VALUES (?, ?, ?)", (number + 1, slug, next(iter(routes.values())).modified))
        for language, route in routes.items():
            _entry(into, "route", slug, language, route, None)
    for number, (slug, trails) in enumerate(sorted(contents.trails.items())):
        into.execute("INSERT INTO trail VALUES (?, ?, ?)", (number + 1, slug, next(iter(trails.values())).modified))
        for language, trail in trails.items():
            _entry(into, "trail", slug, language, trail, None)
    packs = {pack.id: pack for pack in contents.packs}
    into.executemany("INSERT INTO pack VALUES (?, ?, ?, ?, ?)", [row for _, row in sorted(packs.items())])


def _answer(answer: Answer, file: File) -> tuple[object, ...]:
    sizes = file.bytes, file.brotli_bytes, file.gzip_bytes
    return (answer.path, answer.lang, file.sha256, file.ext, file.media_type, *sizes)


def _site(into: sqlite3.Connection, number: int, slug: str, rows: SiteRows) -> None:
    site = next(iter(rows.documents.values()))
    position = site.position
    into.execute(
        "INSERT INTO site VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, slug, site.kind.code, site.theme.code, site.commune, site.insee,
            position.lon if position else None, position.lat if position else None,
            sort_key(site.name.text, slug, site.is_sample), site.modified,
        ),
    )  # fmt: skip
    communes = {site.insee, plain(site.commune), *(plain(each) for each in site.communes)} - {""}
    into.executemany("INSERT INTO commune VALUES (?, ?)", [(number, name) for name in sorted(communes)])
    card = next(iter(rows.cards.values()))
    into.executemany("INSERT INTO has VALUES (?, ?)", [(number, what) for what in sorted(card.has)])
    for language in rows.documents:
        into.execute(
            "INSERT INTO card VALUES (?, ?, ?, ?)",
            (
                number,
                language,
                rows.cards[language].model_dump_json(exclude_none=True).encode(),
                rows.features[language],
            ),
        )
        _entry(into, "site", slug, language, rows.documents[language], number)
    if rows.box:
        into.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?)", (number, *rows.box))
    for state in site.states:
        into.execute("INSERT INTO state VALUES (?, ?)", (number, state.id))
        into.executemany(
            "INSERT INTO level VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (number, state.id, x.level, x.sha256, x.ext, x.bytes, x.brotli_bytes, x.gpu_bytes, x.triangles)
                for x in state.levels
            ],
        )


def _entry(
    into: sqlite3.Connection, kind: str, slug: str, language: str, document: Site | Route | Trail, number: int | None
) -> None:
    """Insert the searchable text in a language, unless nothing is translated into it."""
    if document.name.lang != language and document.summary.lang != language:
        return
    title, summary = document.name.text, document.summary.text
    names, body = _names(document), _body(document)
    folded = unfold_words(" ".join((title, names, summary, body)))
    # A result shows what it found in them, without the addresses of links.
    texts = [unicodedata.normalize("NFC", unlinked(text)) for text in (title, names, summary, body, folded)]
    into.execute(
        "INSERT INTO entry(kind, slug, lang, page, site, title, names, summary, body, plain)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, slug, language, document.pages[language], number, *texts),
    )


def _names(document: Site | Route | Trail) -> str:
    if isinstance(document, Trail):
        return " · ".join(chapter.title.text for chapter in document.chapters)
    if isinstance(document, Route):
        return " · ".join(stop.name.text for stop in document.stops)
    names = [*(each.text for each in document.other_names), document.commune, *document.communes, document.kind.text]
    if document.inscription:
        names.append(document.inscription.component)
    return " · ".join(dict.fromkeys(name for name in names if name))


def _body(document: Site | Route | Trail) -> str:
    parts: list[Text | None] = [document.description]
    if isinstance(document, Site):
        parts += [*document.keywords, document.company]
        parts += [getattr(each, key) for key in (*ANNOTATION_TEXTS, "title") for each in document.annotations]
        parts += [each for _, each in document.visit if isinstance(each, Text)] if document.visit else []
    elif isinstance(document, Route):
        parts += [each.text for each in document.stops]
    else:
        parts += [each.text for each in document.chapters]
    return "\n".join(part.text for part in parts if part and part.lang == document.lang)


def about(languages: tuple[str, ...], base_url: str, generator: str) -> dict[str, str]:
    """Return the rows of the table `about`."""
    return {"languages": json.dumps(languages), "base_url": base_url, "generator": generator}
