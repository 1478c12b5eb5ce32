"""Find the pictures that the materials of an authored scene wear, and what each of them is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.formats.gltf.gltf_document import Document
from pipeline.formats.gltf.gltf_json import Element
from pipeline.formats.gltf.gltf_materials import MaterialReader
from pipeline.formats.gltf_scene.prune import UsedObjects, texture_infos
from pipeline.formats.gltf_scene.scene import Picture
from pipeline.messages import Message

COLORS = (
    "baseColorTexture",
    "emissiveTexture",
    "KHR_materials_sheen.sheenColorTexture",
    "KHR_materials_specular.specularColorTexture",
)
"""Textures that hold sRGB colours; all others hold data, by glTF 2.0 and its extensions."""

ALPHAS = ("KHR_materials_sheen.sheenRoughnessTexture", "KHR_materials_specular.specularTexture")
"""Textures whose alpha channel is read, besides the base colour of a material that is not opaque."""


@dataclass
class _Roles:
    is_color: bool = False
    is_data: bool = False
    has_alpha: bool = False


@dataclass
class SceneTextures:
    """The pictures, and which of them each texture shows.

    sources : by the old index of a texture, the number of its picture; a texture whose image is missing is not here
    """

    pictures: list[Picture] = field(default_factory=list)
    sources: dict[int, int] = field(default_factory=dict)
    warnings: list[Message] = field(default_factory=list)


def textures_of(document: Document, reach: UsedObjects) -> SceneTextures:
    """Return the pictures that reached materials wear. Raises FormatError, TextureError, UnsafePathError."""
    reader, wardrobe = MaterialReader(document), SceneTextures()
    found: dict[int, tuple[int, _Roles]] = {}
    textures, materials = document.root.children("textures"), document.root.children("materials")
    opened = {old: reader.image(textures[old]) for old in reach.kept("textures")}
    for index in reach.kept("materials"):
        for name, info in texture_infos(materials[index]):
            old = info.integer("index")
            texture = opened[old]
            if texture is None:
                continue
            number, roles = found.setdefault(id(texture), (len(found), _Roles()))
            wardrobe.sources[old] = number
            _add(roles, name, materials[index])
    by_id = {id(texture): texture for texture in opened.values() if texture is not None}
    wardrobe.pictures = [Picture(by_id[key], **vars(roles)) for key, (_, roles) in found.items()]
    wardrobe.warnings = reader.warnings
    return wardrobe


def _add(roles: _Roles, name: str, material: Element) -> None:
    roles.is_color |= name in COLORS
    roles.is_data |= name not in COLORS
    is_seen_through = name == "baseColorTexture" and material.text("alphaMode", "OPAQUE") != "OPAQUE"
    roles.has_alpha |= is_seen_through or name in ALPHAS


def replace_textures(tree: dict[str, Any], reach: UsedObjects, wardrobe: SceneTextures) -> None:
    """Let the textures of a renumbered JSON name pictures, and take those out that have none."""
    left: dict[int, int] = {}
    textures: list[dict[str, Any]] = []
    for old in reach.kept("textures"):
        if old in wardrobe.sources:
            known = tree["textures"][reach.number("textures", old)]
            left[old] = len(textures)
            named = {key: known[key] for key in ("sampler", "name") if key in known}
            textures.append({**named, "source": wardrobe.sources[old]})
    tree.pop("textures", None)
    if textures:
        tree["textures"] = textures
    for material in tree.get("materials", ()):
        extensions = material.get("extensions", {})
        for holder in (material, material.get("pbrMetallicRoughness", {}), *extensions.values()):
            for key in [key for key in holder if key.endswith("Texture")]:
                if holder[key]["index"] in left:
                    holder[key]["index"] = left[holder[key]["index"]]
                else:
                    del holder[key]
