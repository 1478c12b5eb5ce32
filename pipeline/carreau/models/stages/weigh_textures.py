"""How much pictures of a level under light lose where each of its textures has fewer bytes, so that they are shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from carreau.base.model import ByteArray, LevelMesh, Skin
from carreau.formats.images.image_codecs import CODECS, WEB_JPEG, LossyCodec, with_alpha
from carreau.geometry.render.lit_scoring import BASE, LitScorer

ScreenCodec = Literal["avif", "webp", "jpeg"]

TRIED: Mapping[str, tuple[int, ...]] = {"avif": (30, 50, 66, 82), "webp": (45, 78, 90, 96), "jpeg": (30, 68, 85, 94)}
"""Qualities that a texture is tried with; between them its square error is a power of its bytes."""


@dataclass(frozen=True, eq=False)
class Textures:
    """The textures of a level before they are encoded; None for those that it does not have.

    base : (h, w, 3) uint8, or (h, w, 4) where it has holes
    normal, surface, emissive : (h, w, 3) uint8; the surface has occlusion, roughness and metal
    occlusion : (h, w) uint8
    """

    base: ByteArray
    normal: ByteArray | None
    occlusion: ByteArray | None
    surface: ByteArray | None
    emissive: ByteArray | None


def gather_textures(
    skin: Skin,
    normal: ByteArray | None,
    occlusion: ByteArray | None,
    surface: ByteArray | None,
    emissive: ByteArray | None,
) -> Textures:
    """Return the textures of a level together."""
    return Textures(skin.base, normal, occlusion, surface, emissive)


def weigh_textures(
    level: LevelMesh, textures: Textures, codec: ScreenCodec
) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return bytes and square errors of each texture in pictures under light, first of none, then of rising quality."""
    named = {field.name: getattr(textures, field.name) for field in fields(textures)}
    given: dict[str, ByteArray] = {name: values for name, values in named.items() if values is not None}
    scorer = LitScorer(level, {name: _without_alpha(values) for name, values in given.items()})
    return {name: _curve(scorer, name, values, _codec(name, values, codec)) for name, values in given.items()}


def _without_alpha(values: ByteArray) -> ByteArray:
    return values[:, :, :3] if values.ndim == 3 else values


def _codec(name: str, values: ByteArray, codec: ScreenCodec) -> LossyCodec:
    """Return what a texture is tried with: of the codecs of a level, the one that it will likely have."""
    if values.ndim == 3 and values.shape[2] == 4:
        return with_alpha(CODECS[codec])
    return WEB_JPEG if codec == "webp" and name != BASE else CODECS[codec]


def _curve(scorer: LitScorer, name: str, values: ByteArray, codec: LossyCodec) -> tuple[tuple[float, float], ...]:
    curve = [(0.0, scorer.square_error(name, None))]
    for quality in TRIED.get(codec.name, codec.steps):
        data = codec.trial(values, quality)
        size, error = float(len(data)), scorer.square_error(name, _without_alpha(codec.decode(data)))
        # An error that rises with the bytes is one of the trial, as of a codec that changes its ways.
        if size > curve[-1][0]:
            curve.append((size, min(error, curve[-1][1])))
    return tuple(curve)
