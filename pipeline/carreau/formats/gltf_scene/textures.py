"""The images that the materials of an authored scene use, and their roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carreau.base.messages import Message
from carreau.formats.gltf.gltf_document import Document
from carreau.formats.gltf.gltf_json import JsonElement
from carreau.formats.gltf.gltf_materials import MaterialReader
from carreau.formats.gltf_scene.prune import UsedObjects, texture_infos
from carreau.formats.gltf_scene.scene import SceneImage

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
    """The images, and the image of each texture.

    sources : by the old index of a texture, the number of its picture; a texture whose image is missing is not here
    """

    pictures: list[SceneImage] = field(default_factory=list)
    sources: dict[int, int] = field(default_factory=dict)
    warnings: list[Message] = field(default_factory=list)


def textures_of(document: Document, reach: UsedObjects) -> SceneTextures:
    """Return the images of the materials in use. Raises FormatError, TextureError, UnsafePathError."""
    reader, result = MaterialReader(document), SceneTextures()
    numbered: dict[int, tuple[int, _Roles]] = {}
    textures, materials = document.root.children("textures"), document.root.children("materials")
    opened = {old: reader.image(textures[old]) for old in reach.used("textures")}
    for index in reach.used("materials"):
        for name, info in texture_infos(materials[index]):
            old = info.integer("index")
            texture = opened[old]
            if texture is None:
                continue
            number, roles = numbered.setdefault(id(texture), (len(numbered), _Roles()))
            result.sources[old] = number
            _add(roles, name, materials[index])
    by_id = {id(texture): texture for texture in opened.values() if texture is not None}
    result.pictures = [SceneImage(by_id[key], **vars(roles)) for key, (_, roles) in numbered.items()]
    result.warnings = reader.warnings
    return result


def _add(roles: _Roles, name: str, material: JsonElement) -> None:
    roles.is_color |= name in COLORS
    roles.is_data |= name not in COLORS
    is_seen_through = name == "baseColorTexture" and material.text("alphaMode", "OPAQUE") != "OPAQUE"
    roles.has_alpha |= is_seen_through or name in ALPHAS


def replace_textures(tree: dict[str, Any], reach: UsedObjects, result: SceneTextures) -> None:
    """Point the textures of a renumbered JSON to images, and remove those without one."""
    left: dict[int, int] = {}
    textures: list[dict[str, Any]] = []
    for old in reach.used("textures"):
        if old in result.sources:
            old_texture = tree["textures"][reach.number("textures", old)]
            left[old] = len(textures)
            named = {key: old_texture[key] for key in ("sampler", "name") if key in old_texture}
            textures.append({**named, "source": result.sources[old]})
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
