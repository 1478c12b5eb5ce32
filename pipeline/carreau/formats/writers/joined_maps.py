"""Metal and roughness of a scan in one image, as glTF wants them: green is roughness, blue is metal."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray, Material, Texture, TextureSlot
from carreau.formats.images import png
from carreau.formats.images.image import decode


class JoinedTexture(Texture):
    """An image made of two of the scan's."""


def metallic_roughness_slot(material: Material) -> TextureSlot | None:
    """Return one slot for the maps of metal and roughness, None without any.

    Raises TextureError for one that has to be decoded and is broken.
    """
    metallic, roughness = material.metallic_map, material.roughness_map
    first = roughness or metallic
    if first is None or (metallic is None and material.metallic == 0):
        return first  # grey roughness is in blue as well, where a factor of 0 removes it
    if metallic is not None and roughness is not None and metallic.texture.data == roughness.texture.data:
        return first
    return replace(first, texture=_joined(*(None if slot is None else _key(slot) for slot in (metallic, roughness))))


_Key = tuple[str, Path | bytes, int, int] | None


def _key(slot: TextureSlot) -> _Key:
    """Return a texture by its value: the cache gives each slot one of its own."""
    texture = slot.texture
    return texture.name, texture.data, texture.width, texture.height


@lru_cache(maxsize=4)
def _joined(metallic: _Key, roughness: _Key) -> JoinedTexture:
    images = [None if key is None else decode(Texture(*key)) for key in (metallic, roughness)]
    width, height = (max(image.shape[axis] for image in images if image is not None) for axis in (1, 0))
    blue, green = (
        np.full((height, width), 255, np.uint8) if image is None else _channel(image, channel, width, height)
        for image, channel in zip(images, (2, 1), strict=True)
    )
    joined = np.stack([np.full_like(green, 255), green, blue], axis=2)
    name = " + ".join(key[0] for key in (roughness, metallic) if key is not None)
    return JoinedTexture(name, png.encode(joined), width, height)


def _channel(image: ByteArray, channel: int, width: int, height: int) -> ByteArray:
    picture = Image.fromarray(np.ascontiguousarray(image[:, :, channel]))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
