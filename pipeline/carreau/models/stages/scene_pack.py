"""Packing of an authored scene with a level's textures into one GLB."""

from __future__ import annotations

import numpy as np

from pipeline.formats.gltf_scene import scene_writer
from pipeline.formats.gltf_scene.scene import Authored
from pipeline.formats.gltf_scene.scene_writer import WriteOptions
from pipeline.formats.images import png
from pipeline.model import EncodedImage


def pack_authored(scene: Authored, images: tuple[EncodedImage, ...], about: WriteOptions) -> bytes:
    """Return the GLB of a scene; see `pipeline.formats.gltf_scene.scene_writer.write`."""
    return scene_writer.write(scene, images, about)


def pack_bare(scene: Authored) -> bytes:
    """Return the plain GLB of a scene with a white texel in place of each picture, for the validator to look at."""
    texel = EncodedImage(png.encode(np.full((1, 1, 3), 255, np.uint8)), png.MEDIA_TYPE)
    return scene_writer.write(scene, [texel] * len(scene.pictures), WriteOptions("plain"))
