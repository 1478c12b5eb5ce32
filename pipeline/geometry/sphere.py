"""Put a ball around a mesh."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.extent import body_box
from pipeline.model import DoubleArray, Mesh


def bounding_sphere(mesh: Mesh) -> tuple[DoubleArray, float]:
    """Return the centre of the box around a mesh, about the mesh's origin, and half its diagonal.

    Fragments that float far off are left out: one triangle a kilometre away made a statue smaller than a pixel, and any
    level of it looked identical.
    """
    box = body_box(mesh.positions, mesh.faces)
    return (box.low + box.high) / 2, float(np.linalg.norm(box.sides) / 2)
