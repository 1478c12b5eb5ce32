"""Write a GLB: views, accessors and images, and a level's triangles."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import meshopt
import numpy as np
import pygltflib
from numpy.typing import NDArray

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, LevelMesh
from carreau.formats.images.image_codecs import linear_table

MESHOPT = "EXT_meshopt_compression"
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class GlbWriter:
    """A GLB under construction; `model` is pygltflib's and open to every change.

    pygltflib writes the JSON. Its own GLB writer folds all buffers into one, which would lose the fallback buffer
    that meshopt's views need, so the two chunks are put together here.
    """

    def __init__(self) -> None:
        """Start without any object."""
        self.model = pygltflib.GLTF2(asset=pygltflib.Asset(generator=None))
        self._binary = bytearray()
        self._fallback_bytes = 0

    def view(self, data: bytes, target: int | None = None) -> int:
        """Add bytes as they are; returns the view's index."""
        view = pygltflib.BufferView(buffer=0, byteOffset=self._append(data), byteLength=len(data), target=target)
        self.model.bufferViews.append(view)
        return len(self.model.bufferViews) - 1

    def packed_view(
        self, data: bytes, count: int, stride: int, mode: str, target: int | None, filter_: str | None = None
    ) -> int:
        """Add bytes that meshopt compressed: the view refers to a fallback buffer, which has no data.

        target : None for data other than vertices and indices, which may not have a stride
        """
        packed: dict[str, Any] = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data)}
        packed |= {"byteStride": stride, "mode": mode, "count": count}
        if filter_ is not None:
            packed["filter"] = filter_
        view = pygltflib.BufferView(
            buffer=1,
            byteOffset=self._fallback_bytes,
            byteLength=count * stride,
            byteStride=stride if mode == "ATTRIBUTES" and target is not None else None,
            target=target,
            extensions={MESHOPT: packed},
        )
        self._fallback_bytes += count * stride + -(count * stride) % 4
        self.model.bufferViews.append(view)
        self.use(MESHOPT, is_required=True)
        return len(self.model.bufferViews) - 1

    def accessor(
        self, view: int, values: NDArray[Any], *, is_normalized: bool = False, has_bounds: bool = False, start: int = 0
    ) -> int:
        """Describe (count, width) or (count,) values that lie in a view, from byte `start` on.

        Bounds are those of the values given.
        """
        rows = values.reshape(len(values), -1)
        accessor = pygltflib.Accessor(
            bufferView=view,
            byteOffset=start or None,
            componentType=_COMPONENTS[values.dtype.str[1:]],
            normalized=is_normalized or None,
            count=len(values),
            type=_KINDS[rows.shape[1]],
            min=rows.min(axis=0).tolist() if has_bounds else None,
            max=rows.max(axis=0).tolist() if has_bounds else None,
        )
        self.model.accessors.append(accessor)
        return len(self.model.accessors) - 1

    def use(self, extension: str, *, is_required: bool) -> None:
        """Declare an extension; the lists stay sorted."""
        model = self.model
        model.extensionsUsed = sorted({*model.extensionsUsed, extension})
        if is_required:
            model.extensionsRequired = sorted({*model.extensionsRequired, extension})

    def to_bytes(self, scene: Mapping[str, Any] | None = None) -> bytes:
        """Return the finished GLB: the same pieces in the same order give the same bytes.

        scene : members of the JSON that go before those of `model`
        """
        self._append(b"")
        self.model.buffers = [pygltflib.Buffer(byteLength=len(self._binary))]
        if self._fallback_bytes:
            fallback = {MESHOPT: {"fallback": True}}
            self.model.buffers.append(pygltflib.Buffer(byteLength=self._fallback_bytes, extensions=fallback))
        text = self.model.gltf_to_json(separators=(",", ":"), indent=None).encode()
        if scene is not None:
            document = {**json.loads(text), **scene}
            text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        text += b" " * (-len(text) % 4)
        chunks = [struct.pack("<II", len(text), _JSON_CHUNK), text]
        chunks += [struct.pack("<II", len(self._binary), _BINARY_CHUNK), bytes(self._binary)]
        length = 12 + sum(len(chunk) for chunk in chunks)
        return b"".join([struct.pack("<4sII", b"glTF", 2, length), *chunks])

    def _append(self, data: bytes) -> int:
        """Put bytes at the next multiple of four and return where."""
        self._binary.extend(b"\0" * (-len(self._binary) % 4))
        start = len(self._binary)
        self._binary.extend(data)
        return start


