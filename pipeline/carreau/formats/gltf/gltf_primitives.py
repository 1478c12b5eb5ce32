"""Read one glTF primitive, plain or compressed by Draco, as triangles with their attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import DracoPy
import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import Message, message
from carreau.base.model import ByteArray, FloatArray, IntArray
from carreau.formats.gltf.gltf_document import Document, JsonElement, vertex_out_of_range
from carreau.formats.images.image_codecs import srgb_bytes

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_SHAPES = {0: "points", 1: "lines", 2: "lines", 3: "lines"}
MOST_SKIN_SETS = 4
"""Sets of four joints per vertex that are read."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """Triangles in their own mesh's coordinates.

    positions : (n, 3) float32
    faces : (m, 3) int32
    normals : (n, 3) float32 or None
    texcoords : the file's sets by number, each (n, 2) float32
    colors : (n, 3) uint8 sRGB or None
    tangent_signs : (n,) float32, 1 or -1, or None
    joints : (n, 4 s) int32, indices into the skin's joints, of s sets, or None
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


def drawn_shape(element: JsonElement) -> str:
    """Return "triangles", "lines" or "points", as a primitive draws. Raises FormatError for an unknown mode."""
    mode = element.integer("mode", _TRIANGLES)
    if mode > _FAN:
        raise element.error(message("unknown mode %(mode)s", mode=mode))
    return _SHAPES.get(mode, "triangles")


def triangle_count(document: Document, element: JsonElement) -> int:
    """Return the number of triangles of a primitive by its counts, without reading it. Raises FormatError."""
    attributes = element.child("attributes")
    if element.has("indices"):
        corners = count_elements(document, element.integer("indices"), element)
    elif attributes is not None and attributes.has("POSITION"):
        corners = count_elements(document, attributes.integer("POSITION"), element)
    else:
        corners = 0
    return corners // 3 if element.integer("mode", _TRIANGLES) == _TRIANGLES else max(corners - 2, 0)


class PrimitiveSource:
    """The arrays of a primitive, from its accessors or from its Draco data.

    names : the JSON of its attributes
    """

    def __init__(self, document: Document, element: JsonElement) -> None:
        """Decode the Draco data, if there is any. Raises FormatError for it, and for a primitive without POSITION."""
        names, packed = element.child("attributes"), element.extension(DRACO)
        if names is None or not names.has("POSITION"):
            raise element.error(message("the primitive has no POSITION"))
        self.names, self._document, self._element = names, document, element
        self._draco = None
        if packed is not None:
            self._draco = unpack_draco(document, packed, triangle_count(document, element))

    def stored(self, name: str) -> tuple[Array, bool]:
        """Return an attribute, (n, width) of its own component type, and whether it is normalised."""
        index = self.names.integer(name)
        if self._draco is None or name not in self._draco.attributes:
            return read_stored(self._document, index, self.names)
        accessor = self._document.root.item("accessors", index, self.names)
        return self._draco.attributes[name], accessor.flag("normalized")

    def floats(self, name: str, width: int) -> FloatArray:
        """Return the first `width` components of an attribute, (n, width). Raises FormatError for fewer."""
        values = as_floats(*self.stored(name))
        if values.shape[1] < width:
            raise self.names.error(wrong_components(values.shape[1]), name)
        return np.ascontiguousarray(values[:, :width])

    def triangles(self, vertex_count: int) -> IntArray:
        """Return the (m, 3) triangles. Raises FormatError for an index past the last of `vertex_count` vertices."""
        if self._draco is not None:
            return self._draco.faces
        return read_triangles(self._document, self._element, vertex_count)


def read_primitive(
    document: Document,
    element: JsonElement,
    texcoord_sets: list[int],
    *,
    has_normal_map: bool = False,
    is_skinned: bool = False,
) -> Primitive:
    """Read a primitive with the given sets of texture coordinates. Raises FormatError."""
    source = PrimitiveSource(document, element)
    names = source.names

    def attribute(name: str, width: int) -> FloatArray | None:
        return source.floats(name, width) if names.has(name) else None

    positions = source.floats("POSITION", 3)
    faces = source.triangles(len(positions))
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


