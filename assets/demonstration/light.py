"""The light of one afternoon, baked as a camera would have recorded it: sun, its shadow, and the sky."""

from __future__ import annotations

import numpy as np
import open3d.core as o3c
import open3d.t.geometry as o3g
from numpy.typing import NDArray

from assets.demonstration.surface import Surface
from carreau.base.model import DoubleArray, FloatArray
from carreau.geometry.render.camera import GOLDEN_ANGLE_RAD

TO_SUN = np.array([-0.50, 0.60, 0.62]) / np.linalg.norm([-0.50, 0.60, 0.62])
SUN, SKY, GROUND_BOUNCE = (3.15, 2.72, 2.15), (0.62, 0.74, 0.95), (0.30, 0.26, 0.20)
SUN_WIDTH_RAD = 0.012
START_M = 0.035


class Daylight:
    """Answers how much sun and sky reach places on a surface."""

    def __init__(self, surface: Surface) -> None:
        """Build the ray casting hierarchy."""
        self._scene = o3g.RaycastingScene()
        self._scene.add_triangles(o3c.Tensor(surface.positions), o3c.Tensor(surface.faces.astype(np.uint32)))

    def blocked(self, origins: FloatArray, directions: FloatArray, reach: float = np.inf) -> NDArray[np.bool_]:
        """Return (k,) bool: something lies on the ray within reach; only occlusion, so twice as fast as a cast."""
        rays = o3c.Tensor(np.concatenate([origins, directions], axis=1).astype(np.float32))
        blocked: NDArray[np.bool_] = self._scene.test_occlusions(rays, 0.0, float(reach)).numpy()
        return blocked

    def sunlight(self, points: FloatArray, normals: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return (k,) cosine of the sun where it reaches, 0 in shadow; a jittered ray each softens the edges."""
        lit = np.clip(normals @ TO_SUN.astype(np.float32), 0, 1)
        facing = np.flatnonzero(lit > 0.01)
        spread = rng.normal(0, SUN_WIDTH_RAD, (len(facing), 3))
        origins = points[facing] + START_M * normals[facing]
        lit[facing[self.blocked(origins, TO_SUN + spread)]] = 0
        values: FloatArray = lit
        return values

    def openness(self, points: FloatArray, normals: FloatArray, rng: np.random.Generator, rays: int = 40) -> FloatArray:
        """Return (k,) share of the sky's cosine-weighted light that reaches places within 12 m."""
        open_share = np.zeros(len(points), np.float32)
        origins = points + START_M * normals
        turns = rng.random(len(points)) * 2 * np.pi
        for ray in range(rays):
            directions = _around(normals, np.sqrt((ray + 0.5) / rays), turns + ray * GOLDEN_ANGLE_RAD)
            open_share += ~self.blocked(origins, directions, 12.0)
        return open_share / np.float32(rays)


def _around(normals: FloatArray, sine: float, turns: DoubleArray) -> FloatArray:
    """Return directions that lean away from normals, turned about them."""
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    across = np.cross(helper, normals)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(normals, across)
    flat = np.cos(turns)[:, None] * across + np.sin(turns)[:, None] * other
    values: FloatArray = (sine * flat + np.sqrt(1 - sine * sine) * normals).astype(np.float32)
    return values


def illumination(sunlight: FloatArray, openness: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3) linear light: warm sun, blue sky from above, and what the ground throws back."""
    up = normals[:, 1:2] * 0.5 + 0.5
    sky = openness[:, None] * (0.35 + 0.65 * up) * np.array(SKY, np.float32)
    bounce = (0.35 + 0.65 * openness[:, None]) * (1 - up) * np.array(GROUND_BOUNCE, np.float32)
    values: FloatArray = (sunlight[:, None] * np.array(SUN, np.float32) + sky + bounce + 0.05).astype(np.float32)
    return values
