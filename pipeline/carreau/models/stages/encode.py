"""Encoding of a level's textures, within its budget and no better than pictures of the level can show."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray, EncodedImage, LevelMesh, Skin
from carreau.formats.images import webp
from carreau.formats.images.basis import Codec, encode_basis, ktx_texels
from carreau.formats.images.lossy_codecs import CODECS, WEB_COLORS, WEB_JPEG, WEBP, LossyCodec
from carreau.formats.images.quality_search import (
    Goal,
    Trial,
    Trials,
    least_quality,
    likeness_db,
    reaching,
    try_qualities,
)
from carreau.geometry.render.image_metrics import psnr_db, square_error
from carreau.geometry.render.scoring import ReferenceViews, Scorer, create_scorer

TrialCodec = Literal["webp", "avif"]

TRIAL_QUALITY: Mapping[TrialCodec, int] = {"webp": 82, "avif": 54}
"""The step in the middle, with which a search begins."""

LEAST_AVIF_PX = 64
"""Longest edge of a base colour that is WebP in place of AVIF, whose header alone takes 300 bytes."""


@dataclass(frozen=True)
class EncodeOptions:
    """What an image may cost.

    codec : "avif", "webp", "jpeg", "etc1s" or "uastc"
    most_bytes : of the encoded image
    loss_db : how much encoding may take from the level's likeness to its scan
    enough_db : a likeness above which nothing is gained for the eye
    """

    codec: Literal["avif", "webp", "jpeg", "etc1s", "uastc"]
    most_bytes: int
    loss_db: float = 0.25
    enough_db: float = 50.0


@dataclass(frozen=True, eq=False)
class EncodedTexture:
    """An image as it will be published.

    quality : 0 to 100, 101 for lossless; AVIF, WebP and JPEG only, else 0
    psnr_db : the level's likeness to its scan with this image, on the judging views
    is_within : whether it holds `EncodeOptions.most_bytes`
    """

    image: EncodedImage
    codec: str
    width: int
    height: int
    quality: float
    psnr_db: float
    is_within: bool


def try_encoding(seen: ReferenceViews, level: LevelMesh, skin: Skin, codec: TrialCodec) -> Trials:
    """Encode the base colour of a level quickly, once, and measure the level with it against the scan."""
    quality = TRIAL_QUALITY[codec]
    data = CODECS[codec].trial(skin.base, quality)
    score = create_scorer(level, seen).psnr_db(CODECS[codec].decode(data))
    return Trials(len(data), False, (Trial(codec, quality, len(data), score),))


def encode_base(
    seen: ReferenceViews, level: LevelMesh, skin: Skin, options: EncodeOptions, known: Trials | None = None
) -> EncodedTexture:
    """Encode a skin's base colour: at the least quality that costs no more than `loss_db`, within the bytes.

    known : of the same skin, with which the search begins
    """
    scorer = create_scorer(level, seen)
    if options.codec in ("etc1s", "uastc"):
        data, (height, width, _) = encode_basis(skin.base, Codec(options.codec)), skin.base.shape
        score = scorer.psnr_db(ktx_texels(io.BytesIO(data)))
        return EncodedTexture(
            EncodedImage(data, "image/ktx2"), options.codec, width, height, 0, score, len(data) <= options.most_bytes
        )
    options = _of_size(options, skin)
    return _encoded(skin.base, _base_codec(options), options.most_bytes, _base_goal(scorer, skin, options), known)


def try_base(
    seen: ReferenceViews, level: LevelMesh, skin: Skin, options: EncodeOptions, known: Trials | None = None
) -> Trials:
    """Return about how many bytes `encode_base` takes with a lossy codec, by trials alone."""
    options = _of_size(options, skin)
    goal = _base_goal(create_scorer(level, seen), skin, options)
    return _tried(skin.base, (_base_codec(options),), options.most_bytes, goal, known)


def _of_size(options: EncodeOptions, skin: Skin) -> EncodeOptions:
    """Return the options, with WebP in place of AVIF for a small base colour."""
    if options.codec == "avif" and max(skin.base.shape) <= LEAST_AVIF_PX:
        return replace(options, codec="webp", enough_db=EncodeOptions.enough_db)
    return options


def _base_codec(options: EncodeOptions) -> LossyCodec:
    return WEB_COLORS if options.codec == "webp" else CODECS[options.codec]


def _base_goal(scorer: Scorer, skin: Skin, options: EncodeOptions) -> Goal:
    own_db = scorer.psnr_db(skin.base)
    target_db = min(own_db - options.loss_db, options.enough_db)
    own, allowed = square_error(own_db), square_error(target_db) - square_error(own_db)

    def excess(psnr_db: float) -> float:
        square = square_error(psnr_db)
        return math.log((square - own) / allowed) if square > own else -math.inf

    return Goal(scorer.psnr_db, excess)


@dataclass(frozen=True)
class DataOptions:
    """What a map that holds no colours may cost.

    codec : "avif", "webp", "jpeg" or "uastc"
    most_bytes : of the encoded image
    enough_db : a likeness of its values above which nothing is gained for the eye
    is_linear : whether it holds numbers, or else colours, such as emission
    """

    codec: Literal["avif", "webp", "jpeg", "uastc"]
    most_bytes: int
    enough_db: float = 38.0
    is_linear: bool = True


def encode_data(values: ByteArray, options: DataOptions, known: Trials | None = None) -> EncodedTexture:
    """Encode a normal map (h, w, 3) or an occlusion map (h, w): the fewest bytes that give its values back.

    WebP halves the resolution of two of three channels, which costs a normal map several degrees at any quality; JPEG
    need not (4:4:4), and is smaller than WebP from about 37 dB on. Both are tried where the level is to have WebP.

    known : of the same map, with which the search begins
    """
    height, width = values.shape[:2]
    goal = reaching(options.enough_db, lambda decoded: likeness_db(values, decoded))
    if options.codec == "uastc":
        data = encode_basis(values, Codec(options.codec), is_linear=options.is_linear)
        image, alike = EncodedImage(data, "image/ktx2"), goal.likeness(ktx_texels(io.BytesIO(data)))
        return EncodedTexture(image, options.codec, width, height, 0, alike, len(data) <= options.most_bytes)
    tried = [_encoded(values, codec, options.most_bytes, goal, known) for codec in _data_codecs(options)]
    good = [each for each in tried if each.is_within and each.psnr_db >= options.enough_db]
    if good:
        return min(good, key=lambda each: len(each.image.data))
    return max(tried, key=lambda each: (each.is_within, each.psnr_db))


def try_data(values: ByteArray, options: DataOptions) -> Trials:
    """Return about how many bytes `encode_data` takes with a lossy codec, by trials alone."""
    goal = reaching(options.enough_db, lambda decoded: likeness_db(values, decoded))
    return _tried(values, _data_codecs(options), options.most_bytes, goal)


def _data_codecs(options: DataOptions) -> tuple[LossyCodec, ...]:
    return (WEBP, WEB_JPEG) if options.codec == "webp" else (CODECS[options.codec],)


def encode_as_seen(seen: ReferenceViews, level: LevelMesh, values: ByteArray, options: DataOptions) -> EncodedTexture:
    """Encode a map as JPEG (4:4:4), as `encode_data` does, but judged in pictures of the level that show its values.

    A texel that no pixel resolves may be coarse: pictures of a normal map of 2560², and of its JPEG of 161 kB, are
    42.7 dB alike where the texels are 40.3 dB.
    """
    scorer = create_scorer(level, seen)
    own = scorer.views(_three_channels(values))

    def likeness(decoded: ByteArray) -> float:
        return psnr_db(own, scorer.views(_three_channels(decoded)))

    return _encoded(values, WEB_JPEG, options.most_bytes, reaching(options.enough_db, likeness))


def _three_channels(values: ByteArray) -> ByteArray:
    return values if values.ndim == 3 else np.repeat(values[:, :, None], 3, axis=2)


def _encoded(
    values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None = None
) -> EncodedTexture:
    """Return an image at the quality that `least_quality` finds; its likeness is in dB."""
    result = least_quality(values, codec, most_bytes, goal, known)
    (height, width), image = values.shape[:2], EncodedImage(result.data, result.codec.media_type)
    score = goal.likeness(result.codec.decode(result.data))
    is_within = len(result.data) <= most_bytes
    return EncodedTexture(image, result.codec.name, width, height, result.quality, score, is_within)


def _tried(
    values: ByteArray, codecs: Iterable[LossyCodec], most_bytes: int, goal: Goal, known: Trials | None = None
) -> Trials:
    """Return the trials with all codecs, and the bytes of the best: the fewest that are enough, or else the most."""
    each = [try_qualities(values, codec, most_bytes, goal, known) for codec in codecs]
    enough = [tried.size for tried in each if tried.is_enough]
    size = min(enough) if enough else max(tried.size for tried in each)
    return Trials(size, bool(enough), tuple(trial for tried in each for trial in tried.trials))


SMALL_PX, SMALL_BYTES = 512, 24_000
"""Most texels of its longest edge, and most bytes: an eighth of a second at 1.6 Mbit/s."""

_QUALITIES = (75, 60, 45, 30, 15, 5)


def small_base(skin: Skin) -> EncodedImage:
    """Return a base colour at a lower size, as WebP of at most `SMALL_PX` and `SMALL_BYTES`.

    Where the lowest quality has too many bytes, the edges are halved.
    """
    height, width, _ = skin.base.shape
    share = min(SMALL_PX / max(height, width), 1.0)
    while True:
        size = max(round(width * share), 1), max(round(height * share), 1)
        picture = np.asarray(Image.fromarray(skin.base).resize(size, Image.Resampling.BOX))
        for quality in _QUALITIES:
            data = webp.encode(picture, quality)
            if len(data) <= SMALL_BYTES:
                return EncodedImage(data, webp.MEDIA_TYPE)
        share /= 2
