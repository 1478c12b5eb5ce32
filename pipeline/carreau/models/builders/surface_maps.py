"""How a level keeps the metal, roughness and emission of its scan: as maps, as factors, or not at all."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from carreau.base.messages import Message, Number, message
from carreau.base.model import METALLIC_ROUGHNESS, OCCLUSION_METALLIC_ROUGHNESS, PLAIN_SURFACE, SurfaceFactors
from carreau.geometry.render.reflectance import Reflectance
from carreau.models.builders.level_context import LevelContext
from carreau.models.builders.texture_budget import LEAST_PX, STEP_PX
from carreau.models.stages.bake_normal_map import FINER

EMISSIVE = "emissive"

MAP_SHARE = 0.4
"""Edge of a map of metal, roughness or emission, relative to that of the base texture, for which room is made."""


def wanted_maps(reflectance: Reflectance) -> tuple[str, ...]:
    """Return the slots of the maps that a scan brings; what is uniform needs none."""
    slots = {METALLIC_ROUGHNESS: reflectance.varies, EMISSIVE: reflectance.emission_varies}
    return tuple(slot for slot, is_wanted in slots.items() if is_wanted)


def largest_px(reflectance: Reflectance, slot: str) -> int:
    """Return the edge of a map above which it would show no more than the scan's own."""
    texels = reflectance.emission_texels if slot == EMISSIVE else reflectance.texels
    return max(math.ceil(FINER * math.sqrt(texels) / STEP_PX) * STEP_PX, LEAST_PX)


def left_out(reflectance: Reflectance, kept: Collection[str]) -> tuple[str, ...]:
    """Return the slots of the maps that a scan brings and a level does not have."""
    slots = {METALLIC_ROUGHNESS if slot == OCCLUSION_METALLIC_ROUGHNESS else slot for slot in kept}
    return tuple(slot for slot in wanted_maps(reflectance) if slot not in slots)


def surface_factors(reflectance: Reflectance) -> SurfaceFactors:
    """Return the factors of a level for what it has no map of: means, where they are fair."""
    is_fair = reflectance.is_even or not reflectance.varies
    emission = PLAIN_SURFACE.emission if reflectance.emission_varies else reflectance.emission
    if not is_fair:
        return SurfaceFactors(emission=emission)
    return SurfaceFactors(reflectance.metallic, reflectance.roughness, emission)


def explain(context: LevelContext, kept: Collection[str]) -> None:
    """Add the decision about each map that a level does not have."""
    reflectance = context.scan.appearance.value().reflectance
    for slot in left_out(reflectance, kept):
        if slot == EMISSIVE:
            context.decisions.append(message("the emission of the scan is left out: no room for a map of it"))
        elif reflectance.is_even:
            context.decisions.append(_averaged(surface_factors(reflectance)))
        else:
            context.decisions.append(
                message("metal and roughness of the scan are left out: no room for a map, and no average stands for it")
            )


def _averaged(factors: SurfaceFactors) -> Message:
    return message(
        "metal and roughness are averages (metallic %(metallic)s, roughness %(roughness)s): no room for a map",
        metallic=Number(factors.metallic, ".2f"),
        roughness=Number(factors.roughness, ".2f"),
    )


def uniform(reflectance: Reflectance) -> tuple[Message, ...]:
    """Return the decision about a surface that is the same everywhere, for the report of a scan."""
    if reflectance.is_plain or reflectance.varies or (reflectance.metallic == 0 and reflectance.roughness == 1):
        return ()
    return (
        message(
            "metal and roughness are the same everywhere (metallic %(metallic)s, roughness %(roughness)s): kept "
            "without a map",
            metallic=Number(reflectance.metallic, ".2f"),
            roughness=Number(reflectance.roughness, ".2f"),
        ),
    )


def warnings(levels: Mapping[str, Collection[str]]) -> tuple[Message, ...]:
    """Return one warning for each kind of map that levels do not have.

    levels : slots left out, by level
    """
    names = {
        slot: tuple(level for level, slots in levels.items() if slot in slots)
        for slot in (METALLIC_ROUGHNESS, EMISSIVE)
    }
    result = []
    if names[METALLIC_ROUGHNESS]:
        result.append(
            message("no room for the map of metal and roughness in: %(levels)s", levels=names[METALLIC_ROUGHNESS])
        )
    if names[EMISSIVE]:
        result.append(message("no room for the map of emission in: %(levels)s", levels=names[EMISSIVE]))
    return tuple(result)
