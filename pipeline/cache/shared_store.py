"""Keep values where other machines find them: at a URL, with a folder of this machine before it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import fsspec.core

from pipeline.cache.store import Record, Store, head_record
from pipeline.errors import OptionError, StorageError
from pipeline.messages import message

Result = TypeVar("Result")

ATOMIC = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "memory"})
"""Where a file that is put is there as a whole or not at all; elsewhere it is put beside, then moved."""

_HEAD_BYTES = 1 << 16


class SharedStore(Store):
    """A folder of entries, and the same entries at a URL: written to both, read from the nearer.

    But for an instant the folder holds nothing that is not at the URL: what is here needs no look there.
    """

    def __init__(self, root: Path, url: str) -> None:
        """Open both; nothing is asked of the URL yet.

        Raises OptionError for a URL that nothing installed can reach.
        """
        super().__init__(root)
        self.url = url.rstrip("/")
        try:
            # Without listings, which would go stale as others write.
            self._system: Any
            self._system, self._base = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            protocol = self.url.partition("://")[0]
            cure = "pip install 'carreau[s3]'" if protocol in ("s3", "s3a") else str(error)
            raise OptionError(
                message(
                    "--cache %(url)s: support for %(protocol)s:// is not installed; %(cure)s",
                    url=url,
                    protocol=protocol,
                    cure=cure,
                )
            ) from error
        except ValueError as error:
            raise OptionError(message("--cache %(url)s: %(error)s", url=url, error=str(error))) from error

    def has(self, stage: str, key: str) -> bool:
        """Say whether an entry is in either."""
        return super().has(stage, key) or self._reached(lambda: bool(self._system.exists(self._far(stage, key))))

    def read(self, stage: str, key: str, folder: Path | None) -> tuple[Any, Record] | None:
        """Return a kept value, fetched first where it is not here, or broken here; see `Store.read`."""
        found = super().read(stage, key, folder)
        if found is None and self._fetch(stage, key):
            found = super().read(stage, key, folder)
        return found

    def record(self, stage: str, key: str) -> Record | None:
        """Return what making a kept value took; of what lies at the URL only the first bytes are fetched."""
        if super().has(stage, key):
            return super().record(stage, key)
        far = self._far(stage, key)
        try:
            head = self._reached(lambda: bytes(self._system.cat_file(far, start=0, end=_HEAD_BYTES)))
        except FileNotFoundError:
            return None
        return head_record(head)

    def size_bytes(self, stage: str, key: str) -> int:
        """Return the bytes of an entry, 0 when there is none."""
        here = super().size_bytes(stage, key)
        try:
            return here or self._reached(lambda: int(self._system.size(self._far(stage, key)) or 0))
        except FileNotFoundError:
            return 0

    def write(self, stage: str, key: str, value: object, record: Record, code: str, folder: Path | None) -> None:
        """Keep a value in both; see `Store.write`."""
        super().write(stage, key, value, record, code, folder)
        self._put(stage, key)

    def publish(self, stage: str, key: str) -> None:
        """Put an entry of the folder to the URL where it is missing there."""
        if super().has(stage, key) and not self._reached(lambda: self._system.exists(self._far(stage, key))):
            self._put(stage, key)

    def _put(self, stage: str, key: str) -> None:
        here, far = str(self._path(stage, key)), self._far(stage, key)
        is_whole = not ATOMIC.isdisjoint(_protocols(self._system))
        beside = far if is_whole else f"{self._base}/partial/{key}.{os.getpid()}.{secrets.token_hex(4)}"

        def put() -> None:
            self._system.makedirs(self._system._parent(beside), exist_ok=True)
            self._system.put_file(here, beside)
            if not is_whole:
                self._system.makedirs(self._system._parent(far), exist_ok=True)
                self._system.mv(beside, far)

        self._reached(put)

    def _fetch(self, stage: str, key: str) -> bool:
        here = self._path(stage, key)
        temporary = self.root / "partial" / f"{key}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            here.parent.mkdir(parents=True, exist_ok=True)
            self._reached(lambda: self._system.get_file(self._far(stage, key), str(temporary)))
            self.forget(stage, key)
            temporary.replace(here)
        except FileNotFoundError:
            return False
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
        return True

    def _far(self, stage: str, key: str) -> str:
        return f"{self._base}/entries/{stage}/{key}"

    def _reached(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except FileNotFoundError:
            raise
        except Exception as error:  # each kind of store has errors of its own, and few are OSErrors
            why = " ".join(str(error).split()) or type(error).__name__
            raise StorageError(
                message(
                    "%(url)s: cannot be used (%(error)s); check the address and the access rights",
                    url=self.url,
                    error=why,
                )
            ) from error


def _protocols(system: Any) -> set[str]:
    return {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
