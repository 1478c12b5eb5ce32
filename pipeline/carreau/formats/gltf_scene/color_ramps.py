"""Colours of vertices as a small picture, for programs that show textures but no colours of vertices.

Each row of the picture goes from black to a hue; the place of a corner along it is how light it is. So shade stays
smooth across a triangle, whose hue is one: that of its corners together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import ByteArray, FloatArray, IntArray
from carreau.formats.images import png

STEPS = 24
"""Of each channel of a hue; faces of one step share a row, which has the mean of their hues."""

MOST_ROWS, ROW_PX, COLUMNS = 256, 4, 64
"""Rows are so high that neighbours do not mix from near, nor in the first two smaller pictures of a texture."""


@dataclass(frozen=True, eq=False)
class ColorRamps:
    """A picture, and where corners lie on it.

    picture : (h, w, 3) uint8 sRGB
    texcoords : (m, 3, 2) float32, v downwards
    """

    picture: ByteArray
    texcoords: FloatArray

    @property
    def png(self) -> bytes:
        """Return the picture as PNG."""
        return png.encode(self.picture)


def color_ramps(colors: ByteArray, faces: IntArray) -> ColorRamps:
    """Return ramps for the colours (n, 3) uint8 sRGB of vertices, on faces (m, 3)."""
    corners = colors[faces].astype(np.float64) / 255
    lightness = corners.max(axis=2)
    sums = corners.sum(axis=1)
    highest = sums.max(axis=1, keepdims=True)
    hues = np.where(highest > 0, sums / np.maximum(highest, 1e-9), 1.0)
    steps = np.rint(hues * STEPS).astype(np.int64) @ np.array([(STEPS + 1) ** 2, STEPS + 1, 1])
    _, row, counts = np.unique(steps, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(row, channel, len(counts)) for channel in hues.T]) / counts[:, None]
    if len(counts) > MOST_ROWS:
        # The rare hues take the nearest of the others.
        kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_ROWS])
        nearest = np.linalg.norm(means[:, None] - means[kept], axis=2).argmin(axis=1)
        row, means = nearest[row], means[kept]
    along = np.arange(COLUMNS) / (COLUMNS - 1)
    picture = np.rint(255 * means[:, None] * along[None, :, None]).astype(np.uint8)
    u = (0.5 + (COLUMNS - 1) * lightness) / COLUMNS
    v = np.repeat(((row + 0.5) / len(means))[:, None], 3, axis=1)
    return ColorRamps(np.repeat(picture, ROW_PX, axis=0), np.stack([u, v], axis=2).astype(np.float32))
