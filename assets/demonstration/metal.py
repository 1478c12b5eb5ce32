"""Painted steel: rivets along every bar, rust where the paint has gone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.demonstration.colors import mixed, ramp, srgb
from assets.demonstration.headframe import beams
from assets.demonstration.noise import chances, smooth_noise
from assets.demonstration.parts import BEAMS
from carreau.base.model import FloatArray

PAINT, FADED, OXIDE = srgb(78, 104, 98), srgb(124, 144, 134), srgb(150, 58, 42)
RUST, RUST_DARK, RUST_PALE = srgb(130, 68, 38), srgb(76, 44, 32), srgb(168, 100, 58)


def rusted(colors: FloatArray, places: FloatArray, normals: FloatArray, bias: FloatArray) -> FloatArray:
    """Return paint (k, 3) with rust through it; bias (k,) above 0 means more."""
    large, fine = smooth_noise(places, 0.55, 91, 3), smooth_noise(places, 5.0, 92, 4)
    stage = 0.62 * large + 0.38 * fine + bias + 0.05 * np.abs(normals[:, 1])
    rust = mixed(RUST_DARK, RUST, ramp(smooth_noise(places, 11.0, 93, 2), 0.25, 0.6))
    rust = mixed(rust, RUST_PALE, ramp(smooth_noise(places, 2.6, 94, 3), 0.58, 0.75))
    flaking = mixed(colors, RUST_DARK * 0.8, 0.5 * ramp(stage, 0.50, 0.53))
    return mixed(flaking, rust, ramp(stage, 0.525, 0.57))


def _rivets(along: FloatArray, across: FloatArray, half: FloatArray) -> FloatArray:
    """Return (k,) factor: bright above, dark below every rivet head."""
    step = (along / 0.18 - np.rint(along / 0.18)) * 0.18
    off = np.abs(across) - (half - 0.04)
    head = np.exp(-(step * step + off * off) / 0.00045)
    values: FloatArray = (1 + 1.1 * head * np.sign(step) * np.minimum(np.abs(step) / 0.02, 1)).astype(np.float32)
    return values


def steel(places: FloatArray, normals: FloatArray, owners: NDArray[np.int16]) -> FloatArray:
    """Return (k, 3) colours of the bars whose numbers are owners (k,)."""
    bars = beams()
    number = np.clip(owners.astype(np.int64) - BEAMS, 0, len(bars) - 1)
    axes = np.stack([bar.axes for bar in bars])[number].astype(np.float32)
    middles = np.stack([np.add(bar.start, bar.end) / 2 for bar in bars])[number].astype(np.float32)
    halves = np.array([(bar.width / 2, bar.height / 2) for bar in bars], np.float32)[number]
    local = np.einsum("kad,kd->ka", axes, places - middles)
    facing = np.abs(np.einsum("kad,kd->ka", axes[:, 1:], normals))
    pick = np.argmin(facing, axis=1)[:, None]
    across = np.take_along_axis(local[:, 1:], pick, 1)[:, 0]
    half = np.take_along_axis(halves, pick, 1)[:, 0]
    tone = chances(95, number)
    colors = mixed(PAINT, FADED, np.clip(0.75 * tone + 0.5 * (smooth_noise(places, 0.9, 96, 3) - 0.4), 0, 1))
    edge = 0.035 * ramp(np.abs(across) / half, 0.65, 1.0)
    colors = rusted(colors, places, normals, edge + 0.09 * (tone - 0.55))
    return colors * _rivets(local[:, 0], across, half)[:, None]


def sheave(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): red oxide paint, worn bright where the rope ran."""
    colors = np.broadcast_to(OXIDE, places.shape) * (0.8 + 0.5 * smooth_noise(places, 2.2, 97, 3))[:, None]
    return rusted(colors.astype(np.float32), places, normals, np.full(len(places), -0.06, np.float32))


def plate(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): deck plates and cart, mostly rust."""
    colors = np.broadcast_to(PAINT, places.shape).astype(np.float32)
    seam = np.minimum(np.abs(places[:, 0] / 1.2 % 1 - 0.5), np.abs(places[:, 2] / 1.2 % 1 - 0.5))
    colors = rusted(colors, places, normals, np.full(len(places), 0.05, np.float32))
    return colors * (1 - 0.4 * ramp(seam, 0.02, 0.005))[:, None]
