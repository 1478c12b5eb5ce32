"""Files of a copy of a release in the order they are sent, with their HTTP headers for object stores.

An object store cannot negotiate: under one name it has one body. So a file is stored uncompressed under its own name,
for every client, for ranges (the offline packs resume with them) and for AR viewers, and a CDN compresses it on the
way. Its compressed copies are stored beside it, each with its `Content-Encoding`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carreau.base.schema.bundle import NAME, Manifest
from carreau.site.bundle.compression import CODINGS, digest_of

FOR_EVER = "public, max-age=31536000, immutable"
FRESH = "public, max-age=60, stale-while-revalidate=86400"
"""As the server sends it, without s-maxage: a CDN in front of a store has no server to ask every second."""
ASK_FIRST = "no-cache"
_ASK_FIRST = frozenset((NAME, "service-worker.js"))
"""Clients discover a new release by these files."""


@dataclass(frozen=True)
class ObjectHeaders:
    """The headers of an object; absent ones are empty."""

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
    """Return the headers of a file named by its content.

    coding : suffix of a compressed copy
    """
    return ObjectHeaders(media_type, FOR_EVER, CODINGS[coding].name if coding else "")


def address_headers(name: str, media_type: str, language: str = "") -> ObjectHeaders:
    """Return the headers of a file with a stable name and changing content."""
    return ObjectHeaders(media_type, ASK_FIRST if name in _ASK_FIRST else FRESH, content_language=language)


@dataclass(frozen=True)
class Item:
    """A file of a copy.

    source : path of the local file
    name : path in the copy
    headers : sent with it to an object store
    is_fixed : whether it is named by its content
    """

    source: Path
    name: str
    headers: ObjectHeaders
    is_fixed: bool = False

    @property
    def size(self) -> int:
        """Return its size in bytes."""
        return self.source.stat().st_size

    def digest(self) -> str:
        """Return the SHA-256 of its bytes; raises OSError."""
        return digest_of(self.source)


def copy_plan(root: Path, manifest: Manifest) -> tuple[list[Item], ...]:
    """Return the files to send, in steps: no file refers to one of a later step."""
    return list(_contents(root, manifest)), list(_addresses(root, manifest)), [_manifest(root)]


def _contents(root: Path, manifest: Manifest) -> Iterator[Item]:
    for file in manifest.files:
        for coding in ("", *file.copies):
            name = f"{file.path}.{coding}" if coding else file.path
            yield Item(root / name, name, content_headers(file.media_type, coding), is_fixed=True)


def _addresses(root: Path, manifest: Manifest) -> Iterator[Item]:
    files = {file.sha256: file for file in manifest.files}
    for answer in manifest.answers:
        if answer.static:
            file = files[answer.sha256]
            headers = address_headers(answer.static, file.media_type, answer.lang)
            yield Item(root / file.path, answer.static, headers)


def _manifest(root: Path) -> Item:
    return Item(root / NAME, NAME, address_headers(NAME, "application/json"))
