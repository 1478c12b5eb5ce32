"""Add a scan's materials to a GLB with their own textures, each once."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib
from PIL import Image

from carreau.base.messages import Message, message
from carreau.base.model import AlphaMode, ByteArray, EncodedImage, Material, Texture, TextureSlot, Wrap
from carreau.formats.images import image_codecs
from carreau.formats.images.image import decode, decode_opacity, has_alpha
from carreau.formats.writers.glb import GlbWriter

_WRAPS = {Wrap.REPEAT: 10497, Wrap.CLAMP: 33071, Wrap.MIRROR: 33648}


_Key = tuple[str, Path | bytes, int, int]


def list_slots(material: Material) -> dict[str, TextureSlot]:
    """Return the slots that a material fills, by name; metal and roughness are one, "metallic_roughness"."""
    slots = {name: slot for name, slot in material.slots.items() if not name.endswith("_map")}
    surface, base = metallic_roughness_slot(material), _cut_slot(material)
    slots |= {} if base is None else {"base": base}
    return slots if surface is None else {**slots, "metallic_roughness": surface}


def _mode(material: Material) -> AlphaMode:
    return material.alpha_mode if material.kept_mode is None else material.kept_mode


def _cut_slot(material: Material) -> TextureSlot | None:
    """Return the base colour with the material's opacity as its alpha; None where it has that, or there is none.

    A map of opacity that lies otherwise than the colours do is laid as these are.
    """
    own, opacity = material.base, material.opacity_map
    if opacity is None or _mode(material) == AlphaMode.OPAQUE:
        return None
    is_own = own is not None and own.texture.data == opacity.texture.data
    if own is not None and is_own and has_alpha(own.texture) and source_image(own.texture).note is None:
        return None
    return replace(own or opacity, texture=_cut_image(None if own is None else _key(own), _key(opacity)))


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
            note = _describe_joined(texture) if isinstance(texture, JoinedTexture) else source.note
            size = len(source.image.data)
            self.carried.append(EmbeddedTexture(texture.name, source.image.media_type, size, note is None))
            self.notes += [note] if note is not None else []
            self._images[key] = len(writer.model.images) - 1
        return self._images[key]


def _material(material: Material, infos: Mapping[str, dict[str, Any]]) -> pygltflib.Material:
    mode = _mode(material)
    is_opaque = mode == AlphaMode.OPAQUE
    opacity = 1.0 if is_opaque else float(material.opacity)
    is_white = material.base_color == (1.0, 1.0, 1.0) and opacity == 1
    rough = pygltflib.PbrMetallicRoughness(
        baseColorFactor=None if is_white else [*(float(part) for part in material.base_color), opacity],
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
        alphaMode=None if is_opaque else mode.value,
        alphaCutoff=float(material.alpha_cutoff) if mode == AlphaMode.MASK else None,
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


def _describe_joined(texture: JoinedTexture) -> Message:
    if isinstance(texture, CutTexture):
        return message("'%(name)s': colour and opacity are stored as one PNG, as glTF requires", name=texture.name)
    return message("'%(name)s': metal and roughness are stored as one PNG, as glTF requires", name=texture.name)


class JoinedTexture(Texture):
    """An image made of two of the scan's."""


class CutTexture(JoinedTexture):
    """One of colour and opacity."""


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
    return replace(
        first, texture=_joined_image(*(None if slot is None else _key(slot) for slot in (metallic, roughness)))
    )


@lru_cache(maxsize=4)
def _cut_image(base: _Key | None, opacity: _Key) -> CutTexture:
    alpha = decode_opacity(Texture(*opacity))
    color = np.full((*alpha.shape, 3), 255, np.uint8) if base is None else decode(Texture(*base))
    height, width, _ = color.shape
    resized = np.asarray(Image.fromarray(alpha).resize((width, height), Image.Resampling.BILINEAR))
    is_one = base is None or base[1] == opacity[1]
    name = opacity[0] if base is None or is_one else f"{base[0]} + {opacity[0]}"
    return CutTexture(name, image_codecs.encode_png(np.dstack([color, resized])), width, height)


def _key(slot: TextureSlot) -> _Key:
    """Return a texture by its value: the cache gives each slot one of its own."""
    texture = slot.texture
    return texture.name, texture.data, texture.width, texture.height


@lru_cache(maxsize=4)
def _joined_image(metallic: _Key | None, roughness: _Key | None) -> JoinedTexture:
    images = [None if key is None else decode(Texture(*key)) for key in (metallic, roughness)]
    width, height = (max(image.shape[axis] for image in images if image is not None) for axis in (1, 0))
    blue, green = (
        np.full((height, width), 255, np.uint8) if image is None else _channel(image, channel, width, height)
        for image, channel in zip(images, (2, 1), strict=True)
    )
    joined = np.stack([np.full_like(green, 255), green, blue], axis=2)
    name = " + ".join(key[0] for key in (roughness, metallic) if key is not None)
    return JoinedTexture(name, image_codecs.encode_png(joined), width, height)


def _channel(image: ByteArray, channel: int, width: int, height: int) -> ByteArray:
    picture = Image.fromarray(np.ascontiguousarray(image[:, :, channel]))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


@dataclass(frozen=True)
class SourceImage:
    """A texture in a type that plain glTF allows.

    note : how it was converted; None when its bytes are those of the scan
    """

    image: EncodedImage
    note: Message | None = None


def source_image(texture: Texture) -> SourceImage:
    """Return a JPEG or PNG untouched, and anything else as PNG of 8 bits a channel.

    Raises TextureError when an image that has to be decoded is broken.
    """
    data = texture.data if isinstance(texture.data, bytes) else texture.data.read_bytes()
    media_type = next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), "")
    if media_type and not _is_for_print(data):
        return SourceImage(EncodedImage(data, media_type))
    note = message(
        "the texture '%(name)s' is stored as PNG with 8 bits per channel, because glTF does not support its type",
        name=texture.name,
    )
    return SourceImage(EncodedImage(image_codecs.encode_png(decode(texture)), image_codecs.PNG_TYPE), note)


def _is_for_print(data: bytes) -> bool:
    """Return whether an image is CMYK, which browsers and engines show in wrong colours."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.mode == "CMYK"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
