"""Say what a document tells of a picture, sound, film or document."""

from __future__ import annotations

from typing import Literal

from carreau.base.schema.file_links import Link
from carreau.base.schema.frozen_model import FrozenModel
from carreau.base.schema.words import Day, Text


class Variant(Link):
    """One form of a medium.

    width, height : pixels, of pictures and films
    codec : as in a `codecs` parameter, of sounds and films
    """

    width: int | None = None
    height: int | None = None
    codec: str = ""


class Track(Link):
    """Captions in a language: WebVTT."""

    lang: str


class Medium(FrozenModel):
    """A picture, sound, film or document; its variants best first.

    placeholder : a tiny picture as a data address, shown while the picture comes
    captions : WebVTT, in the language `captions_lang`, which is that of curators
    tracks : captions in all languages that there are, the one for readers of the document first
    """

    id: str
    kind: Literal["image", "sound", "video", "document"]
    title: Text | None = None
    alt: Text | None = None
    credit: str
    licence: str
    licence_url: str = ""
    date: Day | None = None
    sources: tuple[str, ...] = ()
    transcript: Text | None = None
    captions: Link | None = None
    captions_lang: str = ""
    tracks: tuple[Track, ...] = ()
    placeholder: str = ""
    duration_s: float | None = None
    variants: tuple[Variant, ...] = ()
