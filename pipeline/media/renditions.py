"""Describe media that are ready for the web, as bundles and exports name them."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.media.encoded import ENDING_OF, Encoded
from pipeline.media.probe.webvtt import Cue


@dataclass(frozen=True)
class Variant:
    """One form of a medium, in a file named by its content.

    size_bytes : of the file
    width, height : pixels, of pictures and films, else None
    codec : as in a `codecs` parameter, of sounds and films
    """

    media_type: str
    sha256: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    codec: str = ""

    @property
    def ending(self) -> str:
        """Return the ending of its name, without a dot."""
        return ENDING_OF[self.media_type]

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return f"{self.sha256}.{self.ending}"


def variant_of(form: Encoded) -> Variant:
    """Return the description of a form."""
    size = len(form.content)
    return Variant(form.media_type, form.sha256, size, form.width, form.height, form.codec)


@dataclass(frozen=True)
class Rendition:
    """A medium of the catalogue, ready.

    id, kind : of its entry in the catalogue, which has its texts too
    variants : best format first, and smallest first within a format
    width, height : pixels of the original, 0 of sounds and documents
    duration_s : of sounds and films, else 0
    placeholder : a data address, of pictures
    transcript : what is said, in words
    captions : its WebVTT, None without one; cues are what stands in it
    """

    id: str
    kind: str
    variants: tuple[Variant, ...]
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    placeholder: str = ""
    transcript: str = ""
    captions: Variant | None = None
    cues: tuple[Cue, ...] = ()
