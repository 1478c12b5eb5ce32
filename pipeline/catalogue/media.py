"""Say what a picture, sound, film or document of the catalogue is."""

# ruff: noqa: RUF009 - what rules make are fields

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalogue import fields
from pipeline.catalogue.dates import When

IMAGE, SOUND, VIDEO, DOCUMENT = "image", "sound", "video", "document"

LARGEST_MB = {IMAGE: 30, SOUND: 200, VIDEO: 100, DOCUMENT: 30}
"""Of a file before it is made ready for the web; a scanned A3 document at 600 dpi as JPEG has about 20 MB, half an hour
of sound as FLAC 150 MB. A film goes out as it is: 100 MB are ten minutes at 720 lines."""

ENDINGS = {
    IMAGE: (".avif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"),
    SOUND: (".flac", ".mp3", ".ogg", ".opus", ".wav"),
    VIDEO: (".m4v", ".mp4", ".webm"),
    DOCUMENT: (".pdf",),
}

TEXTS = (".txt", ".md")
"""Endings of files that a transcript may lie in."""


@dataclass(frozen=True)
class Medium:
    """A picture, sound, film or document, `[[media]]`.

    id : what annotations, tours and texts call it
    file : beside the file it is named in; or a sample, "sample:NAME"
    alt : what a picture shows, for who does not see it
    transcript : what is said, in words, or a .txt or .md file with them
    captions : a WebVTT file
    """

    id: str = fields.name()
    kind: str = fields.word(IMAGE, SOUND, VIDEO, DOCUMENT)
    file: str = fields.text()
    title: str = fields.text(translatable=True, limit=fields.NAME)
    credit: str = fields.text()
    licence: str = fields.text()
    alt: str = fields.text(translatable=True)
    transcript: str = fields.text(translatable=True)
    captions: str = fields.text()
    date: When | None = fields.when()
    sources: tuple[str, ...] = fields.texts()
