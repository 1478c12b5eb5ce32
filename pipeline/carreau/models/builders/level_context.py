"""The inputs and decisions of one level of a scan, and the bytes and GPU memory that its textures share."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from carreau.base.levels import DESKTOP, PHONE, PREVIEW, Level
from carreau.base.messages import Message, Number, message
from carreau.base.model import (
    METALLIC_ROUGHNESS,
    OCCLUSION_METALLIC_ROUGHNESS,
    PLAIN_SURFACE,
    DoubleArray,
    SurfaceFactors,
)
from carreau.base.options import ModelOptions
from carreau.geometry.render.reflectance import Reflectance
from carreau.models.builders.build_context import ScanContext
from carreau.models.stages.bake import FINER
from carreau.models.stages.encode import SMALL_PX
from carreau.runs.cache import Cache

SAFETY = 0.97
"""Share of a budget to plan with; the rest covers errors of the estimates."""

KTX2 = "image/ktx2"

SIMPLIFIED_PHONE = f"simplify {PHONE.name}"
"""Label of the step that a preview is made of too, see `level_candidates`."""

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
    "avif": ("estimate", "weigh maps of", "encode avif"),
    "webp": ("estimate", "weigh maps of", "encode webp"),
    "ktx2": ("estimate", "encode uastc", "encode etc1s"),
    "jpeg": ("weigh maps of", "encode jpeg"),
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


def left_out(reflectance: Reflectance, used: Collection[str]) -> tuple[str, ...]:
    """Return the slots of the maps that a scan brings and a level does not have."""
    slots = {METALLIC_ROUGHNESS if slot == OCCLUSION_METALLIC_ROUGHNESS else slot for slot in used}
    return tuple(slot for slot in wanted_maps(reflectance) if slot not in slots)


def surface_factors(reflectance: Reflectance) -> SurfaceFactors:
    """Return the factors of a level for what it has no map of: means, where they are fair."""
    is_fair = reflectance.is_even or not reflectance.varies
    emission = PLAIN_SURFACE.emission if reflectance.emission_varies else reflectance.emission
    if not is_fair:
        return SurfaceFactors(emission=emission)
    return SurfaceFactors(reflectance.metallic, reflectance.roughness, emission)


def explain(context: LevelContext, slots: Collection[str]) -> None:
    """Add the decision about each map that a level does not have."""
    reflectance = context.scan.appearance.value().reflectance
    for slot in left_out(reflectance, slots):
        if slot == EMISSIVE:
            context.decisions.append(message("the emission of the scan is left out: no room for a map of it"))
        elif reflectance.is_even:
            context.decisions.append(_describe_averages(surface_factors(reflectance)))
        else:
            context.decisions.append(
                message("metal and roughness of the scan are left out: no room for a map, and no average stands for it")
            )


def _describe_averages(factors: SurfaceFactors) -> Message:
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


STEP_PX = 64
LEAST_PX = 256
"""A smaller map shows nothing beyond the triangles."""

BASE_WEIGHT, NORMAL_WEIGHT, OCCLUSION_WEIGHT = 0.55, 0.38, 0.07
SURFACE_WEIGHT, EMISSIVE_WEIGHT = 0.15, 0.1
"""Parts of the bytes where there are too few for all maps of a scan."""


@dataclass(frozen=True)
class SlotNeed:
    """The bytes that one texture of a level needs.

    slot : "base", "normal", "occlusion" or another
    desired : bytes above which nothing is gained; `math.inf` for a slot that can always be finer
    least : bytes below which it is better left out; 0 for a slot that is never left out
    weight : its part of the bytes, relative to those of the other slots, where there are too few for all; a slot of
        weight 0 only gets what the others leave
    """

    slot: str
    desired: float
    least: int = 0
    weight: float = 1.0


def divide(total: int, needs: Sequence[SlotNeed]) -> dict[str, int]:
    """Return the bytes of each slot, at most as many as it desires; a slot that is left out is missing.

    Slots share by their weights. Bytes that a slot does not need go to the others, then to those of weight 0 in their
    order. A slot that gets less than its least is left out, the last first, and its bytes go to the others.

    >>> divide(1000, [SlotNeed("base", 900, weight=0.55), SlotNeed("normal", 300, least=100, weight=0.45)])
    {'base': 700, 'normal': 300}
    >>> divide(1000, [SlotNeed("base", math.inf, weight=0.55), SlotNeed("normal", 900, least=500, weight=0.45)])
    {'base': 1000}
    """
    slots = list(needs)
    while True:
        shares = _shares(total, slots)
        short = [need for need in slots if shares[need.slot] < min(need.least, need.desired)]
        if not short:
            return shares
        slots.remove(short[-1])


def _shares(total: int, needs: Sequence[SlotNeed]) -> dict[str, int]:
    shares = {need.slot: 0 for need in needs}
    left, open_slots = max(total, 0), [need for need in needs if need.weight > 0]
    while open_slots:
        unit = left / sum(need.weight for need in open_slots)
        # Slots that need less than their part get what they need, and leave the rest to the others, until none does.
        content = [need for need in open_slots if need.desired <= unit * need.weight]
        for need in content or open_slots:
            shares[need.slot] = int(min(need.desired, unit * need.weight + _ROUNDING))
        left = max(total, 0) - sum(shares.values())
        if not content:
            break
        open_slots = [need for need in open_slots if need not in content]
    for need in needs:
        if need.weight == 0:
            shares[need.slot] = int(min(need.desired, left))
            left -= shares[need.slot]
    return shares


NO_LIMITS: Mapping[str, int] = MappingProxyType({})

GAIN_STEPS = 400
"""Parts that bytes are given out in: 3 kB of a phone level's."""


