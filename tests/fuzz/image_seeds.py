"""Small pictures of every kind that textures have."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import tifffile

from tests.fuzz.seeds import Seed, checked_png
from tests.pipeline.formats.images.test_image import UASTC, encoded, picture

_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("PNG", {}), "png-alpha": ("PNG", {"mode": "RGBA"}), "png-palette": ("PNG", {"mode": "P"}),
    "png-gray": ("PNG", {"mode": "L"}), "png-16": ("PNG", {"mode": "I;16"}),
    "jpeg": ("JPEG", {}), "jpeg-progressive": ("JPEG", {"progressive": True}), "jpeg-cmyk": ("JPEG", {"mode": "CMYK"}),
    "webp": ("WEBP", {}), "webp-lossless": ("WEBP", {"lossless": True}), "webp-alpha": ("WEBP", {"mode": "RGBA"}),
    "tiff": ("TIFF", {}), "tiff-lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "tiff-deflate": ("TIFF", {"compression": "tiff_adobe_deflate"}), "tiff-jpeg": ("TIFF", {"compression": "jpeg"}),
    "bmp": ("BMP", {}), "gif": ("GIF", {}), "tga": ("TGA", {}), "tga-rle": ("TGA", {"compression": "tga_rle"}),
    "jp2": ("JPEG2000", {}), "avif": ("AVIF", {}), "ppm": ("PPM", {}),
}  # fmt: skip
_SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp", "tiff": "tif", "jp2": "jp2"}


@cache
def pictures() -> dict[str, bytes]:
    """Return a picture of each kind by its name."""
    gray = picture()[:, :, 0].astype(np.uint16) * 257
    result = {
        name: encoded(gray if name == "png-16" else picture(), kind, **({} if name == "png-16" else dict(options)))
        for name, (kind, options) in _KINDS.items()
    }
    for name, dtype, planar in (("tiff-float", np.float32, "contig"), ("tiff-deep", np.uint16, "separate")):
        values = picture() / (255.0 if dtype is np.float32 else 1.0)
        values = np.moveaxis(values, 2, 0) if planar == "separate" else values
        stream = io.BytesIO()
        tifffile.imwrite(stream, values.astype(dtype), photometric="rgb", planarconfig=planar)
        result[name] = stream.getvalue()
    return result | _exr() | {"ktx2": UASTC}


def _exr() -> dict[str, bytes]:
    linear = (picture().astype(np.float32) / 255) ** 2.2
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.exr"
        for name in ("NO", "RLE", "ZIP", "PIZ", "PXR24", "B44", "DWAA"):
            kind = getattr(OpenEXR, f"{name}_COMPRESSION")
            dtype = np.float32 if name == "PXR24" else np.float16
            planes: dict[str, Any] = {
                channel: np.ascontiguousarray(linear[:, :, place].astype(dtype)) for place, channel in enumerate("RGB")
            }
            OpenEXR.File({"compression": kind, "type": OpenEXR.scanlineimage}, planes).write(str(path))
            result[f"exr-{name.lower()}"] = path.read_bytes()
    return result


def seeds(_: Path) -> Iterator[Seed]:
    """Yield the pictures; PNG with right checksums too. Through splices, OpenEXR and libtiff print."""
    for name, data in pictures().items():
        kind = name.partition("-")[0]
        suffix = _SUFFIXES.get(kind, kind)
        yield Seed(f"image-{name}", "image", f"wall.{suffix}", data, prints=True)
        if kind == "png":
            yield Seed(f"image-{name}-checked", "image", f"wall.{suffix}", data, wrap=checked_png, prints=True)
