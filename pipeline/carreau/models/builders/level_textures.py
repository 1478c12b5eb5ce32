"""Bake and encode the textures of a level; the base colour comes first, maps share the rest of the budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from carreau.base.messages import Message, Number, message
from carreau.base.model import METALLIC_ROUGHNESS, OCCLUSION_METALLIC_ROUGHNESS, AlphaMode, Skin
from carreau.formats.images.image_codecs import PNG, Trials
from carreau.models.builders.level_candidates import (
    CLEAR_DB,
    UASTC_BYTES_A_TEXEL,
    TextureCandidate,
    alpha_mode,
    base_bytes,
    pack,
)
from carreau.models.builders.level_context import (
    BASE_WEIGHT,
    EMISSIVE,
    SAFETY,
    LevelContext,
    SlotNeed,
    TooLarge,
    divide,
    explain,
    has_small_base,
    is_for_large_screens,
    wanted_maps,
)
from carreau.models.builders.level_maps import FULL_DATA_DB, MapImage, bake_maps, share_bytes
from carreau.models.stages.encode import (
    LEAST_AVIF_PX,
    SMALL_BYTES,
    DataOptions,
    EncodedTexture,
    EncodeOptions,
    compress,
    encode_as_seen,
    encode_base,
    encode_data,
    estimate,
    try_base,
    try_data,
)
from carreau.runs.cache import Task

Codec = Literal["avif", "webp", "jpeg", "etc1s", "uastc"]

UASTC_LEAST_SHARE = 0.5
"""How much smaller UASTC may become before ETC1S is tried: a statue is 39.1 dB as UASTC at 2432² and 38.0 at 4096² as
ETC1S, which takes half the bytes."""

FULL_LOSS_DB = 0.1
"""Loss of a base colour from which on more bytes do not help: it is what is given where bytes are left."""

FILLED = 0.985
"""Share of a level's bytes to fill where those of a texture follow its quality; the estimate of triangles is high."""

LEAST_TEXTURE_SHARE = 0.2
"""Least share of a level's bytes for its textures."""

GEOMETRY_AIM = 0.65
"""Share of a level's bytes for triangles in the next attempt, when they left too little for the textures."""

TRIANGLE_POWER = 0.75
"""Of the number of triangles, with which their bytes grow: clouds of 80,000 and 44,000 take 532 and 337 kB."""

LIGHT_SHARES = 0.4, 0.5
"""Both for a light level with a texture: a headframe is 28.6 dB with 43,000 triangles, SSIM 0.902, and 28.4 dB with
60,000, SSIM 0.874."""

TANGENT_BYTES = 16
"""Of a vertex in a plain file, which has tangents where it has a normal map."""

LARGE_LOSS_DB = 0.6
"""Loss of a base colour for large screens: a statue at 3072² takes 1.9 MB for it, and half as much again for 0.2."""

LARGE_DB = 56.0
"""Likeness of a level for large screens from which on its base colour gets no more bytes: a column of 14,000 triangles
is 53.2 dB with it, 51.7 with 50 dB, and 52.3 as KTX2."""

TRIAL_EXCESS = 1.1
"""Bytes of an image that are planned for one of a trial: AVIF takes 1.14 times its trial at its lowest qualities, and
fewer from 50 on."""

WORTH_SHARE = 0.05
"""Share of a level's bytes that is worth encoding a map again for."""


def encode_images(
    context: LevelContext, chosen: TextureCandidate, texture_share: float
) -> dict[str, Task[EncodedTexture]]:
    """Return the encoded textures by slot, the base colour first."""
    images = _encode(context, chosen, texture_share)
    explain(context, images)
    return images


def _encode(context: LevelContext, chosen: TextureCandidate, texture_share: float) -> dict[str, Task[EncodedTexture]]:
    if chosen.skin is None:
        return {}
    geometry = geometry_bytes(context, chosen)
    safety = SAFETY if context.level.texture_format == "ktx2" else FILLED
    left = int(context.level.file_bytes * safety - geometry)
    if has_small_base(context.level):
        left -= SMALL_BYTES
    is_light = context.level.texture_format == "avif" and chosen.skin.value().base.shape[1] > LEAST_AVIF_PX
    least_share, geometry_aim = LIGHT_SHARES if is_light else (LEAST_TEXTURE_SHARE, GEOMETRY_AIM)
    if left < least_share * context.level.file_bytes:
        aim = geometry_aim * context.level.file_bytes
        raise TooLarge(
            message("the triangles alone take %(size)s bytes", size=geometry),
            triangle_share=(aim / geometry) ** (1 / TRIANGLE_POWER),
        )
    if context.level.texture_format == "ktx2":
        return _by_size(context, chosen, chosen.skin, left)
    left = int(left * texture_share)
    if is_for_large_screens(context.level):
        return _by_gain(context, chosen, chosen.skin, left)
    maps = bake_maps(context, chosen, chosen.skin.value().base.shape[1], False)
    return _by_quality(context, chosen, chosen.skin, left, maps)


