"""The surface of oriented points: through their local planes, in a grid about them.

Own code instead of Open3D's Poisson reconstruction (M. Kazhdan and H. Hoppe, 2013), whose surface is closed: 65 to 77 %
of it was trimmed away again, and it is the same on every run with one thread only. It took 17.1 CPU s for a lion of
340,000 points; this takes 2.9. Surfaces of that lion, a pump and a beach against their points: 25.5, 29.3 and 31.7 dB
with Poisson's, 26.2, 30.0 and 32.2 with this. It leaves no edge with more than two faces (Poisson's, fitted and
trimmed: 102 and 27 in the first two), and a tenth of the holes or fewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.clouds.bricks import SIDE, bricks_of
from carreau.geometry.clouds.local_planes import fit_to_planes, plane_distances, radii_of
from carreau.geometry.clouds.surface_nets import surface_net
from carreau.geometry.triangles import vertex_normals

MOST_CELLS = 1_000_000
"""Most cells that cover the surface, of two to three triangles each. With 450,000 of them, a beach of 940,000 points is
0.4 dB less like its points."""

MOST_BRICKS = 1 << 20
"""Most bricks along an axis: three of their numbers are one of 63 bits."""

SHARP, MOST_WIDTH = 0.33, 3.0
"""Deviation of the points from their surface, in spacings, up to which planes count within one spacing; and how far
they count at most. Within one spacing, a lion in ivy (0.32) is 1.2 dB more like its points than within two; but points
of a statue that deviate by half their spacing lie 2.5 mm from it, and 1.8 with this."""


@dataclass(frozen=True, eq=False)
class LocalSurface:
    """A surface somewhat beyond the points.

    positions, faces : (v, 3) float32 and (f, 3) int32, oriented like the normals of the points
    farness : (v,) float32, the distance of each vertex from the nearest point, in spacings of that point
    """

    positions: FloatArray
    faces: IntArray
    farness: FloatArray


def cell_for(sides: DoubleArray, spacing: FloatArray) -> float:
    """Return the edge of a cell: the typical spacing, or more for `MOST_CELLS` and `MOST_BRICKS`.

    sides : (3,) of the box around the points
    spacing : (n,) edge of the square that each point covers; the squares sum up to the area
    """
    area = float(np.square(spacing, dtype=np.float64).sum())
    least = float(sides.max()) / (SIDE * (MOST_BRICKS - 64))
    return max(float(np.median(spacing)), float(np.sqrt(area / MOST_CELLS)), least)


def width_for(deviation: float, spacing: float) -> float:
    """Return how far a plane counts, in spacings, where points deviate from their surface; 1 to `MOST_WIDTH`."""
    return min(max(deviation / max(SHARP * spacing, 1e-30), 1.0), MOST_WIDTH)


def local_surface(
    positions: FloatArray, normals: FloatArray, spacing: FloatArray, cell: float, reach: float, width: float
) -> LocalSurface:
    """Return the surface of (n, 3) points with unit normals, in cells of an edge.

    reach : how many spacings it goes beyond the points, at least
    width : how far the plane of a point counts, in its spacings
    """
    widths = np.float32(width) * spacing
    radii = radii_of(widths, spacing, cell, reach)
    bricks = bricks_of(positions, radii, cell)
    values = plane_distances(bricks, positions, normals, spacing, widths, radii, reach)
    net = surface_net(bricks, values)
    del values
    outward = vertex_normals(net.positions, net.faces)
    vertices, farness = fit_to_planes(net.positions, outward, net.starts, bricks, positions, normals, spacing, widths)
    return LocalSurface(vertices, net.faces, farness)
