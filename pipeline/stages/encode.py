"""Encoding of a level's textures, within its budget and no better than pictures of the level can show."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

import numpy as np

from pipeline.formats.images import jpeg, webp
from pipeline.formats.images.basis import Codec, encode_basis
from pipeline.formats.images.ktx import texels
from pipeline.formats.images.webp import LOSSLESS, TRIAL_EFFORT
from pipeline.model import ByteArray, EncodedImage, LevelMesh, Mesh, Skin
from pipeline.render.scoring import Scorer, create_scorer
from pipeline.render.views import Views

QUALITIES = (30, 45, 55, 62, 68, 74, 78, 82, 85, 88, 90, 92, 94, 96, 98, 100, LOSSLESS)
LOSSY = QUALITIES[:-1]


@dataclass(frozen=True)
class EncodeOptions:
    """What an image may cost.

    codec : "webp", "jpeg", "etc1s" or "uastc"
    most_bytes : of the encoded image
    loss_db : how much encoding may take from the level's likeness to its scan
    enough_db : a likeness above which nothing is gained for the eye
    """

    codec: Literal["webp", "jpeg", "etc1s", "uastc"]
    most_bytes: int
    loss_db: float = 0.25
    enough_db: float = 50.0


@dataclass(frozen=True, eq=False)
class EncodedTexture:
    """An image as it will be published.

    quality : 0 to 100, 101 for lossless; WebP and JPEG only, else 0
    psnr_db : the level's likeness to its scan with this image, on the judging views
    is_within : whether it holds `EncodeOptions.most_bytes`
    """

    image: EncodedImage
    codec: str
    width: int
    height: int
    quality: int
    psnr_db: float
    is_within: bool


def encode_base(scan: Mesh, views: Views, level: LevelMesh, skin: Skin, options: EncodeOptions) -> EncodedTexture:
    """Encode a skin's base colour: at the least quality that costs no more than `loss_db`, within the bytes."""
    scorer = create_scorer(level, scan, views)
    height, width, _ = skin.base.shape
    if options.codec in ("etc1s", "uastc"):
        data = encode_basis(skin.base, Codec(options.codec))
        score = scorer.psnr_db(texels(io.BytesIO(data)))
        return EncodedTexture(
            EncodedImage(data, "image/ktx2"), options.codec, width, height, 0, score, len(data) <= options.most_bytes
        )
    if options.codec == "jpeg":
        return _jpeg(scorer, skin.base, options)
    quality, data = _least_quality(scorer, skin.base, options)
    score = scorer.psnr_db(webp.decode(data))
    return EncodedTexture(
        EncodedImage(data, "image/webp"), "webp", width, height, quality, score, len(data) <= options.most_bytes
    )


def _least_quality(scorer: Scorer, base: ByteArray, options: EncodeOptions) -> tuple[int, bytes]:
    """Return the first of `QUALITIES` that is like the scan enough, or the last that holds the bytes, and its image."""
    target = min(scorer.psnr_db(base) - options.loss_db, options.enough_db)
    low, high = 0, len(QUALITIES) - 1
    while low < high:
        middle = (low + high) // 2
        data = webp.encode(base, QUALITIES[middle], TRIAL_EFFORT)
        if len(data) > options.most_bytes or scorer.psnr_db(webp.decode(data)) >= target:
            high = middle
        else:
            low = middle + 1
    data = webp.encode(base, QUALITIES[low])
    while low > 0 and len(data) > options.most_bytes:
        low -= 1
        data = webp.encode(base, QUALITIES[low])
    return QUALITIES[low], data


