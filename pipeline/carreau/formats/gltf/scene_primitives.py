"""Read the primitives of an authored scene with all attributes that a viewer shows."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import EncodedImage, FloatArray
from carreau.formats.gltf import gltf_primitives
from carreau.formats.gltf.gltf_document import Document, JsonElement, open_document
from carreau.formats.gltf.gltf_pose import NO_INFLUENCES, Moment, ScenePose, wrong_vertex_count
from carreau.formats.gltf.gltf_primitives import (
    MOST_SKIN_SETS,
    PrimitiveSource,
    drawn_shape,
    read_corners,
    read_primitive,
    wrong_components,
)
from carreau.formats.gltf.scene import TRIANGLES, Authored, Shape, material_users, texture_infos
from carreau.formats.gltf.scene_writer import WriteOptions, write

_KNOWN = re.compile(r"POSITION|NORMAL|TANGENT|COLOR_0|(?:TEXCOORD|JOINTS|WEIGHTS)_\d")
_WIDTHS = {"POSITION": (3,), "NORMAL": (3,), "TANGENT": (4,), "TEXCOORD": (2,), "COLOR": (3, 4), "JOINTS": (4,)}
_WIDTHS |= {"WEIGHTS": (4,)}
_MORPHED = ("POSITION", "NORMAL", "TANGENT")
_BENT = ("normalTexture", "clearcoatNormalTexture", "anisotropyTexture")
_MOST_VERTICES = 20_000_000
"""Of all primitives together; more only where each is in the file."""


class PrimitiveReader:
    """Reads each primitive once.

    dropped : names of attributes that no viewer shows
    dropped_of_targets : those of morph targets
    """

    def __init__(self, document: Document) -> None:
        """Begin with nothing read."""
        self._document = document
        self._vertices = 0
        self.dropped: set[str] = set()
        self.dropped_of_targets: set[str] = set()

    def read(self, element: JsonElement, is_skinned: bool, scale: float) -> Shape:
        """Return the shape of a primitive, without vertices that it does not use.

        Raises FormatError for attributes that glTF does not allow.
        """
        drawn_shape(element)
        source = PrimitiveSource(self._document, element)
        names = self._list_shown(element, source.names, is_skinned)
        attributes = {name: self._attribute(source, name) for name in names}
        count = len(attributes["POSITION"])
        self._limit(element, count)
        if any(len(values) != count for values in attributes.values()):
            raise element.error(message("the attributes have different lengths"), "attributes")
        attributes |= tidy_influences(attributes)
        targets = tuple(self._target(target, attributes, count) for target in element.children("targets"))
        mode = min(element.integer("mode", TRIANGLES), TRIANGLES)
        if mode < TRIANGLES:
            corners = read_corners(self._document, element, count)
        else:
            corners = source.triangles(count).reshape(-1).astype(np.uint32)
        if not len(corners):
            raise element.error(message("the primitive draws nothing"))
        return compact(Shape(attributes, targets, corners, mode, scale))

    def _limit(self, element: JsonElement, count: int) -> None:
        self._vertices += count
        if self._vertices > max(_MOST_VERTICES, self._document.size_bytes):
            cause = message("primitives repeat vertices to more than %(count)s", count=_MOST_VERTICES)
            raise FormatError(self._document.path, element.place, cause, message("export it with shared meshes"))

    def _list_shown(self, element: JsonElement, names: JsonElement, is_skinned: bool) -> list[str]:
        """Return the names of attributes to keep, texture coordinates up to the last set in use."""
        sets, is_bent = self._texcoords(element)
        shown = []
        for name in sorted(names.members):
            kind, _, number = name.partition("_")
            if not _KNOWN.fullmatch(name) or (kind in ("JOINTS", "WEIGHTS") and int(number) >= MOST_SKIN_SETS):
                self.dropped.add(name[:40])
            elif kind == "TEXCOORD":
                shown += [name] if int(number) < sets else []
            elif kind == "TANGENT":
                shown += [name] if is_bent else []
            elif kind in ("JOINTS", "WEIGHTS"):
                shown += [name] if is_skinned else []
            else:
                shown.append(name)
        if is_skinned and not {"JOINTS_0", "WEIGHTS_0"} <= set(shown):
            raise element.error(NO_INFLUENCES, "attributes")
        return shown

    def _texcoords(self, element: JsonElement) -> tuple[int, bool]:
        """Return the number of texture coordinate sets in use, and whether tangents are used."""
        sets, is_bent = 0, False
        for index, holder in material_users(element):
            for name, info in texture_infos(self._document.root.item("materials", index, holder)):
                moved = info.extension("KHR_texture_transform")
                own = info.integer("texCoord", 0)
                sets = max(sets, 1 + (moved.integer("texCoord", own) if moved is not None else own))
                is_bent |= name.rpartition(".")[2] in _BENT
        return sets, is_bent

    def _attribute(self, source: PrimitiveSource, name: str) -> NDArray[Any]:
        names = source.names
        values, is_normalized = source.stored(name)
        kind = name.partition("_")[0]
        if values.shape[1] not in _WIDTHS[kind]:
            raise names.error(wrong_components(values.shape[1]), name)
        if kind == "JOINTS":
            if values.dtype.kind != "u" or values.dtype.itemsize > 2:
                raise names.error(message("joint indices must be unsigned integers of one or two bytes"), name)
            joints: NDArray[np.uint16] = values.astype(np.uint16)
            return joints
        floats = self._finite(gltf_primitives.as_floats(values, is_normalized), names, name)
        if kind != "COLOR":
            return floats
        steps: NDArray[np.uint16] = np.rint(np.clip(floats, 0, 1) * np.float32(65535)).astype(np.uint16)
        return steps

    def _target(self, target: JsonElement, attributes: Mapping[str, NDArray[Any]], count: int) -> dict[str, FloatArray]:
        """Return the displacements of a morph target, zeros where it has none that are kept."""
        self.dropped_of_targets |= {name[:40] for name in target.members if name not in _MORPHED}
        moved = {}
        for name in (name for name in _MORPHED if target.has(name) and name in attributes):
            values = gltf_primitives.floats(self._document, target.integer(name), target)
            if values.shape != (count, 3):
                raise target.error(wrong_vertex_count(count, len(values)), name)
            moved[name] = self._finite(values, target, name)
        return moved or {"POSITION": np.zeros((count, 3), np.float32)}

    def _finite(self, values: FloatArray, names: JsonElement, name: str) -> FloatArray:
        if not np.isfinite(values).all():
            raise names.error(message("contains a non-finite number"), name)
        return np.ascontiguousarray(values, np.float32)


def tidy_influences(attributes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return joints and weights as glTF asks: weights sum to 1, no joint occurs twice, and joints of weight 0 are 0."""
    numbers = [name.partition("_")[2] for name in sorted(attributes) if name.startswith("JOINTS")]
    if not numbers or any(f"WEIGHTS_{number}" not in attributes for number in numbers):
        return {}
    joints = np.concatenate([attributes[f"JOINTS_{number}"] for number in numbers], axis=1)
    weights = np.concatenate([attributes[f"WEIGHTS_{number}"] for number in numbers], axis=1).astype(np.float64)
    weights = np.maximum(weights, 0)
    for later in range(1, joints.shape[1]):
        for earlier in range(later):
            same = joints[:, later] == joints[:, earlier]
            weights[same, earlier] += weights[same, later]
            weights[same, later] = 0
    weights[weights.sum(axis=1) <= 0, 0] = 1
    weights /= weights.sum(axis=1, keepdims=True)
    joints = np.where(weights > 0, joints, 0).astype(np.uint16)
    pairs = zip(numbers, np.split(joints, len(numbers), axis=1), np.split(weights, len(numbers), axis=1), strict=True)
    return {
        name: values
        for number, those, shares in pairs
        for name, values in ((f"JOINTS_{number}", those), (f"WEIGHTS_{number}", shares.astype(np.float32)))
    }


