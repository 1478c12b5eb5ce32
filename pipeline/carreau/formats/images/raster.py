"""Read common image formats (PNG, JPEG, WebP, TIFF, BMP, TGA …) with Pillow, one strip at a time.

TIFF layouts that Pillow has no mode for, such as several floats a pixel, are read with tifffile.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import OpenEXR
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

from carreau.base.messages import Message, message
from carreau.base.model import ByteArray
from carreau.formats.images.image_codecs import srgb_bytes

#: The formats that scans use. Pillow opens forty more, each of which is more attack surface.
_KINDS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "JPEG2000", "AVIF", "PPM")
_TGA_NAMES = (".tga", ".icb", ".vda", ".vst")
_STRIP_TEXELS = 1 << 24
# Their warnings about damaged files would appear between the lines of the progress display.
for _name in ("tifffile", "PIL"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False

_Opener = Callable[[BinaryIO, str], ImageFile.ImageFile]


class Unreadable(Exception):  # noqa: N818 (a state of the bytes; `image` makes a TextureError of it)
    """These bytes are not an image of the kind that they claim to be.

    cause : why
    cure : what to do, where it is not to save the image again
    """

    def __init__(self, cause: Message, cure: Message | None = None) -> None:
        """Keep the cause, and the cure."""
        self.cause, self.cure = cause, cure
        super().__init__(cause)


def size(stream: BinaryIO, name: str) -> tuple[int, int]:
    """Return (width, height) from the header. Raises Unreadable."""
    with _quiet():
        return _tiff_size(stream) if _is_foreign_tiff(stream) else _open_image(stream, name).size


def texels(stream: BinaryIO, name: str) -> ByteArray:
    """Return (h, w, 3) uint8 sRGB. Raises Unreadable."""
    with _quiet():
        return _tiff_texels(stream) if _is_foreign_tiff(stream) else _pillow_texels(stream, name)


def _pillow_texels(stream: BinaryIO, name: str) -> ByteArray:
    image = _open_image(stream, name)
    image.info.pop("transparency", None)
    width, height = image.size
    result = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_TEXELS // width)
    try:
        for top in range(0, height, rows):
            result[top : top + rows] = _rgb(image.crop((0, top, width, min(top + rows, height))))
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, IndexError …
        raise Unreadable(message("%(text)s", text=str(error) or type(error).__name__)) from error
    return result


def alpha(stream: BinaryIO, name: str) -> ByteArray | None:
    """Return the (h, w) uint8 alpha channel, or None when there is none. Raises Unreadable."""
    with _quiet():
        return None if _is_foreign_tiff(stream) else _pillow_alpha(stream, name)


def has_alpha(stream: BinaryIO, name: str) -> bool:
    """Return whether an image has an alpha channel, by its header. Raises Unreadable."""
    with _quiet():
        return not _is_foreign_tiff(stream) and _has_alpha(_open_image(stream, name))


def _has_alpha(image: Image.Image) -> bool:
    return "transparency" in image.info or "A" in image.getbands()


def _pillow_alpha(stream: BinaryIO, name: str) -> ByteArray | None:
    image = _open_image(stream, name)
    if not _has_alpha(image):
        return None
    try:
        return np.asarray(image.convert("RGBA").getchannel("A"))
    except Exception as error:  # as in `texels`
        raise Unreadable(message("%(text)s", text=str(error) or type(error).__name__)) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's warnings about damaged tags from the console: what is damaged is an error, or makes no difference.

    The filters are global, so that another thread may print a warning, or lose one, in this time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open_image(stream: BinaryIO, name: str) -> ImageFile.ImageFile:
    """Read the header with the plugin that accepts the first bytes.

    `Image.open` refuses 16384² by a limit that is global to the process, so it can be lifted neither safely nor for
    one image; the plugins themselves have no such limit, and `image.open_texture` applies ours.
    """
    opener = _opener(stream, name)
    try:
        return opener(stream, name)
    except Exception as error:  # a broken header raises whatever the plugin met first
        raise Unreadable(message("the image header is corrupt (%(error)s)", error=str(error))) from error


def _opener(stream: BinaryIO, name: str) -> _Opener:
    Image.init()
    head = stream.read(16)
    stream.seek(0)
    for kind in _KINDS:
        opener, accepts = Image.OPEN.get(kind, (None, None))
        if opener is not None and accepts is not None and accepts(head) is True:
            return opener
    if name.lower().endswith(_TGA_NAMES):
        return Image.OPEN["TGA"][0]
    raise Unreadable(message("unknown image format"))


def _is_foreign_tiff(stream: BinaryIO) -> bool:
    """Return whether this is a TIFF with a pixel layout that Pillow has no mode for, such as three floats."""
    head = stream.read(16)
    stream.seek(0)
    if not head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return False
    try:
        TiffImagePlugin.TiffImageFile(stream)
    except Exception:  # tifffile has the better error message
        return True
    finally:
        stream.seek(0)
    return False


def _rgb(strip: Image.Image) -> ByteArray:
    """Turn any of Pillow's modes into (rows, width, 3) uint8."""
    if strip.mode == "F":
        return _three(np.rint(np.clip(np.nan_to_num(np.asarray(strip)), 0.0, 1.0) * 255.0))
    if strip.mode.startswith("I"):
        return _three((np.clip(np.asarray(strip).astype(np.int64), 0, 65535) + 128) // 257)
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))