def index_type(vertex_count: int) -> np.dtype[Any]:
    """Return the smallest index type; 65535 itself is kept free, as it restarts strips on some GPUs."""
    return np.dtype("<u2") if vertex_count <= 65535 else np.dtype("<u4")


_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER

FLOAT_BITS = 32
"""Positions not quantised: on a small mesh that is not simplified, 16 bits are visible along its outline (53 dB)."""


@dataclass(frozen=True)
class Precision:
    """Bits of each attribute.

    position_bits : of the longest side of the bounding box, 8 to 16, or `FLOAT_BITS` to keep them as they are
    normal_bits : of each octahedral coordinate, 4 to 8
    texcoord_bits : of the atlas's side, 8 to 16
    color_bits : of each linear channel, 8 to 16; 8 loses the darkest sRGB steps
    """

    position_bits: int = 14
    normal_bits: int = 8
    texcoord_bits: int = 14
    color_bits: int = 12


@dataclass(frozen=True)
class AttributeStream:
    """One vertex attribute, quantised.

    rows : (n, k) in the type of the decoded attribute, padded to a multiple of four bytes
    width : number of the k columns in use
    packed : (n, j) uint8 as the filter wants them, or None without a filter
    """

    name: str
    rows: NDArray[Any]
    width: int
    is_normalized: bool
    packed: ByteArray | None = None
    filter_: str | None = None


def write_plain(writer: GlbWriter, mesh: LevelMesh, tangents: FloatArray | None = None) -> pygltflib.Primitive:
    """Add float32 geometry without any extension.

    tangents : (n, 4), for a normal map; without them the Khronos validator warns that readers generate their own
    """
    indices = mesh.faces.reshape(-1).astype(index_type(len(mesh.positions)))
    positions = np.ascontiguousarray(mesh.positions, np.float32)
    attributes = {
        "POSITION": writer.accessor(writer.view(positions.tobytes(), _VERTICES), positions, has_bounds=True),
        "NORMAL": plain_attribute(writer, unit(mesh.normals)),
    }
    if tangents is not None:
        attributes["TANGENT"] = plain_attribute(writer, tangents)
    if mesh.texcoords is not None:
        attributes["TEXCOORD_0"] = plain_attribute(writer, np.ascontiguousarray(mesh.texcoords, np.float32))
    if mesh.colors is not None:
        attributes["COLOR_0"] = plain_attribute(writer, _linear(mesh.colors, 16), is_normalized=True)
    corners = writer.accessor(writer.view(indices.tobytes(), _INDICES), indices)
    return pygltflib.Primitive(attributes=pygltflib.Attributes(**attributes), indices=corners, mode=None)


def write_packed(
    writer: GlbWriter, mesh: LevelMesh, precision: Precision
) -> tuple[pygltflib.Primitive, pygltflib.Node]:
    """Add quantised geometry packed by meshopt, and return it with the node that brings it back to size."""
    positions, node = _positions(mesh.positions, precision.position_bits)
    streams = [
        positions,
        octahedral(mesh.normals, precision.normal_bits),
    ]
    if mesh.texcoords is not None:
        streams.append(_texcoords(mesh.texcoords, precision.texcoord_bits))
    if mesh.colors is not None:
        streams.append(AttributeStream("COLOR_0", _linear(mesh.colors, precision.color_bits), 4, is_normalized=True))
    places, indices = _order(mesh.faces, streams)
    attributes = {stream.name: packed_attribute(writer, stream, places) for stream in streams}
    wide = index_type(len(places))
    data = meshopt.encode_gltf_buffer(indices, "TRIANGLES")
    view = writer.packed_view(data, len(indices), wide.itemsize, "TRIANGLES", _INDICES)
    corners = writer.accessor(view, indices.astype(wide))
    writer.use("KHR_mesh_quantization", is_required=True)
    return pygltflib.Primitive(attributes=pygltflib.Attributes(**attributes), indices=corners, mode=None), node


