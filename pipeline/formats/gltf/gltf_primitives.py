"""Read one glTF primitive as plain triangles with their attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.gltf import gltf_accessors, gltf_draco
from pipeline.formats.gltf.gltf_document import Document
from pipeline.formats.gltf.gltf_json import Element, vertex_out_of_range
from pipeline.formats.images.srgb import srgb_bytes
from pipeline.messages import Message, message
from pipeline.model import ByteArray, FloatArray, IntArray

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_SHAPES = {0: "points", 1: "lines", 2: "lines", 3: "lines"}
MOST_SKIN_SETS = 4
"""Sets of four joints a vertex may follow."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """Triangles in their own mesh's coordinates.

    positions : (n, 3) float32
    faces : (m, 3) int32
    normals : (n, 3) float32 or None
    texcoords : the file's sets by number, each (n, 2) float32
    colors : (n, 3) uint8 sRGB or None
    tangent_signs : (n,) float32, 1 or -1, or None
    joints : (n, 4 s) int32, numbers into the skin's joints, of s sets, or None
    weights : (n, 4 s) float32, how much each joint counts, or None
    """

    positions: FloatArray
    faces: IntArray
    normals: FloatArray | None
    texcoords: dict[int, FloatArray]
    colors: ByteArray | None
    tangent_signs: FloatArray | None = None
    joints: IntArray | None = None
    weights: FloatArray | None = None


def drawn_shape(element: Element) -> str:
    """Return "triangles", or what else a primitive draws. Raises FormatError for an unknown mode."""
    mode = element.integer("mode", _TRIANGLES)
    if mode > _FAN:
        raise element.error(message("unknown mode %(mode)s", mode=mode))
    return _SHAPES.get(mode, "triangles")


def triangle_count(document: Document, element: Element) -> int:
    """Return how many triangles a primitive claims, before any of it is read. Raises FormatError."""
    attributes = element.child("attributes")
    if element.has("indices"):
        corners = gltf_accessors.count_of(document, element.integer("indices"), element)
    elif attributes is not None and attributes.has("POSITION"):
        corners = gltf_accessors.count_of(document, attributes.integer("POSITION"), element)
    else:
        corners = 0
    return corners // 3 if element.integer("mode", _TRIANGLES) == _TRIANGLES else max(corners - 2, 0)


def read_primitive(
    document: Document,
    element: Element,
    texcoord_sets: list[int],
    *,
    has_normal_map: bool = False,
    is_skinned: bool = False,
) -> Primitive:
    """Read a primitive with those of its texture coordinate sets that anyone follows. Raises FormatError."""
    names = element.child("attributes")
    if names is None:
        raise element.error(message("the primitive has no attributes"))
    packed = element.extension(gltf_draco.EXTENSION)
    draco = gltf_draco.unpack(document, packed, triangle_count(document, element)) if packed is not None else None

    def attribute(name: str, width: int) -> FloatArray | None:
        if not names.has(name):
            return None
        if draco is not None and name in draco.attributes:
            accessor = document.root.item("accessors", names.integer(name), names)
            values = gltf_accessors.as_floats(draco.attributes[name], accessor.flag("normalized"))
        else:
            values = gltf_accessors.floats(document, names.integer(name), names)
        if values.shape[1] < width:
            raise names.error(wrong_components(values.shape[1]), name)
        return np.ascontiguousarray(values[:, :width])

    positions = attribute("POSITION", 3)
    if positions is None:
        raise element.error(message("the primitive has no POSITION"))
    faces = draco.faces if draco is not None else triangles_of(document, element, len(positions))
    colors = attribute("COLOR_0", 3)
    tangents = attribute("TANGENT", 4) if has_normal_map else None
    texcoords = {number: attribute(f"TEXCOORD_{number}", 2) for number in texcoord_sets}
    sets = [number for number in range(MOST_SKIN_SETS) if names.has(f"JOINTS_{number}")] if is_skinned else []
    joints, weights = ([attribute(f"{name}_{number}", 4) for number in sets] for name in ("JOINTS", "WEIGHTS"))
    if any(values is not None and not (values >= 0).all() for values in joints):
        raise names.error(message("joint indices must be non-negative integers"), "JOINTS_0")
    primitive = Primitive(
        positions,
        faces,
        attribute("NORMAL", 3),
        {number: values for number, values in texcoords.items() if values is not None},
        None if colors is None else srgb_bytes(colors),
        None if tangents is None else tangents[:, 3],
        _side_by_side(joints, np.int32),
        _side_by_side(weights, np.float32),
    )
    _check_lengths(primitive, element)
    return primitive


def wrong_components(count: int) -> Message:
    """Return the cause of an attribute with more or fewer numbers a vertex than glTF asks for."""
    return message("the attribute has the wrong number of components (%(count)s)", count=count)


def _side_by_side(sets: list[FloatArray | None], dtype: type[np.number[Any]]) -> NDArray[Any] | None:
    found = [values for values in sets if values is not None]
    if len({len(values) for values in found}) > 1:
        return np.zeros((0, 4), dtype)  # `_check_lengths` says what is wrong
    return np.concatenate(found, axis=1).astype(dtype) if found else None


def _check_lengths(primitive: Primitive, element: Element) -> None:
    """Refuse attributes of different lengths: a corner would look past the end of one."""
    count = len(primitive.positions)
    others: list[NDArray[Any] | None] = [
        primitive.normals,
        primitive.colors,
        primitive.tangent_signs,
        *primitive.texcoords.values(),
    ]
    others += [primitive.joints, primitive.weights]
    if any(values is not None and len(values) != count for values in others):
        raise element.error(message("the attributes have different lengths"), "attributes")
    if primitive.joints is not None and (
        primitive.weights is None or primitive.weights.shape != primitive.joints.shape
    ):
        raise element.error(message("JOINTS and WEIGHTS have different sizes"), "attributes")


def triangles_of(document: Document, element: Element, vertex_count: int) -> IntArray:
    """Return the triangles of a list, a strip or a fan, indexed or not."""
    if element.has("indices"):
        corners = gltf_accessors.indices(document, element.integer("indices"), element)
        if len(corners) and int(corners.max()) >= vertex_count:
            raise element.error(vertex_out_of_range(int(corners.max()), vertex_count), "indices")
    else:
        corners = np.arange(vertex_count, dtype=np.uint32)
    mode = element.integer("mode", _TRIANGLES)
    if mode == _TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3).astype(np.int32)
    return _strip(corners) if mode == _STRIP else _fan(corners)


def _strip(corners: NDArray[np.uint32]) -> IntArray:
    """Return a strip's triangles, every second one turned round; stitches that have no area are left out."""
    if len(corners) < 3:
        return np.zeros((0, 3), np.int32)
    faces = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1).astype(np.int32)
    faces[1::2, 1:] = faces[1::2, :0:-1]
    stitches = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    return np.ascontiguousarray(faces[~stitches])


def _fan(corners: NDArray[np.uint32]) -> IntArray:
    if len(corners) < 3:
        return np.zeros((0, 3), np.int32)
    hub = np.full(len(corners) - 2, corners[0])
    return np.stack([corners[1:-1], corners[2:], hub], axis=1).astype(np.int32)