def _three(gray: np.ndarray) -> ByteArray:
    return np.repeat(gray.astype(np.uint8)[:, :, None], 3, axis=2)


def _tiff_size(stream: BinaryIO) -> tuple[int, int]:
    """Return (width, height) of the first page. Raises Unreadable."""
    try:
        with tifffile.TiffFile(stream) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
    except Exception as error:  # tifffile raises a dozen kinds on broken tags
        raise Unreadable(message("the TIFF header is corrupt (%(error)s)", error=str(error))) from error


def _tiff_texels(stream: BinaryIO) -> ByteArray:
    """Return the first page as (h, w, 3) uint8; floats are clamped to 0..1. Raises Unreadable."""
    try:
        with tifffile.TiffFile(stream) as file:
            page = file.pages.first
            array = np.asarray(page.asarray())
            if array.ndim == 3 and page.planarconfig == 2:
                array = np.moveaxis(array, 0, -1)
    except Exception as error:  # tifffile raises a dozen kinds on broken strips and unknown compressions
        raise Unreadable(message("unsupported or corrupt TIFF data (%(error)s)", error=str(error))) from error
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or not array.size:
        raise Unreadable(message("a TIFF of shape %(shape)s is not an image", shape=str(array.shape)))
    eight = _eight_bit(array)
    return np.ascontiguousarray(eight[:, :, :3] if eight.shape[2] >= 3 else np.repeat(eight[:, :, :1], 3, axis=2))


def _eight_bit(array: NDArray[Any]) -> ByteArray:
    """Scale any channel type to 0..255."""
    if np.issubdtype(array.dtype, np.floating):
        return np.asarray(np.rint(np.clip(np.nan_to_num(array), 0.0, 1.0) * 255.0), np.uint8)
    if array.dtype == np.uint8:
        return np.asarray(array, np.uint8)
    if not np.issubdtype(array.dtype, np.unsignedinteger):
        raise Unreadable(message("unsupported TIFF sample type %(type)s", type=str(array.dtype)))
    return np.asarray(array >> (8 * (array.dtype.itemsize - 1)), np.uint8)


_EXR_MAGIC = b"\x76\x2f\x31\x01"
_EXR_STRIP_ROWS = 1024


def is_exr(head: bytes) -> bool:
    """Return whether bytes start with the signature of EXR."""
    return head.startswith(_EXR_MAGIC)


def exr_size(stream: BinaryIO) -> tuple[int, int]:
    """Return (width, height) of the data window. Raises Unreadable."""
    try:
        file = OpenEXR.File(stream, header_only=True)
        low, high = file.header()["dataWindow"]
        return int(high[0]) - int(low[0]) + 1, int(high[1]) - int(low[1]) + 1
    except Exception as error:  # OpenEXR's C++ errors arrive as several kinds
        raise Unreadable(message("the EXR header is corrupt (%(error)s)", error=str(error))) from error


def exr_texels(stream: BinaryIO) -> ByteArray:
    """Return the first part as (h, w, 3) uint8 sRGB. Raises Unreadable."""
    try:
        channels = OpenEXR.File(stream, separate_channels=True, num_threads=0).channels()
        planes = [np.asarray(channels[name].pixels) for name in _color_names(list(channels))]
    except Unreadable:
        raise
    except Exception as error:  # OpenEXR's C++ errors arrive as several kinds
        raise Unreadable(message("the EXR data is corrupt or truncated (%(error)s)", error=str(error))) from error
    if any(plane.shape != planes[0].shape or plane.ndim != 2 for plane in planes):
        raise Unreadable(message("the EXR channels have different sizes"))
    return _srgb(planes)


def _color_names(names: list[str]) -> list[str]:
    """Return the names of the red, green and blue channels: plain ones first, then a layer's, then one grey."""
    for prefix in sorted({name.rpartition(".")[0] for name in names}, key=lambda prefix: (prefix != "", prefix)):
        dot = f"{prefix}." if prefix else ""
        if all(f"{dot}{channel}" in names for channel in "RGB"):
            return [f"{dot}{channel}" for channel in "RGB"]
    gray = sorted(names, key=lambda name: (name.rpartition(".")[2] != "Y", name))
    if not gray:
        raise Unreadable(message("the EXR file has no channels"))
    return gray[:1] * 3


def _srgb(planes: list[np.ndarray]) -> ByteArray:
    """Encode linear planes through a table of all 65,536 half floats: exact to 8 bits and 20x faster than powers."""
    table = _half_table()
    height, width = planes[0].shape
    result = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _EXR_STRIP_ROWS):
        rows = slice(top, top + _EXR_STRIP_ROWS)
        for channel, plane in enumerate(planes):
            half = np.clip(plane[rows], 0.0, 1.0).astype(np.float16) if plane.dtype != np.float16 else plane[rows]
            result[rows, :, channel] = table[np.ascontiguousarray(half).view(np.uint16)]
    return result


def _half_table() -> ByteArray:
    """Return the sRGB byte of every half float, (65536,) uint8, by its bits."""
    with np.errstate(invalid="ignore"):
        light = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    return srgb_bytes(light)
