"""The lossy codecs of images, and what is known of each before an image is tried."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from carreau.base.model import ByteArray
from carreau.formats.images import avif, jpeg, webp
from carreau.formats.images.webp import LOSSLESS, TRIAL_EFFORT


@dataclass(frozen=True)
class LossyCodec:
    """A lossy codec, and what is known of it before an image is tried.

    steps : qualities that are tried first, ascending; above 100 is lossless
    grain : least difference between two qualities
    growth, fading : how much the logarithm of the bytes grows by a step, and that of the square error falls
    trial_excess : most bytes of a trial, in those of the image at the same quality, where that is known
    finer, finer_from : a codec that may be better where it is the bytes that end the search, and the quality from which
        on; it is taken if it is as good as this one is likely to be with these bytes
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
    finer: LossyCodec | None = None
    finer_from: float = 0


LOSSY = (5, 15, 30, 45, 55, 62, 68, 74, 78, 82, 85, 88, 90, 92, 94, 96, 98, 100)

WEBP = LossyCodec(
    "webp",
    webp.MEDIA_TYPE,
    webp.encode,
    lambda image, quality: webp.encode(image, quality, TRIAL_EFFORT),
    webp.decode,
    LOSSY,
    grain=0.25,
    growth=0.12,
    fading=0.24,
)


def _jpeg(may_be_progressive: bool) -> LossyCodec:
    def encode(image: ByteArray, quality: float) -> bytes:
        return jpeg.encode(image, int(quality), may_be_progressive)

    return LossyCodec(
        "jpeg", jpeg.MEDIA_TYPE, encode, encode, jpeg.decode, LOSSY, grain=1, growth=0.12, fading=0.24
    )  # fmt: skip


PLAIN_JPEG, WEB_JPEG = _jpeg(may_be_progressive=False), _jpeg(may_be_progressive=True)
"""For any reader, and for browsers."""

WEB_COLORS = replace(WEBP, steps=(*LOSSY, LOSSLESS), finer=WEB_JPEG, finer_from=92)
"""For colours in browsers. WebP halves the resolution of two of three channels, JPEG need not (4:4:4): from 92 on it is
0.1 dB nearer to the scan on an atlas of six, and 0.7 dB on fine colours."""

# Each step of AVIF is about one of its quantiser, so that none is between two.
AVIF = LossyCodec(
    "avif",
    avif.MEDIA_TYPE,
    lambda image, quality: avif.encode(image, int(quality)),
    lambda image, quality: avif.encode(image, int(quality), avif.TRIAL_SPEED),
    avif.decode,
    tuple(range(10, 102, 2)),
    grain=2,
    growth=0.09,
    fading=0.12,
    trial_excess=1.02,
)

CODECS = {codec.name: codec for codec in (AVIF, WEBP, PLAIN_JPEG)}
