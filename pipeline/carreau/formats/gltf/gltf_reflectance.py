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
from dataclasses import dataclass

from carreau.base.messages import Message, Number, message
from carreau.base.model import TextureSlot, emits_its_colors, left_out_of_material
from carreau.formats.gltf.gltf_json import JsonElement
from carreau.formats.gltf.gltf_specular import (
    MetallicRoughness,
    SpecularGlossiness,
    converted_factors,
    converted_maps,
    lie_alike,
)

LEAST_METALLIC = 0.5
"""Least `metallicFactor` that makes a material without a texture a metal."""

UNLIT = "KHR_materials_unlit"
GLOSSY = "KHR_materials_pbrSpecularGlossiness"
_STRENGTH = "KHR_materials_emissive_strength"
_FAMILIES = ("KHR_materials_", "EXT_materials_", "ADOBE_materials_")
_READ = (UNLIT, GLOSSY, _STRENGTH, "KHR_materials_variants", "KHR_materials_ior")
"""Extensions that are not named as left out: read here or elsewhere; an index of refraction is not visible on stone."""

_NEUTRAL: dict[str, tuple[str, float]] = {
    "KHR_materials_clearcoat": ("clearcoatFactor", 0.0),
    "KHR_materials_transmission": ("transmissionFactor", 0.0),
    "KHR_materials_diffuse_transmission": ("diffuseTransmissionFactor", 0.0),
    "KHR_materials_volume": ("thicknessFactor", 0.0),
    "KHR_materials_iridescence": ("iridescenceFactor", 0.0),
    "KHR_materials_anisotropy": ("anisotropyStrength", 0.0),
    "KHR_materials_dispersion": ("dispersion", 0.0),
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
    names = sorted(extensions.members) if extensions is not None else []
    parts = [each for each in names if each.startswith(_FAMILIES) and each not in _READ and _counts(element, each)]
    if not parts:
        return []
    return [left_out_of_material(name, ", ".join(parts))]


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
