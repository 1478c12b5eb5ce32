"""Pinhole cameras, and the views from which scans and levels are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.model import DoubleArray, FloatArray

EYE_RADII = 2.7
FIELD_RAD = np.pi / 4
GOLDEN_ANGLE_RAD = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    eye, target, up : (3,) float64
    field_rad : vertical field of view
    width, height : pixels
    """

    eye: DoubleArray
    target: DoubleArray
    up: DoubleArray
    field_rad: float
    width: int
    height: int

    def basis(self) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
        """Return the unit vectors right, up and forward."""
        forward = self.target - self.eye
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, self.up)
        right = right / np.linalg.norm(right)
        return right, np.cross(right, forward), forward

    def rays(self) -> FloatArray:
        """Return (height * width, 6) float32: eye and unit direction through each pixel's centre, row by row."""
        right, up, forward = self.basis()
        half = np.tan(self.field_rad / 2)
        x = ((np.arange(self.width) + 0.5) / self.width * 2 - 1) * half * self.width / self.height
        y = (1 - (np.arange(self.height) + 0.5) / self.height * 2) * half
        directions = forward + x[None, :, None] * right + y[:, None, None] * up
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        rays = np.empty((self.height * self.width, 6), np.float32)
        rays[:, :3] = self.eye
        rays[:, 3:] = directions.reshape(-1, 3)
        return rays


def pixel_length(radius: float, size_px: int) -> float:
    """Return how long a pixel of those views is, at the centre of the sphere."""
    return float(2 * EYE_RADII * np.tan(FIELD_RAD / 2) * radius / size_px)


def fibonacci_directions(count: int) -> DoubleArray:
    """Return (count, 3) unit vectors spread evenly over the sphere (Gonzalez 2010, doi:10.1007/s11004-009-9257-x)."""
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    turn = np.arange(count) * GOLDEN_ANGLE_RAD
    ring = np.sqrt(1 - height * height)
    return np.stack([ring * np.cos(turn), height, ring * np.sin(turn)], axis=1)


def fibonacci_views(center: DoubleArray, radius: float, count: int = 12, size_px: int = 1536) -> tuple[Camera, ...]:
    """Return square cameras on a Fibonacci sphere, `EYE_RADII` radii away, each seeing the whole bounding sphere."""
    up = np.array([0.0, 1.0, 0.0])
    eyes = center + EYE_RADII * radius * fibonacci_directions(count)
    return tuple(Camera(eye, np.asarray(center, float), up, FIELD_RAD, size_px, size_px) for eye in eyes)
