"""A scale at the root of a glTF: its scenes hang on one node, and nothing else of it changes."""

from __future__ import annotations

from typing import Any


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