def compact(shape: Shape) -> Shape:
    """Return a shape whose vertices are all used and all different, in the order they are first used."""
    used, inverse = np.unique(shape.indices, return_inverse=True)
    columns = [*shape.attributes.values(), *(values for target in shape.targets for values in target.values())]
    picked = [np.ascontiguousarray(values[used]) for values in columns]
    rows = np.column_stack([values.view(np.uint8).reshape(len(used), -1) for values in picked])
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).reshape(-1)
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    corners = first[same.reshape(-1)][inverse.reshape(-1)]
    left, at, inverse = np.unique(corners, return_index=True, return_inverse=True)
    order = np.argsort(at, kind="stable")
    place = np.empty(len(left), np.uint32)
    place[order] = np.arange(len(left), dtype=np.uint32)
    return picked_vertices(shape, used[left[order]], place[inverse.reshape(-1)])


def picked_vertices(shape: Shape, vertices: NDArray[Any], indices: NDArray[np.uint32]) -> Shape:
    """Return a shape of some of its vertices, in their order, with indices into them."""
    attributes = {name: np.ascontiguousarray(values[vertices]) for name, values in shape.attributes.items()}
    targets = tuple(
        {name: np.ascontiguousarray(values[vertices]) for name, values in target.items()} for target in shape.targets
    )
    return Shape(attributes, targets, np.ascontiguousarray(indices, np.uint32), shape.mode, shape.scale)


