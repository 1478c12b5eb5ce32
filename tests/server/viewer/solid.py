"""A small house as a model: walls and a roof of their own, for the viewer and for the pipeline's own portrait of it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray, FloatArray, IntArray, Mesh
from carreau.geometry.render.viewpoints import Viewpoint
from carreau.models.stages.poster import PosterOptions, encode_poster, render_poster

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
PARTS: Mapping[str, Box] = {"murs": ((0, 0, 0), (4, 2, 3)), "toit": ((0.5, 2, 0.5), (2, 5, 2))}
"""Lower and upper corners in metres, by the name of the node."""
BOUNDS = ((0, 0, 0), (4, 5, 3))
VIEW = Viewpoint(-35.0, 16.0)
RED = (0.35, 0.04, 0.02, 1.0)

_CORNERS = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
_FACES = np.array(
    (
        *((0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1)),
        *((2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)),
    ),
    np.int32,
)


def portrait() -> bytes:
    """Return the poster that the pipeline makes of it, as WebP."""
    boxes = [_box(box) for box in PARTS.values()]
    faces = np.concatenate([each + 8 * at for at, (_, each) in enumerate(boxes)])
    mesh = Mesh(np.concatenate([points for points, _ in boxes]), faces, face_materials=np.zeros(len(faces), np.int32))
    options = PosterOptions(longest_px=320, samples=1, sky_rays=1, shadow=0)
    return encode_poster(render_poster(mesh, options, VIEW), options)["poster.webp"]


def house(name: str, parts: Mapping[str, Box] = PARTS) -> bytes:
    """Return it as GLB with nodes, and a name that makes its bytes its own; other parts make another body."""
    data = b""
    views, accessors, meshes, nodes = (list[dict[str, Any]]() for _ in range(4))
    for part, box in parts.items():
        points, faces = _box(box)
        corners = points[faces.reshape(-1)]
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": corners.nbytes})
        low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        told = {"bufferView": len(accessors), "componentType": 5126, "count": len(corners), "type": "VEC3"}
        accessors.append({**told, "min": low, "max": high})
        meshes.append({"primitives": [{"attributes": {"POSITION": len(meshes)}, "material": 0}]})
        nodes.append({"mesh": len(nodes), "name": part})
        data += corners.tobytes()
    material = {"pbrMetallicRoughness": {"baseColorFactor": RED, "metallicFactor": 0, "roughnessFactor": 1}}
    document = {
        "asset": {"version": "2.0", "generator": name}, "scene": 0, "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes, "meshes": meshes, "materials": [material], "accessors": accessors, "bufferViews": views,
        "buffers": [{"byteLength": len(data)}],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def silhouette(picture: bytes) -> ByteArray:
    """Return where a picture is filled, cut to it and stretched to 128 by 128."""
    alpha = np.asarray(Image.open(BytesIO(picture)).convert("RGBA"))[..., 3] > 200
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    cut = alpha[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(Image.fromarray(cut).resize((128, 128)))


def overlap(first: ByteArray, second: ByteArray) -> float:
    """Return what two silhouettes share of what either has."""
    return float((first & second).sum() / (first | second).sum())


def _box(box: Box) -> tuple[FloatArray, IntArray]:
    low, high = (np.array(corner, np.float32) for corner in box)
    return low + _CORNERS * (high - low), _FACES
