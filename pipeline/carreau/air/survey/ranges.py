"""A file on a server as a stream that can be read anywhere, of which only the parts that are read are fetched."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from urllib3.exceptions import HTTPError

from carreau.air.survey.http_client import RUN_AGAIN, Asked, NoRangesError, Part, too_long
from carreau.air.survey.services import MEGABYTE, PointService
from carreau.air.survey.source import KeptParts, Source, not_kept
from carreau.base.errors import ServiceError, StorageError, UnreachableError, cannot_write
from carreau.base.messages import message

AHEAD = 1 << 16
"""Least bytes of a request: the header and records of a point file fit in."""

Range = tuple[int, int]
"""First byte, and the one after the last."""


class RangeStream(io.RawIOBase):
    """A seekable stream of bytes, for `laspy.CopcReader`, whose own reader takes a refusal for an empty file.

    fetched : bytes that were asked for
    """

    def __init__(self, source: Source, address: str, points: PointService, title: str) -> None:
        """Open a file.

        title : of the tile, for messages
        """
        super().__init__()
        self._source, self._title, self._points = source, title, points
        self._parts: KeptParts = source.kept.parts(address)
        self._addresses = list(dict.fromkeys((parts_address(address, points), address)))
        self._place = 0
        self._is_agreed = source.offline
        self.fetched = 0

    @property
    def total(self) -> int:
        """Return the bytes of the whole file."""
        if not self._is_agreed:
            self._fetch(0, AHEAD)
        if not self._parts.total:
            raise not_kept(self._asked(0))
        return self._parts.total

    def readable(self) -> bool:
        """Return true."""
        return True

    def seekable(self) -> bool:
        """Return true."""
        return True

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place}.get(whence)
        self._place = max(0, offset + (self.total if begin is None else begin))
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read as many bytes as the buffer holds, fewer only at the end of the file."""
        view = memoryview(buffer).cast("B")
        start, end = self._place, min(self._place + len(view), self.total)
        if start >= end:
            return 0
        self.fetch([(start, end)])
        view[: end - start] = self._parts.read(start, end)
        self._place = end
        return end - start

    def missing_bytes(self, ranges: Iterable[Range]) -> int:
        """Return how many bytes `fetch` would ask for."""
        return sum(end - start for start, end in self._requests(ranges))

    def fetch(self, ranges: Iterable[Range]) -> None:
        """Fetch ranges that will be read, those close together as one; raises ServiceError."""
        for start, end in self._requests(ranges):
            if start < end:
                self._fetch(start, end)

    def _requests(self, ranges: Iterable[Range]) -> list[Range]:
        total = self.total
        asked = [(start, min(max(end, start + AHEAD), total)) for start, end in ranges if start < end]
        merged = coalesced(asked, int(self._points.gap_kb * 1000))
        gaps = [gap for start, end in merged for gap in self._parts.missing(start, end)]
        # A gap between two wanted parts may be fetched anew with them, yet never a part that is kept.
        return split(coalesced(gaps, 0), int(self._points.most_request_mb * MEGABYTE))

    def _asked(self, count: int) -> Asked:
        return Asked(self._title, self._points.per_s, count + 1)

    def _fetch(self, start: int, end: int) -> None:
        """Fetch a range and keep it; what a cut leaves is kept, and the rest asked for again."""
        if self._source.offline:
            raise not_kept(self._asked(0))
        while start < end:
            part = self._part(start, end)
            if self._is_agreed and part.total != self._parts.total:
                answer = message("the file changed while it was read")
                raise ServiceError(self._title, answer, message("run again"))
            if part.total > self._points.most_file_mb * MEGABYTE:
                raise too_long(self._title, self._points.most_file_mb)
            self._parts.agree(part.total)
            self._is_agreed = True
            self._parts.add(start, part.body)
            self.fetched += len(part.body)
            start, end = start + len(part.body), min(end, part.total)

    def _part(self, start: int, end: int) -> Part:
        """Ask the addresses in turn; the first that gives parts is the one that is asked from then on."""
        while True:
            try:
                return self._source.client.get_part(self._addresses[0], self._asked(end - start), start, end)
            except NoRangesError:
                if len(self._addresses) == 1:
                    raise
                self._addresses.pop(0)


def parts_address(address: str, points: PointService) -> str:
    """Return the address for parts of a file.

    >>> from carreau.air.survey.services import read_services
    >>> parts_address("https://data.geopf.fr/telechargement/download/a.laz", read_services().points)
    'https://data.geopf.fr/chunk/telechargement/download/a.laz'
    """
    parts = urlsplit(address)
    if not parts.path.startswith(points.parts["from"]):
        return address
    return urlunsplit(parts._replace(path=points.parts["to"] + parts.path.removeprefix(points.parts["from"])))


def coalesced(ranges: Sequence[Range], gap: int) -> list[Range]:
    """Return ranges in order, those joined that overlap or lie within a gap of bytes.

    >>> coalesced([(90, 100), (0, 10), (12, 20)], 5)
    [(0, 20), (90, 100)]
    """
    merged = list[Range]()
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def split(ranges: Iterable[Range], most: int) -> list[Range]:
    """Return ranges cut into pieces of at most so many bytes.

    >>> split([(0, 25)], 10)
    [(0, 10), (10, 20), (20, 25)]
    """
    return [(at, min(at + most, end)) for start, end in ranges for at in range(start, end, most)]


def whole_file(source: Source, address: str, points: PointService, title: str) -> Path:
    """Return a file that was downloaded now or before. Raises ServiceError, StorageError."""
    path = source.kept.file(address)
    if path.is_file():
        return path
    asked = Asked(title, points.per_s, int(points.most_file_mb * MEGABYTE))
    if source.offline:
        raise not_kept(asked)
    partial = path.with_suffix(".partial")
    for attempt in range(source.client.limits.retries + 1):
        try:
            _continue(source, address, asked, partial)
            partial.replace(path)
            return path
        except HTTPError as error:
            if attempt == source.client.limits.retries:
                answer = message("no whole answer (%(reason)s)", reason=type(error).__name__)
                raise UnreachableError(title, answer, RUN_AGAIN) from error
            source.client.sleep(2.0**attempt / 2)
        except OSError as error:
            raise StorageError(cannot_write(partial, error)) from error
    raise AssertionError("the last attempt returns or raises")


def _continue(source: Source, address: str, asked: Asked, partial: Path) -> None:
    partial.parent.mkdir(parents=True, exist_ok=True)
    there = partial.stat().st_size if partial.exists() else 0
    with source.client.download(address, asked, there) as (start, pieces), partial.open("ab") as file:
        file.truncate(start)
        for piece in pieces:
            file.write(piece)
