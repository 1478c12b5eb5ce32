"""Write an authored scene as GLB: plain, for any reader, or compressed by meshopt."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import meshopt
import numpy as np
import pygltflib
from numpy.typing import NDArray

from carreau.base.model import EncodedImage, FloatArray
from carreau.formats.gltf.scene import TRIANGLES, Authored, Shape, Track
from carreau.formats.writers.glb import (
    AttributeStream,
    GlbWriter,
    first_equal,
    index_type,
    octahedral,
    packed_attribute,
    pad_rows,
    strip_order,
    top_aligned,
    unit,
    with_area,
)
from carreau.formats.writers.xmp_packet import with_packet

_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER
_IMAGE_EXTENSIONS = {
    "image/webp": "EXT_texture_webp",
    "image/ktx2": "KHR_texture_basisu",
    "image/avif": "EXT_texture_avif",
}


@dataclass(frozen=True)
class EncodingPrecision:
    """Bits of vertex attributes.

    position_bits : of the longest side of a shape, 8 to 20
    texcoord_bits : of a texture's side, 8 to 16
    position_step : one step for all shapes instead, a power of two, so that shapes that meet still do; 0 for none
    """

    position_bits: int = 14
    texcoord_bits: int = 14
    position_step: float = 0.0


@dataclass(frozen=True)
class WriteOptions:
    """How an authored scene is written.

    flavour : "plain" has no extension that a reader must know; "compressed" is packed by meshopt
    fineness : of vertices, for "compressed"
    copyright, generator : into `asset`
    extras : into `asset.extras`: plain JSON values
    packet : XMP metadata of the asset, empty for none
    """

    flavour: Literal["plain", "compressed"] = "compressed"
    fineness: EncodingPrecision = field(default_factory=EncodingPrecision)
    copyright: str = ""
    generator: str = "Carreau"
    extras: Mapping[str, Any] = field(default_factory=dict)
    packet: Mapping[str, Any] = field(default_factory=dict)


def write(scene: Authored, images: Sequence[EncodedImage], options: WriteOptions) -> bytes:
    """Return a GLB of the scene; the same arguments give the same bytes.

    images : one for each of the scene's pictures
    """
    writer, tree = GlbWriter(), scene.document()
    is_plain = options.flavour == "plain"
    extras = json.loads(json.dumps(options.extras, sort_keys=True, allow_nan=False))
    writer.model.asset = pygltflib.Asset(
        generator=options.generator, copyright=options.copyright or None, extras=extras
    )
    for name in scene.facts.extensions:
        writer.use(name, is_required=False)
    shapes = [_plain_shape(writer, shape) if is_plain else _shape(writer, shape, options) for shape in scene.shapes]
    for mesh in tree["meshes"]:
        for primitive in mesh["primitives"]:
            primitive |= shapes[primitive.pop("shape")]
    tracks = _plain_tracks(writer, scene.tracks) if is_plain else _tracks(writer, scene.tracks)
    for skin in tree.get("skins", ()):
        if "inverseBindMatrices" in skin:
            skin["inverseBindMatrices"] = tracks[skin["inverseBindMatrices"]]
    for animation in tree.get("animations", ()):
        for sampler in animation["samplers"]:
            sampler |= {key: tracks[sampler[key]] for key in ("input", "output")}
    _textures(writer, tree, images)
    return with_packet(writer.to_bytes(tree), options.packet)


def _shape(writer: GlbWriter, shape: Shape, options: WriteOptions) -> dict[str, Any]:
    """Add a compressed shape and return the members of its primitive."""
    own, targets = shape_streams(shape, options.fineness)
    streams = [*own, *(stream for target in targets for stream in target)]
    places, indices = _order(shape, streams)
    attributes = {stream.name: packed_attribute(writer, stream, places) for stream in own}
    if any(stream.rows.dtype.kind == "i" for stream in own):
        writer.use("KHR_mesh_quantization", is_required=True)
    wide, is_triangles = index_type(len(places)), shape.mode == TRIANGLES
    mode = "TRIANGLES" if is_triangles else "INDICES"
    view = writer.packed_view(meshopt.encode_gltf_buffer(indices, mode), len(indices), wide.itemsize, mode, _INDICES)
    described = {"attributes": attributes, "indices": writer.accessor(view, indices.astype(wide))}
    moved = [{stream.name: packed_attribute(writer, stream, places) for stream in target} for target in targets]
    return {**described, **_mode(shape), **({"targets": moved} if moved else {})}


def _mode(shape: Shape) -> dict[str, int]:
    return {} if shape.mode == TRIANGLES else {"mode": shape.mode}


def _order(shape: Shape, streams: list[AttributeStream]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the vertices in their new order, and the indices into it: triangles in the order of a strip.

    Vertices that rounding made equal become one. Triangles without area are dropped, except in shapes with morph
    targets or a skin, which may give it back.
    """
    corners = first_equal(streams)[shape.indices]
    if shape.mode == TRIANGLES:
        faces = corners.reshape(-1, 3)
        may_move = shape.targets or "JOINTS_0" in shape.attributes
        return strip_order(faces if may_move else with_area(streams[0].rows, faces))
    used, inverse = np.unique(corners, return_inverse=True)
    return used, inverse.reshape(-1).astype(np.uint32)


