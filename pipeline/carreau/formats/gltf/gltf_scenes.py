"""Selection among the scenes of a glTF: parts of one scan are read together, other versions of it are left out.

The standard has a viewer show the default scene alone. Of a scan, the other scenes are often parts, such as one a day
or one a building, and then the file has more than its default scene shows. They may also be the same surface with fewer
triangles, which would lie in the first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import DoubleArray
from carreau.formats.gltf import gltf_primitives
from carreau.formats.gltf.gltf_document import Document, JsonElement, missing_item, open_document
from carreau.formats.gltf.gltf_primitives import drawn_shape, triangle_count

SAME_PLACE = 0.5
"""Least share of the union of two bounding boxes that both cover, for two versions of one surface."""

_NORMALIZED = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], bool)
_THICKNESS = 1e-3
"""Least side of a box, as a share of its longest, so that flat surfaces have a volume."""


@dataclass(frozen=True)
class SceneChoice:
    """The nodes of a glTF that are read.

    roots : nodes whose trees are read, in order
    warnings : about scenes that were added or left out
    """

    roots: tuple[int, ...]
    warnings: tuple[Message, ...] = ()


def choose_scenes(document: Document) -> SceneChoice:
    """Return the nodes of the default scene and of all scenes that show something else.

    A scene is left out if it shows the meshes of scenes before it where they are, or if its bounding box is about that
    of what is read. Raises FormatError for a node that does not exist or is reached twice.
    """
    root = document.root
    nodes = root.children("nodes")
    default = scene_roots(root, nodes)
    scenes = root.children("scenes")
    if not scenes:
        return SceneChoice(tuple(default))
    outside = _outside(document, nodes, scenes)
    if len(scenes) == 1:
        return SceneChoice(tuple(default), outside)
    number = root.integer("scene", 0)
    selection = _Selection(document, default, _name(scenes[number], number))
    for index, scene in enumerate(scenes):
        if index != number:
            selection.consider(scene, _name(scene, index))
    return SceneChoice(tuple(selection.roots), (*selection.warnings(), *outside))


def bounds(path: Path) -> DoubleArray | None:
    """Return the (2, 3) bounding box of what is read of a file, by its JSON alone; None where it shows nothing.

    Raises FormatError for another file, and ScanError for a reference out of its folder.
    """
    document = open_document(path)
    return _box(document, list(placed_meshes(document.root, choose_scenes(document).roots)))


def _name(scene: JsonElement, index: int) -> str:
    return f"'{scene.text('name') or index}'"


class _Selection:
    """What is read so far; scenes are considered one after another."""

    def __init__(self, document: Document, default: list[int], name: str) -> None:
        self._document, self.roots = document, list(default)
        placed = list(placed_meshes(document.root, default))
        self._placements = {_placement(one) for one in placed}
        self._nodes = {one.index for one in placed}
        self._box = _box(document, placed)
        self._read = [name] if _triangles(document, placed) else []
        self._is_default_empty = not self._read
        self._left_out: list[Message] = []

    def consider(self, scene: JsonElement, name: str) -> None:
        """Add the trees of a scene that are not read yet, unless they show another version of what is read."""
        document, root = self._document, self._document.root
        trees = [index for index in scene.integers("nodes") if index not in self.roots]
        new = [index for index in trees if self._is_new(list(placed_meshes(root, [index], wanted_by=scene)))]
        placed = list(placed_meshes(root, new, wanted_by=scene))
        triangles, box = _triangles(document, placed), _box(document, placed)
        if not triangles:
            return
        if self._box is not None and box is not None and _overlap(self._box, box) >= SAME_PLACE:
            self._left_out.append(
                message(
                    "the scene %(name)s shows another version of what is read, and is left out (triangles: "
                    "%(count)s); to use it, export it alone",
                    name=name,
                    count=triangles,
                )
            )
            return
        self.roots += new
        self._placements |= {_placement(one) for one in placed}
        self._nodes |= {one.index for one in placed}
        self._box = _union(self._box, box)
        self._read.append(name)

    def _is_new(self, placed: list[Placed]) -> bool:
        """Return whether a tree shows a mesh that is not read yet, or one at another place."""
        placements = {_placement(one) for one in placed if one.index not in self._nodes}
        return not self._placements.issuperset(placements)

    def warnings(self) -> list[Message]:
        """Return the warnings about scenes, empty where there is one."""
        names = tuple(self._read)
        if self._is_default_empty and len(names) == 1:
            read = [message("the default scene is empty, and the scene %(name)s is read", name=names[0])]
        elif len(names) > 1:
            read = [
                plural_message(
                    "%(count)s scene is read as one scan: %(names)s",
                    "%(count)s scenes are read as one scan: %(names)s",
                    len(names),
                    names=names,
                )
            ]
        else:
            read = []
        return [*read, *self._left_out]


def _placement(placed: Placed) -> tuple[str, bytes]:
    """Return a key of a mesh and its place, the same for two nodes that show it in one."""
    return placed.mesh.place, (placed.matrix.round(6) + 0.0).tobytes()  # without negative zeros


def _outside(document: Document, nodes: list[JsonElement], scenes: list[JsonElement]) -> tuple[Message, ...]:
    """Return the warning about triangles that no scene shows."""
    reached = {index for scene in scenes for index in scene.integers("nodes")}
    trees = [index for index in parentless(nodes) if index not in reached]
    inner = {child for index in reached for child in _below(nodes, index)}
    try:
        placed = placed_meshes(document.root, [index for index in trees if index not in inner])
        triangles = sum(_triangles(document, [one]) for one in placed if one.index not in inner | reached)
    except FormatError:  # what nobody shows may be invalid
        return ()
    if not triangles:
        return ()
    return (
        plural_message(
            "%(count)s triangle belongs to no scene and is left out; add it to a scene to keep it",
            "%(count)s triangles belong to no scene and are left out; add them to a scene to keep them",
            triangles,
        ),
    )


def _below(nodes: list[JsonElement], index: int) -> set[int]:
    below, waiting = set[int](), [index]
    while waiting:
        node = waiting.pop()
        for child in nodes[node].integers("children") if node < len(nodes) else ():
            if child not in below:
                below.add(child)
                waiting.append(child)
    return below


def _triangles(document: Document, placed: list[Placed]) -> int:
    """Return the number of triangles that some nodes draw."""
    primitives = (element for one in placed for element in one.mesh.children("primitives"))
    return sum(triangle_count(document, element) for element in primitives if drawn_shape(element) == "triangles")


def _box(document: Document, placed: list[Placed]) -> DoubleArray | None:
    """Return the (2, 3) bounding box of some meshes, without skins and morph targets; None where there is none."""
    boxes = [
        _corners(one.matrix, local)
        for one in placed
        for element in one.mesh.children("primitives")
        if drawn_shape(element) == "triangles" and (local := _local_box(document, element)) is not None
    ]
    return np.stack([np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)]) if boxes else None


def _local_box(document: Document, element: JsonElement) -> DoubleArray | None:
    """Return the (2, 3) bounds of a primitive that its accessor states, else those of its positions."""
    attributes = element.child("attributes")
    if attributes is None or not attributes.has("POSITION"):
        return None
    number = attributes.integer("POSITION")
    accessor = document.root.item("accessors", number, attributes)
    low, high = accessor.numbers("min", 3), accessor.numbers("max", 3)
    if low is not None and high is not None:
        divisor = _NORMALIZED.get(accessor.integer("componentType"), 1.0) if accessor.flag("normalized") else 1.0
        return np.array([low, high]) / divisor
    positions = gltf_primitives.floats(document, number, attributes)
    if not len(positions) or positions.shape[1] != 3 or not np.isfinite(positions).all():
        return None
    return np.stack([positions.min(0), positions.max(0)]).astype(np.float64)


def _corners(matrix: DoubleArray, local: DoubleArray) -> DoubleArray:
    """Return the bounds of a box after a transform."""
    corners = np.where(_CORNERS, local[1], local[0]) @ matrix[:3, :3].T + matrix[:3, 3]
    return np.stack([corners.min(0), corners.max(0)])


def _union(box: DoubleArray | None, other: DoubleArray | None) -> DoubleArray | None:
    if box is None or other is None:
        return other if box is None else box
    return np.stack([np.minimum(box[0], other[0]), np.maximum(box[1], other[1])])


def _overlap(box: DoubleArray, other: DoubleArray) -> float:
    """Return the volume that two boxes share, as a share of the volume that either covers."""
    thickness = _THICKNESS * max(float(np.ptp(box, axis=0).max()), float(np.ptp(other, axis=0).max()))
    pad = np.array([[-thickness / 2], [thickness / 2]])
    a, b = box + pad, other + pad
    shared = float(np.clip(np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]), 0, None).prod())
    either = float(np.ptp(a, axis=0).prod() + np.ptp(b, axis=0).prod()) - shared
    return shared / either if either > 0 else 1.0


Moved = Mapping[int, Mapping[str, Any]]
"""By node, what an animation puts in place of its own "translation", "rotation" and "scale"."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A mesh in the world.

    name : of its node, or of the mesh
    index, node : of the node
    mesh : the glTF mesh
    matrix : (4, 4) float64, columns as mathematics writes them: world = matrix @ local
    """

    name: str
    index: int
    node: JsonElement
    mesh: JsonElement
    matrix: DoubleArray


def placed_meshes(
    root: JsonElement, roots: Sequence[int], moved: Moved | None = None, wanted_by: JsonElement | None = None
) -> Iterator[Placed]:
    """Yield the meshes of the trees of some nodes, in order. Raises FormatError for a node that is reached twice.

    wanted_by : what names the nodes, for errors; the file itself by default
    """
    nodes = root.children("nodes")
    for index, matrix in _walk(nodes, roots, wanted_by or root, moved or {}):
        node = nodes[index]
        if node.has("mesh"):
            mesh = root.item("meshes", node.integer("mesh"), node)
            yield Placed(node.text("name") or mesh.text("name"), index, node, mesh, matrix)


def all_places(root: JsonElement, moved: Moved | None = None) -> dict[int, DoubleArray]:
    """Return the (4, 4) float64 world matrix of every node, in whatever scene. Raises FormatError for a loop."""
    nodes = root.children("nodes")
    places = dict(_walk(nodes, parentless(nodes), root, moved or {}))
    if len(places) < len(nodes):
        missing = next(index for index in range(len(nodes)) if index not in places)
        raise nodes[missing].error(message("the node is its own descendant, but nodes must form a tree"))
    return places


def _walk(
    nodes: list[JsonElement], roots: Sequence[int], root: JsonElement, moved: Moved
) -> Iterator[tuple[int, DoubleArray]]:
    """Yield the nodes below some, each after its parent, with its world matrix."""
    waiting = [(index, np.eye(4), root) for index in reversed(roots)]
    reached: set[int] = set()
    while waiting:
        index, above, parent = waiting.pop()
        if index >= len(nodes):
            raise parent.error(missing_item("nodes", index))
        node = nodes[index]
        if index in reached:
            raise node.error(message("the node is reached twice, but nodes must form a tree"))
        reached.add(index)
        with np.errstate(over="ignore", invalid="ignore"):
            matrix = above @ _local(node, moved.get(index, {}))
        if not np.isfinite(matrix).all():
            raise node.error(message("the transform is not finite"))
        yield index, matrix
        waiting.extend((child, matrix, node) for child in reversed(node.integers("children")))


def scene_roots(root: JsonElement, nodes: list[JsonElement]) -> list[int]:
    """Return the nodes of the default scene, else of the first, else all that no node has as a child."""
    if root.has("scenes"):
        return root.item("scenes", root.integer("scene", 0), root).integers("nodes")
    return parentless(nodes)


def parentless(nodes: list[JsonElement]) -> list[int]:
    """Return the nodes that no node has as a child."""
    children = {child for node in nodes for child in node.integers("children")}
    return [index for index in range(len(nodes)) if index not in children]


def _local(node: JsonElement, moved: Mapping[str, Any]) -> DoubleArray:
    """Return a node's own (4, 4) matrix, given as such or as translation, rotation and scale."""
    given = node.numbers("matrix", 16)
    if given is not None:
        return np.array(given).reshape(4, 4).T
    parts = {"translation": node.numbers("translation", 3), "scale": node.numbers("scale", 3)}
    parts = {**parts, "rotation": node.numbers("rotation", 4), **moved}
    matrix = np.eye(4)
    scale = np.array((1.0, 1.0, 1.0) if parts["scale"] is None else parts["scale"])
    matrix[:3, :3] = rotation_matrix(parts["rotation"]) * scale
    matrix[:3, 3] = (0.0, 0.0, 0.0) if parts["translation"] is None else parts["translation"]
    return matrix


def rotation_matrix(quaternion: Any) -> DoubleArray:
    """Return the (3, 3) rotation of a quaternion (x, y, z, w), normalised first; the identity for none or zero."""
    length = float(np.linalg.norm(quaternion)) if quaternion is not None else 0.0
    if quaternion is None or not np.isfinite(length) or length == 0.0:
        return np.eye(3)
    x, y, z, w = (value / length for value in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
