"""Ray casting against triangles, with Embree through Open3D."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import open3d.core as o3c
import open3d.t.geometry as o3g
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import FloatArray, IntArray, LevelMesh
from carreau.base.process import bands, in_threads
from carreau.geometry.render.sampling import LruCache, array_key, interpolate_corners, interpolate_directions
from carreau.geometry.uv.rasterize import Texels

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

    def away(self, points: FloatArray) -> FloatArray:
        """Return (n,) how far points (n, 3) are from the surface; 3.6 s a million that lie near to it, on one core."""
        return np.asarray(self._scene.compute_distance(_tensor(points, np.float32)).numpy())


def scene_of(positions: FloatArray, faces: IntArray) -> Scene:
    """Return the hierarchy of some triangles, built when no stage asked for the same a moment ago."""
    return _SCENES.get(array_key(positions, faces), len(faces), lambda: Scene(positions, faces))


_SCENES: LruCache[Scene] = LruCache(MOST_HELD, TRIANGLE_BYTES, SHARE)


def _tensor(values: FloatArray | IntArray, dtype: type[np.float32] | type[np.uint32]) -> Any:
    """Lend an array to Open3D, without a copy where it is contiguous and of the type already."""
    return o3c.Tensor.from_numpy(np.ascontiguousarray(values, dtype))


PROBES = 20_000

Places = slice | NDArray[np.int64]
Finder = Callable[[Places], tuple[FloatArray, FloatArray]]
"""Something that tells the points and the unit normals, (k, 3) float32 each, of the places asked for."""


def nearest_along(scene: Scene, points: FloatArray, normals: FloatArray) -> RayHits:
    """Return the nearest hit along each normal, outwards or inwards; distances are signed, outwards positive.

    points, normals : (k, 3) float32, unit normals
    """
    return _along(scene, lambda places: (points[places], normals[places]), len(points))


def nearest(scene: Scene, points: FloatArray, normals: FloatArray) -> RayHits:
    """Return the nearest hit along each normal, or the closest point where the normal meets nothing."""
    return nearest_of(scene, lambda places: (points[places], normals[places]), len(points))


def nearest_of(scene: Scene, finder: Finder, count: int) -> RayHits:
    """Do as `nearest` does for count places of which only some are held in memory at a time."""
    hits = _along(scene, finder, count)
    missed = np.flatnonzero(hits.faces < 0)
    if len(missed):
        closest = scene.closest(finder(missed)[0])
        hits.faces[missed], hits.barycentrics[missed] = closest.faces, closest.barycentrics
    return hits


def hits_at(scene: Scene, level: LevelMesh, texels: Texels) -> RayHits:
    """Return where on the scan what each texel of a level shows is to be found."""
    corners, normals = level.positions[level.faces], level.normals[level.faces]

    def find(places: Places) -> tuple[FloatArray, FloatArray]:
        faces, barycentrics = texels.faces[places], texels.barycentrics[places]
        return interpolate_corners(corners, faces, barycentrics), interpolate_directions(normals, faces, barycentrics)

    return nearest_of(scene, find, len(texels.faces))


def _probes(count: int) -> NDArray[np.int64]:
    return np.linspace(0, count - 1, min(PROBES, count)).astype(np.int64)


def _usual(scene: Scene, points: FloatArray, normals: FloatArray) -> float:
    distances = np.abs(_both_ways(scene, points, normals).distances)
    finite = distances[np.isfinite(distances)]
    return float(np.percentile(finite, 98)) if len(finite) else 0.0


def _along(scene: Scene, finder: Finder, count: int) -> RayHits:
    hits = RayHits(np.empty(count, np.int32), np.empty((count, 2), np.float32), np.empty(count, np.float32))
    reach = 1.5 * _usual(scene, *finder(_probes(count)))

    def meet(places: slice) -> None:
        met = _nearest(scene, *finder(places), reach)
        hits.faces[places], hits.barycentrics[places] = met.faces, met.barycentrics
        hits.distances[places] = met.distances

    in_threads(meet, bands(count))
    return hits


def _nearest(scene: Scene, points: FloatArray, normals: FloatArray, reach: float) -> RayHits:
    rays = np.empty((len(points), 6), np.float32)
    _aim(points, normals, reach, rays)
    hits = scene.cast(rays)
    signed = np.float32(reach) - hits.distances
    far = np.flatnonzero(~(hits.distances <= 2 * reach))
    if len(far):
        again = _both_ways(scene, points[far], normals[far])
        hits.faces[far], hits.barycentrics[far], signed[far] = again.faces, again.barycentrics, again.distances
    return RayHits(hits.faces, hits.barycentrics, signed)


@compiled
def _aim(points: FloatArray, normals: FloatArray, reach: float, rays: FloatArray) -> None:
    """Fill rays (k, 6) with those that start at reach outside the points and look back."""
    outside = np.float32(reach)
    for k in range(len(points)):
        for d in range(3):
            rays[k, d] = points[k, d] + outside * normals[k, d]
            rays[k, 3 + d] = -normals[k, d]


def _both_ways(scene: Scene, points: FloatArray, normals: FloatArray) -> RayHits:
    out = scene.cast(np.concatenate([points, normals], axis=1))
    back = scene.cast(np.concatenate([points, -normals], axis=1))
    inwards = back.distances < out.distances
    return RayHits(
        np.where(inwards, back.faces, out.faces),
        np.where(inwards[:, None], back.barycentrics, out.barycentrics),
        np.where(inwards, -back.distances, out.distances),
    )
