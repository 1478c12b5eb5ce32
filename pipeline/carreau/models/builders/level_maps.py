"""The maps of a level beside its base colour, and the bytes that each gets, by what pictures under light gain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carreau.base.messages import message
from carreau.base.model import METALLIC_ROUGHNESS, OCCLUSION_METALLIC_ROUGHNESS, ByteArray, Skin
from carreau.models.builders.level_candidates import TextureCandidate
from carreau.models.builders.level_context import (
    EMISSIVE,
    EMISSIVE_WEIGHT,
    LEAST_PX,
    NORMAL_WEIGHT,
    OCCLUSION_WEIGHT,
    SURFACE_WEIGHT,
    LevelContext,
    largest_px,
    map_edges,
    share_by_gain,
    wanted_maps,
)
from carreau.models.stages.bake import (
    NormalMapOptions,
    SurfaceMapOptions,
    bake_normal_map,
    bake_surface,
    with_occlusion,
)
from carreau.models.stages.weigh_textures import ScreenCodec, gather_textures, weigh_textures
from carreau.runs.cache import Later, Task
from carreau.runs.tasks import require

FULL_DATA_DB = 46.0
"""Likeness of the values of a map from which on more bytes do not help."""

KEPT_SHARE, ENOUGH_DATA_DB = 0.9, 43.0
"""Part of the square of the angle to the scan's normals that a normal map still takes away once it is encoded, and the
likeness that it needs for this at least: 43 dB are 1.4° off, 46 dB are 1°."""

LEAST_BYTES_A_TEXEL = 0.03
"""Of WebP and JPEG at their lowest quality, about; AVIF shows something with as few."""

LEAST_MAP_SHARE = 0.25
"""A smaller map, relative to the edge of the base texture, blends texels across the gutters of the atlas."""


@dataclass(frozen=True)
class MapImage:
    """A baked map, before it is encoded.

    slot : of the material
    values : (h, w, 3) or (h, w) uint8
    weight : its part of the bytes where they are short, as in `SlotNeed`
    is_linear : whether it holds numbers, or else colours
    enough_db : likeness of its values in pictures of the level from which on more bytes gain nothing
    """

    slot: str
    values: Later[ByteArray]
    weight: float
    is_linear: bool = True
    enough_db: float = FULL_DATA_DB

    @property
    def least_bytes(self) -> int:
        """Return the bytes below which no codec shows anything of it."""
        return int(LEAST_BYTES_A_TEXEL * self.values.value().shape[0] ** 2)


def bake_maps(
    context: LevelContext, chosen: TextureCandidate, base_px: int, is_ktx2: bool, most_texels: float = math.inf
) -> list[MapImage]:
    """Return the maps that a level has room for beside a base texture of base_px², the most important first.

    most_texels : of all maps together
    """
    appearance = context.scan.appearance.value()
    divisors = {"normal": 1, **dict.fromkeys(wanted_maps(appearance.reflectance), 1)}
    wants_occlusion = appearance.has_occlusion or not appearance.has_color
    if wants_occlusion and METALLIC_ROUGHNESS not in divisors:
        divisors["occlusion"] = 2
    least = max(LEAST_PX, LEAST_MAP_SHARE * base_px)
    edges = map_edges(context.level, base_px, is_ktx2, divisors, most_texels)
    edges = {slot: px if px >= least else 0 for slot, px in edges.items()}
    for slot in wanted_maps(appearance.reflectance):
        edges[slot] = min(edges[slot], largest_px(appearance.reflectance, slot))
    if not any(edges.values()):
        if appearance.has_normal or appearance.has_occlusion:
            context.decisions.append(
                message("the scan's own normal or occlusion map is left out: no room beside the base texture")
            )
        return []
    shared_px = edges.get(METALLIC_ROUGHNESS, 0) if wants_occlusion else 0
    options = NormalMapOptions(edges["normal"], edges.get("occlusion", shared_px))
    relief = context.cache.step(
        bake_normal_map, context.cleaned_mesh, chosen.mesh, options, label=context.label("relief")
    )
    context.decisions += relief.value().reasons
    maps = []
    if relief.value().normal is not None:
        # A map that the scan brings has its part of the bytes; one that is computed only what the colours leave.
        weight = NORMAL_WEIGHT if appearance.has_normal else 0.0
        normal: Later[ByteArray] = relief.part(lambda relief: require(relief.normal))
        maps.append(MapImage("normal", normal, weight, enough_db=_kept_db(relief.value().angle_before_deg)))
    occlusion = relief.part(lambda relief: require(relief.occlusion)) if relief.value().occlusion is not None else None
    if occlusion is not None and not edges.get(METALLIC_ROUGHNESS):
        maps.append(MapImage("occlusion", occlusion, OCCLUSION_WEIGHT))
        occlusion = None
    return [*maps, *_surface_maps(context, chosen, edges, occlusion)]


def _kept_db(angle_deg: float) -> float:
    """Return the likeness at which a normal map is encoded, by the angle that normals are off without it."""
    # A likeness in dB is an RMS of bytes, and for unit vectors an RMS angle: see `ENOUGH_DATA_DB`.
    lost = math.radians(angle_deg) * math.sqrt(1 - KEPT_SHARE)
    return min(max(20 * math.log10(2 * math.sqrt(3) / lost), ENOUGH_DATA_DB), FULL_DATA_DB)


def _surface_maps(
    context: LevelContext, chosen: TextureCandidate, edges: Mapping[str, int], occlusion: Later[ByteArray] | None
) -> list[MapImage]:
    """Return the maps of metal and roughness, with occlusion in its red channel, and of emission."""
    options = SurfaceMapOptions(edges.get(METALLIC_ROUGHNESS, 0), edges.get(EMISSIVE, 0))
    if options == SurfaceMapOptions():
        return []
    baked = context.cache.step(
        bake_surface, context.cleaned_mesh, chosen.mesh, options, label=context.label("surface of")
    )
    maps = []
    if options.metallic_roughness_px:
        surface: Later[ByteArray] = baked.part(lambda baked: require(baked.metallic_roughness))
        slot = METALLIC_ROUGHNESS
        if occlusion is not None:
            slot = OCCLUSION_METALLIC_ROUGHNESS
            surface = context.cache.step(with_occlusion, surface, occlusion, label=context.label("surface of"))
        maps.append(MapImage(slot, surface, SURFACE_WEIGHT))
    if options.emissive_px:
        light = baked.part(lambda baked: require(baked.emissive))
        maps.append(MapImage(EMISSIVE, light, EMISSIVE_WEIGHT, is_linear=False))
    return maps


def share_bytes(
    context: LevelContext,
    chosen: TextureCandidate,
    skin: Task[Skin],
    maps: Sequence[MapImage],
    total: int,
    most_base: int,
) -> dict[str, int]:
    """Return the bytes of the base colour and of maps with which pictures of the level under light lose least.

    most_base : bytes from which on the base colour needs no more
    """
    kinds = {METALLIC_ROUGHNESS: "surface", OCCLUSION_METALLIC_ROUGHNESS: "surface"}
    values = {kinds.get(each.slot, each.slot): each.values for each in maps}
    textures = context.cache.step(
        gather_textures,
        skin,
        values.get("normal"),
        values.get("occlusion"),
        values.get("surface"),
        values.get(EMISSIVE),
        label=context.label("weigh maps of"),
    )
    codec: ScreenCodec = "webp" if context.level.texture_format == "ktx2" else context.level.texture_format
    step = context.cache.step(weigh_textures, chosen.mesh, textures, codec, label=context.label("weigh maps of"))
    shares = share_by_gain(total, step.value(), {"base": most_base})
    return {"base": shares["base"], **{each.slot: shares[kinds.get(each.slot, each.slot)] for each in maps}}
