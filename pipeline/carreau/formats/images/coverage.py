"""Pictures with holes, made smaller without losing what is thin: as much of them stays above the cutoff."""

from __future__ import annotations

import io
import struct
from typing import Literal

import numpy as np
from PIL import Image

from carreau.base.model import LEVEL_CUTOFF, ByteArray, FloatArray
from carreau.formats.images.image import Codec, encode_basis
from carreau.formats.images.image_codecs import linear_table, srgb_bytes

MOST_SCALE = 4.0
"""By which the alpha of a smaller picture is raised or lowered at most."""

CUTOFF_BYTE = 128
"""Least alpha of a texel that is there: 127 of 255 is below `LEVEL_CUTOFF`."""


_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


def coverage_scale(opacity: FloatArray, share: float) -> np.float32:
    """Return the factor with which a share of opacities (of any shape, 0..1) is at least `LEVEL_CUTOFF`.

    The mean of a few bars and much air is below any cutoff, so that a picture that shrinks would lose its bars: alpha
    is scaled until as much is there as before (I. Castaño, "Computing alpha mipmaps", 2010).
    """
    values = np.sort(opacity, axis=None)
    wanted = round(share * len(values))
    if not 0 < wanted < len(values) or np.count_nonzero(values >= LEVEL_CUTOFF) == wanted:
        return np.float32(1)
    # Between the last value that is to be there and the first that is not; equal ones stay together.
    last = values[len(values) - wanted]
    first, after = (int(np.searchsorted(values, last, side)) for side in _SIDES)
    split = first if 2 * (len(values) - wanted) <= first + after else after
    split = min(max(split, 1), len(values) - 1)
    reference = (values[split - 1] + values[split]) / 2
    return np.float32(np.clip(LEVEL_CUTOFF / max(float(reference), 1e-6), 1 / MOST_SCALE, MOST_SCALE))


def covered_share(picture: ByteArray) -> float:
    """Return the share of the texels of a picture (h, w, 4) that are there."""
    return float((picture[:, :, 3] >= CUTOFF_BYTE).mean())


def keep_coverage(picture: ByteArray, share: float) -> ByteArray:
    """Return a picture (h, w, 4) with its alpha scaled so that a share of its texels is there."""
    alpha = picture[:, :, 3].astype(np.float32) / np.float32(255)
    scaled = np.clip(np.rint(alpha * coverage_scale(alpha, share) * 255), 0, 255).astype(np.uint8)
    return np.dstack([picture[:, :, :3], scaled])


def shrink(picture: ByteArray, size: tuple[int, int]) -> ByteArray:
    """Return a picture (h, w, 4) at a smaller size, as much of it there; colours mix in linear light.

    size : (width, height)
    """
    light = linear_table().astype(np.float32)
    planes = [light[picture[:, :, channel]] for channel in range(3)]
    planes.append(picture[:, :, 3].astype(np.float32) / np.float32(255))
    small = [np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX)) for plane in planes]
    alpha = np.rint(np.clip(small[3], 0, 1) * 255).astype(np.uint8)
    return keep_coverage(np.dstack([srgb_bytes(np.dstack(small[:3])), alpha]), covered_share(picture))


_HEADER, _ENTRY = 80, struct.Struct("<3Q")
_INDEX, _LEVELS, _DESCRIPTORS, _GLOBAL = 48, 40, struct.Struct("<4I"), struct.Struct("<2Q")


def encode_cut_basis(picture: ByteArray) -> bytes:
    """Return (h, w, 4) uint8 as KTX2 in UASTC with all its mipmaps, as much of each above the cutoff as of the largest.

    The encoder's own mipmaps are plain means. ETC1S is none for this: its levels share a codebook.

    Raises ToolError when the encoder is missing or fails.
    """
    height, width, _ = picture.shape
    count = max(height, width).bit_length()
    sizes = [(max(width >> level, 1), max(height >> level, 1)) for level in range(count)]
    pictures = [picture, *(shrink(picture, size) for size in sizes[1:])]
    return _join([encode_basis(each, Codec.UASTC, has_mipmaps=False) for each in pictures])


def _join(files: list[bytes]) -> bytes:
    """Return one KTX2 of files of one level each, the largest first (Khronos KTX 2.0, 3: the smallest lies first)."""
    first = files[0]
    descriptor_at, descriptor_size, values_at, values_size = _DESCRIPTORS.unpack_from(first, _INDEX)
    end = _HEADER + _ENTRY.size * len(files)
    descriptor = first[descriptor_at : descriptor_at + descriptor_size]
    values = first[values_at : values_at + values_size]
    header = bytearray(first[:_HEADER])
    struct.pack_into("<I", header, _LEVELS, len(files))
    places = end, descriptor_size, end + descriptor_size if values else 0, values_size
    _DESCRIPTORS.pack_into(header, _INDEX, *places)
    _GLOBAL.pack_into(header, _INDEX + _DESCRIPTORS.size, 0, 0)
    entries, body, start = list[bytes](), io.BytesIO(), end + descriptor_size + values_size
    for data in reversed(files):
        at, size, whole = _ENTRY.unpack_from(data, _HEADER)
        entries.append(_ENTRY.pack(start + body.tell(), size, whole))
        body.write(data[at : at + size])
    return bytes(header) + b"".join(reversed(entries)) + descriptor + values + body.getvalue()
