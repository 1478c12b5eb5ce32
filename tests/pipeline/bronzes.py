"""Scans that shine, made by code: a ball half bronze and half stone, with a patch that glows."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib
from PIL import Image

from carreau.base.model import ByteArray, FloatArray, IntArray
from carreau.formats.writers.glb import GlbWriter
from tests.pipeline.conftest import globe, waves

BRONZE, STONE = (255, 80, 255), (120, 200, 0)
"""Occlusion, roughness and metal of either half, as texels."""

GLOW = (255, 128, 0)
PATCH = (0.70, 0.80, 0.4, 0.6)
"""Least and largest u, then v, of the patch that glows."""


def surface_map(width: int, height: int) -> ByteArray:
    """Return (h, w, 3): bronze left of u = 0.5, stone to the right, with a stripe of another roughness in each."""
    image = np.empty((height, width, 3), np.uint8)
    image[:, : width // 2], image[:, width // 2 :] = BRONZE, STONE
    image[height * 7 // 16 : height * 9 // 16, :, 1] = 160
    return image


def glow_map(width: int, height: int) -> ByteArray:
    """Return (h, w, 3) sRGB: black with a patch."""
    image = np.zeros((height, width, 3), np.uint8)
    left, right, top, bottom = (round(x * s) for x, s in zip(PATCH, (width, width, height, height), strict=True))
    image[top:bottom, left:right] = GLOW
    return image


def write_glb(
    path: Path,
    pictures: dict[str, ByteArray],
    material: dict[str, Any],
    shape: tuple[FloatArray, IntArray, FloatArray] | None = None,
) -> Path:
    """Write a GLB of one material; `material` names its pictures: {"index": "surface"} becomes a texture."""
    positions, faces, texcoords = shape or globe()
    uvs = np.stack([texcoords[:, 0], 1 - texcoords[:, 1]], axis=1).astype(np.float32)
    writer = GlbWriter()
    model = writer.model
    index = {}
    for name, picture in pictures.items():
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "PNG")
        model.images.append(pygltflib.Image(name=name, mimeType="image/png", bufferView=writer.view(stream.getvalue())))
        model.textures.append(pygltflib.Texture(source=len(model.images) - 1))
        index[name] = len(model.textures) - 1
    corners = np.ascontiguousarray(faces.ravel(), np.uint32)
    attributes = pygltflib.Attributes(
        POSITION=writer.accessor(writer.view(positions.tobytes()), positions, has_bounds=True),
        TEXCOORD_0=writer.accessor(writer.view(uvs.tobytes()), uvs),
    )
    primitive = pygltflib.Primitive(
        attributes=attributes, indices=writer.accessor(writer.view(corners.tobytes()), corners), material=0
    )
    model.meshes, model.nodes = [pygltflib.Mesh(primitives=[primitive])], [pygltflib.Node(mesh=0)]
    model.scenes, model.scene = [pygltflib.Scene(nodes=[0])], 0
    text = json.dumps(material)
    for name, number in index.items():
        text = text.replace(f'"index": "{name}"', f'"index": {number}')
    path.write_bytes(writer.to_bytes({"materials": [json.loads(text)]}))
    return path


def write_bronze(path: Path, edge: int = 256, shape: tuple[FloatArray, IntArray, FloatArray] | None = None) -> Path:
    """Write the half bronze with colour, surface map, occlusion in its red channel, and emission."""
    pictures = {"color": waves(edge, edge), "surface": surface_map(edge, edge), "glow": glow_map(edge, edge)}
    rough = {"baseColorTexture": {"index": "color"}, "metallicRoughnessTexture": {"index": "surface"}}
    material = {
        "name": "bronze",
        "pbrMetallicRoughness": rough,
        "occlusionTexture": {"index": "surface"},
        "emissiveTexture": {"index": "glow"},
        "emissiveFactor": [1, 1, 1],
    }
    return write_glb(path, pictures, material, shape)
