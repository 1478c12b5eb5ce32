"""Read how a glTF material reflects and emits light, and name what is left out of it.

A material without `metallicFactor` is metal by the standard's default, which a scanning program hardly ever means: it
wrote no factor at all. So factors count as follows:

| in the file | read as |
|---|---|
| a metallic-roughness texture | its channels times the factors, 1 where there is none |
| no texture, `metallicFactor` of at least 0.5 | metal of that roughness |
| no texture, no `metallicFactor`, `roughnessFactor` below 1 | metal: an exporter that leaves defaults out |
| no texture, neither factor | neither metallic nor glossy |
| no texture, `metallicFactor` below 0.5 | neither: exporters write 0 and 0.5, or 0.1 and 0.8, for every scan |

`KHR_materials_pbrSpecularGlossiness` is converted by `gltf_specular`, where it has a specular map or a colour that no
texture gives. Factors beside a diffuse texture alone are left out as those above: the standard's default of 1 would be
a mirror, which hides the texture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from carreau.base.messages import Message, Number, join_messages, message
from carreau.base.model import ByteArray, DoubleArray, Texture, TextureSlot, emits_its_colors, left_out_of_material
from carreau.formats.gltf.gltf_document import JsonElement
from carreau.formats.gltf.gltf_extensions import Use, find_row
from carreau.formats.images import image_codecs
from carreau.formats.images.image import decode, decode_alpha
from carreau.formats.images.image_codecs import linear_table, srgb_bytes

LEAST_METALLIC = 0.5
"""Least `metallicFactor` that makes a material without a texture a metal."""

UNLIT = "KHR_materials_unlit"
GLOSSY = "KHR_materials_pbrSpecularGlossiness"
_STRENGTH = "KHR_materials_emissive_strength"

_NEUTRAL: dict[str, tuple[str, float]] = {
    "KHR_materials_clearcoat": ("clearcoatFactor", 0.0),
    "KHR_materials_transmission": ("transmissionFactor", 0.0),
    "KHR_materials_diffuse_transmission": ("diffuseTransmissionFactor", 0.0),
    "KHR_materials_volume": ("thicknessFactor", 0.0),
    "KHR_materials_iridescence": ("iridescenceFactor", 0.0),
    "KHR_materials_anisotropy": ("anisotropyStrength", 0.0),
    "KHR_materials_dispersion": ("dispersion", 0.0),
    "KHR_materials_ior": ("ior", 1.5),
    "KHR_materials_specular": ("specularFactor", 1.0),
}
"""The factor of each extension, and the default at which it changes nothing."""


@dataclass(frozen=True)
class Notes:
    """Messages about the materials of a file: `warnings` need attention, `decisions` do not."""

    warnings: list[Message]
    decisions: list[Message]


SlotOf = Callable[[JsonElement | None], TextureSlot | None]


@dataclass(frozen=True, eq=False)
class Reflectance:
    """Metal, roughness and emission of a material, as fields of `carreau.base.model.Material` have them.

    colors : base colour and its texture, where the conversion of a specular-glossiness material changes them
    """

    metallic: float = 0.0
    roughness: float = 1.0
    texture: TextureSlot | None = None
    emissive_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emissive: TextureSlot | None = None
    colors: tuple[tuple[float, float, float], TextureSlot | None] | None = None


def read_reflectance(
    element: JsonElement, name: str, slot_of: SlotOf, base: TextureSlot | None, notes: Notes
) -> Reflectance:
    """Return the reflectance of a material, and note each part that is left out. Raises FormatError, TextureError."""
    if element.extension(UNLIT) is not None:
        return Reflectance()
    notes.warnings.extend(_left_out(element, name))
    color, texture = _emission(element, name, slot_of, base, notes)
    glossy = element.extension(GLOSSY)
    if glossy is not None:
        converted = _from_specular(glossy, name, slot_of, base, notes)
        colors = converted.base_color, converted.base
        return Reflectance(converted.metallic, converted.roughness, converted.surface, color, texture, colors)
    metallic, roughness, surface = _metallic_roughness(element, name, slot_of, notes)
    return Reflectance(metallic, roughness, surface, color, texture)


def _from_specular(
    glossy: JsonElement, name: str, slot_of: SlotOf, base: TextureSlot | None, notes: Notes
) -> MetallicRoughness:
    """Return a specular-glossiness material converted; matt, in its diffuse colour, where its gloss is left out."""
    red, green, blue = map(_share, (glossy.numbers("diffuseFactor", 4) or [1.0] * 4)[:3])
    r, g, b = map(_share, glossy.numbers("specularFactor", 3) or [1.0] * 3)
    material = SpecularGlossiness((red, green, blue), (r, g, b), _share(glossy.number("glossinessFactor", 1.0)), base)
    matt = MetallicRoughness(material.diffuse, base, 0.0, 1.0)
    info = glossy.child("specularGlossinessTexture")
    if info is not None:
        specular_map = slot_of(info)
        if specular_map is None:
            return matt
        notes.decisions.append(
            message("the material '%(name)s' is converted from specular-glossiness to metallic-roughness", name=name)
        )
        if base is not None and not lie_alike(base, specular_map):
            notes.warnings.append(
                message(
                    "the specular texture of the material '%(name)s' lies differently from the diffuse one; its "
                    "colour is the diffuse one, also on metal",
                    name=name,
                )
            )
        return converted_maps(material, specular_map)
    # Without a map, factors count only where they say that it is metal without a texture; else they tend to be a
    # default of the program that wrote the file.
    if not glossy.has("specularFactor"):
        return matt
    converted = converted_factors(material)
    if not glossy.has("diffuseTexture") and converted.metallic >= LEAST_METALLIC:
        return converted
    if any(material.specular):
        notes.decisions.append(
            message(
                "the material '%(name)s' has no specular map; its specular and gloss factors are taken as defaults of "
                "the program that wrote it, and left out",
                name=name,
            )
        )
    return matt


def _metallic_roughness(
    element: JsonElement, name: str, slot_of: SlotOf, notes: Notes
) -> tuple[float, float, TextureSlot | None]:
    rough = element.child("pbrMetallicRoughness")
    if rough is None:
        return 0.0, 1.0, None
    metallic, roughness = (_share(rough.number(key, 1.0)) for key in ("metallicFactor", "roughnessFactor"))
    info = rough.child("metallicRoughnessTexture")
    if info is not None:
        texture = slot_of(info)
        return (metallic, roughness, texture) if texture is not None else (0.0, 1.0, None)
    is_metal = metallic >= LEAST_METALLIC and (rough.has("metallicFactor") or roughness < 1)
    if is_metal:
        return metallic, roughness, None
    if rough.has("metallicFactor") and (metallic > 0 or roughness < 1):
        notes.decisions.append(_factors_left_out(name, metallic, roughness))
    return 0.0, 1.0, None


def _factors_left_out(name: str, metallic: float, roughness: float) -> Message:
    return message(
        "the material '%(name)s' has no map of metal or roughness; its factors (metallic %(metallic)s, roughness "
        "%(roughness)s) are taken as defaults of the program that wrote it, and left out",
        name=name,
        metallic=Number(metallic, ".2g"),
        roughness=Number(roughness, ".2g"),
    )


def _emission(
    element: JsonElement, name: str, slot_of: SlotOf, base: TextureSlot | None, notes: Notes
) -> tuple[tuple[float, float, float], TextureSlot | None]:
    """Return the linear emissive colour and its texture; a strength above 1 is cut, as screens cut it."""
    color = element.numbers("emissiveFactor", 3) or [0.0, 0.0, 0.0]
    if not any(color):
        return (0.0, 0.0, 0.0), None
    strength = element.extension(_STRENGTH)
    times = strength.number("emissiveStrength", 1.0) if strength is not None else 1.0
    red, green, blue = (value * max(times, 0.0) for value in color)
    if max(red, green, blue) > 1:
        notes.warnings.append(
            message("the material '%(name)s' emits more light than a screen has; it is cut", name=name)
        )
    info = element.child("emissiveTexture")
    texture = slot_of(info)
    if info is not None and texture is None:
        return (0.0, 0.0, 0.0), None
    if texture is not None and base is not None and texture.texture is base.texture:
        notes.warnings.append(emits_its_colors(name))
        return (0.0, 0.0, 0.0), None
    return (_share(red), _share(green), _share(blue)), texture


def _left_out(element: JsonElement, name: str) -> list[Message]:
    """Return a warning that names the extensions that change the material and are not read."""
    extensions = element.child("extensions")
    rows = [find_row(each) for each in sorted(extensions.members)] if extensions is not None else []
    parts = [
        message("%(extension)s (%(effect)s)", extension=row.name[:60], effect=row.effect)
        for row in rows
        if row.is_of_materials and row.scans is Use.LEFT_OUT and _counts(element, row.name)
    ]
    return [left_out_of_material(name, join_messages(parts, ", "))] if parts else []


def _counts(element: JsonElement, extension: str) -> bool:
    """Return whether an extension changes anything: exporters write some with neutral factors."""
    part = element.extension(extension)
    if part is None or any(key.endswith("Texture") for key in part.members):
        return part is not None
    if extension in ("KHR_materials_sheen", "KHR_materials_specular"):
        key, neutral = ("sheenColorFactor", 0.0) if extension.endswith("sheen") else ("specularColorFactor", 1.0)
        if any(value != neutral for value in part.numbers(key, 3) or [neutral]):
            return True
        if extension.endswith("sheen"):
            return False
    key, neutral = _NEUTRAL.get(extension, ("", 0.0))
    return not key or part.number(key, neutral) != neutral


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


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
    metallic, color = _convert(diffuse, diffuse_factor, specular, material.specular)
    surface = _replace(specular_map, _pack(metallic, gloss, material.glossiness))
    if not metallic.any() or (diffuse_map is not None and not lie_alike(diffuse_map, specular_map)):
        return MetallicRoughness(material.diffuse, diffuse_map, surface=surface)
    return MetallicRoughness((1.0, 1.0, 1.0), _replace(diffuse_map or specular_map, color), surface=surface)


def lie_alike(first: TextureSlot, second: TextureSlot) -> bool:
    """Return whether two textures cover a surface in the same way."""
    return (first.texcoord_set, first.wrap_u, first.wrap_v) == (second.texcoord_set, second.wrap_u, second.wrap_v)


def _convert(
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

    def scale(texels: ByteArray) -> ByteArray:
        if texels.shape[:2] == (height, width):
            return texels
        return np.asarray(Image.fromarray(texels).resize((width, height), Image.Resampling.BILINEAR))

    return scale(diffuse), scale(specular), None if gloss is None else scale(gloss)


def _pack(metallic: ByteArray, gloss: ByteArray | None, factor: float) -> ByteArray:
    """Return metallic and roughness as glTF packs them, (h, w, 3)."""
    glossiness = np.full(metallic.shape, 255, np.uint8) if gloss is None else gloss
    roughness = np.rint(255 - np.arange(256) * factor).astype(np.uint8)[glossiness]
    return np.stack([np.full_like(metallic, 255), roughness, metallic], axis=2)


def _replace(slot: TextureSlot, texels: ByteArray) -> TextureSlot:
    """Return a slot with other texels, encoded without loss."""
    height, width = texels.shape[:2]
    return replace(
        slot, texture=Texture(slot.texture.name, image_codecs.encode_png(texels, _COMPRESSION), width, height)
    )
