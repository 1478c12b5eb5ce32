"""AVIF is what browsers decode: every channel at full resolution, the same bytes whatever the machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from carreau.base.model import ByteArray, EncodedImage
from carreau.formats.images import image_codecs
from carreau.formats.images.image import decode_image
from tests.pipeline.conftest import waves


def picture() -> ByteArray:
    """Fine stripes of red and blue, which 4:2:0 would blend."""
    image = np.zeros((96, 64, 3), np.uint8)
    image[:, ::2], image[:, 1::2] = (220, 30, 30), (30, 30, 220)
    return image


def test_colours_of_every_texel_come_back() -> None:
    image = picture()
    difference = np.abs(image_codecs.decode_avif(image_codecs.encode_avif(image, 90)).astype(int) - image.astype(int))
    assert difference.mean() < 3
    assert difference.max() < 24


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 5, 3), (130, 67, 3), (64, 64)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    image = np.full(shape, 90, np.uint8)
    texels = decode_image(EncodedImage(image_codecs.encode_avif(image, 80), image_codecs.AVIF_TYPE))
    assert texels.shape == (*shape[:2], 3)
    assert np.abs(texels.astype(int) - 90).max() <= 2


def test_bytes_follow_the_quality() -> None:
    image = waves(256, 256)
    sizes = [len(image_codecs.encode_avif(image, quality, image_codecs.TRIAL_SPEED)) for quality in (20, 50, 80)]
    assert sizes[0] < sizes[1] < sizes[2]


_DIGEST = """
import hashlib, numpy as np
from carreau.formats.images import image_codecs
values = np.random.default_rng(7).integers(0, 255, (40, 40, 3), np.uint8).repeat(16, 0).repeat(16, 1)
print(hashlib.sha256(image_codecs.encode_avif(values, 60)).hexdigest())
"""


def test_the_same_bytes_on_one_processor() -> None:
    values = np.random.default_rng(7).integers(0, 255, (40, 40, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    one = min(os.sched_getaffinity(0))
    command = [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{one}}})\n{_DIGEST}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == hashlib.sha256(image_codecs.encode_avif(values, 60)).hexdigest()
