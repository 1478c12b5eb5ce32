"""The share of a surface that cleaning loses.

Areas are compared, for triangles without an area are no loss. No triangle counts for more than large ones of the scan:
one that spans from zero to national coordinates would be 99.99 % of the surface. A triangle with a corner that is not
finite counts as one of mean size. What lies exactly on another triangle is no surface of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray, Mesh
from carreau.formats.io.origin import few_apart
from carreau.geometry.triangles import face_areas

_NOTHING = 1e-6
"""Shares below are rounding."""


@dataclass(frozen=True)
class Surface:
    """The surface of a mesh before cleaning.

    most : area that a triangle counts for at most
    total : sum of all triangles
    """

    most: float
    total: float

    def lost_share(self, areas: DoubleArray, doubled: float) -> float:
        """Return the share, 0..1, that is missing from triangles with (m,) areas, and from `doubled` ones dropped."""
        left = float(np.minimum(areas, self.most).sum()) + doubled
        share = 1 - left / self.total if self.total > 0 else 0.0
        return share if share > _NOTHING else 0.0


def surface_of(mesh: Mesh) -> Surface:
    """Return the surface of a mesh, which may have positions that are not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        areas = face_areas(mesh.positions, mesh.faces)
    finite = areas[np.isfinite(areas)]
    if not len(finite):
        return Surface(0.0, 0.0)
    most = few_apart(finite)
    return Surface(most, float(np.minimum(finite, most).mean()) * len(areas))
