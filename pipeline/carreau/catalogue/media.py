"""Pictures, sounds, films and documents of the catalogue."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from carreau.catalogue import fields
from carreau.catalogue.dates import When

IMAGE, SOUND, VIDEO, DOCUMENT = "image", "sound", "video", "document"

LARGEST_MB = {IMAGE: 30, SOUND: 200, VIDEO: 100, DOCUMENT: 30}
"""Size limits of originals: a scanned A3 sheet at 600 dpi has about 20 MB as JPEG, half an hour of FLAC 150 MB.
A film is published as it is: 100 MB are ten minutes at 720 lines."""

ENDINGS = {
    IMAGE: (".avif", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"),
    SOUND: (".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"),
    VIDEO: (".m4v", ".mp4", ".webm"),
    DOCUMENT: (".pdf",),
}

TEXTS = (".txt", ".md")
"""Suffixes of transcript files."""

CAPTIONS = ".vtt"
_OWN = ".fr"
"""What the name of the captions that are named may end with, before their suffix: they are in French."""


@dataclass(frozen=True)
class Medium:
    """A picture, sound, film or document, `[[media]]`.

    id : its name in annotations, tours and texts
    file : beside the file it is named in; or a sample, "sample:NAME"
    alt : description of a picture for people who cannot see it
    transcript : the spoken text, or a .txt or .md file with it
    captions : a WebVTT file, in French; those in other languages lie beside it, see `captions_beside`
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


def captions_beside(folder: Path, captions: str) -> dict[str, str]:
    """Return the captions in other languages by language: beside `film.vtt` those in `film.en.vtt` are in English.

    folder : of the file that names the captions; the names are relative to it, as theirs is
    """
    name = PurePosixPath(captions)
    if name.suffix.lower() != CAPTIONS:
        return {}
    stem = name.stem.removesuffix(_OWN)
    try:
        beside = sorted((folder / name).parent.glob(f"{glob.escape(stem)}.[a-z][a-z]{CAPTIONS}"))
    except (OSError, ValueError):
        return {}
    named = {path.stem[len(stem) :]: name.with_name(path.name).as_posix() for path in beside if path.is_file()}
    return {ending[1:]: file for ending, file in named.items() if ending != _OWN}
