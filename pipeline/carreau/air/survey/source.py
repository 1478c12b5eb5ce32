"""Answers of services, whole or in parts, kept or asked for, checked before anything believes them."""

from __future__ import annotations

import codecs
import hashlib
import html
import io
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from urllib3.exceptions import HTTPError

from carreau.air.survey.http_client import RUN_AGAIN, Answer, Asked, HttpClient, NoRangesError, Part, refusal, too_long
from carreau.air.survey.services import MEGABYTE, PointService
from carreau.base.errors import ServiceError, StorageError, UnreachableError, cannot_write
from carreau.base.files import write_all, write_whole
from carreau.base.messages import message

_EXCEPTION = re.compile(rb"<(?:\w+:)?(?:ServiceException|ExceptionText)\b[^>]*>(.{0,2000}?)</", re.DOTALL)
_TAG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?A-Za-z]")
_LONGEST_TEXT = 200
_SNIFFED = 64

FIRST_BYTES = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\0", b"MM\0*"),
    "image/geotiff": (b"II*\0", b"MM\0*"),
    "application/json": (b"{",),
}
_ALSO = {"application/json": ("application/geo+json", "application/vnd.geo+json")}
"""How the content of a media type begins. A raster of bare numbers, `image/x-bil`, may begin with anything."""


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

    def forget_file(self, address: str) -> None:
        """Remove a file whose bytes turned out not to be what they should, whole and in parts."""
        self.file(address).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "parts" / _name(address), ignore_errors=True)

    def parts(self, address: str) -> KeptParts:
        """Return the parts of a file that are kept."""
        return KeptParts(self.folder / "parts" / _name(address))


@dataclass(frozen=True)
class Source:
    """Where answers come from.

    offline : only what is kept, whatever its age
    renew : ask again for everything that may have changed
    """

    client: HttpClient
    kept: KeptAnswers
    offline: bool = False
    renew: bool = False

    def get(self, address: str, request: Asked, media_type: str, use_kept: bool = True) -> bytes:
        """Return the body of an answer of a media type.

        use_kept : take an answer that was kept, if it is young enough
        Raises ServiceError where the answer is a refusal, an exception of the service, or something else.
        """
        cached = (
            self.kept.read(address, at_any_age=self.offline) if self.offline or (use_kept and not self.renew) else None
        )
        if cached is not None:
            return cached[1]
        if self.offline:
            raise not_kept(request)
        answer = self.client.get(address, request)
        check_answer(answer, request, media_type)
        self.kept.write(address, answer.media_type, answer.body)
        return answer.body


def not_kept(request: Asked) -> ServiceError:
    """Return the error for something that is not there without the network."""
    return ServiceError(request.layer, message("nothing of it is kept here"), message("run once without --offline"))


def check_answer(answer: Answer, request: Asked, media_type: str) -> None:
    """Raise ServiceError unless an answer is of a media type, by its name and by its first bytes."""
    text = exception_text(answer.body)
    if answer.status != 200:
        raise refusal(request, answer.status, text)
    if text:
        raise ServiceError(request.layer, message("the service answered “%(text)s”", text=text), request.see_check)
    plain = media_type.partition(";")[0]
    begins = FIRST_BYTES.get(plain, (b"",))
    accepted = (plain, *_ALSO.get(plain, ()))
    if answer.media_type not in accepted or not answer.body.startswith(begins):
        actual = f"{answer.media_type or '?'}, {answer.body[:8]!r}"
        cause = message("the answer is %(found)s, not %(expected)s", found=actual, expected=plain)
        raise ServiceError(request.layer, cause, RUN_AGAIN)


def exception_text(body: bytes) -> str:
    """Return what a service says went wrong, from an exception in XML; empty without one.

    It is matched and not parsed: an XML parser would resolve the entities of a hostile answer.

    >>> exception_text(b"<ServiceExceptionReport><ServiceException>Layer  unknown</ServiceException>")
    'Layer unknown'
    """
    head = body[:20_000]
    if not _TAG.match(head) or not _is_text(head[:_SNIFFED]):
        return ""
    match = _EXCEPTION.search(head)
    text = html.unescape((match[1] if match else re.sub(rb"<[^>]*>", b" ", head)).decode("utf-8", "replace"))
    return " ".join(text.replace("<![CDATA[", "").replace("]]>", "").split())[:_LONGEST_TEXT] or "XML"


