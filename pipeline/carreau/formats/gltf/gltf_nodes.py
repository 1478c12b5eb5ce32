"""World matrices of the nodes and meshes of a glTF scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carreau.base.messages import message
from carreau.base.model import DoubleArray
from carreau.formats.gltf.gltf_json import JsonElement, missing_item

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
