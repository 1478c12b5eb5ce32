"""Write a model with named, moving nodes as GLB."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pygltflib
from numpy.typing import NDArray
from PIL import Image

from assets.demonstration.surface import Surface
from assets.demonstration.writer import WARNING
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray
from carreau.formats.writers.glb import GlbWriter, index_type

CLIP = "extraction"
JPEG_QUALITY = 86
_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER


class ModelWriter:
    """A model under construction: a texture, materials for textured and coloured parts, and one clip."""

    def __init__(self, picture: ByteArray) -> None:
        """Start with the texture."""
        self._glb = GlbWriter()
        model = self._glb.model
        model.asset.copyright = "CC0-1.0, the Carreau project"
        model.asset.extras = {"simulated": True, "about": WARNING}
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0")
        model.images = [pygltflib.Image(bufferView=self._glb.view(stream.getvalue()), mimeType="image/jpeg")]
        model.samplers = [pygltflib.Sampler(magFilter=9729, minFilter=9987, wrapS=33071, wrapT=33071)]
        model.textures = [pygltflib.Texture(sampler=0, source=0)]
        model.materials = [_material("maconnerie", 0), _material("metal", None)]
        model.scenes = [pygltflib.Scene(name="simulation", nodes=[])]
        model.scene = 0
        self._clip = pygltflib.Animation(name=CLIP, channels=[], samplers=[])
        self._numbers: dict[str, int] = {}

    def textured(
        self, name: str, positions: FloatArray, normals: FloatArray, texcoords: FloatArray, faces: IntArray
    ) -> None:
        """Add a part that the texture is on; texcoords (n, 2) run down, as glTF has them."""
        attributes = pygltflib.Attributes(
            POSITION=self._vertices(positions, has_bounds=True),
            NORMAL=self._vertices(normals),
            TEXCOORD_0=self._vertices(texcoords),
        )
        self._add(name, attributes, faces, len(positions), 0, None)

    def colored(self, name: str, surface: Surface, colors: FloatArray, stands: DoubleArray | None = None) -> None:
        """Add a part whose vertices have linear colours (n, 3); it stands at a place, else where its positions say."""
        whole = np.full((len(colors), 4), 65535, np.uint16)
        whole[:, :3] = np.rint(np.clip(colors, 0, 1) * 65535)
        attributes = pygltflib.Attributes(
            POSITION=self._vertices(surface.positions, has_bounds=True),
            NORMAL=self._vertices(surface.normals),
            COLOR_0=self._vertices(whole, is_normalized=True),
        )
        self._add(name, attributes, surface.faces, len(surface.positions), 1, stands)

    def times(self, seconds: FloatArray) -> int:
        """Add the seconds of the clip's frames, and return their number for `animated`."""
        return self._glb.accessor(self._glb.view(seconds.tobytes()), seconds, has_bounds=True)

    def animated(self, name: str, path: str, times: int, values: NDArray[np.floating]) -> None:
        """Move a part: its translation, rotation or scale at each of the times."""
        rows = np.ascontiguousarray(values, "<f4")
        output = self._glb.accessor(self._glb.view(rows.tobytes()), rows)
        target = pygltflib.AnimationChannelTarget(node=self._numbers[name], path=path)
        self._clip.channels.append(pygltflib.AnimationChannel(sampler=len(self._clip.samplers), target=target))
        self._clip.samplers.append(pygltflib.AnimationSampler(input=times, output=output, interpolation="LINEAR"))
        if path == "scale":
            self._glb.model.nodes[self._numbers[name]].scale = [float(number) for number in rows[0]]

    def to_bytes(self) -> bytes:
        """Return the GLB."""
        if self._clip.channels:
            self._glb.model.animations = [self._clip]
        return self._glb.to_bytes()

    def _vertices(self, values: NDArray[Any], *, has_bounds: bool = False, is_normalized: bool = False) -> int:
        rows = np.ascontiguousarray(values)
        view = self._glb.view(rows.tobytes(), _VERTICES)
        return self._glb.accessor(view, rows, has_bounds=has_bounds, is_normalized=is_normalized)

    def _add(
        self, name: str, attributes: pygltflib.Attributes, faces: IntArray, count: int, material: int,
        stands: DoubleArray | None,
    ) -> None:  # fmt: skip
        indices = np.ascontiguousarray(faces.reshape(-1), index_type(count))
        number = self._glb.accessor(self._glb.view(indices.tobytes(), _INDICES), indices)
        primitive = pygltflib.Primitive(attributes=attributes, indices=number, material=material)
        model = self._glb.model
        model.meshes.append(pygltflib.Mesh(name=name, primitives=[primitive]))
        place = None if stands is None else [float(value) for value in stands]
        model.nodes.append(pygltflib.Node(name=name, mesh=len(model.meshes) - 1, translation=place))
        self._numbers[name] = len(model.nodes) - 1
        model.scenes[0].nodes.append(self._numbers[name])


def _material(name: str, texture: int | None) -> pygltflib.Material:
    color = pygltflib.TextureInfo(index=texture) if texture is not None else None
    surface = pygltflib.PbrMetallicRoughness(baseColorTexture=color, metallicFactor=0.0, roughnessFactor=1.0)
    return pygltflib.Material(name=name, pbrMetallicRoughness=surface)
