"""Answer with bytes that lie ready, in the coding that is taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import brotli
from fastapi import Response

from server.asked import Asked
from server.errors import NotThereError
from server.held import Held
from server.negotiation import lookup

FRESH = "public, max-age=60, stale-while-revalidate=86400"
"""A minute after a publication everybody who asks again sees it; nobody waits for that."""
_WORTH_PACKING = 1000
_QUALITY = 4


def prepared(asked: Asked, held: Held, lang: str, vary: Iterable[str], location: str = "") -> Response:
    """Answer with a document of the bundle.

    vary : headers that it was chosen by, besides the coding
    location : of this very form, where the address stands for several
    """
    is_brotli = held.brotli_bytes is not None and asked.takes_brotli
    headers = {"ETag": held.tag(is_brotli), "Cache-Control": FRESH}
    chosen_by = [*vary, *(["Accept-Encoding"] if held.brotli_bytes is not None else [])]
    headers |= {"Vary": ", ".join(chosen_by)} if chosen_by else {}
    headers |= {"Content-Encoding": "br"} if is_brotli else {}
    headers |= {"Content-Language": lang} if lang else {}
    headers |= {"Content-Location": location} if location else {}
    asked.keep = True
    return Response(asked.bundle.content(held, is_brotli), headers=headers, media_type=_with_charset(held.media_type))


def ready(asked: Asked, path: str, vary: Iterable[str] = (), location: str = "") -> Response:
    """Answer with what lies ready for a path, in the best language; raises NotThereError."""
    there = asked.bundle.answers(path)
    if not there:
        raise NotThereError("address")
    if len(there) == 1:
        ((lang, held),) = there.items()
        return prepared(asked, held, lang, vary, location)
    lang = asked.language(tuple(there))
    by = () if asked.lang and lookup(asked.lang, tuple(there)) else ("Accept-Language",)
    return prepared(asked, there[lang], lang, (*vary, *by), location)


def made(asked: Asked, content: bytes, media_type: str, lang: str = "", vary: Iterable[str] = ()) -> Response:
    """Answer with what was made for this question, and keep it for the next that is the same."""
    is_brotli = len(content) >= _WORTH_PACKING and asked.takes_brotli
    digest = hashlib.sha256(content).hexdigest()[:32]
    headers = {"ETag": f'"{digest}-br4"' if is_brotli else f'"{digest}"', "Cache-Control": FRESH}
    chosen_by = [*vary, *(["Accept-Encoding"] if len(content) >= _WORTH_PACKING else [])]
    headers |= {"Vary": ", ".join(chosen_by)} if chosen_by else {}
    headers |= {"Content-Encoding": "br"} if is_brotli else {}
    headers |= {"Content-Language": lang} if lang else {}
    asked.keep = True
    body = brotli.compress(content, quality=_QUALITY) if is_brotli else content
    return Response(body, headers=headers, media_type=_with_charset(media_type))


def _with_charset(media_type: str) -> str:
    """Return a media type that says how its letters are written, where it is one that can."""
    return f"{media_type}; charset=utf-8" if media_type in ("text/html", "text/css", "text/csv") else media_type
