"""Texels solved for read back better than means, and gutters are filled without touching what is known."""

import numpy as np
import pytest

from carreau.base.model import FloatArray, Texture, TextureSlot, Wrap
from carreau.geometry.render import image_resampling
from carreau.geometry.render.image_resampling import box_means, fill_texels, sharpen
from carreau.geometry.render.sampling import sample_image

EDGE, FINE = 16, 64


def grid(fine: int = FINE, edge: int = EDGE) -> FloatArray:
    side = (np.arange(fine) + 0.5) / fine * edge
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2).astype(np.float32)


def scene(xy: FloatArray) -> FloatArray:
    """Return colours with detail of about two texels."""
    x, y = xy.T
    waves = [np.sin(2.1 * x) * np.cos(1.3 * y), np.sin(x * y / 7), np.sign(np.sin(0.9 * x + 1.7 * y))]
    return np.asarray(128 + 100 * np.stack(waves, axis=1), np.float32)


def error(texels: FloatArray, xy: FloatArray, colors: FloatArray) -> float:
    clamp = TextureSlot(Texture("", b"", 1, 1), 0, Wrap.CLAMP, Wrap.CLAMP)
    reading = sample_image(texels, (xy / np.float32(EDGE)).astype(np.float32), clamp)  # type: ignore[arg-type]
    return float(np.sqrt(np.mean((reading - colors) ** 2)))


def test_sharpened_texels_read_back_better_than_means() -> None:
    xy, colors = grid(), scene(grid())
    start = box_means(np.zeros((EDGE, EDGE, 3), np.float32), xy, colors)
    sharp = sharpen(start, xy, colors)
    assert error(sharp, xy, colors) < 0.85 * error(start, xy, colors)
    assert sharp.dtype == np.float32


def test_the_solution_is_nearly_the_best_there_is() -> None:
    xy, colors = grid(24, 6), scene(grid(24, 6))
    start = box_means(np.zeros((6, 6, 3), np.float32), xy, colors)
    reading = np.zeros((len(xy), 36))
    for texel in range(36):
        one = np.zeros((6, 6, 3), np.float32)
        one[texel // 6, texel % 6] = 1
        clamp = TextureSlot(Texture("", b"", 1, 1), 0, Wrap.CLAMP, Wrap.CLAMP)
        reading[:, texel] = sample_image(one, xy / np.float32(6), clamp)[:, 0]  # type: ignore[arg-type]
    best = np.linalg.lstsq(reading, colors.astype(float), rcond=None)[0]
    least = np.sum((reading @ best - colors) ** 2)
    ours = np.sum((reading @ sharpen(start, xy, colors).reshape(-1, 3) - colors) ** 2)
    before = np.sum((reading @ start.reshape(-1, 3) - colors) ** 2)
    assert ours - least < 0.02 * (before - least)


def test_what_no_sample_says_stays() -> None:
    xy = grid()
    xy = xy[xy[:, 0] < 8]
    start = np.full((EDGE, EDGE, 3), 77, np.float32)
    sharp = sharpen(start, xy, scene(xy))
    assert (sharp[:, 9:] == 77).all()
    assert (sharp[:, :8] != 77).any()
    assert np.array_equal(sharpen(start, np.zeros((0, 2), np.float32), np.zeros((0, 3), np.float32)), start)


def test_a_plain_image_stays_plain() -> None:
    xy = grid()
    start = np.full((EDGE, EDGE, 3), 60, np.float32)
    assert sharpen(start, xy, np.full((len(xy), 3), 60, np.float32)) == pytest.approx(start, abs=1e-4)


def test_samples_on_the_very_border_and_one_texel_alone() -> None:
    xy = np.array([[0, 0], [EDGE, EDGE], [0, EDGE], [EDGE, 0]], np.float32)
    assert np.isfinite(sharpen(np.zeros((EDGE, EDGE, 3), np.float32), xy, np.full((4, 3), 9, np.float32))).all()
    one = sharpen(np.zeros((1, 1, 3), np.float32), np.full((3, 2), 0.3, np.float32), np.full((3, 3), 50, np.float32))
    assert one == pytest.approx(np.full((1, 1, 3), 50), rel=0.03)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    xy, colors = grid(), scene(grid())
    start = box_means(np.zeros((EDGE, EDGE, 3), np.float32), xy, colors)
    monkeypatch.setattr(image_resampling, "BAND_ROWS", 3)
    many = sharpen(start, xy, colors)
    monkeypatch.setattr("carreau.base.process.THREADS", 1)
    assert np.array_equal(sharpen(start, xy, colors), many)


def test_means_are_of_the_samples_in_each_square() -> None:
    xy = np.array([[0.2, 0.2], [0.8, 0.9], [1.5, 0.5]], np.float32)
    colors = np.array([[10, 0, 0], [30, 0, 0], [7, 7, 7]], np.float32)
    means = box_means(np.full((2, 2, 3), 99, np.float32), xy, colors)
    assert means[0, 0].tolist() == [20, 0, 0]
    assert means[0, 1].tolist() == [7, 7, 7]
    assert (means[1] == 99).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (8, 8), (13, 6), (64, 64)])
@pytest.mark.parametrize("channels", [1, 3])
def test_filling_leaves_the_known_and_invents_nothing_new(shape: tuple[int, int], channels: int) -> None:
    rng = np.random.default_rng(2)
    texels = rng.uniform(50, 200, (*shape, channels)).astype(np.float32)
    known = rng.uniform(size=shape) < 0.2
    known[0, 0] = True
    full = fill_texels(np.where(known[..., None], texels, 0).astype(np.float32), known)
    assert np.array_equal(full[known], texels[known])
    assert full.min() >= texels[known].min() - 1e-3
    assert full.max() <= texels[known].max() + 1e-3


def test_filling_from_nothing_ends() -> None:
    assert fill_texels(np.zeros((9, 5, 3), np.float32), np.zeros((9, 5), bool)).shape == (9, 5, 3)
    assert fill_texels(np.zeros((0, 0, 3), np.float32), np.zeros((0, 0), bool)).shape == (0, 0, 3)
