"""Bake and encode the textures of a level; the base colour comes first, maps share the rest of the budget."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from pipeline.builders.level_context import KTX2, SAFETY, LevelContext, TooLarge
from pipeline.builders.level_pack import pack
from pipeline.builders.texture_budget import LEAST_PX, allocate
from pipeline.builders.texture_strategy import UASTC_BYTES_A_TEXEL, TextureCandidate
from pipeline.cache.cache import Later, Task
from pipeline.cache.tasks import present
from pipeline.messages import Message, Number, message
from pipeline.model import ByteArray, Skin
from pipeline.stages.bake_normal_map import NormalMapOptions, NormalMapResult, bake_normal_map
from pipeline.stages.compress import estimate
from pipeline.stages.encode import DataOptions, EncodedTexture, EncodeOptions, encode_base, encode_data

UASTC_LEAST_SHARE = 0.5
"""How much smaller UASTC may become before ETC1S is tried: a statue is 39.1 dB as UASTC at 2432² and 38.0 at 4096² as
ETC1S, which takes half the bytes."""

LEAST_TEXTURE_SHARE = 0.2
"""Least share of a level's bytes for its textures."""

GEOMETRY_AIM = 0.6
"""Share of a level's bytes for triangles in the next attempt, when they left too little for the textures."""

FLOAT_BYTES_A_VERTEX = 5
"""Additional bytes of float positions after Brotli, compared with 16 bits: an estimate, not measured."""

EXACT_SHARE = 0.25
"""Largest share of a file that float positions may add: a column of 14,000 triangles gains 6 dB at desktop."""

TANGENT_BYTES = 16
"""Of a vertex in a plain file, which has tangents where it has a normal map."""

LEAST_MAP_SHARE = 0.25
"""A smaller map, relative to the edge of the base texture, blends texels across the gutters of the atlas."""


def encode_images(
    context: LevelContext, chosen: TextureCandidate, texture_share: float
) -> dict[str, Task[EncodedTexture]]:
    """Return the encoded textures by slot, the base colour first."""
    if chosen.skin is None:
        return {}
    geometry = geometry_bytes(context, chosen)
    left = int(context.level.file_bytes * SAFETY - geometry)
    if left < LEAST_TEXTURE_SHARE * context.level.file_bytes:
        aim = GEOMETRY_AIM * context.level.file_bytes
        raise TooLarge(message("the triangles alone take %(size)s bytes", size=geometry), triangle_share=aim / geometry)
    left = left if context.level.texture_format == "ktx2" else int(left * texture_share)
    appearance = context.scan.appearance.value()
    base = _base(
        context, chosen, chosen.skin, int(left * (0.55 if appearance.has_normal and appearance.has_color else 1.0))
    )
    images = {"base": base}
    left -= len(base.value().image.data)
    return {**images, **_relief(context, chosen, base.value(), left)}


def geometry_bytes(context: LevelContext, chosen: TextureCandidate) -> int:
    """Return the bytes of the level without its textures, compressed as the file is."""
    bare = pack(context, chosen, {}, {})
    if context.level.is_plain:
        return len(bare.value()) + TANGENT_BYTES * len(chosen.mesh.value().positions)
    return context.cache.step(estimate, bare, label=context.label("estimate")).value()


def exact(chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]]) -> TextureCandidate:
    """Return the candidate with positions as floats if it has all triangles and they are a small part of the file."""
    if not chosen.is_whole or not images:
        return chosen
    total = sum(len(step.value().image.data) for step in images.values())
    extra = len(chosen.mesh.value().positions) * FLOAT_BYTES_A_VERTEX
    return replace(chosen, is_exact=extra <= EXACT_SHARE * (total + extra))


