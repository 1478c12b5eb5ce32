"""Model of a place from its points (terrain only)."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

from pipeline.geometry.airborne.survey_data import (
    AirborneModel,
    AirbornePoints,
    Orthophoto,
    Part,
    PartName,
    PointClass,
)


def reconstruct(points: AirbornePoints, picture: Orthophoto | None = None) -> AirborneModel:
    """Return the ground of a place on a grid of 2 m, with the photograph on it."""
    ground = points.positions[points.classes == PointClass.GROUND]
    low, high = points.positions.min(axis=0), points.positions.max(axis=0)
    origin = np.array([np.round((low[0] + high[0]) / 2), np.round((low[1] + high[1]) / 2), np.floor(low[2])])
    x, y = np.arange(low[0], high[0], 2.0), np.arange(low[1], high[1], 2.0)
    gx, gy = np.meshgrid(x, y)
    z = LinearNDInterpolator(ground[:, :2], ground[:, 2])(gx, gy)
    z = np.where(np.isnan(z), NearestNDInterpolator(ground[:, :2], ground[:, 2])(gx, gy), z)
    positions = np.column_stack([gx.ravel(), gy.ravel(), z.ravel()]) - origin
    n = np.arange(gx.size).reshape(gx.shape)
    a, b, c, d = n[:-1, :-1].ravel(), n[:-1, 1:].ravel(), n[1:, 1:].ravel(), n[1:, :-1].ravel()
    faces = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int32)
    uv = None
    if picture is not None:
        h, w = picture.pixels.shape[:2]
        uv = np.column_stack(
            [
                (positions[:, 0] + origin[0] - picture.west) / (w * picture.pixel_m),
                (picture.north - positions[:, 1] - origin[1]) / (h * picture.pixel_m),
            ]
        ).astype(np.float32)
    part = Part(PartName.GROUND, positions.astype(np.float32), faces, np.full((len(positions), 3), 120, np.uint8), uv)
    return AirborneModel((part,), origin, picture)
