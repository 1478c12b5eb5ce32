"""The quality of an image is found in few trials, and is the one that trying all of them finds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from carreau.base.model import ByteArray
from carreau.formats.images.image_codecs import (
    CODECS,
    WEB_COLORS,
    WEB_JPEG,
    Goal,
    LossyCodec,
    Trial,
    Trials,
    least_quality,
    try_qualities,
)


@pytest.fixture(scope="module")
def picture() -> ByteArray:
    """Return grains of several sizes, as photographs of stone have them."""
    random = np.random.default_rng(7)
    grains = (gaussian_filter(random.normal(size=(256, 256, 3)), (s, s, 0)) * s * k for s, k in ((1, 20), (4, 60)))
    return np.clip(128 + sum(grains, np.zeros((256, 256, 3))), 0, 255).astype(np.uint8)


def square(picture: ByteArray, decoded: ByteArray) -> float:
    return float(np.mean((picture.astype(np.float64) - decoded) ** 2))


def within(picture: ByteArray, allowed: float) -> Goal:
    """Return the goal of a mean square error."""
    return Goal(lambda decoded: -math.log(square(picture, decoded)), lambda likeness: -likeness - math.log(allowed))


NEVER = Goal(lambda _: 0.0, lambda _: 1.0)
"""No image is good enough."""


ONLY = {"webp": CODECS["webp"], "jpeg": WEB_JPEG}
EVERY = [*CODECS.values(), WEB_JPEG]


@pytest.mark.parametrize("codec", EVERY)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_the_first_quality_that_is_good_enough_is_found_in_few_trials(
    codec: LossyCodec, share: float, picture: ByteArray
) -> None:
    errors = [square(picture, codec.decode(codec.trial(picture, step))) for step in codec.steps]
    allowed = errors[int(share * (len(errors) - 1))]
    first = next(step for step, error in zip(codec.steps, errors, strict=True) if error <= allowed)

    counted, tried = counting(codec)
    result = least_quality(picture, counted, 10**9, within(picture, allowed))
    assert result.quality == first
    assert result.data == codec.encode(picture, first)
    assert len(tried) <= 5


@pytest.mark.parametrize("codec", EVERY)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_bytes_are_filled_and_never_more(codec: LossyCodec, share: float, picture: ByteArray) -> None:
    wanted = codec.steps[int(share * (len(codec.steps) - 1))]
    most = int(1.01 * len(codec.trial(picture, wanted)))
    counted, tried = counting(codec)
    result = least_quality(picture, counted, most, NEVER)
    assert len(result.data) <= most
    assert result.quality >= wanted
    assert len(result.data) > (0.75 if codec.name == "avif" else 0.93) * most
    assert len(tried) <= 6


def test_what_no_quality_holds_takes_the_least(picture: ByteArray) -> None:
    codec = CODECS["webp"]
    result = least_quality(picture, codec, 100, NEVER)
    assert result.quality == codec.steps[0]
    assert len(result.data) > 100


@pytest.mark.parametrize("codec", [CODECS["webp"], CODECS["avif"]])
@pytest.mark.parametrize("allowed", [20.0, 60.0])
def test_a_trial_that_was_made_before_is_not_made_again(codec: LossyCodec, allowed: float, picture: ByteArray) -> None:
    goal = within(picture, allowed)
    counted, tried = counting(codec)
    result = least_quality(picture, counted, 10**9, goal)
    first, count = tried[0], len(tried)
    data = codec.trial(picture, first)
    known = Trials(len(data), False, (Trial(codec.name, first, len(data), goal.likeness(codec.decode(data))),))
    tried.clear()
    again = least_quality(picture, counted, 10**9, goal, known)
    assert (again.quality, again.data) == (result.quality, result.data)
    assert len(tried) == count - 1
    assert first not in tried


@pytest.mark.parametrize("codec", [CODECS["webp"], CODECS["avif"]])
@pytest.mark.parametrize("most", [10**9, 20_000])
def test_a_search_by_trials_alone_never_calls_the_slow_encoder(
    codec: LossyCodec, most: int, picture: ByteArray
) -> None:
    goal, encoded = within(picture, 20.0), list[float]()

    def encode(image: ByteArray, quality: float) -> bytes:
        encoded.append(quality)
        return codec.encode(image, quality)

    counted, tried = counting(replace(codec, encode=encode))
    trials = try_qualities(picture, counted, most, goal)
    assert not encoded
    assert {trial.quality for trial in trials.trials} == set(tried)
    tried.clear()
    result = least_quality(picture, counted, most, goal, trials)
    assert encoded[0] == result.quality or not trials.is_enough
    assert trials.size == pytest.approx(len(result.data), rel=0.25)
    assert not tried or not trials.is_enough


@pytest.mark.parametrize("grain", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("quality", [30, 55, 78, 94, 98])
def test_where_bytes_end_the_search_the_codec_that_is_nearer_is_taken(quality: float, grain: float) -> None:
    """WebP halves the resolution of colours, which shows where every texel has its own."""
    noise = np.random.default_rng(5).normal(size=(256, 256, 3))
    picture = np.clip(128 + 20 * max(grain, 1) * gaussian_filter(noise, (grain, grain, 0)), 0, 255).astype(np.uint8)
    nearer(picture, quality)


@pytest.mark.parametrize("quality", [45, 92, 98, 100])
def test_an_atlas_of_many_small_charts_gets_the_codec_that_is_nearer(quality: float) -> None:
    nearer(atlas_of_stones(), quality)


def atlas_of_stones() -> ByteArray:
    """Return round charts of a photographed wall on a plain ground, as an atlas of a thousand stones has them."""
    random, edge, charts = np.random.default_rng(11), 256, 8
    wall = 128 + 60 * gaussian_filter(random.normal(size=(edge, edge)), 2)[..., None]
    colors = np.repeat(
        np.repeat(random.uniform(-40, 40, size=(charts, charts, 3)), edge // charts, 0), edge // charts, 1
    )
    row, column = np.indices((edge, edge)) % (edge // charts) - edge // charts / 2
    is_chart = np.hypot(row, column) < 0.42 * edge / charts
    picture = np.where(is_chart[..., None], wall + colors + random.normal(size=(edge, edge, 3)) * 4, 0)
    return np.clip(picture, 0, 255).astype(np.uint8)


def nearer(picture: ByteArray, quality: float) -> None:
    """Expect the likest of the two within the bytes that WebP takes at a quality, judged as encoded."""
    goal, most = within(picture, 0.1), len(WEB_COLORS.trial(picture, quality))
    result = least_quality(picture, WEB_COLORS, most, goal)
    losses = {}
    for name, codec in ONLY.items():
        alone = least_quality(picture, codec, most, goal)
        if len(alone.data) <= most:
            losses[name] = square(picture, codec.decode(alone.data))
    assert len(result.data) <= most
    assert square(picture, result.codec.decode(result.data)) == min(losses.values())
    assert result.psnr_db == goal.likeness(result.codec.decode(result.data))
    assert least_quality(picture, WEB_COLORS, most, goal).data == result.data


def counting(codec: LossyCodec) -> tuple[LossyCodec, list[float]]:
    """Return a codec that notes the qualities that are tried with it."""
    tried: list[float] = []

    def trial(image: ByteArray, quality: float) -> bytes:
        tried.append(quality)
        return codec.trial(image, quality)

    return replace(codec, trial=trial), tried
