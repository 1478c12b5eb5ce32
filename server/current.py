"""Hold the release that is answered from, and change it for the next while answers are in flight."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass

from pipeline.manifest.bundle import NAME
from server.bundle import Bundle
from server.errors import RottenError
from server.opening import open_bundle
from server.settings import Settings

_log = logging.getLogger("carreau")
_AGAIN = 15
"""Looks until a refused bundle is tried again."""


@dataclass
class Current:
    """The release of now.

    refused : why the newest manifest was refused; empty when it is the one in use
    swaps, refusals : how often that happened
    """

    settings: Settings
    bundle: Bundle
    refused: str = ""
    swaps: int = 0
    refusals: int = 0
    _seen: tuple[int, int, int] | None = None
    _looks: int = 0

    async def watch(self) -> None:
        """Look for a new manifest, for ever."""
        while True:
            await asyncio.sleep(self.settings.check_s)
            try:
                await self.look()
            except Exception:  # whatever is wrong with a new bundle, the old one is answered from
                _log.exception("looking for a new bundle failed")

    async def look(self) -> None:
        """Open the manifest's release beside the present one and take its place, if it is another and sound."""
        seen = stamp(self.settings)
        # What was refused is looked at again now and then: a missing file may have come, and the manifest be the same.
        self._looks += 1
        if seen == self._seen and not (self.refused and self._looks % _AGAIN == 0):
            return
        settings = self.settings
        try:
            # The present one stays whole meanwhile; a thread reads, so that nobody who asks has to wait.
            where = settings.bundle, settings.base_url, settings.kept_bytes
            fresh = await asyncio.to_thread(open_bundle, *where, former=self.bundle)
        except RottenError as error:
            self._seen = seen
            why = str(error.values.get("why", error))
            self.refusals += why != self.refused
            if why == self.refused:
                return
            self.refused = why
            told = settings.bundle, self.bundle.head.release, why
            _log.error("the new bundle in %s is refused, and release %s stays: %s", *told)
            return
        self._seen, self.refused = seen, ""
        if fresh.head.release != self.bundle.head.release:
            _log.info("release %s takes the place of %s", fresh.head.release, self.bundle.head.release)
            self.bundle = fresh
            self.swaps += 1


def stamp(settings: Settings) -> tuple[int, int, int] | None:
    """Return what tells one manifest from the next without reading it; None when there is none."""
    with contextlib.suppress(OSError):
        status = os.stat(settings.bundle / NAME)  # noqa: PTH116 - the cheapest way
        return status.st_ino, status.st_mtime_ns, status.st_size
    return None


def begun(settings: Settings) -> Current:
    """Return what holds the bundle of now; raises RottenError when there is none, or no sound one."""
    seen = stamp(settings)
    current = Current(settings, open_bundle(settings.bundle, settings.base_url, settings.kept_bytes))
    current._seen = seen
    return current
