"""The inputs and decisions of one level of a scan, shared by the steps of its build."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from carreau.base.levels import DESKTOP, PHONE, PREVIEW, Level
from carreau.base.messages import Message, Number, message
from carreau.base.model import METALLIC_ROUGHNESS, OCCLUSION_METALLIC_ROUGHNESS, PLAIN_SURFACE, SurfaceFactors
from carreau.base.options import ModelOptions
from carreau.geometry.render.reflectance import Reflectance
from carreau.models.builders.scan_context import ScanContext
from carreau.models.builders.texture_budget import LEAST_PX, STEP_PX
from carreau.models.stages.bake_maps import FINER
from carreau.models.stages.encode import SMALL_PX
from carreau.runs.cache import Cache

SAFETY = 0.97
"""Share of a budget to plan with; the rest covers errors of the estimates."""

KTX2 = "image/ktx2"

SIMPLIFIED_PHONE = f"simplify {PHONE.name}"
"""Label of the step that a preview is made of too, see `texture_strategy`."""

_CANDIDATES = (
    "keep", "weigh own atlas of", "bake own atlas of", "judge", "simplify", "unwrap", "weigh new atlas of",
    "bake new atlas of", "pack",
)  # fmt: skip
_MAPS = (
    "relief", "surface of", "encode normal of", "encode occlusion of", "encode metallic_roughness of",
    "encode occlusion_metallic_roughness of", "encode emissive of", "measure",
)  # fmt: skip
_COMPRESSED = (
    "read back", "compress", "pack plain", "check plain", "check",
)  # fmt: skip
_PAIR = ("read back", "pack usdz", "agree", "check", "check usdz", "scale", "check table", "check table usdz")
_COLORS: dict[str, tuple[str, ...]] = {
    "avif": ("estimate", "encode avif"),
    "webp": ("estimate", "encode webp"),
    "ktx2": ("estimate", "encode uastc", "encode etc1s"),
    "jpeg": ("encode jpeg",),
}


def labels(level: Level) -> tuple[str, ...]:
    """Return the labels of all steps that a level of a scan may have, in their order."""
    small = ("small base of",) if has_small_base(level) else ()
    last = _PAIR if level.is_plain else _COMPRESSED
    verbs = (*_CANDIDATES, *small, *_COLORS[level.texture_format], *_MAPS, *last, "show")
    finer = (SIMPLIFIED_PHONE,) if level is PREVIEW else ()
    return (*finer, *(f"{verb} {level.name}" for verb in verbs))


def has_small_base(level: Level) -> bool:
    """Return whether a level is so large that viewers on a slow line show its beginning: not one that comes at once."""
    return level.texture_format in ("avif", "webp") and level.texture_px > 2 * SMALL_PX


def is_for_large_screens(level: Level) -> bool:
    """Return whether a level is the most detailed one, in either encoding."""
    return level.quality == DESKTOP.name


class TooLarge(Exception):  # noqa: N818 - not an error but a turn of the loop
    """A version of the level is over its budget.

    reason : the limit that it exceeds
    texture_share, triangle_share : for the next attempt, as shares of the texture's size and of the triangles
    """

    def __init__(self, reason: Message, texture_share: float = 1.0, triangle_share: float = 1.0) -> None:
        """Keep the reason and the shares."""
        super().__init__(reason)
        self.reason = reason
        self.texture_share, self.triangle_share = texture_share, triangle_share


def usdz_too_large(size_bytes: int, limit_bytes: int) -> Message:
    """Return why a USDZ is over the budget of its level."""
    return message("a USDZ file of %(size)s bytes, over the limit of %(limit)s", size=size_bytes, limit=limit_bytes)


class LevelContext:
    """The inputs of a level, and the decisions so far."""

    def __init__(self, level: Level, scan: ScanContext, options: ModelOptions, cache: Cache) -> None:
        """Begin without a decision."""
        self.level, self.scan, self.options, self.cache = level, scan, options, cache
        self.decisions: list[Message] = []
        self.winner = ""
        self.reference, self.cleaned_mesh = scan.reference, scan.mesh

    def label(self, verb: str) -> str:
        """Return the label of a step of this level."""
        return f"{verb} {self.level.name}"


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
