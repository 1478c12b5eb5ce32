"""Colours of vertices as ramps of a small picture."""

from __future__ import annotations

import numpy as np

from carreau.base.model import ByteArray, FloatArray, IntArray, Wrap
from carreau.formats.gltf.usd_scene import MOST_ROWS, ROW_PX, ColorRamps, color_ramps
from carreau.geometry.render.sampling import WRAPS, bilinear


def shown(ramps: ColorRamps) -> FloatArray:
    """Return (m, 3, 3) colours that the picture shows at corners."""
    out = np.empty((ramps.texcoords.size // 2, 3), np.float32)
    bilinear(ramps.picture, ramps.texcoords.reshape(-1, 2), WRAPS[Wrap.CLAMP], WRAPS[Wrap.CLAMP], out)
    return out.reshape(-1, 3, 3)


def apart(colors: ByteArray, faces: IntArray) -> FloatArray:
    """Return how far colours that are shown are from those of the corners, of 255."""
    return np.asarray(np.abs(shown(color_ramps(colors, faces)) - colors[faces].astype(np.float32)).max(axis=(1, 2)))


def triangles(count: int) -> IntArray:
    return np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def test_shade_of_one_hue_is_exact() -> None:
    light = np.random.default_rng(1).uniform(0.2, 1, (300, 1))
    colors = np.rint(np.array([[208.0, 192, 170]]) * light).astype(np.uint8)
    assert apart(colors, triangles(100)).max() < 2.5
    ramps = color_ramps(colors, triangles(100))
    assert len(ramps.picture) <= 4 * ROW_PX


def test_black_and_gray_are_what_they_are() -> None:
    colors = np.array([[0, 0, 0]] * 3 + [[90, 90, 90]] * 3 + [[255, 255, 255]] * 3, np.uint8)
    assert apart(colors, triangles(3)).max() < 1.5


def test_many_hues_have_no_more_rows_than_allowed_and_are_near() -> None:
    hues = np.random.default_rng(2).integers(60, 256, (3000, 1, 3))
    colors = np.repeat(hues, 3, axis=1).reshape(-1, 3).astype(np.uint8)
    faces = triangles(3000)
    ramps = color_ramps(colors, faces)
    assert len(ramps.picture) == MOST_ROWS * ROW_PX
    assert np.median(apart(colors, faces)) < 14
