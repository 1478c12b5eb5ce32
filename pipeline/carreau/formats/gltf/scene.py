"""The authored scene: the JSON as its author wrote it, with arrays and images beside it, and what of it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import Message, message
from carreau.base.model import FloatArray, Texture
from carreau.formats.gltf.gltf_document import JsonElement, missing_item

TrackKind = Literal["time", "translation", "rotation", "scale", "weights", "matrix"]
TRIANGLES = 4
"""glTF's mode of a primitive that is a list of triangles."""


@dataclass(frozen=True, eq=False)
class Shape:
    """The vertices of one primitive, with what joins them.

    attributes : by glTF's names, each (n, w): float32; JOINTS_* uint16; COLOR_* uint16, 65535 is 1
    targets : of the morph targets, what each adds to "POSITION", "NORMAL" and "TANGENT", (n, 3) float32
    indices : (k,) uint32, of triangles where the mode is `TRIANGLES`
    mode : glTF's number: points, lines, a line's loop or strip, or triangles
    scale : largest factor between its lengths and those of the world
    """

    attributes: dict[str, NDArray[Any]]
    targets: tuple[dict[str, FloatArray], ...]
    indices: NDArray[np.uint32]
    mode: int = TRIANGLES
    scale: float = 1.0

    @property
    def triangles(self) -> int:
        """Return the number of triangles, 0 for points and lines."""
        return len(self.indices) // 3 if self.mode == TRIANGLES else 0


@dataclass(frozen=True, eq=False)
class Track:
    """The numbers of an animation's sampler, or of a skin.

    values : (n, w) float32
    kind : what they are: seconds, what a channel sets, or inverse bind matrices
    is_cubic : whether there are three a keyframe, two of them tangents
    """

    values: FloatArray
    kind: TrackKind
    is_cubic: bool = False


@dataclass(frozen=True, eq=False)
class SceneImage:
    """One image of the scene.

    texture : not decoded yet
    is_color : whether any material takes it for colours; else its channels are data
    is_data : whether any takes it for data
    has_alpha : whether the alpha channel means something to any of them
    """

    texture: Texture
    is_color: bool
    is_data: bool
    has_alpha: bool


@dataclass(frozen=True)
class ClipFacts:
    """Facts about one animation, for the report.

    name : as the author wrote it; its number where it has none
    number : among the animations of the source, which may have others that move nothing shown
    duration_s : the last of its keyframes
    """

    name: str
    number: int
    duration_s: float
    channels: int


@dataclass(frozen=True)
class AuthoredFacts:
    """Facts about an authored scene.

    joints : of all skins together
    morph_targets : of all meshes together
    extensions : that are kept
    """

    clips: tuple[ClipFacts, ...] = ()
    skins: int = 0
    joints: int = 0
    morph_targets: int = 0
    nodes: int = 0
    named_nodes: tuple[str, ...] = ()
    materials: int = 0
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Authored:
    """An authored scene, without anything that its scenes do not show.

    text : glTF's JSON without asset, buffers, views, accessors and images; what named an accessor names an item of
        `shapes` ("shape" of a primitive) or `tracks`, and a texture's source one of `pictures`
    warnings : what was left out
    """

    text: str
    shapes: tuple[Shape, ...]
    tracks: tuple[Track, ...]
    pictures: tuple[SceneImage, ...]
    facts: AuthoredFacts
    copyright: str = ""
    warnings: tuple[Message, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON, open for any change."""
        document: dict[str, Any] = json.loads(self.text)
        return document

    @property
    def counts(self) -> tuple[int, ...]:
        """Return the number of times that each shape is drawn."""
        document = self.document()
        drawn = [0] * len(self.shapes)
        meshes = document.get("meshes", [])
        for node in document.get("nodes", []):
            for primitive in meshes[node["mesh"]]["primitives"] if "mesh" in node else ():
                drawn[primitive["shape"]] += 1
        return tuple(drawn)

    @property
    def triangles(self) -> int:
        """Return the number of triangles drawn; those of a mesh on two nodes count twice."""
        return sum(shape.triangles * times for shape, times in zip(self.shapes, self.counts, strict=True))


def scale_roots(document: dict[str, Any], scale: float, **about: str) -> None:
    """Hang the scenes of a glTF's JSON on one node with a scale.

    Meshes with a skin stay roots, as glTF wants them: they follow their joints, which are scaled, and nothing else.

    about : more of the node, such as its name
    """
    nodes = document.setdefault("nodes", [])
    for scene in document.get("scenes", []):
        if scene.get("nodes"):
            placed, skinned = _apart(document, scene["nodes"])
            nodes.append({**about, "scale": [scale] * 3, "children": placed})
            scene["nodes"] = [len(nodes) - 1, *skinned]


def _apart(document: dict[str, Any], roots: list[int]) -> tuple[list[int], list[int]]:
    """Return the roots that a scale moves, and those with a skin, which must not have a parent.

    A root that has a skin and also moves other nodes gives its mesh to a new root.
    """
    nodes = document["nodes"]
    joints = {joint for skin in document.get("skins", []) for joint in skin["joints"]}
    placed, skinned = [], []
    for root in roots:
        node = nodes[root]
        if "skin" not in node:
            placed.append(root)
        elif not node.get("children") and root not in joints:
            skinned.append(root)
        else:
            placed.append(root)
            skinned.append(len(nodes))
            nodes.append({key: node.pop(key) for key in ("mesh", "skin", "weights") if key in node})
            _retarget_weights(document, root, skinned[-1])
    return placed, skinned


def _retarget_weights(document: dict[str, Any], old: int, new: int) -> None:
    """Point the animations of a node's morph targets to another node."""
    for animation in document.get("animations", []):
        for channel in animation["channels"]:
            if channel["target"].get("node") == old and channel["target"]["path"] == "weights":
                channel["target"]["node"] = new


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
        _renumber_key(node, "mesh", "meshes", reach)
        _renumber_key(node, "skin", "skins", reach)
        node.pop("camera", None)
        if "children" in node:
            node["children"] = [reach.number("nodes", child) for child in node["children"]]
            if not node["children"]:
                del node["children"]
    for skin in tree.get("skins", ()):
        skin["joints"] = [reach.number("nodes", joint) for joint in skin["joints"]]
        _renumber_key(skin, "skeleton", "nodes", reach)
    for mesh in tree.get("meshes", ()):
        for primitive in mesh["primitives"]:
            _renumber_key(primitive, "material", "materials", reach)
            for mapping in primitive.get("extensions", {}).get(VARIANTS, {}).get("mappings", ()):
                _renumber_key(mapping, "material", "materials", reach)
    for texture in tree.get("textures", ()):
        _renumber_key(texture, "sampler", "samplers", reach)
    tree["scenes"] = [{**_scene(tree), "nodes": [reach.number("nodes", index) for index in reach.roots]}]
    tree["scene"] = 0
    for gone in ("cameras", "images", "accessors", "bufferViews", "buffers", "asset", "extensionsUsed"):
        tree.pop(gone, None)
    tree.pop("extensionsRequired", None)


def _scene(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the name and extras of the default scene."""
    scenes = tree.get("scenes") or [{}]
    return {key: value for key, value in scenes[tree.get("scene", 0)].items() if key in ("name", "extras")}


def _renumber_key(holder: dict[str, Any], key: str, collection: str, reach: UsedObjects) -> None:
    if key in holder:
        holder[key] = reach.number(collection, int(holder[key]))
