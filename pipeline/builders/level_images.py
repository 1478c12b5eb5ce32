"""Encode what a level wears, the base colour first: it has the first word on bytes and memory."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from pipeline.builders.candidates import UASTC_BYTES_A_TEXEL, Candidate
from pipeline.builders.level_pack import pack
from pipeline.builders.level_work import KTX2, SAFETY, LevelWork, TooLarge
from pipeline.builders.texture_budget import LEAST_PX, allocate
from pipeline.cache.cache import Later, Task
from pipeline.cache.tasks import present
from pipeline.messages import Message, Number, message
from pipeline.model import ByteArray, Skin
from pipeline.stages.bake_normal_map import NormalMapOptions, NormalMapResult, bake_normal_map
from pipeline.stages.compress import estimate
from pipeline.stages.encode import DataOptions, Encoded, EncodeOptions, encode_base, encode_data

UASTC_LEAST_SHARE = 0.5
"""How much smaller UASTC may become before ETC1S is tried: a statue is 39.1 dB as UASTC at 2432² and 38.0 at 4096² as
ETC1S, which takes half the bytes."""

LEAST_TEXTURE_SHARE = 0.2
"""Share of a level's bytes that its texture is to have at least."""

GEOMETRY_AIM = 0.6
"""Share of a level's bytes that triangles get next when they left their texture too little."""

FLOAT_BYTES_A_VERTEX = 5
"""What positions left as floats may take more than 16 bits, after Brotli: reckoned, not measured."""

EXACT_SHARE = 0.25
"""Share of a file that exact positions may add: a column of 14,000 triangles gains 6 dB at desktop by them."""

TANGENT_BYTES = 16
"""Of a vertex in a plain file, which brings its tangents where it has a normal map."""

LEAST_MAP_SHARE = 0.25
"""A map below a quarter of the base texture's edge reads across the gutters of its atlas."""


def encode_images(work: LevelWork, chosen: Candidate, texture_share: float) -> dict[str, Task[Encoded]]:
    """Return the encoded images by slot, base first: it has the first word on bytes and memory."""
    if chosen.skin is None:
        return {}
    geometry = geometry_bytes(work, chosen)
    left = int(work.level.file_bytes * SAFETY - geometry)
    if left < LEAST_TEXTURE_SHARE * work.level.file_bytes:
        aim = GEOMETRY_AIM * work.level.file_bytes
        raise TooLarge(message("the triangles alone take %(size)s bytes", size=geometry), triangle_share=aim / geometry)
    left = left if work.level.texture_format == "ktx2" else int(left * texture_share)
    looks = work.ground.looks.value()
    base = _base(work, chosen, chosen.skin, int(left * (0.55 if looks.has_normal and looks.has_color else 1.0)))
    images = {"base": base}
    left -= len(base.value().image.data)
    return {**images, **_relief(work, chosen, base.value(), left)}


def geometry_bytes(work: LevelWork, chosen: Candidate) -> int:
    """Return what the level takes in its file without its images, as sent."""
    bare = pack(work, chosen, {}, {})
    if work.level.is_plain:
        return len(bare.value()) + TANGENT_BYTES * len(chosen.mesh.value().positions)
    return work.cache.step(estimate, bare, label=work.label("estimate")).value()


def exact(chosen: Candidate, images: dict[str, Task[Encoded]]) -> Candidate:
    """Keep the positions of a whole mesh as they are where that is a small part of the file."""
    if not chosen.is_whole or not images:
        return chosen
    total = sum(len(step.value().image.data) for step in images.values())
    extra = len(chosen.mesh.value().positions) * FLOAT_BYTES_A_VERTEX
    return replace(chosen, is_exact=extra <= EXACT_SHARE * (total + extra))


def _base(work: LevelWork, chosen: Candidate, skin: Task[Skin], most_bytes: int) -> Task[Encoded]:
    def encoded(codec: Literal["webp", "jpeg", "etc1s", "uastc"]) -> Task[Encoded]:
        options, label = EncodeOptions(codec, most_bytes), work.label(f"encode {codec}")
        return work.cache.step(encode_base, work.scan, work.ground.seen, chosen.mesh, skin, options, label=label)

    if work.level.texture_format != "ktx2":
        return encoded(work.level.texture_format)
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
    work.decisions.append(
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


def _relief(work: LevelWork, chosen: Candidate, base: Encoded, left: int) -> dict[str, Task[Encoded]]:
    looks, is_ktx2 = work.ground.looks.value(), base.image.media_type == KTX2
    wants_occlusion = looks.has_occlusion or not looks.has_color
    space = allocate(work.level, base.width, is_ktx2, True, wants_occlusion)
    normal_px, occlusion_px = space.normal_px, space.occlusion_px
    if is_ktx2:  # its bytes follow from its size, so the size must follow from the bytes
        most = int(math.sqrt(max(left, 0) * 0.8 / UASTC_BYTES_A_TEXEL)) // 64 * 64
        normal_px, occlusion_px = min(normal_px, most), min(occlusion_px, most // 2)
    least = max(LEAST_PX, LEAST_MAP_SHARE * base.width)
    normal_px, occlusion_px = (px if px >= least else 0 for px in (normal_px, occlusion_px))
    if max(normal_px, occlusion_px) == 0:
        if looks.has_normal or looks.has_occlusion:
            work.decisions.append(
                message("the scan's own normal or occlusion map is left out: no room beside the base texture")
            )
        return {}
    options = NormalMapOptions(normal_px, occlusion_px)
    relief = work.cache.step(bake_normal_map, work.clean, chosen.mesh, options, label=work.label("relief"))
    work.decisions += relief.value().reasons
    return _maps(work, relief, left)


def _maps(work: LevelWork, relief: Task[NormalMapResult], left: int) -> dict[str, Task[Encoded]]:
    """Return the normal and occlusion maps there are, encoded within the bytes left."""
    texture_format = work.level.texture_format
    codec: Literal["webp", "jpeg", "uastc"] = "uastc" if texture_format == "ktx2" else texture_format
    maps: list[tuple[str, float, Later[ByteArray]]] = []
    if relief.value().normal is not None:
        maps.append(("normal", 0.85, relief.part(lambda relief: present(relief.normal))))
    if relief.value().occlusion is not None:
        maps.append(("occlusion", 1.0, relief.part(lambda relief: present(relief.occlusion))))
    images: dict[str, Task[Encoded]] = {}
    for slot, share, pixels in maps:
        options = DataOptions(codec, int(left * share))
        step = work.cache.step(encode_data, pixels, options, label=work.label(f"encode {slot} of"))
        if step.value().is_within:
            images[slot] = step
            left -= len(step.value().image.data)
        else:
            limit = int(left * share)
            work.decisions.append(
                message("no normal map: it would exceed the %(limit)s bytes left", limit=limit)
                if slot == "normal"
                else message("no occlusion map: it would exceed the %(limit)s bytes left", limit=limit)
            )
    return images