def has_vertex_alpha(document: Document, element: JsonElement) -> bool:
    """Return whether the vertex colours of a primitive are anywhere less than opaque. Raises FormatError."""
    source = PrimitiveSource(document, element)
    if not source.names.has("COLOR_0"):
        return False
    values = as_floats(*source.stored("COLOR_0"))
    return values.shape[1] > 3 and bool((values[:, 3] < 1).any())


def wrong_components(count: int) -> Message:
    """Return the cause of an attribute with more or fewer numbers a vertex than glTF asks for."""
    return message("the attribute has the wrong number of components (%(count)s)", count=count)


def _side_by_side(sets: list[FloatArray | None], dtype: type[np.number[Any]]) -> NDArray[Any] | None:
    present = [values for values in sets if values is not None]
    if len({len(values) for values in present}) > 1:
        return np.zeros((0, 4), dtype)  # `_check_lengths` says what is wrong
    return np.concatenate(present, axis=1).astype(dtype) if present else None


def _check_lengths(primitive: Primitive, element: JsonElement) -> None:
    """Raise FormatError for attributes of different lengths, which an index could overrun."""
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


def read_corners(document: Document, element: JsonElement, vertex_count: int) -> NDArray[np.uint32]:
    """Return the indices of a primitive, or all vertices in turn without any. Raises FormatError."""
    if not element.has("indices"):
        return np.arange(vertex_count, dtype=np.uint32)
    corners = indices(document, element.integer("indices"), element)
    if len(corners) and int(corners.max()) >= vertex_count:
        raise element.error(vertex_out_of_range(int(corners.max()), vertex_count), "indices")
    return corners


def read_triangles(document: Document, element: JsonElement, vertex_count: int) -> IntArray:
    """Return the triangles of a list, a strip or a fan, indexed or not."""
    corners = read_corners(document, element, vertex_count)
    mode = element.integer("mode", _TRIANGLES)
    if mode == _TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3).astype(np.int32)
    return _strip(corners) if mode == _STRIP else _fan(corners)


def _strip(corners: NDArray[np.uint32]) -> IntArray:
    """Return a strip's triangles, every second one reversed, without degenerate ones."""
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


DRACO = "KHR_draco_mesh_compression"
#: Draco's edge breaker needs two bits a face, and entropy coding less for repetitions.
_FACES_A_BYTE = 64

#: Elements of any component type, (count, width).
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class DracoMesh:
    """The mesh of a Draco buffer.

    faces : (m, 3) int32
    attributes : glTF names such as "POSITION" to (n, width) arrays of their own component type
    """

    faces: IntArray
    attributes: dict[str, Array]


def unpack_draco(document: Document, packed: JsonElement, claimed_faces: int) -> DracoMesh:
    """Decode the Draco data that the extension object `packed` points to. Raises FormatError."""
    data = document.view(packed.integer("bufferView"), packed).data
    if claimed_faces > len(data) * _FACES_A_BYTE:
        raise packed.error(message("the compressed data is too short (triangles: %(count)s)", count=claimed_faces))
    try:
        mesh = DracoPy.decode(data.tobytes())
    except Exception as error:  # DracoPy raises its own, ValueError and whatever C++ threw
        raise packed.error(message("the Draco data is corrupt (%(error)s)", error=str(error))) from error
    faces = getattr(mesh, "faces", None)
    if faces is None:
        raise packed.error(message("the Draco data is a point cloud, not a mesh"))
    stored = {attribute["unique_id"]: _rows(attribute["data"]) for attribute in mesh.attributes}
    names = packed.child("attributes")
    attributes = {
        name: stored[names.integer(name)]
        for name in (names.members if names is not None else ())
        if names is not None and names.integer(name) in stored
    }
    return DracoMesh(_check(np.asarray(faces), attributes, packed), attributes)


def _rows(data: NDArray[np.generic]) -> Array:
    return data if data.ndim == 2 else data.reshape(len(data), -1)


def _check(faces: NDArray[np.generic], attributes: dict[str, Array], packed: JsonElement) -> IntArray:
    """Return the faces as int32 after checking their vertex indices."""
    shortest = min((len(values) for values in attributes.values()), default=0)
    if faces.size and int(faces.max()) >= shortest:
        raise packed.error(vertex_out_of_range(int(faces.max()), shortest))
    return faces.reshape(-1, 3).astype(np.int32)


