"""Pictures, sounds, films, documents and models of the catalogue, and what their files say of themselves."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

import glob
import io
import json
import logging
import re
import struct
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import message
from carreau.catalogue import fields
from carreau.catalogue.table_reader import When

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

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


ENDINGS_OF_TYPES = {
    "image/avif": (".avif",),
    "image/heic": (".heic", ".heif"),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "audio/flac": (".flac",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "audio/ogg": (".ogg", ".opus"),
    "audio/wav": (".wav",),
    "video/mp4": (".mp4", ".m4v"),
    "video/quicktime": (".mov",),
    "video/webm": (".webm",),
    "video/matroska": (".mkv",),
    "application/pdf": (".pdf",),
}
"""Suffixes by media type, the usual one first."""

HEAD_BYTES = 1024
_HEADS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"RF64", "audio/wav"),
)
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"qt  ": "video/quicktime", b"M4A ": "audio/mp4",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
}  # fmt: skip
"""Of ISO base media files; an MP4 with another one is a film, unless it is named as a sound."""


@dataclass(frozen=True)
class MediaInfo:
    """Format and properties of a media file.

    width, height : pixels as shown, 0 for sounds and documents
    duration_s : of sounds and videos, 0 for others
    codecs : of videos, as in their containers
    """

    media_type: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    codecs: tuple[str, ...] = ()


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file; raises FormatError where it cannot be read, or is empty."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        cause = cannot_read(error)
        raise FormatError(path, "", cause, message("check its name and its permissions")) from error
    if not head:
        raise FormatError(path, "", message("it is empty"), message("copy it again"))
    return head


def sniff_media_type(head: bytes) -> str:
    """Return the media type of a file that begins with some bytes, empty if it is unknown.

    >>> sniff_media_type(b"RIFF....WAVEfmt ")
    'audio/wav'
    """
    for start, media_type in _HEADS:
        if head.startswith(start):
            return media_type
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/matroska"
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 == 0xE2:  # a frame of MPEG audio, layer III
        return "audio/mpeg"
    return "application/pdf" if b"%PDF-" in head else ""


def checked_media_type(path: Path) -> str:
    """Return the media type of a file; raises FormatError if it is unknown or contradicts the suffix."""
    media_type = sniff_media_type(read_head(path))
    if not media_type:
        raise FormatError(
            path,
            "",
            message("its content is not a known image, audio, video or PDF format"),
            message("export it again"),
        )
    if media_type == "video/mp4" and path.suffix.lower() in ENDINGS_OF_TYPES["audio/mp4"]:
        media_type = "audio/mp4"  # recorders write the brand of any MP4
    if path.suffix.lower() not in ENDINGS_OF_TYPES[media_type]:
        cause = message("its content is %(media_type)s, which its ending contradicts", media_type=media_type)
        cure = message("rename it to end in %(ending)s, or export it again", ending=ENDINGS_OF_TYPES[media_type][0])
        raise FormatError(path, "", cause, cure)
    return media_type


MOST_TEXELS = 150_000_000
"""An A3 sheet at 600 dpi has 70 million; decoded, this limit is 450 MB."""

_SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that exchange width and height."""

_ORIENTATION = 0x0112
_KINDS = ("AVIF", "JPEG", "PNG", "TIFF", "WEBP")
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82"}
_LAST_BYTES = 65536


def probe_image(path: Path) -> MediaInfo:
    """Probe an image by its header and last bytes; raises FormatError if it cannot be shown."""
    media_type = checked_media_type(path)
    width, height = _size(path)
    if width * height > MOST_TEXELS:
        cause = message(
            "its header declares %(width)s x %(height)s pixels, more than an image here needs",
            width=width,
            height=height,
        )
        raise FormatError(path, "", cause, message("reduce it, and store the original elsewhere"))
    end = _ENDS.get(media_type, b"")
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LAST_BYTES))
        if end not in file.read():
            raise FormatError(path, "", message("it is truncated"), message("copy it again"))
    return MediaInfo(media_type, width, height)


def _size(path: Path) -> tuple[int, int]:
    try:
        with path.open("rb") as file:
            image = open_picture(file)
            # Of a PNG, `getexif` would decode the pixels to find what stands behind them.
            exif = image.getexif() if image.format != "PNG" or "exif" in image.info else {}
            return image.size[::-1] if exif.get(_ORIENTATION) in _SIDEWAYS else image.size
    except Exception as error:  # a broken header raises whatever the plugin met first
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again, or copy it again")) from error


def open_picture(file: BinaryIO) -> ImageFile:
    """Return a picture whose header is read; raises whatever a plugin does.

    `Image.open` refuses pictures of 180 million pixels by a limit that is global to the process, and warns of those of
    half as many; the plugins have no such limit. A HEIC comes upright, as its container says.
    """
    from PIL import Image

    head = file.read(16)
    file.seek(0)
    if sniff_media_type(head) == "image/heic":
        from pi_heif import HeifImageFile

        heic: ImageFile = HeifImageFile(file, "")
        return heic
    Image.init()
    for name in _KINDS:
        opener, accepts = Image.OPEN[name]
        if accepts is None or accepts(head) is True:
            return opener(file, "")
    raise ValueError("no picture")


