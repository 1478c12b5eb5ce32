"""Find every way a level could look, and choose by measuring."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.builders.level_work import SAFETY, LevelWork, TooLarge
from pipeline.builders.texture_budget import gpu_bytes
from pipeline.cache.cache import Later, Task
from pipeline.cache.tasks import present
from pipeline.errors import BudgetError
from pipeline.messages import Message, Number, joined, message
from pipeline.model import LevelMesh, Skin
from pipeline.stages.bake import BakeOptions, bake, weigh
from pipeline.stages.bake_cloud import BakeCloudOptions, bake_cloud
from pipeline.stages.reuse_uvs import ReusedUvs, ReuseUvsOptions, reuse_uvs
from pipeline.stages.score import score_level
from pipeline.stages.simplify import SimplifyOptions, simplify
from pipeline.stages.unwrap import UnwrapOptions, unwrap_level

ATLAS_USE = 0.6
"""Share of an atlas that charts cover, as measured on statues and facades: 0.58 to 0.66."""

BYTES_A_TRIANGLE = 5.2
"""Of packed geometry after Brotli, vertices included; measured 4.2 to 5.7."""

UASTC_BYTES_A_TEXEL = 1.02
"""Of a UASTC texture with its mipmaps after Zstandard; measured 0.7 to 1.1."""

UASTC_BYTES_HOPED = 0.6
"""The same where the scan's own layout would be lost by another size: worth trying, measured 0.43 on a smooth one."""

NEW_ATLAS = message("a new atlas")
OWN_ATLAS = message("the scan's own atlas")
OWN_COLORS = message("its own vertex colours")
"""Names of the candidates; `report.json` has the chosen one as `looks`."""

SHARING_PX = 1472
"""Edge of the base texture for AR where the scan brings a normal or occlusion map, which then has half of the memory:
the light of a room shows relief, and a base of 2048² would leave no memory for it."""

UNSURE_COLORS = message("not every AR viewer shows vertex colours")

MOST_SAMPLES, MOST_SAMPLES_PX = 4, 5000
"""Rays a texel each way, and a row: 7,300 a row took 8 GB and a minute on 5.4 M triangles, for 0.1 to 0.2 dB."""


@dataclass(frozen=True)
class Candidate:
    """One way a level could look.

    mesh : step or part that gives its LevelMesh
    skin : step that gives its Skin, None for vertex colours
    psnr_db : how like the scan it looks before it is encoded
    is_whole : whether every triangle of the scan is there
    is_exact : whether its positions are kept as they are
    """

    name: Message
    mesh: Later[LevelMesh]
    skin: Task[Skin] | None
    texture_px: int
    psnr_db: float
    is_whole: bool
    is_exact: bool = False


def choose(work: LevelWork, triangles: int, texture_share: float) -> Candidate:
    """Return the candidate that looks most like the scan, by measuring; the scan's own layout wins a draw."""
    kept_step = work.cache.step(reuse_uvs, work.clean, ReuseUvsOptions(triangles), label=work.label("keep"))
    kept = kept_step.value()
    candidates: list[Candidate] = []
    reason = UNSURE_COLORS if work.level.is_plain and kept.level is not None and not kept.texture_px else kept.reason
    if kept.level is not None and reason != UNSURE_COLORS and work.winner != NEW_ATLAS:
        candidates.append(_kept(work, kept_step, kept, texture_share))
    try:
        if not candidates or not work.winner:
            candidates.append(_fresh(work, triangles, texture_share, kept.is_whole))
    except BudgetError as error:  # more charts than fit on the atlas
        if not candidates:
            raise TooLarge(joined([error.message]), triangle_share=0.7) from error
        work.decisions.append(message("no new atlas: %(reason)s", reason=error.message))
    best = max(candidates, key=lambda candidate: candidate.psnr_db)
    if not work.winner:  # made again smaller, the level goes on with what won
        _explain(work, candidates, best, reason)
        work.winner = best.name
    return best


