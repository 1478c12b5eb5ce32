"""Write images as PNG, JPEG, WebP and AVIF, at the least quality that is good enough, and convert to sRGB."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from carreau.base.model import ByteArray, DoubleArray

PNG_TYPE = "image/png"

_SIGNATURE_BYTES, _HEAD, _CRC = 8, struct.Struct(">I4s"), struct.Struct(">I")


def encode_png(image: ByteArray, level: int = 6, is_optimised: bool = False) -> bytes:
    """Return (h, w), (h, w, 3) or (h, w, 4) uint8 as PNG.

    level : of zlib, 1 to 9
    is_optimised : whether more time is spent on fewer bytes, whatever the level
    """
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=level, optimize=is_optimised)
    return _in_one_chunk(stream.getvalue())


def _in_one_chunk(data: bytes) -> bytes:
    """Return a PNG with all of its pixels in one chunk.

    Pillow divides them by a buffer of the whole process, which grows with the JPEG files that it has written before.
    """
    before, pixels, after = [data[:_SIGNATURE_BYTES]], list[bytes](), list[bytes]()
    at = _SIGNATURE_BYTES
    while at < len(data):
        length, kind = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length + _CRC.size
        if kind == b"IDAT":
            pixels.append(data[at + _HEAD.size : end - _CRC.size])
        else:
            (after if pixels else before).append(data[at:end])
        at = end
    body = b"IDAT" + b"".join(pixels)
    chunk = struct.pack(">I", len(body) - 4) + body + _CRC.pack(zlib.crc32(body))
    return b"".join([*before, chunk, *after])


JPEG_TYPE = "image/jpeg"

BUFFER_BYTES_A_TEXEL = 5
"""Noise takes 3.4 bytes a texel at a quality of 100."""


def encode_jpeg(image: ByteArray, quality: int, may_be_progressive: bool = False) -> bytes:
    """Return (h, w, 3) or (h, w) uint8 as JPEG, 4:4:4, at a quality of 0 to 100.

    may_be_progressive : where that is smaller, for browsers: the same texels, of the atlas of a statue in 6 % fewer
        bytes; not every reader of plain glTF or USDZ is known to take it
    """
    (height, width), picture = image.shape[:2], Image.fromarray(image).convert("RGB")
    # An optimised JPEG must fit one buffer; Pillow's estimate is too small for noise.
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, BUFFER_BYTES_A_TEXEL * width * height)
    kinds = (False, True) if may_be_progressive else (False,)
    return min((_encode(picture, quality, is_progressive) for is_progressive in kinds), key=len)


def _encode(picture: Image.Image, quality: int, is_progressive: bool) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=is_progressive)
    return stream.getvalue()


def decode_jpeg(data: bytes) -> ByteArray:
    """Return (h, w, 3) uint8."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


WEBP_TYPE = "image/webp"
LOSSLESS = 101
"""A quality above all lossy ones."""

TRIAL_EFFORT, FINAL_EFFORT = 2, 5
"""libwebp's `method`: 2 takes a third of the time of 5 and about 5 % more bytes, so it is for trying qualities."""


def encode_webp(image: ByteArray, quality: float, effort: int = FINAL_EFFORT) -> bytes:
    """Return (h, w, 3) or (h, w) uint8, or (h, w, 4) with alpha, as WebP at a quality of 0 to 100, or `LOSSLESS`."""
    has_alpha = image.ndim == 3 and image.shape[2] == 4
    picture, stream = Image.fromarray(image).convert("RGBA" if has_alpha else "RGB"), io.BytesIO()
    if quality >= LOSSLESS:
        picture.save(stream, "WEBP", lossless=True, quality=60, method=effort, exact=has_alpha)
    else:
        # What lies under a transparent texel shows through the filter along its edge: `exact` keeps it.
        picture.save(stream, "WEBP", quality=quality, method=effort, exact=has_alpha)
    return stream.getvalue()


def decode_webp(data: bytes) -> ByteArray:
    """Return (h, w, 3) uint8."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def decode_with_alpha(data: bytes) -> ByteArray:
    """Return (h, w, 4) uint8 of a PNG, a WebP or an AVIF with alpha, (h, w, 3) without."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))


AVIF_TYPE = "image/avif"

TRIAL_SPEED, FINAL_SPEED = 8, 6
"""libaom's `cpu-used`: 8 takes a quarter of the time of 6 and 1 % more bytes for 0.07 dB less, so it is for trying
qualities; 5 takes four times as long as 6, for nothing. Measured on the atlas of a statue."""


