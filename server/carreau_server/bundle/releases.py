"""The release in use, exchanged for the next one while requests are in flight."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from carreau.base.schema.bundle import FILES, NAME, RELEASES, SCHEMA_VERSION
from carreau_server.bundle.bundle import Bundle, ManifestHead
from carreau_server.bundle.stored_file import COLUMNS, StoredFile, digest_of
from carreau_server.errors import CorruptBundleError
from carreau_server.settings import Settings

_log = logging.getLogger("carreau")
_RETRY_CHECKS = 15
"""Checks until a refused release is tried again."""
_Stamp = tuple[int, int, int]


class ReleaseManager:
    """The release in use.

    bundle : the release that new requests are answered from
    refused : why the newest manifest was refused; empty when it is the one in use
    swaps, refusals : counters
    """

    def __init__(self, settings: Settings) -> None:
        """Open the current release; raises CorruptBundleError if it is damaged or missing."""
        self._settings = settings
        self._seen = self._stamp()
        self.bundle: Bundle = open_bundle(settings.bundle, settings.base_url)
        self.refused, self.swaps, self.refusals = "", 0, 0
        self._checks = 0
        self._kept: Files | None = None

    async def watch(self) -> None:
        """Check for a new manifest, forever."""
        while True:
            await asyncio.sleep(self._settings.check_s)
            try:
                await self.check()
            except Exception:  # whatever is wrong with a new release, the old one stays in use
                _log.exception("checking for a new release failed")

    async def check(self) -> None:
        """Switch to the release of the manifest, if it is another and sound."""
        stamp = self._stamp()
        # A refused release is tried again now and then: a missing file may have arrived since.
        self._checks += 1
        if stamp == self._seen and not (self.refused and self._checks % _RETRY_CHECKS == 0):
            return
        settings = self._settings
        try:
            # In a thread, so that no request waits; the present release stays in use meanwhile.
            bundle = await asyncio.to_thread(open_bundle, settings.bundle, settings.base_url, self.bundle)
        except CorruptBundleError as error:
            self._seen = stamp
            self._refuse(error.reason)
            return
        self._seen, self.refused = stamp, ""
        if bundle.head.release != self.bundle.head.release:
            _log.info("release %s replaces %s", bundle.head.release, self.bundle.head.release)
            self.bundle, self._kept = bundle, None
            self.swaps += 1

    def _refuse(self, reason: str) -> None:
        if reason != self.refused:
            self.refused = reason
            self.refusals += 1
            release = self.bundle.head.release
            _log.error("%s: the new release is refused, and %s stays: %s", self._settings.bundle, release, reason)

    async def kept_file(self, sha256: str, ext: str) -> StoredFile | None:
        """Return a file of a former release that is still kept, None if there is no such file."""
        if self._kept is None:
            self._kept = await asyncio.to_thread(read_kept_files, self._settings.bundle)
        return self._kept.get((sha256, ext))

    async def check_health(self) -> None:
        """Raise CorruptBundleError if the database in use has changed."""
        bundle = self.bundle
        await asyncio.to_thread(check_database, bundle.database, bundle.head.database)

    def _stamp(self) -> _Stamp | None:
        """Return a fingerprint of the manifest file without reading it; None if there is no file."""
        with contextlib.suppress(OSError):
            status = os.stat(self._settings.bundle / NAME)  # noqa: PTH116 - once a second, and the cheapest way
            return status.st_ino, status.st_mtime_ns, status.st_size
        return None


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


Files = dict[tuple[str, str], StoredFile]


def read_kept_files(bundle: Path) -> Files:
    """Return the files of all kept releases, by digest and extension; unreadable ones are left out.

    Former releases are used only for files that the current one does not have, so damage there refuses nothing: those
    files are then not found.
    """
    files: Files = {}
    for path in sorted((bundle / RELEASES).glob(f"*/{NAME}")):
        try:
            database = json.loads(path.read_bytes())["database"]
            uri = f"{(bundle / FILES / f'{database}.sqlite').absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                for row in connection.execute(f"SELECT {COLUMNS} FROM file"):  # noqa: S608 - a constant
                    file = StoredFile(*row)
                    files[file.sha256, file.ext] = file
        except (OSError, ValueError, KeyError, TypeError, sqlite3.Error):
            continue
    return files
