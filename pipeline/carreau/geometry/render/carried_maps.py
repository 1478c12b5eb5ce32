"""Data maps of a scan, laid out as the atlas of a level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh
from carreau.geometry.render.correspondence import hits_at
from carreau.geometry.render.data_maps import map_values
from carreau.geometry.render.image_resampling import filled
from carreau.geometry.render.normal_map import REACH_PX, texels_on
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.reflectance import emission_at, metallic_roughness_at
from carreau.geometry.render.sampling import to_srgb

ValuesAt = Callable[[IntArray, FloatArray], FloatArray]
"""Returns (k, c) float32 values at k places on faces of the scan."""


def carried_occlusion(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> ByteArray:
    """Return (h, w) uint8: the scan's own occlusion maps at their strength; open where it has none."""
    strengths = np.array([material.occlusion_strength for material in scan.materials], np.float32)

    def openness_at(faces: IntArray, barycentrics: FloatArray) -> FloatArray:
        values = map_values(scan, lambda material: material.occlusion, faces, barycentrics)[:, :1]
        share = strengths[scan.face_materials[faces]][:, None]
        return np.where(share == 1, np.nan_to_num(values, nan=255.0), _weakened(values, share)).astype(np.float32)

    return rounded(_carried(scene, level, edge_px, samples, openness_at, 1))[:, :, 0]


def carried_metallic_roughness(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> ByteArray:
    """Return (h, w, 3) uint8 as glTF packs them: green is roughness, blue is metal; red is 255."""

    def surface_at(faces: IntArray, barycentrics: FloatArray) -> FloatArray:
        metallic, roughness = metallic_roughness_at(scan, faces, barycentrics).T
        return 255 * np.stack([np.ones_like(metallic), roughness, metallic], axis=1)

    return rounded(_carried(scene, level, edge_px, samples, surface_at, 3))


def carried_emission(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> ByteArray:
    """Return (h, w, 3) uint8 sRGB of the light that the scan emits; it is averaged as light."""
    light = _carried(scene, level, edge_px, samples, lambda *places: emission_at(scan, *places), 3)
    return rounded(to_srgb(light))


def _weakened(values: FloatArray, share: FloatArray) -> FloatArray:
    """Return occlusion 0..255 of which only a share counts, as glTF's `strength` has it."""
    return 255 + share * (np.nan_to_num(values, nan=255.0) - 255)


def _carried(
    scene: Scene, level: LevelMesh, edge_px: int, samples: int, values_at: ValuesAt, channels: int
) -> FloatArray:
    """Return (h, w, c) float32: means of the values in each texel, and of its surroundings in the gutters."""
    total, count = np.zeros((channels, edge_px**2)), np.zeros(edge_px**2)
    for texels in (texels_on(level, edge_px * samples, 0.0), texels_on(level, edge_px, REACH_PX)):
        hits = hits_at(scene, level, texels)
        values = values_at(hits.faces, hits.barycentrics)
        columns, rows = texels.centres(edge_px).astype(np.int64).T
        places = rows * edge_px + columns
        for channel in range(channels):
            total[channel] += np.bincount(places, values[:, channel], edge_px**2)
        count += np.bincount(places, minlength=edge_px**2)
    means = (total / np.maximum(count, 1)).T.astype(np.float32)
    return filled(means.reshape(edge_px, edge_px, channels), (count > 0).reshape(edge_px, edge_px))


def rounded(values: FloatArray) -> ByteArray:
    """Return values as the nearest bytes."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
