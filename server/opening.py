"""Open the release that a bundle's manifest names, and refuse it when anything it needs is not as it says."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import brotli
from pydantic import ValidationError

from pipeline.manifest.bundle import FILES, NAME, SCHEMA_VERSION
from server.bundle import Bundle, Head
from server.errors import RottenError

_LARGEST_MANIFEST = 256_000_000
_PIECE_BYTES = 1 << 16
_Row = tuple[str, str, int, int | None]
"""Digest and ending of a file, and bytes of it and of its compressed copy."""


def open_bundle(folder: Path, base_url: str = "", kept_bytes: int = 0, former: Bundle | None = None) -> Bundle:
    """Return a bundle whose manifest, database and files are all there; raises RottenError saying what is not.

    Places are said from the folder on: whoever names the folder knows it, and others need not.

    former : the release in use, if there is one. What it does not have is then hashed, as nobody waits for that. A
        start compares lengths alone: it should take less than a second however large the bundle is, and
        `carreau verify` hashes all of it.
    """
    head = _head(folder / NAME)
    _hash(folder / FILES / f"{head.database}.sqlite", head.database)
    try:
        bundle = Bundle(folder, head, base_url, kept_bytes)
        _compare(bundle)
        _find_all(_rows(bundle), folder / FILES)
        if former is not None:
            _hash_all(set(_rows(bundle)) - set(_rows(former)), folder / FILES)
    except (OSError, sqlite3.Error, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise _rotten(f"its database {head.database}.sqlite cannot be read: {why}") from error
    return bundle


def _head(path: Path) -> Head:
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise _rotten(f"{path.name} is over {_LARGEST_MANIFEST} bytes")
        head = Head.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _rotten(f"{path.name} cannot be read: {error.strerror}; publish one with `carreau build`") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _rotten(f"{path.name}: {place or 'the whole'}: {first['msg']}") from error
    if head.schema_version != SCHEMA_VERSION:
        raise _rotten(f"{path.name} is of schema version {head.schema_version}, and this server reads {SCHEMA_VERSION}")
    return head


def _hash(path: Path, expected: str, is_packed: bool = False) -> None:
    """See that a file, or what a compressed copy unpacks to, is what its name says."""
    try:
        found = _unpacked(path) if is_packed else _digest(path)
    except OSError as error:
        raise _rotten(f"{FILES}/{path.name} cannot be read: {error.strerror}") from error
    if found != expected:
        raise _rotten(f"{FILES}/{path.name} is not what its name says")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unpacked(path: Path) -> str:
    """Return the digest of what a compressed copy unpacks to; empty when it is none."""
    found, unpacking = hashlib.sha256(), brotli.Decompressor()
    with path.open("rb") as stream:
        try:
            while piece := stream.read(_PIECE_BYTES):
                found.update(unpacking.process(piece))
        except brotli.error:
            return ""
    return found.hexdigest() if unpacking.is_finished() else ""


def _compare(bundle: Bundle) -> None:
    """See that manifest and database are of one release."""
    said = dict(bundle.all("SELECT key, value FROM about"))
    if said.get("schema_version") != str(SCHEMA_VERSION):
        raise _rotten(f"the database is of schema version {said.get('schema_version')}")
    if tuple(json.loads(said.get("languages", "[]"))) != bundle.languages:
        raise _rotten("manifest and database differ in their languages")


def _rows(bundle: Bundle) -> Iterator[_Row]:
    """Yield every file that can be asked for."""
    columns = "sha256, ext, bytes, brotli_bytes"
    with bundle.reading() as connection:
        query = f"SELECT {columns} FROM file UNION SELECT {columns} FROM answer"  # noqa: S608 - of this line
        yield from connection.execute(query)


def _find_all(rows: Iterable[_Row], folder: Path) -> None:
    """See that files are there, with as many bytes as they should have."""
    lengths: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                lengths[entry.name] = entry.stat(follow_symlinks=False).st_size
    for sha256, ext, size, brotli_size in rows:
        name = f"{sha256}.{ext}"
        if lengths.get(name) != size:
            raise _rotten(f"{FILES}/{name} should have {size} bytes, and has {lengths.get(name)}")
        if brotli_size is not None and lengths.get(f"{name}.br") != brotli_size:
            raise _rotten(f"{FILES}/{name}.br should have {brotli_size} bytes, and has {lengths.get(f'{name}.br')}")


def _hash_all(rows: set[_Row], folder: Path) -> None:
    """See that files, and their compressed copies, are what their names say; in pieces, for some are large."""
    for sha256, ext, _, brotli_size in sorted(rows, key=lambda row: row[:2]):
        _hash(folder / f"{sha256}.{ext}", sha256)
        if brotli_size is not None:
            _hash(folder / f"{sha256}.{ext}.br", sha256, is_packed=True)


def _rotten(why: str) -> RottenError:
    return RottenError("bundle", {"why": why})
