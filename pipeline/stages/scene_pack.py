"""Packing of an authored scene with a level's textures into one GLB."""

from __future__ import annotations

import io

from PIL import Image

from pipeline.formats.gltf_scene import scene_writer
from pipeline.formats.gltf_scene.scene import Authored
from pipeline.formats.gltf_scene.scene_writer import WriteOptions
from pipeline.model import EncodedImage


def pack_authored(scene: Authored, images: tuple[EncodedImage, ...], about: WriteOptions) -> bytes:
    """Return the GLB of a scene; see `pipeline.formats.gltf_scene.scene_writer.write`."""
    return scene_writer.write(scene, images, about)


def pack_bare(scene: Authored) -> bytes:
    """Return the plain GLB of a scene with a white texel in place of each picture, for the validator to look at."""
    stream = io.BytesIO()
    Image.new("RGB", (1, 1), "white").save(stream, "PNG")
    texel = EncodedImage(stream.getvalue(), "image/png")
    return scene_writer.write(scene, [texel] * len(scene.pictures), WriteOptions("plain"))
