"""Check the files that sites and routes name: existence, type, size, rights and accessibility."""

from __future__ import annotations

import re
from pathlib import Path

from carreau.base.document import TomlDocument
from carreau.base.errors import FormatError, KeyPath, PartError
from carreau.base.messages import Number, message, plural_message
from carreau.catalogue.media import (
    CAPTIONS,
    DOCUMENT,
    ENDINGS,
    IMAGE,
    LARGEST_MB,
    SOUND,
    TEXTS,
    VIDEO,
    Medium,
    captions_beside,
    probe_document,
    probe_image,
)
from carreau.catalogue.route import Route
from carreau.catalogue.show import Show
from carreau.catalogue.site import SAMPLES, SCHEME, Rights, Site, State, sample_name
from carreau.catalogue.trail import Trail
from carreau.catalogue.video import probe_sound, probe_video, read_captions

LEAST_PX = 640
"""Minimum width of a picture that is sharp on a phone."""

GOOD_PX = 1280

_FILE_NAME = re.compile(
    r"(?:.*[/\\])?[^\s/\\]+(?: [^\s/\\]+){0,5}\.(?:avif|gif|heic|heif|jpe?g|png|tiff?|webp)|"
    r"(?:dsc[fn]?|gopr|img|mvimg|pict|pxl|sam)[ _-]?\d{2,}[\w ()-]*|(?:image|p|photo|scan)[_-]?\d{2,}[\w-]*|"
    r"whatsapp image .*|[a-z0-9]+(?:[_-][a-z0-9]+)*_\d+",
    re.IGNORECASE,
)
"""A name as files have it, with its suffix or as cameras and phones give it."""

_LOOKS = {IMAGE: probe_image, SOUND: probe_sound, VIDEO: probe_video, DOCUMENT: probe_document}


def found_file(document: TomlDocument, key: KeyPath, name: str, endings: tuple[str, ...] = ()) -> Path | None:
    """Return a file next to a document; None, with a diagnostic, where it does not exist or is in another folder."""
    folder = document.path.parent
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            cause = message("'%(file)s' is outside the folder of this file", file=name)
            document.error("missing file", key, cause, message("move it next to this file"))
            return None
        if not path.exists():
            cause = message("'%(file)s' does not exist", file=name)
            document.error("missing file", key, cause, message("add the file, or correct its name"))
            return None
    except (OSError, ValueError):
        cause = message("'%(file)s' is not a valid file name", file=name)
        document.error("missing file", key, cause, message("correct the name"))
        return None
    if endings and path.suffix.lower() not in endings:
        cause = message("'%(file)s' has the wrong file type", file=name)
        document.error("wrong value", key, cause, message("use one of: %(choices)s", choices=endings))
    return path


def check_sample(document: TomlDocument, key: KeyPath, file: str, kind: str, is_demonstration: bool) -> None:
    """Report an unknown sample, one of the wrong kind, and one used in a real place."""
    name = file.removeprefix(SCHEME)
    if name not in SAMPLES:
        cure = message("use one of: %(choices)s", choices=tuple(SCHEME + each for each in SAMPLES))
        document.error("missing file", key, message("there is no sample '%(name)s'", name=name), cure)
    elif kind and kind not in SAMPLES[name]:
        cause = message("the sample '%(name)s' is not of kind '%(kind)s'", name=name, kind=kind)
        cure = message("write %(example)s", example=f"kind = {SAMPLES[name][0]}")
        document.error("wrong value", key, cause, cure)
    if not is_demonstration:
        refuse_simulation(document, key)


def refuse_simulation(document: TomlDocument, key: KeyPath) -> None:
    """Report a simulation in a real place."""
    cause = message("the place is real, but the file is simulated")
    cure = message("use a real file; only places with demonstration = true may use a simulation")
    document.error("wrong value", key, cause, cure)


