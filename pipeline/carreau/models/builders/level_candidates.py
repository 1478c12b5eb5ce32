"""Candidates for a level: its texture strategy, and how a candidate is packed into a GLB."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from carreau.base.errors import BudgetError
from carreau.base.levels import LEVELS, PHONE, PREVIEW, Level
from carreau.base.messages import Message, Number, join_messages, message
from carreau.base.model import AlphaMode, EncodedImage, LevelMesh, Skin
from carreau.base.options import ModelOptions
from carreau.base.terms import licence_url
from carreau.formats.images.image_codecs import Trials
from carreau.formats.writers.glb import Precision
from carreau.formats.writers.xmp_packet import named_packet
from carreau.models.builders.level_context import (
    BASE_WEIGHT,
    LEAST_PX,
    MAP_SHARE,
    SAFETY,
    SIMPLIFIED_PHONE,
    SURFACE_WEIGHT,
    LevelContext,
    SlotNeed,
    TooLarge,
    divide,
    gpu_bytes,
    has_small_base,
    is_for_large_screens,
    surface_factors,
    wanted_maps,
)
from carreau.models.stages import pack as packing
from carreau.models.stages.bake import FINER, BakeCloudOptions, BakeOptions, bake, bake_cloud, weigh
from carreau.models.stages.check import STAND_IN
from carreau.models.stages.encode import small_base
from carreau.models.stages.measure import score_level
from carreau.models.stages.simplify import Reduced, SimplifyOptions, simplify, simplify_further
from carreau.models.stages.unwrap import Appearance, ReusedUvs, ReuseUvsOptions, UnwrapOptions, reuse_uvs, unwrap_level
from carreau.runs.cache import Later, Task
from carreau.runs.fingerprint import digest
from carreau.runs.tasks import in_mapping, require

ATLAS_USE = 0.6
"""Share of an atlas that charts cover, as measured on statues and facades: 0.58 to 0.66."""

BYTES_A_TRIANGLE = 5.2
"""Of packed geometry after Brotli, vertices included; measured 4.2 to 5.7."""

UASTC_BYTES_A_TEXEL = 1.02
"""Of a UASTC texture with its mipmaps after Zstandard; measured 0.7 to 1.1."""

UASTC_BYTES_HOPED = 0.6
"""The same where the scan's own layout would be lost by another size: worth trying, measured 0.43 on a smooth one."""

WHOLE = Precision(16, 8, 16, 16)
"""Bits where bytes do not matter, and of vertex colours."""

NEW_ATLAS = message("a new atlas")
OWN_ATLAS = message("the scan's own atlas")
OWN_COLORS = message("its own vertex colours")
"""Names of the candidates; `report.json` has that of the chosen one as `looks`."""

OWN, NEW = "own", "new"
"""Whose atlas it is, in the labels of steps."""

SHARING_PX = 1472
"""Edge of the base texture for AR where the scan brings a normal or occlusion map, which then has half of the memory:
the light of a room shows relief, and a base of 2048² would leave no memory for it."""

RELIEF_SHARE = 0.5
"""Edge of a normal map relative to that of the base texture, for which a WebP for large screens makes room. A statue of
595,000 triangles at 300,000 is 4.5° off without a map; 3072² of colour beside it are 0.35 dB below 3456² alone."""

UNSURE_COLORS = message("not every AR viewer shows vertex colours")

MOST_SAMPLES, MOST_SAMPLES_PX = 4, 5000
"""Rays a texel each way, and a row: 7,300 a row took 8 GB and a minute on 5.4 M triangles, for 0.1 to 0.2 dB."""

ONE_SAMPLE_BELOW = 1.8
"""Texels of the scan for one of a new atlas, each way, below which one ray a texel will do instead of two by two: the
phone levels of two statues changed by -0.007 and +0.04 dB."""

CLEAR_DB = 45.0
"""Likeness from which on nobody sees what would be gained: no other layout than the scan's own is tried, and a light
level takes no more bytes."""


@dataclass(frozen=True)
class TextureCandidate:
    """A mesh with a texture, as one possible version of a level.

    skin : texture, None for vertex colours
    psnr_db : similarity to the scan before encoding
    is_whole : whether it has all triangles of the scan
    precision : bits of its vertices in a compressed file
    trials : of encoding its base colour, where there are any
    """

    name: Message
    mesh: Later[LevelMesh]
    skin: Task[Skin] | None
    texture_px: int
    psnr_db: float
    is_whole: bool
    precision: Precision = WHOLE
    trials: Task[Trials] | None = None


