"""Brickwork: bond, mortar, decorative courses and a century of soot."""

from __future__ import annotations

import numpy as np

from assets.demonstration.colors import line, mixed, ramp, srgb
from assets.demonstration.noise import chances, smooth_noise
from carreau.base.model import FloatArray

COURSE_M, STRETCHER_M, HEADER_M, JOINT_M = 0.078, 0.23, 0.115, 0.013
TEXEL_M = 0.017
RED, BURNT, ORANGE, PURPLE = srgb(158, 78, 58), srgb(104, 52, 46), srgb(184, 102, 72), srgb(118, 66, 62)
LIGHT, LIGHT_DARK = srgb(222, 204, 160), srgb(190, 168, 124)
MORTAR, SOOT, MOSS, CHALK = srgb(176, 164, 146), srgb(46, 42, 40), srgb(84, 88, 56), srgb(206, 196, 186)


def bond(u: FloatArray, v: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return two (k,) arrays: each brick's own value in 0..1, and each texel's mortar (English cross bond)."""
    course = np.floor(v / COURSE_M)
    length = np.where(course % 2 == 0, STRETCHER_M, HEADER_M).astype(np.float32)
    along = (u + (course % 4) * HEADER_M / 2) / length
    brick = np.floor(along)
    side = np.abs(along - np.rint(along)) * length
    bed = np.abs(v / COURSE_M - np.rint(v / COURSE_M)) * COURSE_M
    mortar = np.maximum(line(side, JOINT_M, TEXEL_M), line(bed, JOINT_M, TEXEL_M))
    return chances(seed, brick.astype(np.int64), course.astype(np.int64)), mortar


def brick_colors(values: FloatArray, light: FloatArray) -> FloatArray:
    """Return (k, 3): bricks by their own value, light ones where light (k,) is 1."""
    red = mixed(BURNT, RED, ramp(values, 0.0, 0.35))
    red = mixed(red, ORANGE, ramp(values, 0.62, 1.0) * 0.8)
    red = mixed(red, PURPLE, ((values * 37) % 1 > 0.86).astype(np.float32) * 0.8)
    pale = mixed(LIGHT_DARK, LIGHT, ramp(values, 0.1, 0.7))
    return mixed(red, pale, light)


def weathered(colors: FloatArray, places: FloatArray, u: FloatArray, soot: FloatArray) -> FloatArray:
    """Return colours under streaks, damp and bloom; soot (k,) 0..1 says where smoke settled."""
    streaks = np.stack([u * 2.6, places[:, 1] * 0.28, places[:, 2] * 0.1], axis=1)
    run = smooth_noise(streaks, 1.0, 51, 3)
    cloud = smooth_noise(places, 0.45, 52, 4)
    dirt = np.clip(0.16 + soot * (0.35 + 0.6 * ramp(run, 0.4, 0.75)) + 0.5 * ramp(cloud, 0.56, 0.8), 0, 0.78)
    colors = mixed(colors, SOOT, dirt * 0.72)
    colors = mixed(colors, CHALK, 0.35 * ramp(smooth_noise(places, 0.8, 53, 4), 0.62, 0.8))
    damp = ramp(places[:, 1], 0.9, 0.1) * (0.3 + ramp(cloud, 0.35, 0.65))
    return mixed(colors, MOSS * 0.7, np.clip(damp, 0, 1) * 0.5)


def wall(places: FloatArray, u: FloatArray, light: FloatArray, soot: FloatArray, seed: int) -> FloatArray:
    """Return (k, 3) linear colours of a brick wall; u (k,) runs along it, light marks decorative bricks."""
    values, mortar = bond(u, places[:, 1], seed)
    colors = brick_colors(values, light) * (0.86 + 0.28 * smooth_noise(places, 9.0, seed + 1, 2))[:, None]
    colors = mixed(colors, MORTAR, mortar * (0.45 + 0.4 * smooth_noise(places, 1.3, seed + 2, 2)))
    return weathered(colors, places, u, soot)


def bands(y: FloatArray, tops: tuple[float, ...], courses: int) -> FloatArray:
    """Return (k,) 1 on decorative courses that end near the heights, cut at whole courses."""
    course = np.floor(y / COURSE_M)
    marks = [np.floor(top / COURSE_M) for top in tops]
    inside = [(course <= mark) & (course > mark - courses) for mark in marks]
    values: FloatArray = np.any(inside, axis=0).astype(np.float32)
    return values


def surround(x: FloatArray, y: FloatArray, half: float, spring: float, crown: float, width: float) -> FloatArray:
    """Return (k,) -1 away from an opening's frame, else 0 or 1: alternating stones of jambs and arch.

    x is measured from the opening's middle.
    """
    rise = crown - spring
    radius = (half * half + rise * rise) / (2 * rise)
    dy = y - (crown - radius)
    ring = np.hypot(x, dy)
    arch = (y > spring) & (ring >= radius) & (ring < radius + width) & (np.abs(x) < half + width)
    wedge = np.floor(np.arctan2(x, dy) * radius / (1.6 * COURSE_M) + 0.5)
    jamb = (y <= spring) & (np.abs(x) >= half) & (np.abs(x) < half + width)
    row = np.floor(y / (3 * COURSE_M))
    return np.where(arch, wedge % 2, np.where(jamb, row % 2, -1)).astype(np.float32)
