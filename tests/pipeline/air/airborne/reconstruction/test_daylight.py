"""Orthophotos made ready for the ground: voids, grey pictures, shadows and tree tops."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.air.airborne.reconstruction import daylight, shadows
from carreau.air.airborne.reconstruction.daylight import ground_picture, is_grey, void_pixels
from carreau.air.airborne.survey_data import AirbornePoints, Orthophoto, PointClass
from carreau.base.model import ByteArray, DoubleArray

LAWN, PATH, LEAF, SHADE = (120, 128, 92), (186, 178, 164), (48, 70, 44), (52, 56, 62)
NONE = np.empty((0, 3))


def level(places: DoubleArray) -> DoubleArray:
    """Return the heights of a level ground."""
    return np.full(len(places), 20.0)


def points(positions: DoubleArray, kind: PointClass = PointClass.HIGH_VEGETATION) -> AirbornePoints:
    """Return points of one class."""
    ones = np.ones(len(positions), np.uint8)
    return AirbornePoints(positions, np.full(len(positions), kind, np.uint8), ones, ones)


def photo(pixels: ByteArray) -> Orthophoto:
    """Return a picture of 20 cm from (1000, 2000) to the south-east."""
    return Orthophoto(pixels, 1000.0, 2000.0, 0.2)


def lawn(side: int = 200) -> ByteArray:
    """Return a lawn with a path across it, and some grain."""
    pixels = np.full((side, side, 3), LAWN, float)
    pixels[side // 2 : side // 2 + 12] = PATH
    pixels += np.random.default_rng(1).normal(0, 4, (side, side, 1))
    return np.asarray(np.clip(pixels, 0, 255), np.uint8)


def square(west: float, east: float, south: float, north: float, height: float) -> DoubleArray:
    """Return returns (n, 3) at a height over a rectangle, as offsets from the corner of the picture."""
    x, y = np.meshgrid(np.arange(west, east, 0.25), np.arange(south, north, 0.25))
    return np.stack([1000 + x.ravel(), 2000 - y.ravel(), np.full(x.size, 20.0 + height)], axis=1)


def test_large_white_and_black_are_voids_and_a_van_is_not() -> None:
    pixels = lawn()
    pixels[:40], pixels[-40:, :50] = 255, 0
    pixels[120:130, 100:124] = 255
    voids = void_pixels(photo(pixels))
    assert voids[:40].all()
    assert voids[-40:, :50].all()
    assert voids.sum() == 40 * 200 + 40 * 50
    kept = ground_picture(photo(pixels), points(NONE), level)
    assert (kept.picture.pixels[voids] == pixels[voids]).all()


def test_a_grey_photograph_is_left_as_it_is() -> None:
    grey = np.repeat(lawn().mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert is_grey(photo(grey))
    assert not is_grey(photo(lawn()))
    found = ground_picture(photo(grey), points(square(10, 16, 10, 16, 6)), level)
    assert found.picture.pixels.tobytes() == grey.tobytes()
    assert (found.softened, found.filled) == (0, 0)


def test_a_plain_lit_picture_stays_as_it_is() -> None:
    found = ground_picture(photo(lawn()), points(NONE), level)
    assert np.abs(found.picture.pixels.astype(int) - lawn()).max() <= 1
    assert found.softened == 0


def test_a_shadow_gets_lighter_and_keeps_its_grain_and_its_neighbours() -> None:
    pixels = lawn().astype(float)
    pixels[30:60, 50:100] *= np.array(SHADE) / LAWN
    dark = pixels.astype(np.uint8)
    found = ground_picture(photo(dark), points(NONE), level)
    inside = found.picture.pixels[35:55, 55:95].astype(float)
    before = dark[35:55, 55:95].astype(float)
    assert inside.mean() > 1.2 * before.mean()
    assert inside.mean() < np.mean(LAWN)
    assert np.corrcoef(inside[..., 1].ravel(), before[..., 1].ravel())[0, 1] > 0.8
    assert found.softened == pytest.approx(30 * 50 / 200**2, rel=0.3)
    assert np.abs(found.picture.pixels[150:].astype(int) - dark[150:]).max() <= 1


def test_tree_tops_make_way_for_the_tone_of_the_ground() -> None:
    pixels = lawn()
    rng = np.random.default_rng(2)
    crown = np.array(LEAF) * rng.uniform(0.5, 1.6, (8, 8, 1)).repeat(5, axis=0).repeat(5, axis=1)
    pixels[20:60, 20:60] = crown
    found = ground_picture(photo(pixels), points(square(4, 12, 4, 12, 6)), level)
    filled = found.picture.pixels[24:56, 24:56].astype(float)
    assert np.linalg.norm(filled.mean(axis=(0, 1)) - LAWN) < np.linalg.norm(np.subtract(LEAF, LAWN)) * 0.7
    assert filled.std(axis=(0, 1)).max() < 0.5 * crown.std(axis=(0, 1)).max()
    assert found.filled == pytest.approx((9.6 / 40) ** 2, rel=0.3)
    assert np.abs(found.picture.pixels[120:].astype(int) - pixels[120:]).max() <= 1


def test_roofs_under_branches_and_low_plants_are_left() -> None:
    pixels = lawn()
    roof = points(square(4, 12, 4, 12, 4), PointClass.BUILDING)
    both = AirbornePoints(
        np.concatenate([roof.positions, square(4, 12, 4, 12, 6), square(24, 30, 4, 12, 0.8)]),
        np.repeat(np.array([6, 5, 3], np.uint8), [len(roof), len(roof), 24 * 32]),
        np.ones(2 * len(roof) + 24 * 32, np.uint8),
        np.ones(2 * len(roof) + 24 * 32, np.uint8),
    )
    found = ground_picture(photo(pixels), both, level).picture.pixels
    assert np.abs(found[22:58, 22:58].astype(int) - pixels[22:58, 22:58]).max() <= 1
    assert np.abs(found[22:58, 122:148].astype(int) - pixels[22:58, 122:148]).max() <= 1


@pytest.mark.parametrize("side", [1, 2, 7])
def test_tiny_pictures_pass(side: int) -> None:
    found = ground_picture(photo(lawn(side + 20)[:side, :side]), points(square(0, 3, 0, 3, 6)), level)
    assert found.picture.pixels.shape == (side, side, 3)


def test_a_picture_all_under_crowns_is_blurred_and_not_black() -> None:
    rng = np.random.default_rng(3)
    pixels = (np.array(LEAF) * rng.uniform(0.5, 1.6, (100, 100, 1))).astype(np.uint8)
    found = ground_picture(photo(pixels), points(square(0, 20, 0, 20, 6)), level)
    assert found.filled == 1
    assert found.picture.pixels.std() < pixels.std()
    assert np.allclose(found.picture.pixels.mean(axis=(0, 1)), pixels.mean(axis=(0, 1)), rtol=0.2)


def test_the_same_bytes_each_time_and_points_that_are_no_numbers() -> None:
    leaves = square(4, 12, 4, 12, 6)
    first = ground_picture(photo(lawn()), points(leaves), level).picture.pixels
    spoilt = np.concatenate([leaves, np.full((1, 3), np.nan)])
    assert ground_picture(photo(lawn()), points(spoilt), level).picture.pixels.tobytes() == first.tobytes()


def test_how_many_rows_are_worked_on_at_a_time_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = lawn().astype(float)
    pixels[30:60, 50:100] *= np.array(SHADE) / LAWN
    picture, trees = photo(pixels.astype(np.uint8)), points(square(4, 12, 8, 30, 6))
    whole = ground_picture(picture, trees, level).picture.pixels
    for module in (daylight, shadows):
        monkeypatch.setattr(module, "BAND_ROWS", 23)
    banded = ground_picture(picture, trees, level).picture.pixels
    assert np.abs(whole.astype(int) - banded).max() <= 1
    assert (whole == banded).mean() > 0.999
