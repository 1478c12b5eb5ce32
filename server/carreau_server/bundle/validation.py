"""Open the release that a bundle's manifest names, and refuse it when anything it needs is missing or damaged."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from carreau.base.schema.bundle import FILES, NAME, SCHEMA_VERSION
from carreau_server.bundle.bundle import Bundle, ManifestHead
from carreau_server.bundle.digests import digest_of
from carreau_server.bundle.stored_file import StoredFile
from carreau_server.errors import CorruptBundleError

_MAX_MANIFEST_BYTES = 256_000_000


def open_bundle(folder: Path, base_url: str = "", former: Bundle | None = None) -> Bundle:
    """Return the current release of a bundle; raises CorruptBundleError with the reason.

    Reasons name paths relative to the folder.

    former : the release in use, if any. Files that it does not have are then hashed, as no client waits for that. A
        start compares sizes only: it must take less than a second however large the bundle is. Each file is hashed when
        it is first read (`Bundle.open`), and `carreau verify` hashes everything.
    """
    head = _read_head(folder / NAME)
    check_database(folder / FILES / f"{head.database}.sqlite", head.database)
    try:
        bundle = Bundle(folder, head, base_url)
        _compare_database(bundle)
        _check_sizes(bundle.files(), folder / FILES)
        if former is not None:
            _check_digests(set(bundle.files()) - set(former.files()), folder / FILES)
    except (OSError, sqlite3.Error, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise CorruptBundleError(f"its database {head.database}.sqlite cannot be read: {reason}") from error
    return bundle


def check_database(path: Path, sha256: str) -> None:
    """Hash the database; raises CorruptBundleError when it is not what its name says."""
    _check_digest(path, sha256)


def _read_head(path: Path) -> ManifestHead:
    try:
        if path.stat().st_size > _MAX_MANIFEST_BYTES:
            raise CorruptBundleError(f"{path.name} is over {_MAX_MANIFEST_BYTES} bytes")
        head = ManifestHead.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CorruptBundleError(
            f"{path.name} cannot be read: {error.strerror}; publish one with `carreau build`"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise CorruptBundleError(f"{path.name}: {field or 'document'}: {first['msg']}") from error
    if head.schema_version != SCHEMA_VERSION:
        raise CorruptBundleError(
            f"{path.name} has schema version {head.schema_version}, and this server reads {SCHEMA_VERSION}; "
            "publish again with the same version of Carreau"
        )
    return head


def _compare_database(bundle: Bundle) -> None:
    """Check that manifest and database belong to one release."""
    about = dict(bundle.all("SELECT key, value FROM about"))
    if about.get("schema_version") != str(SCHEMA_VERSION):
        raise CorruptBundleError(f"the database has schema version {about.get('schema_version')}")
    if tuple(json.loads(about.get("languages", "[]"))) != bundle.languages:
        raise CorruptBundleError("manifest and database have different languages")


def _check_sizes(files: Iterable[StoredFile], folder: Path) -> None:
    """Check that files and their compressed copies are there, with the right sizes."""
    sizes: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                sizes[entry.name] = entry.stat(follow_symlinks=False).st_size
    for file in files:
        for coding in ("", *file.codings):
            name, size = file.name(coding), file.size(coding)
            if sizes.get(name) != size:
                raise CorruptBundleError(f"{FILES}/{name} should have {size} bytes, and has {sizes.get(name)}")


def _check_digests(files: set[StoredFile], folder: Path) -> None:
    """Hash files and what their compressed copies contain, in chunks, as some are large."""
    for file in sorted(files, key=lambda file: (file.sha256, file.ext)):
        for coding in ("", *file.codings):
            _check_digest(folder / file.name(coding), file.sha256, coding)


def _check_digest(path: Path, sha256: str, coding: str = "") -> None:
    try:
        with path.open("rb") as stream:
            digest = digest_of(stream, coding)
    except OSError as error:
        raise CorruptBundleError(f"{FILES}/{path.name} cannot be read: {error.strerror}") from error
    if digest != sha256:
        raise CorruptBundleError(f"{FILES}/{path.name} is not what its name says")
