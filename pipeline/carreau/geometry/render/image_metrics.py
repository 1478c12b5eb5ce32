"""Similarity of two sets of pictures: PSNR, SSIM and silhouettes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray
from carreau.geometry.render.views import Views

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in luma (ITU-R BT.601-7, 2.5.1)."""

WINDOW_PX = 11
SIGMA_PX = 1.5
STEADY_MEAN, STEADY_SPREAD = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Window and constants of SSIM: Wang, Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861."""


def psnr_db(one: Views, other: Views) -> float:
    """Return the peak signal-to-noise ratio over the pixels where either shows the object; infinite when equal."""
    squares, count = 0, 0
    for left, right, union in _pairs(one, other):
        square, pixels = _squares(left, right, union)
        squares, count = squares + square, count + 3 * pixels
    return float("inf") if squares == 0 else float(10 * np.log10(255 * 255 * count / squares))


def square_error(psnr_db: float) -> float:
    """Return the mean square error of a ratio in decibels, in that of white against black; 0 for an infinite one."""
    return float(10 ** (-psnr_db / 10))


def ssim(one: Views, other: Views) -> float:
    """Return the mean structural similarity of luma over the pixels where either shows the object; 1 when equal."""
    taps = np.exp(-0.5 * ((np.arange(WINDOW_PX) - WINDOW_PX // 2) / SIGMA_PX) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    total, count = 0.0, 0
    for left, right, union in _pairs(one, other):
        if union.any():
            crop = _crop(union, WINDOW_PX // 2)
            total += _ssim_sum(left[crop] @ LUMA, right[crop] @ LUMA, union[crop], taps)
            count += int(np.count_nonzero(union))
    return total / count if count else 1.0


def silhouette_difference(one: Views, other: Views) -> float:
    """Return the share of the pixels that show either object which only one of them fills."""
    union = int(np.count_nonzero(one.masks | other.masks))
    return int(np.count_nonzero(one.masks ^ other.masks)) / union if union else 0.0


def _pairs(one: Views, other: Views) -> Iterator[tuple[ByteArray, ByteArray, NDArray[np.bool_]]]:
    yield from zip(one.colors, other.colors, one.masks | other.masks, strict=True)


def _crop(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Return the part of a picture that holds the mask and a margin: three quarters of most views are empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


@compiled
def _squares(left: ByteArray, right: ByteArray, union: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the sum of squared differences of two pictures (h, w, 3) where a mask is set, and how many pixels."""
    total, count = 0, 0
    for row in range(union.shape[0]):
        for column in range(union.shape[1]):
            if union[row, column]:
                count += 1
                for c in range(3):
                    difference = int(left[row, column, c]) - int(right[row, column, c])
                    total += difference * difference
    return total, count


@compiled
def _ssim_sum(left: FloatArray, right: FloatArray, union: NDArray[np.bool_], taps: FloatArray) -> float:
    """Return the sum of SSIM of two pictures (h, w) where a mask is set, with a window of taps (k,) each way.

    What lies beyond the pictures is black. All five moments are blurred in one pass, down and then across a row.
    """
    height, width = union.shape
    reach = len(taps) // 2
    total = 0.0
    down = np.zeros((5, width + 2 * reach), np.float32)
    moments = np.empty(5, np.float32)
    for row in range(height):
        if not union[row].any():
            continue
        down[:, reach : reach + width] = 0
        for k in range(max(0, reach - row), min(len(taps), height + reach - row)):
            tap = taps[k]
            for column in range(width):
                a, b = left[row + k - reach, column], right[row + k - reach, column]
                down[0, reach + column] += tap * a
                down[1, reach + column] += tap * b
                down[2, reach + column] += tap * a * a
                down[3, reach + column] += tap * b * b
                down[4, reach + column] += tap * a * b
        for column in range(width):
            if not union[row, column]:
                continue
            moments[:] = 0
            for k in range(len(taps)):
                for m in range(5):
                    moments[m] += taps[k] * down[m, column + k]
            mean_l, mean_r = moments[0], moments[1]
            spread = moments[2] + moments[3] - mean_l * mean_l - mean_r * mean_r
            shared = moments[4] - mean_l * mean_r
            top = (2 * mean_l * mean_r + STEADY_MEAN) * (2 * shared + STEADY_SPREAD)
            total += top / ((mean_l * mean_l + mean_r * mean_r + STEADY_MEAN) * (spread + STEADY_SPREAD))
    return total
