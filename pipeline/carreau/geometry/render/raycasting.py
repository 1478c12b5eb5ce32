"""Ray casting against triangles, with Embree through Open3D."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import open3d.core as o3c
import open3d.t.geometry as o3g

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.render.lru import LruCache, array_key

MOST_HELD = 24_000_000
"""Triangles of all the hierarchies that are held for the next stage: a scan of ten million as read and as cleaned, and
its levels. One of a million takes 0.08 GB and 0.5 s on one core."""

TRIANGLE_BYTES, SHARE = 80, 0.1
"""Memory of a triangle in a hierarchy, and the share of the run's memory that hierarchies are held in at most."""


@dataclass(frozen=True, eq=False)
class RayHits:
    """Where rays or points met the surface.

    faces : (k,) int32, -1 where nothing was met
    barycentrics : (k, 2) float32, weights of each face's corners 1 and 2
    distances : (k,) float32, infinite where nothing was met
    """

    faces: IntArray
    barycentrics: FloatArray
    distances: FloatArray


class Scene:
    """Triangles in a bounding volume hierarchy, built once and asked many times."""

    def __init__(self, positions: FloatArray, faces: IntArray) -> None:
        """Build the hierarchy: about 0.5 s for a million triangles."""
        self._scene = o3g.RaycastingScene()
        self._scene.add_triangles(_tensor(positions, np.float32), _tensor(faces, np.uint32))
        # Open3D finishes the hierarchy in the first cast, which two threads must not both be.
        self._scene.cast_rays(_tensor(np.ones((1, 6), np.float32), np.float32))

    def cast(self, rays: FloatArray) -> RayHits:
        """Return the first hit of each ray; rays is (k, 6) float32, origin and direction."""
        answer = self._scene.cast_rays(_tensor(rays, np.float32))
        return RayHits(
            answer["primitive_ids"].numpy().view(np.int32),
            answer["primitive_uvs"].numpy(),
            answer["t_hit"].numpy(),
        )

    def closest(self, points: FloatArray) -> RayHits:
        """Return the closest point of the surface; 15 s a million points, so ask it for what rays missed."""
        answer = self._scene.compute_closest_points(_tensor(points, np.float32))
        distances = np.linalg.norm(answer["points"].numpy() - points, axis=1).astype(np.float32)
        return RayHits(answer["primitive_ids"].numpy().view(np.int32), answer["primitive_uvs"].numpy(), distances)


def scene_of(positions: FloatArray, faces: IntArray) -> Scene:
    """Return the hierarchy of some triangles, built when no stage asked for the same a moment ago."""
    return _SCENES.get(array_key(positions, faces), len(faces), lambda: Scene(positions, faces))


_SCENES: LruCache[Scene] = LruCache(MOST_HELD, TRIANGLE_BYTES, SHARE)


def _tensor(values: FloatArray | IntArray, dtype: type[np.float32] | type[np.uint32]) -> Any:
    """Lend an array to Open3D, without a copy where it is contiguous and of the type already."""
    return o3c.Tensor.from_numpy(np.ascontiguousarray(values, dtype))
