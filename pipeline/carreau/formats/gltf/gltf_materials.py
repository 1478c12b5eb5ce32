"""Read glTF materials: factors, and textures with their sets of texture coordinates.

Metal, roughness and emission are read by `gltf_reflectance`.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carreau.base.messages import Message, message
from carreau.base.model import AlphaMode, Material, Mesh, Texture, TextureSlot, Wrap, hidden
from carreau.formats.gltf.gltf_document import Document, JsonElement, resolve_uri
from carreau.formats.gltf.gltf_reflectance import GLOSSY, Notes, Reflectance, read_reflectance
from carreau.formats.images.image import has_alpha, open_texture

_WRAPS = {33071: Wrap.CLAMP, 33648: Wrap.MIRROR, 10497: Wrap.REPEAT}
_ROUGH_KEYS, _GLOSSY_KEYS = ("baseColorFactor", "baseColorTexture"), ("diffuseFactor", "diffuseTexture")
_IMAGE_EXTENSIONS = ("KHR_texture_basisu", "EXT_texture_webp", "EXT_texture_avif")


@dataclass(frozen=True)
class TexcoordKey:
    """A set of texture coordinates of the file, with the KHR_texture_transform applied to it."""

    source: int
    offset: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)


def texcoord_key(info: JsonElement) -> TexcoordKey:
    """Return the set and transform of a textureInfo. Raises FormatError."""
    own, moved = info.integer("texCoord", 0), info.extension("KHR_texture_transform")
    if moved is None:
        return TexcoordKey(own)
    offset, scale = moved.numbers("offset", 2) or [0.0, 0.0], moved.numbers("scale", 2) or [1.0, 1.0]
    source = moved.integer("texCoord", own)
    return TexcoordKey(source, (offset[0], offset[1]), moved.number("rotation", 0.0), (scale[0], scale[1]))


@dataclass(eq=False)
class MaterialReader:
    """Reads materials one by one, and collects the texture coordinate sets that they share.

    texcoord_keys : the sets used so far, in the order of `Mesh.texcoords`
    warnings : about missing textures, transparent materials, and parts of materials that are left out
    decisions : about factors that are left out
    """

    document: Document
    texcoord_keys: list[TexcoordKey] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    decisions: list[Message] = field(default_factory=list)
    _textures: dict[int, Texture | None] = field(default_factory=dict)

    def read(self, index: int, wanted_by: JsonElement) -> Material:
        """Return a material. Raises FormatError, TextureError, UnsafePathError."""
        element = self.document.root.item("materials", index, wanted_by)
        color, base, is_glow = self._base(element)
        normal, occlusion = element.child("normalTexture"), element.child("occlusionTexture")
        slots = self._slot(base), self._slot(normal), self._slot(occlusion)
        light = Reflectance()
        if not is_glow:
            notes = Notes(self.warnings, self.decisions)
            light = read_reflectance(element, _name(element), self._slot, slots[0], notes)
        if light.colors is not None:
            color, slots = light.colors[0], (light.colors[1], *slots[1:])
        material = Material(
            _name(element),
            color,
            *slots,
            metallic=light.metallic,
            roughness=light.roughness,
            metallic_map=light.texture,
            roughness_map=light.texture,
            emissive_color=light.emissive_color,
            emissive=light.emissive,
            occlusion_strength=min(max(occlusion.number("strength", 1.0), 0.0), 1.0) if occlusion is not None else 1.0,
        )
        return self._cut(element, material)

    def _cut(self, element: JsonElement, material: Material) -> Material:
        """Return a material with its opacity: that of its colour, whichever model of light it is written for."""
        mode = element.text("alphaMode", "OPAQUE")
        if mode not in (AlphaMode.MASK, AlphaMode.BLEND):
            return material
        glossy, rough = element.extension(GLOSSY), element.child("pbrMetallicRoughness")
        holder, keys = (glossy, _GLOSSY_KEYS) if glossy is not None else (rough, _ROUGH_KEYS)
        factor = (holder.numbers(keys[0], 4) if holder is not None else None) or [1.0, 1.0, 1.0, 1.0]
        slot = self._slot(holder.child(keys[1])) if holder is not None else None
        if slot is not None and not has_alpha(slot.texture):
            slot = None
        opacity = min(max(factor[3], 0.0), 1.0)
        cutoff = element.number("alphaCutoff", 0.5) if mode == AlphaMode.MASK else 0.5
        if opacity <= 0 or (mode == AlphaMode.MASK and opacity < cutoff):
            self.warnings.append(hidden(material.name))
            return material
        if mode == AlphaMode.MASK and cutoff <= 0:
            return material
        return dataclasses.replace(
            material, alpha_mode=AlphaMode(mode), alpha_cutoff=cutoff, opacity=opacity, opacity_map=slot
        )

    def _base(self, element: JsonElement) -> tuple[tuple[float, float, float], JsonElement | None, bool]:
        """Return the linear base colour factor, the textureInfo of the base colour, and whether that is emission."""
        glossy = element.extension(GLOSSY)
        rough = element.child("pbrMetallicRoughness")
        if glossy is not None:
            color, info = _color(glossy, "diffuseFactor"), glossy.child("diffuseTexture")
        elif rough is not None:
            color, info = _color(rough, "baseColorFactor"), rough.child("baseColorTexture")
        else:
            color, info = (1.0, 1.0, 1.0), None
        glow = element.child("emissiveTexture")
        is_black = not any(color) and (glossy is None or not glossy.has("specularGlossinessTexture"))
        if info is None and glow is not None and is_black:
            # a black surface that glows is how shadeless scans were written before KHR_materials_unlit
            return _triple(element.numbers("emissiveFactor", 3) or [0.0, 0.0, 0.0]), glow, True
        return color, info, False

    def _slot(self, info: JsonElement | None) -> TextureSlot | None:
        """Return the slot of a textureInfo, or None when there is none or its image is missing."""
        if info is None:
            return None
        texture = self.document.root.item("textures", info.integer("index"), info)
        image = self.image(texture)
        if image is None:
            return None
        wrap_u, wrap_v = self._wraps(texture)
        return TextureSlot(image, self._set(info), wrap_u, wrap_v)

    def _set(self, info: JsonElement) -> int:
        """Return the index in `texcoord_keys` of a textureInfo's set, added when it is new."""
        key = texcoord_key(info)
        if key not in self.texcoord_keys:
            self.texcoord_keys.append(key)
        return self.texcoord_keys.index(key)

    def _wraps(self, texture: JsonElement) -> tuple[Wrap, Wrap]:
        if not texture.has("sampler"):
            return Wrap.REPEAT, Wrap.REPEAT
        sampler = self.document.root.item("samplers", texture.integer("sampler"), texture)
        wraps = [_WRAPS.get(sampler.integer(key, 10497)) for key in ("wrapS", "wrapT")]
        if wraps[0] is None or wraps[1] is None:
            raise sampler.error(message("unknown wrap mode"))
        return wraps[0], wraps[1]

    def image(self, texture: JsonElement) -> Texture | None:
        """Return a texture's image, preferably that of an extension."""
        better = texture.extension(*_IMAGE_EXTENSIONS)
        holder = better if better is not None and better.has("source") else texture
        if not holder.has("source"):
            self.warnings.append(
                message("%(place)s has no image; the colour of the material is used", place=texture.place)
            )
            return None
        index = holder.integer("source")
        if index not in self._textures:
            self._textures[index] = self._open_texture(self.document.root.item("images", index, holder))
        return self._textures[index]

    def _open_texture(self, image: JsonElement) -> Texture | None:
        name = image.text("name") or (image.text("uri") if image.text("uri")[:5] != "data:" else "") or image.place
        if image.has("bufferView"):
            view = self.document.view(image.integer("bufferView"), image)
            return open_texture(name, view.data.tobytes(), self.document.path)
        source = resolve_uri(self.document.path, image.text("uri"), image.place) if image.has("uri") else None
        if source is None:
            self.warnings.append(
                message("the texture '%(name)s' is missing; the colour of the material is used", name=name)
            )
            return None
        if isinstance(source, Path):
            self.document.remember(source)
        return open_texture(name, source, self.document.path)


