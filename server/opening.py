"""Open the release that a bundle's manifest names, and refuse it when anything it needs is not as it says."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from pathlib import Path

from pydantic import ValidationError

from pipeline.manifest.bundle import FILES, NAME, SCHEMA_VERSION
from server.bundle import Bundle, Head
from server.errors import RottenError

_LARGEST_MANIFEST = 256_000_000


def open_bundle(folder: Path, base_url: str = "", kept_bytes: int = 0) -> Bundle:
    """Return a bundle whose manifest, database and files are all there; raises RottenError saying what is not."""
    head = _head(folder / NAME)
    _hash(folder / FILES / f"{head.database}.sqlite", head.database)
    try:
        bundle = Bundle(folder, head, base_url, kept_bytes)
        _compare(bundle)
        _find_all(bundle, folder / FILES)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise RottenError("bundle", {"why": f"its database {head.database}.sqlite cannot be read: {error}"}) from error
    return bundle


def _head(path: Path) -> Head:
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise _rotten(f"{path.name} is over {_LARGEST_MANIFEST} bytes")
        head = Head.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _rotten(f"{path} cannot be read: {error.strerror}; publish one with `carreau build`") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _rotten(f"{path}: {place or 'the whole'}: {first['msg']}") from error
    if head.schema_version != SCHEMA_VERSION:
        raise _rotten(f"{path} is of schema version {head.schema_version}, and this server reads {SCHEMA_VERSION}")
    return head


def _hash(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _rotten(f"{path} cannot be read: {error.strerror}") from error
    if found != expected:
        raise _rotten(f"{path} is not what its name says")


def _compare(bundle: Bundle) -> None:
    """See that manifest and database are of one release."""
    said = dict(bundle.all("SELECT key, value FROM about"))
    if said.get("schema_version") != str(SCHEMA_VERSION):
        raise _rotten(f"the database is of schema version {said.get('schema_version')}")
    if tuple(json.loads(said.get("languages", "[]"))) != bundle.languages:
        raise _rotten("manifest and database differ in their languages")


def _find_all(bundle: Bundle, folder: Path) -> None:
    """See that every file that can be asked for is there, with as many bytes as it should have."""
    lengths: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                lengths[entry.name] = entry.stat(follow_symlinks=False).st_size
    columns = "sha256, ext, bytes, brotli_bytes"
    rows = f"SELECT {columns} FROM file UNION SELECT {columns} FROM answer"  # noqa: S608 - of this line
    with bundle.reading() as connection:
        for sha256, ext, size, brotli_size in connection.execute(rows):
            name = f"{sha256}.{ext}"
            if lengths.get(name) != size:
                raise _rotten(f"{FILES}/{name} should have {size} bytes, and has {lengths.get(name)}")
            if brotli_size is not None and lengths.get(f"{name}.br") != brotli_size:
                raise _rotten(f"{FILES}/{name}.br should have {brotli_size} bytes, and has {lengths.get(f'{name}.br')}")


def _rotten(why: str) -> RottenError:
    return RottenError("bundle", {"why": why})