def encode_avif(image: ByteArray, quality: int, speed: int = FINAL_SPEED) -> bytes:
    """Return (h, w, 3) or (h, w) uint8, or (h, w, 4) with alpha, as AVIF of 8 bits, 4:4:4, at a quality of 0 to 100.

    Every channel has its full resolution: at equal bytes that is no worse than 4:2:0 on photographed atlases, and there
    is no way to enlarge colours in which browsers could differ. One thread and one encoder: more threads give other
    bytes.
    """
    stream = io.BytesIO()
    has_alpha = image.ndim == 3 and image.shape[2] == 4
    Image.fromarray(image).convert("RGBA" if has_alpha else "RGB").save(
        stream, "AVIF", quality=quality, speed=speed, subsampling="4:4:4", codec="aom", max_threads=1
    )
    return stream.getvalue()


def decode_avif(data: bytes) -> ByteArray:
    """Return (h, w, 3) uint8."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True)
class LossyCodec:
    """A lossy codec, and what is known of it before an image is tried.

    steps : qualities that are tried first, ascending; above 100 is lossless
    grain : least difference between two qualities
    growth, fading : how much the logarithm of the bytes grows by a step, and that of the square error falls
    trial_excess : most bytes of a trial, in those of the image at the same quality, where that is known
    rival : a codec that may be better where it is the bytes that end the search
    """

    name: str
    media_type: str
    encode: Callable[[ByteArray, float], bytes]
    trial: Callable[[ByteArray, float], bytes]
    decode: Callable[[bytes], ByteArray]
    steps: tuple[int, ...]
    grain: float
    growth: float
    fading: float
    trial_excess: float = math.inf
    rival: LossyCodec | None = None


LOSSY = (5, 15, 30, 45, 55, 62, 68, 74, 78, 82, 85, 88, 90, 92, 94, 96, 98, 100)

WEBP = LossyCodec(
    "webp",
    WEBP_TYPE,
    encode_webp,
    lambda image, quality: encode_webp(image, quality, TRIAL_EFFORT),
    decode_webp,
    LOSSY,
    grain=0.25,
    growth=0.12,
    fading=0.24,
)


def _jpeg(may_be_progressive: bool) -> LossyCodec:
    def encode(image: ByteArray, quality: float) -> bytes:
        return encode_jpeg(image, int(quality), may_be_progressive)

    return LossyCodec(
        "jpeg", JPEG_TYPE, encode, encode, decode_jpeg, LOSSY, grain=1, growth=0.12, fading=0.24
    )  # fmt: skip


PLAIN_JPEG, WEB_JPEG = _jpeg(may_be_progressive=False), _jpeg(may_be_progressive=True)
"""For any reader, and for browsers."""

WEB_COLORS = replace(WEBP, steps=(*LOSSY, LOSSLESS), rival=WEB_JPEG)
"""For colours in browsers. WebP halves the resolution of two of three channels, JPEG need not (4:4:4): JPEG is 0.1 dB
nearer to the scan on an atlas of six with much room, and 0.7 dB on fine colours; a castle of 1,300 charts is up to 4 dB
nearer as WebP. No quality tells which, so both are encoded."""

# Each step of AVIF is about one of its quantiser, so that none is between two.
AVIF = LossyCodec(
    "avif",
    AVIF_TYPE,
    lambda image, quality: encode_avif(image, int(quality)),
    lambda image, quality: encode_avif(image, int(quality), TRIAL_SPEED),
    decode_avif,
    tuple(range(10, 102, 2)),
    grain=2,
    growth=0.09,
    fading=0.12,
    trial_excess=1.02,
)

CODECS = {codec.name: codec for codec in (AVIF, WEBP, PLAIN_JPEG)}

PNG = LossyCodec(
    "png",
    PNG_TYPE,
    lambda image, _: encode_png(image, is_optimised=True),
    lambda image, _: encode_png(image),
    decode_with_alpha,
    (LOSSLESS,),
    grain=1,
    growth=0.12,
    fading=0.24,
)
"""The only type with alpha that plain glTF and USDZ have; it loses nothing, so that there is nothing to search."""


def with_alpha(codec: LossyCodec) -> LossyCodec:
    """Return the codec that stands in for another where a picture has alpha, which JPEG cannot carry."""
    if codec.media_type == JPEG_TYPE:
        return PNG
    return replace(codec, decode=decode_with_alpha, rival=None)


REFINEMENTS, FULL_SHARE, FILLED_SHARE = 3, 0.98, 0.995
"""How often a quality between two steps is tried, until so much of the bytes is used, and the share that it aims at."""

MOST_GUESSES = 5
"""Steps that are tried where a curve says; then the rest is halved, so that no curve makes a search long."""

SURE_SHARE = 0.5
"""Of what a step takes from the error: where one is good enough by less, the step below it is not."""


@dataclass(frozen=True, eq=False)
class Goal:
    """When an image is good enough.

    likeness : of a decoded image, in dB
    excess : of a likeness, the logarithm of its square error in that which an image may have: 0 or less is good enough
    """

    likeness: Callable[[ByteArray], float]
    excess: Callable[[float], float]


def reaching(enough_db: float, likeness: Callable[[ByteArray], float]) -> Goal:
    """Return the goal of a likeness in dB."""
    return Goal(likeness, lambda psnr_db: (enough_db - psnr_db) * math.log(10) / 10)


@dataclass(frozen=True)
class Trial:
    """A quick encoding of an image.

    size : bytes
    psnr_db : its likeness, nan where it was not looked at
    """

    codec: str
    quality: float
    size: int
    psnr_db: float


@dataclass(frozen=True)
class Trials:
    """Quick encodings of one image, from which a search goes on.

    size : bytes that the image needs, about: more than it may have, where it would be good enough with no fewer
    is_enough : whether it is good enough with the bytes that it may have
    """

    size: int
    is_enough: bool
    trials: tuple[Trial, ...]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The image of a search, and what it was encoded with.

    psnr_db : the likeness of the decoded image
    is_enough : whether a quality was found that is good enough, so that more bytes would gain nothing
    """

    codec: LossyCodec
    quality: float
    data: bytes
    psnr_db: float
    is_enough: bool


