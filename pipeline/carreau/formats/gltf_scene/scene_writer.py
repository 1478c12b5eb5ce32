"""Write an authored scene as GLB: plain, for any reader, or compressed by meshopt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import meshopt
import numpy as np
import pygltflib
from numpy.typing import NDArray

from carreau.base.model import EncodedImage
from carreau.formats.gltf_scene.attribute_encoding import (
    EncodingPrecision,
    colors,
    joints,
    plain_tangents,
    shape_streams,
    track_stream,
    unit_quaternions,
)
from carreau.formats.gltf_scene.scene import TRIANGLES, Authored, Shape, Track
from carreau.formats.writers.glb import GlbWriter, index_type
from carreau.formats.writers.glb_geometry import (
    AttributeStream,
    first_equal,
    packed_attribute,
    strip_order,
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
    places, indices = _ordered(shape, streams)
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


def _ordered(shape: Shape, streams: list[AttributeStream]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
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
