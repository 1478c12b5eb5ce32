"""Lay a closed surface through oriented points."""

from __future__ import annotations

import math

import numpy as np
import open3d as o3d

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
