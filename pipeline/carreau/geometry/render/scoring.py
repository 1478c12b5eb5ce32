"""Fast scores of a level's textures against its scan.

The loss in decibels is measured on pictures, not on texels: a texel that no pixel resolves may be coarse. Rays are cast
once a level, so that trying another quality takes a tenth of a second.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh, Wrap
from carreau.formats.gltf import gltf
from carreau.geometry.extent import bounding_sphere
from carreau.geometry.render.camera import PinholeCamera, fibonacci_views
from carreau.geometry.render.image_metrics import psnr_db
from carreau.geometry.render.sampling import WRAPS, LruCache, array_key, bilinear, interpolate_corners
from carreau.geometry.render.views import Views, bounds_corners, look, pool, render_views
from carreau.geometry.selection import finite_part

VIEWS = 4
SIZE_PX = 768
SUPERSAMPLING = 2
"""A third of the views that published numbers take, at their size: a smaller picture hides what a codec does."""

HELD = 4
"""Judges held for the next stage, 20 to 60 MB each: two ways to make a level, and as much again for one made beside."""


@dataclass(frozen=True, eq=False)
class ReferenceViews:
    """A scan as the judging cameras see it, which is all that skins of its levels are judged by.

    views : what the cameras saw
    """

    cameras: tuple[PinholeCamera, ...]
    views: Views


def scan_views(scan: Mesh) -> ReferenceViews:
    """Look at a scan from the judging cameras."""
    cameras = fibonacci_views(*bounding_sphere(scan), VIEWS, SIZE_PX * SUPERSAMPLING)
    return ReferenceViews(cameras, render_views(finite_part(scan), cameras, SUPERSAMPLING))


def create_scorer(level: LevelMesh, seen: ReferenceViews) -> Scorer:
    """Return the judge of a level against its scan, the one that chose the level when it is encoded next."""
    looks = (each for each in (level.texcoords, level.colors) if each is not None)
    eyes = np.array([[camera.eye, camera.target] for camera in seen.cameras])
    key = array_key(level.positions, level.faces, *looks, seen.views.colors, seen.views.masks, eyes)
    return _JUDGES.get(key, 1, lambda: Scorer(level, seen))


class Scorer:
    """A level seen from the judging cameras, waiting for a skin."""

    def __init__(self, level: LevelMesh, scan: ReferenceViews) -> None:
        """Look at the level."""
        corners = bounds_corners(level.positions)
        self._cameras, self._scan = scan.cameras, scan.views
        sights = [look(level.positions, level.faces, camera, corners, SUPERSAMPLING) for camera in scan.cameras]
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
        height, width = (edge // SUPERSAMPLING for edge in (self._cameras[0].height, self._cameras[0].width))
        shape = len(self._cameras), height, width
        colors, masks = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.bool_)
        for color, mask, pixels, values in zip(colors, masks, self._pixels, self._values, strict=True):
            if base is None:
                pool(values, pixels, width * SUPERSAMPLING, SUPERSAMPLING, color, mask)
            else:
                _draw(base, values, pixels, width * SUPERSAMPLING, SUPERSAMPLING, WRAPS[Wrap.CLAMP], color, mask)
        return Views(colors, masks)


_JUDGES: LruCache[Scorer] = LruCache(HELD)


@compiled
def _draw(
    base: ByteArray,
    uvs: FloatArray,
    pixels: IntArray,
    width: int,
    factor: int,
    wrap: int,
    picture: ByteArray,
    mask: NDArray[np.bool_],
) -> None:
    """Fill a picture a row at a time, so that the rays' colours stay in the processor's cache."""
    colors = np.empty((width * factor, 3), np.float32)
    first = last = 0
    while first < len(pixels):
        end = (pixels[first] // (width * factor) + 1) * width * factor
        while last < len(pixels) and pixels[last] < end:
            last += 1
        bilinear(base, uvs[first:last], wrap, wrap, colors)
        pool(colors, pixels[first:last], width, factor, picture, mask)
        first = last


HELD_BYTES, SHARE = 128_000_000, 1 / 32
"""Of the levels read last, and the share of the run's memory that they take at most."""

UNPACKED = 9
"""Bytes of a mesh in memory, its images still encoded, for one of its file: 8.7 of a skull's, where maps take few, and
4 to 6 of a statue's."""


def read_level(glb: bytes) -> Mesh:
    """Return the mesh of a level's file, not to be changed; not read again when a stage asked a moment ago.

    Raises FormatError or TextureError for a file that cannot be decoded.
    """

    def read() -> Mesh:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "level.glb"
            path.write_bytes(glb)
            return gltf.read(path).mesh

    return _LEVELS.get(hashlib.sha256(glb).digest(), UNPACKED * len(glb), read)


_LEVELS: LruCache[Mesh] = LruCache(HELD_BYTES, 1, SHARE)
