"""How a winding engine moves: two cages against each other on ropes over two sheaves, once up and once down."""

from __future__ import annotations

import numpy as np

from assets.demonstration.headframe import SHEAVE_RADIUS
from carreau.base.model import FloatArray

PERIOD_S, FRAMES = 16.0, 64
LOW_M, HIGH_M = 11.3, 24.6
"""Heights of a cage's floor: above the flat roof, and below the sheaves."""


def times() -> FloatArray:
    """Return (FRAMES + 1,) seconds; the last shows what the first does."""
    return np.linspace(0, PERIOD_S, FRAMES + 1).astype(np.float32)


def heights(is_first_up: bool) -> FloatArray:
    """Return (FRAMES + 1,) metres of a cage's floor: it starts and stops gently."""
    rise = (1 - np.cos(2 * np.pi * times() / PERIOD_S)) / 2
    values: FloatArray = (LOW_M + (HIGH_M - LOW_M) * (rise if is_first_up else 1 - rise)).astype(np.float32)
    return values


def turns(is_first_up: bool) -> FloatArray:
    """Return (FRAMES + 1, 4) quaternions about z of the sheave whose rope lifts that cage, as much as the rope runs."""
    angle = -(heights(is_first_up).astype(np.float64) - LOW_M) / SHEAVE_RADIUS / 2
    nothing = np.zeros_like(angle)
    values: FloatArray = np.stack([nothing, nothing, np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)
    return values