_COMPONENTS: dict[int, np.dtype[np.generic]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def indices(document: Document, index: int, wanted_by: JsonElement) -> NDArray[np.uint32]:
    """Return the (k,) uint32 indices of an accessor. Raises FormatError."""
    element = document.root.item("accessors", index, wanted_by)
    values = _values(document, element)
    if values.shape[1] != 1 or values.dtype.kind != "u":
        raise element.error(message("indices must be unsigned integers of type SCALAR"))
    return values[:, 0].astype(np.uint32)


def floats(document: Document, index: int, wanted_by: JsonElement) -> FloatArray:
    """Return an accessor as (count, width) float32, normalised integers brought to -1..1. Raises FormatError."""
    element = document.root.item("accessors", index, wanted_by)
    return as_floats(_values(document, element), element.flag("normalized"))


def as_floats(values: Array, normalized: bool) -> FloatArray:
    """Return any component type as float32, by the glTF rule for normalised integers."""
    if values.dtype.kind == "f" or not normalized:
        return np.asarray(values, np.float32)
    scaled: FloatArray = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
    return np.maximum(scaled, np.float32(-1)) if values.dtype.kind == "i" else scaled


def read_stored(document: Document, index: int, wanted_by: JsonElement) -> tuple[Array, bool]:
    """Return an accessor as (count, width) of its own component type, and whether it is normalised."""
    element = document.root.item("accessors", index, wanted_by)
    return _values(document, element), element.flag("normalized")


def count_elements(document: Document, index: int, wanted_by: JsonElement) -> int:
    """Return the element count of an accessor without reading it."""
    return document.root.item("accessors", index, wanted_by).integer("count")


def _values(document: Document, element: JsonElement) -> Array:
    """Return an accessor's elements as (count, width) of its own component type."""
    dtype, width = _layout(element, "componentType"), _WIDTHS.get(element.text("type"), 0)
    if not width:
        raise element.error(message("unsupported accessor type"), "type")
    count, sparse = element.integer("count"), element.child("sparse")
    if element.has("bufferView"):
        values = _view_rows(document, element, dtype, width, count)
        return values if sparse is None else _replace(document, values.copy(), sparse)
    if count * width > document.size_bytes:
        raise element.error(message("the element count %(count)s exceeds the data", count=count))
    zeros = np.zeros((count, width), dtype)
    return zeros if sparse is None else _replace(document, zeros, sparse)


def _layout(element: JsonElement, key: str) -> np.dtype[np.generic]:
    dtype = _COMPONENTS.get(element.integer(key))
    if dtype is None:
        raise element.error(message("unknown component type"), key)
    return dtype


def _view_rows(document: Document, element: JsonElement, dtype: np.dtype[np.generic], width: int, count: int) -> Array:
    """Return `count` rows of a bufferView, without copying them."""
    view = document.view(element.integer("bufferView"), element)
    offset, row = element.integer("byteOffset", 0), dtype.itemsize * width
    stride = view.stride or row
    end = offset + (count - 1) * stride + row if count else offset
    if end > len(view.data):
        raise element.error(
            message("ends at byte %(end)s, but its buffer view ends at byte %(size)s", end=end, size=len(view.data))
        )
    if stride < row:
        raise element.error(
            message("the stride %(stride)s is smaller than the element size %(size)s", stride=stride, size=row)
        )
    if not count:
        return np.zeros((0, width), dtype)
    return np.ndarray((count, width), dtype, view.data, offset, (stride, dtype.itemsize))


def _replace(document: Document, values: Array, sparse: JsonElement) -> Array:
    """Apply the sparse values of an accessor in place."""
    count = sparse.integer("count")
    where, what = sparse.child("indices"), sparse.child("values")
    if where is None or what is None:
        raise sparse.error(message("indices or values are missing"))
    places = _view_rows(document, where, _layout(where, "componentType"), 1, count)[:, 0]
    if places.dtype.kind != "u" or (count and int(places.max()) >= len(values)):
        raise where.error(message("a sparse index is out of range (elements: %(count)s)", count=len(values)))
    values[places.astype(np.int64)] = _view_rows(document, what, values.dtype, values.shape[1], count)
    return values
