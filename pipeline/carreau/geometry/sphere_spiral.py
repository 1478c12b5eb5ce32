"""Directions spread evenly over the sphere: a Fibonacci lattice (Gonzalez 2010, doi:10.1007/s11004-009-9257-x)."""

from __future__ import annotations

import numpy as np

from carreau.base.model import DoubleArray

GOLDEN_ANGLE_RAD = np.pi * (3 - np.sqrt(5))


def sphere_spiral(turns: DoubleArray) -> DoubleArray:
    """Return (n, 3) unit vectors in even steps of z, from above down, each turned about z by an angle in radians.

    They are spread evenly where each angle is larger by the golden angle than the one before. Angles are given, and not
    counted here, because the same products in another order differ in their last bits, and models with them.
    """
    height = 1 - 2 * (np.arange(len(turns)) + 0.5) / len(turns)
    ring = np.sqrt(1 - height * height)
    return np.stack([ring * np.cos(turns), ring * np.sin(turns), height], axis=1)
