"""Say what a bundle holds: `manifest.json`, written last, and the tables of `catalogue.sqlite`."""

from __future__ import annotations

import re
import sqlite3
import unicodedata

from pydantic import Field

from carreau.base.schema.parts import SHA256, File, FrozenModel

SCHEMA_VERSION = 2
"""2: files and answers have gzip_bytes, sites and routes `modified`."""
NAME = "manifest.json"
FILES = "a"
"""Folder of what is named by its content."""
RELEASES = "releases"
"""Folder of the manifests of kept releases."""


class Origin(FrozenModel):
    """A file that the bundle was made from."""

    path: str
    sha256: str = Field(pattern=SHA256)


class Answer(FrozenModel):
    """What is answered under an address.

    path : of the address, with its leading stroke
    lang : language that was asked for; empty where the answer has none
    sha256 : of the file that is answered
    static : where a static host puts it, relative to its root; empty where it cannot be had there
    """

    path: str = Field(pattern=r"^/")
    lang: str = ""
    sha256: str = Field(pattern=SHA256)
    static: str = ""


class Manifest(FrozenModel):
    """The table of a bundle.

    release : digest of everything below it; names the bundle
    languages : first the one that curators write
    base_url : origin that absolute addresses in the documents begin with
    database : `catalogue.sqlite`, for search and places
    """

    schema_version: int = SCHEMA_VERSION
    release: str
    generator: str
    languages: tuple[str, ...]
    base_url: str
    database: str = Field(pattern=SHA256)
    sites: int
    routes: int
    trails: int = 0
    sources: tuple[Origin, ...] = ()
    files: tuple[File, ...] = ()
    answers: tuple[Answer, ...] = ()


PAGE_BYTES = 4096
SAMPLES = "\uffff"
"""Begins `site.sort` of samples, which come after all places, in lists and in searches."""
STYLES = "styles"
"""Key in `about` of a JSON array, where scripts bring styles of their own: digests of these as a policy names them
("sha256-…" in Base64). model-viewer has one in its shadow. Pages allow no other style but those in files of ours."""
CONTACT = "contact"
"""Key in `about` of a URI, `mailto:` or `https:`, if the publisher gave one: `/.well-known/security.txt` names it."""