def choose(context: LevelContext, triangles: int, texture_share: float) -> TextureCandidate:
    """Return the candidate that renders most like the scan; the scan's own layout wins a draw."""
    task = context.cache.step(reuse_uvs, context.cleaned_mesh, ReuseUvsOptions(triangles), label=context.label("keep"))
    reused = task.value()
    candidates: list[TextureCandidate] = []
    reason = (
        UNSURE_COLORS
        if context.level.is_plain and reused.level is not None and not reused.texture_px
        else reused.reason
    )
    if reused.level is not None and reason != UNSURE_COLORS and context.winner != NEW_ATLAS:
        candidates.append(_with_own_layout(context, task, reused, texture_share))
    try:
        if not candidates or not (context.winner or _is_settled(context, candidates[0])):
            candidates.append(_with_new_atlas(context, triangles, texture_share, reused.is_whole))
    except BudgetError as error:  # more charts than fit on the atlas
        if not candidates:
            raise TooLarge(join_messages([error.message]), triangle_share=0.7) from error
        context.decisions.append(message("no new atlas: %(reason)s", reason=error.message))
    best = max(candidates, key=lambda candidate: candidate.psnr_db)
    if not context.winner:  # a smaller rebuild uses the same strategy
        _explain(context, candidates, best, reason)
        context.winner = best.name
    return best


def _is_settled(context: LevelContext, own: TextureCandidate) -> bool:
    """Return whether the scan's own atlas is taken without another one beside it.

    With the triangles and bytes of a large screen it was no worse on five scans of five: as good on two, better by
    0.06, 0.07 and 23 dB on the others.
    """
    is_fine = is_for_large_screens(context.level) and own.skin is not None
    return is_fine or (own.psnr_db >= CLEAR_DB and not context.level.is_plain)


