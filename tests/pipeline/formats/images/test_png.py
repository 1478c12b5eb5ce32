"""A PNG holds its image, and has the same bytes whatever was written before."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFile

from carreau.formats.images import image_codecs


def picture(channels: int) -> np.ndarray:
    shape = (300, 400, channels) if channels > 1 else (300, 400)
    return np.random.default_rng(channels).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("level", "is_optimised"), [(1, False), (6, False), (9, True)])
def test_it_holds_the_image(channels: int, level: int, is_optimised: bool) -> None:
    data = image_codecs.encode_png(picture(channels), level, is_optimised)
    with Image.open(io.BytesIO(data)) as found:
        assert Image.MIME[found.format or ""] == image_codecs.PNG_TYPE
        np.testing.assert_array_equal(np.asarray(found), picture(channels))
    assert data.count(b"IDAT") == 1


def test_a_large_buffer_of_the_process_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image_codecs.encode_png(picture(4))
    monkeypatch.setattr(ImageFile, "MAXBLOCK", 10 * ImageFile.MAXBLOCK)
    assert image_codecs.encode_png(picture(4)) == before
