"""The cameras of a table model, and where they see its points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from carreau.air.relief.table_data import TablePart
from carreau.base.model import DoubleArray
from carreau.geometry.render.camera import Frustum

FIELD_DEG = 26.0
"""Vertical field of view."""
CORNER_TURN_DEG, CORNER_ELEVATION_DEG = -20.0, 32.0
LEAST_REACH_M = 0.0045
"""A corner shows at least this much around the middle of its place, in the model's metres."""


@dataclass(frozen=True)
class TableView:
    """A camera, and the picture that it takes.

    target : what it looks at, in the model's metres
    distance : from there, in the model's metres
    elevation_deg : above the plate
    azimuth_deg : 0 looks from the south, 90 from the east
    width, height : of the picture, in pixels
    """

    target: tuple[float, float, float]
    distance: float
    elevation_deg: float
    azimuth_deg: float
    width: int
    height: int

    @property
    def eye(self) -> DoubleArray:
        """Return the position of the camera."""
        azimuth, elevation = np.radians([self.azimuth_deg, self.elevation_deg])
        flat = np.cos(elevation)
        back = np.array([np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat])
        return np.asarray(self.target) + self.distance * back

    def frame(self) -> Frustum:
        """Return the frame of the picture."""
        back = (self.eye - self.target) / self.distance
        right = np.cross([0.0, 1.0, 0.0], back)
        right /= np.linalg.norm(right)
        upper = float(np.tan(np.radians(FIELD_DEG) / 2))
        side = upper * self.width / self.height
        axes = np.array([right, np.cross(back, right), -back])
        return Frustum(self.eye, axes, -side, side, -upper, upper, self.width, self.height)

    def shares(self, points: DoubleArray) -> DoubleArray:
        """Return (n, 2) where points (n, 3) are in the picture, as shares of its width and height from its corner."""
        frame = self.frame()
        seen = frame.project(points.astype(np.float32))
        across = (seen[:, 0] - frame.left) / (frame.right - frame.left)
        down = (frame.top - seen[:, 1]) / (frame.top - frame.bottom)
        return np.stack([across, down], axis=1)


def anchors(parts: Mapping[str, TablePart]) -> dict[str, DoubleArray]:
    """Return (3,) where the label of each place is tied: on top of the middle of its largest piece."""
    return {name: _anchor(part) for name, part in parts.items()}


def _anchor(part: TablePart) -> DoubleArray:
    corners = part.positions[part.faces].astype(np.float64)
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1]
    middles, weights = corners.mean(axis=1), np.maximum(flat, 1e-12)
    middle = (middles * weights[:, None]).sum(axis=0) / weights.sum()
    # The middle of a bent outline may lie outside it: the nearest part of its top is inside.
    top = middles[np.argmin(np.hypot(*(middles - middle)[:, [0, 2]].T))]
    return np.array([top[0], float(part.positions[:, 1].max()), top[2]])


def corner_view(part: TablePart, size: tuple[int, int], *, is_on_ground: bool = False) -> TableView:
    """Return the view of a place with its neighbours.

    is_on_ground : whether it lies on the relief's ground, and not on the level plate
    """
    low, high = part.positions.min(axis=0).astype(np.float64), part.positions.max(axis=0).astype(np.float64)
    reach = max(float(np.hypot(high[0] - low[0], high[2] - low[2])) / 2, LEAST_REACH_M)
    foot = float(low[1]) if is_on_ground else 0.0
    target = np.array([(low[0] + high[0]) / 2, (foot + high[1]) / 2, (low[2] + high[2]) / 2])
    distance = 1.35 * reach / float(np.tan(np.radians(FIELD_DEG) / 2))
    return TableView(_rounded(target), distance, CORNER_ELEVATION_DEG, CORNER_TURN_DEG, *size)


def fitting_view(
    points: DoubleArray,
    size: tuple[int, int],
    elevation_deg: float,
    margins: tuple[float, float, float, float],
    azimuth_deg: float,
) -> TableView:
    """Return the nearest view that has all points (n, 3) in its picture.

    margins : free shares of the picture on the left, right, top and bottom
    """
    left, right, top, bottom = margins
    least = LEAST_REACH_M / float(np.tan(np.radians(FIELD_DEG) / 2))  # a single place has no extent
    target, distance = points.mean(axis=0), float(np.ptp(points, axis=0).max()) * 2 + 1e-3
    for _ in range(24):
        view = TableView(_rounded(target), distance, elevation_deg, azimuth_deg, *size)
        seen = view.shares(points)
        low, high = seen.min(axis=0), seen.max(axis=0)
        room = np.array([1 - left - right, 1 - top - bottom])
        middle = (low + high) / 2 - np.array([left + room[0] / 2, top + room[1] / 2])
        frame = view.frame()
        # One unit of the picture's height at the target, along the plate.
        tall = 2 * distance * np.tan(np.radians(FIELD_DEG) / 2)
        ahead = np.array([frame.axes[2][0], 0.0, frame.axes[2][2]])
        ahead /= np.linalg.norm(ahead)
        across = frame.axes[0] * middle[0] * tall * size[0] / size[1]
        along = ahead * -middle[1] * tall / np.sin(np.radians(elevation_deg))
        target = target + across + along
        distance = max(distance * float(((high - low) / room).max()), least)
    return TableView(_rounded(target), distance, elevation_deg, azimuth_deg, *size)


def _rounded(point: DoubleArray) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 6) for value in point)
    return x, y, z
