"""Similarity of two sets of pictures: PSNR, SSIM and silhouettes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from pipeline.model import ByteArray, FloatArray
from pipeline.render.views import Views

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
        difference = left[union].astype(np.int32) - right[union]
        squares, count = squares + int((difference * difference).sum()), count + difference.size
    return float("inf") if squares == 0 else float(10 * np.log10(255 * 255 * count / squares))


def ssim(one: Views, other: Views) -> float:
    """Return the mean structural similarity of luma over the pixels where either shows the object; 1 when equal."""
    total, count = 0.0, 0
    for left, right, union in _pairs(one, other):
        if not union.any():
            continue
        crop = _crop(union, WINDOW_PX // 2)
        values = _ssim_map(left[crop] @ LUMA, right[crop] @ LUMA)[union[crop]]
        total, count = total + float(values.sum(dtype=np.float64)), count + len(values)
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


def _ssim_map(left: FloatArray, right: FloatArray) -> FloatArray:
    mean_l, mean_r = _blur(left), _blur(right)
    spread_l = _blur(left * left) - mean_l * mean_l
    spread_r = _blur(right * right) - mean_r * mean_r
    shared = _blur(left * right) - mean_l * mean_r
    top = (2 * mean_l * mean_r + STEADY_MEAN) * (2 * shared + STEADY_SPREAD)
    return np.asarray(top / ((mean_l**2 + mean_r**2 + STEADY_MEAN) * (spread_l + spread_r + STEADY_SPREAD)), np.float32)


def _blur(picture: FloatArray) -> FloatArray:
    taps = np.exp(-0.5 * ((np.arange(WINDOW_PX) - WINDOW_PX // 2) / SIGMA_PX) ** 2)
    taps /= taps.sum()
    across = correlate1d(picture, taps, axis=1, mode="constant")
    return np.asarray(correlate1d(across, taps, axis=0, mode="constant"), np.float32)
