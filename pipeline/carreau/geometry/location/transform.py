"""Motions of a mesh: by a matrix, or exactly for each position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, Mesh

TO_Y_UP: dict[str, tuple[tuple[int, int, int], ...]] = {
    "y": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "z": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "x": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    "-y": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "-z": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "-x": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
}
"""Rotation of each up axis to +Y: a quarter or half turn, which rounds no coordinate."""

CHUNK = 1 << 18
"""Positions converted at a time by an exact motion, which bounds the memory in double."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A motion from the scan's coordinates to the model's.

    linear : (3, 3) float64; a position maps to linear @ (position - about) + shift
    about, shift : (3,) float64; `about` near the scan, so that large numbers lose no precision
    exact : maps (n, 3) float64 positions of the scan to those of the model, if a matrix is not exact enough
    """

    linear: DoubleArray
    about: DoubleArray
    shift: DoubleArray
    exact: Callable[[DoubleArray], DoubleArray] | None = None

    @property
    def matrix(self) -> DoubleArray:
        """Return the (4, 4) float64 matrix."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.linear
        matrix[:3, 3] = self.shift - self.linear @ self.about
        return matrix

    def scaled(self, factor: float) -> Motion:
        """Return the motion to a model scaled by a factor."""
        exact = self.exact
        bigger = None if exact is None else lambda places: exact(places) * factor
        return Motion(self.linear * factor, self.about, self.shift * factor, bigger)

    def place(self, places: DoubleArray) -> DoubleArray:
        """Return (n, 3) float64 positions in the model of (n, 3) positions in the scan."""
        if self.exact is not None:
            return self.exact(places)
        return np.asarray((places - self.about) @ self.linear.T + self.shift)


def moved(mesh: Mesh, motion: Motion) -> Mesh:
    """Return the mesh in the model's coordinates, rounded to float32 once, at the end."""
    if motion.exact is not None:
        positions = _moved_exactly(mesh, motion.exact)
    else:
        shift = motion.linear @ (mesh.origin - motion.about) + motion.shift
        with np.errstate(invalid="ignore", over="ignore"):  # cleaning drops what is not finite
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
    """Return the transformed normals; a motion that only swaps and negates axes rounds nothing."""
    axes = np.abs(linear).argmax(axis=1)
    swap = np.zeros((3, 3))
    swap[np.arange(3), axes] = np.sign(linear[np.arange(3), axes])
    if np.array_equal(np.abs(linear) > 0, swap != 0):
        return np.ascontiguousarray(normals[..., axes] * swap[np.arange(3), axes].astype(np.float32))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        turned = normals.astype(np.float64) @ np.linalg.inv(linear)
        lengths = np.linalg.norm(turned, axis=-1, keepdims=True)
        return np.where(lengths > 0, turned / lengths, 0.0).astype(np.float32)
