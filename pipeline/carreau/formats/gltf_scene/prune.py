"""Select what a scene keeps: the objects of its nodes, numbered anew, and the viewer's extensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carreau.base.messages import message
from carreau.formats.gltf.gltf_document import JsonElement, missing_item

COLLECTIONS = ("nodes", "meshes", "materials", "skins", "textures", "samplers")
VARIANTS, LIGHTS = "KHR_materials_variants", "KHR_lights_punctual"


class UsedObjects:
    """The objects that the nodes of a scene use: old indices by collection.

    `number` returns the new index of a used object.
    """

    def __init__(self, root: JsonElement, roots: Sequence[int]) -> None:
        """Walk the trees of some nodes. Raises FormatError for an index past the end of its list."""
        self._root = root
        self._reached: dict[str, set[int]] = {name: set() for name in COLLECTIONS}
        self._elements = {name: root.children(name) for name in ("nodes", "meshes", "materials", "skins")}
        self.roots = list(roots)
        self._nodes(self.roots, root)
        self._numbers = {
            name: {old: new for new, old in enumerate(sorted(indices))} for name, indices in self._reached.items()
        }

    def used(self, collection: str) -> list[int]:
        """Return the old indices of the used objects of a collection, ascending."""
        return list(self._numbers[collection])

    def has(self, collection: str, old: int) -> bool:
        """Return whether an object is used."""
        return old in self._numbers[collection]

    def number(self, collection: str, old: int) -> int:
        """Return the new index of a used object."""
        return self._numbers[collection][old]

    def _nodes(self, indices: list[int], wanted_by: JsonElement) -> None:
        nodes = self._elements["nodes"]
        waiting = [(index, wanted_by) for index in indices]
        while waiting:
            index, parent = waiting.pop()
            if index >= len(nodes):
                raise parent.error(missing_item("nodes", index))
            if index in self._reached["nodes"]:
                continue
            self._reached["nodes"].add(index)
            node = nodes[index]
            waiting += [(child, node) for child in node.integers("children")]
            if node.has("mesh"):
                self._mesh(self._one("meshes", node.integer("mesh"), node))
            if node.has("skin"):
                skin = self._one("skins", node.integer("skin"), node)
                skeleton = [skin.integer("skeleton")] if skin.has("skeleton") else []
                waiting += [(joint, skin) for joint in (*skin.integers("joints"), *skeleton)]
            light = node.extension(LIGHTS)
            if light is not None:
                holder = self._root.extension(LIGHTS)
                if holder is None:
                    raise light.error(message("the file has no lights"))
                holder.item("lights", light.integer("light"), light)

    def _one(self, collection: str, index: int, wanted_by: JsonElement) -> JsonElement:
        """Return an object, and mark it as used."""
        element = self._root.item(collection, index, wanted_by)
        self._reached[collection].add(index)
        return element

    def _mesh(self, mesh: JsonElement) -> None:
        if not mesh.children("primitives"):
            raise mesh.error(message("the mesh has no primitives"))
        for primitive in mesh.children("primitives"):
            for index, holder in material_users(primitive):
                material = self._one("materials", index, holder)
                for _, info in texture_infos(material):
                    texture = self._one("textures", info.integer("index"), info)
                    if texture.has("sampler"):
                        self._one("samplers", texture.integer("sampler"), texture)


def material_users(primitive: JsonElement) -> Iterator[tuple[int, JsonElement]]:
    """Yield the index of each material that a primitive has, its variants' too, and the object that names it."""
    if primitive.has("material"):
        yield primitive.integer("material"), primitive
    variants = primitive.extension(VARIANTS)
    for mapping in variants.children("mappings") if variants is not None else ():
        yield mapping.integer("material"), mapping


def texture_infos(material: JsonElement) -> Iterator[tuple[str, JsonElement]]:
    """Yield the name and the textureInfo of each texture of a material, those of its extensions too."""
    for name, holder in _holders(material):
        for key in holder.members:
            if key.endswith("Texture") and holder.has(key):
                info = holder.child(key)
                if info is not None:
                    yield f"{name}{key}", info


