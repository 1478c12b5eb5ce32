"""Posters in small: both formats, clear pixels kept, the smallest that every browser reads last."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from carreau.site.renditions import POSTER_WIDTHS, smaller_posters


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    """A statue: higher than wide, on nothing."""
    image = Image.new("RGBA", (436, 1200), (0, 0, 0, 0))
    image.paste((120, 80, 60, 255), (100, 100, 336, 1100))
    path = tmp_path / "poster.webp"
    image.save(path, "WEBP")
    return path


def test_each_format_has_each_size_and_the_same_file_gives_the_same_bytes(poster: Path) -> None:
    forms = smaller_posters(poster)
    assert [form.media_type for form in forms] == ["image/avif"] * 2 + ["image/webp"] * 2
    assert [form.height for form in forms] == [*reversed(POSTER_WIDTHS)] * 2
    assert forms == smaller_posters(poster)
    for form in forms:
        with Image.open(io.BytesIO(form.content)) as image:
            assert image.size == (form.width, form.height)
            alpha = image.convert("RGBA").getchannel("A")
            assert (alpha.getpixel((1, 1)), alpha.getpixel((image.width // 2, image.height // 2))) == (0, 255)


def test_what_is_small_is_made_no_larger(tmp_path: Path) -> None:
    path = tmp_path / "poster.webp"
    Image.new("RGBA", (300, 200)).save(path, "WEBP")
    assert smaller_posters(path) == ()
