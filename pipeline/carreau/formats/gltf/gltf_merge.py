"""Merge placed primitives into one mesh, about an origin when they are far from zero.

It also decides whether green in normal maps points up, as the standard has it, or down. Sketchfab exports maps that
point down, with tangent signs that compensate for it: on 99.8 % of the vertices of the Venus cast the sign differs from
the standard's, and its normal map has curl unless green is inverted. Tangents are not kept, so the material has to
record the direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Material, Mesh
from carreau.formats.gltf.gltf_materials import TexcoordKey
from carreau.formats.gltf.gltf_primitives import Primitive
from carreau.formats.io.origin import local_surface


@dataclass(frozen=True, eq=False)
class PlacedPrimitive:
    """A primitive with its world matrix and the index of its material.

    matrix : (4, 4) float64, world = matrix @ local
    """

    primitive: Primitive
    matrix: DoubleArray
    material: int

    @property
    def is_mirrored(self) -> bool:
        """Return whether the transform mirrors, which reverses the winding of triangles."""
        return bool(np.linalg.det(self.matrix[:3, :3]) < 0)


def merge(parts: list[PlacedPrimitive], keys: list[TexcoordKey], materials: tuple[Material, ...]) -> Mesh:
    """Return one mesh of all parts, in their order."""
    starts = np.cumsum([0, *(len(part.primitive.positions) for part in parts)])
    corners = [_turned(part, part.primitive.faces) for part in parts]
    faces = np.concatenate([corner + np.int32(start) for corner, start in zip(corners, starts, strict=False)])
    local = local_surface(np.concatenate([_world(part) for part in parts]), faces)
    counts = [len(corner) for corner in corners]
    return Mesh(
        positions=local.positions,
        faces=faces,
        texcoords=tuple(np.concatenate([_texcoords(part, key) for part in parts]) for key in keys),
        normals=_normals(parts, local.positions, faces, counts),
        colors=_colors(parts),
        face_materials=np.repeat(np.array([part.material for part in parts], np.int32), counts),
        materials=materials,
        origin=local.origin,
        fidelity=local.fidelity,
    )


def _world(part: PlacedPrimitive) -> DoubleArray:
    """Return a part's positions in world coordinates."""
    with np.errstate(invalid="ignore", over="ignore"):  # infinities in a file become NaN; `clean` drops both
        world = part.primitive.positions.astype(np.float64) @ part.matrix[:3, :3].T + part.matrix[:3, 3]
    return np.asarray(world, np.float64)


def _turned(part: PlacedPrimitive, corners: IntArray) -> IntArray:
    return np.ascontiguousarray(corners[:, ::-1]) if part.is_mirrored else corners


def moved_texcoords(primitive: Primitive, key: TexcoordKey) -> FloatArray | None:
    """Return (n, 2) texture coordinates with KHR_texture_transform applied, or None without such a set."""
    own = primitive.texcoords.get(key.source)
    if own is None or key == TexcoordKey(key.source):
        return own
    sine, cosine = np.sin(key.rotation), np.cos(key.rotation)
    # v grows downwards, so a counter-clockwise rotation has the opposite signs of sine
    turn = np.array([[cosine, sine], [-sine, cosine]])
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((own.astype(np.float64) * key.scale) @ turn.T + key.offset, np.float32)


def _texcoords(part: PlacedPrimitive, key: TexcoordKey) -> FloatArray:
    """Return (m, 3, 2) texture coordinates, NaN when the part has no such set."""
    corners, own = _turned(part, part.primitive.faces), moved_texcoords(part.primitive, key)
    return np.full((len(corners), 3, 2), np.nan, np.float32) if own is None else own[corners]


def _normals(
    parts: list[PlacedPrimitive], positions: FloatArray, faces: IntArray, counts: list[int]
) -> FloatArray | None:
    """Return (m, 3, 3) unit normals, face normals where a part has none, or None when no part has any."""
    if all(part.primitive.normals is None for part in parts):
        return None
    result = np.empty((len(faces), 3, 3), np.float32)
    start = 0
    for part, count in zip(parts, counts, strict=True):
        block = slice(start, start + count)
        _fill_normals(result[block], part, positions, faces[block])
        start += count
    return result


def _fill_normals(target: FloatArray, part: PlacedPrimitive, positions: FloatArray, faces: IntArray) -> None:
    """Write one part's normals into its (m, 3, 3) place."""
    own = part.primitive.normals
    if own is None:
        target[:] = _flat(positions, faces)[:, None, :]
        return
    with np.errstate(over="ignore", invalid="ignore"):  # normals that are no numbers
        normals = own.astype(np.float64) @ _cofactors(part.matrix[:3, :3]).T
    target[:] = _unit(normals)[_turned(part, part.primitive.faces)]
    bad = ~(np.abs(np.einsum("fci,fci->fc", target, target) - 1.0) < 1e-3)
    if bad.any():
        face, corner = np.nonzero(bad)
        target[face, corner] = _flat(positions, faces[face])


def _cofactors(linear: DoubleArray) -> DoubleArray:
    """Return the matrix for normals: the inverse transpose up to a positive factor, also when singular."""
    a, b, c = linear.T
    sign = -1.0 if np.linalg.det(linear) < 0 else 1.0
    return sign * np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)


def _flat(positions: FloatArray, faces: IntArray) -> FloatArray:
    a, b, c = (positions[faces[:, corner]].astype(np.float64) for corner in range(3))
    with np.errstate(invalid="ignore", over="ignore"):
        normals = _unit(np.cross(b - a, c - a))
    normals[~np.isfinite(normals).all(axis=1) | ~normals.any(axis=1)] = (0.0, 1.0, 0.0)
    return normals


def _unit(vectors: DoubleArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.where(lengths > 0, vectors / lengths, 0.0).astype(np.float32)


def _colors(parts: list[PlacedPrimitive]) -> ByteArray | None:
    """Return (n, 3) colours, white where a part has none, or None when no part has any."""
    if all(part.primitive.colors is None for part in parts):
        return None
    own = [(part.primitive.colors, part.primitive.positions.shape) for part in parts]
    return np.concatenate([np.full(shape, 255, np.uint8) if colors is None else colors for colors, shape in own])


def with_green_direction(
    parts: list[PlacedPrimitive], keys: list[TexcoordKey], materials: tuple[Material, ...]
) -> tuple[Material, ...]:
    """Return the materials, `is_green_down` where most tangents of their triangles have the opposite sign."""
    votes = np.zeros(len(materials))
    for part in parts:
        slot = materials[part.material].normal
        if slot is not None:
            votes[part.material] += _agreement(part, keys[slot.texcoord_set])
    return tuple(
        replace(material, is_green_down=True) if vote < 0 else material
        for material, vote in zip(materials, votes, strict=True)
    )


def _agreement(part: PlacedPrimitive, key: TexcoordKey) -> float:
    """Return the number of triangles with the standard's tangent sign, minus that with the other."""
    signs, texcoords = part.primitive.tangent_signs, moved_texcoords(part.primitive, key)
    if signs is None or texcoords is None:
        return 0.0
    faces = part.primitive.faces
    a, b, c = (texcoords[faces[:, corner]].astype(np.float64) for corner in range(3))
    with np.errstate(invalid="ignore", over="ignore"):
        (u1, v1), (u2, v2) = (b - a).T, (c - a).T
        # v grows downwards: an unmirrored texture has a negative area here, and the sign 1
        return float(np.nansum(np.sign(v1 * u2 - u1 * v2) * np.sign(signs[faces[:, 0]])))
