"""Read an authored GLB or glTF without loss of what its scene shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray
from carreau.formats.gltf import gltf_primitives
from carreau.formats.gltf.gltf_document import Document, JsonElement, open_document, refuse_required
from carreau.formats.gltf.gltf_extensions import is_supported_in_authored, keep_known, name_left_out
from carreau.formats.gltf.gltf_materials import MaterialReader
from carreau.formats.gltf.gltf_plain import expand_instances, list_variants, remove_hidden, select_variant
from carreau.formats.gltf.gltf_pose import (
    POINTER,
    ScenePose,
    inverse_binds,
    joint_nodes,
    joint_out_of_range,
    read_clips,
    target_count,
    unit,
)
from carreau.formats.gltf.gltf_scenes import choose_scenes
from carreau.formats.gltf.scene import (
    Authored,
    AuthoredFacts,
    ClipFacts,
    SceneImage,
    Shape,
    Track,
    TrackKind,
    UsedObjects,
    renumber,
    texture_infos,
)
from carreau.formats.gltf.scene_primitives import PrimitiveReader

_TOO_DEEP = message("nested too deeply"), message("export it again")


def is_animated(path: Path) -> bool:
    """Return whether a file is a glTF with animations, skins or morph targets; False for one that cannot be read."""
    try:
        root = open_document(path).root
        meshes = root.children("meshes")
        has_targets = any(part.children("targets") for mesh in meshes for part in mesh.children("primitives"))
        return bool(root.children("animations") or root.children("skins") or has_targets)
    except FormatError:  # the readers report what is wrong
        return False


def read(path: Path, variant: str = "") -> Authored:
    """Read the scenes of a .glb or .gltf with its animations.

    variant : whose materials take the place of the default ones, if any; all variants are kept

    Raises OptionError for a variant that is not there, ScanError for a required extension that is not supported,
    FormatError for invalid data, TextureError for a broken image, and UnsafePathError for a URI that leaves the
    folder.
    """
    document = open_document(path)
    root = document.root
    refuse_required(root, is_supported_in_authored)
    left_out = name_left_out(root, authored=True)
    if variant:
        select_variant(document, variant)
    changes = [*remove_hidden(document), *expand_instances(document)]
    scenes = choose_scenes(document)
    reach = UsedObjects(root, scenes.roots)
    tracks = TrackReader(document, reach)
    textures = read_textures(document, reach)
    tree = _copy(root)
    extensions = keep_known(tree)
    renumber(tree, reach)
    replace_textures(tree, reach, textures)
    _turn_whole(tree)
    reader, shapes = PrimitiveReader(document), list[Shape]()
    for mesh, number, shape in _shapes(document, reach, reader):
        _strip(tree["meshes"][mesh]["primitives"][number], len(shapes))
        shapes.append(shape)
    if not shapes:
        raise FormatError(path, "scene", message("there are no meshes"), message("export it with its meshes"))
    joints = tracks.bind(tree.get("skins", []))
    animations = tracks.animations()
    tree.pop("animations", None)
    if animations:
        tree["animations"] = animations
    facts = _facts(tree, shapes, tracks, joints, extensions)
    warnings = [
        *_name_variants(list_variants(root), variant),
        *changes,
        *scenes.warnings,
        *left_out,
        *(
            message("the vertex attribute %(name)s is left out: no viewer shows it", name=name)
            for name in sorted(reader.dropped)
        ),
        *(
            message("the attribute %(name)s of morph targets is left out: no viewer shows it", name=name)
            for name in sorted(reader.dropped_of_targets)
        ),
        *([message("cameras are left out: tours have their own")] if root.children("cameras") else []),
        *tracks.warnings,
        *textures.warnings,
    ]
    asset = root.child("asset")
    return Authored(
        text=_dump(path, tree),
        shapes=tuple(shapes),
        tracks=tuple(tracks.tracks),
        pictures=tuple(textures.pictures),
        facts=facts,
        copyright=asset.text("copyright") if asset is not None else "",
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _name_variants(names: tuple[str, ...], chosen: str) -> list[Message]:
    """Return the warning about variants that pages do not show."""
    others = tuple(dict.fromkeys(f"'{name}'" for name in names if name != chosen))
    if not others:
        return []
    return [
        message(
            "variants of the materials are in the model, but pages show none of them, and --variant chooses one: "
            "%(names)s",
            names=others,
        )
    ]


def _turn_whole(tree: dict[str, Any]) -> None:
    """Normalise the rotations of all nodes, which some programs write with four digits."""
    for node in tree.get("nodes", ()):
        if "rotation" in node:
            node["rotation"] = [float(part) for part in unit(np.array(node["rotation"], np.float64))]


def _copy(root: JsonElement) -> dict[str, Any]:
    try:
        return copy.deepcopy(root.members)
    except RecursionError as error:
        raise FormatError(root.file, "JSON", *_TOO_DEEP) from error


def _dump(path: Path, tree: dict[str, Any]) -> str:
    try:
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (RecursionError, ValueError) as error:
        raise FormatError(path, "JSON", *_TOO_DEEP) from error


def _strip(primitive: dict[str, Any], shape: int) -> None:
    """Replace the accessors in the JSON of a primitive by the index of its shape."""
    for gone in ("attributes", "indices", "targets", "mode"):
        primitive.pop(gone, None)
    primitive["shape"] = shape


def _shapes(document: Document, reach: UsedObjects, reader: PrimitiveReader) -> Iterator[tuple[int, int, Shape]]:
    """Yield the shapes of all reached meshes in their order, each after the numbers of its mesh and primitive."""
    pose, root = ScenePose(document), document.root
    scales: dict[str, float] = {}
    joints: dict[str, int] = {}
    for placed in pose.placed():
        target_count(root, placed.node)
        matrices = placed.matrix[None]
        if placed.node.has("skin"):
            matrices = pose.joint_matrices(placed.node.integer("skin"), placed.node)
            joints[placed.mesh.place] = min(len(matrices), joints.get(placed.mesh.place, len(matrices)))
        scales[placed.mesh.place] = max(_growth(matrices), scales.get(placed.mesh.place, 0.0))
    meshes = root.children("meshes")
    for mesh, old in enumerate(reach.used("meshes")):
        place = meshes[old].place
        for number, element in enumerate(meshes[old].children("primitives")):
            shape = reader.read(element, place in joints, scales.get(place, 1.0))
            for name, values in shape.attributes.items():
                if name.startswith("JOINTS") and len(values) and int(values.max()) >= joints[place]:
                    raise element.error(joint_out_of_range(int(values.max()), joints[place]), "attributes")
            yield mesh, number, shape


def _growth(matrices: DoubleArray) -> float:
    """Return the largest stretch of any direction."""
    return float(np.linalg.norm(matrices[:, :3, :3], ord=2, axis=(1, 2)).max())


def _facts(
    tree: dict[str, Any], shapes: list[Shape], tracks: TrackReader, joints: int, extensions: list[str]
) -> AuthoredFacts:
    targets = [
        max((len(shapes[primitive["shape"]].targets) for primitive in mesh["primitives"]), default=0)
        for mesh in tree["meshes"]
    ]
    nodes = tree.get("nodes", [])
    return AuthoredFacts(
        clips=tuple(tracks.clips),
        skins=len(tree.get("skins", [])),
        joints=joints,
        morph_targets=sum(targets),
        nodes=len(nodes),
        named_nodes=tuple(dict.fromkeys(node["name"] for node in nodes if isinstance(node.get("name"), str))),
        materials=len(tree.get("materials", [])),
        extensions=tuple(extensions),
    )


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


def read_textures(document: Document, reach: UsedObjects) -> SceneTextures:
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


_KINDS: dict[str, TrackKind] = {
    "translation": "translation",
    "rotation": "rotation",
    "scale": "scale",
    "weights": "weights",
}


class TrackReader:
    """Reads each accessor once for each kind of use."""

    def __init__(self, document: Document, reach: UsedObjects) -> None:
        """Check the animations; no track is read yet. Raises FormatError."""
        self._document, self._reach = document, reach
        self._numbers: dict[tuple[int, str, bool], int] = {}
        self.tracks: list[Track] = []
        self.warnings: list[Message] = []
        self.clips: list[ClipFacts] = []
        self._read = read_clips(document)

    def animations(self) -> list[dict[str, Any]]:
        """Return the JSON of the animations that move anything shown."""
        animations: list[dict[str, Any]] = []
        for number, element in enumerate(self._document.root.children("animations")):
            described: dict[str, Any] = {
                key: element.members[key] for key in ("name", "extras") if key in element.members
            }
            samplers: list[dict[str, Any]] = []
            channels: list[dict[str, Any]] = []
            numbers: dict[tuple[int, str], int] = {}
            for channel in element.children("channels"):
                target = channel.child("target")
                if target is None or target.text("path") == POINTER or not target.has("node"):
                    self.warnings.append(message("animations of anything but nodes are left out"))
                    continue
                node, path, old = target.integer("node"), target.text("path"), channel.integer("sampler")
                if not self._reach.has("nodes", node):
                    continue
                if (old, path) not in numbers:
                    numbers[old, path] = len(samplers)
                    samplers.append(self._sampler(element.children("samplers")[old].members, path))
                destination = {"node": self._reach.number("nodes", node), "path": path}
                channels.append({"sampler": numbers[old, path], "target": destination})
            if channels:
                animations.append({**described, "samplers": samplers, "channels": channels})
                name = element.text("name") or str(number)
                self.clips.append(ClipFacts(name, number, self._read[number].duration_s, len(channels)))
        return animations

    def _sampler(self, sampler: dict[str, Any], path: str) -> dict[str, Any]:
        interpolation = sampler.get("interpolation", "LINEAR")
        is_cubic = interpolation == "CUBICSPLINE"
        return {
            "input": self._track(int(sampler["input"]), "time", is_cubic=False),
            "interpolation": interpolation,
            "output": self._track(int(sampler["output"]), _KINDS[path], is_cubic=is_cubic),
        }

    def _track(self, accessor: int, kind: TrackKind, *, is_cubic: bool) -> int:
        key = (accessor, kind, is_cubic)
        if key not in self._numbers:
            values = gltf_primitives.floats(self._document, accessor, self._document.root)
            self._numbers[key] = self._add(Track(np.ascontiguousarray(values, np.float32), kind, is_cubic))
        return self._numbers[key]

    def _add(self, track: Track) -> int:
        self.tracks.append(track)
        return len(self.tracks) - 1

    def bind(self, skins: list[dict[str, Any]]) -> int:
        """Point the JSON of the used skins to their tracks; return the number of their joints."""
        root, joints = self._document.root, 0
        elements = root.children("skins")
        for skin, old in zip(skins, self._reach.used("skins"), strict=True):
            count = len(joint_nodes(root, elements[old]))
            joints += count
            if elements[old].has("inverseBindMatrices"):
                matrices = inverse_binds(self._document, elements[old], count).transpose(0, 2, 1).reshape(-1, 16)
                skin["inverseBindMatrices"] = self._add(Track(matrices.astype(np.float32), "matrix"))
        return joints