def _name(element: JsonElement) -> str:
    return element.text("name") or element.place


def _color(element: JsonElement, key: str) -> tuple[float, float, float]:
    return _triple(element.numbers(key, 4) or [1.0, 1.0, 1.0, 1.0])


def _triple(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (min(max(value, 0.0), 1.0) for value in values[:3])
    return red, green, blue


def with_written_factors(mesh: Mesh, glb: bytes) -> Mesh:
    """Return a mesh read from a GLB with metallic and roughness as the file has them.

    The reader of scans takes materials that are not metal for rough, whatever their factors say.
    """
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    written = document.get("materials", [])
    names = [each.get("name", f"materials[{number}]") for number, each in enumerate(written)]
    return dataclasses.replace(
        mesh,
        materials=tuple(
            _with_factors(material, written[names.index(material.name)])
            if names.count(material.name) == 1
            else material
            for material in mesh.materials
        ),
    )


def _with_factors(material: Material, written: dict[str, Any]) -> Material:
    rough = written.get("pbrMetallicRoughness", {})
    if "metallicRoughnessTexture" in rough:
        return material
    metallic, roughness = (float(rough.get(name, 1.0)) for name in ("metallicFactor", "roughnessFactor"))
    return dataclasses.replace(material, metallic=metallic, roughness=roughness)
