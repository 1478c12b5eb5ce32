"""Tangent frames of normal maps."""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray


def vertex_tangents(positions: FloatArray, normals: FloatArray, texcoords: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 4) float32: the unit direction of growing u along the surface, and the bitangent's sign.

    positions, normals : (n, 3); texcoords : (n, 2), v downwards

    The frame is glTF's: bitangent = cross(normal, tangent) * sign, which is where the picture's upper side lies.
    Corners are weighted by their angle, as in M. Mikkelsen, "Simulation of wrinkled surfaces revisited", 2008. A vertex
    whose triangles have no area in the texture gets any tangent.
    """
    unit, sums, signs = normals.astype(np.float64), np.zeros((len(positions), 3)), np.zeros(len(positions))
    _add_corners(positions, texcoords, faces, sums, signs)
    flat = sums - unit * np.einsum("ni,ni->n", unit, sums)[:, None]
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    tangents = np.where(lengths > 1e-9, flat / np.maximum(lengths, 1e-30), _any_perpendicular(unit))
    return np.column_stack([tangents, np.where(signs < 0, -1.0, 1.0)]).astype(np.float32)


@compiled
def _add_corners(
    positions: FloatArray, texcoords: FloatArray, faces: IntArray, sums: DoubleArray, signs: DoubleArray
) -> None:
    """Add each corner's direction of growing u, and 1 where its picture is not mirrored, else -1, to its vertex."""
    p, along, angles = np.empty((3, 3)), np.empty(3), np.empty(3)
    for f in range(len(faces)):
        a, b, c = faces[f]
        for corner in range(3):
            for axis in range(3):
                p[corner, axis] = positions[faces[f, corner], axis]
        u1, v1 = np.float64(texcoords[b, 0]) - texcoords[a, 0], np.float64(texcoords[b, 1]) - texcoords[a, 1]
        u2, v2 = np.float64(texcoords[c, 0]) - texcoords[a, 0], np.float64(texcoords[c, 1]) - texcoords[a, 1]
        side = np.sign(u1 * v2 - u2 * v1)
        length = 0.0
        for axis in range(3):
            along[axis] = ((p[1, axis] - p[0, axis]) * v2 - (p[2, axis] - p[0, axis]) * v1) * side
            length += along[axis] * along[axis]
        length = max(np.sqrt(length), 1e-300)
        for corner in range(3):
            ahead = behind = across = 0.0
            for axis in range(3):
                one = p[(corner + 1) % 3, axis] - p[corner, axis]
                other = p[(corner + 2) % 3, axis] - p[corner, axis]
                ahead, behind, across = ahead + one * one, behind + other * other, across + one * other
            cosine = across / max(np.sqrt(ahead) * np.sqrt(behind), 1e-300)
            angles[corner] = np.arccos(min(max(cosine, -1.0), 1.0))
        for corner in range(3):
            vertex = faces[f, corner]
            for axis in range(3):
                sums[vertex, axis] += angles[corner] * along[axis] / length
            # v grows downwards: a picture that is not mirrored runs clockwise where its triangle runs the other way
            signs[vertex] -= angles[corner] * side


def _any_perpendicular(unit: DoubleArray) -> DoubleArray:
    """Return (n, 3) unit vectors at right angles to the given ones."""
    axis = np.where(np.abs(unit[:, :1]) < 0.5, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    across = np.cross(unit, axis)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300))
