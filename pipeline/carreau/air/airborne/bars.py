"""Straight bars: trunks, branches, and the members of lattices."""

from __future__ import annotations

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, IntArray


def bars(
    feet: DoubleArray, tips: DoubleArray, foot_radii: DoubleArray, tip_radii: DoubleArray, sides: int
) -> tuple[FloatArray, IntArray]:
    """Return closed bars from feet (n, 3) to tips (n, 3): positions, 2 * sides each, and 4 * sides - 4 faces each.

    foot_radii, tip_radii : (n,) from the axis to the corners
    """
    along = (tips - feet) / np.maximum(np.linalg.norm(tips - feet, axis=1, keepdims=True), 1e-9)
    side = np.cross(along, np.where(np.abs(along[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    front = np.cross(along, side)
    turn = 2 * np.pi * np.arange(sides) / sides
    ring = side[:, None] * np.cos(turn)[None, :, None] + front[:, None] * np.sin(turn)[None, :, None]
    lower = feet[:, None] + ring * foot_radii[:, None, None]
    upper = tips[:, None] + ring * tip_radii[:, None, None]
    k, after, fan = np.arange(sides), (np.arange(sides) + 1) % sides, np.arange(1, sides - 1)
    faces = np.concatenate(
        [
            np.stack([k, after, sides + k], axis=1),
            np.stack([after, sides + after, sides + k], axis=1),
            np.stack([np.zeros_like(fan), fan + 1, fan], axis=1),
            np.stack([np.full_like(fan, sides), sides + fan, sides + fan + 1], axis=1),
        ]
    )
    starts = 2 * sides * np.arange(len(feet))
    return (
        np.concatenate([lower, upper], axis=1).reshape(-1, 3).astype(np.float32),
        (faces[None] + starts[:, None, None]).reshape(-1, 3).astype(np.int32),
    )
