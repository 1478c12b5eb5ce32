"""Metal, roughness and emission of a scan at places on its faces, and what of them varies over its surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Material, Mesh, TextureSlot
from carreau.formats.images.image import decode
from carreau.geometry.render.image_resampling import fill_texels
from carreau.geometry.render.normal_map import REACH_PX, texels_on
from carreau.geometry.render.raycasting import Scene, hits_at
from carreau.geometry.render.sampling import SlotOf, map_values, to_linear, to_srgb
from carreau.geometry.triangles import face_areas

PROBES = 60_000
"""Places on the surface that are looked at: a patch of a thousandth of it has 60."""

ALIKE = 0.06
"""Largest difference from the usual value that is none to the eye: 15 of 255, and above the noise of JPEG."""

LEAST_SHARE = 0.001
"""Least share of the surface that differs, for a map to be worth having."""

LEAST_GLOW = 0.004
"""Linear light below which emission is black: a step of sRGB near it."""

MOST_SPREAD = 0.15
"""Largest standard deviation of values that one average may stand for."""


@dataclass(frozen=True)
class Reflectance:
    """How a scan's surface reflects and emits light.

    metallic, roughness : means over the surface, 0..1
    varies : whether they differ from place to place, so that a map is needed
    is_even : whether the means may stand for a map that there is no room for
    emission : (r, g, b) mean of the linear light that it emits, 0..1
    emission_varies : whether that differs from place to place
    texels, emission_texels : of the textures of either, 0 where no map is needed
    """

    metallic: float = 0.0
    roughness: float = 1.0
    varies: bool = False
    is_even: bool = True
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emission_varies: bool = False
    texels: int = 0
    emission_texels: int = 0

    @property
    def is_plain(self) -> bool:
        """Return whether the surface is rough, not metallic, and emits nothing, as that of most scans."""
        is_matt = not self.varies and self.metallic == 0 and self.roughness == 1
        return is_matt and not self.emission_varies and not any(self.emission)


MATT = Reflectance()


def measure_reflectance(mesh: Mesh) -> Reflectance:
    """Return the reflectance of a mesh, from its textures' pixels at places all over its surface."""
    used = [mesh.materials[index] for index in np.unique(mesh.face_materials)]
    if not any(map(_is_special, used)):
        return MATT
    # Places spread evenly over the surface, as texels of a texture may be unused or stretched.
    faces, barycentrics = _probes(mesh)
    surface = metallic_roughness_at(mesh, faces, barycentrics)
    light = emission_at(mesh, faces, barycentrics)
    metallic, roughness = (_settle(surface[:, channel]) for channel in (0, 1))
    glow = np.where(light.max(axis=1) < LEAST_GLOW, np.float32(0), light.max(axis=1))
    has_light = bool(_share(glow > 0) > LEAST_SHARE)
    red, green, blue = (_settle(light[:, channel]) if has_light else 0.0 for channel in range(3))
    varies = any(_varies(surface[:, channel]) for channel in (0, 1))
    emission_varies = has_light and any(_varies(light[:, channel]) for channel in range(3))
    maps = [slot for material in used for slot in (material.metallic_map, material.roughness_map)]
    return Reflectance(
        metallic=metallic,
        roughness=roughness,
        varies=varies,
        is_even=bool((surface.std(axis=0) <= MOST_SPREAD).all()),
        emission=(red, green, blue),
        emission_varies=emission_varies,
        texels=_texels(maps) if varies else 0,
        emission_texels=_texels([material.emissive for material in used]) if emission_varies else 0,
    )


def metallic_roughness_at(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 2) float32 metallic and roughness 0..1 at k places on faces; 0 and 1 where their map has no texels."""
    metallic = _channel(mesh, faces, barycentrics, lambda material: material.metallic_map, 2)
    roughness = _channel(mesh, faces, barycentrics, lambda material: material.roughness_map, 1)
    factors = np.array([(m.metallic, m.roughness) for m in mesh.materials], np.float32)[mesh.face_materials[faces]]
    has_map = np.array([(m.metallic_map is not None, m.roughness_map is not None) for m in mesh.materials])
    # A map that has no texel at a place (no texture coordinates) says nothing there: rough and not
    # metallic is the safe guess.
    is_lost = (has_map[mesh.face_materials[faces]] & np.isnan(np.stack([metallic, roughness], axis=1))).any(axis=1)
    values = factors * np.nan_to_num(np.stack([metallic, roughness], axis=1), nan=1.0)
    values[is_lost] = (0, 1)
    return values.astype(np.float32)


def emission_at(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 linear light 0..1 that k places on faces emit; none where a map has no texels."""
    colors = np.array([material.emissive_color for material in mesh.materials], np.float32)
    factors = colors[mesh.face_materials[faces]]
    if not colors.any():
        return factors
    has_map = np.array([material.emissive is not None for material in mesh.materials])[mesh.face_materials[faces]]
    texels = map_values(mesh, lambda material: material.emissive, faces, barycentrics, decode)
    light = np.where(np.isnan(texels), np.where(has_map[:, None], 0, 1), to_linear(np.nan_to_num(texels)))
    return (factors * light).astype(np.float32)


def _texels(slots: list[TextureSlot | None]) -> int:
    textures = {slot.texture.data: slot.texture for slot in slots if slot is not None}  # the cache copies textures
    return sum(texture.width * texture.height for texture in textures.values())