def _by_gain(
    context: LevelContext, chosen: TextureCandidate, skin: Task[Skin], left: int
) -> dict[str, Task[EncodedTexture]]:
    """Return textures that grow as long as pictures of the level gain by it; bytes may be left over.

    The base colour comes first, and a map that is computed takes what it leaves, if that is worth baking one. Maps that
    the scan brings come first where all fit, and share the bytes with it where they do not.
    """
    appearance, edge = context.scan.appearance.value(), skin.value().base.shape[1]
    if appearance.has_normal or appearance.has_occlusion or wanted_maps(appearance.reflectance):
        maps = bake_maps(context, chosen, edge, False)
        images = {each.slot: _as_seen(context, chosen, each, left) for each in maps}
        base = _base(context, chosen, skin, left, "webp", LARGE_LOSS_DB)
        is_short = _size(base) + sum(map(_size, images.values())) > left
        return _by_quality(context, chosen, skin, left, maps) if is_short else {"base": base, **images}
    images = {"base": _base(context, chosen, skin, left, "webp", LARGE_LOSS_DB)}
    left -= _size(images["base"])
    if left < WORTH_SHARE * context.level.file_bytes:
        context.decisions.append(_left_out("normal", max(left, 0)))
        return images
    maps = bake_maps(context, chosen, edge, False)
    return images | _that_fit(context, maps, left, lambda each, most: _as_seen(context, chosen, each, most))


def _as_seen(context: LevelContext, chosen: TextureCandidate, image: MapImage, most_bytes: int) -> Task[EncodedTexture]:
    return context.cache.step(
        encode_as_seen,
        context.scan.reference_views,
        chosen.mesh,
        image.values,
        DataOptions("jpeg", most_bytes, image.enough_db, image.is_linear),
        label=context.label(f"encode {image.slot} of"),
    )


CHEAP_SHARE = 0.1
"""Part of the bytes up to which a map has what it needs, without weighing: metal and roughness of a bronze that needed
95 kB of 970 were off by more than 8 of 255 on 5 % of the surface, not 2 %, with 75 kB."""


def _by_quality(
    context: LevelContext, chosen: TextureCandidate, skin: Task[Skin], left: int, maps: Sequence[MapImage]
) -> dict[str, Task[EncodedTexture]]:
    """Return textures whose bytes follow their quality; bytes that one does not need go to the others."""
    texture_format = context.level.texture_format
    codec: Codec = "webp" if texture_format == "ktx2" else texture_format
    if not maps:
        base = _base(context, chosen, skin, left, codec, FULL_LOSS_DB)
        _refuse_large_png(base.value(), left)
        return {"base": base}
    tried = {each.slot: _tried_data(context, each, left) for each in maps}
    tried_base = _tried_base(context, chosen, skin, left, codec)
    chosen = replace(chosen, trials=tried_base)
    # Quick trials say what each image needs; then maps are encoded within their share, and the base
    # gets all that is left.
    needs = _needs(tried_base, maps, tried)
    shares, enough_db = divide(left, needs), DataOptions.enough_db
    desired = {need.slot: need.desired for need in needs if need.weight}
    costly = [each for each in maps if each.weight and desired[each.slot] > CHEAP_SHARE * left]
    if costly and sum(desired.values()) > left:
        # Too few bytes for the colours and for the maps that the scan brings: each goes where it shows most.
        cheap = {slot: share for slot, share in shares.items() if slot not in {"base", *(each.slot for each in costly)}}
        rest = left - sum(cheap.values())
        shares = {**share_bytes(context, chosen, skin, costly, rest, int(desired["base"])), **cheap}
        enough_db = FULL_DATA_DB
    # An image of a few kilobytes may take an eighth more than its trial.
    spare = max(left - sum(shares.values()), 0) // len(maps)
    images: dict[str, Task[EncodedTexture]] = {}
    for each in maps:
        share = shares.get(each.slot, 0)
        step = _data(context, each, share + spare, enough_db, tried[each.slot]) if share else None
        if step is not None and step.value().is_within:
            images[each.slot] = step
        else:
            context.decisions.append(_left_out(each.slot, share))
    base = _base(context, chosen, skin, left - sum(map(_size, images.values())), codec, FULL_LOSS_DB)
    # The base colour goes before any map: the last map is left out until it fits.
    while images and not base.value().is_within:
        slot, _ = images.popitem()
        rest = left - sum(map(_size, images.values()))
        context.decisions.append(_left_out(slot, max(rest - _size(base), 0)))
        base = _base(context, chosen, skin, rest, codec, FULL_LOSS_DB)
    _refuse_large_png(base.value(), left - sum(map(_size, images.values())))
    images = {"base": base, **images}
    return images if codec == "avif" else images | _finer(context, chosen, maps, images, left)


