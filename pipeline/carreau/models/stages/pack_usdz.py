"""Packing of a level's triangles and textures into one USDZ."""

from __future__ import annotations

from collections.abc import Mapping

from carreau.base.model import PLAIN_SURFACE, EncodedImage, LevelMesh, SurfaceFactors
from carreau.formats.writers import usdz
from carreau.formats.writers.usdz import UsdzAbout


def pack_usdz(
    level: LevelMesh, images: Mapping[str, EncodedImage], about: UsdzAbout, surface: SurfaceFactors = PLAIN_SURFACE
) -> bytes:
    """Return the USDZ of a level; see `carreau.formats.writers.usdz.write`."""
    return usdz.write(level, images, about, surface)
