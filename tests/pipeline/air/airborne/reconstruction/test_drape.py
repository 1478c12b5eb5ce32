"""Test of the picture that a model wears: coarser by means, and the same however many rows are worked on at once."""

import numpy as np
import pytest

from carreau.air.airborne.extent import make_extent
from carreau.air.airborne.reconstruction import drape
from carreau.air.airborne.reconstruction.drape import coarser, drape_picture, find_canvas
from carreau.air.airborne.survey_data import Orthophoto


def test_coarser_pixels_are_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a model cannot wear is averaged, in the same place; a picture that is coarse enough stays."""
    pixels = np.random.default_rng(0).integers(0, 256, (61, 80, 3)).astype(np.uint8)
    picture = Orthophoto(pixels, 100.0, 50.0, 0.5)
    extent = make_extent((100.0, 20.0, 140.0, 50.0))
    assert coarser(picture, extent) is picture
    monkeypatch.setattr(drape, "MOST_PIXELS", 40)
    half = coarser(picture, extent)
    assert half.pixels.shape == (30, 40, 3)
    assert (half.west, half.north, half.pixel_m) == (100.0, 50.0, 1.0)
    assert half.pixels[3, 4].tolist() == np.floor(pixels[6:8, 8:10].mean(axis=(0, 1)) + 0.5).tolist()
    assert find_canvas(half, extent) == find_canvas(picture, extent)


def test_bands_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roofs across the border of two bands, one in shadow, look as when all rows are worked on at once."""
    random = np.random.default_rng(1)
    picture = Orthophoto(random.integers(40, 220, (300, 120, 3)).astype(np.uint8), 0.0, 60.0, 0.2)
    picture.pixels[90:170, 30:50] //= 4
    canvas = find_canvas(picture, make_extent((0.0, 0.0, 24.0, 60.0)))
    heights, roofs = np.zeros(canvas.shape, np.float32), np.zeros(canvas.shape, bool)
    roofs[60:240, 20:90] = True
    heights[roofs] = 5
    heights[150:160, 40:50] = 7
    heights[5, 5] = np.nan
    whole = roofs.copy()
    whole[58:242, 18:92] = True
    plain = np.full((*canvas.shape, 3), 90, np.uint8)
    pictures = []
    for rows in (1000, 70):
        monkeypatch.setattr(drape, "BAND_ROWS", rows)
        pictures.append(drape_picture(picture, canvas, heights, (roofs, whole), plain).pixels)
    assert np.array_equal(pictures[0], pictures[1])
    assert pictures[0][120, 40].mean() > picture.pixels[120, 40].mean() + 10