def check_media(document: TomlDocument, media: tuple[Medium, ...], is_demonstration: bool = False) -> None:
    """Report what is missing from media; one without a file is a draft."""
    for place, medium in enumerate(media):
        key: KeyPath = ("media", place)
        if not medium.file:
            cause, cure = message("the file is still missing"), message("name it once it exists")
            document.question("not written", (*key, "file"), cause, cure)
        elif sample_name(medium.file):
            check_sample(document, (*key, "file"), medium.file, medium.kind, is_demonstration)
        elif medium.kind:
            _check_file(document, (*key, "file"), medium)
        _check_rights(document, key, medium)
        _check_access(document, key, medium)


def _check_file(document: TomlDocument, key: KeyPath, medium: Medium) -> None:
    path = found_file(document, key, medium.file, ENDINGS[medium.kind])
    if path is None:
        return
    most, size = LARGEST_MB[medium.kind], path.stat().st_size
    if not path.is_file() or size == 0:
        cause = message("'%(file)s' is empty, or is a folder", file=medium.file)
        document.error("missing file", key, cause, message("replace it with the right file"))
    if size > most * 1_000_000:
        cause = message(
            "'%(file)s' has %(size)s MB; the limit is %(limit)s MB",
            file=medium.file, size=Number(size / 1e6, ",.1f"), limit=most,
        )  # fmt: skip
        document.error("too large", key, cause, message("make it smaller, and archive the original elsewhere"))
    elif path.suffix.lower() in ENDINGS[medium.kind] and path.is_file() and size:
        _look(document, key, medium, path)


def _look(document: TomlDocument, key: KeyPath, medium: Medium, path: Path) -> None:
    """Report a file whose content does not match its name, that cannot be shown, or that is a small picture."""
    try:
        look = _LOOKS[medium.kind](path)
    except FormatError as error:
        cause = message("'%(file)s': %(reason)s", file=medium.file, reason=error.cause)
        document.error("unusable", key, cause, error.cure)
        return
    except PartError as error:
        document.question(
            "not looked into", key, message("'%(file)s' was not looked into", file=medium.file), error.message
        )
        return
    if medium.kind == IMAGE and look.width < LEAST_PX:
        cause = plural_message(
            "'%(file)s' is only %(count)s pixel wide", "'%(file)s' is only %(count)s pixels wide",
            look.width, file=medium.file,
        )  # fmt: skip
        cure = message("use a picture at least %(width)s pixels wide", width=GOOD_PX)
        document.question("small picture", key, cause, cure)


def _check_rights(document: TomlDocument, key: KeyPath, medium: Medium) -> None:
    if not medium.licence:
        cause, cure = message("the licence is missing"), message("name the author's licence, such as CC-BY-4.0")
        document.draft(not medium.file, "missing licence", (*key, "licence"), cause, cure)
    if not medium.credit:
        cause, cure = message("the credit is missing"), message("name the author and the collection")
        document.draft(not medium.file, "missing credit", (*key, "credit"), cause, cure)


def is_file_name(text: str, file: str = "") -> bool:
    """Return whether a text looks like a file name, or is the name of `file`, with or without its suffix.

    >>> [is_file_name(text) for text in ("IMG_2034", "facade.JPG", "Une façade de brique.", "Fosse 1")]
    [True, True, False, False]
    """
    plain = text.strip().rstrip(".").casefold()
    return _FILE_NAME.fullmatch(text.strip()) is not None or (
        bool(file) and plain in (Path(file).name.casefold(), Path(file).stem.casefold())
    )