def _is_text(begin: bytes) -> bool:
    """Return whether bytes are text: a raster may begin with the byte of `<`, and a flat one consist of it."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begin)
    except UnicodeDecodeError:
        return False
    return not any(byte < 32 and byte not in b"\t\r\n" for byte in begin)


_TOTAL = "total"
_DAY_S = 86400.0


class KeptParts:
    """Parts of a file: a file for each, named after the byte that it begins with.

    The edition is in the address, and the size tells one version from another: ETag and date differ between the servers
    of one address.
    """

    def __init__(self, folder: Path) -> None:
        """Read the parts that were kept; a damaged note counts as none."""
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
            raise not_kept(self._describe_request(0))
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
        wanted = [(start, min(max(end, start + AHEAD), total)) for start, end in ranges if start < end]
        merged = coalesce(wanted, int(self._points.gap_kb * 1000))
        gaps = [gap for start, end in merged for gap in self._parts.missing(start, end)]
        # A gap between two wanted parts may be fetched anew with them, yet never a part that is kept.
        return split(coalesce(gaps, 0), int(self._points.most_request_mb * MEGABYTE))

    def _describe_request(self, count: int) -> Asked:
        return Asked(self._title, self._points.per_s, count + 1)

    def _fetch(self, start: int, end: int) -> None:
        """Fetch a range and keep it; if the connection breaks, keep what came and request the rest again."""
        if self._source.offline:
            raise not_kept(self._describe_request(0))
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
        """Ask the addresses in turn; the first that answers with parts is used from then on."""
        while True:
            try:
                return self._source.client.get_part(self._addresses[0], self._describe_request(end - start), start, end)
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


def coalesce(ranges: Sequence[Range], gap: int) -> list[Range]:
    """Return ranges in order, those joined that overlap or lie within a gap of bytes.

    >>> coalesce([(90, 100), (0, 10), (12, 20)], 5)
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
    """Return a COPC file that was downloaded now or before. Raises ServiceError, StorageError."""
    path = source.kept.file(address)
    if path.is_file() and _is_copc(path):
        return path
    request = Asked(title, points.per_s, int(points.most_file_mb * MEGABYTE))
    if source.offline:
        raise not_kept(request)
    partial = path.with_suffix(".partial")
    for attempt in range(source.client.limits.retries + 1):
        try:
            _continue(source, address, request, partial)
            if not _is_copc(partial):
                raise _other_file(title, partial)
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


def _continue(source: Source, address: str, request: Asked, partial: Path) -> None:
    partial.parent.mkdir(parents=True, exist_ok=True)
    there = partial.stat().st_size if partial.exists() else 0
    with source.client.download(address, request, there) as (start, pieces), partial.open("ab") as file:
        file.truncate(start)
        for piece in pieces:
            file.write(piece)


def _is_copc(path: Path) -> bool:
    """Return whether a file begins as COPC does: a header of LAS, whose first record is that of COPC.

    Source: COPC 1.0, "Implementation".
    """
    with path.open("rb") as file:
        head = file.read(_RECORD_AT + len(_COPC))
    return head.startswith(b"LASF") and head[_RECORD_AT:] == _COPC


_RECORD_AT, _COPC = 377, b"copc\0"
"""Where the user id of the first record lies, and what it is."""


def _other_file(title: str, path: Path) -> ServiceError:
    """Remove what is no COPC file, though HTTP calls it a success, and return the error for it."""
    with path.open("rb") as file:
        head = file.read(20_000)
    path.unlink()
    if text := exception_text(head):
        return ServiceError(title, message("the service answered “%(text)s”", text=text), RUN_AGAIN)
    cause = message("the answer is %(found)s, not %(expected)s", found=repr(head[:8]), expected="COPC")
    return ServiceError(title, cause, RUN_AGAIN)
