"""Make a file of a camera or phone one that the catalogue takes, without what it says about people and places."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from carreau.base.errors import FormatError
from carreau.base.messages import Number, message
from carreau.base.tools import require_sounds
from carreau.catalogue.media import (
    DOCUMENT,
    ENDINGS_OF_TYPES,
    IMAGE,
    LARGEST_MB,
    SOUND,
    VIDEO,
    MediaInfo,
    open_picture,
    probe_document,
    probe_image,
    read_head,
    sniff_media_type,
)
from carreau.catalogue.video import AAC, probe_sound, probe_video, read_mp4

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
        return _take(sent, keeps_record)
    except FormatError as error:
        raise FormatError(name, error.place, error.cause, error.cure) from error


def _take(sent: Path, keeps_record: bool) -> TakenFile:
    media_type = _media_type(sent)
    kind = {"image": IMAGE, "audio": SOUND, "video": VIDEO}.get(media_type.partition("/")[0], DOCUMENT)
    if media_type in ("video/quicktime", AAC) or (media_type == "video/mp4" and not keeps_record and _has_place(sent)):
        media_type = AAC if media_type == AAC else "video/mp4"
        require_sounds()
        from carreau.site.sounds import as_mp4

        path = _write(sent, media_type, as_mp4(sent))
    elif kind == IMAGE:
        path = _picture(sent, media_type, keeps_record)
    else:
        path = _add_suffix(sent, media_type)
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


def _add_suffix(sent: Path, media_type: str) -> Path:
    """Give a file the suffix of its format."""
    path = sent.with_name(f"{sent.name}-taken{ENDINGS_OF_TYPES[media_type][0]}")
    sent.replace(path)
    return path


def _write(sent: Path, media_type: str, content: bytes) -> Path:
    path = sent.with_name(f"{sent.name}-taken{ENDINGS_OF_TYPES[media_type][0]}")
    path.write_bytes(content)
    return path


def _has_place(sent: Path) -> bool:
    content = sent.read_bytes()
    return any(each in content for each in _PLACES)


def _picture(sent: Path, media_type: str, keeps_record: bool) -> Path:
    suffixed = _add_suffix(sent, media_type)
    probe_image(suffixed)  # before anything is decoded: a picture of some bytes may claim to be huge
    if media_type == "image/heic":
        return _encode(suffixed, "image/jpeg", keeps_record)
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
    return _encode(suffixed, "image/tiff" if media_type == "image/tiff" else "image/jpeg", False)


def _has_record(path: Path) -> bool:
    with path.open("rb") as file:
        image = open_picture(file)
        return bool({"exif", "xmp"} & image.info.keys()) or bool(image.getexif()) or image.format == "TIFF"


def _encode(path: Path, media_type: str, keeps_record: bool) -> Path:
    """Encode a picture again, upright, with its colour profile; as TIFF without loss."""
    target = path.with_name(f"{path.stem}-again{ENDINGS_OF_TYPES[media_type][0]}")
    try:
        with path.open("rb") as file:
            image = open_picture(file)
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
    """Return a plain copy of a TIFF picture, so that Pillow does not write its tags again."""
    plain = Image.new(image.mode, image.size)
    if image.mode == "P":
        plain.putpalette(image.getpalette() or [])
    plain.paste(image)
    return plain


ORIENTATION = 0x0112
_EXIF = b"Exif\0\0"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The end of the data of a scan: no escaped byte, no restart, no filling."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"})
_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ICCP", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04


def without_record(content: bytes, media_type: str) -> bytes:
    """Return a JPEG, PNG or WebP without its record; raises ValueError where it is cut short or damaged."""
    return _BY_TYPE[media_type](content)


def read_orientation(exif: bytes) -> int:
    """Return the orientation that EXIF has, 1 to 8; 1 where it has none, or cannot be read."""
    record = Image.Exif()
    try:
        record.load(exif)
        value = record.get(ORIENTATION)
    except Exception:  # a broken record raises whatever its reader met first
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _record(orientation: int) -> bytes:
    """Return EXIF with the orientation alone."""
    record = Image.Exif()
    record[ORIENTATION] = orientation
    return record.tobytes()


def _number(content: bytes, at: int, size: int, order: str = "big") -> int:
    if at + size > len(content):
        raise ValueError("it is cut short")
    return int.from_bytes(content[at : at + size], "little" if order == "little" else "big")


def _jpeg(content: bytes) -> bytes:
    segments, orientation = list[bytes](), 1
    place = 2
    while True:
        if _number(content, place, 1) != 0xFF:
            raise ValueError("no marker where one should be")
        kind = _number(content, place + 1, 1)
        if kind == 0xFF:  # filling
            place += 1
            continue
        if kind == 0xD9:
            break
        end = place + 2 + _number(content, place + 2, 2)
        if end > len(content):
            raise ValueError("a segment is cut short")
        body = content[place + 4 : end]
        if kind == 0xE1 and body.startswith(_EXIF):
            orientation = read_orientation(body)
        if kind == 0xDA:
            match = _MARKER.search(content, end)
            if match is None:
                raise ValueError("the last scan has no end")
            end = match.start()
        if _is_kept(kind, body):
            segments.append(content[place:end])
        place = end
    head = b""
    if orientation > 1:
        record = _record(orientation)
        head = b"\xff\xe1" + (len(record) + 2).to_bytes(2, "big") + record
    # JFIF asks to be the first segment.
    first = 1 if segments and segments[0][1] == 0xE0 else 0
    return b"".join((content[:2], *segments[:first], head, *segments[first:], b"\xff\xd9"))


def _is_kept(kind: int, body: bytes) -> bool:
    if 0xE0 <= kind <= 0xEF:
        return body.startswith({0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}.get(kind, b"\0no such\0"))
    return kind != 0xFE  # a comment


def _png(content: bytes) -> bytes:
    chunks, record = [_PNG], b""
    for name, body in _png_chunks(content):
        if name == b"eXIf" and (orientation := read_orientation(body)) > 1:
            record = _png_chunk(b"eXIf", _record(orientation).removeprefix(_EXIF))
        if name == b"IDAT" and record:
            chunks.append(record)
            record = b""
        if name[:1].isupper() or name in _PNG_KEPT:
            chunks.append(_png_chunk(name, body))
    return b"".join(chunks)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    name = b""
    while name != b"IEND":
        size, name = _number(content, place, 4), content[place + 4 : place + 8]
        if place + 12 + size > len(content) or not name.isalpha():
            raise ValueError("a chunk is cut short")
        yield name, content[place + 8 : place + 8 + size]
        place += 12 + size


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def _webp(content: bytes) -> bytes:
    parts, orientation = list[tuple[bytes, bytes]](), 1
    place, behind = 12, min(len(content), 8 + _number(content, 4, 4, "little"))
    while place + 8 <= behind:
        name, size = content[place : place + 4], _number(content, place + 4, 4, "little")
        if place + 8 + size > behind:
            raise ValueError("a chunk is cut short")
        body = content[place + 8 : place + 8 + size]
        if name == b"EXIF":
            orientation = read_orientation(body)
        elif name in _WEBP_KEPT:
            parts.append((name, body))
        place += 8 + size + size % 2
    if parts and parts[0][0] == b"VP8X":
        flags = parts[0][1][0] & ~(_WEBP_EXIF | _WEBP_XMP)
        if orientation > 1:
            flags |= _WEBP_EXIF
            parts.append((b"EXIF", _record(orientation).removeprefix(_EXIF)))
        parts[0] = b"VP8X", bytes([flags]) + parts[0][1][1:]
    chunks = b"".join(name + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2) for name, body in parts)
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks


_BY_TYPE: dict[str, Callable[[bytes], bytes]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
