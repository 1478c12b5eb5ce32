"""Encoding of a level's textures, within its budget and no better than pictures of the level can show."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.formats.images import avif, jpeg, webp
from pipeline.formats.images.basis import Codec, encode_basis
from pipeline.formats.images.encoded import decoded
from pipeline.formats.images.ktx import texels
from pipeline.formats.images.webp import LOSSLESS, TRIAL_EFFORT
from pipeline.model import ByteArray, EncodedImage, LevelMesh, Mesh, Skin
from pipeline.render.image_metrics import psnr_db
from pipeline.render.scoring import Scorer, create_scorer
from pipeline.render.views import Views

QUALITIES = (5, 15, 30, 45, 55, 62, 68, 74, 78, 82, 85, 88, 90, 92, 94, 96, 98, 100, LOSSLESS)
LOSSY = QUALITIES[:-1]
AVIF_QUALITIES = tuple(range(10, 102, 2))
"""Of AVIF, whose scale is another. Each step is about one of its quantiser, 5 % of the bytes, so that none is between
two; all are tried at a quarter of the time of the last one."""

LEAST_AVIF_PX = 64
"""Longest edge of a base colour that is WebP in place of AVIF, whose header alone takes 300 bytes."""

REFINEMENTS, FULL_SHARE, FILLED_SHARE = 3, 0.98, 0.995
"""How often a quality between two steps is tried, until so much of the bytes is used, and the share that it aims at."""

JPEG_QUALITY = 92
"""Quality of a WebP that misses its target from which on JPEG is tried: it keeps the colour of every texel (4:4:4), and
at these sizes is 0.1 dB nearer to the scan on an atlas of six, and 0.7 dB on fine colours."""


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


def encode_base(scan: Mesh, views: Views, level: LevelMesh, skin: Skin, options: EncodeOptions) -> EncodedTexture:
    """Encode a skin's base colour: at the least quality that costs no more than `loss_db`, within the bytes."""
    scorer = create_scorer(level, scan, views)
    height, width, _ = skin.base.shape
    if options.codec == "avif" and max(height, width) <= LEAST_AVIF_PX:
        options = replace(options, codec="webp", enough_db=EncodeOptions.enough_db)
    if options.codec in ("etc1s", "uastc"):
        data = encode_basis(skin.base, Codec(options.codec))
        score = scorer.psnr_db(texels(io.BytesIO(data)))
        return EncodedTexture(
            EncodedImage(data, "image/ktx2"), options.codec, width, height, 0, score, len(data) <= options.most_bytes
        )
    target = min(scorer.psnr_db(skin.base) - options.loss_db, options.enough_db)
    encoded = _encoded_base(scorer, skin.base, _WRITERS[options.codec], options, target)
    if options.codec == "webp" and encoded.quality >= JPEG_QUALITY and encoded.psnr_db < target:
        other = _encoded_base(scorer, skin.base, JPEG, options, target)
        encoded = max(encoded, other, key=lambda each: (each.is_within, each.psnr_db))
    return encoded


@dataclass(frozen=True)
class _Writer:
    """A lossy codec.

    steps : qualities that are tried first
    grain : least difference between two qualities
    trial_excess : most bytes of a trial, in those of the image at the same quality, where that is known
    """

    codec: str
    media_type: str
    encode: Callable[[ByteArray, float], bytes]
    trial: Callable[[ByteArray, float], bytes]
    decode: Callable[[bytes], ByteArray]
    steps: tuple[int, ...]
    grain: float
    trial_excess: float = math.inf


WEBP = _Writer(
    "webp", webp.MEDIA_TYPE, webp.encode, lambda image, q: webp.encode(image, q, TRIAL_EFFORT), webp.decode, LOSSY, 0.25
)
JPEG = _Writer(
    "jpeg",
    jpeg.MEDIA_TYPE,
    lambda image, q: jpeg.encode(image, int(q)),
    lambda image, q: jpeg.encode(image, int(q)),
    jpeg.decode,
    LOSSY,
    1,
)
AVIF = _Writer(
    "avif",
    avif.MEDIA_TYPE,
    lambda image, q: avif.encode(image, int(q)),
    lambda image, q: avif.encode(image, int(q), avif.TRIAL_SPEED),
    avif.decode,
    AVIF_QUALITIES,
    2,
    1.02,
)
_WRITERS = {writer.codec: writer for writer in (AVIF, WEBP, JPEG)}


def _encoded_base(
    scorer: Scorer, base: ByteArray, writer: _Writer, options: EncodeOptions, target: float
) -> EncodedTexture:
    steps = QUALITIES if writer is WEBP else writer.steps

    def is_enough(decoded: ByteArray) -> bool:
        return scorer.psnr_db(decoded) >= target

    quality, data = _least_quality(base, replace(writer, steps=steps), options.most_bytes, is_enough)
    score, (height, width) = scorer.psnr_db(writer.decode(data)), base.shape[:2]
    image = EncodedImage(data, writer.media_type)
    return EncodedTexture(image, writer.codec, width, height, quality, score, len(data) <= options.most_bytes)


