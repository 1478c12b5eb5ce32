"""Write tiny glTF files by hand, so that the reader meets every variant of the standard."""

from __future__ import annotations

import base64
import copy
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class GltfMaker:
    """A glTF under construction: `json` is open for any change."""

    def __init__(self) -> None:
        self.binary = bytearray()
        self.json: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}]}

    def add(self, collection: str, element: dict[str, Any]) -> int:
        self.json.setdefault(collection, []).append(element)
        return len(self.json[collection]) - 1

    def view(self, data: bytes, **members: Any) -> int:
        self.binary.extend(b"\0" * (-len(self.binary) % 4))
        element = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **members}
        self.binary.extend(data)
        return self.add("bufferViews", element)

    def accessor(self, values: Any, dtype: str = "float32", *, stride: int = 0, **members: Any) -> int:
        array = np.ascontiguousarray(values, dtype)
        array = array.reshape(len(array), -1)
        rows = array.view(np.uint8).reshape(len(array), -1)
        if stride:
            wide = np.full((len(rows), stride), 255, np.uint8)
            wide[:, : rows.shape[1]] = rows
            rows, members["_"] = wide, {"byteStride": stride}
        view = self.view(rows.tobytes(), **members.pop("_", {}))
        element = {
            "bufferView": view,
            "componentType": COMPONENTS[dtype],
            "count": len(array),
            "type": KINDS[array.shape[1]],
        }
        return self.add("accessors", {**element, **members})

    def mesh(self, attributes: dict[str, int], **members: Any) -> int:
        return self.add("meshes", {"primitives": [{"attributes": attributes, **members}]})

    def node(self, *, root: bool = True, **members: Any) -> int:
        index = self.add("nodes", members)
        if root:
            self.json["scenes"][0]["nodes"].append(index)
        return index

    def triangle(self, **members: Any) -> int:
        """Add one right triangle in the plane z = 0, facing +z, as a mesh on a node."""
        position = self.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
        return self.node(mesh=self.mesh({"POSITION": position}, **members))

    def texture(self, color: tuple[int, int, int] = (200, 100, 50), kind: str = "PNG") -> int:
        stream = io.BytesIO()
        Image.new("RGB", (4, 2), color).save(stream, kind)
        view = self.view(stream.getvalue())
        return self.add(
            "textures", {"source": self.add("images", {"bufferView": view, "mimeType": f"image/{kind.lower()}"})}
        )

    def glb(self) -> bytes:
        root = copy.deepcopy(self.json)
        if self.binary:
            root["buffers"] = [{"byteLength": len(self.binary)}, *root.get("buffers", [])[1:]]
        text = json.dumps(root).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self.binary) + b"\0" * (-len(self.binary) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary if binary else b""
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def write(self, path: Path, form: str = "glb") -> Path:
        """Write as "glb", "separate" or "embedded"."""
        if form == "glb":
            path.write_bytes(self.glb())
            return path
        root, uri = copy.deepcopy(self.json), f"{path.stem} data.bin"
        if form == "embedded":
            uri = "data:application/octet-stream;base64," + base64.b64encode(self.binary).decode()
        else:
            (path.parent / uri).write_bytes(self.binary)
        root["buffers"] = [{"byteLength": len(self.binary), "uri": uri.replace(" ", "%20")}]
        path.write_text(json.dumps(root), encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def gltf_maker() -> type[GltfMaker]:
    return GltfMaker