def _plain_shape(writer: GlbWriter, shape: Shape) -> dict[str, Any]:
    """Add a shape without any extension, and return the members of its primitive."""
    attributes = {name: _plain(writer, name, values) for name, values in shape.attributes.items()}
    moved = [{name: _plain(writer, name, values, is_moved=True) for name, values in t.items()} for t in shape.targets]
    corners = shape.indices.astype(index_type(len(shape.attributes["POSITION"])))
    indices = writer.accessor(writer.view(corners.tobytes(), _INDICES), corners)
    targets = {"targets": moved} if moved else {}
    return {"attributes": attributes, "indices": indices, **_mode(shape), **targets}


def _plain(writer: GlbWriter, name: str, values: NDArray[Any], *, is_moved: bool = False) -> int:
    kind, is_normalized = name.partition("_")[0], False
    rows = values
    if not is_moved and kind == "NORMAL":
        rows = unit(values)
    elif not is_moved and kind == "TANGENT":
        rows = plain_tangents(values)
    elif kind == "JOINTS":
        rows = joints(values)
    elif kind == "COLOR":
        stream = colors(name, values)
        rows, is_normalized = stream.rows, True
        stride = rows.itemsize * rows.shape[1]
        view = writer.view(np.ascontiguousarray(rows).tobytes(), _VERTICES)
        if stream.width == 3:
            writer.model.bufferViews[view].byteStride = stride
        return writer.accessor(view, np.ascontiguousarray(rows[:, : stream.width]), is_normalized=True)
    rows = np.ascontiguousarray(rows)
    view = writer.view(rows.tobytes(), _VERTICES)
    return writer.accessor(view, rows, is_normalized=is_normalized, has_bounds=kind == "POSITION")


def _tracks(writer: GlbWriter, tracks: Sequence[Track]) -> list[int]:
    """Add compressed tracks, those of one layout in one view, and return their accessors."""
    streams = [track_stream(track) for track in tracks]
    layouts: dict[tuple[str | None, int], list[int]] = {}
    for number, stream in enumerate(streams):
        layouts.setdefault((stream.filter_, stream.rows.itemsize * stream.rows.shape[1]), []).append(number)
    accessors = [0] * len(tracks)
    for (filter_, stride), numbers in layouts.items():
        rows = [np.ascontiguousarray(streams[n].rows if filter_ is None else streams[n].packed) for n in numbers]
        together = np.concatenate([each.view(np.uint8).reshape(len(each), -1) for each in rows])
        data = meshopt.encode_gltf_buffer(np.ascontiguousarray(together), "ATTRIBUTES")
        view = writer.packed_view(data, len(together), stride, "ATTRIBUTES", None, filter_)
        start = 0
        for number in numbers:
            stream = streams[number]
            accessors[number] = writer.accessor(
                view,
                stream.rows,
                is_normalized=stream.is_normalized,
                has_bounds=stream.name == "time",
                start=start,
            )
            start += len(stream.rows) * stride
    return accessors


