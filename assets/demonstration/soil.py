"""What the ground is made of: setts, flagstones, rails, grass and shale."""

from __future__ import annotations

import numpy as np

from assets.demonstration.colors import line, mixed, ramp, srgb
from assets.demonstration.ground import GAUGE, KERB_Z, TRACK_Z, heap_height, paving
from assets.demonstration.houses import FRONT, LEFT, RIGHT
from assets.demonstration.noise import chances, smooth_noise, stones
from carreau.base.model import FloatArray

SETT, SETT_WARM, SETT_BLUE = srgb(138, 132, 124), srgb(158, 138, 116), srgb(112, 116, 124)
EARTH, SAND = srgb(98, 82, 62), srgb(150, 136, 112)
GRASS, STRAW, CLOVER = srgb(104, 114, 62), srgb(160, 148, 96), srgb(70, 86, 48)
SHALE, BURNT_SHALE, ASH = srgb(66, 62, 62), srgb(128, 84, 68), srgb(104, 98, 94)
RAIL, FLAG = srgb(172, 156, 140), srgb(162, 158, 150)
SUN_PLAN = np.array([-0.50, 0.62], np.float32) / np.float32(np.hypot(0.50, 0.62))


def _plan(places: FloatArray, scale: float) -> FloatArray:
    return places[:, [0, 2]] / np.float32(scale)


def setts(places: FloatArray) -> FloatArray:
    """Return (k, 3): rounded sandstone setts of 17 cm, lit on the side towards the sun, weeds in the joints."""
    cell = stones(_plan(places, 0.17), 101)
    value = cell[:, 1]
    colors = mixed(SETT, SETT_WARM, ramp(value, 0.55, 0.9))
    colors = mixed(colors, SETT_BLUE, ramp(value, 0.4, 0.1)) * (0.74 + 0.5 * (value * 7 % 1))[:, None]
    dome = 1 + 0.55 * (cell[:, 2:] @ SUN_PLAN)
    colors = colors * dome[:, None] * (0.85 + 0.3 * smooth_noise(places, 14.0, 102, 2))[:, None]
    weeds = ramp(smooth_noise(places, 0.6, 103, 3), 0.42, 0.66)
    gap = mixed(EARTH * 0.55, CLOVER * 0.7, weeds)
    colors = mixed(colors.astype(np.float32), gap, ramp(cell[:, 0], 0.2, 0.05))
    dusty = ramp(smooth_noise(places, 0.35, 104, 4), 0.5, 0.72)
    return mixed(colors, colors * 0.62, 0.55 * dusty)


def grass(places: FloatArray) -> FloatArray:
    """Return (k, 3): a meadow with dry and worn patches."""
    blade = smooth_noise(places, 16.0, 111, 3)
    patch = smooth_noise(places, 0.7, 112, 4)
    colors = mixed(CLOVER, GRASS, ramp(blade, 0.25, 0.6))
    colors = mixed(colors, STRAW, ramp(patch + 0.25 * (blade - 0.5), 0.5, 0.72) * 0.8)
    flowers = chances(113, *np.floor(_plan(places, 0.06)).astype(np.int64).T) > 0.994
    colors = np.where((flowers & (patch < 0.5))[:, None], srgb(226, 220, 170), colors)
    worn = ramp(smooth_noise(places, 0.4, 114, 4), 0.6, 0.72)
    return mixed(colors * (0.7 + 0.55 * blade)[:, None], EARTH * 1.1, worn * 0.8)


def shale(places: FloatArray) -> FloatArray:
    """Return (k, 3): black and burnt red waste rock."""
    lump = smooth_noise(places, 7.0, 121, 4)
    tone = smooth_noise(places, 0.35, 122, 4)
    colors = mixed(SHALE, ASH, 0.7 * ramp(lump, 0.4, 0.75))
    colors = mixed(colors, BURNT_SHALE, ramp(tone, 0.5, 0.66) * 0.85) * (0.75 + 0.55 * lump)[:, None]
    green = ramp(smooth_noise(places, 0.8, 123, 4), 0.60, 0.70) * ramp(places[:, 1], 7.0, 2.0)
    return mixed(colors.astype(np.float32), CLOVER, green * 0.8)


def _rails(colors: FloatArray, places: FloatArray) -> FloatArray:
    z = np.abs(places[:, 2] - TRACK_Z)
    groove = np.where(z < GAUGE / 2, 0.13, 0.09)
    colors = mixed(colors, EARTH * 0.35, 0.85 * ramp(np.abs(z - GAUGE / 2), groove, groove - 0.05))
    worn = 0.7 + 0.6 * smooth_noise(places, 1.4, 131, 3)
    return mixed(colors, RAIL * worn[:, None], line(z - GAUGE / 2, 0.075, 0.03))


def _path(colors: FloatArray, places: FloatArray) -> FloatArray:
    """Lay flagstones and a kerb before the houses."""
    x, z = places[:, 0], places[:, 2]
    inside = (x > LEFT - 1) & (x < RIGHT + 1) & (z > FRONT - 0.4) & (z < KERB_Z + 0.05)
    flag = np.floor(x / 0.62).astype(np.int64), np.floor((z - FRONT) / 0.62).astype(np.int64)
    tone = 0.72 + 0.34 * chances(132, *flag) + 0.2 * (smooth_noise(places, 2.4, 133, 4) - 0.5)
    joint = np.minimum(np.abs(x / 0.62 - np.rint(x / 0.62)), np.abs((z - FRONT) / 0.62 - np.rint((z - FRONT) / 0.62)))
    paved = mixed(FLAG * tone[:, None], EARTH * 0.5, ramp(joint * 0.62, 0.022, 0.008) * 0.8)
    kerb = (z > KERB_Z - 0.2)[:, None]
    return np.where(inside[:, None], np.where(kerb, FLAG * 0.92, paved), colors).astype(np.float32)


def ground(places: FloatArray) -> FloatArray:
    """Return (k, 3) linear colours of the ground."""
    x, z = places[:, 0], places[:, 2]
    fringe = 0.5 * (smooth_noise(places, 4.0, 141, 3) - 0.5)
    cobbled = ramp(paving(x, z) + fringe, 0.35, 0.65)
    heap = ramp(heap_height(x, z) + 2 * fringe, 0.25, 0.9)
    colors = mixed(mixed(grass(places), SAND * 0.7, 0.5 * ramp(cobbled, 0.02, 0.3)), setts(places), cobbled)
    colors = _rails(mixed(colors, shale(places), heap), places)
    return _path(colors, places)