def _check_access(document: TomlDocument, key: KeyPath, medium: Medium) -> None:
    """Report missing alternative texts, transcripts, captions and titles."""
    is_draft = not medium.file
    if medium.kind == IMAGE and not medium.alt:
        cause = message("the alternative text is missing")
        cure = message("describe the picture for people who cannot see it")
        document.draft(is_draft, "missing alternative text", (*key, "alt"), cause, cure)
    elif medium.kind == IMAGE and is_file_name(medium.alt, medium.file):
        cause = message("the alternative text '%(text)s' is the name of a file", text=medium.alt)
        cure = message("describe the picture for people who cannot see it")
        document.draft(is_draft, "missing alternative text", (*key, "alt"), cause, cure)
    if medium.kind in (SOUND, VIDEO) and not medium.transcript:
        cause = message("the transcript is missing")
        cure = message("write down what is said, or name a .txt or .md file with the text")
        document.draft(is_draft, "missing transcript", (*key, "transcript"), cause, cure)
    if medium.kind == VIDEO and not medium.captions:
        cause, cure = message("the captions are missing"), message("name a WebVTT file with the captions")
        document.draft(is_draft, "missing transcript", (*key, "captions"), cause, cure)
    if medium.kind == DOCUMENT and not medium.title:
        cause, cure = message("the title is missing"), message("write a title for the document")
        document.draft(is_draft, "not written", (*key, "title"), cause, cure)
    if medium.transcript.endswith(TEXTS) and "\n" not in medium.transcript:
        found_file(document, (*key, "transcript"), medium.transcript)
    if medium.captions:
        for name in (medium.captions, *captions_beside(document.path.parent, medium.captions).values()):
            _check_captions(document, (*key, "captions"), name)


def _check_captions(document: TomlDocument, key: KeyPath, name: str) -> None:
    path = found_file(document, key, name, (CAPTIONS,))
    if path is None or path.suffix.lower() != CAPTIONS:
        return
    try:
        read_captions(path)
    except FormatError as error:
        cause = (
            message("'%(file)s', %(place)s: %(reason)s", file=name, place=error.place, reason=error.cause)
            if error.place
            else message("'%(file)s': %(reason)s", file=name, reason=error.cause)
        )
        document.error("wrong captions", key, cause, error.cure)


_FREE = re.compile(
    r"\b(?:"
    r"libres? (?:de|des) (?:tous? )?droits?|sans droits?(?: d['’]auteur)?|licence libre|"
    r"(?:royalty|royalties|rights?|copyright)[ -]?free|free of (?:rights|copyright|royalties)|"
    r"(?:royalty|rechten|copyright)[ -]?vrije?|vrij van (?:auteurs)?rechten|zonder (?:auteurs)?rechten|"
    r"(?:lizenz|rechte|gebühren|urheberrechts?)[ -]?freie?[mnrs]?|frei von rechten|ohne urheberrecht|"
    r"woln[aey] od (?:praw|opłat|tantiem)|bez (?:praw|opłat|tantiem)(?: autorskich)?"
    r")\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\bcc[ -]?(?:by|0|zero)|creative ?commons|ouverte|etalab|odbl|public|rightsstatements", re.IGNORECASE
)
"""A licence, or a statement of rights, that is named as well."""


def free_phrase(text: str) -> str:
    """Return the words of a text that promise something for free without naming a licence; empty without such words.

    >>> free_phrase("Photo libre de droits"), free_phrase("CC-BY-4.0"), free_phrase("royalty-free")
    ('libre de droits', '', 'royalty-free')
    """
    match = _FREE.search(text)
    return match[0] if match else ""


def check_licences(document: TomlDocument, of: Site | Route | Trail | Show) -> None:
    """Report licences and credits that are none; of a draft, which has no file yet, as a question."""
    for place, right in enumerate(of.rights):
        _check(document, ("rights", place), right, is_draft=False)
    for place, medium in enumerate(of.media):
        _check(document, ("media", place), medium, is_draft=not medium.file)
    for place, state in enumerate(of.state if isinstance(of, Site) else ()):
        _check(document, ("state", place), state, is_draft=not state.file)


def _check(document: TomlDocument, key: KeyPath, of: Rights | Medium | State, *, is_draft: bool) -> None:
    if (phrase := free_phrase(of.licence)) and not _NAMED.search(of.licence):
        cause = message("'%(text)s' is no licence: it does not say what others may do", text=phrase)
        cure = message("name the licence, such as CC-BY-4.0 or Licence Ouverte 2.0; ask the author if it is not known")
        document.draft(is_draft, "missing licence", (*key, "licence"), cause, cure)
    if phrase := free_phrase(of.credit):
        cause = message("'%(text)s' is nobody's name", text=phrase)
        cure = message("name the author and the collection here, and the licence in licence")
        document.draft(is_draft, "missing credit", (*key, "credit"), cause, cure)
