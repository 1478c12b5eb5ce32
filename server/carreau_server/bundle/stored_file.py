"""A file of the bundle, named by its content, with its compressed copies."""

from __future__ import annotations

from dataclasses import dataclass

from carreau.base.schema.bundle import FILES

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Suffix of the compressed copy, by content coding."""
COLUMNS = "sha256, ext, media_type, bytes, brotli_bytes, gzip_bytes"
"""Of the tables `file` and `answer`, in the order of the fields of `StoredFile`."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the bundle.

    brotli_bytes, gzip_bytes : size of its compressed copy, None where there is none
    """

    sha256: str
    ext: str
    media_type: str
    bytes: int
    brotli_bytes: int | None
    gzip_bytes: int | None = None

    @property
    def url(self) -> str:
        """Return its URL, relative to the origin."""
        return f"/{FILES}/{self.sha256}.{self.ext}"

    @property
    def codings(self) -> tuple[str, ...]:
        """Return the content codings it is stored in, best first."""
        sizes = {"br": self.brotli_bytes, "gzip": self.gzip_bytes}
        return tuple(coding for coding, size in sizes.items() if size is not None)

    def name(self, coding: str = "") -> str:
        """Return the name of the file, or of its copy in a content coding."""
        return f"{self.sha256}.{self.ext}{SUFFIXES.get(coding, '')}"

    def size(self, coding: str = "") -> int:
        """Return the size in bytes of the file, or of its copy in a content coding."""
        size = {"br": self.brotli_bytes, "gzip": self.gzip_bytes}.get(coding)
        return self.bytes if size is None else size

    def etag(self, coding: str = "") -> str:
        """Return the strong entity tag of the file, or of its copy in a content coding."""
        return f'"{self.sha256[:32]}-{coding}"' if coding else f'"{self.sha256[:32]}"'
