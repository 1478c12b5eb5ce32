"""The access log of a server: its lines, and what visitors ask for by the paths that are in them."""

from __future__ import annotations

import gzip
import io
import json
import re
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, cast
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carreau.base.errors import FormatError, OptionError
from carreau.base.levels import AR_FILES
from carreau.base.messages import message
from carreau.base.schema.bundle import FILES, NAME, RELEASES
from carreau.base.schema.parts import SHA256
from carreau.base.schema.requests import is_robot
from carreau.exports.urls import ROUTE_WORDS, SITE_WORDS, TRAIL_WORDS
from carreau.site.pages.addresses import WORDS, embed, page_path
from carreau.site.releases import kept_releases

MAX_LINE_BYTES = 65_536
"""Of a line that is read; servers write shorter ones."""
_MAX_PATH_CHARS = 500
_QUOTED = rb'"((?:[^"\\]|\\.)*)"'
_COMBINED = re.compile(
    rb"\S+ \S+ [^\[]{1,500}\[([^\]]{1,40})\] "
    + _QUOTED
    + rb" (\d{3}) (?:\d+|-)(?: "
    + _QUOTED
    + rb" "
    + _QUOTED
    + rb")?"
)
"""`host ident user [time] "request" status bytes`, and in the combined format `"referrer" "User-Agent"`; nginx and
Apache write them by default. More may follow."""
_LANGUAGE = re.compile("[a-z]{2}")


class Hit(NamedTuple):
    """What is counted of a request. Addresses, the User-Agent and the query are not in it.

    day : as the clock of the server that wrote the line has it, such as 2026-11-27
    path : decoded, without the query
    lang : that was asked for or answered, where the line tells it
    referrer : path of the page that asked; empty for one of another host, and where the line does not tell it
    is_robot, is_ahead, is_script : as in `carreau_server.app_state.Visit`; False where the line does not tell
    """

    day: str
    method: str
    path: str
    status: int
    lang: str
    referrer: str
    is_robot: bool
    is_ahead: bool
    is_script: bool


def read_line(line: bytes) -> Hit | None:
    """Return a request, None for a line that no format fits."""
    return _json(line) if line.startswith(b"{") else _parse_combined(line)


def _json(line: bytes) -> Hit | None:
    try:
        entry: dict[str, Any] = json.loads(line)
        day, path, status, lang = str(entry["time"])[:10], str(entry["path"]), int(entry["status"]), str(entry["lang"])
        flags = entry["robot"] is True, entry["ahead"] is True, entry["script"] is True
        method = str(entry["method"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not _is_day(day):
        return None
    return Hit(day, method, path[:_MAX_PATH_CHARS], status, _language(lang), "", *flags)


def _parse_combined(line: bytes) -> Hit | None:
    match = _COMBINED.match(line)
    if match is None:
        return None
    time, request, status, referrer, agent = match.groups()
    day, parts = _day(time), request.decode("latin-1").split(" ")
    if not day or len(parts) != 3:
        return None
    method, target, _ = parts
    path, query = _split(target)
    langs = parse_qs(query, max_num_fields=50).get("lang", [""]) if "lang=" in query and query.count("&") < 50 else [""]
    # The common format has no User-Agent: nothing can be left out there.
    is_program = agent is not None and _is_robot(agent)
    source = _split(referrer.decode("latin-1"))[0] if referrer and referrer != b"-" else ""
    return Hit(day, method, path, int(status), _language(langs[0]), source, is_program, False, False)


@lru_cache(maxsize=4096)
def _is_robot(agent: bytes) -> bool:
    return is_robot(agent.decode("latin-1"))


@lru_cache(maxsize=4096)
def _split(target: str) -> tuple[str, str]:
    """Return the path and query of a request target or an address; both are empty if it is neither."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "", ""
    return unquote(parts.path)[:_MAX_PATH_CHARS], parts.query


def _language(text: str) -> str:
    return text if _LANGUAGE.fullmatch(text) else ""


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _day(time: bytes) -> str:
    """Return the day of a time such as `27/Nov/2026:17:20:41 +0000`; empty if it is not a time."""
    return _parse_day(time[:11])


@lru_cache(maxsize=4096)
def _parse_day(text: bytes) -> str:
    day, _, rest = text.decode("latin-1").partition("/")
    month, _, year = rest.partition("/")
    number = _MONTHS.get(month)
    try:
        return date(int(year), number or 0, int(day)).isoformat() if len(year) == 4 else ""
    except ValueError:
        return ""


_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
"""English whatever the locale, as servers write them."""

STDIN = "-"
_GZIP = b"\x1f\x8b"
_REPORT_BYTES = 1_000_000


class _Counted(io.RawIOBase):
    """A stream that counts the bytes that were read from it."""

    def __init__(self, inner: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        super().__init__()
        self._inner, self._on_bytes, self._unsaid = inner, on_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        part = memoryview(cast(bytearray, buffer))
        content = self._inner.read(len(part))
        part[: len(content)] = content
        self._unsaid += len(content)
        if self._unsaid >= _REPORT_BYTES or not content:
            self._on_bytes(self._unsaid)
            self._unsaid = 0
        return len(content)


def size_bytes(names: Sequence[str]) -> dict[str, int]:
    """Return the bytes of each log that is a file; raises OptionError for one that is not there or no file."""
    sizes = {}
    for name in names:
        if name == STDIN:
            sizes[name] = 0
            continue
        path = Path(name)
        if not path.exists():
            raise OptionError(message("%(path)s: there is no such file; name the access log of the server", path=name))
        if path.is_dir():
            raise OptionError(message("%(path)s is a folder; name the access logs in it", path=name))
        sizes[name] = path.stat().st_size if path.is_file() else 0
    return sizes


def read_lines(name: str, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the lines of a log without their ends; one that is too long is cut, as nothing can be read in it.

    name : of a file, or "-" for the standard input; one that begins as gzip is decompressed, whatever its name
    on_bytes : is told now and then how many more bytes of the file were read

    Raises FormatError for a damaged gzip, and OSError where the file cannot be read.
    """
    with _open_log(name) as file:
        buffered = io.BufferedReader(_Counted(file, on_bytes), 1 << 18)
        is_packed = buffered.peek(2).startswith(_GZIP)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=buffered) if is_packed else buffered)
        try:
            yield from _lines(stream)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            cause = message("the compressed file is damaged or cut off")
            raise FormatError(name, "", cause, message("copy it again, or decompress what is left of it")) from error


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    is_rest = False
    while line := stream.readline(MAX_LINE_BYTES):
        is_whole = line.endswith(b"\n")
        if not is_rest:
            yield line.rstrip(b"\r\n")
        is_rest = not is_whole


@contextmanager
def _open_log(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        yield file


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
    heads = [*(head for head in former if head is not None), _read_head(bundle)]
    result = Published(heads[-1].languages)
    for head in heads:  # the current one last, whose names hold
        with _opened_release(bundle, head) as database:
            _add(result, head.languages, database)
    return result


def _head(path: Path) -> _Head | None:
    try:
        return _Head.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _read_head(bundle: Path) -> _Head:
    head = _head(bundle / NAME)
    if head is None:
        raise OptionError(message("%(path)s is not a manifest; publish the bundle again", path=str(bundle / NAME)))
    return head


@contextmanager
def _opened_release(bundle: Path, head: _Head) -> Iterator[sqlite3.Connection]:
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
