"""Areas, volumes and normals of triangle meshes, points spread over them, and what differs between two meshes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, Material, Mesh, Texture, TextureSlot
from carreau.geometry.topology import weld


def face_areas(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Return (m,) float64 areas in the square of the positions' unit, worked out in double precision."""
    return _areas(positions, faces)


def texcoord_areas(texcoords: FloatArray) -> DoubleArray:
    """Return (m,) signed float64 areas of (m, 3, 2) texture triangles; NaN where a face has none."""
    a, b, c = (texcoords[:, k].astype(np.float64) for k in range(3))
    cross = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return np.asarray(cross / 2)


def vector_area(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Return the (3,) sum of area times normal: zero when closed, else it points away from what is missing."""
    return _sums(positions, faces)[:3]


def enclosed_volume(positions: FloatArray, faces: IntArray) -> float:
    """Return the signed volume inside a closed surface: negative when its faces look inwards."""
    return float(_sums(positions, faces)[3])


@compiled
def _areas(positions: FloatArray, faces: IntArray) -> DoubleArray:
    areas = np.empty(len(faces), np.float64)
    for f in range(len(faces)):
        square = 0.0
        for d in range(3):
            e = (d + 1) % 3
            ad, ae = np.float64(positions[faces[f, 0], d]), np.float64(positions[faces[f, 0], e])
            ud, ue = positions[faces[f, 1], d] - ad, positions[faces[f, 1], e] - ae
            vd, ve = positions[faces[f, 2], d] - ad, positions[faces[f, 2], e] - ae
            square += (ud * ve - ue * vd) ** 2
        areas[f] = np.sqrt(square) / 2
    return areas


@compiled
def _sums(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Sum area vectors and tetrahedra about the first corner, which keeps far-off coordinates from cancelling."""
    sums = np.zeros(4, np.float64)
    if len(faces) == 0:
        return sums
    p = np.empty((3, 3), np.float64)
    for f in range(len(faces)):
        for k in range(3):
            for d in range(3):
                p[k, d] = np.float64(positions[faces[f, k], d]) - np.float64(positions[faces[0, 0], d])
        u, v = p[1] - p[0], p[2] - p[0]
        x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        sums[0] += x / 2
        sums[1] += y / 2
        sums[2] += z / 2
        sums[3] += (p[0, 0] * x + p[0, 1] * y + p[0, 2] * z) / 6
    return sums


UPWARDS = (0.0, 1.0, 0.0)


def face_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m, 3) float32 unit normals; `UPWARDS` where a face has no area."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    return unit(np.cross(b - a, c - a))


def vertex_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 3) float32 unit normals, weighted by area and angle; `UPWARDS` where no face says anything.

    Weld first, or seams show. Weights: N. Max, "Weights for computing vertex normals from facet normals", 1999, for
    the area and G. Thürmer & C. Wüthrich, "Computing vertex normals from polygonal facets", 1998, for the angle.
    The product, as Blender has it, is the calmest on the slivers that surface reconstruction leaves.
    """
    return unit(_vertex_sums(positions, faces))


def smooth_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 3) float32 unit normals, as `vertex_normals`, of which equal positions share one.

    Without sharing, every seam of a GLB (where vertices are split) shows as a line in the shading.
    """
    welded = weld(positions)
    normals = vertex_normals(positions[welded.first], welded.labels[faces])
    return np.asarray(normals[welded.labels])


def unit(vectors: DoubleArray | FloatArray) -> FloatArray:
    """Scale (n, 3) vectors to length 1 as float32; `UPWARDS` for those that are zero or not finite."""
    out = np.empty(vectors.shape, np.float32)
    _scale_to_unit(np.ascontiguousarray(vectors, np.float64), out)
    return out


@compiled
def _scale_to_unit(vectors: DoubleArray, out: FloatArray) -> None:
    for k in range(len(vectors)):
        x, y, z = vectors[k, 0], vectors[k, 1], vectors[k, 2]
        # Divided by the largest first, so that no square is infinite or zero.
        largest = max(abs(x), abs(y), abs(z))
        if largest > 0 and np.isfinite(x) and np.isfinite(y) and np.isfinite(z):
            x, y, z = x / largest, y / largest, z / largest
            length = np.sqrt(x * x + y * y + z * z)
            out[k, 0], out[k, 1], out[k, 2] = x / length, y / length, z / length
        else:
            out[k, 0], out[k, 1], out[k, 2] = UPWARDS


