"""Check the files that sites and routes name: there, of their kind, not too large, and whose they are."""

from __future__ import annotations

from pathlib import Path

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.media import DOCUMENT, ENDINGS, IMAGE, LARGEST_MB, SOUND, TEXTS, VIDEO, Medium
from pipeline.catalogue.samples import check_sample, sample_of
from pipeline.errors import FormatError
from pipeline.media.probe.document import look_at_document
from pipeline.media.probe.film import look_at_film
from pipeline.media.probe.picture import look_at_picture
from pipeline.media.probe.sound import look_at_sound
from pipeline.media.probe.webvtt import read_captions

LEAST_PX = 640
"""Width of a picture that a phone shows sharp."""

_LOOKS = {IMAGE: look_at_picture, SOUND: look_at_sound, VIDEO: look_at_film, DOCUMENT: look_at_document}


def found_file(sheet: TomlDocument, key: KeyPath, name: str, endings: tuple[str, ...] = ()) -> Path | None:
    """Return a file named beside a sheet; None, with a finding, where it is not there or lies elsewhere."""
    folder = sheet.path.parent
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            sheet.error(
                "missing file", key, f"'{name}' lies outside the folder of this file", "put it beside this file"
            )
            return None
        if not path.exists():
            sheet.error("missing file", key, f"'{name}' is not there", "put it there, or correct its name")
            return None
    except (OSError, ValueError):
        sheet.error("missing file", key, f"'{name}' is no name of a file", "correct its name")
        return None
    if endings and path.suffix.lower() not in endings:
        sheet.error("wrong value", key, f"'{name}' is of another kind", f"choose among {', '.join(endings)}")
    return path


def check_media(sheet: TomlDocument, media: tuple[Medium, ...], is_demonstration: bool = False) -> None:
    """Note what is missing of pictures, sounds, films and documents; one without a file is a draft."""
    for place, medium in enumerate(media):
        key: KeyPath = ("media", place)
        if not medium.file:
            sheet.question("not written", (*key, "file"), "it has no file yet", "name the file when there is one")
        elif sample_of(medium.file):
            check_sample(sheet, (*key, "file"), medium.file, medium.kind, is_demonstration)
        elif medium.kind:
            _check_file(sheet, (*key, "file"), medium)
        _check_rights(sheet, key, medium)
        _check_access(sheet, key, medium)


def _check_file(sheet: TomlDocument, key: KeyPath, medium: Medium) -> None:
    path = found_file(sheet, key, medium.file, ENDINGS[medium.kind])
    if path is None:
        return
    most, size = LARGEST_MB[medium.kind], path.stat().st_size
    if not path.is_file() or size == 0:
        sheet.error("missing file", key, f"'{medium.file}' is empty or a folder", "put the file there")
    if size > most * 1_000_000:
        cause = f"'{medium.file}' has {size / 1e6:,.1f} MB, over {most} MB"
        sheet.error("too large", key, cause, "make it smaller, and keep the original elsewhere")
    elif path.suffix.lower() in ENDINGS[medium.kind] and path.is_file() and size:
        _look(sheet, key, medium, path)


def _look(sheet: TomlDocument, key: KeyPath, medium: Medium, path: Path) -> None:
    """Note a file that is not what its name says, that nobody could show, or that is small."""
    try:
        look = _LOOKS[medium.kind](path)
    except FormatError as error:
        sheet.error("unusable", key, f"'{medium.file}': {error.cause}", error.cure)
        return
    if medium.kind == IMAGE and look.width < LEAST_PX:
        cause = f"'{medium.file}' is only {look.width} pixels wide"
        sheet.question("small picture", key, cause, "find a larger one, of 1280 pixels or more")


def _check_rights(sheet: TomlDocument, key: KeyPath, medium: Medium) -> None:
    if not medium.licence:
        cure = "write the licence that its author gave, such as CC-BY-4.0"
        sheet.draft(not medium.file, "missing licence", (*key, "licence"), "it has no licence", cure)
    if not medium.credit:
        cure = "write whom to name: author, collection"
        sheet.draft(not medium.file, "missing credit", (*key, "credit"), "it has no credit", cure)


def _check_access(sheet: TomlDocument, key: KeyPath, medium: Medium) -> None:
    """Note what keeps people from a medium: a picture no words, a sound no transcript, a film no captions."""
    is_draft = not medium.file
    if medium.kind == IMAGE and not medium.alt:
        cure = "write what the picture shows, for who does not see it"
        sheet.draft(is_draft, "missing alternative text", (*key, "alt"), "it has no alternative text", cure)
    if medium.kind in (SOUND, VIDEO) and not medium.transcript:
        cure = "write what is said, or name a .txt or .md file with it"
        sheet.draft(is_draft, "missing transcript", (*key, "transcript"), "it has no transcript", cure)
    if medium.kind == VIDEO and not medium.captions:
        cure = "name a WebVTT file with what is said"
        sheet.draft(is_draft, "missing transcript", (*key, "captions"), "it has no captions", cure)
    if medium.kind == DOCUMENT and not medium.title:
        sheet.draft(is_draft, "not written", (*key, "title"), "it has no title", "write what the document is")
    if medium.transcript.endswith(TEXTS) and "\n" not in medium.transcript:
        found_file(sheet, (*key, "transcript"), medium.transcript)
    if medium.captions:
        _check_captions(sheet, (*key, "captions"), medium)


def _check_captions(sheet: TomlDocument, key: KeyPath, medium: Medium) -> None:
    path = found_file(sheet, key, medium.captions, (".vtt",))
    if path is None or path.suffix.lower() != ".vtt":
        return
    try:
        read_captions(path)
    except FormatError as error:
        name = f"'{medium.captions}'" + (f", {error.place}" if error.place else "")
        sheet.error("wrong captions", key, f"{name}: {error.cause}", error.cure)
