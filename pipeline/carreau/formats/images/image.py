"""Read encoded images as textures: their size first, their pixels on demand; and write KTX2 with Basis Universal."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
import opengl_basisu
from PIL import Image

from carreau.base.errors import FREE_TEMPORARY, StorageError, TextureError, ToolError, cannot_read, disk_full
from carreau.base.messages import message
from carreau.base.model import ByteArray, EncodedImage, Texture
from carreau.base.tools import LONGEST_RUN_S, basis_encoder
from carreau.formats.images import image_codecs, raster
from carreau.formats.images.raster import Unreadable

_LONGEST_READ = 1 << 20
_MOST_TEXELS_A_BYTE = 20_000
_SMALL_TEXELS = 8192 * 8192

#: Most pixels of an image. Real scans have 16384², which Pillow's own limit takes for a bomb.
MAX_TEXELS = 32768 * 32768

_HEAD_BYTES = 64
_LUMA, _ROWS = np.array([0.299, 0.587, 0.114], np.float32), 256
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
        raise TextureError(scan, place, error.cause, error.cure or _SAVE_AGAIN) from error
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
            if is_ktx(head):
                return ktx_alpha(stream)
            return None if raster.is_exr(head) else raster.alpha(stream, texture.name)
    except (Unreadable, OSError) as error:
        raise _undecodable(texture, error) from error


def decode_opacity(texture: Texture) -> ByteArray:
    """Return (h, w) uint8: the alpha of an image, or its grey where it has none. Raises TextureError."""
    alpha = decode_alpha(texture)
    if alpha is not None:
        return alpha
    colors = decode(texture)
    grey = np.empty(colors.shape[:2], np.uint8)
    for top in range(0, len(colors), _ROWS):  # a whole map in floating point is twelve bytes a texel
        grey[top : top + _ROWS] = np.rint(colors[top : top + _ROWS].astype(np.float32) @ _LUMA)
    return grey


def has_alpha(texture: Texture) -> bool:
    """Return whether an image has an alpha channel, by its header; True for KTX2. Raises TextureError."""
    try:
        with _stream(texture.data) as stream:
            head = _head(stream)
            return is_ktx(head) or (not raster.is_exr(head) and raster.has_alpha(stream, texture.name))
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
    if is_ktx(head):
        return ktx_size(head)
    if head.startswith(_BASIS) and head[4:6] == _BASIS_HEADER:
        raise Unreadable(
            message("it is Basis Universal in a .basis file, and only KTX2 is read"),
            message("pack it as KTX2, or unpack it to PNG with `basisu -unpack`"),
        )
    if raster.is_exr(head):
        return raster.exr_size(stream)
    return raster.size(stream, name)


def _texels(stream: BinaryIO, name: str) -> ByteArray:
    head = _head(stream)
    if is_ktx(head):
        return ktx_texels(stream)
    if raster.is_exr(head):
        return raster.exr_texels(stream)
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


def decode_image(image: EncodedImage) -> ByteArray:
    """Return the texels (h, w, 3) uint8, or (h, w, 4) with alpha, of an image that is KTX2, JPEG, WebP, AVIF or PNG."""
    if image.media_type == "image/ktx2":
        return ktx_image(image.data)
    return image_codecs.decode_with_alpha(image.data)


class Codec(StrEnum):
    """Basis Universal's two codecs, as `KHR_texture_basisu` allows them.

    ETC1S : about 1.5 bits a texel, coarse; 4096² in 8 s on two cores
    UASTC : about 7 bits a texel after Zstandard, near lossless; 2752² in 3 s
    """

    ETC1S = "etc1s"
    UASTC = "uastc"


_OPTIONS = {
    Codec.ETC1S: ("-q", "255", "-comp_level", "1"),
    Codec.UASTC: ("-uastc", "-ktx2_zstandard_level", "20"),
}
_COLOR_EFFORT, _DATA_EFFORT = ("-uastc_level", "0"), ("-uastc_level", "1")
"""Of UASTC: level 1 takes four times as long as 0, and 3 % more bytes after Zstandard, for 0.009 dB on a statue at
2752²; errors of a normal map are visible."""

FULL_BYTES = 1 << 20
"""With less than this left, the disk counts as full: the part of the texture already written is still there."""


def encode_basis(image: ByteArray, codec: Codec, is_linear: bool = False, has_mipmaps: bool = True) -> bytes:
    """Return (h, w, 3), (h, w) or, with alpha, (h, w, 4) uint8 as KTX2 with all its mipmaps, w and h multiples of four.

    is_linear : whether the values are data, such as a normal map, instead of colours
    has_mipmaps : whether it has any but the largest, which alone may be of another size
    Raises ToolError when the encoder is missing or fails.
    """
    space = ("-linear", "-mip_linear") if is_linear else ("-srgb", "-mip_srgb")
    with tempfile.TemporaryDirectory() as folder:
        # TGA is uncompressed: the fastest PNG takes half a second more at 2752², for the same KTX2.
        source, target = Path(folder) / "image.tga", Path(folder) / "image.ktx2"
        has_alpha = image.ndim == 3 and image.shape[2] == 4
        Image.fromarray(image).convert("RGBA" if has_alpha else "RGB").save(source)
        effort = () if codec is Codec.ETC1S else _DATA_EFFORT if is_linear else _COLOR_EFFORT
        command = [
            str(basis_encoder()),
            "-ktx2",
            *(("-mipmap", "-mip_clamp") if has_mipmaps else ()),
            *space,
            *_OPTIONS[codec],
            *effort,
            str(source),
        ]
        _run([*command, "-output_file", str(target)], Path(folder))
        if not target.is_file():
            raise ToolError(message("basisu wrote no texture"))
        return target.read_bytes()


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST_RUN_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(message("basisu could not be run: %(error)s", error=str(error))) from error
    if done.returncode:
        if shutil.disk_usage(folder).free < FULL_BYTES:  # the encoder reports a full disk as a failed write
            raise StorageError(disk_full(None, {folder.parent: FREE_TEMPORARY}))
        last = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ToolError(
            message("basisu failed: %(error)s", error=last[0]) if last else message("basisu failed without a message")
        )


_IDENTIFIER = b"\xabKTX 20\xbb\r\n\x1a\n"
_UNDEFINED_FORMAT = 0
_BASIS, _BASIS_HEADER = b"sB", (77).to_bytes(2, "little")
"""Signature and length of the header of a .basis file; source: Basis Universal, `basis_file_header`."""


def is_ktx(head: bytes) -> bool:
    """Return whether bytes start with the signature of KTX2."""
    return head.startswith(_IDENTIFIER)


def ktx_size(head: bytes) -> tuple[int, int]:
    """Return (width, height) of the largest level, from the first 48 bytes. Raises Unreadable."""
    if len(head) < 48:
        raise Unreadable(message("the KTX2 header is truncated"))
    vk_format, _, width, height, depth, layers, faces = struct.unpack_from("<7I", head, len(_IDENTIFIER))
    if vk_format != _UNDEFINED_FORMAT:
        raise Unreadable(message("the KTX2 file contains a GPU format instead of Basis Universal"))
    if depth > 1 or layers > 1 or faces != 1:
        raise Unreadable(message("the KTX2 file is a volume, an array or a cube map instead of a single image"))
    return width, height


def ktx_texels(stream: BinaryIO) -> ByteArray:
    """Return the largest level as (h, w, 3) uint8, as stored. Raises Unreadable."""
    return np.ascontiguousarray(_rgba(stream)[:, :, :3])


def ktx_image(data: bytes) -> ByteArray:
    """Return the largest level as (h, w, 3) uint8, or (h, w, 4) where its alpha is not full. Raises Unreadable."""
    image = _rgba(io.BytesIO(data))
    return np.ascontiguousarray(image[:, :, :3] if image[:, :, 3].min() == 255 else image)


def ktx_alpha(stream: BinaryIO) -> ByteArray:
    """Return the alpha of the largest level as (h, w) uint8, 255 where it has none. Raises Unreadable."""
    return np.ascontiguousarray(_rgba(stream)[:, :, 3])


def _rgba(stream: BinaryIO) -> ByteArray:
    data = stream.read()
    ktx_size(data[:48])
    try:
        image = opengl_basisu.open(data).transcode(opengl_basisu.Target.RGBA8)
    except (opengl_basisu.BasisuError, ValueError) as error:
        raise Unreadable(message("the Basis Universal data is corrupt (%(error)s)", error=str(error))) from error
    return np.asarray(image.data, dtype=np.uint8)
