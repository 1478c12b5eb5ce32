"""Make a file of a camera or phone one that the catalogue takes, without what it says about people and places."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from carreau.base.errors import FormatError
from carreau.base.messages import Number, message
from carreau.catalogue.media import DOCUMENT, IMAGE, LARGEST_MB, SOUND, VIDEO
from carreau.catalogue.probe.image_header import opened, probe_image
from carreau.catalogue.probe.media_info import ENDINGS, MediaInfo, read_head, sniff_media_type
from carreau.catalogue.probe.mp4 import read_mp4
from carreau.catalogue.probe.pdf import probe_document
from carreau.catalogue.probe.sound import AAC, probe_sound
from carreau.catalogue.probe.video import probe_video
from carreau.site.media.containers import as_mp4
from carreau.site.media.picture_records import without_record

JPEG_QUALITY = 95
"""Of pictures that have to be encoded again: HEIC, and AVIF with a record. It is not seen, and takes 4 MB of 12 million
pixels."""

_LOSSLESS = ("image/jpeg", "image/png", "image/webp")
_PLACES = (b"\xa9xyz", b"loci", b"com.apple.quicktime", b"com.android")
"""Where films have position and camera; they stand in `moov`."""
_LOOKS = {IMAGE: probe_image, SOUND: probe_sound, VIDEO: probe_video, DOCUMENT: probe_document}


@dataclass(frozen=True)
class TakenFile:
    """A file as the catalogue takes it.

    kind : as in `carreau.catalogue.media`
    path : where it is; its suffix is that of its format
    """

    kind: str
    path: Path
    look: MediaInfo


def take(sent: Path, name: str, keeps_record: bool = False) -> TakenFile:
    """Return a file as the catalogue takes it, which is written beside the one that was sent.

    name : of the file, in messages
    keeps_record : whether position, date and camera stay, which are taken out otherwise
    Raises FormatError with cause and cure where it cannot be taken, OSError where it cannot be written.
    """
    try:
        return _taken(sent, keeps_record)
    except FormatError as error:
        raise FormatError(name, error.place, error.cause, error.cure) from error


def _taken(sent: Path, keeps_record: bool) -> TakenFile:
    media_type = _media_type(sent)
    kind = {"image": IMAGE, "audio": SOUND, "video": VIDEO}.get(media_type.partition("/")[0], DOCUMENT)
    if media_type in ("video/quicktime", AAC) or (media_type == "video/mp4" and not keeps_record and _has_place(sent)):
        media_type = AAC if media_type == AAC else "video/mp4"
        path = _written(sent, media_type, as_mp4(sent))
    elif kind == IMAGE:
        path = _picture(sent, media_type, keeps_record)
    else:
        path = _named(sent, media_type)
    look = _LOOKS[kind](path)
    size = path.stat().st_size
    if size > LARGEST_MB[kind] * 10**6:
        cause = message(
            "it has %(size)s MB; the limit is %(limit)s MB", size=Number(size / 1e6, ",.1f"), limit=LARGEST_MB[kind]
        )
        raise FormatError(path, "", cause, message("make it smaller, and archive the original elsewhere"))
    return TakenFile(kind, path, look)


def _media_type(sent: Path) -> str:
    """Return the media type of a file by its content; raises FormatError where it is unknown."""
    media_type = sniff_media_type(read_head(sent))
    if media_type == "video/mp4":
        try:
            return media_type if read_mp4(sent).width else AAC
        except (ValueError, OSError, IndexError):
            return media_type  # its probe tells
    if not media_type:
        cause = message("its content is not a known image, audio, video or PDF format")
        raise FormatError(sent, "", cause, message("export it as JPEG, PNG, FLAC, MP3, MP4 or PDF"))
    return media_type


def _named(sent: Path, media_type: str) -> Path:
    """Give a file the suffix of its format."""
    path = sent.with_name(f"{sent.name}-taken{ENDINGS[media_type][0]}")
    sent.replace(path)
    return path


def _written(sent: Path, media_type: str, content: bytes) -> Path:
    path = sent.with_name(f"{sent.name}-taken{ENDINGS[media_type][0]}")
    path.write_bytes(content)
    return path


def _has_place(sent: Path) -> bool:
    content = sent.read_bytes()
    return any(each in content for each in _PLACES)


def _picture(sent: Path, media_type: str, keeps_record: bool) -> Path:
    suffixed = _named(sent, media_type)
    probe_image(suffixed)  # before anything is decoded: a picture of some bytes may claim to be huge
    if media_type == "image/heic":
        return _encoded(suffixed, "image/jpeg", keeps_record)
    if keeps_record:
        return suffixed
    if media_type in _LOSSLESS:
        try:
            suffixed.write_bytes(without_record(suffixed.read_bytes(), media_type))
        except ValueError as error:
            cause = message("its image data is corrupt or truncated")
            raise FormatError(suffixed, "", cause, message("export it again")) from error
        return suffixed
    if not _has_record(suffixed):
        return suffixed
    return _encoded(suffixed, "image/tiff" if media_type == "image/tiff" else "image/jpeg", False)


def _has_record(path: Path) -> bool:
    with path.open("rb") as file:
        image = opened(file)
        return bool({"exif", "xmp"} & image.info.keys()) or bool(image.getexif()) or image.format == "TIFF"


def _encoded(path: Path, media_type: str, keeps_record: bool) -> Path:
    """Encode a picture again, upright, with its colour profile; as TIFF without loss."""
    target = path.with_name(f"{path.stem}-again{ENDINGS[media_type][0]}")
    try:
        with path.open("rb") as file:
            image = opened(file)
            profile, exif = image.info.get("icc_profile"), image.info.get("exif", b"") if keeps_record else b""
            upright = ImageOps.exif_transpose(image) or image
            if media_type == "image/jpeg" and upright.mode.startswith("I"):  # of 16 bits
                upright = upright.point(lambda value: value / 257).convert("L")
        stream = io.BytesIO()
        if media_type == "image/tiff":
            upright.info = {}
            _plain(upright).save(stream, "TIFF", compression="tiff_adobe_deflate", icc_profile=profile)
        else:
            about = {"icc_profile": profile, **({"exif": exif} if exif else {})}
            upright.convert("RGB").save(stream, "JPEG", quality=JPEG_QUALITY, optimize=True, **about)
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, IndexError …
        raise FormatError(
            path, "", message("its image data is corrupt or truncated"), message("export it again")
        ) from error
    target.write_bytes(stream.getvalue())
    return target


def _plain(image: Image.Image) -> Image.Image:
    """Return a copy that is no TIFF any more, whose tags Pillow would write again."""
    plain = Image.new(image.mode, image.size)
    if image.mode == "P":
        plain.putpalette(image.getpalette() or [])
    plain.paste(image)
    return plain
