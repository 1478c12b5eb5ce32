"""Small glTF files: plain, separate, with Draco, with meshopt, with pictures of every kind, and animated."""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import DracoPy
import meshopt
import numpy as np

from tests.fuzz.image_seeds import pictures
from tests.fuzz.seeds import Seed, in_glb
from tests.pipeline.authored_scenes import ball, pit_head
from tests.pipeline.formats.conftest import GltfMaker
from tests.pipeline.formats.gltf.test_b3dm import b3dm
from tests.pipeline.formats.gltf.test_gltf_fuzz import fill


def seeds(folder: Path) -> Iterator[Seed]:
    """Yield each file three times: changed as it is, in its JSON, and in its binary part."""
    yield from _parts("glb", fill(GltfMaker()).glb())
    yield from _parts("glb-scene", pit_head(3, 8).glb())
    yield from _parts("glb-pictures", _with_pictures().glb())
    yield Seed("b3dm", "scan", "scan.b3dm", b3dm(fill(GltfMaker()).glb(), {"RTC_CENTER": [4e6, 2e5, 5e6]}))
    separate = fill(GltfMaker()).write(folder / "scan.gltf", "separate")
    binary = (folder / "scan data.bin").read_bytes()
    text = separate.read_bytes()
    yield Seed("gltf", "scan", "scan.gltf", text, {"scan data.bin": binary}, is_text=True)
    yield Seed("gltf-bin", "scan", "scan data.bin", binary, {"scan.gltf": text}, opens="scan.gltf")
    embedded = fill(GltfMaker()).write(folder / "scan.gltf", "embedded").read_bytes()
    yield Seed("gltf-embedded", "scan", "scan.gltf", embedded, is_text=True)
    yield from _draco()
    yield from _meshopt()


def _parts(name: str, glb: bytes) -> Iterator[Seed]:
    [length] = struct.unpack_from("<I", glb, 12)
    text, binary = glb[20 : 20 + length], glb[28 + length :]
    yield Seed(name, "scan", "scan.glb", glb)
    yield Seed(f"{name}-json", "scan", "scan.glb", text, wrap=functools.partial(in_glb, binary=binary), is_text=True)
    yield Seed(f"{name}-binary", "scan", "scan.glb", binary, wrap=functools.partial(in_glb, text=text))


def _with_pictures() -> GltfMaker:
    maker = GltfMaker()
    for name, data in pictures().items():
        if name in ("png", "jpeg", "webp", "ktx2"):
            image = maker.add("images", {"bufferView": maker.view(data), "mimeType": f"image/{name}"})
            texture: dict[str, Any] = {"source": image}
            if name == "ktx2":
                texture = {"extensions": {"KHR_texture_basisu": texture}}
            elif name == "webp":
                texture = {"extensions": {"EXT_texture_webp": texture}}
            index = maker.add("textures", texture)
            slots = {"baseColorTexture": {"index": index}, "metallicRoughnessTexture": {"index": index}}
            more = {"normalTexture": {"index": index, "scale": 1}, "occlusionTexture": {"index": index, "strength": 1}}
            material = maker.add(
                "materials",
                {"pbrMetallicRoughness": slots, "emissiveTexture": {"index": index}, "alphaMode": "MASK", **more},
            )
            maker.triangle(material=material)
    return maker


