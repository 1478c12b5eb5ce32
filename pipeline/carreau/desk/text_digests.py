"""The translations of the catalogue, read by a thread of their own, and a digest of those of each entry."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carreau.base.errors import CarreauError
from carreau.base.i18n.languages import TRANSLATED, content_file
from carreau.base.messages import Message
from carreau.catalogue.i18n.translations import Translations

_WAIT_S = 0.2
"""Those of the 53 take 0.15 s; 5,000 places take many seconds, and nobody waits for them."""


class TextDigests:
    """Tells which places, routes and the like have other translations than before.

    problem : why they cannot be read, None where they can
    """

    def __init__(self, locales: Path, kept: Mapping[str, Any] | None = None) -> None:
        """Take what `as_json` gave at the last start; it holds as long as the files are the same."""
        self._locales = locales
        self._stamps: list[Any] | None = kept["stamps"] if kept else None
        self._digests: Mapping[str, int] = kept["digests"] if kept else {}
        self._translations: Translations | None = None
        self._thread: threading.Thread | None = None
        self.problem: Message | None = None

    @property
    def is_reading(self) -> bool:
        """Return whether they are being read."""
        return self._thread is not None and self._thread.is_alive()

    def digests(self) -> Mapping[str, int] | None:
        """Return a digest by the beginning of contexts, `site.SLUG`; None while they are read, or cannot be."""
        if not self.is_reading and self._now() != self._stamps:
            self._begin()
        return None if self.is_reading or self.problem else self._digests

    def translations(self) -> Translations | None:
        """Return the translations; None while they are read, or where they cannot be."""
        if not self.is_reading and self._translations is None and self.problem is None:
            self._begin()
        return None if self.is_reading or self.problem else self._translations

    def as_json(self) -> dict[str, Any]:
        """Return what the next start may take."""
        return {"stamps": self._stamps, "digests": self._digests}

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self._thread.join(_WAIT_S)

    def _now(self) -> list[Any]:
        paths = [content_file(self._locales, language) for language in TRANSLATED]
        found = [path.stat() if path.is_file() else None for path in paths]
        return [[each.st_mtime_ns, each.st_size, each.st_ino] if each else None for each in found]

    def _read(self) -> None:
        translations, digests, stamps = Translations(self._locales), dict[str, int](), self._now()
        problem = None
        try:
            for language in TRANSLATED:
                for unit in translations.units(language):
                    owner = ".".join(unit.context.split(".")[:2])
                    parts = language, unit.context, unit.text, unit.target, *unit.flags, unit.former or ""
                    digests[owner] = zlib.crc32("\0".join(parts).encode(), digests.get(owner, 0))
        except CarreauError as error:
            problem = error.message
        self._translations, self._digests, self._stamps, self.problem = translations, digests, stamps, problem
