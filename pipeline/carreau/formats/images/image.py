"""Read encoded images as textures: their size first, their pixels on demand."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

from carreau.base.errors import TextureError, cannot_read
from carreau.base.messages import message
from carreau.base.model import ByteArray, EncodedImage, Texture
from carreau.formats.images import avif, basis, exr, jpeg, raster, webp
from carreau.formats.images.basis import ktx_texels
from carreau.formats.images.raster import Unreadable

_LONGEST_READ = 1 << 20
_MOST_TEXELS_A_BYTE = 20_000
_SMALL_TEXELS = 8192 * 8192

#: Most pixels of an image. Real scans have 16384², which Pillow's own limit takes for a bomb.
MAX_TEXELS = 32768 * 32768

_HEAD_BYTES = 64
_SAVE_AGAIN = message("save it again as PNG or JPEG, or remove it from the scan")


def open_texture(name: str, data: Path | bytes, scan: Path) -> Texture:
    """Return the texture in a file or in bytes; only its header is read.

    name : as in the scan
    scan : the file that names it, for messages

    Raises TextureError for unknown formats, and for images without pixels or with more than `MAX_TEXELS`.
    """
    place = message("texture '%(name)s'", name=name)
    try:
        with _stream(data) as stream:
            width, height = _size(stream, name)
    except Unreadable as error:
        raise TextureError(scan, place, error.cause, _SAVE_AGAIN) from error
    except OSError as error:
        cause = cannot_read(error)
        raise TextureError(scan, place, cause, message("check that the file exists and is readable")) from error
    if width <= 0 or height <= 0:
        cause = message("the image has no pixels (%(size)s)", size=_dimensions(width, height))
        raise TextureError(scan, place, cause, _SAVE_AGAIN)
    if width * height > MAX_TEXELS:
        cause = message("too large (%(size)s pixels), possibly a decompression bomb", size=_dimensions(width, height))
        raise TextureError(scan, place, cause, message("split it into textures of at most 32768×32768 pixels"))
    return Texture(name, data, width, height)


def decode(texture: Texture) -> ByteArray:
    """Return a texture's colours as (h, w, 3) uint8 sRGB, row 0 at v = 0; alpha is dropped.

    16 bit channels are cut to 8, floating-point TIFF is clamped to 0..1, and EXR goes from linear light to sRGB.

    Raises TextureError when the image's data is broken or cut short.
    """
    try:
        with _stream(texture.data) as stream:
            _check_size(texture, stream)
            texels = _texels(stream, texture.name)
    except (Unreadable, OSError) as error:
        raise _undecodable(texture, error) from error
    if texels.shape != (texture.height, texture.width, 3):
        cause = message(
            "the image data has %(size)s pixels instead of %(expected)s",
            size=_dimensions(texels.shape[1], texels.shape[0]),
            expected=_dimensions(texture.width, texture.height),
        )
        raise TextureError(texture.name, "", cause, _SAVE_AGAIN)
    return texels


def decode_alpha(texture: Texture) -> ByteArray | None:
    """Return a texture's alpha as (h, w) uint8, or None when it has none. Raises TextureError as `decode` does."""
    try:
        with _stream(texture.data) as stream:
            _check_size(texture, stream)
            head = _head(stream)
            if basis.is_ktx(head):
                return basis.ktx_alpha(stream)
            return None if exr.recognises(head) else raster.alpha(stream, texture.name)
    except (Unreadable, OSError) as error:
        raise _undecodable(texture, error) from error


def _check_size(texture: Texture, stream: BinaryIO) -> None:
    """Raise Unreadable for a large image that would have more than `_MOST_TEXELS_A_BYTE`.

    Decoders allocate the pixels first. A white PNG has 8,000 pixels a byte.
    """
    texels, size = texture.width * texture.height, stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if texels > max(_SMALL_TEXELS, size * _MOST_TEXELS_A_BYTE):
        raise Unreadable(
            message(
                "%(size)s pixels do not fit in %(bytes)s bytes",
                size=_dimensions(texture.width, texture.height),
                bytes=size,
            )
        )


def _undecodable(texture: Texture, error: Unreadable | OSError) -> TextureError:
    reason = error.cause if isinstance(error, Unreadable) else str(error)
    cause = message("the image data cannot be decoded (%(error)s)", error=reason)
    return TextureError(texture.name, "", cause, _SAVE_AGAIN)


def _dimensions(width: int, height: int) -> str:
    return f"{width}×{height}"


def _stream(data: Path | bytes) -> BinaryIO:
    return io.BytesIO(data) if isinstance(data, bytes) else _File(io.FileIO(data))


class _File(io.BufferedReader):
    """A file of which no more is read than there is: a buffer of the size that a damaged header claims comes first."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes."""
        if size is not None and size > _LONGEST_READ:
            size = min(size, max(os.fstat(self.fileno()).st_size - self.tell(), 0))
        return super().read(size)


def _size(stream: BinaryIO, name: str) -> tuple[int, int]:
    head = _head(stream)
    if basis.is_ktx(head):
        return basis.ktx_size(head)
    if exr.recognises(head):
        return exr.size(stream)
    return raster.size(stream, name)


def _texels(stream: BinaryIO, name: str) -> ByteArray:
    head = _head(stream)
    if basis.is_ktx(head):
        return basis.ktx_texels(stream)
    if exr.recognises(head):
        return exr.texels(stream)
    return raster.texels(stream, name)


def _head(stream: BinaryIO) -> bytes:
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    if not head:
        raise Unreadable(message("it is empty"))
    return head


_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_COLOR_TYPE = 25
_PNG_GRAY = (0, 4)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HEADER_BYTES = 1 << 18


def is_gray(image: Path) -> bool:
    """Return whether an image has one colour channel by its header, PNG or JPEG; False for others."""
    with image.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if header.startswith(_PNG):
        return len(header) > _PNG_COLOR_TYPE and header[_PNG_COLOR_TYPE] in _PNG_GRAY
    return header.startswith(b"\xff\xd8") and _jpeg_channels(header) == 1


def _jpeg_channels(header: bytes) -> int | None:
    """Return the number of channels in a JPEG's frame header, or None."""
    at = 2
    while at + 9 < len(header) and header[at] == 0xFF:
        if header[at + 1] in _FRAMES:
            return header[at + 9]
        at += 2 + int.from_bytes(header[at + 2 : at + 4], "big")
    return None


def decoded(image: EncodedImage) -> ByteArray:
    """Return the texels (h, w, 3) uint8 of an image that is KTX2, JPEG, WebP or AVIF."""
    if image.media_type == "image/ktx2":
        return ktx_texels(io.BytesIO(image.data))
    decoders = {jpeg.MEDIA_TYPE: jpeg.decode, avif.MEDIA_TYPE: avif.decode}
    return decoders.get(image.media_type, webp.decode)(image.data)
