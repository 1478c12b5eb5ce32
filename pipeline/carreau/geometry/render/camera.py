"""Pinhole cameras, and the views from which scans and levels are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from carreau.base.model import DoubleArray, FloatArray

EYE_RADII = 2.7
FIELD_RAD = np.pi / 4


@dataclass(frozen=True, eq=False)
class Screen:
    """The picture plane of a camera, at distance 1.

    eye : (3,) float64
    axes : (3, 3) float64, unit rows right, up and forward
    left, top : edges of the picture
    step_x, step_y : size of a pixel, to the right and downwards
    width, height : pixels
    """

    eye: DoubleArray
    axes: DoubleArray
    left: float
    top: float
    step_x: float
    step_y: float
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class PinholeCamera:
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

    def screen(self) -> Screen:
        """Return where its picture lies."""
        half = float(np.tan(self.field_rad / 2))
        step = 2 * half / self.height
        axes, eye = np.array(self.basis(), np.float64), np.asarray(self.eye, np.float64)
        return Screen(eye, axes, -half * self.width / self.height, half, step, step, self.width, self.height)

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


GOLDEN_ANGLE_RAD = np.pi * (3 - np.sqrt(5))


def sphere_spiral(turns: DoubleArray) -> DoubleArray:
    """Return (n, 3) unit vectors in even steps of z, from above down, each turned about z by an angle in radians.

    They are spread evenly where each angle is larger by the golden angle than the one before: a Fibonacci lattice
    (Gonzalez 2010, doi:10.1007/s11004-009-9257-x). Angles are given, and not counted here, because the same products in
    another order differ in their last bits, and models with them.
    """
    height = 1 - 2 * (np.arange(len(turns)) + 0.5) / len(turns)
    ring = np.sqrt(1 - height * height)
    return np.stack([ring * np.cos(turns), ring * np.sin(turns), height], axis=1)


def fibonacci_directions(count: int) -> DoubleArray:
    """Return (count, 3) unit vectors spread evenly over the sphere, from above (+y) down."""
    x, y, z = sphere_spiral(np.arange(count) * GOLDEN_ANGLE_RAD).T
    return np.stack([x, z, y], axis=1)


def fibonacci_views(
    center: DoubleArray, radius: float, count: int = 12, size_px: int = 1536
) -> tuple[PinholeCamera, ...]:
    """Return square cameras on a Fibonacci sphere, `EYE_RADII` radii away, each seeing the whole bounding sphere."""
    up = np.array([0.0, 1.0, 0.0])
    eyes = center + EYE_RADII * radius * fibonacci_directions(count)
    return tuple(PinholeCamera(eye, np.asarray(center, float), up, FIELD_RAD, size_px, size_px) for eye in eyes)


@dataclass(frozen=True, eq=False)
class Frustum:
    """An off-centre pinhole camera.

    eye : (3,) float64
    axes : (3, 3) float64, rows right, up and forward
    left, right, bottom, top : edges of the picture at distance 1
    width, height : pixels
    """

    eye: DoubleArray
    axes: DoubleArray
    left: float
    right: float
    bottom: float
    top: float
    width: int
    height: int

    def rays(self, first_row: int, last_row: int, samples: int = 1) -> FloatArray:
        """Return ((last_row - first_row) * samples * width * samples, 6) float32: eye and direction, row by row."""
        columns = (np.arange(self.width * samples) + 0.5) / (self.width * samples)
        rows = (np.arange(first_row * samples, last_row * samples) + 0.5) / (self.height * samples)
        x = (self.left + columns * (self.right - self.left)).astype(np.float32)
        y = (self.top + rows * (self.bottom - self.top)).astype(np.float32)
        rays = np.empty((len(y), len(x), 6), np.float32)
        rays[..., :3] = self.eye
        axes = self.axes.astype(np.float32)
        for d in range(3):
            rays[..., 3 + d] = x[None, :] * axes[0, d] + y[:, None] * axes[1, d] + axes[2, d]
        return rays.reshape(-1, 6)

    def screen(self, samples: int = 1) -> Screen:
        """Return where its picture lies, with `samples` pixels along each edge of one."""
        width, height = self.width * samples, self.height * samples
        across, down = float(self.right - self.left) / width, float(self.top - self.bottom) / height
        axes, eye = np.asarray(self.axes, np.float64), np.asarray(self.eye, np.float64)
        return Screen(eye, axes, float(self.left), float(self.top), across, down, width, height)

    def project(self, points: FloatArray) -> DoubleArray:
        """Return (k, 2) float64: where points (k, 3) appear at distance 1, right and up."""
        seen = (points - self.eye) @ self.axes.T
        return seen[:, :2] / seen[:, 2:]


def look(center: DoubleArray, distance: float, azimuth_rad: float, elevation_rad: float, size_px: int) -> Frustum:
    """Return a square frame, 1 wide at distance 1, that looks at center; azimuth 0 looks from +Z, up is +Y."""
    flat = np.cos(elevation_rad)
    back = np.array([np.sin(azimuth_rad) * flat, np.sin(elevation_rad), np.cos(azimuth_rad) * flat])
    right = np.array([np.cos(azimuth_rad), 0.0, -np.sin(azimuth_rad)])
    axes = np.array([right, np.cross(back, right), -back])
    return Frustum(center + distance * back, axes, -0.5, 0.5, -0.5, 0.5, size_px, size_px)


def fit_frame(frame: Frustum, points: FloatArray, longest_px: int, margin: float) -> Frustum:
    """Return the frame cut tightly around points (k, 3), with a margin as a share of the longer edge."""
    places = frame.project(points)
    low, high = places.min(axis=0), places.max(axis=0)
    border = margin * max(float((high - low).max()), 1e-6)
    # Equal margins all around, by the longer edge.
    low, high = low - border, high + border
    # a line seen end on would give a picture of no height
    slim = np.maximum(0.2 * (high - low).max() - (high - low), 0) / 2
    low, high = low - slim, high + slim
    size = high - low
    width, height = np.maximum(np.rint(size / size.max() * longest_px), 1).astype(int)
    return replace(frame, left=low[0], right=high[0], bottom=low[1], top=high[1], width=int(width), height=int(height))
