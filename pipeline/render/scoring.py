"""Fast scores of a level's textures against its scan.

The loss in decibels is measured on pictures, not on texels: a texel that no pixel resolves may be coarse. Rays are cast
once a level, so that trying another quality takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.geometry.extent import bounding_sphere
from pipeline.geometry.selection import finite_part
from pipeline.model import ByteArray, FloatArray, LevelMesh, Mesh, Wrap
from pipeline.render.camera import PinholeCamera, fibonacci_views
from pipeline.render.image_metrics import psnr_db
from pipeline.render.lru import LruCache, array_key
from pipeline.render.sampling import WRAPS, bilinear, interpolate_corners
from pipeline.render.views import Views, bounds_corners, look, pooled, render_views

VIEWS = 4
SIZE_PX = 768
SUPERSAMPLING = 2
"""A third of the views that published numbers take, at their size: a smaller picture hides what a codec does."""


HELD = 4
"""Judges held for the next stage, 20 to 60 MB each: two ways to make a level, and as much again for one made beside."""


def judging_cameras(scan: Mesh) -> tuple[PinholeCamera, ...]:
    """Return the cameras from which skins are judged."""
    return fibonacci_views(*bounding_sphere(scan), VIEWS, SIZE_PX * SUPERSAMPLING)


def scan_views(scan: Mesh) -> Views:
    """Return the scan as those cameras see it."""
    return render_views(finite_part(scan), judging_cameras(scan), SUPERSAMPLING)


def create_scorer(level: LevelMesh, scan: Mesh, seen: Views) -> Scorer:
    """Return the judge of a level against its scan, the one that chose the level when it is encoded next."""
    cameras = judging_cameras(scan)
    looks = (each for each in (level.texcoords, level.colors) if each is not None)
    eyes = np.array([[camera.eye, camera.target] for camera in cameras])
    key = array_key(level.positions, level.faces, *looks, seen.colors, seen.masks, eyes)
    return _JUDGES.get(key, 1, lambda: Scorer(level, cameras, seen))


class Scorer:
    """A level seen from the judging cameras, waiting for a skin."""

    def __init__(self, level: LevelMesh, cameras: Sequence[PinholeCamera], scan: Views) -> None:
        """Look at the level."""
        corners = bounds_corners(level.positions)
        self._cameras, self._scan = cameras, scan
        sights = [look(level.positions, level.faces, camera, corners, SUPERSAMPLING) for camera in cameras]
        values = level.texcoords
        if values is None:
            white = np.full((len(level.positions), 3), 255, np.float32)
            values = white if level.colors is None else level.colors.astype(np.float32)
        cornered = values[level.faces]
        self._pixels = [sight.pixels for sight in sights]
        self._values = [interpolate_corners(cornered, sight.faces, sight.barycentrics) for sight in sights]

    def psnr_db(self, base: ByteArray | None) -> float:
        """Return how like the scan the level looks with a base colour (h, w, 3), or None for its vertex colours."""
        return psnr_db(self._scan, self.views(base))

    def views(self, base: ByteArray | None) -> Views:
        """Return the level as the judging cameras see it with a base colour, or None for its vertex colours."""
        pictures = [
            pooled(camera, pixels, values if base is None else _shown(base, values), SUPERSAMPLING)
            for camera, pixels, values in zip(self._cameras, self._pixels, self._values, strict=True)
        ]
        return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


_JUDGES: LruCache[Scorer] = LruCache(HELD)


def _shown(base: ByteArray, uvs: FloatArray) -> FloatArray:
    out = np.empty((len(uvs), 3), np.float32)
    bilinear(base, uvs, WRAPS[Wrap.CLAMP], WRAPS[Wrap.CLAMP], out)
    return out