def _draco() -> Iterator[Seed]:
    """Yield Draco streams of each way of encoding, as a file of their own beside the JSON."""
    positions, normals, texcoords, indices = ball(5)
    tints = np.arange(len(positions) * 3, dtype=np.uint8).reshape(-1, 3)
    count, corners = len(positions), len(indices)
    for level in (0, 5, 10):
        stream = DracoPy.encode(
            positions, indices.reshape(-1, 3), quantization_bits=11, compression_level=level,
            preserve_order=level == 0, colors=tints, tex_coord=texcoords.astype(float), normals=normals.astype(float),
        )  # fmt: skip
        ids = {"POSITION": 0, "NORMAL": 1, "COLOR_0": 2, "TEXCOORD_0": 3}
        mesh = DracoPy.decode(stream)
        kinds = {int(each["attribute_type"]): int(each["unique_id"]) for each in mesh.attributes}
        ids = {name: kinds[number] for number, name in enumerate(("POSITION", "NORMAL", "COLOR_0", "TEXCOORD_0"))}
        accessors: list[dict[str, Any]] = [
            {"componentType": 5126, "count": count, "type": "VEC3"},
            {"componentType": 5126, "count": count, "type": "VEC3"},
            {"componentType": 5121, "count": count, "type": "VEC3", "normalized": True},
            {"componentType": 5126, "count": count, "type": "VEC2"},
            {"componentType": 5125, "count": corners, "type": "SCALAR"},
        ]
        packed = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": ids}}
        names = {name: number for number, name in enumerate(("POSITION", "NORMAL", "COLOR_0", "TEXCOORD_0"))}
        primitive = {"attributes": names, "indices": 4, "extensions": packed}
        root = _root(len(stream), [{"buffer": 0, "byteLength": len(stream)}], accessors, primitive)
        yield Seed(
            f"draco-{level}", "scan", "a.bin", stream, {"scan.gltf": json.dumps(root).encode()}, opens="scan.gltf"
        )


def _root(size: int, views: list[Any], accessors: list[Any], primitive: dict[str, Any]) -> dict[str, Any]:
    return {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "buffers": [{"byteLength": size, "uri": "a.bin"}], "bufferViews": views, "accessors": accessors,
        "meshes": [{"primitives": [primitive]}],
    }  # fmt: skip


def _meshopt() -> Iterator[Seed]:
    """Yield meshopt streams of each mode and filter, one after the other in a file beside the JSON."""
    positions, normals, texcoords, indices = ball(5)
    count = len(positions)
    octahedral = meshopt.encode_filter_oct(np.column_stack([normals, np.ones(count)]).astype(np.float32), 4, 8)
    exponential = meshopt.encode_filter_exp(positions, 15)
    colors = np.full((count, 4), 255, np.uint8)
    short = (texcoords * 65535).astype(np.uint16)
    streams: list[tuple[Any, str, int, int, str]] = [
        (exponential, "ATTRIBUTES", 12, count, "EXPONENTIAL"),
        (octahedral, "ATTRIBUTES", 4, count, "OCTAHEDRAL"),
        (short, "ATTRIBUTES", 4, count, "NONE"),
        (colors, "ATTRIBUTES", 4, count, "NONE"),
        (indices.astype(np.uint32), "TRIANGLES", 2, len(indices), "NONE"),
        (indices.astype(np.uint32), "INDICES", 4, len(indices), "NONE"),
    ]
    binary, views = bytearray(), []
    for values, mode, stride, length, filter_ in streams:
        data = bytes(meshopt.encode_gltf_buffer(np.ascontiguousarray(values), mode))
        extension = {
            "buffer": 0, "byteOffset": len(binary), "byteLength": len(data), "byteStride": stride, "count": length,
            "mode": mode, **({} if filter_ == "NONE" else {"filter": filter_}),
        }  # fmt: skip
        views.append({"buffer": 0, "byteLength": stride * length, "extensions": {"EXT_meshopt_compression": extension}})
        binary += data + bytes(-len(data) % 4)
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5120, "count": count, "type": "VEC3", "normalized": True},
        {"bufferView": 2, "componentType": 5123, "count": count, "type": "VEC2", "normalized": True},
        {"bufferView": 3, "componentType": 5121, "count": count, "type": "VEC4", "normalized": True},
        {"bufferView": 4, "componentType": 5123, "count": len(indices), "type": "SCALAR"},
        {"bufferView": 5, "componentType": 5125, "count": len(indices), "type": "SCALAR"},
    ]
    attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "COLOR_0": 3}
    root = _root(len(binary), views, accessors, {"attributes": attributes, "indices": 4})
    root["meshes"][0]["primitives"].append({"attributes": attributes, "indices": 5})
    text = json.dumps(root).encode()
    yield Seed("meshopt", "scan", "a.bin", bytes(binary), {"scan.gltf": text}, opens="scan.gltf")
    yield Seed("meshopt-json", "scan", "scan.gltf", text, {"a.bin": bytes(binary)}, is_text=True)