def _base(context: LevelContext, chosen: TextureCandidate, skin: Task[Skin], most_bytes: int) -> Task[EncodedTexture]:
    def encoded(codec: Literal["webp", "jpeg", "etc1s", "uastc"]) -> Task[EncodedTexture]:
        options, label = EncodeOptions(codec, most_bytes), context.label(f"encode {codec}")
        return context.cache.step(
            encode_base, context.reference, context.scan.reference_views, chosen.mesh, skin, options, label=label
        )

    if context.level.texture_format != "ktx2":
        return encoded(context.level.texture_format)
    fine = encoded("uastc")
    if fine.value().is_within:
        return fine
    size = len(fine.value().image.data)
    reason = _texture_too_large("UASTC", size, most_bytes)
    if most_bytes > UASTC_LEAST_SHARE * size:
        raise TooLarge(reason, texture_share=SAFETY * most_bytes / size)
    coarse = encoded("etc1s")
    if not coarse.value().is_within:
        size = len(coarse.value().image.data)
        raise TooLarge(_texture_too_large("ETC1S", size, most_bytes), texture_share=SAFETY * most_bytes / size)
    context.decisions.append(
        message(
            "encoded as ETC1S with %(psnr)s dB instead of %(uastc)s: %(reason)s",
            psnr=Number(coarse.value().psnr_db, ".2f"),
            uastc=Number(fine.value().psnr_db, ".2f"),
            reason=reason,
        )
    )
    return coarse


def _texture_too_large(codec: str, size_bytes: int, limit_bytes: int) -> Message:
    return message(
        "a %(codec)s texture of %(size)s bytes, over the limit of %(limit)s",
        codec=codec,
        size=size_bytes,
        limit=limit_bytes,
    )


def _relief(
    context: LevelContext, chosen: TextureCandidate, base: EncodedTexture, left: int
) -> dict[str, Task[EncodedTexture]]:
    appearance, is_ktx2 = context.scan.appearance.value(), base.image.media_type == KTX2
    wants_occlusion = appearance.has_occlusion or not appearance.has_color
    space = allocate(context.level, base.width, is_ktx2, True, wants_occlusion)
    normal_px, occlusion_px = space.normal_px, space.occlusion_px
    if is_ktx2:  # its bytes follow from its size, so the size must follow from the bytes
        most = int(math.sqrt(max(left, 0) * 0.8 / UASTC_BYTES_A_TEXEL)) // 64 * 64
        normal_px, occlusion_px = min(normal_px, most), min(occlusion_px, most // 2)
    least = max(LEAST_PX, LEAST_MAP_SHARE * base.width)
    normal_px, occlusion_px = (px if px >= least else 0 for px in (normal_px, occlusion_px))
    if max(normal_px, occlusion_px) == 0:
        if appearance.has_normal or appearance.has_occlusion:
            context.decisions.append(
                message("the scan's own normal or occlusion map is left out: no room beside the base texture")
            )
        return {}
    options = NormalMapOptions(normal_px, occlusion_px)
    relief = context.cache.step(
        bake_normal_map, context.cleaned_mesh, chosen.mesh, options, label=context.label("relief")
    )
    context.decisions += relief.value().reasons
    return _maps(context, relief, left)


def _maps(context: LevelContext, relief: Task[NormalMapResult], left: int) -> dict[str, Task[EncodedTexture]]:
    """Return the normal and occlusion maps, encoded within the remaining bytes."""
    texture_format = context.level.texture_format
    codec: Literal["webp", "jpeg", "uastc"] = "uastc" if texture_format == "ktx2" else texture_format
    maps: list[tuple[str, float, Later[ByteArray]]] = []
    if relief.value().normal is not None:
        maps.append(("normal", 0.85, relief.part(lambda relief: present(relief.normal))))
    if relief.value().occlusion is not None:
        maps.append(("occlusion", 1.0, relief.part(lambda relief: present(relief.occlusion))))
    images: dict[str, Task[EncodedTexture]] = {}
    for slot, share, pixels in maps:
        options = DataOptions(codec, int(left * share))
        step = context.cache.step(encode_data, pixels, options, label=context.label(f"encode {slot} of"))
        if step.value().is_within:
            images[slot] = step
            left -= len(step.value().image.data)
        else:
            limit = int(left * share)
            context.decisions.append(
                message("no normal map: it would exceed the %(limit)s bytes left", limit=limit)
                if slot == "normal"
                else message("no occlusion map: it would exceed the %(limit)s bytes left", limit=limit)
            )
    return images
