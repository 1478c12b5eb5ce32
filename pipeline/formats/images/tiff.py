"""Read the TIFF pixel layouts that Pillow has no mode for: several floats or many bits a texel."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from pipeline.formats.images.unreadable import Unreadable
from pipeline.messages import message
from pipeline.model import ByteArray


def size(stream: BinaryIO) -> tuple[int, int]:
    """Return (width, height) of the first page. Raises Unreadable."""
    try:
        with tifffile.TiffFile(stream) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
    except Exception as error:  # tifffile raises a dozen kinds on broken tags
        raise Unreadable(message("the TIFF header is corrupt (%(error)s)", error=str(error))) from error


def texels(stream: BinaryIO) -> ByteArray:
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