def _kept(work: LevelWork, step: Task[ReusedUvs], kept: ReusedUvs, texture_share: float) -> Candidate:
    mesh = step.part(lambda reused: present(reused.level))
    if not kept.texture_px:
        return _judged(work, OWN_COLORS, mesh, None, 0, kept.is_whole)
    # KHR_texture_basisu wants whole blocks, of four by four texels.
    own_px = -(-kept.texture_px // 4) * 4 if work.level.texture_format == "ktx2" else kept.texture_px
    px = _weighed_px(work, mesh, own_px, len(present(kept.level).faces), texture_share, "own")
    skin = _skin(work, mesh, px, "own")
    return _judged(work, OWN_ATLAS, mesh, skin, px, kept.is_whole)


def _weighed_px(
    work: LevelWork, mesh: Later[LevelMesh], most_px: int, triangles: int, texture_share: float, whose: str
) -> int:
    """Return the edge of an atlas: the most it may have, or what a sample of it says that the bytes allow."""
    hoped = min(most_px, _largest_px(work, triangles, texture_share, UASTC_BYTES_HOPED))
    if work.level.texture_format != "ktx2" or hoped <= _largest_px(work, triangles, texture_share):
        return hoped
    options = _bake_options(work, hoped)
    label = work.label(f"weigh {whose} atlas of")
    texel_bytes = work.cache.step(weigh, work.clean, mesh, options, label=label).value()
    likely = _largest_px(work, triangles, texture_share, max(texel_bytes, UASTC_BYTES_HOPED))
    return min(hoped, likely)


def _fresh(work: LevelWork, triangles: int, texture_share: float, is_whole: bool) -> Candidate:
    reduced = work.cache.step(simplify, work.clean, SimplifyOptions(triangles), label=work.label("simplify"))
    positions, faces = reduced.part(lambda mesh: mesh.positions), reduced.part(lambda mesh: mesh.faces)
    px = _largest_px(work, triangles, texture_share)
    gutter = 2 if px <= 1024 else 4
    mesh = work.cache.step(unwrap_level, positions, faces, UnwrapOptions(px, gutter), label=work.label("unwrap"))
    px = _weighed_px(work, mesh, work.level.texture_px, triangles, texture_share, "new")
    return _judged(work, NEW_ATLAS, mesh, _skin(work, mesh, px, "new"), px, is_whole)


def _judged(
    work: LevelWork, name: Message, mesh: Later[LevelMesh], skin: Task[Skin] | None, px: int, is_whole: bool
) -> Candidate:
    score = work.cache.step(score_level, work.scan, work.ground.seen, mesh, skin, label=work.label("judge"))
    return Candidate(name, mesh, skin, px, score.value(), is_whole)


def _skin(work: LevelWork, mesh: Later[LevelMesh], px: int, whose: str) -> Task[Skin]:
    label = work.label(f"bake {whose} atlas of")
    if work.ground.cloud is not None:
        return work.cache.step(bake_cloud, work.ground.cloud, mesh, BakeCloudOptions(px), label=label)
    return work.cache.step(bake, work.clean, mesh, _bake_options(work, px), label=label)


def _bake_options(work: LevelWork, px: int) -> BakeOptions:
    texels = work.ground.looks.value().texels
    wanted = round(math.sqrt(texels / (px * px * ATLAS_USE)))
    samples = max(1, min(MOST_SAMPLES, MOST_SAMPLES_PX // px, wanted))
    return BakeOptions(px, samples)


def _largest_px(work: LevelWork, triangles: int, texture_share: float, texel_bytes: float = UASTC_BYTES_A_TEXEL) -> int:
    """Return the edge of a square texture: what the scan is worth, within the level's memory and bytes."""
    looks, level = work.ground.looks.value(), work.level
    if not looks.has_color:
        return min(level.texture_px, 512)
    px = min(level.texture_px, _up(math.sqrt(looks.texels / ATLAS_USE)))
    if level.is_plain and (looks.has_normal or looks.has_occlusion):
        px = min(px, SHARING_PX)
    while gpu_bytes(px, px, level.texture_format == "ktx2") > level.gpu_bytes:
        px -= 64
    if level.texture_format == "ktx2":
        left = level.file_bytes * SAFETY - triangles * BYTES_A_TRIANGLE
        share = 0.55 if looks.has_normal else 1.0
        px = min(px, int(math.sqrt(max(left * share, 0) / texel_bytes)) // 64 * 64)
        px = int(px * math.sqrt(texture_share))
    return max(px // 64 * 64, 64)


def _explain(work: LevelWork, candidates: list[Candidate], best: Candidate, reason: Message) -> None:
    if len(candidates) == 1:
        work.decisions.append(joined([best.name, reason], ": "))
    else:
        work.decisions.append(
            message(
                "%(choice)s, the most like the scan before encoding: %(scores)s",
                choice=best.name,
                scores=joined(map(_score, candidates), ", "),
            )
        )


def _up(px: float) -> int:
    return max(256, math.ceil(px / 64) * 64)


def _score(candidate: Candidate) -> Message:
    if math.isinf(candidate.psnr_db):
        return message("%(choice)s (no pixel differs)", choice=candidate.name)
    return message("%(choice)s (%(psnr)s dB)", choice=candidate.name, psnr=Number(candidate.psnr_db, ".2f"))