def _plain_tracks(writer: GlbWriter, tracks: Sequence[Track]) -> list[int]:
    accessors = []
    for track in tracks:
        is_turn = track.kind == "rotation" and not track.is_cubic
        values = np.ascontiguousarray(unit_quaternions(track.values) if is_turn else track.values)
        accessors.append(writer.accessor(writer.view(values.tobytes()), values, has_bounds=track.kind == "time"))
    return accessors


def _textures(writer: GlbWriter, tree: dict[str, Any], images: Sequence[EncodedImage]) -> None:
    """Add the images, and point each texture to its own, through an extension where its type needs one."""
    for image in images:
        writer.model.images.append(pygltflib.Image(bufferView=writer.view(image.data), mimeType=image.media_type))
    for texture in tree.get("textures", ()):
        source = texture.pop("source")
        extension = _IMAGE_EXTENSIONS.get(images[source].media_type)
        if extension is None:
            texture["source"] = source
        else:
            # without a PNG beside it, a reader that lacks the extension would show nothing: so it is required
            writer.use(extension, is_required=True)
            texture["extensions"] = {extension: {"source": source}}


_MANTISSA_BITS = 24
NORMAL_STEP = 1 / 128
"""Step of the normals and tangents of morph targets, which are written as bytes."""

QUATERNION_BITS = 16
"""Displaces a vertex at 20 m by 0.5 mm at most; gltfpack's 12 bits displace it by 7 mm."""

TRACK_SHARE = 1 / 4096
"""Rounding step as a share of a track's range; for values far from zero, at least 2⁻¹⁷ of them."""

TOP = 65535


def exponential(name: str, values: FloatArray, step: float) -> AttributeStream:
    """Round floats to steps of a power of two, at most `step`: they stay floats, and no node has to scale them back.

    Integers (KHR_mesh_quantization) would need a scale on every node that shows the mesh, which a clip may move, and in
    every inverse bind matrix; packed, these take the same bytes within a few per cent.
    """
    tops = np.abs(values).max(axis=0) if len(values) else np.zeros(1)
    exponents = np.frexp(tops[tops > 0].astype(np.float64))[1]
    bits = math.ceil(int(exponents.max()) - math.log2(step)) + 1 if len(exponents) and step > 0 else 2
    if step <= 0 or bits > _MANTISSA_BITS:
        return AttributeStream(name, np.ascontiguousarray(values, np.float32), values.shape[1], is_normalized=False)
    packed = meshopt.encode_filter_exp(np.ascontiguousarray(values, np.float32), max(bits, 2), "SharedComponent")
    numbers = np.ascontiguousarray(packed).view(np.int32).reshape(values.shape)
    rows = np.ldexp(((numbers << 8) >> 8).astype(np.float32), numbers >> 24).astype(np.float32)
    return AttributeStream(name, rows, values.shape[1], is_normalized=False, packed=packed, filter_="EXPONENTIAL")


def shape_streams(
    shape: Shape, fineness: EncodingPrecision
) -> tuple[list[AttributeStream], list[list[AttributeStream]]]:
    """Return the packed attributes of a shape, the positions first, and those of each of its morph targets."""
    positions = shape.attributes["POSITION"]
    side = float((positions.max(axis=0) - positions.min(axis=0)).max())
    moved = [float(np.abs(target["POSITION"]).max()) for target in shape.targets if "POSITION" in target]
    step = max([side, *moved]) / (1 << fineness.position_bits)
    if fineness.position_step:
        step = fineness.position_step
        positions = (np.rint(positions.astype(np.float64) / step) * step).astype(np.float32)
    weights = whole_weights(shape.attributes) | {"POSITION": positions}
    names = ["POSITION", *(name for name in shape.attributes if name != "POSITION")]
    own = [_stream(name, {**shape.attributes, **weights}[name], step, fineness) for name in names]
    targets = [
        [exponential(name, values, step if name == "POSITION" else NORMAL_STEP) for name, values in target.items()]
        for target in shape.targets
    ]
    return own, targets