SHARES = (0.25, 0.5, 0.75)
"""Shares of a clip's duration that are sampled."""

MOST_POSES = 8
"""Most poses in all; each takes three numbers a vertex."""


def is_deformed(scene: Authored) -> dict[int, FloatArray]:
    """Return (n, 3 k) float32 for each deformed shape: its vertices in k poses, in the unit of its positions.

    A morph target counts as a pose too, for a viewer may set it without any clip.
    """
    bending = [number for number, shape in enumerate(scene.shapes) if shape.targets or "JOINTS_0" in shape.attributes]
    if not bending:
        return {}
    poses_of: dict[int, list[FloatArray]] = {number: [] for number in bending}
    for number in bending:
        positions = scene.shapes[number].attributes["POSITION"]
        for target in scene.shapes[number].targets[:MOST_POSES]:
            if "POSITION" in target:
                poses_of[number].append(positions + target["POSITION"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.glb"
        nothing = EncodedImage(b"", "image/png")
        path.write_bytes(write(scene, [nothing] * len(scene.pictures), WriteOptions("plain")))
        for moment in moments(scene):
            _add_poses(scene, path, moment, poses_of)
    return {
        number: np.ascontiguousarray(np.column_stack(poses[-MOST_POSES:]), np.float32)
        for number, poses in poses_of.items()
        if poses
    }


def moments(scene: Authored) -> list[Moment]:
    """Return the moments to sample: `SHARES` of each clip, the longest clip first, at most `MOST_POSES`."""
    clips = scene.facts.clips
    order = sorted(range(len(clips)), key=lambda number: (-clips[number].duration_s, number))
    return [Moment(number, clips[number].duration_s * share) for share in SHARES for number in order][:MOST_POSES]


def _add_poses(scene: Authored, path: Path, moment: Moment, poses_of: dict[int, list[FloatArray]]) -> None:
    """Add the vertices of each deformed shape at a moment."""
    document = open_document(path)
    pose, numbers = ScenePose(document, moment), _numbers(scene)
    for placed in pose.placed():
        for element in placed.mesh.children("primitives"):
            number = numbers[element.place]
            if number in poses_of and pose.is_posed(placed):
                primitive = read_primitive(document, element, [], is_skinned=placed.node.has("skin"))
                posed, _ = pose.apply_pose(primitive, element, placed)
                scale = scene.shapes[number].scale if placed.node.has("skin") else 1.0
                poses_of[number].append(posed.positions / np.float32(scale or 1.0))


def _numbers(scene: Authored) -> dict[str, int]:
    """Return the number of each shape by the place of its primitive."""
    return {
        f"meshes[{mesh}].primitives[{index}]": int(primitive["shape"])
        for mesh, element in enumerate(scene.document()["meshes"])
        for index, primitive in enumerate(element["primitives"])
    }
