"""Values of a scan's data maps, such as normals and occlusion, at positions on its faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, FloatArray, IntArray, Material, Mesh, Texture, TextureSlot
from carreau.base.process import bands, in_threads
from carreau.formats.images import exr
from carreau.formats.images.image import decode
from carreau.formats.images.srgb import linear_table
from carreau.geometry.render.sampling import interpolate_corners, sample_image

SlotOf = Callable[[Material], TextureSlot | None]


def data_texels(texture: Texture) -> ByteArray:
    """Return an image's numbers as they are: an EXR holds them linear, and is decoded to sRGB as a colour would be."""
    image = decode(texture)
    if not exr.recognises(_head(texture)):
        return image
    return np.asarray(np.rint(linear_table() * 255).astype(np.uint8)[image])


def color_texels(texture: Texture) -> ByteArray:
    """Return an image's colours as sRGB."""
    return decode(texture)


def map_values(
    mesh: Mesh,
    slot_of: SlotOf,
    faces: IntArray,
    barycentrics: FloatArray,
    texels_of: Callable[[Texture], ByteArray] = data_texels,
) -> FloatArray:
    """Return (k, 3) float32 0..255 of a map at k places on faces, NaN where there is none; one texture at a time.

    texels_of : `data_texels`, or `color_texels` for a map of colours
    """
    values = np.full((len(faces), 3), np.nan, np.float32)
    materials = mesh.face_materials[faces]
    decoded: Texture | None = None
    image: ByteArray | None = None
    for index, slot in _by_texture(mesh, slot_of):
        places = np.flatnonzero(materials == index)
        if not len(places) or slot.texcoord_set >= len(mesh.texcoords):
            continue
        if image is None or decoded is not slot.texture:
            image = None  # before the next one is decoded
            image, decoded = texels_of(slot.texture), slot.texture
        _sample(mesh, slot, image, faces, barycentrics, places, values)
    return values


def _sample(
    mesh: Mesh,
    slot: TextureSlot,
    image: ByteArray,
    faces: IntArray,
    barycentrics: FloatArray,
    places: NDArray[np.int64],
    values: FloatArray,
) -> None:
    """Fill in values (k, 3) at those places that have the slot's image."""
    texcoords = mesh.texcoords[slot.texcoord_set]

    def sample(part: slice) -> None:
        some = places[part]
        uvs = interpolate_corners(texcoords, faces[some], barycentrics[some])
        found = sample_image(image, uvs, slot)
        found[~np.isfinite(uvs).all(axis=1)] = np.nan
        values[some] = found

    in_threads(sample, bands(len(places)))


def _by_texture(mesh: Mesh, slot_of: SlotOf) -> list[tuple[int, TextureSlot]]:
    """Return the materials that have such a map, with their slots, those of one texture side by side."""
    slots = [(index, slot) for index, material in enumerate(mesh.materials) if (slot := slot_of(material)) is not None]
    first: dict[int, int] = {}
    for index, slot in slots:
        first.setdefault(id(slot.texture), index)
    return sorted(slots, key=lambda pair: (first[id(pair[1].texture)], pair[0]))


def _head(texture: Texture) -> bytes:
    if isinstance(texture.data, bytes):
        return texture.data[:4]
    with texture.data.open("rb") as file:
        return file.read(4)