def _positions(positions: FloatArray, bits: int) -> tuple[AttributeStream, pygltflib.Node]:
    """Return the positions with the node that brings them back to their size and place."""
    if bits >= FLOAT_BITS:
        return AttributeStream("POSITION", np.ascontiguousarray(positions, np.float32), 3, False), pygltflib.Node()
    steps, scale, origin = _quantise(positions, bits)
    node = pygltflib.Node(scale=[float(scale)] * 3, translation=[float(value) for value in origin])
    return AttributeStream("POSITION", pad_rows(steps), 3, False), node


def plain_attribute(writer: GlbWriter, values: NDArray[Any], *, is_normalized: bool = False) -> int:
    """Add one attribute as it is."""
    return writer.accessor(writer.view(values.tobytes(), _VERTICES), values, is_normalized=is_normalized)


def packed_attribute(writer: GlbWriter, stream: AttributeStream, places: NDArray[np.int64]) -> int:
    """Add one attribute with its vertices in the order of `places`."""
    rows = np.ascontiguousarray(stream.rows[places])
    data = meshopt.encode_gltf_buffer(rows if stream.packed is None else stream.packed[places], "ATTRIBUTES")
    stride = rows.itemsize * rows.shape[1]
    view = writer.packed_view(data, len(rows), stride, "ATTRIBUTES", _VERTICES, stream.filter_)
    values = np.ascontiguousarray(rows[:, : stream.width])
    return writer.accessor(view, values, is_normalized=stream.is_normalized, has_bounds=stream.name == "POSITION")


def _quantise(positions: FloatArray, bits: int) -> tuple[NDArray[np.uint16], np.float32, FloatArray]:
    """Return (n, 3) uint16 with the scale and origin, exact in float32, that bring them back within half a step."""
    # One step for all three axes, so that the node's scale is uniform and normals need no correction. It is rounded up
    # to a float32 with which the largest offset still fits.
    origin = positions.min(axis=0).astype(np.float32)
    offsets: DoubleArray = positions.astype(np.float64) - origin.astype(np.float64)
    size = float(offsets.max())
    step = np.float32(size / ((1 << bits) - 1)) if size > 0 else np.float32(1.0)
    if size > float(step) * ((1 << bits) - 1):
        step = np.nextafter(step, np.float32(np.inf))
    shift = 16 - bits
    return top_aligned(np.rint(offsets / float(step)), shift), np.float32(step / (1 << shift)), origin


def top_aligned(steps: DoubleArray, shift: int) -> NDArray[np.uint16]:
    """Move numbers of fewer bits to the top of their two bytes.

    The low byte then holds the noise alone and the high byte changes slowly, which Brotli tells apart: 3 to 5 % less
    for positions and 3 to 4 % for texture coordinates than the same bits at the bottom, where gltfpack has them.
    """
    return np.minimum(steps * (1 << shift), 65535).astype(np.uint16)


def _texcoords(texcoords: FloatArray, bits: int) -> AttributeStream:
    """Quantise to 0..1; coordinates that repeat a texture stay floats, in steps of the same size."""
    if len(texcoords) and (texcoords.min() < 0.0 or texcoords.max() > 1.0):
        floats = np.ascontiguousarray(texcoords, np.float32)
        # As many bits of mantissa as leave steps of the same size at the largest coordinate.
        exponent = int(np.frexp(np.abs(floats).max())[1])
        mantissa_bits = min(bits + max(exponent, 0) + 1, 24)
        packed = meshopt.encode_filter_exp(floats, mantissa_bits, "SharedComponent")
        return AttributeStream("TEXCOORD_0", floats, 2, is_normalized=False, packed=packed, filter_="EXPONENTIAL")
    return AttributeStream("TEXCOORD_0", _texcoord_steps(texcoords, bits), 2, is_normalized=True)


def _texcoord_steps(texcoords: FloatArray, bits: int) -> NDArray[np.uint16]:
    shift = 16 - bits
    return top_aligned(np.rint(texcoords.astype(np.float64) * 65535.0 / (1 << shift)), shift)