def share_by_gain(
    total: int, curves: Mapping[str, Sequence[tuple[float, float]]], most: Mapping[str, int] = NO_LIMITS
) -> dict[str, int]:
    """Return the bytes of each slot with which the square errors of all are least together.

    curves : slots, each with bytes and the square error that is left with them, the fewest bytes first; no bytes leave
        a slot out. Between two, and beyond the last, the logarithm of the error falls evenly with that of the bytes
    most : bytes of slots from which on they need no more, whatever their error

    >>> base, normal = [(0, 100), (100, 4), (200, 1)], [(0, 5), (100, 2), (200, 0.5)]
    >>> shares = share_by_gain(400, {"base": base, "normal": normal})
    >>> shares["base"] > shares["normal"] > 150
    True
    >>> share_by_gain(400, {"base": base, "normal": [(0, 0.001), (100, 0)]})
    {'base': 400, 'normal': 0}
    """
    amounts = np.linspace(0, total, GAIN_STEPS + 1)
    steps = []
    for slot, curve in curves.items():
        # Only the lower hull is gone along: a step that gains little before one that gains much is one with it.
        errors, first = _errors_at(np.minimum(amounts, most.get(slot, total)), curve), 0
        while first < GAIN_STEPS:
            slopes = (errors[first + 1 :] - errors[first]) / np.arange(1, GAIN_STEPS - first + 1)
            count = int(np.argmin(slopes)) + 1
            if slopes[count - 1] >= 0:
                break
            steps.append((float(slopes[count - 1]), slot, count))
            first += count
    parts, left = dict.fromkeys(curves, 0), GAIN_STEPS
    for _, slot, count in sorted(steps, key=lambda step: step[0]):
        if count <= left:
            parts[slot] += count
            left -= count
    return {slot: total * count // GAIN_STEPS for slot, count in parts.items()}


def _errors_at(amounts: DoubleArray, curve: Sequence[tuple[float, float]]) -> DoubleArray:
    """Return the square errors that amounts of bytes, from 0 up, leave of a curve."""
    (_, absent), *tried = curve
    sizes, errors = (np.log(np.maximum(values, 1e-30)) for values in np.array(tried, np.float64).T)
    logs = np.log(np.maximum(amounts, 1e-9))
    found = np.interp(logs, sizes, errors)
    if len(sizes) > 1:
        slope = min((errors[-1] - errors[-2]) / max(sizes[-1] - sizes[-2], 1e-9), 0.0)
        found = np.where(logs > sizes[-1], errors[-1] + slope * (logs - sizes[-1]), found)
    return np.where(logs < sizes[0], absent, np.exp(found))


_ROUNDING = 1e-6
"""Of a byte, so that a share of 699.99… bytes counts as 700."""


def gpu_bytes(width: int, height: int, is_block_compressed: bool) -> int:
    """Return the GPU memory of a texture with its mipmaps, rounded up.

    A texel takes 4 bytes as RGBA, which is what WebP and JPEG become, and 1 byte in the block formats that KTX2 becomes
    (BC7, ASTC 4x4, ETC2 with alpha); mipmaps add a third.

    >>> gpu_bytes(2048, 2048, is_block_compressed=False), gpu_bytes(4096, 4096, is_block_compressed=True)
    (22369622, 22369622)
    """
    texel_bytes = 1 if is_block_compressed else 4
    return -(-width * height * texel_bytes * 4 // 3)


def map_edges(
    level: Level, base_px: int, is_block_compressed: bool, divisors: Mapping[str, int], most_texels: float = math.inf
) -> dict[str, int]:
    """Return the edges of the largest square maps that fit beside a base texture of base_px², 0 for no map.

    All slots share one edge of a full map, and each has it divided by its own number: occlusion is smooth and gets a
    quarter of the area that a normal map may have, even where there is none. Edges are multiples of `STEP_PX`, at most
    `level.texture_px`, and no map is below `LEAST_PX`. A full map (divisor 1) is never left out for a smaller one. A
    constant base (4 px or less) leaves all but its own few bytes.

    divisors : slots, with what the edge of a full map is divided by
    most_texels : of all maps together, where bytes follow the number of texels

    >>> from carreau.base.levels import PHONE
    >>> map_edges(PHONE, 4, is_block_compressed=False, divisors={"normal": 1, "occlusion": 2})
    {'normal': 1856, 'occlusion': 896}
    """
    left = level.gpu_bytes - gpu_bytes(base_px, base_px, is_block_compressed)
    for edge in range(level.texture_px // STEP_PX * STEP_PX, LEAST_PX - 1, -STEP_PX):
        edges = {slot: _divide(edge, divisor) for slot, divisor in divisors.items()}
        used = sum(gpu_bytes(px, px, is_block_compressed) for px in edges.values())
        if used <= left and sum(px * px for px in edges.values()) <= most_texels:
            return edges
    return dict.fromkeys(divisors, 0)


def _divide(edge_px: int, divisor: int) -> int:
    """Return part of an edge as a multiple of the step, or 0 where that would be too little."""
    part = edge_px // divisor // STEP_PX * STEP_PX
    return part if part >= LEAST_PX else 0
