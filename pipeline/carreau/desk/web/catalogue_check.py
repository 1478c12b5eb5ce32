"""What the check says of the whole catalogue, kept as long as its files are the same."""

from __future__ import annotations

import threading
from pathlib import Path

from carreau.base.errors import CarreauError
from carreau.base.i18n.languages import locales_beside
from carreau.catalogue.checks.check_catalogue import CheckResult, check_folder
from carreau.catalogue.i18n.check_translations import check_texts
from carreau.site.publish.unchanged import fingerprint

_WAIT_S = 2.0
"""Those of the 53 take 1 s."""


class CatalogueCheck:
    """The check of a catalogue and its translations, as before publishing; several threads may ask for it."""

    def __init__(self, root: Path) -> None:
        """Set the folder; nothing is checked yet."""
        self._root = root
        self._lock = threading.Lock()
        self._kept: tuple[str, CheckResult | CarreauError] | None = None
        self._thread: threading.Thread | None = None

    def result(self, wait_s: float = _WAIT_S) -> CheckResult | None:
        """Return what the check says of the files as they are now, None while it runs, which may take minutes.

        Raises CarreauError where the folder cannot be read.
        """
        now = fingerprint((self._root, locales_beside(self._root)), ())
        if (found := self._result_of(now)) is not None:
            return found
        with self._lock:
            thread = self._thread
            if thread is None or not thread.is_alive():
                thread = self._thread = threading.Thread(target=self._check, args=(now,), daemon=True)
                thread.start()
        thread.join(wait_s)
        return self._result_of(now)

    def _result_of(self, inputs: str) -> CheckResult | None:
        kept = self._kept
        if kept is None or kept[0] != inputs:
            return None
        if isinstance(kept[1], CarreauError):
            raise kept[1]
        return kept[1]

    def _check(self, inputs: str) -> None:
        try:
            self._kept = inputs, check_folder(self._root, check_texts)
        except CarreauError as error:
            self._kept = inputs, error
