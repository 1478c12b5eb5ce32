"""Roofs: clay tiles, slates and corrugated iron, each from its metres along ridge and slope."""

from __future__ import annotations

import numpy as np

from assets.demonstration.colors import mixed, ramp, srgb
from assets.demonstration.noise import chances, smooth_noise
from carreau.base.model import FloatArray

CLAY, CLAY_DARK, CLAY_PALE = srgb(150, 84, 62), srgb(106, 62, 50), srgb(176, 116, 88)
SLATE, SLATE_WARM = srgb(92, 98, 110), srgb(112, 104, 104)
MOSS, LICHEN, RUST, SHEET = srgb(86, 92, 48), srgb(176, 170, 130), srgb(132, 72, 42), srgb(138, 140, 138)


def _aged(colors: FloatArray, places: FloatArray, u: FloatArray, moss_share: float) -> FloatArray:
    streak = smooth_noise(np.stack([u * 1.8, places[:, 1] * 0.35, places[:, 2] * 0.2], axis=1), 1.0, 81, 3)
    colors = mixed(colors, colors * 0.5, 0.8 * ramp(streak, 0.45, 0.8))
    colors = mixed(colors, LICHEN, 0.3 * ramp(smooth_noise(places, 3.2, 82, 3), 0.62, 0.80))
    moss = ramp(smooth_noise(places, 0.7, 83, 4), 0.72 - moss_share, 0.86 - moss_share)
    return mixed(colors, MOSS, 0.7 * moss * ramp(smooth_noise(places, 6.0, 84, 2), 0.3, 0.6))


def clay_tiles(places: FloatArray, u: FloatArray, down: FloatArray) -> FloatArray:
    """Return (k, 3) interlocking tiles of 23 by 34 cm, each with its roll and the shadow of the one above."""
    row, column = np.floor(down / 0.34), np.floor(u / 0.23)
    value = chances(85, row.astype(np.int64), column.astype(np.int64))
    patch = chances(86, row.astype(np.int64) // 5, column.astype(np.int64) // 9)
    colors = mixed(CLAY_DARK, CLAY, ramp(value, 0, 0.45))
    colors = mixed(colors, CLAY_PALE, ramp(value, 0.55, 1) * 0.8)
    colors = mixed(colors, CLAY_PALE * 1.05, ((patch > 0.965) * 0.6).astype(np.float32))
    roll = 0.80 + 0.34 * np.sin((u / 0.23 % 1) * 2 * np.pi)
    lap = 1 - 0.55 * ramp(down / 0.34 % 1, 0.16, 0.0) - 0.12 * (down / 0.34 % 1)
    return _aged((colors * (roll * lap)[:, None]).astype(np.float32), places, u, 0.04)


def slates(places: FloatArray, u: FloatArray, down: FloatArray) -> FloatArray:
    """Return (k, 3) staggered slates of 24 by 20 cm."""
    row = np.floor(down / 0.2)
    along = u / 0.24 + 0.5 * (row % 2)
    value = chances(87, row.astype(np.int64), np.floor(along).astype(np.int64))
    colors = mixed(SLATE, SLATE_WARM, ramp(value, 0.4, 0.9)) * (0.72 + 0.5 * value)[:, None]
    joint = ramp(np.abs(along - np.rint(along)) * 0.24, 0.016, 0.004)
    lap = ramp(down / 0.2 % 1, 0.14, 0.0)
    colors = colors * (1 - 0.5 * np.maximum(joint, lap))[:, None]
    return _aged(colors.astype(np.float32), places, u, 0.02)


def corrugated(places: FloatArray, u: FloatArray) -> FloatArray:
    """Return (k, 3) galvanised sheets with rust that runs down them."""
    wave = 0.84 + 0.24 * np.sin(u / 0.16 * 2 * np.pi)
    sheet = chances(88, np.floor(u / 0.9).astype(np.int64))
    run = smooth_noise(np.stack([u * 1.6, places[:, 1] * 0.3, places[:, 2] * 0.25], axis=1), 1.0, 89, 4)
    colors = mixed(SHEET, RUST, ramp(run + 0.3 * (sheet - 0.5), 0.42, 0.62))
    values: FloatArray = (colors * wave[:, None]).astype(np.float32)
    return values