class _Search:
    """The steps of a codec that were tried with an image."""

    def __init__(self, values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None) -> None:
        self.values, self.codec, self.most_bytes, self.goal = values, codec, most_bytes, goal
        # Both rise through 0 where a step is the one looked for.
        self.over, self.better = dict[int, float](), dict[int, float]()
        self.tried, self.trials = dict[int, bytes](), dict[int, Trial]()
        own = [trial for trial in known.trials if trial.codec == codec.name] if known else []
        self._known = {trial.quality: trial for trial in own}

    def find(self) -> int:
        """Return the first step that is good enough, or the last that holds the bytes; the first step if none does."""
        low, high = 0, len(self.codec.steps) - 1
        while low < high:
            # Steps below `low` are too coarse, `high` is good enough or too large. One that is good enough by less than
            # half a step needs no look at the step below.
            step = _next_step(low, high, self.over, self.better, self.codec)
            self.try_step(step)
            if self.over[step] > 0 or self.better[step] >= 0:
                high = step
                if 0 <= self.better.get(step, -1.0) < SURE_SHARE * self.codec.fading:
                    low = step
            else:
                low = step + 1
        return low

    def try_step(self, step: int) -> None:
        """Try a step, unless its trial is known, and measure the image where it holds the bytes."""
        quality = self.codec.steps[step]
        trial = self._known.get(quality)
        if trial is None or (math.isnan(trial.psnr_db) and trial.size <= self.most_bytes):
            self.tried[step] = data = self.codec.trial(self.values, quality)
            is_within = len(data) <= self.most_bytes
            likeness = self.goal.likeness(self.codec.decode(data)) if is_within else math.nan
            trial = Trial(self.codec.name, quality, len(data), likeness)
        self.trials[step] = trial
        self.over[step] = math.log(trial.size / self.most_bytes) if self.most_bytes > 0 else math.inf
        if self.over[step] <= 0:
            self.better[step] = -self.goal.excess(trial.psnr_db)

    def is_enough(self, step: int) -> bool:
        return self.better.get(step, -1.0) >= 0

    def image(self, step: int) -> bytes:
        is_there = self.codec.trial is self.codec.encode and step in self.tried
        return self.tried[step] if is_there else self.codec.encode(self.values, self.codec.steps[step])


def least_quality(
    values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None = None
) -> SearchResult:
    """Return an image at the first of the steps that is good enough, or at about the highest that holds the bytes.

    known : earlier trials of the image, with any codec
    """
    result = _least_quality(values, codec, most_bytes, goal, known)
    if codec.rival is None or result.is_enough or result.quality > 100:
        return result
    # The bytes end the search: both are looked at as they would be sent.
    other = _least_quality(values, codec.rival, most_bytes, goal, known)
    return max(result, other, key=lambda each: (len(each.data) <= most_bytes, -goal.excess(each.psnr_db)))


def _least_quality(
    values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None
) -> SearchResult:
    steps, search = codec.steps, _Search(values, codec, most_bytes, goal, known)
    low = search.find()
    # The slow encoder may need more bytes than its quick trial: step down until the image itself holds them.
    while low > 0 and low in search.trials and search.trials[low].size > codec.trial_excess * most_bytes:
        low -= 1
    data = search.image(low)
    while low > 0 and len(data) > most_bytes:
        low -= 1
        data = search.image(low)
    quality: float = steps[low]
    is_last = search.is_enough(low) or low + 1 == len(steps) or steps[low + 1] > 100
    if not is_last and steps[low + 1] - quality > codec.grain:
        # Too few bytes for the next step: what is left of them is used by a quality between both.
        above = steps[low + 1]
        tried = search.trials.get(low + 1)
        above_bytes = tried.size if tried else len(codec.trial(values, above))
        quality, data = _filled_up(values, codec, most_bytes, (quality, data), (above, above_bytes))
    return SearchResult(codec, quality, data, goal.likeness(codec.decode(data)), search.is_enough(low))


