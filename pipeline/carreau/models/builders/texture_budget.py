"""Divide the bytes and the GPU memory of a level between its textures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carreau.base.levels import Level

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
        edges = {slot: _divided(edge, divisor) for slot, divisor in divisors.items()}
        used = sum(gpu_bytes(px, px, is_block_compressed) for px in edges.values())
        if used <= left and sum(px * px for px in edges.values()) <= most_texels:
            return edges
    return dict.fromkeys(divisors, 0)


def _divided(edge_px: int, divisor: int) -> int:
    """Return part of an edge as a multiple of the step, or 0 where that would be too little."""
    part = edge_px // divisor // STEP_PX * STEP_PX
    return part if part >= LEAST_PX else 0
