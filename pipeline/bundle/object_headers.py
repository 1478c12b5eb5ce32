"""The headers that an object store sends with a file of a copied bundle.

An object store cannot negotiate: under one name it has one body. So a file lies under its own name as it is, for every
client, for ranges (the offline packs resume with them) and for readers in AR, and a CDN compresses it on the way. Its
compressed copies lie beside it, each with its `Content-Encoding`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.bundle.codings import CODINGS
from pipeline.schema.bundle import NAME

FOR_EVER = "public, max-age=31536000, immutable"
FRESH = "public, max-age=60, stale-while-revalidate=86400"
"""As the server sends them, without its s-maxage: a CDN before a store has nobody to ask every second."""
ASK_FIRST = "no-cache"
_ASK_FIRST = frozenset((NAME, "service-worker.js"))
"""By these a new release is noticed."""


@dataclass(frozen=True)
class ObjectHeaders:
    """The headers of an object; those it does not have are empty."""

    content_type: str
    cache_control: str
    content_encoding: str = ""
    content_language: str = ""

    def s3_options(self) -> dict[str, str]:
        """Return them as S3's PutObject names them."""
        options = {
            "ContentType": self.content_type,
            "CacheControl": self.cache_control,
            "ContentEncoding": self.content_encoding,
            "ContentLanguage": self.content_language,
        }
        return {name: value for name, value in options.items() if value}


def content_headers(media_type: str, coding: str = "") -> ObjectHeaders:
    """Return the headers of what is named by its content.

    coding : of a compressed copy, by its ending
    """
    return ObjectHeaders(media_type, FOR_EVER, CODINGS[coding].name if coding else "")


def address_headers(name: str, media_type: str, language: str = "") -> ObjectHeaders:
    """Return the headers of what has a name that stays while its content changes."""
    return ObjectHeaders(media_type, ASK_FIRST if name in _ASK_FIRST else FRESH, content_language=language)