def _refuse_large_png(base: EncodedTexture, most_bytes: int) -> None:
    """Raise TooLarge for a base colour with alpha, in a plain file, whose bytes follow its size."""
    if base.codec == PNG.name and not base.is_within:
        size = len(base.image.data)
        raise TooLarge(_texture_too_large("PNG", size, most_bytes), texture_share=SAFETY * max(most_bytes, 1) / size)


def _needs(base: Task[Trials], maps: Sequence[MapImage], tried: Mapping[str, Task[Trials]]) -> list[SlotNeed]:
    """Return what each slot needs, the base colour first."""
    sizes = {slot: int(TRIAL_EXCESS * step.value().size) for slot, step in (("base", base), *tried.items())}
    own = SlotNeed("base", sizes["base"], weight=BASE_WEIGHT)
    return [own, *(SlotNeed(each.slot, sizes[each.slot], each.least_bytes, each.weight) for each in maps)]


def _finer(
    context: LevelContext,
    chosen: TextureCandidate,
    maps: Sequence[MapImage],
    images: Mapping[str, Task[EncodedTexture]],
    total: int,
) -> dict[str, Task[EncodedTexture]]:
    """Return maps with the bytes that are left when the base colour needs no more, if that shows.

    Of a skull without colour, a normal map of 1856² takes 671 kB at 46 dB in its texels, and 166 kB in pictures.
    """
    finer: dict[str, Task[EncodedTexture]] = {}
    for each in maps:
        left = total - sum(map(_size, {**images, **finer}.values()))
        if each.slot in images and left > WORTH_SHARE * context.level.file_bytes:
            most = _size(images[each.slot]) + left
            is_shown = context.level.texture_format == "webp"
            finer[each.slot] = (
                _as_seen(context, chosen, each, most) if is_shown else _data(context, each, most, FULL_DATA_DB)
            )
    return finer


def _data(
    context: LevelContext,
    image: MapImage,
    most_bytes: int,
    enough_db: float = DataOptions.enough_db,
    known: Task[Trials] | None = None,
) -> Task[EncodedTexture]:
    options = _data_options(context, image, most_bytes, enough_db)
    return context.cache.step(encode_data, image.values, options, known, label=context.label(f"encode {image.slot} of"))


def _tried_data(context: LevelContext, image: MapImage, most_bytes: int) -> Task[Trials]:
    options = _data_options(context, image, most_bytes, DataOptions.enough_db)
    return context.cache.step(try_data, image.values, options, label=context.label(f"encode {image.slot} of"))


def _data_options(context: LevelContext, image: MapImage, most_bytes: int, enough_db: float) -> DataOptions:
    texture_format = context.level.texture_format
    codec: Literal["avif", "webp", "jpeg", "uastc"] = "uastc" if texture_format == "ktx2" else texture_format
    return DataOptions(codec, most_bytes, enough_db, image.is_linear)


def _size(step: Task[EncodedTexture]) -> int:
    return len(step.value().image.data)


