"""Add a scan's materials to a GLB with their own textures, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygltflib

from carreau.base.messages import Message, message
from carreau.base.model import Material, Texture, TextureSlot, Wrap
from carreau.formats.writers.glb import GlbWriter
from carreau.formats.writers.joined_maps import JoinedTexture, metallic_roughness_slot
from carreau.formats.writers.source_image import source_image

_WRAPS = {Wrap.REPEAT: 10497, Wrap.CLAMP: 33071, Wrap.MIRROR: 33648}


def slots_of(material: Material) -> dict[str, TextureSlot]:
    """Return the slots that a material fills, by name; metal and roughness are one, "metallic_roughness"."""
    slots = {name: slot for name, slot in material.slots.items() if not name.endswith("_map")}
    surface = metallic_roughness_slot(material)
    return slots if surface is None else {**slots, "metallic_roughness": surface}


@dataclass(frozen=True)
class EmbeddedTexture:
    """A texture in the file: its name in the scan, its type and bytes there, and whether they are the scan's own."""

    name: str
    media_type: str
    size_bytes: int
    is_untouched: bool


class GlbTextures:
    """Materials, textures and images added so far.

    carried : the images, in the order of the file
    notes : one for each that had to be converted
    """

    def __init__(self) -> None:
        """Start without any."""
        self.carried: list[EmbeddedTexture] = []
        self.notes: list[Message] = []
        self._materials: dict[tuple[int, bool], int] = {}
        self._images: dict[Path | bytes, int] = {}
        self._textures: dict[tuple[int, int], int] = {}
        self._samplers: dict[tuple[Wrap, Wrap], int] = {}

    def material(
        self, writer: GlbWriter, material: Material, slots: Mapping[str, TextureSlot], sets: Sequence[int]
    ) -> int:
        """Return the material's index in the file.

        slots : its slots, or none for faces that show its colour alone
        sets : the texture coordinate sets of those faces, in the order of the file's
        """
        key = id(material), bool(slots)
        if key not in self._materials:
            infos = {
                name: {"index": self._texture(writer, slot), "texCoord": sets.index(slot.texcoord_set) or None}
                for name, slot in slots.items()
            }
            writer.model.materials.append(_material(material, infos))
            self._materials[key] = len(writer.model.materials) - 1
        return self._materials[key]

    def _texture(self, writer: GlbWriter, slot: TextureSlot) -> int:
        wraps = slot.wrap_u, slot.wrap_v
        if wraps not in self._samplers:
            sampler = pygltflib.Sampler(
                magFilter=9729, minFilter=9987, wrapS=_WRAPS[slot.wrap_u], wrapT=_WRAPS[slot.wrap_v]
            )
            writer.model.samplers.append(sampler)
            self._samplers[wraps] = len(writer.model.samplers) - 1
        key = self._image(writer, slot.texture), self._samplers[wraps]
        if key not in self._textures:
            writer.model.textures.append(pygltflib.Texture(source=key[0], sampler=key[1]))
            self._textures[key] = len(writer.model.textures) - 1
        return self._textures[key]

    def _image(self, writer: GlbWriter, texture: Texture) -> int:
        key = texture.data  # the cache gives each slot a texture of its own
        if key not in self._images:
            source = source_image(texture)
            image = pygltflib.Image(
                name=texture.name, mimeType=source.image.media_type, bufferView=writer.view(source.image.data)
            )
            writer.model.images.append(image)
            note = _joined(texture) if isinstance(texture, JoinedTexture) else source.note
            size = len(source.image.data)
            self.carried.append(EmbeddedTexture(texture.name, source.image.media_type, size, note is None))
            self.notes += [note] if note is not None else []
            self._images[key] = len(writer.model.images) - 1
        return self._images[key]


def _material(material: Material, infos: Mapping[str, dict[str, Any]]) -> pygltflib.Material:
    is_white = material.base_color == (1.0, 1.0, 1.0)
    rough = pygltflib.PbrMetallicRoughness(
        baseColorFactor=None if is_white else [*(float(part) for part in material.base_color), 1.0],
        metallicFactor=float(material.metallic),
        roughnessFactor=float(material.roughness),
        baseColorTexture=pygltflib.TextureInfo(**infos["base"]) if "base" in infos else None,
    )
    if "metallic_roughness" in infos:
        rough.metallicRoughnessTexture = pygltflib.TextureInfo(**infos["metallic_roughness"])
    has_emission = any(material.emissive_color)
    result = pygltflib.Material(
        name=material.name or None,
        pbrMetallicRoughness=rough,
        emissiveFactor=[float(part) for part in material.emissive_color] if has_emission else None,
        alphaMode=None,
        doubleSided=True,
    )
    if "emissive" in infos and has_emission:
        result.emissiveTexture = pygltflib.TextureInfo(**infos["emissive"])
    if "normal" in infos:
        result.normalTexture = pygltflib.NormalMaterialTexture(**infos["normal"], scale=None)
    if "occlusion" in infos:
        result.occlusionTexture = pygltflib.OcclusionTextureInfo(**infos["occlusion"], strength=_strength(material))
    return result


def _strength(material: Material) -> float | None:
    return float(material.occlusion_strength) if material.occlusion_strength != 1 else None


def _joined(texture: Texture) -> Message:
    return message("'%(name)s': metal and roughness are stored as one PNG, as glTF requires", name=texture.name)
