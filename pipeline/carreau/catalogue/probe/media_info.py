"""Media type, size, length and codecs of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import message

ENDINGS = {
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
    if media_type == "video/mp4" and path.suffix.lower() in ENDINGS["audio/mp4"]:
        media_type = "audio/mp4"  # recorders write the brand of any MP4
    if path.suffix.lower() not in ENDINGS[media_type]:
        cause = message("its content is %(media_type)s, which its ending contradicts", media_type=media_type)
        cure = message("rename it to end in %(ending)s, or export it again", ending=ENDINGS[media_type][0])
        raise FormatError(path, "", cause, cure)
    return media_type
