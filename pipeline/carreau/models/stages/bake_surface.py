"""Baking of how a scan reflects and emits light on the atlas of a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import ByteArray, LevelMesh, Mesh
from carreau.geometry.render.carried_maps import carried_emission, carried_metallic_roughness
from carreau.geometry.render.raycasting import scene_of

MOST_SAMPLES_PX = 4096


@dataclass(frozen=True)
class SurfaceMapOptions:
    """Sizes of the maps.

    metallic_roughness_px, emissive_px : texels along an edge, 0 (none) to 8192
    """

    metallic_roughness_px: int = 0
    emissive_px: int = 0


@dataclass(frozen=True, eq=False)
class SurfaceMaps:
    """Maps over a level's atlas.

    metallic_roughness : (h, w, 3) uint8, 255, roughness and metallic, or None
    emissive : (h, w, 3) uint8 sRGB, or None
    """

    metallic_roughness: ByteArray | None
    emissive: ByteArray | None


def bake_surface(scan: Mesh, level: LevelMesh, options: SurfaceMapOptions) -> SurfaceMaps:
    """Return the maps of a level: each texel as the scan is where a ray along the level's normal meets it.

    Raises ValueError for a level without texture coordinates.
    """
    scene = scene_of(scan.positions, scan.faces)
    surface, emissive = options.metallic_roughness_px, options.emissive_px
    return SurfaceMaps(
        carried_metallic_roughness(scan, scene, level, surface, _samples(surface)) if surface else None,
        carried_emission(scan, scene, level, emissive, _samples(emissive)) if emissive else None,
    )


def with_occlusion(metallic_roughness: ByteArray, occlusion: ByteArray) -> ByteArray:
    """Return a map (h, w, 3) with occlusion (h, w) in its red channel, which glTF leaves free for it."""
    return np.dstack([occlusion, metallic_roughness[:, :, 1:]])


def _samples(edge_px: int) -> int:
    return 2 if 2 * edge_px <= MOST_SAMPLES_PX else 1
