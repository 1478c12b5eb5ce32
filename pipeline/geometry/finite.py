"""Leave out what lies nowhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.geometry.selection import finite_faces, take_faces
from pipeline.model import Mesh


def finite_part(mesh: Mesh) -> Mesh:
    """Return the mesh without the faces that have a corner at infinity or at no number; itself when none has.

    Positions stay in their places, those that are not finite become the first that is, so that no box is infinite.
    """
    is_finite = np.asarray(np.isfinite(mesh.positions).all(axis=1))
    if is_finite.all():
        return mesh
    whole = take_faces(mesh, finite_faces(mesh))
    positions = mesh.positions.copy()
    positions[~is_finite] = positions[np.argmax(is_finite)] if is_finite.any() else 0
    return replace(whole, positions=positions)
