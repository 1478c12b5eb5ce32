"""Draw the made photograph of 1955 of the example in the catalogue: fields, hedges and a lane from above.

    python -m tests.made_photograph

writes it beside the survey. It shows no place: it stands for a photograph of 1950–65, of which the example has none.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from tests.conftest import PROJECT

PATH = PROJECT / "assets/sites/maisons-vues-du-ciel/survey/historic.jpg"
COLUMNS, ROWS, PIXEL_M = 300, 200, 0.5
_TIMES = 2
"""The picture is drawn with finer pixels, and made smaller."""

Grey = NDArray[np.float32]


def draw() -> Grey:
    """Return the grey picture, (ROWS, COLUMNS) float32 in 0..255, row 0 in the north."""
    rng = np.random.default_rng(1955)
    shape = ROWS * _TIMES, COLUMNS * _TIMES
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) * (PIXEL_M / _TIMES)
    along, across = x * 0.94 + y * 0.34, y * 0.94 - x * 0.34  # metres along the fields, and across them
    field = np.searchsorted(np.cumsum(rng.uniform(9, 22, 30)) - 60, across)
    half = along > 60 + 25 * rng.uniform(size=32)[field]
    tones, furrows = rng.uniform(95, 190, (32, 2)), rng.uniform(1.1, 2.6, (32, 2))
    part = half.astype(int)
    grey = tones[field, part] + 7 * np.sin(across * 2 * np.pi / furrows[field, part])
    grey += 14 * _noise(rng, shape, 24) + 8 * _noise(rng, shape, 5)
    lane = np.abs(across - 38 - 3 * np.sin(along / 26))
    grey = np.where(lane < 2.2, 208 - 18 * (np.abs(lane - 1.0) < 0.35), grey)
    trees = [(30 + 9.5 * n + rng.uniform(-2, 2), 43 + rng.uniform(-1, 1), rng.uniform(1.8, 3.2)) for n in range(14)]
    trees += [(rng.uniform(-10, 170), rng.uniform(-30, 110), rng.uniform(1.5, 2.6)) for _ in range(9)]
    for place, side, radius in trees:
        shade = np.hypot(along - place + 1.6 * radius, across - side - 0.9 * radius)
        grey = np.where(shade < radius, grey * 0.5, grey)
    for place, side, radius in trees:
        crown = np.hypot(along - place, across - side) / radius + 0.18 * _noise(rng, shape, 4)
        grey = np.where(crown < 1, 62 + 40 * (1 - crown), grey)
    small = ndimage.gaussian_filter(grey, 1.1 * _TIMES / 2).reshape(ROWS, _TIMES, COLUMNS, _TIMES).mean(axis=(1, 3))
    far = np.hypot(*np.meshgrid(np.linspace(-1, 1, COLUMNS), np.linspace(-1, 1, ROWS)))
    aged = (small - 128) * 0.8 + 132 - 16 * far**2 + rng.normal(0, 5, (ROWS, COLUMNS))
    return np.asarray(np.clip(aged, 8, 247), np.float32)


def _noise(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Grey:
    """Return smooth noise of mean 0 and deviation 1."""
    smooth = ndimage.gaussian_filter(rng.standard_normal(shape), sigma)
    return np.asarray(smooth / smooth.std(), np.float32)


def encode(grey: Grey) -> bytes:
    """Return it as a grey JPEG."""
    stream = io.BytesIO()
    Image.fromarray(np.rint(grey).astype(np.uint8)).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def main(path: Path = PATH) -> None:
    path.write_bytes(encode(draw()))


if __name__ == "__main__":
    main()
