"""One release of a bundle, open for reading, and its files by their content; it never changes while it is open."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import brotli
from pydantic import BaseModel, ConfigDict, Field

from carreau.base.schema.bundle import FILES, STYLES
from carreau.base.schema.parts import SHA256
from carreau_server.errors import CorruptBundleError

_MAX_PATH_CHARS, _MAX_CACHED_PATHS = 500, 4096
"""Of paths that are looked up, and of look-ups that are cached: clients may ask for anything."""
_MAX_CHECKED = 50_000
"""Files whose check is remembered: 3 MB."""
_TEXT = re.compile(r"text/|application/(?:[\w.-]+\+)?(?:json|xml)\b|application/manifest\+json")
_STYLE_DIGEST = re.compile(r"sha(256|384|512)-[A-Za-z0-9+/]{43,86}={0,2}")


def _stamp(status: os.stat_result) -> int:
    """Return a number that changes whenever a file is written or replaced; its digest may be expected again then."""
    return hash((status.st_ino, status.st_mtime_ns, status.st_ctime_ns))


class ManifestHead(BaseModel):
    """The fields of a manifest that the server needs; its tables are in the database too."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_version: int
    release: str = Field(pattern=r"^[0-9a-f]{16}$")
    generator: str
    languages: tuple[str, ...] = Field(min_length=1)
    base_url: str
    database: str = Field(pattern=SHA256)
    sites: int
    routes: int


