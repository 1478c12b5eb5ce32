"""Packing of a level's triangles and textures into one USDZ."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.formats.writers import usdz
from pipeline.formats.writers.usdz import UsdzAbout
from pipeline.model import PLAIN_SURFACE, EncodedImage, LevelMesh, SurfaceFactors


def pack_usdz(
    level: LevelMesh, images: Mapping[str, EncodedImage], about: UsdzAbout, surface: SurfaceFactors = PLAIN_SURFACE
) -> bytes:
    """Return the USDZ of a level; see `pipeline.formats.writers.usdz.write`."""
    return usdz.write(level, images, about, surface)
