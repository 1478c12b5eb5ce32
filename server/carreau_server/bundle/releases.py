"""The release in use, exchanged for the next one while requests are in flight."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os

from carreau.base.schema.bundle import NAME
from carreau_server.bundle.bundle import Bundle
from carreau_server.bundle.kept_releases import Files, read_kept_files
from carreau_server.bundle.stored_file import StoredFile
from carreau_server.bundle.validation import check_database, open_bundle
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