def _least_quality(
    values: ByteArray, writer: _Writer, most_bytes: int, is_enough: Callable[[ByteArray], bool]
) -> tuple[float, bytes]:
    """Return the first of a writer's qualities that is enough, or about the highest that holds the bytes; its image."""
    steps, enough, sizes = writer.steps, set[int](), dict[int, int]()
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        data = writer.trial(values, steps[middle])
        sizes[middle] = len(data)
        if len(data) <= most_bytes and is_enough(writer.decode(data)):
            enough.add(middle)
        if len(data) > most_bytes or middle in enough:
            high = middle
        else:
            low = middle + 1
    while low > 0 and sizes.get(low, 0) > writer.trial_excess * most_bytes:
        low -= 1
    data = writer.encode(values, steps[low])
    while low > 0 and len(data) > most_bytes:
        low -= 1
        data = writer.encode(values, steps[low])
    if low in enough or low + 1 == len(steps) or steps[low + 1] > 100:
        return steps[low], data
    above = steps[low + 1]
    above_bytes = sizes.get(low + 1) or len(writer.trial(values, above))
    return _filled_up(values, writer, most_bytes, (steps[low], data), (above, above_bytes))


def _filled_up(
    values: ByteArray, writer: _Writer, most_bytes: int, below: tuple[float, bytes], above: tuple[float, int]
) -> tuple[float, bytes]:
    """Return a quality between one that fits and a higher one that is taken not to, so that few bytes are left.

    below : quality, and the image
    above : quality, and about how many bytes it takes: their logarithm grows evenly with the quality
    """
    (quality, data), (top, top_bytes) = below, above
    for _ in range(REFINEMENTS):
        if len(data) >= FULL_SHARE * most_bytes:
            break
        share = math.log(FILLED_SHARE * most_bytes / len(data)) / max(math.log(top_bytes / len(data)), 1e-3)
        steps = math.ceil((top - quality) / writer.grain)
        middle = quality + writer.grain * min(max(int(share * steps), 1), steps - 1)
        if not quality < middle < top:
            break
        finer = writer.encode(values, middle)
        if len(finer) <= most_bytes:
            quality, data = middle, finer
        else:
            top, top_bytes = middle, len(finer)
    return quality, data


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


def encode_data(values: ByteArray, options: DataOptions) -> EncodedTexture:
    """Encode a normal map (h, w, 3) or an occlusion map (h, w): the fewest bytes that give its values back.

    WebP halves the resolution of two of three channels, which costs a normal map several degrees at any quality; JPEG
    need not (4:4:4), and is smaller than WebP from about 37 dB on. Both are tried where the level is to have WebP.
    """
    height, width = values.shape[:2]

    def likeness(decoded: ByteArray) -> float:
        return _likeness(values, decoded)

    if options.codec == "uastc":
        data = encode_basis(values, Codec(options.codec), is_linear=options.is_linear)
        image, alike = EncodedImage(data, "image/ktx2"), likeness(texels(io.BytesIO(data)))
        return EncodedTexture(image, options.codec, width, height, 0, alike, len(data) <= options.most_bytes)
    writers = (WEBP, JPEG) if options.codec == "webp" else (_WRITERS[options.codec],)
    tried = [_encoded_data(values, writer, options, likeness) for writer in writers]
    good = [each for each in tried if each.is_within and each.psnr_db >= options.enough_db]
    if good:
        return min(good, key=lambda each: len(each.image.data))
    return max(tried, key=lambda each: (each.is_within, each.psnr_db))


def encode_as_seen(
    scan: Mesh, views: Views, level: LevelMesh, values: ByteArray, options: DataOptions
) -> EncodedTexture:
    """Encode a map as JPEG (4:4:4), as `encode_data` does, but judged in pictures of the level that show its values.

    A texel that no pixel resolves may be coarse: pictures of a normal map of 2560², and of its JPEG of 161 kB, are
    42.7 dB alike where the texels are 40.3 dB.
    """
    scorer = create_scorer(level, scan, views)
    own = scorer.views(_three_channels(values))

    def likeness(decoded: ByteArray) -> float:
        return psnr_db(own, scorer.views(_three_channels(decoded)))

    return _encoded_data(values, JPEG, options, likeness)


def _three_channels(values: ByteArray) -> ByteArray:
    return values if values.ndim == 3 else np.repeat(values[:, :, None], 3, axis=2)


def _encoded_data(
    values: ByteArray, writer: _Writer, options: DataOptions, likeness: Callable[[ByteArray], float]
) -> EncodedTexture:
    def is_enough(decoded: ByteArray) -> bool:
        return likeness(decoded) >= options.enough_db

    quality, data = _least_quality(values, writer, options.most_bytes, is_enough)
    (height, width), image = values.shape[:2], EncodedImage(data, writer.media_type)
    is_within = len(data) <= options.most_bytes
    return EncodedTexture(image, writer.codec, width, height, quality, likeness(writer.decode(data)), is_within)


def _likeness(values: ByteArray, decoded: ByteArray) -> float:
    """Return the peak signal-to-noise ratio of an image's values in dB, infinite when all are the same."""
    given = values if values.ndim == 3 else values[:, :, None]
    square = float(np.mean((given.astype(np.float32) - decoded[:, :, : given.shape[2]].astype(np.float32)) ** 2))
    return math.inf if square == 0 else 10 * math.log10(255 * 255 / square)


def plain_image(image: EncodedImage) -> EncodedImage:
    """Return an image as JPEG, for the model before compression: the validator does not know WebP, KTX2 or AVIF."""
    if image.media_type == jpeg.MEDIA_TYPE:
        return image
    return EncodedImage(jpeg.encode(decoded(image), 90), jpeg.MEDIA_TYPE)
