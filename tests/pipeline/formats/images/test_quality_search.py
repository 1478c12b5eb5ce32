"""The quality of an image is found in few trials, and is the one that trying all of them finds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pipeline.formats.images.quality_search import CODECS, WEB_JPEG, LossyCodec, least_quality
from pipeline.model import ByteArray


@pytest.fixture(scope="module")
def picture() -> ByteArray:
    """Return grains of several sizes, as photographs of stone have them."""
    random = np.random.default_rng(7)
    grains = (gaussian_filter(random.normal(size=(256, 256, 3)), (s, s, 0)) * s * k for s, k in ((1, 20), (4, 60)))
    return np.clip(128 + sum(grains, np.zeros((256, 256, 3))), 0, 255).astype(np.uint8)


def square(picture: ByteArray, decoded: ByteArray) -> float:
    return float(np.mean((picture.astype(np.float64) - decoded) ** 2))


EVERY = [*CODECS.values(), WEB_JPEG]


@pytest.mark.parametrize("codec", EVERY)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_the_first_quality_that_is_good_enough_is_found_in_few_trials(
    codec: LossyCodec, share: float, picture: ByteArray
) -> None:
    errors = [square(picture, codec.decode(codec.trial(picture, step))) for step in codec.steps]
    allowed = errors[int(share * (len(errors) - 1))]
    first = next(step for step, error in zip(codec.steps, errors, strict=True) if error <= allowed)

    def excess(decoded: ByteArray) -> float:
        return math.log(square(picture, decoded) / allowed)

    counted, tried = counting(codec)
    quality, data = least_quality(picture, counted, 10**9, excess)
    assert quality == first
    assert data == codec.encode(picture, first)
    assert len(tried) <= 5


@pytest.mark.parametrize("codec", EVERY)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_bytes_are_filled_and_never_more(codec: LossyCodec, share: float, picture: ByteArray) -> None:
    wanted = codec.steps[int(share * (len(codec.steps) - 1))]
    most = int(1.01 * len(codec.trial(picture, wanted)))
    counted, tried = counting(codec)
    quality, data = least_quality(picture, counted, most, lambda _: 1.0)
    assert len(data) <= most
    assert quality >= wanted
    assert len(data) > (0.75 if codec.name == "avif" else 0.93) * most
    assert len(tried) <= 6


def test_what_no_quality_holds_takes_the_least(picture: ByteArray) -> None:
    codec = CODECS["webp"]
    quality, data = least_quality(picture, codec, 100, lambda _: 1.0)
    assert quality == codec.steps[0]
    assert len(data) > 100


def counting(codec: LossyCodec) -> tuple[LossyCodec, list[float]]:
    """Return a codec that notes the qualities that are tried with it."""
    tried: list[float] = []

    def trial(image: ByteArray, quality: float) -> bytes:
        tried.append(quality)
        return codec.trial(image, quality)

    return replace(codec, trial=trial), tried
