"""The authored scene: the JSON as its author wrote it, with arrays and images beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import Message
from carreau.base.model import FloatArray, Texture

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
