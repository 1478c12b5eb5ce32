"""Paint and light every texel of the atlas, as the photographs would have it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from assets.demonstration.atlas import Atlas, grow_gutters, texels
from assets.demonstration.light import Daylight, illumination
from assets.demonstration.noise import chances
from assets.demonstration.painting import paint
from assets.demonstration.surface import Surface
from carreau.base.model import ByteArray, FloatArray, IntArray
from carreau.geometry.render.sampling import to_srgb

Brush = Callable[[IntArray, FloatArray, int], ByteArray]
CHUNK = 400_000
EXPOSURE = 0.82
UNSEEN = (38, 36, 34)


def _interpolated(values: FloatArray, faces: IntArray, weights: FloatArray) -> FloatArray:
    a, b, c = (values[faces[:, k]] for k in range(3))
    u, v = weights[:, :1], weights[:, 1:]
    blended: FloatArray = (a * (1 - u - v) + b * u + c * v).astype(np.float32)
    return blended


def developed(light: FloatArray) -> FloatArray:
    """Return sRGB 0..255 of lit paint, through the soft shoulder that a camera gives to highlights."""
    return to_srgb(_shoulder(EXPOSURE * light))


def _shoulder(light: FloatArray) -> FloatArray:
    values: FloatArray = (light * (1 + light / 2.2) / (1 + light)).astype(np.float32)
    return values


def _developed(light: FloatArray, rng: np.random.Generator) -> ByteArray:
    """Return sRGB of linear light through a soft shoulder, with the grain of a sensor."""
    grain = rng.normal(0, 1, light.shape).astype(np.float32) + rng.normal(0, 1.2, (len(light), 1)).astype(np.float32)
    return np.clip(np.rint(to_srgb(_shoulder(light)) + 1.5 * grain), 0, 255).astype(np.uint8)


def _chunk_colors(
    surface: Surface,
    openness: FloatArray,
    balance: FloatArray,
    light: Daylight,
    faces: IntArray,
    weights: FloatArray,
    seed: int,
) -> ByteArray:
    rng = np.random.default_rng([seed, 5])
    corners = surface.faces[faces]
    places = _interpolated(surface.places, corners, weights)
    normals = _interpolated(surface.normals, corners, weights)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    sky = _interpolated(openness[:, None], corners, weights)[:, 0]
    nearest = np.where(weights.sum(axis=1) < 0.5, 0, np.where(weights[:, 0] > weights[:, 1], 1, 2))
    owners = surface.owners[np.take_along_axis(corners, nearest[:, None], 1)[:, 0]]
    points = _interpolated(surface.positions, corners, weights)
    sun = light.sunlight(points, normals, rng)
    lit = paint(places, normals, owners) * illumination(sun, sky, normals)
    return _developed(EXPOSURE * lit * balance[faces], rng)


def bake(surface: Surface, atlas: Atlas, labels: IntArray, seed: int) -> ByteArray:
    """Return (h, w, 3) uint8 sRGB: the atlas with its light in it; every chart has its own photograph's exposure."""
    faces, weights = texels(atlas)
    light = Daylight(surface)
    openness = light.openness(surface.positions, surface.normals, np.random.default_rng([seed, 6]))
    charts = np.arange(int(labels.max()) + 1)
    balance = np.stack([1 + 0.05 * (chances(301 + k, charts // 3) - 0.5) for k in range(3)], axis=1)
    balance = (balance * (1 + 0.08 * (chances(304, charts // 3) - 0.5))[:, None])[labels].astype(np.float32)
    picture = np.empty((atlas.size, atlas.size, 3), np.uint8)
    picture[:] = UNSEEN
    _fill(
        picture,
        faces,
        weights,
        lambda f, w, number: _chunk_colors(surface, openness, balance, light, f, w, 1000 * seed + number),
    )
    grow_gutters(picture, faces)
    return picture


def _fill(picture: ByteArray, faces: IntArray, weights: FloatArray, color: Brush) -> None:
    """Colour texels in chunks, two at a time; each chunk has its own random numbers, so the order does not matter."""
    used: NDArray[np.intp] = np.flatnonzero(faces >= 0)
    flat, flat_weights, out = faces.reshape(-1), weights.reshape(-1, 2), picture.reshape(-1, 3)
    chunks = [used[start : start + CHUNK] for start in range(0, len(used), CHUNK)]

    def work(number: int) -> None:
        chunk = chunks[number]
        out[chunk] = color(flat[chunk], flat_weights[chunk], number)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(len(chunks))))
