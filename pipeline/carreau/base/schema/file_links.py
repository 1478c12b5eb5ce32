"""Say how a document names a file of the bundle."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.frozen_model import FrozenModel

SHA256 = r"^[0-9a-f]{64}$"


class File(FrozenModel):
    """A file by its content: `a/<sha256>.<ext>`.

    brotli_bytes, gzip_bytes : of the compressed copies that lie beside it as `.br` and `.gz`; None where none would pay
    """

    sha256: str = Field(pattern=SHA256)
    ext: str = Field(pattern=r"^[a-z0-9]{1,12}$")
    media_type: str
    bytes: int = Field(ge=0)
    brotli_bytes: int | None = None
    gzip_bytes: int | None = None

    @property
    def path(self) -> str:
        """Return where it lies in the bundle."""
        return f"a/{self.sha256}.{self.ext}"

    @property
    def copies(self) -> dict[str, int]:
        """Return the bytes of the compressed copies that lie beside it, by the ending they have there."""
        sizes = {"br": self.brotli_bytes, "gz": self.gzip_bytes}
        return {ending: size for ending, size in sizes.items() if size is not None}

    @property
    def paths(self) -> tuple[str, ...]:
        """Return where it and its copies lie in the bundle."""
        return (self.path, *(f"{self.path}.{ending}" for ending in self.copies))


class Link(File):
    """A file with the address it is fetched from, relative to the origin."""

    url: str = Field(pattern=r"^/")


class Picture(Link):
    """An image of so many pixels."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)
