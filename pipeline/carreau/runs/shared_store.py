"""A store at a URL, shared between machines, with a local folder in front of it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import fsspec.core

from carreau.base.errors import OptionError, StorageError
from carreau.base.messages import message
from carreau.base.tools import CLUSTER, install
from carreau.runs.store import Record, Store, head_record

Result = TypeVar("Result")

ATOMIC = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "memory"})
"""Protocols whose uploads are atomic; for others a file is uploaded under another name, then moved."""

_HEAD_BYTES = 1 << 16


class SharedStore(Store):
    """A folder of entries, and the same entries at a URL: written to both, read from the folder first.

    All entries of the folder are at the URL, too, so one that is in the folder needs no request.
    """

    def __init__(self, root: Path, url: str) -> None:
        """Open both, without a request.

        Raises OptionError for a URL whose protocol is not supported.
        """
        super().__init__(root)
        self.url = url.rstrip("/")
        try:
            # Without cached listings, which become stale when others write.
            self._system: Any
            self._system, self._base = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            protocol = self.url.partition("://")[0]
            cure = install(CLUSTER) if protocol in ("s3", "s3a") else str(error)
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
        """Return whether an entry is in either."""
        return super().has(stage, key) or self._reach(lambda: bool(self._system.exists(self._far(stage, key))))

    def read(self, stage: str, key: str, folder: Path | None) -> tuple[Any, Record] | None:
        """Return a value, downloaded first if it is missing or corrupt in the folder; see `Store.read`."""
        cached = super().read(stage, key, folder)
        if cached is None and self._fetch(stage, key):
            cached = super().read(stage, key, folder)
        return cached

    def record(self, stage: str, key: str) -> Record | None:
        """Return the record of an entry; from the URL, only its first bytes are downloaded."""
        if super().has(stage, key):
            return super().record(stage, key)
        far = self._far(stage, key)
        try:
            head = self._reach(lambda: bytes(self._system.cat_file(far, start=0, end=_HEAD_BYTES)))
        except FileNotFoundError:
            return None
        return head_record(head)

    def size_bytes(self, stage: str, key: str) -> int:
        """Return the bytes of an entry, 0 when there is none."""
        here = super().size_bytes(stage, key)
        try:
            return here or self._reach(lambda: int(self._system.size(self._far(stage, key)) or 0))
        except FileNotFoundError:
            return 0

    def write(self, stage: str, key: str, value: object, record: Record, code: str, folder: Path | None) -> None:
        """Write a value to both; see `Store.write`."""
        super().write(stage, key, value, record, code, folder)
        self._put(stage, key)

    def publish(self, stage: str, key: str) -> None:
        """Upload an entry of the folder if it is missing at the URL."""
        if super().has(stage, key) and not self._reach(lambda: self._system.exists(self._far(stage, key))):
            self._put(stage, key)

    def _put(self, stage: str, key: str) -> None:
        here, far = str(self._path(stage, key)), self._far(stage, key)
        # Object stores show an upload once it is whole; elsewhere it gets its name only then.
        is_whole = not ATOMIC.isdisjoint(_protocols(self._system))
        beside = far if is_whole else f"{self._base}/partial/{key}.{os.getpid()}.{secrets.token_hex(4)}"

        def put() -> None:
            self._system.makedirs(self._system._parent(beside), exist_ok=True)
            self._system.put_file(here, beside)
            if not is_whole:
                self._system.makedirs(self._system._parent(far), exist_ok=True)
                self._system.mv(beside, far)

        self._reach(put)

    def _fetch(self, stage: str, key: str) -> bool:
        here = self._path(stage, key)
        temporary = self.root / "partial" / f"{key}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            here.parent.mkdir(parents=True, exist_ok=True)
            self._reach(lambda: self._system.get_file(self._far(stage, key), str(temporary)))
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

    def _reach(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except FileNotFoundError:
            raise
        except Exception as error:  # each protocol has its own errors, and few are OSErrors
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