TABLES = """
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Every answer that lies ready. path: of the address, as it is asked for, without a query; lang: '' where there is one
-- for all languages. A page whose address names its language has that one. `/404` per language is for people who are
-- lost, `/` per language is the first page.
CREATE TABLE answer(
    path TEXT NOT NULL, lang TEXT NOT NULL, sha256 TEXT NOT NULL, ext TEXT NOT NULL, media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL, brotli_bytes INTEGER, gzip_bytes INTEGER, PRIMARY KEY(path, lang)) WITHOUT ROWID;

-- Everything under /a/; the database itself is not in it.
CREATE TABLE file(
    sha256 TEXT NOT NULL, ext TEXT NOT NULL, media_type TEXT NOT NULL, bytes INTEGER NOT NULL, brotli_bytes INTEGER,
    gzip_bytes INTEGER, PRIMARY KEY(sha256, ext)) WITHOUT ROWID;

-- id: in order of slug; sort: unique, what lists are in the order of, samples last; lon, lat: NULL where nobody
-- knows; modified: as `part.Moment`, so that the order of texts is that of times.
CREATE TABLE site(
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, theme TEXT NOT NULL, commune TEXT NOT NULL,
    insee TEXT NOT NULL, lon REAL, lat REAL, sort TEXT NOT NULL UNIQUE, modified TEXT NOT NULL);
-- Communes that a site reaches into, by INSEE code and by folded name (`folding.plain`), its own among them.
CREATE TABLE commune(site INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(name, site)) WITHOUT ROWID;
CREATE TABLE has(site INTEGER NOT NULL, what TEXT NOT NULL, PRIMARY KEY(what, site)) WITHOUT ROWID;
-- json: a Card; feature: the same as a GeoJSON Feature, its id the slug.
CREATE TABLE card(
    site INTEGER NOT NULL, lang TEXT NOT NULL, json BLOB NOT NULL, feature BLOB NOT NULL,
    PRIMARY KEY(site, lang)) WITHOUT ROWID;
-- One row a site whose place is known; a point, or the extent of its outline.
CREATE VIRTUAL TABLE place USING rtree(id, min_lon, max_lon, min_lat, max_lat);

CREATE TABLE state(site INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY(site, state)) WITHOUT ROWID;
CREATE TABLE level(
    site INTEGER NOT NULL, state TEXT NOT NULL, level TEXT NOT NULL, sha256 TEXT NOT NULL, ext TEXT NOT NULL,
    bytes INTEGER NOT NULL, brotli_bytes INTEGER, gpu_bytes INTEGER NOT NULL, triangles INTEGER NOT NULL,
    PRIMARY KEY(site, state, level)) WITHOUT ROWID;

CREATE TABLE route(id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, modified TEXT NOT NULL);
-- Releases of before have no trails, and no such table; only publishing reads it.
CREATE TABLE trail(id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, modified TEXT NOT NULL);
-- Packs that phones may hold, those of kept releases too: sha256 is of the Pack document, a file of the bundle.
CREATE TABLE pack(
    id TEXT PRIMARY KEY, route TEXT NOT NULL, lang TEXT NOT NULL, level TEXT NOT NULL, sha256 TEXT NOT NULL
    ) WITHOUT ROWID;

-- What is searched: a row for every entry and language it has a text of its own in. kind: 'site', 'route' or 'trail';
-- site: NULL but for a site. Texts are NFC and plain, without marks. plain: the words of the others that hold letters
-- which the tokenizer does not fold, in plain letters (`folding.plain`): "Wałbrzych" is found by "walbrzych".
CREATE TABLE entry(
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, slug TEXT NOT NULL, lang TEXT NOT NULL, page TEXT NOT NULL,
    site INTEGER, title TEXT NOT NULL, names TEXT NOT NULL, summary TEXT NOT NULL, body TEXT NOT NULL,
    plain TEXT NOT NULL, UNIQUE(kind, slug, lang));
CREATE VIRTUAL TABLE words USING fts5(
    title, names, summary, body, plain, content='entry', content_rowid='id',
    tokenize='unicode61 remove_diacritics 2', prefix='2 3');
-- The words there are, as the tokenizer folds them, for whoever mistypes one; count: rows of `entry` that have it.
CREATE TABLE term(id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, count INTEGER NOT NULL);
CREATE VIRTUAL TABLE gram USING fts5(term, content='term', content_rowid='id', tokenize='trigram', detail='none');
"""


def create(connection: sqlite3.Connection) -> None:
    """Make the empty tables in an empty database."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.executescript(TABLES)


def index_words(connection: sqlite3.Connection) -> None:
    """Fill `words`, `term` and `gram` from `entry`, which must be complete."""
    connection.execute("INSERT INTO words(words) VALUES ('rebuild')")
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'words', 'row')")
    connection.execute("INSERT INTO term(term, count) SELECT term, doc FROM temp.vocabulary ORDER BY term")
    connection.execute("DROP TABLE temp.vocabulary")
    connection.execute("INSERT INTO gram(gram) VALUES ('rebuild')")
    connection.execute("INSERT INTO words(words) VALUES ('optimize')")
    connection.execute("INSERT INTO gram(gram) VALUES ('optimize')")


# Letters that Unicode does not take apart, so that no tokenizer of SQLite folds them.
_LETTERS = str.maketrans(
    {"ł": "l", "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ĳ": "ij"}
)
_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Return a text in small plain letters.

    >>> plain("Wałbrzych, Œuvre, Straße, Église, Mine d’Or")
    'walbrzych, oeuvre, strasse, eglise, mine d’or'
    """
    apart = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.combining(each)))


def words(text: str) -> list[str]:
    """Return the words of a text, as the tokenizer cuts them.

    >>> words("La fosse d’Arenberg (n° 3)")
    ['La', 'fosse', 'd', 'Arenberg', 'n', '3']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text))


def unfold_words(text: str) -> str:
    """Return the words whose letters the tokenizer does not fold, in plain ones, each once: what `entry.plain` holds.

    >>> unfold_words("Wałbrzych, église et Wałbrzych")
    'walbrzych'
    """
    unfolded = {plain(word): None for word in words(text) if word.lower().translate(_LETTERS) != word.lower()}
    return " ".join(unfolded)
