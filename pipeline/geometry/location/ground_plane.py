"""Find the plane a scan stands on, and the turn that lays it level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.geometry.extent import body_box
from pipeline.model import DoubleArray, FloatArray, IntArray

LOWEST = 0.25
"""Part of the height, from the ground, in which the ground is looked for."""

STEEPEST = np.cos(np.radians(30.0))
"""Least cosine between up and a face of the ground."""

CLOSE = 0.01
"""Part of the scan's longest side within which faces lie on the plane in the end."""

ENOUGH = 0.05
"""Part of the ground plan that the faces on the plane must cover for it to be believed."""

ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane.

    point : (3,) float64 on it
    normal : (3,) float64, unit, away from the ground
    """

    point: DoubleArray
    normal: DoubleArray


def stated_plane(numbers: tuple[float, ...], up: DoubleArray) -> Plane:
    """Return the plane through a point, through a point with a normal, or through three points; its normal is upward.

    up : (3,) what is roughly up; with a point alone, exactly
    """
    values = np.array(numbers, np.float64).reshape(-1, 3)
    normal = up
    if len(values) == 2:
        normal = values[1]
    elif len(values) == 3:
        normal = np.cross(values[1] - values[0], values[2] - values[0])
    normal = normal / np.linalg.norm(normal)
    return Plane(values[0], -normal if normal @ up < 0 else normal)


def found_plane(positions: FloatArray, faces: IntArray, up: DoubleArray) -> Plane | None:
    """Return the plane of the level faces near the ground, or None when they are too few.

    They may look up, as the ground around a thing does, or down, as the base it was closed with.
    Fitted to the middles of faces, weighed by area, again and again to those within a narrowing band; about (0, 0, 0)
    of the positions.
    """
    box = body_box(positions, faces)
    corners = positions[faces].astype(np.float64)
    middles = corners.mean(axis=1)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    sizes = np.linalg.norm(areas, axis=1)
    ends = np.array([box.low, box.high])
    heights = middles @ up
    low, high = np.sort([(ends @ up).min(), (ends @ up).max()])
    level = (np.abs(areas @ up) >= STEEPEST * sizes) & (heights <= low + LOWEST * (high - low)) & (heights >= low)
    level &= np.isfinite(sizes) & (sizes > 0) & ((middles >= box.low) & (middles <= box.high)).all(axis=1)
    plan = float(np.prod(np.sort(box.sides)[1:]))
    if sizes[level].sum() <= ENOUGH * plan:
        return None
    return _fit(middles[level], sizes[level], up, float(box.sides.max()), plan)


def _fit(middles: DoubleArray, sizes: DoubleArray, up: DoubleArray, longest: float, plan: float) -> Plane | None:
    point, normal = _plane_of(middles, sizes, up)
    for turn in range(ROUNDS):
        band = longest * max(LOWEST * 0.5**turn, CLOSE)
        near = np.abs((middles - point) @ normal) <= band
        if sizes[near].sum() <= ENOUGH * plan:
            return None
        point, normal = _plane_of(middles[near], sizes[near], up)
    return Plane(point, normal) if normal @ up >= STEEPEST else None


def _plane_of(middles: DoubleArray, sizes: DoubleArray, up: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return a point and the normal of the plane nearest to weighed points."""
    point = np.average(middles, axis=0, weights=sizes)
    spread = (middles - point) * np.sqrt(sizes)[:, None]
    normal = np.linalg.eigh(spread.T @ spread)[1][:, 0]
    return point, -normal if normal @ up < 0 else normal


def turn_onto(normal: DoubleArray, up: DoubleArray) -> DoubleArray:
    """Return the (3, 3) smallest rotation that brings a unit normal to a unit direction."""
    axis = np.cross(normal, up)
    cosine = float(normal @ up)
    if cosine < -1 + 1e-12:
        other = np.eye(3)[int(np.abs(up).argmin())]
        axis = np.cross(up, other)
        axis /= np.linalg.norm(axis)
        return np.asarray(2 * np.outer(axis, axis) - np.eye(3))
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))
