"""Know a file of the bundle: by its content, in plain bytes or compressed."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.manifest.bundle import FILES


@dataclass(frozen=True, slots=True)
class Held:
    """A file of the bundle.

    brotli_bytes : of its compressed copy, None where there is none
    """

    sha256: str
    ext: str
    media_type: str
    bytes: int
    brotli_bytes: int | None

    @property
    def url(self) -> str:
        """Return where it is fetched from."""
        return f"/{FILES}/{self.sha256}.{self.ext}"

    def name(self, is_brotli: bool) -> str:
        """Return the name of the file, or of its compressed copy."""
        return f"{self.sha256}.{self.ext}.br" if is_brotli else f"{self.sha256}.{self.ext}"

    def length(self, is_brotli: bool) -> int:
        """Return how many bytes either has."""
        return self.brotli_bytes if is_brotli and self.brotli_bytes is not None else self.bytes

    def tag(self, is_brotli: bool) -> str:
        """Return the strong entity tag of either."""
        return f'"{self.sha256[:32]}-br"' if is_brotli else f'"{self.sha256[:32]}"'
