"""Ray casting against triangles, with Embree through Open3D, and the fitting of a simplified surface by it.

A simplifier keeps some of the scan's own vertices, so that a coarse level lies inside every bulge and outside every
hollow. Moving each vertex along its normal so that the triangles, not their corners, lie on the scan (linear least
squares over samples of the surface) is worth 1.3 dB on a statue at 10,000 triangles and 0.8 dB at 80,000; a second
round adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import open3d.core as o3c
import open3d.t.geometry as o3g
import scipy.sparse as sparse
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, LevelMesh
from carreau.base.process import bands, in_threads
from carreau.geometry.render.lru import LruCache, array_key
from carreau.geometry.render.sampling import interpolate_corners, interpolate_directions
from carreau.geometry.triangles import vertex_normals
from carreau.geometry.uv.layout import Texels

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


def build_scene(positions: FloatArray, faces: IntArray) -> Scene:
    """Return the hierarchy of some triangles, built when no stage asked for the same a moment ago."""
    return _SCENES.get(array_key(positions, faces), len(faces), lambda: Scene(positions, faces))


_SCENES: LruCache[Scene] = LruCache(MOST_HELD, TRIANGLE_BYTES, SHARE)


def _tensor(values: FloatArray | IntArray, dtype: type[np.float32] | type[np.uint32]) -> Any:
    """Return an array as a tensor of Open3D, without a copy if it is contiguous and of the type already."""
    return o3c.Tensor.from_numpy(np.ascontiguousarray(values, dtype))


PROBES = 20_000

Places = slice | NDArray[np.int64]
Finder = Callable[[Places], tuple[FloatArray, FloatArray]]
"""Returns the points and the unit normals, (k, 3) float32 each, at given places."""


def nearest_along(scene: Scene, points: FloatArray, normals: FloatArray) -> RayHits:
    """Return the nearest hit along each normal, outwards or inwards; distances are signed, outwards positive.

    points, normals : (k, 3) float32, unit normals
    """
    return _along(scene, lambda places: (points[places], normals[places]), len(points))


def nearest(scene: Scene, points: FloatArray, normals: FloatArray) -> RayHits:
    """Return the nearest hit along each normal, or the closest point where the normal meets nothing."""
    return find_nearest(scene, lambda places: (points[places], normals[places]), len(points))


def find_nearest(scene: Scene, finder: Finder, count: int) -> RayHits:
    """Return the hits of `nearest` for `count` places, only some of which are held in memory at a time."""
    hits = _along(scene, finder, count)
    missed = np.flatnonzero(hits.faces < 0)
    if len(missed):
        closest = scene.closest(finder(missed)[0])
        hits.faces[missed], hits.barycentrics[missed] = closest.faces, closest.barycentrics
    return hits


def hits_at(scene: Scene, level: LevelMesh, texels: Texels) -> RayHits:
    """Return the place on the scan that each texel of a level shows."""
    corners, normals = level.positions[level.faces], level.normals[level.faces]

    def find(places: Places) -> tuple[FloatArray, FloatArray]:
        faces, barycentrics = texels.faces[places], texels.barycentrics[places]
        return interpolate_corners(corners, faces, barycentrics), interpolate_directions(normals, faces, barycentrics)

    return find_nearest(scene, find, len(texels.faces))


def _probes(count: int) -> NDArray[np.int64]:
    return np.linspace(0, count - 1, min(PROBES, count)).astype(np.int64)


def _usual(scene: Scene, points: FloatArray, normals: FloatArray) -> float:
    distances = np.abs(_both_ways(scene, points, normals).distances)
    finite = distances[np.isfinite(distances)]
    return float(np.percentile(finite, 98)) if len(finite) else 0.0


def _along(scene: Scene, finder: Finder, count: int) -> RayHits:
    hits = RayHits(np.empty(count, np.int32), np.empty((count, 2), np.float32), np.empty(count, np.float32))
    # How far apart level and scan usually are, from a sample: it says from how far outside rays start.
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
    # One ray in place of two: it starts outside and looks back, and meets the outermost of what lies within reach on
    # either side. Where it meets nothing there, both directions are asked.
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


SAMPLES = 400_000
DAMPING = 0.02
"""Share of the average diagonal that damps every vertex: by its own diagonal, one among slivers flew 0.4 m off."""
OUTLIER = 6.0
ROUNDS, CLOSE = 60, 1e-4
"""Of conjugate gradients, with the diagonal as preconditioner: scipy's own, without one, is not there after 60
rounds, which take 1 s in place of 0.1 s at 300,000 triangles."""


def fit_positions(positions: FloatArray, faces: IntArray, scene: Scene, is_fixed: np.ndarray) -> FloatArray:
    """Return positions (n, 3) moved along their normals to fit the scan; fixed ones (n,) bool stay."""
    # Even samples on each triangle, 4 to 36 of them: each asks how far the scan lies along its own normal.
    weights = _grid(int(np.clip(np.sqrt(SAMPLES / max(len(faces), 1)), 2, 6)))
    normals = vertex_normals(positions, faces)
    count = len(faces) * len(weights)
    points, directions = np.empty((count, 3), np.float32), np.empty((count, 3), np.float32)
    pulls = np.empty((len(faces), len(weights), 3), np.float64)
    _spread(positions, normals, faces, weights, points, directions, pulls)
    distances = nearest_along(scene, points, directions).distances.astype(np.float64)
    # A sample counts by its area, and not at all where its ray went through a hole or across a gap.
    trust = _trust(positions, faces, distances, len(weights)).reshape(len(faces), -1)
    distances = np.where(trust > 0, distances.reshape(trust.shape), 0)
    # One unknown for each vertex, its way along its normal, so that the samples between corners
    # come to lie on the scan.
    moves = _solve(faces, pulls, trust, distances, is_fixed)
    return (positions + normals * moves[:, None]).astype(np.float32)


def _grid(steps: int) -> FloatArray:
    """Return (steps², 3): the barycentric weights of evenly spread places on a triangle."""
    # Middles of the small triangles into which a triangle is cut: those that point as it does, and those that do not.
    upward = [((i + 1 / 3) / steps, (j + 1 / 3) / steps) for i in range(steps) for j in range(steps - i)]
    downward = [((i + 2 / 3) / steps, (j + 2 / 3) / steps) for i in range(steps - 1) for j in range(steps - 1 - i)]
    pairs = np.array(upward + downward, np.float32)
    return np.concatenate([1 - pairs.sum(axis=1, keepdims=True), pairs], axis=1)


def _trust(positions: FloatArray, faces: IntArray, distances: DoubleArray, per_face: int) -> DoubleArray:
    """Weigh each sample by its area; nothing for one that met the scan far away, behind a hole or across a gap."""
    corners = positions[faces].astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    finite = np.isfinite(distances)
    usual = np.median(np.abs(distances[finite])) if finite.any() else 0.0
    return np.where(finite & (np.abs(distances) <= OUTLIER * usual), np.repeat(areas, per_face), 0.0)


@compiled
def _spread(
    positions: FloatArray,
    normals: FloatArray,
    faces: IntArray,
    weights: FloatArray,
    points: FloatArray,
    directions: FloatArray,
    pulls: DoubleArray,
) -> None:
    """Fill in the samples of each face and their unit directions (m * s, 3); upwards where normals cancel.

    pulls (m, s, 3) : how far each sample moves along its direction when a corner moves by 1 along its normal
    """
    place, toward = np.empty(3, np.float64), np.empty(3, np.float64)
    for f in range(len(faces)):
        for s in range(len(weights)):
            square = 0.0
            for d in range(3):
                place[d] = toward[d] = 0.0
                for c in range(3):
                    place[d] += weights[s, c] * np.float64(positions[faces[f, c], d])
                    toward[d] += weights[s, c] * np.float64(normals[faces[f, c], d])
                square += toward[d] * toward[d]
            if not 0 < square < np.inf:
                toward[0], toward[1], toward[2], square = 0.0, 1.0, 0.0, 1.0
            length = np.sqrt(square)
            for d in range(3):
                toward[d] /= length
                points[f * len(weights) + s, d], directions[f * len(weights) + s, d] = place[d], toward[d]
            for c in range(3):
                along = 0.0
                for d in range(3):
                    along += toward[d] * normals[faces[f, c], d]
                pulls[f, s, c] = weights[s, c] * along


def _solve(
    faces: IntArray, pulls: DoubleArray, trust: DoubleArray, distances: DoubleArray, is_fixed: np.ndarray
) -> DoubleArray:
    """Return (n,) how far each vertex goes along its normal, by damped least squares."""
    count = len(is_fixed)
    blocks, sides = np.empty((len(faces), 9)), np.empty((len(faces), 3))
    _add_up(pulls, trust, distances, blocks, sides)
    rows, columns = np.repeat(faces, 3, axis=1).ravel(), np.tile(faces, 3).ravel()
    # Normal equations: blocks of 3 x 3 from each face, added up where faces share corners.
    normal = sparse.coo_matrix((blocks.ravel(), (rows, columns)), shape=(count, count)).tocsr()
    diagonal = normal.diagonal()
    largest = max(float(diagonal.max(initial=0.0)), 1e-300)
    # Beside the damping, a diagonal far above all others holds fixed vertices in place without
    # changing the system's size.
    extra = DAMPING * float(diagonal.mean()) + 1e-9 * largest + np.where(is_fixed, 1e6 * largest, 0.0)
    side = np.asarray(np.bincount(faces.ravel(), sides.ravel(), count), np.float64)
    side[is_fixed] = 0
    return np.asarray(_descend(normal.indptr, normal.indices, normal.data, extra, diagonal + extra, side))


@compiled
def _add_up(
    pulls: DoubleArray, trust: DoubleArray, distances: DoubleArray, blocks: DoubleArray, sides: DoubleArray
) -> None:
    """Fill in what each face adds to the normal equations: (m, 9) products of its corners, and (m, 3) their sides."""
    blocks[:], sides[:] = 0, 0
    for f in range(len(pulls)):
        for s in range(pulls.shape[1]):
            for a in range(3):
                weighed = trust[f, s] * pulls[f, s, a]
                sides[f, a] += weighed * distances[f, s]
                for b in range(3):
                    blocks[f, 3 * a + b] += weighed * pulls[f, s, b]


@compiled
def _descend(
    starts: IntArray,
    columns: IntArray,
    values: DoubleArray,
    extra: DoubleArray,
    diagonal: DoubleArray,
    side: DoubleArray,
) -> DoubleArray:
    """Solve (a sparse matrix + a diagonal of extra) x = side, by preconditioned conjugate gradients.

    Hestenes & Stiefel 1952, doi:10.6028/jres.049.044.
    """
    count = len(side)
    solution, step, image = np.zeros(count), np.zeros(count), np.empty(count)
    rest = side.copy()
    before, tolerance = 1.0, 0.0
    for i in range(count):
        tolerance += side[i] * side[i] / diagonal[i]
    tolerance *= CLOSE * CLOSE
    for turn in range(ROUNDS):
        weight = 0.0
        for i in range(count):
            weight += rest[i] * rest[i] / diagonal[i]
        if weight <= tolerance:
            break
        # Direction: the residual divided by the diagonal, conjugate to the last direction.
        share, before, along = (weight / before if turn else 0.0), weight, 0.0
        for i in range(count):
            step[i] = rest[i] / diagonal[i] + share * step[i]
        for i in range(count):
            total = extra[i] * step[i]
            for k in range(starts[i], starts[i + 1]):
                total += values[k] * step[columns[k]]
            image[i] = total
            along += total * step[i]
        if not along > 0:
            break
        # Go as far as is best along it; the residual follows without another product.
        length = weight / along
        for i in range(count):
            solution[i] += length * step[i]
            rest[i] -= length * image[i]
    return solution
