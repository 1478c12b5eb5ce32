"""What glTF can carry stays as it is, and nothing else is lost in silence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import ByteArray
from carreau.formats.images.image import open_texture
from carreau.formats.writers.glb_textures import source_image

TEXELS: ByteArray = np.random.default_rng(5).integers(0, 256, (6, 7, 3)).astype(np.uint8)


def encoded(kind: str, mode: str = "RGB") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(TEXELS).convert(mode).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_bytes_stay(kind: str, tmp_path: Path) -> None:
    data = encoded(kind)
    (tmp_path / "a.x").write_bytes(data)
    for where in (data, tmp_path / "a.x"):
        found = source_image(open_texture("a.x", where, Path("scan")))
        assert found.image.data == data
        assert found.image.media_type == f"image/{kind.lower()}"
        assert not found.note


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
def test_other_types_keep_their_texels(kind: str) -> None:
    found = source_image(open_texture("a.tif", encoded(kind), Path("scan")))
    assert found.image.media_type == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(found.image.data))), TEXELS)
    assert found.note is not None
    assert found.note.startswith("the texture 'a.tif' is stored as PNG")


def test_a_picture_in_four_inks_becomes_one_in_three() -> None:
    found = source_image(open_texture("a.jpg", encoded("JPEG", "CMYK"), Path("scan")))
    assert found.image.media_type == "image/png"
    assert found.note
