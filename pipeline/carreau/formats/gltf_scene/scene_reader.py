"""Read an authored GLB or glTF without loss of what its scene shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import DoubleArray
from carreau.formats.gltf.gltf_document import Document, open_document, refuse_required
from carreau.formats.gltf.gltf_json import JsonElement
from carreau.formats.gltf.gltf_motion import target_count, unit
from carreau.formats.gltf.gltf_pose import ScenePose, joint_out_of_range
from carreau.formats.gltf.gltf_scenes import choose_scenes
from carreau.formats.gltf_scene.primitives import PrimitiveReader
from carreau.formats.gltf_scene.prune import KEPT, RESOLVED, UsedObjects, keep_known, renumber
from carreau.formats.gltf_scene.scene import Authored, AuthoredFacts, Shape
from carreau.formats.gltf_scene.textures import replace_textures, textures_of
from carreau.formats.gltf_scene.tracks import TrackReader

GLTF_MAGIC = b"glTF"
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


def read(path: Path) -> Authored:
    """Read the scenes of a .glb or .gltf with its animations.

    Raises ScanError for a required extension that is not supported, FormatError for invalid data, TextureError for a
    broken image, and UnsafePathError for a URI that leaves the folder.
    """
    document = open_document(path)
    root = document.root
    refuse_required(root, lambda name: name in RESOLVED | KEPT)
    scenes = choose_scenes(document)
    reach = UsedObjects(root, scenes.roots)
    tracks = TrackReader(document, reach)
    textures = textures_of(document, reach)
    tree = _copied(root)
    extensions, dropped = keep_known(tree)
    renumber(tree, reach)
    replace_textures(tree, reach, textures)
    _turn_whole(tree)
    reader, shapes = PrimitiveReader(document), list[Shape]()
    for mesh, number, shape in _shapes(document, reach, reader):
        _stripped(tree["meshes"][mesh]["primitives"][number], len(shapes))
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
        *scenes.warnings,
        *(message("%(name)s is left out: the viewer does not support it", name=name) for name in dropped),
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
        text=_dumped(path, tree),
        shapes=tuple(shapes),
        tracks=tuple(tracks.tracks),
        pictures=tuple(textures.pictures),
        facts=facts,
        copyright=asset.text("copyright") if asset is not None else "",
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _turn_whole(tree: dict[str, Any]) -> None:
    """Normalise the rotations of all nodes, which some programs write with four digits."""
    for node in tree.get("nodes", ()):
        if "rotation" in node:
            node["rotation"] = [float(part) for part in unit(np.array(node["rotation"], np.float64))]


def _copied(root: JsonElement) -> dict[str, Any]:
    try:
        return copy.deepcopy(root.members)
    except RecursionError as error:
        raise FormatError(root.file, "JSON", *_TOO_DEEP) from error


def _dumped(path: Path, tree: dict[str, Any]) -> str:
    try:
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (RecursionError, ValueError) as error:
        raise FormatError(path, "JSON", *_TOO_DEEP) from error


def _stripped(primitive: dict[str, Any], shape: int) -> None:
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
