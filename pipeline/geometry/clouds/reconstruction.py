"""A surface through oriented points: Poisson reconstruction, trimmed and fitted to the points."""

from __future__ import annotations

import math

import numpy as np
import open3d as o3d

from pipeline.geometry.bands import bands
from pipeline.geometry.clouds.neighbors import nearest_points, tree_of
from pipeline.geometry.normals import vertex_normals
from pipeline.model import DoubleArray, FloatArray, IntArray

SCALE = 1.1
"""How much larger than the points' longest side the cube is in which the surface is sought."""

LEAST_DEPTH, MOST_DEPTH = 5, 12
"""Of the octree: 32 to 4,096 cells along an edge."""

MOST_CELLS = 1_000_000
"""Cells that the surface may cross: two triangles come of each, six times what the largest level may have. One step
deeper, 940,000 points took 52 s and 2 GB instead of 12 s and 1.1 GB."""

THREADS = 1
"""Of Open3D's solver. With two the vertices come in another order, and move in their last digits, each time; one takes
as many processor seconds (12 s for 340,000 points at depth 9), and up to twice the time where nothing else runs."""

SNAP = 0.1
"""A cut nearer than this part of an edge to its inner end is made at that end: slivers cost triangles for nothing."""

ROUNDS = 3
NEAR = 8


def depth_for(sides: DoubleArray, spacing: FloatArray) -> int:
    """Return the depth of the octree: cells as large as the usual spacing, and fewer of them than memory allows.

    sides : (3,) of the box around the points
    spacing : (n,) edge of the square each point has for itself; their squares sum up to the surface
    """
    longest = SCALE * float(sides.max())
    usual = float(np.median(spacing))
    if not longest > 0 or not usual > 0:
        return LEAST_DEPTH
    area = float(np.square(spacing, dtype=np.float64).sum())
    wanted = round(math.log2(longest / usual))
    allowed = math.floor(math.log2(longest * math.sqrt(MOST_CELLS / area)))
    return max(LEAST_DEPTH, min(wanted, allowed, MOST_DEPTH))


def poisson(positions: FloatArray, normals: FloatArray, depth: int) -> tuple[FloatArray, IntArray]:
    """Return positions (v, 3) float32 and faces (f, 3) int32 of a surface that looks where the normals look.

    Screened Poisson: M. Kazhdan and H. Hoppe, "Screened Poisson surface reconstruction", 2013. It closes every gap,
    with a balloon where nothing is known: trim it.
    """
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(positions.astype(np.float64)))
    cloud.normals = o3d.utility.Vector3dVector(normals.astype(np.float64))
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        mesh, _ = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
            cloud, depth=depth, scale=SCALE, n_threads=THREADS
        )
    return np.asarray(mesh.vertices).astype(np.float32), np.asarray(mesh.triangles).astype(np.int32)


def farness(vertices: FloatArray, points: FloatArray, spacing: FloatArray) -> FloatArray:
    """Return (v,) how many spacings each vertex lies from the nearest of (n, 3) points of (n,) spacing."""
    nearest, distances = nearest_points(tree_of(points), vertices, 1)
    return np.asarray(distances[:, 0] / np.maximum(spacing[nearest[:, 0]], np.float32(1e-30)), np.float32)


def cut(positions: FloatArray, faces: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the part of a surface where (v,) values, straight along each edge, are within the limit.

    Faces that cross it are cut along it, so that a rim is as smooth as the values are; dropping them whole leaves a
    saw, whose teeth take half the triangles of a small level.
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
    whole = (new[:, 0] != new[:, 1]) & (new[:, 1] != new[:, 2]) & (new[:, 2] != new[:, 0])
    return np.concatenate([positions, added]), np.concatenate([faces[counts == 3], new[whole]]).astype(np.int32)


def _turned(faces: IntArray, inside: np.ndarray) -> IntArray:
    """Begin each face with the corner that is alone on its side."""
    sides = inside[faces]
    alone = np.argmax(sides == (sides.sum(axis=1) == 1)[:, None], axis=1)
    return np.take_along_axis(faces, (alone[:, None] + np.arange(3)) % 3, axis=1)


def _crossings(positions: FloatArray, edges: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the new positions where edges, from inside to outside, meet the limit; and each edge's vertex there."""
    low, high = (values[edges[:, end]].astype(np.float64) for end in (0, 1))
    part = (limit - low) / np.maximum(high - low, 1e-30)
    between = part >= SNAP
    start, end = (positions[edges[between, k]].astype(np.float64) for k in (0, 1))
    places: DoubleArray = start + part[between, None] * (end - start)
    vertices = edges[:, 0].astype(np.int32)
    vertices[between] = len(positions) + np.arange(len(places), dtype=np.int32)
    return places.astype(np.float32), vertices


def settled(
    positions: FloatArray, faces: IntArray, points: FloatArray, normals: FloatArray, spacing: FloatArray
) -> FloatArray:
    """Return (v, 3) positions moved along their normals onto the mean plane of the points around them.

    Poisson's surface is smooth: it passes inside of edges and of leaves. On a lion in ivy this is worth 1.3 dB. Planes
    that look the other way have no say, so that the sides of a thin wall do not draw each other in. It is the
    projection of G. Guennebaud and M. Gross, "Algebraic point set surfaces", 2007, with planes for spheres.
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
    """Return (k,) how far each place is to move along its normal: a spacing at most."""
    reach = np.maximum(spacing[near[:, :1]], np.float32(1e-30))
    agreement = np.maximum(np.einsum("kjd,kd->kj", normals[near], outward), 0)
    weights = np.exp(-np.square((distances / reach).astype(np.float64))) * agreement
    heights = np.einsum("kjd,kjd->kj", points[near] - places[:, None], normals[near])
    total = weights.sum(axis=1)
    steps = np.where(total > 1e-6, (weights * heights).sum(axis=1) / np.maximum(total, 1e-6), 0.0)
    return np.asarray(np.clip(steps, -reach[:, 0], reach[:, 0]))
