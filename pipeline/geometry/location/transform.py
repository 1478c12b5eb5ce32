"""Move a mesh by a matrix, or place by place, with what hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipeline.model import DoubleArray, FloatArray, Mesh

TO_Y_UP: dict[str, tuple[tuple[int, int, int], ...]] = {
    "y": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "z": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "x": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    "-y": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "-z": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "-x": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
}
"""Rotation that brings each way up to +Y: a quarter or half turn, so that no coordinate is rounded by it."""

CHUNK = 1 << 18
"""Positions moved at once where each is moved on its own: bounds the memory in double."""


@dataclass(frozen=True, eq=False)
class Motion:
    """How places in the scan's own coordinates come to the model's.

    linear : (3, 3) float64; a place goes to linear @ (place - about) + shift
    about, shift : (3,) float64; `about` near the scan, so that nothing is lost between large numbers
    exact : what gives (n, 3) float64 model places of (n, 3) scan places, where a matrix is not enough
    """

    linear: DoubleArray
    about: DoubleArray
    shift: DoubleArray
    exact: Callable[[DoubleArray], DoubleArray] | None = None

    @property
    def matrix(self) -> DoubleArray:
        """Return the (4, 4) float64 matrix of it."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.linear
        matrix[:3, 3] = self.shift - self.linear @ self.about
        return matrix

    def scaled(self, factor: float) -> Motion:
        """Return the motion to a model so many times as large."""
        exact = self.exact
        bigger = None if exact is None else lambda places: exact(places) * factor
        return Motion(self.linear * factor, self.about, self.shift * factor, bigger)

    def place(self, places: DoubleArray) -> DoubleArray:
        """Return (n, 3) float64 model places of (n, 3) scan places."""
        if self.exact is not None:
            return self.exact(places)
        return np.asarray((places - self.about) @ self.linear.T + self.shift)


def moved(mesh: Mesh, motion: Motion) -> Mesh:
    """Return the mesh in the model's coordinates, rounded to float32 once, at the end."""
    if motion.exact is not None:
        positions = _moved_exactly(mesh, motion.exact)
    else:
        shift = motion.linear @ (mesh.origin - motion.about) + motion.shift
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is for cleaning to drop
            positions = (mesh.positions.astype(np.float64) @ motion.linear.T + shift).astype(np.float32)
    normals = None if mesh.normals is None else _moved_normals(mesh.normals, motion.linear)
    return replace(mesh, positions=positions, normals=normals, origin=np.zeros(3))


def _moved_exactly(mesh: Mesh, exact: Callable[[DoubleArray], DoubleArray]) -> FloatArray:
    positions = np.full(mesh.positions.shape, np.nan, np.float32)
    for start in range(0, len(positions), CHUNK):
        block = slice(start, start + CHUNK)
        about = mesh.positions[block].astype(np.float64)
        finite = np.isfinite(about).all(axis=1)
        with np.errstate(over="ignore"):
            positions[block][finite] = exact(about[finite] + mesh.origin)
    return positions


def _moved_normals(normals: FloatArray, linear: DoubleArray) -> FloatArray:
    """Turn normals; a turn that only swaps and negates axes does so with them, and rounds nothing."""
    axes = np.abs(linear).argmax(axis=1)
    swap = np.zeros((3, 3))
    swap[np.arange(3), axes] = np.sign(linear[np.arange(3), axes])
    if np.array_equal(np.abs(linear) > 0, swap != 0):
        return np.ascontiguousarray(normals[..., axes] * swap[np.arange(3), axes].astype(np.float32))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        turned = normals.astype(np.float64) @ np.linalg.inv(linear)
        lengths = np.linalg.norm(turned, axis=-1, keepdims=True)
        return np.where(lengths > 0, turned / lengths, 0.0).astype(np.float32)