class Bundle:
    """One release, open for reading.

    base_url : origin of absolute URLs
    """

    def __init__(self, folder: Path, head: ManifestHead, base_url: str = "") -> None:
        """Open the folder of files and the database; raises OSError and sqlite3.Error."""
        self.head, self.base_url = head, (base_url or head.base_url).rstrip("/")
        self.languages = head.languages
        self.database = folder / FILES / f"{head.database}.sqlite"
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        # Files are opened relative to this folder, by name, so that no link in the folder's place leads elsewhere.
        self._folder = os.open(folder / FILES, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._main = self._connect()
        except BaseException:
            os.close(self._folder)
            raise
        self._responses: dict[str, dict[str, StoredFile]] = {}
        self._checked: dict[str, int] = {}
        published = head.base_url.rstrip("/")
        self._moved = rebaser(published, self.base_url) if self.base_url != published else None
        self.styles = self._style_digests()

    def __del__(self) -> None:
        """Close the open files, once no request uses this release any more."""
        if hasattr(self, "_main"):
            self._main.close()
            os.close(self._folder)
        try:
            while hasattr(self, "_idle"):
                self._idle.get_nowait().close()
        except Empty:
            pass

    def _style_digests(self) -> tuple[str, ...]:
        """Return the digests of styles that scripts insert; malformed ones are left out, as they end up in a header."""
        row = self.one("SELECT value FROM about WHERE key = ?", STYLES)
        return tuple(each for each in json.loads(row[0]) if _STYLE_DIGEST.fullmatch(str(each))) if row else ()

    def _connect(self) -> sqlite3.Connection:
        uri = f"{self.database.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, cached_statements=64)
        try:
            connection.execute("PRAGMA query_only = 1")
            connection.execute("PRAGMA cache_size = -1000")
            connection.create_function("distance_m", 4, distance_m, deterministic=True)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to a thread."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first row of a fast query; for the event loop's thread."""
        row: tuple[Any, ...] | None = self._main.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of a fast query."""
        return self._main.execute(query, values).fetchall()

    def responses(self, path: str) -> dict[str, StoredFile]:
        """Return the stored responses of a path, by language in the order of the bundle; '' is for all languages."""
        cached = self._responses.get(path)
        if cached is None and len(path) <= _MAX_PATH_CHARS:
            cached = self._read_responses(path)
            if len(self._responses) >= _MAX_CACHED_PATHS:
                del self._responses[next(iter(self._responses))]
            self._responses[path] = cached
        return cached or {}

    def _read_responses(self, path: str) -> dict[str, StoredFile]:
        rows = self.all(f"SELECT lang, {COLUMNS} FROM answer WHERE path = ?", path)  # noqa: S608 - a constant
        files = {lang: StoredFile(*columns) for lang, *columns in rows}
        order = {lang: index for index, lang in enumerate(self.languages)}
        return dict(sorted(files.items(), key=lambda item: order.get(item[0], -1)))

    def file(self, sha256: str, ext: str) -> StoredFile | None:
        """Return a file of this release, None if it has no such file."""
        query = f"SELECT {COLUMNS} FROM file WHERE sha256 = ? AND ext = ?"  # noqa: S608 - a constant
        row = self.one(query, sha256, ext)
        return StoredFile(*row) if row else None

    def files(self) -> list[StoredFile]:
        """Return every file of this release that has a URL."""
        query = f"SELECT {COLUMNS} FROM file UNION SELECT {COLUMNS} FROM answer"  # noqa: S608 - constants
        with self.connection() as connection:
            return [StoredFile(*row) for row in connection.execute(query)]

    def open(self, file: StoredFile, coding: str = "") -> int:
        """Return a descriptor of a file.

        Raises CorruptBundleError when it is missing or has another size, or, the first time that this release opens it
        and after each change of it on the disk, when its content is not what its name says.
        """
        descriptor, is_checked = self.open_unchecked(file, coding)
        try:
            if not is_checked:
                self.check(descriptor, file, coding)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def open_unchecked(self, file: StoredFile, coding: str = "") -> tuple[int, bool]:
        """Return a descriptor of a file, and whether its content was checked before; raises CorruptBundleError."""
        name = file.name(coding)
        descriptor = self._open_file(name)
        status = os.fstat(descriptor)
        if status.st_size != file.size(coding):
            os.close(descriptor)
            raise CorruptBundleError(f"{FILES}/{name} has another size than its manifest says")
        return descriptor, self._checked.get(name) == _stamp(status)

    def check(self, descriptor: int, file: StoredFile, coding: str = "") -> None:
        """Hash the content of an open file; raises CorruptBundleError. It may take long for a large file."""
        name, stamp = file.name(coding), _stamp(os.fstat(descriptor))
        with open(descriptor, "rb", buffering=0, closefd=False) as stream:
            try:
                digest = digest_stream(cast(BinaryIO, stream), coding)
            except OSError as error:
                raise CorruptBundleError(f"{FILES}/{name} cannot be read: {error.strerror}") from error
        if digest != file.sha256:
            raise CorruptBundleError(f"{FILES}/{name} is not what its name says")
        os.lseek(descriptor, 0, os.SEEK_SET)
        if len(self._checked) >= _MAX_CHECKED:
            self._checked.clear()
        self._checked[name] = stamp

    def _open_file(self, name: str) -> int:
        try:
            return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError as error:
            raise CorruptBundleError(f"{FILES}/{name} cannot be read: {error.strerror}") from error

    def read(self, file: StoredFile, coding: str = "") -> bytes:
        """Return the bytes of a small file; raises CorruptBundleError."""
        with os.fdopen(self.open(file, coding), "rb", buffering=0) as stream:
            return stream.readall()

    def is_moved(self, media_type: str) -> bool:
        """Say whether a document has absolute URLs of the origin that it was published for, and not of this one."""
        return self._moved is not None and _TEXT.match(media_type) is not None

    def moved(self, content: bytes, media_type: str) -> bytes:
        """Return a document with absolute URLs of this origin."""
        return self._moved(content) if self._moved is not None and _TEXT.match(media_type) else content

    def document(self, file: StoredFile) -> Any:
        """Return the value of a JSON document; raises CorruptBundleError."""
        return json.loads(self.read(file))

    def former_document(self, sha256: str) -> Any:
        """Return the value of a JSON document of a former release; raises CorruptBundleError."""
        name = f"{sha256}.json"
        with os.fdopen(self._open_file(name), "rb") as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise CorruptBundleError(f"{FILES}/{name} is not what its name says")
        return json.loads(content)


def rebaser(origin: str, other: str) -> Callable[[bytes], bytes]:
    """Return what replaces an origin by another in a text, also where it is percent-encoded within another URL.

    >>> rebaser("http://a.example", "https://b")(b"http://a.example/ http://a.example.org/ ?url=http%3A%2F%2Fa.example")
    b'https://b/ http://a.example.org/ ?url=https%3A%2F%2Fb'
    >>> rebaser("http://a", "http://a/b")(b"http://a/fr/ http://a/b/fr/")
    b'http://a/b/fr/ http://a/b/fr/'
    """
    plain, encoded = (_pattern(origin, other), _pattern(quote(origin, safe=""), quote(other, safe="")))
    texts = other.encode(), quote(other, safe="").encode()
    either = re.compile(b"(?P<plain>" + plain + b")|" + encoded)

    def replace_urls(content: bytes) -> bytes:
        return either.sub(lambda match: texts[0] if match["plain"] else texts[1], content)

    return replace_urls


def _pattern(origin: str, other: str) -> bytes:
    """Return an expression for an origin, but not where its host or port goes on, and not in the other one."""
    rest = re.escape(other.removeprefix(origin)) if other.startswith(origin) and other != origin else ""
    return (re.escape(origin) + r"(?![\w-]|[.:]\w|%3A\d)" + (f"(?!{rest})" if rest else "")).encode()


EARTH_M = 6_371_008.8
"""Mean radius of the Earth (IUGG, R1); a sphere is off by up to 0.5 %."""
DEGREE_M = math.radians(1) * EARTH_M


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance along a great circle, in metres.

    >>> round(distance_m(3.395, 50.329, 3.395, 51.329))
    111195
    """
    north = math.radians(other_lat - lat)
    east = math.radians(other_lon - lon)
    half = math.sin(north / 2) ** 2
    half += math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(east / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Suffix of the compressed copy, by content coding."""
COLUMNS = "sha256, ext, media_type, bytes, brotli_bytes, gzip_bytes"
"""Of the tables `file` and `answer`, in the order of the fields of `StoredFile`."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the bundle.

    brotli_bytes, gzip_bytes : size of its compressed copy, None where there is none
    """

    sha256: str
    ext: str
    media_type: str
    bytes: int
    brotli_bytes: int | None
    gzip_bytes: int | None = None

    @property
    def url(self) -> str:
        """Return its URL, relative to the origin."""
        return f"/{FILES}/{self.sha256}.{self.ext}"

    @property
    def codings(self) -> tuple[str, ...]:
        """Return the content codings it is stored in, best first."""
        sizes = {"br": self.brotli_bytes, "gzip": self.gzip_bytes}
        return tuple(coding for coding, size in sizes.items() if size is not None)

    def name(self, coding: str = "") -> str:
        """Return the name of the file, or of its copy in a content coding."""
        return f"{self.sha256}.{self.ext}{SUFFIXES.get(coding, '')}"

    def size(self, coding: str = "") -> int:
        """Return the size in bytes of the file, or of its copy in a content coding."""
        size = {"br": self.brotli_bytes, "gzip": self.gzip_bytes}.get(coding)
        return self.bytes if size is None else size

    def etag(self, coding: str = "") -> str:
        """Return the strong entity tag of the file, or of its copy in a content coding."""
        return f'"{self.sha256[:32]}-{coding}"' if coding else f'"{self.sha256[:32]}"'


_CHUNK_BYTES = 1 << 16


def digest_stream(stream: BinaryIO, coding: str = "") -> str:
    """Return the SHA-256 of a stream's content as hex, empty where it is not in its content coding; raises OSError."""
    digest = hashlib.sha256()
    try:
        for chunk in _DECODERS[coding](stream):
            digest.update(chunk)
    except (brotli.error, zlib.error, EOFError, gzip.BadGzipFile):
        return ""
    return digest.hexdigest()


def _plain(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _unbrotli(stream: BinaryIO) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    for chunk in _plain(stream):
        yield decompressor.process(chunk)
    if not decompressor.is_finished():
        raise EOFError


def _gunzip(stream: BinaryIO) -> Iterator[bytes]:
    with gzip.open(stream) as unpacked:
        yield from _plain(unpacked)  # type: ignore[arg-type] # typeshed's GzipFile is a BufferedIOBase


_DECODERS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {"": _plain, "br": _unbrotli, "gzip": _gunzip}
