"""Packing of an authored scene with a level's textures into one GLB."""

from __future__ import annotations

import numpy as np

from carreau.base.model import EncodedImage
from carreau.formats.gltf_scene import scene_writer
from carreau.formats.gltf_scene.scene import Authored
from carreau.formats.gltf_scene.scene_writer import WriteOptions
from carreau.formats.images import png


def pack_authored(scene: Authored, images: tuple[EncodedImage, ...], about: WriteOptions) -> bytes:
    """Return the GLB of a scene; see `carreau.formats.gltf_scene.scene_writer.write`."""
    return scene_writer.write(scene, images, about)


def pack_bare(scene: Authored) -> bytes:
    """Return the plain GLB of a scene with a white texel in place of each picture, for the validator to look at."""
    texel = EncodedImage(png.encode(np.full((1, 1, 3), 255, np.uint8)), png.MEDIA_TYPE)
    return scene_writer.write(scene, [texel] * len(scene.pictures), WriteOptions("plain"))