@compiled
def _vertex_sums(positions: FloatArray, faces: IntArray) -> DoubleArray:
    sums = np.zeros(positions.shape, np.float64)
    # Numbers instead of small arrays, which are allocated for every face: in a third of the time.
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = np.float64(positions[a, 0]), np.float64(positions[a, 1]), np.float64(positions[a, 2])
        bx, by, bz = np.float64(positions[b, 0]), np.float64(positions[b, 1]), np.float64(positions[b, 2])
        cx, cy, cz = np.float64(positions[c, 0]), np.float64(positions[c, 1]), np.float64(positions[c, 2])
        ux, uy, uz = bx - ax, by - ay, bz - az
        vx, vy, vz = cx - ax, cy - ay, cz - az
        wx, wy, wz = cx - bx, cy - by, cz - bz
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        # The cross product is the area weight; angles by atan2, which is exact for slivers, and the
        # third from the other two.
        double_area = np.sqrt(nx * nx + ny * ny + nz * nz)
        if not double_area > 0:
            continue
        first = np.arctan2(double_area, ux * vx + uy * vy + uz * vz)
        second = np.arctan2(double_area, -(ux * wx + uy * wy + uz * wz))
        third = np.pi - first - second
        sums[a, 0] += first * nx
        sums[a, 1] += first * ny
        sums[a, 2] += first * nz
        sums[b, 0] += second * nx
        sums[b, 1] += second * ny
        sums[b, 2] += second * nz
        sums[c, 0] += third * nx
        sums[c, 1] += third * ny
        sums[c, 2] += third * nz
    return sums


PLASTIC = 1.324717957244746
"""Root of x**3 = x + 1: its powers give the plane its most even sequence (M. Roberts, "The unreasonable effectiveness
of quasirandom sequences", 2018)."""


def spread_points(positions: FloatArray, faces: IntArray, count: int) -> FloatArray:
    """Return (count, 3) float32 points, as many to each square metre; none when the surface has no area.

    The k-th point lies where the faces' areas sum up to (k + 1/2) / count of the whole: no chance, no clumps.
    """
    ends = np.cumsum(face_areas(positions, faces))
    if not len(ends) or not ends[-1] > 0:
        return np.zeros((0, 3), np.float32)
    # Equal steps along the running sum of areas choose the faces.
    picked = np.searchsorted(ends, (np.arange(count) + 0.5) * (ends[-1] / count), side="right")
    corners = positions[faces[np.minimum(picked, len(faces) - 1)]].astype(np.float64)
    return np.asarray(np.einsum("kc,kcd->kd", _weights(count), corners), np.float32)


def spread_places(positions: FloatArray, faces: IntArray, count: int) -> tuple[IntArray, FloatArray]:
    """Return faces (count,) and barycentrics (count, 2), spread as `spread_points` does; none without an area."""
    ends = np.cumsum(np.nan_to_num(face_areas(positions, faces).astype(np.float64)))
    if not len(ends) or not ends[-1] > 0:
        return np.zeros(0, np.int32), np.zeros((0, 2), np.float32)
    picked = np.searchsorted(ends, (np.arange(count) + 0.5) * (ends[-1] / count), side="right")
    return np.minimum(picked, len(faces) - 1).astype(np.int32), _weights(count)[:, 1:].astype(np.float32)


def _weights(count: int) -> DoubleArray:
    """Return (count, 3) barycentric weights, uniform over a triangle (the square's far half is folded back)."""
    index = np.arange(1, count + 1)
    u, v = index / PLASTIC % 1, index / PLASTIC**2 % 1
    far = u + v > 1
    u, v = np.where(far, 1 - u, u), np.where(far, 1 - v, v)
    return np.stack([1 - u - v, u, v], axis=1)


IDENTITY = np.eye(4)


