"""Cropping of meshes and point clouds to a box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carreau.base.model import Cloud, DoubleArray, FloatArray, Mesh
from carreau.formats.location.metadata import Triple
from carreau.geometry.selection import compacted, take_faces
from carreau.geometry.topology import BoolArray


def cropped(mesh: Mesh, crop: tuple[Triple, Triple]) -> Mesh:
    """Return the triangles with a vertex in a box of the scan's own coordinates.

    Triangles across the border stay complete: the rim is ragged by one triangle, and no vertex is invented.
    """
    inside = _inside(mesh.positions, mesh.origin, crop)
    return compacted(take_faces(mesh, np.asarray(inside[mesh.faces].any(axis=1))))


def cropped_cloud(cloud: Cloud, crop: tuple[Triple, Triple]) -> Cloud:
    """Return the points that lie in a box of the scan's own coordinates."""
    inside = _inside(cloud.positions, cloud.origin, crop)
    parts = {
        name: None if values is None else values[inside]
        for name in ("colors", "intensity", "normals", "station_of")
        for values in [getattr(cloud, name)]
    }
    return replace(cloud, positions=cloud.positions[inside], **parts)  # type: ignore[arg-type]


def _inside(positions: FloatArray, origin: DoubleArray, crop: tuple[Triple, Triple]) -> BoolArray:
    """Return which (n,) positions lie in the box; compared in double, since an origin may be in the millions."""
    low, high = (np.array(corner) - origin for corner in crop)
    inside = np.ones(len(positions), np.bool_)
    for axis in range(3):
        along = positions[:, axis].astype(np.float64)
        inside &= (along >= low[axis]) & (along <= high[axis])
    return inside
