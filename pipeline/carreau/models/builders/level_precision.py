"""Choose the bits of a level's vertices, before and after its textures are encoded."""

from __future__ import annotations

from dataclasses import replace

from carreau.base.messages import Message, Number, message
from carreau.formats.writers.glb_geometry import FLOAT_BITS
from carreau.models.builders.level_context import SAFETY, LevelContext, is_for_large_screens
from carreau.models.builders.level_textures import LARGE_DB, geometry_bytes
from carreau.models.builders.texture_strategy import BYTES_A_TRIANGLE, CLEAR_DB, TextureCandidate
from carreau.models.stages.encode import EncodedTexture, TrialCodec, try_encoding
from carreau.models.stages.precision import choose_precision, measure_rounding, score_quantised
from carreau.runs.cache.cache import Task

EXACT_SHARE, FINE_SHARE = 0.15, 0.05
"""Largest share of a file that float positions may add, and from `ENOUGH_DB` on: a column is 66.7 dB for 2 % more
bytes, where it was 53.2."""

EXACT_GAIN_DB, ENOUGH_DB = 1.0, 50.0
"""Least gain for which positions are floats, and likeness from which on nothing is gained for the eye, but on large
screens, whose colours are encoded up to `LARGE_DB`; both in the judging views, with the encoded base colour. 16 bits
show along an outline at 53 dB."""

MOST_LOSS_DB = 2.0
"""Loss by encoding that people are told of."""


def fitted(context: LevelContext, chosen: TextureCandidate) -> TextureCandidate:
    """Return the candidate with the bits that measuring asks for; those of vertex colours and plain files stay."""
    if chosen.skin is None or context.level.is_plain:
        return chosen
    triangles = BYTES_A_TRIANGLE * len(chosen.mesh.value().faces)
    left = max(int(context.level.file_bytes * SAFETY - triangles), 1)
    texture_format = context.level.texture_format
    looked_at = context.scan.reference_views, chosen.mesh, chosen.skin
    noise = context.cache.step(measure_rounding, *looked_at, label=context.label("judge"))
    codec: TrialCodec = "avif" if texture_format == "avif" else "webp"
    trials = context.cache.step(try_encoding, *looked_at, codec, label=context.label("judge"))
    precision = choose_precision(noise.value(), trials.value().trials[0], left, is_lossy=texture_format != "ktx2")
    return replace(chosen, precision=precision, trials=trials)


def exact(context: LevelContext, chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]]) -> TextureCandidate:
    """Return the candidate with positions as floats, if it has all triangles, they show, and they take few bytes."""
    if not chosen.is_whole or chosen.skin is None or context.level.is_plain:
        return chosen
    floats = replace(chosen, precision=replace(chosen.precision, position_bits=FLOAT_BITS))
    size, exact_size = geometry_bytes(context, chosen), geometry_bytes(context, floats)
    total = exact_size + sum(len(step.value().image.data) for step in images.values())
    if exact_size - size > EXACT_SHARE * total or total > SAFETY * context.level.file_bytes:
        return chosen
    score, own = _encoded_db(context, chosen, images["base"]), images["base"].value().psnr_db
    is_fine = is_for_large_screens(context.level) and exact_size - size <= FINE_SHARE * total
    return floats if score < (LARGE_DB if is_fine else ENOUGH_DB) and own - score >= EXACT_GAIN_DB else chosen


def losses(
    context: LevelContext, chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]], published_db: float
) -> list[Message]:
    """Return a warning for a level that encoding makes much less like its scan, else nothing.

    published_db : of the file, over all views; what makes it look lossy is looked at again in the judging views, in
        which the level was measured before encoding
    """
    # A light level is encoded to no more than `CLEAR_DB`, and its vertices are rounded besides.
    enough_db = CLEAR_DB - MOST_LOSS_DB if context.level.texture_format == "avif" else ENOUGH_DB
    if not images or published_db >= min(chosen.psnr_db - MOST_LOSS_DB, enough_db):
        return []
    after = images["base"].value().psnr_db
    if not context.level.is_plain:
        after = min(after, _encoded_db(context, chosen, images["base"]))
    if after >= min(chosen.psnr_db - MOST_LOSS_DB, enough_db):
        return []
    figures = {"before": Number(chosen.psnr_db, ".1f"), "after": Number(after, ".1f")}
    return [
        message(
            "%(level)s: encoding within %(size)s bytes reduces its likeness to the scan from %(before)s to %(after)s "
            "dB; crop the scan to what matters with --crop, or divide it into several models",
            level=context.level.name,
            size=context.level.file_bytes,
            **figures,
        )
    ]


def _encoded_db(context: LevelContext, chosen: TextureCandidate, base: Task[EncodedTexture]) -> float:
    """Return how like the scan the level looks with quantised vertices and its encoded base colour."""
    step = context.cache.step(
        score_quantised,
        context.scan.reference_views,
        chosen.mesh,
        base.part(lambda encoded: encoded.image),
        chosen.precision,
        label=context.label("judge"),
    )
    return step.value()
