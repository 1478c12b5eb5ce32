"""Surface reconstruction from oriented points: Poisson (Open3D), trimmed and fitted to the points."""

from __future__ import annotations

import math

import numpy as np
import open3d as o3d

from pipeline.geometry.clouds.neighbors import nearest_points, tree_of
from pipeline.geometry.threads import bands
from pipeline.geometry.triangles import vertex_normals
from pipeline.model import DoubleArray, FloatArray, IntArray

SCALE = 1.1
"""Edge of the cube of the octree, relative to the longest side of the points."""

LEAST_DEPTH, MOST_DEPTH = 5, 12
"""Least and greatest depth of the octree: 32 to 4,096 cells along an edge."""

MOST_CELLS = 1_000_000
"""Most cells that the surface may cross: each gives two triangles, six times those of the largest level. One level
deeper, 940,000 points took 52 s and 2 GB instead of 12 s and 1.1 GB."""

THREADS = 1
"""Threads of Open3D's solver. With two, the order of vertices and their last digits change from run to run; one takes
the same processor time (12 s for 340,000 points at depth 9), and up to twice the elapsed time on an idle machine."""

SNAP = 0.1
"""A cut nearer to the inner end of an edge than this share is made at that end, which avoids slivers."""

ROUNDS = 3
NEAR = 8


def depth_for(sides: DoubleArray, spacing: FloatArray) -> int:
    """Return the depth of the octree: cells as large as the typical spacing, limited by `MOST_CELLS`.

    sides : (3,) of the box around the points
    spacing : (n,) edge of the square that each point covers; the squares sum up to the area
    """
    longest = SCALE * float(sides.max())
    usual = float(np.median(spacing))
    if not longest > 0 or not usual > 0:
        return LEAST_DEPTH
    area = float(np.square(spacing, dtype=np.float64).sum())
    ideal = round(math.log2(longest / usual))
    allowed = math.floor(math.log2(longest * math.sqrt(MOST_CELLS / area)))
    return max(LEAST_DEPTH, min(ideal, allowed, MOST_DEPTH))


def reconstruct_poisson(positions: FloatArray, normals: FloatArray, depth: int) -> tuple[FloatArray, IntArray]:
    """Return positions (v, 3) float32 and faces (f, 3) int32 of a surface oriented like the normals.

    Screened Poisson: M. Kazhdan and H. Hoppe, "Screened Poisson surface reconstruction", 2013. It closes every gap,
    with a bulge where there are no points, which must be trimmed.
    """
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(positions.astype(np.float64)))
    cloud.normals = o3d.utility.Vector3dVector(normals.astype(np.float64))
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        mesh, _ = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
            cloud, depth=depth, scale=SCALE, n_threads=THREADS
        )
    return np.asarray(mesh.vertices).astype(np.float32), np.asarray(mesh.triangles).astype(np.int32)


def distances_in_spacings(vertices: FloatArray, points: FloatArray, spacing: FloatArray) -> FloatArray:
    """Return (v,) the distance of each vertex to the nearest of (n, 3) points, in (n,) spacings of that point."""
    nearest, distances = nearest_points(tree_of(points), vertices, 1)
    return np.asarray(distances[:, 0] / np.maximum(spacing[nearest[:, 0]], np.float32(1e-30)), np.float32)


def clip_above(positions: FloatArray, faces: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the part of a surface where (v,) values, linear along each edge, are within the limit.

    Faces across it are cut, so that the rim is as smooth as the values; dropping them leaves a jagged rim that takes
    half the triangles of a small level.
    """
    inside = values <= limit
    counts = inside[faces].sum(axis=1)
    crossing = faces[(counts == 1) | (counts == 2)]
    if not len(crossing):
        return positions, faces[counts == 3]
    turned = _turned(crossing, inside)
    single = inside[turned[:, 0]] & ~inside[turned[:, 1]]
    one, two = turned[single], turned[~single]
    edges = np.concatenate([one[:, [0, 1]], one[:, [0, 2]], two[:, [1, 0]], two[:, [2, 0]]])
    kinds, numbers = np.unique(edges, axis=0, return_inverse=True)
    added, ends = _crossings(positions, kinds, values, limit)
    ab, ac, ba, ca = np.split(ends[numbers.reshape(-1)], np.cumsum([len(one), len(one), len(two)]))
    new = np.concatenate(
        [
            np.stack([one[:, 0], ab, ac], axis=1),
            np.stack([two[:, 1], two[:, 2], ba], axis=1),
            np.stack([two[:, 2], ca, ba], axis=1),
        ]
    )
    valid = (new[:, 0] != new[:, 1]) & (new[:, 1] != new[:, 2]) & (new[:, 2] != new[:, 0])
    return np.concatenate([positions, added]), np.concatenate([faces[counts == 3], new[valid]]).astype(np.int32)


def _turned(faces: IntArray, inside: np.ndarray) -> IntArray:
    """Return the faces rotated to start with the corner that is alone on its side."""
    sides = inside[faces]
    alone = np.argmax(sides == (sides.sum(axis=1) == 1)[:, None], axis=1)
    return np.take_along_axis(faces, (alone[:, None] + np.arange(3)) % 3, axis=1)


def _crossings(positions: FloatArray, edges: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the new positions where edges, from inside to outside, cross the limit, and the vertex on each edge."""
    low, high = (values[edges[:, end]].astype(np.float64) for end in (0, 1))
    part = (limit - low) / np.maximum(high - low, 1e-30)
    between = part >= SNAP
    start, end = (positions[edges[between, k]].astype(np.float64) for k in (0, 1))
    places: DoubleArray = start + part[between, None] * (end - start)
    vertices = edges[:, 0].astype(np.int32)
    vertices[between] = len(positions) + np.arange(len(places), dtype=np.int32)
    return places.astype(np.float32), vertices


def fit_to_points(
    positions: FloatArray, faces: IntArray, points: FloatArray, normals: FloatArray, spacing: FloatArray
) -> FloatArray:
    """Return (v, 3) positions moved along their normals onto the mean plane of the points around them.

    Poisson's surface is smooth, and cuts edges and leaves; on a lion in ivy this gains 1.3 dB. Planes that face the
    other way do not count, so that the sides of a thin wall do not attract each other. It is the projection of G.
    Guennebaud and M. Gross, "Algebraic point set surfaces", 2007, with planes for spheres.
    """
    tree = tree_of(points)
    for _round in range(ROUNDS):
        outward = vertex_normals(positions, faces)
        moved = np.empty_like(positions)
        for band in bands(len(positions)):
            near = nearest_points(tree, positions[band], min(NEAR, len(points)))
            steps = _steps(positions[band], outward[band], *near, points, normals, spacing)
            moved[band] = positions[band] + outward[band] * steps[:, None]
        positions = moved
    return positions


def _steps(
    places: FloatArray,
    outward: FloatArray,
    near: IntArray,
    distances: FloatArray,
    points: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
) -> DoubleArray:
    """Return (k,) the distance to move along each normal, at most one spacing."""
    reach = np.maximum(spacing[near[:, :1]], np.float32(1e-30))
    agreement = np.maximum(np.einsum("kjd,kd->kj", normals[near], outward), 0)
    weights = np.exp(-np.square((distances / reach).astype(np.float64))) * agreement
    heights = np.einsum("kjd,kjd->kj", points[near] - places[:, None], normals[near])
    total = weights.sum(axis=1)
    steps = np.where(total > 1e-6, (weights * heights).sum(axis=1) / np.maximum(total, 1e-6), 0.0)
    return np.asarray(np.clip(steps, -reach[:, 0], reach[:, 0]))
