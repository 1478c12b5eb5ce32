"""Build a GLB piece by piece: views, accessors, images, and the bytes they make together."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pygltflib
from numpy.typing import NDArray

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
