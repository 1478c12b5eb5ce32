"""Unpack a bufferView that meshopt compressed, refusing claims that its bytes cannot hold."""

from __future__ import annotations

import meshopt
import numpy as np

from pipeline.formats.gltf.gltf_json import Element
from pipeline.messages import message
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
        raise packed.error(
            message("unsupported mode '%(mode)s' or filter '%(filter)s'", mode=mode[:20], filter=filter_[:20])
        )
    if count * stride != wanted_bytes:
        raise packed.error(
            message(
                "count × byteStride is %(size)s, but byteLength is %(expected)s",
                size=count * stride,
                expected=wanted_bytes,
            )
        )
    if not count:
        return np.zeros(0, np.uint8)
    most = len(data) * _BEST_RATIO if mode == "ATTRIBUTES" else len(data) * 3 * stride
    if wanted_bytes > most:
        raise packed.error(message("the compressed data is too short (elements: %(count)s)", count=count))
    try:
        unpacked = meshopt.decode_gltf_buffer(data, count, stride, mode, filter_ if mode == "ATTRIBUTES" else None)
    except (ValueError, RuntimeError) as error:
        raise packed.error(message("the meshopt data is corrupt (%(error)s)", error=str(error))) from error
    return np.ascontiguousarray(unpacked).view(np.uint8).reshape(-1)
