"""Look things up in one release of a bundle, which never changes while it is open."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.manifest.bundle import FILES
from pipeline.manifest.database import STYLES
from pipeline.manifest.files import SHA256
from server.distance import distance_m
from server.errors import RottenError
from server.held import Held
from server.kept import Kept

_MOST_PATH_CHARS, _MOST_FOUND = 500, 4096
"""Of paths that are looked up, and of what was found that is kept: somebody may ask for anything."""
_DIGEST = re.compile(r"sha(256|384|512)-[A-Za-z0-9+/]{43,86}={0,2}")


class Head(BaseModel):
    """What the server needs of a manifest; its tables are in the database, too."""

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
    """One release, open for reading; it holds what was made of it for as long as anybody answers from it.

    base_url : origin of absolute addresses
    """

    def __init__(self, folder: Path, head: Head, base_url: str, kept_bytes: int) -> None:
        """Open the files' folder and the database; raises OSError and sqlite3.Error."""
        self.head, self.base_url = head, (base_url or head.base_url).rstrip("/")
        self.languages = head.languages
        self.kept = Kept(kept_bytes)
        self.packs: dict[str, Any] = {}
        self._database = folder / FILES / f"{head.database}.sqlite"
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        # A file is opened in this folder by its name, so that no link in the name's place leads out of it.
        self._folder = os.open(folder / FILES, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._quick = self._connect()
        except BaseException:
            os.close(self._folder)
            raise
        self._found: dict[str, dict[str, Held]] = {}
        self.styles = self._styles()

    def __del__(self) -> None:
        """Close what is open, once nobody answers from it any more."""
        if hasattr(self, "_quick"):
            self._quick.close()
            os.close(self._folder)
        try:
            while hasattr(self, "_idle"):
                self._idle.get_nowait().close()
        except Empty:
            pass

    def _styles(self) -> tuple[str, ...]:
        """Return the digests of styles that scripts bring; what is none is left out, as it would end up in a header."""
        row = self.one("SELECT value FROM about WHERE key = ?", STYLES)
        return tuple(each for each in json.loads(row[0]) if _DIGEST.fullmatch(str(each))) if row else ()

    def _connect(self) -> sqlite3.Connection:
        address = f"{self._database.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False, cached_statements=64)
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA cache_size = -1000")
        connection.create_function("distance_m", 4, distance_m, deterministic=True)
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
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
        """Return the first row of what is found by a key at once; for the thread that answers."""
        found: tuple[Any, ...] | None = self._quick.execute(query, values).fetchone()
        return found

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the few rows of what is found by a key at once."""
        return self._quick.execute(query, values).fetchall()

    def answers(self, path: str) -> dict[str, Held]:
        """Return what lies ready for a path, by language in the order of the bundle; one under '' is for all."""
        found = self._found.get(path)
        if found is None and len(path) <= _MOST_PATH_CHARS:
            found = self._read_answers(path)
            if len(self._found) >= _MOST_FOUND:
                del self._found[next(iter(self._found))]
            self._found[path] = found
        return found or {}

    def _read_answers(self, path: str) -> dict[str, Held]:
        rows = self.all("SELECT lang, sha256, ext, media_type, bytes, brotli_bytes FROM answer WHERE path = ?", path)
        found = {lang: Held(*rest) for lang, *rest in rows}
        order = {lang: place for place, lang in enumerate(self.languages)}
        return dict(sorted(found.items(), key=lambda each: order.get(each[0], -1)))

    def held(self, sha256: str, ext: str) -> Held | None:
        """Return the file of that name, None when there is none."""
        query = "SELECT sha256, ext, media_type, bytes, brotli_bytes FROM file WHERE sha256 = ? AND ext = ?"
        row = self.one(query, sha256, ext)
        return Held(*row) if row else None

    def opened(self, held: Held, is_brotli: bool) -> int:
        """Return a descriptor of a file; raises RottenError when it is not there, or not as long as it should be."""
        name = held.name(is_brotli)
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError as error:
            raise RottenError("rotten", {"file": name}) from error
        if os.fstat(descriptor).st_size != held.length(is_brotli):
            os.close(descriptor)
            raise RottenError("rotten", {"file": name})
        return descriptor

    def former(self, sha256: str) -> Any:
        """Return what a JSON document of a former release says, which is no file of this one; raises RottenError."""
        name = f"{sha256}.json"
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError as error:
            raise RottenError("rotten", {"file": name}) from error
        with os.fdopen(descriptor, "rb") as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RottenError("rotten", {"file": name})
        return json.loads(content)

    def content(self, held: Held, is_brotli: bool) -> bytes:
        """Return the bytes of a small file; raises RottenError."""
        descriptor = self.opened(held, is_brotli)
        try:
            with open(descriptor, "rb", buffering=0, closefd=False) as stream:
                return stream.read()
        finally:
            os.close(descriptor)

    def document(self, held: Held) -> Any:
        """Return what a JSON document says; raises RottenError."""
        return json.loads(self.content(held, False))
