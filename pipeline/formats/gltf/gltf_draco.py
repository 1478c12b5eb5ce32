"""Unpack a primitive that Draco compressed into plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import DracoPy
import numpy as np
from numpy.typing import NDArray

from pipeline.formats.gltf.gltf_accessors import Array
from pipeline.formats.gltf.gltf_document import Document
from pipeline.formats.gltf.gltf_json import Element, vertex_out_of_range
from pipeline.messages import message
from pipeline.model import IntArray

EXTENSION = "KHR_draco_mesh_compression"
#: Draco's edge breaker says a face in two bits, and a repeated one in less through its entropy coder.
_FACES_A_BYTE = 64


@dataclass(frozen=True, eq=False)
class Unpacked:
    """What Draco held.

    faces : (m, 3) int32
    attributes : glTF names such as "POSITION" to (n, width) arrays of their own component type
    """

    faces: IntArray
    attributes: dict[str, Array]


def unpack(document: Document, packed: Element, claimed_faces: int) -> Unpacked:
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
    return Unpacked(_checked(np.asarray(faces), attributes, packed), attributes)


def _rows(data: NDArray[np.generic]) -> Array:
    return data if data.ndim == 2 else data.reshape(len(data), -1)


def _checked(faces: NDArray[np.generic], attributes: dict[str, Array], packed: Element) -> IntArray:
    """Return the faces as int32 once every corner is known to exist."""
    shortest = min((len(values) for values in attributes.values()), default=0)
    if faces.size and int(faces.max()) >= shortest:
        raise packed.error(vertex_out_of_range(int(faces.max()), shortest))
    return faces.reshape(-1, 3).astype(np.int32)