def _holders(material: JsonElement) -> Iterator[tuple[str, JsonElement]]:
    yield "", material
    rough = material.child("pbrMetallicRoughness")
    if rough is not None:
        yield "", rough
    extensions = material.child("extensions")
    for name in extensions.members if extensions is not None else ():
        inner = extensions.child(name) if extensions is not None else None
        if inner is not None:
            yield f"{name}.", inner


def renumber(tree: dict[str, Any], reach: UsedObjects) -> None:
    """Keep only used objects in a glTF's JSON, with new indices; textures and animations are left unchanged."""
    for name in COLLECTIONS:
        elements = [tree[name][old] for old in reach.used(name)]
        tree.pop(name, None)
        if elements:
            tree[name] = elements
    for node in tree.get("nodes", ()):
        _replace(node, "mesh", "meshes", reach)
        _replace(node, "skin", "skins", reach)
        node.pop("camera", None)
        if "children" in node:
            node["children"] = [reach.number("nodes", child) for child in node["children"]]
            if not node["children"]:
                del node["children"]
    for skin in tree.get("skins", ()):
        skin["joints"] = [reach.number("nodes", joint) for joint in skin["joints"]]
        _replace(skin, "skeleton", "nodes", reach)
    for mesh in tree.get("meshes", ()):
        for primitive in mesh["primitives"]:
            _replace(primitive, "material", "materials", reach)
            for mapping in primitive.get("extensions", {}).get(VARIANTS, {}).get("mappings", ()):
                _replace(mapping, "material", "materials", reach)
    for texture in tree.get("textures", ()):
        _replace(texture, "sampler", "samplers", reach)
    tree["scenes"] = [{**_scene(tree), "nodes": [reach.number("nodes", index) for index in reach.roots]}]
    tree["scene"] = 0
    for gone in ("cameras", "images", "accessors", "bufferViews", "buffers", "asset", "extensionsUsed"):
        tree.pop(gone, None)
    tree.pop("extensionsRequired", None)


def _scene(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the name and extras of the default scene."""
    scenes = tree.get("scenes") or [{}]
    return {key: value for key, value in scenes[tree.get("scene", 0)].items() if key in ("name", "extras")}


def _replace(holder: dict[str, Any], key: str, collection: str, reach: UsedObjects) -> None:
    if key in holder:
        holder[key] = reach.number(collection, int(holder[key]))


RESOLVED = frozenset(
    {
        "KHR_draco_mesh_compression",
        "EXT_meshopt_compression",
        "KHR_meshopt_compression",
        "KHR_mesh_quantization",
        "KHR_texture_basisu",
        "EXT_texture_webp",
        "EXT_texture_avif",
    }
)
"""Compression and image formats: decoded when the scene is read, and chosen anew for each level."""

KEPT = frozenset(
    {
        "EXT_materials_bump",
        "KHR_lights_punctual",
        "KHR_materials_anisotropy",
        "KHR_materials_clearcoat",
        "KHR_materials_dispersion",
        "KHR_materials_emissive_strength",
        "KHR_materials_ior",
        "KHR_materials_iridescence",
        "KHR_materials_sheen",
        "KHR_materials_specular",
        "KHR_materials_transmission",
        "KHR_materials_unlit",
        "KHR_materials_variants",
        "KHR_materials_volume",
        "KHR_texture_transform",
        "KHR_xmp_json_ld",
    }
)


def keep_known(tree: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Remove extensions outside `KEPT` from a glTF's JSON; return the names of those kept, and of those removed.

    `RESOLVED` ones are in neither. `extras` are not searched.
    """
    kept, dropped = set[str](), set[str]()
    waiting: list[Any] = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            extensions = value.get("extensions")
            if isinstance(extensions, dict):
                dropped |= set(extensions) - KEPT - RESOLVED
                value["extensions"] = {name: inner for name, inner in extensions.items() if name in KEPT}
                kept |= set(value["extensions"])
                if not value["extensions"]:
                    del value["extensions"]
            waiting += [inner for key, inner in value.items() if key != "extras"]
    return sorted(kept), sorted(dropped)