def _is_special(material: Material) -> bool:
    """Return whether anything of a material may differ from a rough one that is not metallic."""
    has_map = material.metallic_map is not None or material.roughness_map is not None
    return has_map or material.metallic != 0 or material.roughness != 1 or any(material.emissive_color)


def _channel(mesh: Mesh, faces: IntArray, barycentrics: FloatArray, slot_of: SlotOf, channel: int) -> FloatArray:
    """Return (k,) float32 0..1 of one channel of a map, NaN where there is none."""
    if not any(slot_of(material) for material in mesh.materials):
        return np.full(len(faces), np.nan, np.float32)
    return map_values(mesh, slot_of, faces, barycentrics)[:, channel] / np.float32(255)


def _probes(mesh: Mesh) -> tuple[IntArray, FloatArray]:
    """Return faces (k,) and barycentrics (k, 2) spread evenly over the surface, the same every time."""
    areas = np.cumsum(np.nan_to_num(face_areas(mesh.positions, mesh.faces).astype(np.float64)))
    if not len(areas) or areas[-1] <= 0:
        return np.zeros(0, np.int32), np.zeros((0, 2), np.float32)
    # Equal steps through the running sum of areas: a face gets as many probes as its area is worth.
    steps = (np.arange(PROBES) + 0.5) / PROBES * areas[-1]
    faces = np.minimum(np.searchsorted(areas, steps), len(areas) - 1).astype(np.int32)
    turn = np.arange(PROBES)
    u, v = (turn * 0.7548776662466927) % 1, (turn * 0.5698402909980532) % 1  # the R2 sequence of M. Roberts
    over = u + v > 1
    uv = np.stack([np.where(over, 1 - u, u), np.where(over, 1 - v, v)], axis=1)
    return faces, uv.astype(np.float32)


def _varies(values: FloatArray) -> bool:
    return bool(len(values)) and _share(np.abs(values - np.median(values)) > ALIKE) > LEAST_SHARE


def _share(is_so: np.ndarray) -> float:
    return float(is_so.mean()) if len(is_so) else 0.0


def _settle(values: FloatArray) -> float:
    """Return the mean to two decimals, of values that vary a little and of those that do not."""
    return round(float(values.mean()), 2) if len(values) else 0.0


ValuesAt = Callable[[IntArray, FloatArray], FloatArray]
"""Returns (k, c) float32 values at k places on faces of the scan."""


def carried_occlusion(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> ByteArray:
    """Return (h, w) uint8: the scan's own occlusion maps at their strength; open where it has none."""
    strengths = np.array([material.occlusion_strength for material in scan.materials], np.float32)

    def openness_at(faces: IntArray, barycentrics: FloatArray) -> FloatArray:
        values = map_values(scan, lambda material: material.occlusion, faces, barycentrics)[:, :1]
        share = strengths[scan.face_materials[faces]][:, None]
        return np.where(share == 1, np.nan_to_num(values, nan=255.0), _weaken(values, share)).astype(np.float32)

    return round_bytes(_carry(scene, level, edge_px, samples, openness_at, 1))[:, :, 0]


def carried_metallic_roughness(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> ByteArray:
    """Return (h, w, 3) uint8 as glTF packs them: green is roughness, blue is metal; red is 255."""

    def surface_at(faces: IntArray, barycentrics: FloatArray) -> FloatArray:
        metallic, roughness = metallic_roughness_at(scan, faces, barycentrics).T
        return 255 * np.stack([np.ones_like(metallic), roughness, metallic], axis=1)

    return round_bytes(_carry(scene, level, edge_px, samples, surface_at, 3))


def carried_emission(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> ByteArray:
    """Return (h, w, 3) uint8 sRGB of the light that the scan emits; it is averaged as light."""
    light = _carry(scene, level, edge_px, samples, lambda *places: emission_at(scan, *places), 3)
    return round_bytes(to_srgb(light))


def _weaken(values: FloatArray, share: FloatArray) -> FloatArray:
    """Return occlusion 0..255 of which only a share counts, as glTF's `strength` has it."""
    return 255 + share * (np.nan_to_num(values, nan=255.0) - 255)


def _carry(
    scene: Scene, level: LevelMesh, edge_px: int, samples: int, values_at: ValuesAt, channels: int
) -> FloatArray:
    """Return (h, w, c) float32: means of the values in each texel, and of its surroundings in the gutters."""
    total, count = np.zeros((channels, edge_px**2)), np.zeros(edge_px**2)
    # Finer places inside the charts, and each texel's own centre, which also covers the rim.
    for texels in (texels_on(level, edge_px * samples, 0.0), texels_on(level, edge_px, REACH_PX)):
        hits = hits_at(scene, level, texels)
        values = values_at(hits.faces, hits.barycentrics)
        columns, rows = texels.centres(edge_px).astype(np.int64).T
        places = rows * edge_px + columns
        for channel in range(channels):
            total[channel] += np.bincount(places, values[:, channel], edge_px**2)
        count += np.bincount(places, minlength=edge_px**2)
    means = (total / np.maximum(count, 1)).T.astype(np.float32)
    return fill_texels(means.reshape(edge_px, edge_px, channels), (count > 0).reshape(edge_px, edge_px))


def round_bytes(values: FloatArray) -> ByteArray:
    """Return values as the nearest bytes."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