def quantise(mesh: LevelMesh, precision: Precision) -> LevelMesh:
    """Return a mesh whose positions and texture coordinates are those that a reader of the packed file has."""
    steps, scale, origin = _quantise(mesh.positions, precision.position_bits)
    positions = np.asarray(steps.astype(np.float64) * float(scale) + origin, np.float32)
    texcoords = mesh.texcoords
    if texcoords is not None and len(texcoords) and texcoords.min() >= 0.0 and texcoords.max() <= 1.0:
        texcoords = np.asarray(_texcoord_steps(texcoords, precision.texcoord_bits) / 65535.0, np.float32)
    return replace(mesh, positions=positions, texcoords=texcoords)


def octahedral(normals: FloatArray, bits: int) -> AttributeStream:
    """Encode normals octahedrally: two numbers that the filter decodes to a unit vector of bytes."""
    # The octahedral map of meshoptimizer's filter: the sphere folded onto a square (Z. Cigolle et al., "A survey of
    # efficient representations for independent unit vectors", 2014).
    turned = unit(normals)
    packed = meshopt.encode_filter_oct(np.column_stack([turned, np.zeros(len(turned), np.float32)]), 4, bits)
    return AttributeStream("NORMAL", pad_rows(np.rint(turned * 127).astype(np.int8)), 3, True, packed, "OCTAHEDRAL")


def unit(normals: FloatArray) -> FloatArray:
    """Return normals of length one to the last bit, upwards for zero vectors, as the validator requires."""
    lengths = np.linalg.norm(normals.astype(np.float64), axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(lengths > 0, normals / lengths, (0.0, 1.0, 0.0))
    return np.ascontiguousarray(unit, np.float32)


def _linear(colors: ByteArray, bits: int) -> NDArray[Any]:
    """Return (n, 4) linear colours with a full alpha, as bytes or as the top bits of uint16."""
    top, shift, dtype = (255, 0, np.uint8) if bits <= 8 else (65535, 16 - bits, np.uint16)
    table = np.minimum(np.rint(linear_table() * top / (1 << shift)) * (1 << shift), top).astype(dtype)
    return np.column_stack([table[colors], np.full(len(colors), top, dtype)])


def pad_rows(rows: NDArray[Any]) -> NDArray[Any]:
    """Add a column of zeros: every vertex must start at a multiple of four bytes."""
    return np.column_stack([rows, np.zeros(len(rows), rows.dtype)])


def _order(faces: IntArray, streams: list[AttributeStream]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the vertices in their new order, and the indices into it.

    Vertices that quantising made equal become one, triangles without area are dropped. The order is a strip's: after
    Brotli 7 to 9 % less than vertex cache order; sorting triangles along a space-filling curve first changed 0.5 %.
    """
    return strip_order(with_area(streams[0].rows, first_equal(streams)[faces]))


def first_equal(streams: list[AttributeStream]) -> NDArray[np.int64]:
    """Return for each vertex, (n,), the first that has the same bytes in all streams."""
    # Vertices are compared as bytes of what is written: normals as the filter packs them, not as they were.
    columns = [np.ascontiguousarray(each.rows if each.packed is None else each.packed) for each in streams]
    rows = np.ascontiguousarray(np.column_stack([each.view(np.uint8).reshape(len(each), -1) for each in columns]))
    keys = rows.view(np.dtype((np.void, rows.shape[1]))).reshape(-1)
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[same.reshape(-1)])


def with_area(positions: NDArray[Any], faces: NDArray[Any]) -> NDArray[Any]:
    """Return the (m, 3) faces whose corners are at three places; the first where there are none."""
    a, b, c = (positions[faces[:, corner]] for corner in range(3))
    flat = (a == b).all(axis=1) | (b == c).all(axis=1) | (c == a).all(axis=1)
    return faces[~flat] if not flat.all() else faces[:1]


def strip_order(faces: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the vertices in the order of a strip through the (m, 3) faces, and the indices into that order."""
    # Unused vertices have no place in the new order.
    indices, places, count = meshopt.reorder_mesh(faces.reshape(-1).astype(np.uint32), True, True)
    used = np.flatnonzero(np.bincount(faces.reshape(-1)))
    order = np.empty(count, np.int64)
    order[places[used]] = used
    return order, indices
