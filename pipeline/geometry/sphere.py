"""Put a ball around a mesh."""

from __future__ import annotations

import numpy as np

from pipeline.model import DoubleArray, Mesh


def bounding_sphere(mesh: Mesh) -> tuple[DoubleArray, float]:
    """Return the centre of the box of all vertices that a face uses, about the mesh's origin, and half its diagonal."""
    used = np.zeros(len(mesh.positions), np.bool_)
    used[mesh.faces] = True
    corners = mesh.positions[used].astype(np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    return (low + high) / 2, float(np.linalg.norm(high - low) / 2)
