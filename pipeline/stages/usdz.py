"""Pack a level's triangles and images into one USDZ."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.formats.written import usdz
from pipeline.formats.written.usdz import UsdzAbout
from pipeline.model import EncodedImage, LevelMesh


def pack_usdz(level: LevelMesh, images: Mapping[str, EncodedImage], about: UsdzAbout) -> bytes:
    """Return the USDZ of a level; see `pipeline.formats.written.usdz.write`."""
    return usdz.write(level, images, about)
