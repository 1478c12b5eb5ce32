"""Convert specular-glossiness materials, as KHR_materials_pbrSpecularGlossiness has them, to metallic-roughness.

The conversion is that of Khronos' example in the specification of the extension: how metallic a texel is solves the
equation in which a dielectric reflects 4 % of the light; its colour goes from that of the diffuse light to that of the
reflected light as it becomes metal; roughness is 1 - glossiness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from carreau.base.model import ByteArray, DoubleArray, Texture, TextureSlot
from carreau.formats.images import png
from carreau.formats.images.image import decode, decode_alpha
from carreau.formats.images.srgb import linear_table, srgb_bytes

Color = tuple[float, float, float]

_DIELECTRIC = 0.04
"""Share of the light that a dielectric reflects."""

_LEAST = 1e-6
_BRIGHTNESS = np.sqrt([0.299, 0.587, 0.114])
_STRIP_TEXELS = 1 << 18
_COMPRESSION = 1
_WHITE = np.full((1, 1, 3), 255, np.uint8)


@dataclass(frozen=True, eq=False)
class SpecularGlossiness:
    """A material as the extension has it: linear factors 0..1; those of the diffuse light multiply its texture."""

    diffuse: Color
    specular: Color
    glossiness: float
    diffuse_map: TextureSlot | None = None


@dataclass(frozen=True, eq=False)
class MetallicRoughness:
    """The same material as `carreau.base.model.Material` has it; the texture has roughness in green, metal in blue."""

    base_color: Color
    base: TextureSlot | None
    metallic: float = 1.0
    roughness: float = 1.0
    surface: TextureSlot | None = None


def metallic_and_color(
    diffuse: NDArray[np.floating], specular: NDArray[np.floating]
) -> tuple[DoubleArray, DoubleArray]:
    """Return the metallic (k,) and the linear base colour (k, 3) of k linear diffuse and specular colours (k, 3).

    >>> metallic, color = metallic_and_color(np.zeros((1, 3)), np.array([[1.0, 0.5, 0.25]]))
    >>> metallic.round(6).tolist(), color.round(6).tolist()
    ([1.0], [[1.0, 0.5, 0.25]])
    """
    left = 1 - specular.max(axis=1)
    reflected = np.linalg.norm(specular * _BRIGHTNESS, axis=1)
    scattered = np.linalg.norm(diffuse * _BRIGHTNESS, axis=1)
    b = scattered * left / (1 - _DIELECTRIC) + reflected - 2 * _DIELECTRIC
    root = np.sqrt(np.maximum(b * b - 4 * _DIELECTRIC * (_DIELECTRIC - reflected), 0.0))
    solved = np.clip((root - b) / (2 * _DIELECTRIC), 0.0, 1.0)
    metallic = np.where(reflected < _DIELECTRIC, 0.0, solved)[:, None]
    of_diffuse = diffuse * (left[:, None] / (1 - _DIELECTRIC) / np.maximum(1 - metallic, _LEAST))
    of_specular = (specular - _DIELECTRIC * (1 - metallic)) / np.maximum(metallic, _LEAST)
    color = of_diffuse + (of_specular - of_diffuse) * metallic**2
    return metallic[:, 0].astype(np.float64), np.clip(color, 0.0, 1.0).astype(np.float64)


def converted_factors(material: SpecularGlossiness) -> MetallicRoughness:
    """Return a material without textures, converted."""
    metallic, color = metallic_and_color(np.array([material.diffuse]), np.array([material.specular]))
    red, green, blue = color[0].tolist()
    return MetallicRoughness((red, green, blue), None, float(metallic[0]), 1 - material.glossiness)


def converted_maps(material: SpecularGlossiness, specular_map: TextureSlot) -> MetallicRoughness:
    """Return a material with a specular map, converted texel by texel into new textures (PNG).

    The colour stays the diffuse one where nothing is metal, and where the two textures lie differently on the surface.
    Raises TextureError.
    """
    specular, gloss = decode(specular_map.texture), decode_alpha(specular_map.texture)
    diffuse_map = material.diffuse_map
    diffuse, diffuse_factor = _WHITE, material.diffuse
    if diffuse_map is not None:
        diffuse = decode(diffuse_map.texture)
        if lie_alike(diffuse_map, specular_map):
            diffuse, specular, gloss = _equally_large(diffuse, specular, gloss)
        else:
            diffuse, diffuse_factor = _WHITE, _mean(diffuse, diffuse_factor)
    metallic, color = _converted(diffuse, diffuse_factor, specular, material.specular)
    surface = _replaced(specular_map, _packed(metallic, gloss, material.glossiness))
    if not metallic.any() or (diffuse_map is not None and not lie_alike(diffuse_map, specular_map)):
        return MetallicRoughness(material.diffuse, diffuse_map, surface=surface)
    return MetallicRoughness((1.0, 1.0, 1.0), _replaced(diffuse_map or specular_map, color), surface=surface)


def lie_alike(first: TextureSlot, second: TextureSlot) -> bool:
    """Return whether two textures cover a surface in the same way."""
    return (first.texcoord_set, first.wrap_u, first.wrap_v) == (second.texcoord_set, second.wrap_u, second.wrap_v)


def _converted(
    diffuse: ByteArray, diffuse_factor: Color, specular: ByteArray, specular_factor: Color
) -> tuple[ByteArray, ByteArray]:
    """Return metallic (h, w) and sRGB colour (h, w, 3) of sRGB texels (h, w, 3); diffuse may be (1, 1, 3)."""
    height, width = specular.shape[:2]
    metallic, color = np.empty((height, width), np.uint8), np.empty((height, width, 3), np.uint8)
    diffuse_light, specular_light = (
        linear_table()[:, None] * np.array(factor) for factor in (diffuse_factor, specular_factor)
    )
    diffuse = np.broadcast_to(diffuse, specular.shape)
    rows = max(1, _STRIP_TEXELS // width)
    for top in range(0, height, rows):
        strip = slice(top, top + rows)
        share, light = metallic_and_color(
            _light(diffuse[strip], diffuse_light), _light(specular[strip], specular_light)
        )
        metallic[strip] = np.rint(share * 255).reshape(-1, width)
        color[strip] = srgb_bytes(light).reshape(-1, width, 3)
    return metallic, color


def _light(texels: ByteArray, table: DoubleArray) -> DoubleArray:
    """Return the linear light (k, 3) of texels; table is (256, 3)."""
    return np.stack([table[texels[..., channel].ravel(), channel] for channel in range(3)], axis=1)


def _mean(texels: ByteArray, factor: Color) -> Color:
    """Return the mean linear light of texels, times a factor."""
    red, green, blue = (
        float(linear_table() @ np.bincount(texels[..., channel].ravel(), minlength=256)) / texels[..., 0].size * times
        for channel, times in enumerate(factor)
    )
    return red, green, blue


def _equally_large(
    diffuse: ByteArray, specular: ByteArray, gloss: ByteArray | None
) -> tuple[ByteArray, ByteArray, ByteArray | None]:
    """Scale textures to the size of the one with more texels: a wide and a high one together would make a huge one."""
    height, width = max(diffuse.shape[:2], specular.shape[:2], key=lambda shape: shape[0] * shape[1])

    def scaled(texels: ByteArray) -> ByteArray:
        if texels.shape[:2] == (height, width):
            return texels
        return np.asarray(Image.fromarray(texels).resize((width, height), Image.Resampling.BILINEAR))

    return scaled(diffuse), scaled(specular), None if gloss is None else scaled(gloss)


def _packed(metallic: ByteArray, gloss: ByteArray | None, factor: float) -> ByteArray:
    """Return metallic and roughness as glTF packs them, (h, w, 3)."""
    glossiness = np.full(metallic.shape, 255, np.uint8) if gloss is None else gloss
    roughness = np.rint(255 - np.arange(256) * factor).astype(np.uint8)[glossiness]
    return np.stack([np.full_like(metallic, 255), roughness, metallic], axis=2)


def _replaced(slot: TextureSlot, texels: ByteArray) -> TextureSlot:
    """Return a slot with other texels, encoded without loss."""
    height, width = texels.shape[:2]
    return replace(slot, texture=Texture(slot.texture.name, png.encode(texels, _COMPRESSION), width, height))
