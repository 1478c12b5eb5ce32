"""Tangent frames of normal maps."""

from __future__ import annotations

import numpy as np

from pipeline.model import DoubleArray, FloatArray, IntArray


def vertex_tangents(positions: FloatArray, normals: FloatArray, texcoords: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 4) float32: the unit direction of growing u along the surface, and the bitangent's sign.

    positions, normals : (n, 3); texcoords : (n, 2), v downwards

    The frame is glTF's: bitangent = cross(normal, tangent) * sign, which is where the picture's upper side lies.
    Corners are weighted by their angle, as in M. Mikkelsen, "Simulation of wrinkled surfaces revisited", 2008. A vertex
    whose triangles have no area in the texture gets any tangent.
    """
    unit = normals.astype(np.float64)
    directions, turns = _face_tangents(positions.astype(np.float64), texcoords.astype(np.float64), faces)
    weights = _angles(positions.astype(np.float64), faces)
    sums, signs = np.zeros((len(positions), 3)), np.zeros(len(positions))
    for corner in range(3):
        share = weights[:, corner]
        for axis in range(3):
            sums[:, axis] += np.bincount(faces[:, corner], share * directions[:, axis], len(positions))
        signs += np.bincount(faces[:, corner], share * turns, len(positions))
    flat = sums - unit * np.einsum("ni,ni->n", unit, sums)[:, None]
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    tangents = np.where(lengths > 1e-9, flat / np.maximum(lengths, 1e-30), _any_perpendicular(unit))
    return np.column_stack([tangents, np.where(signs < 0, -1.0, 1.0)]).astype(np.float32)


def _face_tangents(positions: DoubleArray, texcoords: DoubleArray, faces: IntArray) -> tuple[DoubleArray, DoubleArray]:
    """Return each face's unit direction of growing u, (m, 3), and 1 where its picture is not mirrored, else -1."""
    a, b, c = (positions[faces[:, corner]] for corner in range(3))
    s, t, r = (texcoords[faces[:, corner]] for corner in range(3))
    (u1, v1), (u2, v2) = (t - s).T, (r - s).T
    area = u1 * v2 - u2 * v1
    along = ((b - a) * v2[:, None] - (c - a) * v1[:, None]) * np.sign(area)[:, None]
    lengths = np.linalg.norm(along, axis=1, keepdims=True)
    # v grows downwards, so a picture that is not mirrored runs clockwise where its triangle runs counter-clockwise
    return along / np.maximum(lengths, 1e-300), -np.sign(area)


def _angles(positions: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return (m, 3) the angle of each corner in radians."""
    corners = positions[faces]
    ahead, behind = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    sizes = np.linalg.norm(ahead, axis=2) * np.linalg.norm(behind, axis=2)
    cosines = np.einsum("mci,mci->mc", ahead, behind) / np.maximum(sizes, 1e-300)
    return np.asarray(np.arccos(np.clip(cosines, -1.0, 1.0)))


def _any_perpendicular(unit: DoubleArray) -> DoubleArray:
    """Return (n, 3) unit vectors at right angles to the given ones."""
    axis = np.where(np.abs(unit[:, :1]) < 0.5, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    across = np.cross(unit, axis)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300))
