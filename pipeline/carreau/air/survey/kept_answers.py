"""Keep what services answered, in a folder by address, so that a cut run continues and another needs no network."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carreau.base.atomic_write import write_all, write_whole

_TOTAL = "total"
_DAY_S = 86400.0


@dataclass(frozen=True)
class KeptAnswers:
    """A folder of answers.

    keep_days : an older answer is asked for again, because a service may have something newer
    """

    folder: Path
    keep_days: float

    def read(self, address: str, at_any_age: bool = False) -> tuple[str, bytes] | None:
        """Return the media type and body of an answer, None without one that is young enough."""
        path = self.folder / "answers" / _name(address)
        try:
            if not at_any_age and time.time() - path.stat().st_mtime > self.keep_days * _DAY_S:
                return None
            media_type, _, body = path.read_bytes().partition(b"\n")
            return media_type.decode(), body
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, address: str, media_type: str, body: bytes) -> None:
        """Keep an answer; raises StorageError."""
        write_whole(self.folder / "answers" / _name(address), media_type.encode() + b"\n" + body)

    def forget(self, address: str) -> None:
        """Remove an answer that turned out not to be what it should."""
        (self.folder / "answers" / _name(address)).unlink(missing_ok=True)

    def file(self, address: str) -> Path:
        """Return where a whole file is kept."""
        return self.folder / "files" / _name(address)

    def parts(self, address: str) -> KeptParts:
        """Return the parts of a file that are kept."""
        return KeptParts(self.folder / "parts" / _name(address))


class KeptParts:
    """Parts of a file: a file for each, named after the byte that it begins with.

    The edition is in the address, and the size tells one version from another: ETag and date differ between the servers
    of one address.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is there; damage counts as nothing."""
        self._folder = folder
        self.total = 0
        self._lengths: dict[int, int] = {}
        try:
            self.total = int((folder / _TOTAL).read_text(encoding="ascii"))
            self._lengths = {int(path.name): path.stat().st_size for path in self._files()}
        except (OSError, ValueError):
            self.total = 0

    def _files(self) -> Iterator[Path]:
        return (path for path in sorted(self._folder.iterdir()) if path.name.isdecimal())

    def agree(self, total: int) -> None:
        """Forget all parts that belong to a file of another size."""
        if total == self.total:
            return
        if self._folder.is_dir():
            for path in self._files():
                path.unlink()
        self._lengths = {}
        self.total = total

    def add(self, start: int, body: bytes) -> None:
        """Keep a part; raises StorageError."""
        if self._lengths.get(start, 0) >= len(body):
            return
        write_all({self._folder / str(start): body, self._folder / _TOTAL: str(self.total).encode()})
        self._lengths[start] = len(body)

    def missing(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the gaps between two bytes, in order.

        >>> parts = KeptParts(Path("none"))
        >>> parts.missing(3, 9)
        [(3, 9)]
        """
        gaps, place = list[tuple[int, int]](), start
        for first, last in sorted((first, first + length) for first, length in self._lengths.items()):
            if last <= place or first >= end:
                continue
            if first > place:
                gaps.append((place, first))
            place = last
        return [*gaps, (place, end)] if place < end else gaps

    def read(self, start: int, end: int) -> bytes:
        """Return bytes of which none is missing."""
        result = bytearray(end - start)
        for first, length in self._lengths.items():
            low, high = max(first, start), min(first + length, end)
            if low < high:
                with (self._folder / str(first)).open("rb") as file:
                    file.seek(low - first)
                    result[low - start : high - start] = file.read(high - low)
        return bytes(result)


def _name(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:32]