def try_qualities(
    values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None = None
) -> Trials:
    """Search as `least_quality` does, but with trials alone: the slow encoder is never called."""
    search = _Search(values, codec, most_bytes, goal, known)
    step = search.find()
    if step not in search.trials:
        search.try_step(step)
    return Trials(search.trials[step].size, search.is_enough(step), tuple(search.trials.values()))


def _next_step(low: int, high: int, over: Mapping[int, float], better: Mapping[int, float], codec: LossyCodec) -> int:
    """Return which step to try: where the curves of bytes and of errors are about to cross their limits, or the middle.

    A search that knows the curves ends with the steps on both sides of the crossing; halving needs twice the trials.
    """
    if not 0 < len(over) < MOST_GUESSES:
        return (low + high) // 2
    crossing = min(_crossing(over, codec.growth), _crossing(better, codec.fading))
    if not math.isfinite(crossing):
        return (low + high) // 2
    # Until a step was not enough, one below the crossing is: between two sides it is known much better.
    step = math.ceil(crossing) if low else math.floor(crossing)
    return min(max(step, low), high - 1)


def _crossing(curve: Mapping[int, float], slope: float) -> float:
    """Return where a rising curve through some values is 0, infinite without values."""
    known = {step: value for step, value in curve.items() if math.isfinite(value)}
    below = [step for step, value in known.items() if value < 0]
    above = [step for step, value in known.items() if value >= 0]
    if below and above:
        # Between two sides, linear; with one side alone, along the slope that the codec usually has.
        left, right = max(below), min(above)
        return left + (right - left) * -known[left] / (known[right] - known[left])
    if not known:
        return math.inf
    nearest, *others = sorted(known, key=lambda step: abs(known[step]))
    if others:
        slope = max((known[others[0]] - known[nearest]) / (others[0] - nearest), slope / 4)
    return nearest - known[nearest] / slope


def _filled_up(
    values: ByteArray, codec: LossyCodec, most_bytes: int, below: tuple[float, bytes], above: tuple[float, int]
) -> tuple[float, bytes]:
    """Return a quality between one that fits and a higher one that is taken not to, so that few bytes are left.

    below : quality, and the image
    above : quality, and about how many bytes it takes: their logarithm grows evenly with the quality
    """
    (quality, data), (top, top_bytes) = below, above
    for _ in range(REFINEMENTS):
        if len(data) >= FULL_SHARE * most_bytes:
            break
        # The logarithm of the bytes grows evenly with the quality: aim just below the limit.
        share = math.log(FILLED_SHARE * most_bytes / len(data)) / max(math.log(top_bytes / len(data)), 1e-3)
        steps = math.ceil((top - quality) / codec.grain)
        middle = quality + codec.grain * min(max(int(share * steps), 1), steps - 1)
        if not quality < middle < top:
            break
        finer = codec.encode(values, middle)
        if len(finer) <= most_bytes:
            quality, data = middle, finer
        else:
            top, top_bytes = middle, len(finer)
    return quality, data


def likeness_db(values: ByteArray, decoded: ByteArray) -> float:
    """Return the peak signal-to-noise ratio of an image's values in dB, infinite when all are the same.

    values : (h, w, c) or (h, w)
    decoded : (h, w, c or more)
    """
    given = values if values.ndim == 3 else values[:, :, None]
    square = float(np.mean((given.astype(np.float32) - decoded[:, :, : given.shape[2]].astype(np.float32)) ** 2))
    return math.inf if square == 0 else 10 * math.log10(255 * 255 / square)


_ROWS = 1 << 20


def srgb_bytes(linear: NDArray[np.floating]) -> ByteArray:
    """Return linear values of any shape as sRGB in 0..255, clamped to 0..1; NaN is black.

    >>> srgb_bytes(np.array([0.0, 0.2158605, 1.0])).tolist()
    [0, 128, 255]
    """
    result = np.empty(linear.shape, np.uint8)
    for start in range(0, len(linear), _ROWS):
        light = np.clip(np.nan_to_num(linear[start : start + _ROWS].astype(np.float64), nan=0.0), 0.0, 1.0)
        curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        result[start : start + _ROWS] = np.rint(curve * 255.0)
    return result


def linear_table() -> DoubleArray:
    """Return the linear light, (256,) float64 in 0..1, of every sRGB byte."""
    srgb = np.arange(256) / 255.0
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
