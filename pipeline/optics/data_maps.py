"""Read what a scan's own data maps, such as its normals and its occlusion, hold at places on its faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.formats import exr
from pipeline.formats.image import decode
from pipeline.formats.srgb import linear_table
from pipeline.model import ByteArray, FloatArray, IntArray, Material, Mesh, Texture, TextureSlot
from pipeline.optics.sampling import interpolate_corners, sample_image

SlotOf = Callable[[Material], TextureSlot | None]


def map_values(mesh: Mesh, slot_of: SlotOf, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 0..255 of a map at k places on faces, NaN where there is none; one texture at a time."""
    values = np.full((len(faces), 3), np.nan, np.float32)
    worn = mesh.face_materials[faces]
    decoded: Texture | None = None
    image: ByteArray | None = None
    for index in _by_texture(mesh, slot_of):
        places, slot = np.flatnonzero(worn == index), slot_of(mesh.materials[index])
        assert slot is not None
        if not len(places) or slot.texcoord_set >= len(mesh.texcoords):
            continue
        if image is None or decoded is not slot.texture:
            image, decoded = _data_texels(slot.texture), slot.texture
        uvs = interpolate_corners(mesh.texcoords[slot.texcoord_set], faces[places], barycentrics[places])
        found = sample_image(image, uvs, slot)
        found[~np.isfinite(uvs).all(axis=1)] = np.nan
        values[places] = found
    return values


def _by_texture(mesh: Mesh, slot_of: SlotOf) -> list[int]:
    """Return the materials that wear such a map, those of one texture side by side."""
    wearing = [(index, slot_of(material)) for index, material in enumerate(mesh.materials)]
    first: dict[int, int] = {}
    for index, slot in wearing:
        if slot is not None:
            first.setdefault(id(slot.texture), index)
    return sorted((i for i, slot in wearing if slot), key=lambda i: (first[id(_texture(slot_of(mesh.materials[i])))], i))


def _texture(slot: TextureSlot | None) -> Texture:
    assert slot is not None
    return slot.texture


def _data_texels(texture: Texture) -> ByteArray:
    """Return an image's numbers as they are: an EXR holds them linear, and is decoded to sRGB as a colour would be."""
    image = decode(texture)
    if not exr.recognises(_head(texture)):
        return image
    return np.asarray(np.rint(linear_table() * 255).astype(np.uint8)[image])


def _head(texture: Texture) -> bytes:
    if isinstance(texture.data, bytes):
        return texture.data[:4]
    with texture.data.open("rb") as file:
        return file.read(4)
