"""Say how a document names a file of the bundle."""

from __future__ import annotations

from pydantic import Field

from pipeline.manifest.part import Part

SHA256 = r"^[0-9a-f]{64}$"


class File(Part):
    """A file by its content: `a/<sha256>.<ext>`.

    brotli_bytes : of the compressed copy that lies beside it as `.br`; None where it would not pay
    """

    sha256: str = Field(pattern=SHA256)
    ext: str = Field(pattern=r"^[a-z0-9]{1,12}$")
    media_type: str
    bytes: int = Field(ge=0)
    brotli_bytes: int | None = None

    @property
    def path(self) -> str:
        """Return where it lies in the bundle."""
        return f"a/{self.sha256}.{self.ext}"

    @property
    def copies(self) -> dict[str, int]:
        """Return the bytes of the compressed copies that lie beside it, by the ending they have there."""
        return {} if self.brotli_bytes is None else {"br": self.brotli_bytes}


class Link(File):
    """A file with the address it is fetched from, relative to the origin."""

    url: str = Field(pattern=r"^/")


class Picture(Link):
    """An image of so many pixels."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)