def _with_own_layout(
    context: LevelContext, step: Task[ReusedUvs], reused: ReusedUvs, texture_share: float
) -> TextureCandidate:
    mesh = step.part(lambda reused: require(reused.level))
    if not reused.texture_px:
        return _make_candidate(context, OWN_COLORS, mesh, None, 0, reused.is_whole)
    # KHR_texture_basisu requires multiples of four texels.
    own_px = -(-reused.texture_px // 4) * 4 if context.level.texture_format == "ktx2" else reused.texture_px
    px = _atlas_px(context, mesh, own_px, len(require(reused.level).faces), texture_share, OWN)
    skin = _skin(context, mesh, px, OWN)
    return _make_candidate(context, OWN_ATLAS, mesh, skin, px, reused.is_whole)


def _atlas_px(
    context: LevelContext, mesh: Later[LevelMesh], most_px: int, triangles: int, texture_share: float, whose: str
) -> int:
    """Return the edge of an atlas: the largest allowed, or what fits the bytes according to a baked sample."""
    hoped = min(most_px, _largest_px(context, triangles, texture_share, UASTC_BYTES_HOPED))
    if context.level.texture_format != "ktx2" or hoped <= _largest_px(context, triangles, texture_share):
        return hoped
    options = _bake_options(context, hoped, whose == NEW)
    label = context.label(f"weigh {whose} atlas of")
    texel_bytes = context.cache.step(weigh, context.cleaned_mesh, mesh, options, label=label).value()
    likely = _largest_px(context, triangles, texture_share, max(texel_bytes, UASTC_BYTES_HOPED))
    return min(hoped, likely)


def _with_new_atlas(context: LevelContext, triangles: int, texture_share: float, is_whole: bool) -> TextureCandidate:
    reduced = _simplify(context, triangles)
    positions, faces = reduced.part(lambda mesh: mesh.positions), reduced.part(lambda mesh: mesh.faces)
    px = _largest_px(context, triangles, texture_share, level=LEVELS.get(context.level.alternative_to))
    gutter = 2 if px <= 1024 else 4
    mesh = context.cache.step(unwrap_level, positions, faces, UnwrapOptions(px, gutter), label=context.label("unwrap"))
    px = _atlas_px(context, mesh, context.level.texture_px, triangles, texture_share, NEW)
    return _make_candidate(context, NEW_ATLAS, mesh, _skin(context, mesh, px, NEW), px, is_whole)


def _simplify(context: LevelContext, triangles: int) -> Task[Reduced]:
    """Return the surface of a level.

    A preview's is made of the phone level's first one, whether that level is built or not: 0.2 and 0.5 dB nearer to two
    statues than from the scan, in a third of the time where both are built. The phone level's is no nearer from a finer
    one.
    """
    mesh, label = context.cleaned_mesh, context.label("simplify")
    if context.level is not PREVIEW:
        return context.cache.step(simplify, mesh, SimplifyOptions(triangles), label=label)
    finer = context.cache.step(simplify, mesh, SimplifyOptions(PHONE.triangles), label=SIMPLIFIED_PHONE)
    return context.cache.step(simplify_further, mesh, finer, SimplifyOptions(triangles), label=label)


def _make_candidate(
    context: LevelContext, name: Message, mesh: Later[LevelMesh], skin: Task[Skin] | None, px: int, is_whole: bool
) -> TextureCandidate:
    score = context.cache.step(score_level, context.scan.reference_views, mesh, skin, label=context.label("judge"))
    return TextureCandidate(name, mesh, skin, px, score.value(), is_whole)


def _skin(context: LevelContext, mesh: Later[LevelMesh], px: int, whose: str) -> Task[Skin]:
    label = context.label(f"bake {whose} atlas of")
    if context.scan.cloud is not None:
        return context.cache.step(bake_cloud, context.scan.cloud, mesh, BakeCloudOptions(px), label=label)
    return context.cache.step(bake, context.cleaned_mesh, mesh, _bake_options(context, px, whose == NEW), label=label)


def _bake_options(context: LevelContext, px: int, is_new: bool) -> BakeOptions:
    texels = context.scan.appearance.value().texels
    ratio = math.sqrt(texels / (px * px * ATLAS_USE))
    needed = 1 if is_new and ratio < ONE_SAMPLE_BELOW else round(ratio)
    samples = max(1, min(MOST_SAMPLES, MOST_SAMPLES_PX // px, needed))
    return BakeOptions(px, samples)


def _largest_px(
    context: LevelContext,
    triangles: int,
    texture_share: float,
    texel_bytes: float = UASTC_BYTES_A_TEXEL,
    level: Level | None = None,
) -> int:
    """Return the edge of a square texture: the scan's resolution, within the memory and bytes of the level.

    level : another one than the context's; two encodings of a level share the layout of the first
    """
    appearance, level = context.scan.appearance.value(), level or context.level
    if not appearance.has_color:
        return min(level.texture_px, 512)
    px = min(level.texture_px, _rounded_up(math.sqrt(appearance.texels / ATLAS_USE)))
    surface_maps = len(wanted_maps(appearance.reflectance))
    if level.is_plain and (appearance.has_normal or appearance.has_occlusion or surface_maps):
        px = min(px, SHARING_PX)
    has_relief = triangles < len(context.cleaned_mesh.value().faces) or appearance.has_normal
    relief_share = RELIEF_SHARE if has_relief and is_for_large_screens(level) and level.texture_format == "webp" else 0
    while _gpu_bytes(px, level, surface_maps, relief_share) > level.gpu_bytes:
        px -= 64
    if level.is_plain and appearance.alpha_mode != AlphaMode.OPAQUE:  # the bytes of a PNG follow its size
        px = int(px * math.sqrt(texture_share))
    if level.texture_format == "ktx2":
        left = level.file_bytes * SAFETY - triangles * BYTES_A_TRIANGLE
        px = min(px, int(math.sqrt(base_bytes(appearance, int(left)) / texel_bytes)) // 64 * 64)
        px = int(px * math.sqrt(texture_share))
    return max(px // 64 * 64, 64)


def _gpu_bytes(base_px: int, level: Level, surface_maps: int, relief_share: float) -> int:
    """Return the memory of a base texture, with room for maps of metal, roughness and emission where they are wanted.

    A normal map takes its part of that room, or room of its own. At preview such maps would be too small to show
    anything.
    """
    is_ktx2, map_px = level.texture_format == "ktx2", int(MAP_SHARE * base_px)
    maps = surface_maps + 1 if surface_maps and map_px >= LEAST_PX else 0
    relief_px = 0 if maps else int(relief_share * base_px)
    own = gpu_bytes(base_px, base_px, is_ktx2) + gpu_bytes(relief_px, relief_px, is_ktx2)
    return own + maps * gpu_bytes(map_px, map_px, is_ktx2)


def base_bytes(appearance: Appearance, left: int) -> int:
    """Return the bytes of a KTX2 base colour, of those of all textures: a map of the scan gets what it needs."""
    needs = []
    if appearance.has_normal:
        texels = appearance.normal_texels / ATLAS_USE * FINER**2
        needs.append(SlotNeed("normal", texels * UASTC_BYTES_A_TEXEL, weight=1 - BASE_WEIGHT))
    texels = appearance.texels / ATLAS_USE * MAP_SHARE**2
    for slot in wanted_maps(appearance.reflectance):
        needs.append(SlotNeed(slot, texels * UASTC_BYTES_A_TEXEL, weight=SURFACE_WEIGHT))
    if not needs:
        return max(left, 0)
    return divide(left, [SlotNeed("base", math.inf, weight=BASE_WEIGHT), *needs])["base"]


def _explain(
    context: LevelContext, candidates: list[TextureCandidate], best: TextureCandidate, reason: Message
) -> None:
    if len(candidates) == 1:
        context.decisions.append(join_messages([best.name, reason], ": "))
    else:
        context.decisions.append(
            message(
                "%(choice)s, the most like the scan before encoding: %(scores)s",
                choice=best.name,
                scores=join_messages(map(_score, candidates), ", "),
            )
        )


def _rounded_up(px: float) -> int:
    return max(256, math.ceil(px / 64) * 64)


def _score(candidate: TextureCandidate) -> Message:
    if math.isinf(candidate.psnr_db):
        return message("%(choice)s (no pixel differs)", choice=candidate.name)
    return message("%(choice)s (%(psnr)s dB)", choice=candidate.name, psnr=Number(candidate.psnr_db, ".2f"))


GENERATOR = f"Carreau {version('carreau')}"


def pack(
    context: LevelContext,
    chosen: TextureCandidate,
    images: Mapping[str, Later[EncodedImage]],
    extras: dict[str, Any],
    plain: bool = False,
) -> Task[bytes]:
    """Return the task that packs a level; plain is the model before compression, for the validator, with
    stand-ins for its images.

    Without extras it is only weighed, and has neither name nor licence: for others, nothing is weighed again.
    """
    is_weighed = not plain and not extras
    rights = ", ".join(text for text in (context.options.credit, context.options.licence) if text)
    about = packing.GltfPackOptions(
        flavour="plain" if plain or context.level.is_plain else "compressed",
        precision=chosen.precision,
        surface=surface_factors(context.scan.appearance.value().reflectance),
        alpha_mode=alpha_mode(context, chosen) if images else AlphaMode.OPAQUE,
        name="" if is_weighed else context.options.name,
        copyright="" if is_weighed else rights,
        generator=GENERATOR,
        extras=extras,
        # KHR_xmp_json_ld is not among the extensions that Scene Viewer documents, and it was not tested on a phone.
        packet=asset_packet(context.options) if extras and not context.level.is_plain else {},
    )
    label = context.label("pack plain" if plain else "pack")
    if plain:
        return context.cache.step(packing.pack, chosen.mesh, dict.fromkeys(images, STAND_IN), about, label=label)
    if chosen.skin is None or not images or not has_small_base(context.level):
        return context.cache.step(packing.pack, chosen.mesh, in_mapping(images), about, label=label)
    is_cut = alpha_mode(context, chosen) == AlphaMode.MASK
    small = context.cache.step(small_base, chosen.skin, is_cut, label=context.label("small base of"))
    return context.cache.step(packing.pack, chosen.mesh, in_mapping(images), about, small, label=label)


def alpha_mode(context: LevelContext, chosen: TextureCandidate) -> AlphaMode:
    """Return how the base colour of a level is meant: as the scan's, where its texture has any alpha."""
    mode = context.scan.appearance.value().alpha_mode
    has_alpha = mode != AlphaMode.OPAQUE and chosen.skin is not None and chosen.skin.value().base.shape[2] == 4
    return mode if has_alpha else AlphaMode.OPAQUE


def asset_packet(options: ModelOptions) -> dict[str, Any]:
    """Return the XMP packet of a published GLB: the given record, or name, source, licence and credit."""
    if options.packet:
        packet: dict[str, Any] = json.loads(options.packet)
        return packet
    url = licence_url(options.licence)
    return named_packet(options.name, options.source, options.licence, options.credit, url)


def extras(
    context: LevelContext, chosen: TextureCandidate, images: Mapping[str, Later[EncodedImage]]
) -> dict[str, Any]:
    """Return the metadata of the model; its key is that of what is packed, whoever is credited."""
    return {
        "source": context.options.source,
        "licence": context.options.licence,
        "credit": context.options.credit,
        "level": context.level.name,
        "key": digest({"mesh": chosen.mesh, "precision": chosen.precision, "images": images}),
        "scan_to_model": context.scan.about["matrix"],
        **_place(context.scan.about),
    }


def _place(about: dict[str, Any]) -> dict[str, Any]:
    return {"geopose": about["geopose"]} if about["geopose"] else {}
