"""Answers of services, kept or asked for, checked before anything believes them."""

from __future__ import annotations

import codecs
import hashlib
import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carreau.air.survey.http_client import RUN_AGAIN, Answer, Asked, HttpClient, refused
from carreau.base.errors import ServiceError
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

    def get(self, address: str, asked: Asked, media_type: str, use_kept: bool = True) -> bytes:
        """Return the body of an answer of a media type.

        use_kept : take an answer that was kept, if it is young enough
        Raises ServiceError where the answer is a refusal, an exception of the service, or something else.
        """
        kept = (
            self.kept.read(address, at_any_age=self.offline) if self.offline or (use_kept and not self.renew) else None
        )
        if kept is not None:
            return kept[1]
        if self.offline:
            raise not_kept(asked)
        answer = self.client.get(address, asked)
        check_answer(answer, asked, media_type)
        self.kept.write(address, answer.media_type, answer.body)
        return answer.body


def not_kept(asked: Asked) -> ServiceError:
    """Return the error for something that is not there without the network."""
    return ServiceError(asked.layer, message("nothing of it is kept here"), message("run once without --offline"))


def check_answer(answer: Answer, asked: Asked, media_type: str) -> None:
    """Raise ServiceError unless an answer is of a media type, by its name and by its first bytes."""
    text = exception_text(answer.body)
    if answer.status != 200:
        raise refused(asked, answer.status, text)
    if text:
        raise ServiceError(asked.layer, message("the service answered “%(text)s”", text=text), asked.see_check)
    plain = media_type.partition(";")[0]
    begins = FIRST_BYTES.get(plain, (b"",))
    accepted = (plain, *_ALSO.get(plain, ()))
    if answer.media_type not in accepted or not answer.body.startswith(begins):
        found = f"{answer.media_type or '?'}, {answer.body[:8]!r}"
        cause = message("the answer is %(found)s, not %(expected)s", found=found, expected=plain)
        raise ServiceError(asked.layer, cause, RUN_AGAIN)


def exception_text(body: bytes) -> str:
    """Return what a service says went wrong, from an exception in XML; empty without one.

    It is matched and not parsed: an XML parser would resolve the entities of a hostile answer.

    >>> exception_text(b"<ServiceExceptionReport><ServiceException>Layer  unknown</ServiceException>")
    'Layer unknown'
    """
    head = body[:20_000]
    if not _TAG.match(head) or not _is_text(head[:_SNIFFED]):
        return ""
    found = _EXCEPTION.search(head)
    text = html.unescape((found[1] if found else re.sub(rb"<[^>]*>", b" ", head)).decode("utf-8", "replace"))
    return " ".join(text.replace("<![CDATA[", "").replace("]]>", "").split())[:_LONGEST_TEXT] or "XML"


def _is_text(begin: bytes) -> bool:
    """Return whether bytes are text: a raster of numbers may begin with the byte of `<`, a flat one be full of it."""
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
