"""The small picture of a base colour looks like it, within its texels and bytes."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import ByteArray, Skin
from carreau.formats.images import image_codecs
from carreau.models.stages.encode import SMALL_BYTES, SMALL_PX, small_base


def _noise(width: int, height: int) -> ByteArray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def _halves() -> ByteArray:
    picture = np.zeros((1024, 2048, 3), np.uint8)
    picture[:, 1024:] = (200, 100, 50)
    return picture


def test_it_has_the_shape_and_the_colours() -> None:
    found = image_codecs.decode_webp(small_base(Skin(_halves())).data)
    assert found.shape == (SMALL_PX // 2, SMALL_PX, 3)
    assert np.abs(found[:, :200].astype(int)).max() < 12
    assert np.abs(found[:, -200:].astype(int) - (200, 100, 50)).max() < 12


@pytest.mark.parametrize("size", [(2048, 2048), (700, 1), (40, 30)])
def test_it_holds_texels_and_bytes_whatever_is_shown(size: tuple[int, int]) -> None:
    small = small_base(Skin(_noise(*size)))
    assert len(small.data) <= SMALL_BYTES
    assert max(image_codecs.decode_webp(small.data).shape) <= min(SMALL_PX, max(size))
