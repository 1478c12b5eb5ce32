"""JPEG gives pictures back with every channel at full resolution."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, JpegImagePlugin
from scipy.ndimage import gaussian_filter

from carreau.base.model import ByteArray
from carreau.formats.images import image_codecs


def stripes() -> ByteArray:
    """Return columns that differ in hue and not in brightness, which subsampling would mix."""
    picture = np.empty((32, 32, 3), np.uint8)
    picture[:, ::2], picture[:, 1::2] = (200, 60, 130), (60, 130, 200)
    return picture


def test_neighbouring_hues_stay_apart() -> None:
    back = image_codecs.decode_jpeg(image_codecs.encode_jpeg(stripes(), 95)).astype(int)
    assert np.abs(back - stripes()).max() < 20


def test_it_is_what_it_says() -> None:
    with Image.open(io.BytesIO(image_codecs.encode_jpeg(stripes(), 80))) as found:
        assert (found.format, found.size, found.mode) == ("JPEG", (32, 32), "RGB")
        assert JpegImagePlugin.get_sampling(found) == 0
        assert Image.MIME["JPEG"] == image_codecs.JPEG_TYPE


def test_a_higher_quality_is_larger_and_the_same_twice() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (48, 40, 3), dtype=np.uint8)
    sizes = [len(image_codecs.encode_jpeg(noise, quality)) for quality in (20, 60, 95)]
    assert sizes == sorted(sizes)
    assert image_codecs.encode_jpeg(noise, 60) == image_codecs.encode_jpeg(noise, 60)


def test_a_grey_picture_has_three_equal_channels() -> None:
    grey = image_codecs.decode_jpeg(image_codecs.encode_jpeg(np.full((8, 16), 77, np.uint8), 90))
    assert grey.shape == (8, 16, 3)
    assert np.abs(grey.astype(int) - 77).max() <= 1


def test_noise_fits_the_buffer_at_any_quality() -> None:
    noise = np.random.default_rng(3).integers(0, 2, (512, 512, 3)).astype(np.uint8) * 255
    for quality in (50, 90, 94, 100):
        assert image_codecs.decode_jpeg(image_codecs.encode_jpeg(noise, quality)).shape == noise.shape


def test_it_is_progressive_only_where_it_may_and_that_is_smaller() -> None:
    noise = np.random.default_rng(1).normal(0, 30, (256, 256, 3))
    grains = np.clip(128 + 4 * gaussian_filter(noise, (1, 1, 0)), 0, 255).astype(np.uint8)
    plain, small = image_codecs.encode_jpeg(grains, 80), image_codecs.encode_jpeg(grains, 80, may_be_progressive=True)
    assert (image_codecs.decode_jpeg(plain) == image_codecs.decode_jpeg(small)).all()
    assert len(small) < len(plain)
    assert [Image.open(io.BytesIO(each)).info.get("progressive", 0) for each in (plain, small)] == [0, 1]
    y, x = np.mgrid[0:256, 0:256]
    smooth = np.stack([x, y, (x * y) >> 8], axis=2).astype(np.uint8)
    assert image_codecs.encode_jpeg(smooth, 80, may_be_progressive=True) == image_codecs.encode_jpeg(smooth, 80)