def transform_points(points: FloatArray | DoubleArray, matrix: DoubleArray) -> DoubleArray:
    """Return (n, 3) float64 points under a row-major 4x4 affine matrix."""
    return np.asarray(points, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def transform(mesh: Mesh, matrix: DoubleArray) -> Mesh:
    """Return the mesh under an affine 4x4 matrix; origin moves with it, so that large coordinates lose nothing.

    A mirroring matrix turns the faces round, so that they still look outwards.
    """
    if np.array_equal(matrix, IDENTITY):
        return mesh
    linear = np.asarray(matrix, np.float64)[:3, :3]
    positions = (mesh.positions.astype(np.float64) @ linear.T).astype(np.float32)
    origin = transform_points(mesh.origin[None], matrix)[0]
    moved = replace(mesh, positions=positions, origin=origin, normals=_turn(mesh.normals, linear))
    return _mirror(moved) if np.linalg.det(linear) < 0 else moved


def about(mesh: Mesh, origin: DoubleArray) -> Mesh:
    """Return the same mesh with its positions about another origin."""
    if np.array_equal(mesh.origin, origin):
        return mesh
    positions = (mesh.positions.astype(np.float64) + (mesh.origin - origin)).astype(np.float32)
    return replace(mesh, positions=positions, origin=np.asarray(origin, np.float64))


def _turn(normals: FloatArray | None, linear: DoubleArray) -> FloatArray | None:
    if normals is None:
        return None
    # Normals turn by the inverse transpose; as rows, they are multiplied by the inverse from the right.
    turned = normals.astype(np.float64) @ np.linalg.inv(linear)
    lengths = np.linalg.norm(turned, axis=-1, keepdims=True)
    unit = np.divide(turned, lengths, out=np.zeros_like(turned), where=lengths > 0)
    return np.asarray(unit, np.float32)


def _mirror(mesh: Mesh) -> Mesh:
    return replace(
        mesh,
        faces=np.ascontiguousarray(mesh.faces[:, ::-1]),
        texcoords=tuple(np.ascontiguousarray(uvs[:, ::-1]) for uvs in mesh.texcoords),
        normals=None if mesh.normals is None else np.ascontiguousarray(mesh.normals[:, ::-1]),
    )


POSITION_SHARE = 1e-6
"""Of the longest edge of the box: float32 rounds so, and pixels of compared pictures are a thousand times as long."""

TEXCOORD = 1e-5
"""What is left of v after 1 - v in float32, up to v = 64; a twenty-fifth of a texel of 4096."""

MOST_DEG = 0.5
"""Between the normals of the two, at any corner."""

FACTOR = 1e-5
"""Between factors, which one format has as decimal numbers and the other as float32."""


def mesh_differences(one: Mesh, other: Mesh) -> tuple[str, ...]:
    """Return which of "faces", "positions", "normals", "texcoords", "colors" and "materials" differ.

    Corners are compared in the order of the files: another order of the same triangles is a difference. Meshes without
    triangles, or with another number of them, differ in "faces", and nothing else is looked at.
    """
    if one.faces.shape != other.faces.shape or not len(one.faces):
        return ("faces",)
    return tuple(_parts_that_differ(one, about(other, one.origin)))


def _parts_that_differ(one: Mesh, other: Mesh) -> Iterator[str]:
    left, right = one.positions[one.faces], other.positions[other.faces]
    if not _within(left, right, POSITION_SHARE * float(np.ptp(left.reshape(-1, 3), axis=0).max())):
        yield "positions"
    has_none = one.normals is None and other.normals is None
    if not has_none and not normals_deg(one, other) <= MOST_DEG:
        yield "normals"
    pairs = np.unique(np.column_stack([one.face_materials, other.face_materials]), axis=0).tolist()
    if not all(_same_texcoords(one, other, *pair) for pair in pairs):
        yield "texcoords"
    if not _same_colors(one, other):
        yield "colors"
    if not all(_same_material(one.materials[own], other.materials[its]) for own, its in pairs):
        yield "materials"


def normals_deg(one: Mesh, other: Mesh) -> float:
    """Return the largest angle between the normals of corners; half a turn where they have not the same corners."""
    if one.normals is None or other.normals is None or one.normals.shape != other.normals.shape:
        return 180.0
    left, right = one.normals.astype(np.float64), other.normals.astype(np.float64)
    apart, together = np.linalg.norm(left - right, axis=-1), np.linalg.norm(left + right, axis=-1)
    return float(np.degrees(2 * np.arctan2(apart, together)).max())


def _within(left: NDArray[Any], right: NDArray[Any], most: float) -> bool:
    """Return whether no two numbers differ by more than `most`; NaN equals NaN."""
    return bool(np.allclose(left, right, rtol=0, atol=most, equal_nan=True))


def _same_texcoords(one: Mesh, other: Mesh, own: int, its: int) -> bool:
    """Return whether faces of two given materials have the same texture coordinates in every slot that both fill."""
    faces = (one.face_materials == own) & (other.face_materials == its)
    slots, others = one.materials[own].slots, other.materials[its].slots
    return all(
        _within(
            one.texcoords[slots[name].texcoord_set][faces], other.texcoords[others[name].texcoord_set][faces], TEXCOORD
        )
        for name in slots.keys() & others.keys()
    )


def _same_colors(one: Mesh, other: Mesh) -> bool:
    if one.colors is None or other.colors is None:
        return one.colors is other.colors
    return np.array_equal(one.colors[one.faces], other.colors[other.faces])


def _same_material(one: Material, other: Material) -> bool:
    """Return whether two materials are the same but for their names."""
    names = (each.name for each in dataclasses.fields(Material) if each.name != "name")
    return all(_same_value(getattr(one, name), getattr(other, name)) for name in names)


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, TextureSlot) and isinstance(other, TextureSlot):
        wraps = [(slot.wrap_u, slot.wrap_v) for slot in (one, other)]
        return wraps[0] == wraps[1] and _bytes(one.texture) == _bytes(other.texture)
    if one is None or other is None:
        return one is other
    if isinstance(one, str):
        return bool(one == other)
    return _within(np.asarray(one), np.asarray(other), FACTOR)


def _bytes(texture: Texture) -> bytes:
    return texture.data if isinstance(texture.data, bytes) else texture.data.read_bytes()
