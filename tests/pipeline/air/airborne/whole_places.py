"""The model of a place from all its points at once, as the steps of a build make it."""

from __future__ import annotations

import numpy as np

from carreau.air.airborne.extent import make_extent
from carreau.air.airborne.reconstruction.reconstruct import clean_points, reconstruct_cleaned
from carreau.air.airborne.survey_data import AirborneModel, AirbornePoints, Orthophoto
from carreau.base.model import DoubleArray


def reconstruct(
    points: AirbornePoints,
    picture: Orthophoto | None = None,
    bounds: tuple[float, float, float, float] | None = None,
    outline: tuple[DoubleArray, ...] = (),
    has_lattice: bool = False,
) -> AirborneModel:
    """Return the model of a place.

    bounds : what the model covers, in projected metres; what the points cover if None
    """
    if bounds is None:
        finite = points.positions[np.isfinite(points.positions).all(axis=1), :2]
        (west, south), (east, north) = (finite.min(axis=0), finite.max(axis=0)) if len(finite) else np.zeros((2, 2))
        bounds = float(west), float(south), float(east), float(north)
    extent = make_extent(bounds, outline)
    return reconstruct_cleaned(clean_points(points, extent), picture, extent, outline, has_lattice)