def _stream(name: str, values: NDArray[Any], step: float, fineness: EncodingPrecision) -> AttributeStream:
    kind = name.partition("_")[0]
    if kind == "POSITION":
        return exponential(name, values, step)
    if kind == "NORMAL":
        return octahedral(values, 8)
    if kind == "TANGENT":
        return _tangents(values)
    if kind == "TEXCOORD":
        return _texcoords(name, values, fineness.texcoord_bits)
    if kind == "COLOR":
        return colors(name, values)
    if kind == "JOINTS":
        return AttributeStream(name, joints(values), 4, is_normalized=False)
    return AttributeStream(name, values, 4, is_normalized=True)


def _tangents(values: FloatArray) -> AttributeStream:
    """Fold tangents as normals are, with the sign beside them."""
    tangents = plain_tangents(values)
    packed = meshopt.encode_filter_oct(tangents, 4, 8)
    return AttributeStream("TANGENT", np.rint(tangents * 127).astype(np.int8), 4, True, packed, "OCTAHEDRAL")


def _texcoords(name: str, values: FloatArray, bits: int) -> AttributeStream:
    if len(values) and (values.min() < 0.0 or values.max() > 1.0):
        return exponential(name, values, 2.0**-bits)
    shift = 16 - bits
    steps = np.rint(values.astype(np.float64) * TOP / (1 << shift))
    return AttributeStream(name, top_aligned(steps, shift), 2, is_normalized=True)


def colors(name: str, values: NDArray[Any]) -> AttributeStream:
    """Return colours as bytes where nothing is lost by it; every vertex starts at a multiple of four bytes."""
    is_bytes = not (values % 257).any()
    rows = (values // 257).astype(np.uint8) if is_bytes else np.ascontiguousarray(values, np.uint16)
    return AttributeStream(name, pad_rows(rows) if values.shape[1] == 3 else rows, values.shape[1], is_normalized=True)


def joints(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of joints in as few bytes as hold them."""
    return values.astype(np.uint8) if not len(values) or values.max() < 256 else values.astype(np.uint16)


def whole_weights(attributes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the weights as uint16 whose sum over all sets is 65535 at each vertex, as glTF asks."""
    names = sorted(name for name in attributes if name.startswith("WEIGHTS"))
    if not names:
        return {}
    floats = np.concatenate([attributes[name] for name in names], axis=1).astype(np.float64)
    steps = np.rint(floats * TOP).astype(np.int64)
    largest = steps.argmax(axis=1)
    steps[np.arange(len(steps)), largest] += TOP - steps.sum(axis=1)
    cut = np.split(steps.astype(np.uint16), len(names), axis=1)
    return {name: np.ascontiguousarray(values) for name, values in zip(names, cut, strict=True)}


def plain_tangents(values: FloatArray) -> FloatArray:
    """Return tangents of length one, each with a sign of 1 or -1."""
    signs = np.where(values[:, 3:] < 0, -1, 1).astype(np.float32)
    return np.ascontiguousarray(np.column_stack([unit(values[:, :3]), signs]), np.float32)


def track_stream(track: Track) -> AttributeStream:
    """Return a packed track; times, matrices and what is between tangents stay as they are."""
    if track.kind in ("time", "matrix") or track.is_cubic:
        return AttributeStream(track.kind, track.values, track.values.shape[1], is_normalized=False)
    if track.kind == "rotation":
        turns = unit_quaternions(track.values)
        packed = meshopt.encode_filter_quat(turns, 8, QUATERNION_BITS)
        return AttributeStream(track.kind, np.rint(turns * 32767).astype(np.int16), 4, True, packed, "QUATERNION")
    way = float((track.values.max(axis=0) - track.values.min(axis=0)).max())
    far = float(np.abs(track.values).max())
    return exponential(track.kind, track.values, min(far / (1 << 17), way * TRACK_SHARE))


def unit_quaternions(values: FloatArray) -> FloatArray:
    """Return (n, 4) quaternions of length one; identities for those of length zero."""
    lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        turns = np.where(lengths > 0, values / lengths, (0.0, 0.0, 0.0, 1.0))
    return np.ascontiguousarray(turns, np.float32)
