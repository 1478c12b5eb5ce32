"""Write out in plain glTF what extensions say of nodes and materials, before a document is read.

Instances become nodes, hidden nodes lose their meshes, and the materials of a variant take the place of the default
ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from carreau.base.errors import FormatError, OptionError
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import FloatArray
from carreau.formats.gltf import gltf_primitives
from carreau.formats.gltf.gltf_document import Document, JsonElement
from carreau.formats.gltf.gltf_primitives import count_elements, wrong_components
from carreau.formats.gltf.scene import LIGHTS, VARIANTS

INSTANCING, VISIBILITY = "EXT_mesh_gpu_instancing", "KHR_node_visibility"
MOST_INSTANCES = 20_000
"""Of all nodes together: each becomes a node, which takes 0.1 ms and 2 kB. Objects of museums have some dozens."""

_PLACES = {"TRANSLATION": 3, "ROTATION": 4, "SCALE": 3}


def list_variants(root: JsonElement) -> tuple[str, ...]:
    """Return the names of a file's `KHR_materials_variants`, empty where there are none. Raises FormatError."""
    extension = root.extension(VARIANTS)
    return tuple(each.text("name") for each in extension.children("variants")) if extension is not None else ()


def select_variant(document: Document, name: str) -> None:
    """Give the primitives of a document the materials of a variant; those that it does not change have their own.

    Raises OptionError for a variant that the file does not have.
    """
    names, file = list_variants(document.root), document.path.name
    if not names:
        raise no_variants(file)
    if name not in names:
        raise OptionError(
            message(
                "--variant: '%(file)s' has no variant '%(name)s'; give one of: %(choices)s",
                file=file,
                name=name,
                choices=names,
            )
        )
    number = names.index(name)
    for mesh in document.root.children("meshes"):
        for primitive in mesh.children("primitives"):
            extension = primitive.extension(VARIANTS)
            for mapping in extension.children("mappings") if extension is not None else ():
                if number in mapping.integers("variants"):
                    primitive.members["material"] = mapping.integer("material")


def no_variants(file: str) -> OptionError:
    """Return the error of a variant that is asked of a file without any."""
    return OptionError(message("--variant: '%(file)s' has no variants; remove the option", file=file))


def remove_hidden(document: Document) -> list[Message]:
    """Remove the meshes and lights of nodes that `KHR_node_visibility` hides, and of those below them.

    Returns a warning if there are any.
    """
    nodes = document.root.children("nodes")
    waiting = [number for number, node in enumerate(nodes) if _is_hidden(node)]
    hidden = set[int]()
    while waiting:
        number = waiting.pop()
        if number not in hidden and number < len(nodes):
            hidden.add(number)
            waiting += nodes[number].integers("children")
    shown = [number for number in hidden if nodes[number].has("mesh")]
    for number in hidden:
        members = nodes[number].members
        for key in ("mesh", "skin", "weights"):
            members.pop(key, None)
        members.get("extensions", {}).pop(LIGHTS, None)
    _remove_weights(document.root, hidden)
    if not shown:
        return []
    return [
        plural_message(
            "%(count)s node is hidden in the file, and left out",
            "%(count)s nodes are hidden in the file, and left out",
            len(shown),
        )
    ]


def _is_hidden(node: JsonElement) -> bool:
    extension = node.extension(VISIBILITY)
    return extension is not None and extension.has("visible") and not extension.flag("visible")


def _remove_weights(root: JsonElement, nodes: set[int]) -> None:
    """Remove animations of the morph targets of nodes that have no mesh any more."""
    for animation in root.children("animations") if nodes else ():
        animation.members["channels"] = [
            channel.members
            for channel in animation.children("channels")
            if (target := channel.child("target")) is None
            or target.text("path") != "weights"
            or target.integer("node", -1) not in nodes
        ]


def expand_instances(document: Document) -> tuple[Message, ...]:
    """Replace the mesh of each node with `EXT_mesh_gpu_instancing` by a child node for each of its instances.

    Returns warnings about instances that are left out. Raises FormatError for more than `MOST_INSTANCES`, and for
    attributes that glTF does not allow.
    """
    instanced, warnings = list[tuple[JsonElement, JsonElement, int]](), list[Message]()
    for node in document.root.children("nodes"):
        extension = node.extension(INSTANCING)
        if extension is None or not node.has("mesh"):
            continue
        if _is_deformed(document.root, node):
            warnings.append(
                message("%(place)s is animated, and is drawn once instead of as instances", place=node.place)
            )
        else:
            instanced.append((node, extension, _count(document, extension)))
    total = sum(count for _, _, count in instanced)
    if total > MOST_INSTANCES:
        cause = message(
            "there are too many instances (%(count)s of at most %(most)s)", count=total, most=MOST_INSTANCES
        )
        raise FormatError(document.path, INSTANCING, cause, message("export it without instances"))
    for node, extension, count in instanced:
        _expand(document, node, extension, count)
    return tuple(warnings)


def _is_deformed(root: JsonElement, node: JsonElement) -> bool:
    """Return whether a node has a skin, which ignores where its node is, or morph targets, whose weights may move."""
    mesh = root.item("meshes", node.integer("mesh"), node)
    return node.has("skin") or any(primitive.has("targets") for primitive in mesh.children("primitives"))


def _count(document: Document, extension: JsonElement) -> int:
    """Return the number of instances, without reading them. Raises FormatError for attributes of different counts."""
    attributes = extension.child("attributes")
    if attributes is None or not attributes.members:
        raise extension.error(message("missing"), "attributes")
    counts = {count_elements(document, attributes.integer(name), attributes) for name in attributes.members}
    if len(counts) > 1:
        raise extension.error(message("the attributes have different lengths"), "attributes")
    return counts.pop()


def _expand(document: Document, node: JsonElement, extension: JsonElement, count: int) -> None:
    attributes = extension.child("attributes")
    assert attributes is not None  # noqa: S101 - `_count` checked it
    columns = {
        name.lower(): _numbers(document, attributes, name, width)
        for name, width in _PLACES.items()
        if attributes.has(name)
    }
    nodes: list[dict[str, Any]] = document.root.members["nodes"]
    own: dict[str, Any] = {key: node.members[key] for key in ("name", "mesh") if key in node.members}
    first = len(nodes)
    nodes += [{**own, **{key: values[number].tolist() for key, values in columns.items()}} for number in range(count)]
    node.members["children"] = [*node.integers("children"), *range(first, len(nodes))]
    del node.members["mesh"]
    del node.members["extensions"][INSTANCING]
    if not node.members["extensions"]:
        del node.members["extensions"]


def _numbers(document: Document, attributes: JsonElement, name: str, width: int) -> FloatArray:
    """Return an attribute of instances, (count, width) float32 finite."""
    values = gltf_primitives.floats(document, attributes.integer(name), attributes)
    if values.shape[1] != width:
        raise attributes.error(wrong_components(values.shape[1]), name)
    if not np.isfinite(values).all():
        raise attributes.error(message("contains a non-finite number"), name)
    return values
