"""Answers of services, kept or asked for, checked before anything believes them."""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import dataclass

from carreau.air.survey.http_client import RUN_AGAIN, Answer, Asked, HttpClient, refused
from carreau.air.survey.kept_answers import KeptAnswers
from carreau.base.errors import ServiceError
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
