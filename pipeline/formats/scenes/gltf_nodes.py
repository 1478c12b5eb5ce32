"""Walk a glTF's scene and say where each of its meshes stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.formats.scenes.gltf_json import Element
from pipeline.model import DoubleArray


@dataclass(frozen=True, eq=False)
class Placed:
    """A mesh in the world.

    name : of its node, or of the mesh
    mesh : the glTF mesh
    matrix : (4, 4) float64, columns as mathematics writes them: world = matrix @ local
    """

    name: str
    node: Element
    mesh: Element
    matrix: DoubleArray


def placed_meshes(root: Element) -> Iterator[Placed]:
    """Yield the meshes of the default scene in scene order. Raises FormatError for a node that is reached twice."""
    nodes = root.children("nodes")
    waiting = [(index, np.eye(4), root) for index in reversed(_roots(root, nodes))]
    reached: set[int] = set()
    while waiting:
        index, above, parent = waiting.pop()
        if index >= len(nodes):
            raise parent.error(f"it names nodes[{index}] of {len(nodes)}")
        node = nodes[index]
        if index in reached:
            raise node.error("it is reached twice: nodes must form a tree")
        reached.add(index)
        matrix = above @ _local(node)
        if not np.isfinite(matrix).all():
            raise node.error("its transform is beyond all numbers")
        if node.has("mesh"):
            mesh = root.item("meshes", node.integer("mesh"), node)
            yield Placed(node.text("name") or mesh.text("name"), node, mesh, matrix)
        waiting.extend((child, matrix, node) for child in reversed(node.integers("children")))


def _roots(root: Element, nodes: list[Element]) -> list[int]:
    """Return the nodes of the default scene, else of the first, else all that no node has as a child."""
    if root.has("scenes"):
        return root.item("scenes", root.integer("scene", 0), root).integers("nodes")
    children = {child for node in nodes for child in node.integers("children")}
    return [index for index in range(len(nodes)) if index not in children]


def _local(node: Element) -> DoubleArray:
    """Return a node's own (4, 4) matrix, given whole or as translation, rotation and scale."""
    whole = node.numbers("matrix", 16)
    if whole is not None:
        return np.array(whole).reshape(4, 4).T
    matrix = np.eye(4)
    scale = np.array(node.numbers("scale", 3) or (1.0, 1.0, 1.0))
    matrix[:3, :3] = _rotation(node.numbers("rotation", 4)) * scale
    matrix[:3, 3] = node.numbers("translation", 3) or (0.0, 0.0, 0.0)
    return matrix


def _rotation(quaternion: list[float] | None) -> DoubleArray:
    """Return the (3, 3) rotation of a quaternion (x, y, z, w), normalised first; none or zero turns nothing."""
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
