"""Divide the GPU memory that the base texture leaves between a normal map and an occlusion map."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.levels import Level

STEP_PX = 64
LEAST_PX = 256
"""A smaller map shows nothing beyond the triangles."""


@dataclass(frozen=True)
class TextureBudget:
    """Edges of the square maps that fit.

    normal_px, occlusion_px : texels, 0 for no map
    """

    normal_px: int
    occlusion_px: int


def gpu_bytes(width: int, height: int, is_block_compressed: bool) -> int:
    """Return the GPU memory of a texture with its mipmaps, rounded up.

    A texel takes 4 bytes as RGBA, which is what WebP and JPEG become, and 1 byte in the block formats that KTX2 becomes
    (BC7, ASTC 4x4, ETC2 with alpha); mipmaps add a third.

    >>> gpu_bytes(2048, 2048, is_block_compressed=False), gpu_bytes(4096, 4096, is_block_compressed=True)
    (22369622, 22369622)
    """
    texel_bytes = 1 if is_block_compressed else 4
    return -(-width * height * texel_bytes * 4 // 3)


def allocate(
    level: Level, base_px: int, is_block_compressed: bool, wants_normal: bool, wants_occlusion: bool
) -> TextureBudget:
    """Return the largest maps that fit beside a base texture of base_px²: the normal map comes first.

    Occlusion is smooth and gets a quarter of the area that a normal map may have, even where there is none. Edges are
    multiples of `STEP_PX`, at most `level.texture_px`, and no map is below `LEAST_PX`. A constant base (4 px or less)
    leaves all but its own few bytes.

    >>> from pipeline.levels import PHONE
    >>> allocate(PHONE, 4, is_block_compressed=False, wants_normal=True, wants_occlusion=True)
    TextureBudget(normal_px=1856, occlusion_px=896)
    """
    left = level.gpu_bytes - gpu_bytes(base_px, base_px, is_block_compressed)
    edges = range(level.texture_px // STEP_PX * STEP_PX, LEAST_PX - 1, -STEP_PX)
    if wants_normal:
        for normal_px in edges:
            occlusion_px = _half(normal_px) if wants_occlusion else 0
            if _taken(normal_px, occlusion_px, is_block_compressed) <= left:
                return TextureBudget(normal_px, occlusion_px)
        return TextureBudget(0, 0)
    if wants_occlusion:
        halves = (_half(edge) for edge in edges)
        fitting = (edge for edge in halves if edge and _taken(0, edge, is_block_compressed) <= left)
        return TextureBudget(0, next(fitting, 0))
    return TextureBudget(0, 0)


def _half(edge_px: int) -> int:
    """Return half an edge as a multiple of the step, or 0 where that would be too little."""
    half = edge_px // 2 // STEP_PX * STEP_PX
    return half if half >= LEAST_PX else 0


def _taken(normal_px: int, occlusion_px: int, is_block_compressed: bool) -> int:
    return sum(gpu_bytes(edge, edge, is_block_compressed) for edge in (normal_px, occlusion_px))
