"""Pictures that differ by a known amount are as alike as the formulas say."""

import math

import numpy as np
import pytest

from carreau.geometry.render.image_metrics import psnr_db, silhouette_difference, ssim
from carreau.geometry.render.views import Views
from tests.pipeline.geometry.render.reference_ssim import reference_ssim


def views(value: int, *, width: int = 20) -> Views:
    """Return one picture with a grey rectangle, `width` pixels wide."""
    colors, masks = np.zeros((1, 40, 40, 3), np.uint8), np.zeros((1, 40, 40), bool)
    colors[:, 10:30, 10 : 10 + width] = value
    masks[:, 10:30, 10 : 10 + width] = True
    return Views(colors, masks)


def test_equal_pictures() -> None:
    assert psnr_db(views(90), views(90)) == math.inf
    assert ssim(views(90), views(90)) == pytest.approx(1, abs=1e-6)
    assert silhouette_difference(views(90), views(90)) == 0


def test_only_the_objects_pixels_count() -> None:
    assert psnr_db(views(100), views(110)) == pytest.approx(20 * math.log10(25.5))


def test_what_one_alone_fills_counts_whole() -> None:
    one, other = views(100, width=20), views(100, width=10)
    assert silhouette_difference(one, other) == 0.5
    assert psnr_db(one, other) == pytest.approx(10 * math.log10(255**2 / (100**2 / 2)))


def test_ssim_of_flat_parts_is_the_luminance_term() -> None:
    flat = [Views(np.full((1, 64, 64, 3), v, np.uint8), np.zeros((1, 64, 64), bool)) for v in (100, 120)]
    for view in flat:
        view.masks[0, 28:36, 28:36] = True
    steady = (0.01 * 255) ** 2
    expected = (2 * 100 * 120 + steady) / (100**2 + 120**2 + steady)
    assert ssim(*flat) == pytest.approx(expected, abs=1e-4)


def test_ssim_falls_with_lost_detail() -> None:
    rng = np.random.default_rng(7)
    sharp = Views(rng.integers(0, 255, (1, 40, 40, 3), dtype=np.uint8), np.ones((1, 40, 40), bool))
    assert ssim(sharp, Views(np.full((1, 40, 40, 3), 127, np.uint8), sharp.masks)) < 0.3


@pytest.mark.parametrize("brightness", [3, 128])
@pytest.mark.parametrize("noise", [2, 20, 80])
@pytest.mark.parametrize("corner", [(0, 0), (9, 14), (30, 21)])
def test_ssim_is_that_of_a_reference_implementation(noise: int, corner: tuple[int, int], brightness: int) -> None:
    rng = np.random.default_rng(noise)
    rows, columns = np.mgrid[:48, :56]
    base = 60 * np.sin(rows / 5)[..., None] + 50 * np.cos(columns / 3)[..., None] * [1, 0.7, -0.4]
    base = brightness * (1 + base / 128)
    mask = np.zeros((1, 48, 56), bool)
    mask[0, corner[0] : corner[0] + 18, corner[1] : corner[1] + 35] = True
    first, second = (
        Views(np.where(mask[..., None], np.clip(base + wave, 0, 255), 0).astype(np.uint8), mask)
        for wave in (0, rng.normal(0, noise, (48, 56, 3)))
    )
    assert ssim(first, second) == pytest.approx(float(np.mean(reference_ssim(first, second))), abs=2e-5)


def test_empty_pictures_differ_in_nothing() -> None:
    empty = Views(np.zeros((1, 9, 9, 3), np.uint8), np.zeros((1, 9, 9), bool))
    assert (psnr_db(empty, empty), ssim(empty, empty), silhouette_difference(empty, empty)) == (math.inf, 1.0, 0.0)
