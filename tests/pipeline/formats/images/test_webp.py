"""WebP gives pictures back, as well as it is asked to."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import ByteArray
from carreau.formats.images import image_codecs
from carreau.formats.images.image_codecs import FINAL_EFFORT, LOSSLESS, TRIAL_EFFORT


@pytest.fixture
def picture() -> ByteArray:
    y, x = np.mgrid[0:50, 0:70] / 10
    noise = np.random.default_rng(5).normal(0, 6, (50, 70, 3))
    waves = np.stack([128 + 90 * np.sin(x + y), 128 + 90 * np.cos(2 * y), 20 * x], axis=-1)
    return np.asarray(np.clip(waves + noise, 0, 255), np.uint8)


def off(picture: ByteArray, quality: int) -> float:
    return float(
        np.abs(image_codecs.decode_webp(image_codecs.encode_webp(picture, quality)).astype(float) - picture).mean()
    )


def test_lossless_is_the_same_picture(picture: ByteArray) -> None:
    np.testing.assert_array_equal(image_codecs.decode_webp(image_codecs.encode_webp(picture, LOSSLESS)), picture)


def test_a_higher_quality_is_nearer_and_larger(picture: ByteArray) -> None:
    errors = [off(picture, quality) for quality in (10, 60, 95)]
    sizes = [len(image_codecs.encode_webp(picture, quality)) for quality in (10, 60, 95)]
    assert errors == sorted(errors, reverse=True)
    assert sizes == sorted(sizes)
    assert errors[-1] < 6


def test_it_is_what_it_says(picture: ByteArray) -> None:
    with Image.open(io.BytesIO(image_codecs.encode_webp(picture, 80))) as found:
        assert (found.format, found.size, found.mode) == ("WEBP", (70, 50), "RGB")
        assert Image.MIME["WEBP"] == image_codecs.WEBP_TYPE


def test_a_grey_picture_has_three_equal_channels(picture: ByteArray) -> None:
    grey = image_codecs.decode_webp(image_codecs.encode_webp(np.ascontiguousarray(picture[..., 0]), LOSSLESS))
    assert grey.shape == (50, 70, 3)
    assert (grey == picture[..., :1]).all()


@pytest.mark.parametrize("effort", [TRIAL_EFFORT, FINAL_EFFORT])
def test_the_same_bytes_twice(picture: ByteArray, effort: int) -> None:
    assert image_codecs.encode_webp(picture, 80, effort) == image_codecs.encode_webp(picture, 80, effort)
