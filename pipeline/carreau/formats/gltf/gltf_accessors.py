"""Read glTF accessors as arrays, each checked against the size of its buffer view."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import message
from carreau.base.model import FloatArray
from carreau.formats.gltf.gltf_document import Document
from carreau.formats.gltf.gltf_json import JsonElement

_COMPONENTS: dict[int, np.dtype[np.generic]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}

#: Elements of any component type, (count, width).
Array = NDArray[Any]


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


def stored(document: Document, index: int, wanted_by: JsonElement) -> tuple[Array, bool]:
    """Return an accessor as (count, width) of its own component type, and whether it is normalised."""
    element = document.root.item("accessors", index, wanted_by)
    return _values(document, element), element.flag("normalized")


def count_of(document: Document, index: int, wanted_by: JsonElement) -> int:
    """Return the element count of an accessor without reading it."""
    return document.root.item("accessors", index, wanted_by).integer("count")


def _values(document: Document, element: JsonElement) -> Array:
    """Return an accessor's elements as (count, width) of its own component type."""
    dtype, width = _layout(element, "componentType"), _WIDTHS.get(element.text("type"), 0)
    if not width:
        raise element.error(message("unsupported accessor type"), "type")
    count, sparse = element.integer("count"), element.child("sparse")
    if element.has("bufferView"):
        values = _strided(document, element, dtype, width, count)
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


def _strided(document: Document, element: JsonElement, dtype: np.dtype[np.generic], width: int, count: int) -> Array:
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
    places = _strided(document, where, _layout(where, "componentType"), 1, count)[:, 0]
    if places.dtype.kind != "u" or (count and int(places.max()) >= len(values)):
        raise where.error(message("a sparse index is out of range (elements: %(count)s)", count=len(values)))
    values[places.astype(np.int64)] = _strided(document, what, values.dtype, values.shape[1], count)
    return values
