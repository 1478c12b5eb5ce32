"""Write a table model as GLB: a node for each part, with vertex colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygltflib

from carreau.air.relief.table_data import TablePart
from carreau.formats.images.srgb import linear_table
from carreau.formats.writers.glb import GlbWriter, index_type

_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER
MATTE, WATER, GROUND = 0, 1, 2


def table_glb(parts: Sequence[TablePart], copyright_: str, picture: bytes = b"") -> bytes:
    """Return the parts as a GLB; equal parts give equal bytes.

    picture : of the ground as PNG, for parts with texture coordinates
    """
    writer = GlbWriter()
    model = writer.model
    model.asset.copyright = copyright_
    model.materials = [_material("table", 0.82), _material("water", 0.5)]
    if picture:
        image = pygltflib.Image(mimeType="image/png", bufferView=writer.view(picture))
        model.images, model.textures = [image], [pygltflib.Texture(source=0, sampler=0)]
        model.samplers = [pygltflib.Sampler(wrapS=pygltflib.CLAMP_TO_EDGE, wrapT=pygltflib.CLAMP_TO_EDGE)]
        model.materials.append(_material("ground", 0.95, pygltflib.TextureInfo(index=0)))
    model.scenes = [pygltflib.Scene(name="table", nodes=list(range(len(parts))))]
    model.scene = 0
    linear = linear_table()
    for part in parts:
        rows = np.full((len(part.colors), 4), 65535, np.uint16)
        rows[:, :3] = np.rint(linear[part.colors] * 65535)
        corners = part.faces.reshape(-1).astype(index_type(len(part.positions)))
        primitive = pygltflib.Primitive(
            attributes=pygltflib.Attributes(
                POSITION=writer.accessor(
                    writer.view(part.positions.tobytes(), _VERTICES), part.positions, has_bounds=True
                ),
                NORMAL=writer.accessor(writer.view(part.normals.tobytes(), _VERTICES), part.normals),
                COLOR_0=writer.accessor(writer.view(rows.tobytes(), _VERTICES), rows, is_normalized=True),
                TEXCOORD_0=None
                if part.texcoords is None
                else writer.accessor(writer.view(part.texcoords.tobytes(), _VERTICES), part.texcoords),
            ),
            indices=writer.accessor(writer.view(corners.tobytes(), _INDICES), corners),
            material=GROUND if part.texcoords is not None else WATER if part.is_water else MATTE,
        )
        model.meshes.append(pygltflib.Mesh(name=part.name, primitives=[primitive]))
        model.nodes.append(pygltflib.Node(name=part.name, mesh=len(model.meshes) - 1))
    return writer.to_bytes()


def _material(name: str, roughness: float, picture: pygltflib.TextureInfo | None = None) -> pygltflib.Material:
    look = pygltflib.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=roughness, baseColorTexture=picture)
    return pygltflib.Material(name=name, pbrMetallicRoughness=look)