def _left_out(slot: str, limit: int) -> Message:
    if slot == "normal":
        return message("no normal map: it would exceed the %(limit)s bytes left", limit=limit)
    if slot in (METALLIC_ROUGHNESS, OCCLUSION_METALLIC_ROUGHNESS):
        return message("no map of metal and roughness: it would exceed the %(limit)s bytes left", limit=limit)
    if slot == EMISSIVE:
        return message("no map of emission: it would exceed the %(limit)s bytes left", limit=limit)
    return message("no occlusion map: it would exceed the %(limit)s bytes left", limit=limit)


def _by_size(
    context: LevelContext, chosen: TextureCandidate, skin: Task[Skin], left: int
) -> dict[str, Task[EncodedTexture]]:
    """Return KTX2 textures, whose bytes follow their size: the base colour first, then maps as large as is left."""
    base = _block_base(context, chosen, skin, base_bytes(context.scan.appearance.value(), left))
    images, left = {"base": base}, left - _size(base)
    most_texels = max(left, 0) / UASTC_BYTES_A_TEXEL
    maps = bake_maps(context, chosen, base.value().width, True, most_texels)
    return images | _that_fit(context, maps, left, lambda each, most: _data(context, each, most))


def _that_fit(
    context: LevelContext,
    maps: Sequence[MapImage],
    left: int,
    encode: Callable[[MapImage, int], Task[EncodedTexture]],
) -> dict[str, Task[EncodedTexture]]:
    """Return the maps that fit into the bytes left, one after the other, encoded; tell which do not."""
    images: dict[str, Task[EncodedTexture]] = {}
    for each in maps:
        step = encode(each, left)
        if step.value().is_within:
            images[each.slot] = step
            left -= _size(step)
        else:
            context.decisions.append(_left_out(each.slot, left))
    return images


def geometry_bytes(context: LevelContext, chosen: TextureCandidate) -> int:
    """Return the bytes of the level without its textures, compressed as the file is."""
    bare = pack(context, chosen, {}, {})
    if context.level.is_plain:
        return len(bare.value()) + TANGENT_BYTES * len(chosen.mesh.value().positions)
    if context.level.texture_format == "avif":
        # A few bytes of a light level are a tenth of its texture: what `estimate` is too high by, 10 % of triangles.
        return len(context.cache.step(compress, bare, label=context.label("estimate")).value())
    return context.cache.step(estimate, bare, label=context.label("estimate")).value()


def _base(
    context: LevelContext,
    chosen: TextureCandidate,
    skin: Task[Skin],
    most_bytes: int,
    codec: Codec,
    loss_db: float = EncodeOptions.loss_db,
) -> Task[EncodedTexture]:
    options, label = _base_options(context, most_bytes, codec, loss_db), context.label(f"encode {codec}")
    seen = context.scan.reference_views
    return context.cache.step(encode_base, seen, chosen.mesh, skin, options, chosen.trials, label=label)


def _tried_base(
    context: LevelContext, chosen: TextureCandidate, skin: Task[Skin], most_bytes: int, codec: Codec
) -> Task[Trials]:
    options = _base_options(context, most_bytes, codec, EncodeOptions.loss_db)
    seen, label = context.scan.reference_views, context.label(f"encode {codec}")
    return context.cache.step(try_base, seen, chosen.mesh, skin, options, chosen.trials, label=label)


def _base_options(context: LevelContext, most_bytes: int, codec: Codec, loss_db: float) -> EncodeOptions:
    is_large = is_for_large_screens(context.level)
    enough_db = CLEAR_DB if codec == "avif" else LARGE_DB if is_large else EncodeOptions.enough_db
    return EncodeOptions(codec, most_bytes, loss_db, enough_db)


def _block_base(
    context: LevelContext, chosen: TextureCandidate, skin: Task[Skin], most_bytes: int
) -> Task[EncodedTexture]:
    """Return the base colour as UASTC, or as ETC1S where that would be much too large."""
    fine = _base(context, chosen, skin, most_bytes, "uastc")
    if fine.value().is_within:
        return fine
    size = _size(fine)
    reason = _texture_too_large("UASTC", size, most_bytes)
    is_cut = alpha_mode(context, chosen) == AlphaMode.MASK  # the mipmaps of ETC1S would lose what is thin
    if is_cut or most_bytes > UASTC_LEAST_SHARE * size:
        raise TooLarge(reason, texture_share=SAFETY * most_bytes / size)
    coarse = _base(context, chosen, skin, most_bytes, "etc1s")
    if not coarse.value().is_within:
        size = _size(coarse)
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
