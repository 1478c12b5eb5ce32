"""Unpack a bufferView that meshopt compressed, refusing claims that its bytes cannot hold."""

from __future__ import annotations

import meshopt
import numpy as np

from pipeline.formats.gltf.gltf_json import Element
from pipeline.model import ByteArray

_MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")
_FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")
#: Codec version 1 says "all equal" of 4 byte columns of 256 elements in one byte: nothing packs harder.
_BEST_RATIO = 1024


def decompress(packed: Element, data: ByteArray, wanted_bytes: int) -> ByteArray:
    """Return (wanted_bytes,) uint8 from the extension object `packed` and the compressed bytes it points to.

    Raises FormatError for an unknown mode or filter, sizes that disagree, or broken data.
    """
    count, stride = packed.integer("count"), packed.integer("byteStride")
    mode, filter_ = packed.text("mode"), packed.text("filter", "NONE")
    if mode not in _MODES or filter_ not in _FILTERS:
        raise packed.error(f"mode {mode[:20]!r} with filter {filter_[:20]!r} is unknown")
    if count * stride != wanted_bytes:
        raise packed.error(f"{count} elements of {stride} bytes do not make the view's {wanted_bytes} bytes")
    if not count:
        return np.zeros(0, np.uint8)
    most = len(data) * _BEST_RATIO if mode == "ATTRIBUTES" else len(data) * 3 * stride
    if wanted_bytes > most:
        raise packed.error(f"its {len(data)} bytes cannot hold {count} elements")
    try:
        unpacked = meshopt.decode_gltf_buffer(data, count, stride, mode, filter_ if mode == "ATTRIBUTES" else None)
    except (ValueError, RuntimeError) as error:
        raise packed.error(f"its compressed data is broken ({error})") from error
    return np.ascontiguousarray(unpacked).view(np.uint8).reshape(-1)
