"""Renditions of media: encoded forms, variants and captions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from carreau.catalogue.probe.media_info import ENDINGS
from carreau.catalogue.probe.webvtt import Cue

ENDING_OF = {**{kind: endings[0][1:] for kind, endings in ENDINGS.items()}, "audio/webm": "webm", "text/vtt": "vtt"}


@dataclass(frozen=True)
class EncodedFile:
    """A file that is not written yet.

    width, height : pixels, None of sounds and texts
    codec : as in a `codecs` parameter of a media type, of sounds and films
    """

    media_type: str
    content: bytes
    width: int | None = None
    height: int | None = None
    codec: str = ""

    @property
    def sha256(self) -> str:
        """Return the digest that names it."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class ImageRendition:
    """An image in all its forms.

    forms : each width in each format, best format first, smallest width first
    placeholder : a data URL of some hundred bytes
    """

    width: int
    height: int
    forms: tuple[EncodedFile, ...]
    placeholder: str


@dataclass(frozen=True)
class Sound:
    """A sound in all its forms, the best first."""

    duration_s: float
    forms: tuple[EncodedFile, ...]


@dataclass(frozen=True)
class RenditionFile:
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


def variant_of(form: EncodedFile) -> RenditionFile:
    """Return the description of a form."""
    size = len(form.content)
    return RenditionFile(form.media_type, form.sha256, size, form.width, form.height, form.codec)


@dataclass(frozen=True)
class Rendition:
    """A medium of the catalogue, ready for the web.

    id, kind : as in the catalogue, which has the texts
    variants : best format first, and smallest first within a format
    width, height : pixels of the original, 0 of sounds and documents
    duration_s : of sounds and films, else 0
    placeholder : a data URL, of images
    transcript : spoken text
    captions : WebVTT file, or None; cues are its content
    translated_captions : those in other languages, by language
    """

    id: str
    kind: str
    variants: tuple[RenditionFile, ...]
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    placeholder: str = ""
    transcript: str = ""
    captions: RenditionFile | None = None
    cues: tuple[Cue, ...] = ()
    translated_captions: Mapping[str, RenditionFile] = field(default_factory=dict)