def _jpeg(scorer: Scorer, base: ByteArray, options: EncodeOptions) -> EncodedTexture:
    """Return the base as JPEG, its quality found as WebP's is."""
    target = min(scorer.psnr_db(base) - options.loss_db, options.enough_db)
    low, high = 0, len(LOSSY) - 1
    while low < high:
        middle = (low + high) // 2
        data = jpeg.encode(base, LOSSY[middle])
        if len(data) > options.most_bytes or scorer.psnr_db(jpeg.decode(data)) >= target:
            high = middle
        else:
            low = middle + 1
    data = jpeg.encode(base, LOSSY[low])
    while low > 0 and len(data) > options.most_bytes:
        low -= 1
        data = jpeg.encode(base, LOSSY[low])
    score, (height, width) = scorer.psnr_db(jpeg.decode(data)), base.shape[:2]
    image = EncodedImage(data, jpeg.MEDIA_TYPE)
    return EncodedTexture(image, "jpeg", width, height, LOSSY[low], score, len(data) <= options.most_bytes)


@dataclass(frozen=True)
class DataOptions:
    """What a map that holds no colours may cost.

    codec : "webp", "jpeg" or "uastc"
    most_bytes : of the encoded image
    enough_db : a likeness of its values above which nothing is gained for the eye
    """

    codec: Literal["webp", "jpeg", "uastc"]
    most_bytes: int
    enough_db: float = 38.0


def encode_data(values: ByteArray, options: DataOptions) -> EncodedTexture:
    """Encode a normal map (h, w, 3) or an occlusion map (h, w): the fewest bytes that give its values back.

    WebP halves the resolution of two of three channels, which costs a normal map several degrees at any quality; JPEG
    need not (4:4:4), and is smaller than WebP from about 37 dB on. Both are tried where the level is to have WebP.
    """
    height, width = values.shape[:2]
    if options.codec == "uastc":
        data = encode_basis(values, Codec(options.codec), is_linear=True)
        image = EncodedImage(data, "image/ktx2")
        likeness = _likeness(values, texels(io.BytesIO(data)))
        return EncodedTexture(image, options.codec, width, height, 0, likeness, len(data) <= options.most_bytes)
    writers = (jpeg,) if options.codec == "jpeg" else (webp, jpeg)
    tried = [_least_data(values, writer, options) for writer in writers]
    good = [each for each in tried if each.is_within and each.psnr_db >= options.enough_db]
    if good:
        return min(good, key=lambda each: len(each.image.data))
    return max(tried, key=lambda each: (each.is_within, each.psnr_db))


def _least_data(values: ByteArray, writer: ModuleType, options: DataOptions) -> EncodedTexture:
    """Return the values at the least lossy quality that is like them enough, or the last that holds the bytes."""
    low, high = 0, len(LOSSY) - 1
    while low < high:
        middle = (low + high) // 2
        data = writer.encode(values, LOSSY[middle])
        if len(data) > options.most_bytes or _likeness(values, writer.decode(data)) >= options.enough_db:
            high = middle
        else:
            low = middle + 1
    data = writer.encode(values, LOSSY[low])
    while low > 0 and len(data) > options.most_bytes:
        low -= 1
        data = writer.encode(values, LOSSY[low])
    likeness, (height, width) = _likeness(values, writer.decode(data)), values.shape[:2]
    image = EncodedImage(data, writer.MEDIA_TYPE)
    is_within = len(data) <= options.most_bytes
    return EncodedTexture(image, writer.MEDIA_TYPE.partition("/")[2], width, height, LOSSY[low], likeness, is_within)


def _likeness(values: ByteArray, decoded: ByteArray) -> float:
    """Return the peak signal-to-noise ratio of an image's values in dB, infinite when all are the same."""
    given = values if values.ndim == 3 else values[:, :, None]
    square = float(np.mean((given.astype(np.float32) - decoded[:, :, : given.shape[2]].astype(np.float32)) ** 2))
    return math.inf if square == 0 else 10 * math.log10(255 * 255 / square)


def plain_image(image: EncodedImage) -> EncodedImage:
    """Return an image as JPEG, for the model before compression: the validator knows neither WebP nor KTX2."""
    if image.media_type == jpeg.MEDIA_TYPE:
        return image
    decoded = texels(io.BytesIO(image.data)) if image.media_type == "image/ktx2" else webp.decode(image.data)
    return EncodedImage(jpeg.encode(decoded, 90), jpeg.MEDIA_TYPE)