ACTIVE = frozenset(("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia", "/XFA"))
"""Names of active content and embedded files (ISO 32000-2, 12.6 and 7.11.4)."""

_PDF_END_BYTES = 2048
logging.getLogger("pypdf").addHandler(logging.NullHandler())


def probe_document(path: Path) -> MediaInfo:
    """Probe a PDF; raises FormatError if it is truncated, damaged, encrypted, or has active content.

    Its objects are looked through, and not its bytes: of 20 PDFs of 10 MB with a picture, 6 have "/JS" in the picture.
    """
    media_type = checked_media_type(path)
    content = path.read_bytes()
    if b"%%EOF" not in content[-_PDF_END_BYTES:]:
        raise FormatError(path, "", message("it is truncated"), message("copy it again"))
    if b"/Encrypt" in content:
        cure = message("save it without a password, preferably as PDF/A")
        raise FormatError(path, "", message("it is encrypted"), cure)
    cure = message("save it as PDF/A, or print it into a new PDF")
    try:
        active = _active_name(content)
    except Exception as error:  # whatever a damaged file makes its reader raise
        raise FormatError(path, "", message("its header is corrupt or truncated"), cure) from error
    if active:
        raise FormatError(path, "", message("it has active content: %(name)s", name=active), cure)
    return MediaInfo(media_type)


def _active_name(content: bytes) -> str:
    """Return the first name of `ACTIVE` in any object of a PDF, empty without one."""
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject, NameObject

    reader = PdfReader(io.BytesIO(content))
    numbers = {(number, generation) for generation, places in reader.xref.items() for number in places}
    waiting: list[object] = [
        reader.get_object(IndirectObject(number, generation, reader))
        for number, generation in sorted(numbers | {(number, 0) for number in reader.xref_objStm})
    ]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*dict.keys(value), *dict.values(value)]  # its own would look up what a reference names
        elif isinstance(value, list):
            waiting += list.__iter__(value)
        elif isinstance(value, NameObject) and value in ACTIVE:
            return value.removeprefix("/")
    return ""


SUFFIXES = (".glb", ".gltf")
_MAGIC, _HEADER, _CHUNK, _JSON = b"glTF", struct.Struct("<4sII"), struct.Struct("<I4s"), b"JSON"
MOST_BYTES = 64_000_000
"""Largest JSON that is read; that of a model of thousands of nodes has some megabytes."""


def node_names(path: Path) -> tuple[str, ...]:
    """Return the names of the nodes of a model, in its order and each once; raises FormatError if it is no glTF.

    A node without a name has that of its mesh, as in viewers.
    """
    document = _json(path)
    meshes = [_name(each) for each in _list(document, "meshes")]
    names = []
    for node in _list(document, "nodes"):
        mesh = node.get("mesh") if isinstance(node, dict) else None
        names.append(_name(node) or (meshes[mesh] if isinstance(mesh, int) and 0 <= mesh < len(meshes) else ""))
    return tuple(dict.fromkeys(name for name in names if name))


def looks_drawn(path: Path) -> bool:
    """Return whether a model was probably drawn, and not measured; False for one that cannot be read.

    It moves, or has several parts with names, and neither photographs nor the colours of points.
    """
    try:
        document = _json(path)
    except FormatError:
        return False
    meshes = [each for each in _list(document, "meshes") if isinstance(each, dict)]
    surfaces = [each for mesh in meshes for each in _list(mesh, "primitives") if isinstance(each, dict)]
    if document.get("animations") or document.get("skins") or any(each.get("targets") for each in surfaces):
        return True
    nodes = [each for each in _list(document, "nodes") if isinstance(each, dict) and "mesh" in each]
    is_coloured = bool(document.get("images")) or any("COLOR_0" in (each.get("attributes") or ()) for each in surfaces)
    return len({_name(each) for each in nodes} - {""}) > 1 and not is_coloured


def viewer_name(name: str) -> str:
    r"""Return the name under which three.js, and with it the viewer, finds a node.

    >>> viewer_name("Toit nord [2]")
    'Toit_nord_2'
    """
    return re.sub(r"[\[\].:/]", "", re.sub(r"\s", "_", name))


def _json(path: Path) -> dict[str, Any]:
    cause, cure = message("it is not a glTF 2.0 model"), message("export it again")
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size + _CHUNK.size)
            if head.startswith(_MAGIC) and len(head) == _HEADER.size + _CHUNK.size:
                size, kind = _CHUNK.unpack(head[_HEADER.size :])
                content = file.read(min(size, MOST_BYTES)) if kind == _JSON else b""
            else:
                content = head + file.read(MOST_BYTES)
    except OSError as error:
        raise FormatError(path, "", cannot_read(error), message("check its permissions and the disk")) from error
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "", cause, cure) from error
    if not isinstance(document, dict) or "asset" not in document:
        raise FormatError(path, "", cause, cure)
    return document


def _list(document: dict[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    return value if isinstance(value, list) else []


def _name(element: Any) -> str:
    name = element.get("name") if isinstance(element, dict) else None
    return name if isinstance(name, str) else ""
