"""What differs between two meshes, read back from two files: triangles, normals, textures, materials."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import Material, Mesh, Texture, TextureSlot
from carreau.geometry.triangles import about

POSITION_SHARE = 1e-6
"""Of the longest edge of the box: float32 rounds so, and pixels of compared pictures are a thousand times as long."""

TEXCOORD = 1e-5
"""What is left of v after 1 - v in float32, up to v = 64; a twenty-fifth of a texel of 4096."""

MOST_DEG = 0.5
"""Between the normals of the two, at any corner."""

FACTOR = 1e-5
"""Between factors, which one format has as decimal numbers and the other as float32."""


def differences(one: Mesh, other: Mesh) -> tuple[str, ...]:
    """Return which of "faces", "positions", "normals", "texcoords", "colors" and "materials" differ.

    Corners are compared in the order of the files: another order of the same triangles is a difference. Meshes without
    triangles, or with another number of them, differ in "faces", and nothing else is looked at.
    """
    if one.faces.shape != other.faces.shape or not len(one.faces):
        return ("faces",)
    return tuple(_differences(one, about(other, one.origin)))


def _differences(one: Mesh, other: Mesh) -> Iterator[str]:
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
    """Say whether no two numbers differ by more; NaN is the same as NaN."""
    return bool(np.allclose(left, right, rtol=0, atol=most, equal_nan=True))


def _same_texcoords(one: Mesh, other: Mesh, own: int, its: int) -> bool:
    """Say whether the texture coordinates of faces with two materials are those that textures of both follow."""
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
    """Say whether two materials are the same in all but their names."""
    names = (each.name for each in dataclasses.fields(Material) if each.name != "name")
    return all(_same_value(getattr(one, name), getattr(other, name)) for name in names)


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, TextureSlot) and isinstance(other, TextureSlot):
        wraps = [(slot.wrap_u, slot.wrap_v) for slot in (one, other)]
        return wraps[0] == wraps[1] and _bytes(one.texture) == _bytes(other.texture)
    if one is None or other is None:
        return one is other
    return _within(np.asarray(one), np.asarray(other), FACTOR)


def _bytes(texture: Texture) -> bytes:
    return texture.data if isinstance(texture.data, bytes) else texture.data.read_bytes()
