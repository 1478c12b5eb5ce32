"""Tangent space of normal maps: +X along u, +Y up the picture, +Z out of the surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh
from carreau.geometry.threads import bands, in_threads
from carreau.geometry.topology import same_rows, weld
from carreau.geometry.triangles import smooth_normals, texcoord_areas, unit
from carreau.geometry.uv.tangents import vertex_tangents


@dataclass(frozen=True, eq=False)
class Frames:
    """Normals and tangents of vertices, as a GPU interpolates them.

    normals : (n, 3) float32 unit
    tangents : (n, 4) float32, as `vertex_tangents` has them
    faces : (m, 3) int32
    """

    normals: FloatArray
    tangents: FloatArray
    faces: IntArray

    def inwards(self, faces: IntArray, barycentrics: FloatArray, directions: FloatArray) -> FloatArray:
        """Return (k, 3) float32: directions in space at places on faces, as seen in their frames."""
        return self._turned(faces, barycentrics, directions, is_inwards=True)

    def outwards(self, faces: IntArray, barycentrics: FloatArray, seen: FloatArray) -> FloatArray:
        """Return (k, 3) float32: directions in space for those seen in the frames at places on faces."""
        return self._turned(faces, barycentrics, seen, is_inwards=False)

    def _turned(self, faces: IntArray, barycentrics: FloatArray, given: FloatArray, is_inwards: bool) -> FloatArray:
        out = np.empty((len(faces), 3), np.float32)

        def turn(part: slice) -> None:
            places = faces[part], barycentrics[part], given[part]
            _turn(self.normals, self.tangents, self.faces, *places, out[part], is_inwards)

        in_threads(turn, bands(len(faces)))
        return out


def level_frames(level: LevelMesh) -> Frames:
    """Return the frames that `pack` writes and readers make. Raises ValueError without texture coordinates."""
    if level.texcoords is None:
        raise ValueError("a level without texture coordinates has no frames for a normal map")
    tangents = vertex_tangents(level.positions, level.normals, level.texcoords, level.faces)
    return Frames(level.normals, tangents, level.faces)


def corner_normals(mesh: Mesh) -> FloatArray:
    """Return (m, 3, 3) float32 unit normals of a scan's corners: its own, else smooth ones over welded positions."""
    if mesh.normals is not None:
        return mesh.normals
    return np.asarray(smooth_normals(mesh.positions, mesh.faces)[mesh.faces])


def scan_frames(mesh: Mesh, normals: FloatArray, texcoord_set: int) -> Frames:
    """Return the frames of a scan whose corners (m, 3, 3) have these normals.

    Corners share a frame where place, texture coordinates, normal and the picture's handedness are the same, as in
    MikkTSpace: at the mirror line of a mirrored atlas the two sides must not be averaged.
    """
    texcoords = np.nan_to_num(mesh.texcoords[texcoord_set])
    places = weld(mesh.positions).labels[mesh.faces].reshape(-1, 1).astype(np.int64)
    is_mirrored = np.repeat(texcoord_areas(texcoords) > 0, 3)[:, None]
    looks = same_rows(_bits(normals.reshape(-1, 3))).labels
    spots = np.concatenate([(2 * places + is_mirrored).astype(np.uint32), _bits(texcoords.reshape(-1, 2))], axis=1)
    both = np.stack([same_rows(spots).labels, looks, np.zeros_like(looks)], axis=1)
    split = same_rows(both.astype(np.uint32))
    corners = mesh.faces.reshape(-1)[split.first]
    unit_normals = unit(normals.reshape(-1, 3)[split.first].astype(np.float64))
    faces = split.labels.reshape(-1, 3)
    uvs = texcoords.reshape(-1, 2)[split.first]
    return Frames(unit_normals, vertex_tangents(mesh.positions[corners], unit_normals, uvs, faces), faces)


def _bits(rows: FloatArray) -> np.ndarray:
    return np.ascontiguousarray(rows + np.float32(0), np.float32).view(np.uint32)


def encoded(seen: FloatArray) -> ByteArray:
    """Return (..., 3) uint8 texels of unit vectors; straight out is (128, 128, 255)."""
    texels: ByteArray = np.clip(np.rint(seen * np.float32(127.5) + np.float32(127.5)), 0, 255).astype(np.uint8)
    return texels


def decoded(texels: FloatArray) -> FloatArray:
    """Return (k, 3) float32 unit vectors of texels 0..255, as a shader reads them; straight out where there is none."""
    vectors = np.asarray(texels, np.float32) / np.float32(127.5) - 1
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    is_sound = np.isfinite(lengths) & (lengths > 0.1) & (vectors[..., 2:] > 0)
    out = np.array([0, 0, 1], np.float32)
    return np.where(is_sound, vectors / np.where(is_sound, lengths, 1), out).astype(np.float32)


def angles(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return (k,) radians between unit vectors (k, 3), sure for small ones as arccosine is not."""
    return np.asarray(2 * np.arctan2(np.linalg.norm(left - right, axis=1), np.linalg.norm(left + right, axis=1)))


@compiled
def _turn(
    normals: FloatArray,
    tangents: FloatArray,
    corners: IntArray,
    faces: IntArray,
    barycentrics: FloatArray,
    given: FloatArray,
    out: FloatArray,
    is_inwards: bool,
) -> None:
    for k in range(len(faces)):
        a, b, c = corners[faces[k], 0], corners[faces[k], 1], corners[faces[k], 2]
        v, w = np.float64(barycentrics[k, 0]), np.float64(barycentrics[k, 1])
        u = 1 - v - w
        nx = normals[a, 0] * u + normals[b, 0] * v + normals[c, 0] * w
        ny = normals[a, 1] * u + normals[b, 1] * v + normals[c, 1] * w
        nz = normals[a, 2] * u + normals[b, 2] * v + normals[c, 2] * w
        length = max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-30)
        nx, ny, nz = nx / length, ny / length, nz / length
        tx = tangents[a, 0] * u + tangents[b, 0] * v + tangents[c, 0] * w
        ty = tangents[a, 1] * u + tangents[b, 1] * v + tangents[c, 1] * w
        tz = tangents[a, 2] * u + tangents[b, 2] * v + tangents[c, 2] * w
        lean = tx * nx + ty * ny + tz * nz
        tx, ty, tz = tx - lean * nx, ty - lean * ny, tz - lean * nz
        length = max(np.sqrt(tx * tx + ty * ty + tz * tz), 1e-30)
        tx, ty, tz = tx / length, ty / length, tz / length
        sign = 1.0 if tangents[a, 3] > 0 else -1.0
        bx, by, bz = sign * (ny * tz - nz * ty), sign * (nz * tx - nx * tz), sign * (nx * ty - ny * tx)
        x, y, z = given[k, 0], given[k, 1], given[k, 2]
        if is_inwards:
            out[k, 0] = x * tx + y * ty + z * tz
            out[k, 1] = x * bx + y * by + z * bz
            out[k, 2] = x * nx + y * ny + z * nz
        else:
            out[k, 0] = x * tx + y * bx + z * nx
            out[k, 1] = x * ty + y * by + z * ny
            out[k, 2] = x * tz + y * bz + z * nz
