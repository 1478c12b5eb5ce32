"""Texture coordinates outside their texture, moved into it."""

from __future__ import annotations

import numpy as np

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.topology import components_of
from carreau.geometry.uv.layout import BORDER


def within_unit(texcoords: FloatArray, faces: IntArray, is_repeated: bool) -> FloatArray:
    """Return texture coordinates that lie in 0..1 where they show the same there.

    Rounding just outside is cut off. Charts over a texture that repeats are moved by a whole number of textures; one
    that crosses a border of the texture stays as it is.
    """
    if not len(texcoords) or (texcoords.min() >= 0.0 and texcoords.max() <= 1.0):
        return texcoords
    if is_repeated:
        corners = texcoords[faces]
        parts = components_of(faces, len(texcoords))
        lowest = np.full((parts.count, 2), np.inf, np.float32)
        highest = -lowest
        np.minimum.at(lowest, parts.labels, corners.min(axis=1))
        np.maximum.at(highest, parts.labels, corners.max(axis=1))
        whole = np.floor(lowest + np.float32(BORDER))
        fitting = (highest - whole <= 1 + BORDER).all(axis=1, keepdims=True)
        texcoords = texcoords.copy()
        texcoords[faces] = corners - np.where(fitting, whole, 0)[parts.labels][:, None]
    inside = np.clip(texcoords, 0.0, 1.0)
    return np.where(np.abs(texcoords - inside) <= BORDER, inside, texcoords)
