"""Poses of a glTF: at rest or at a moment of a clip, with morph targets and skins applied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray, FloatArray
from carreau.formats.gltf import gltf_accessors
from carreau.formats.gltf.gltf_document import Document
from carreau.formats.gltf.gltf_json import JsonElement, missing_item
from carreau.formats.gltf.gltf_motion import read_clips, sampled, target_count
from carreau.formats.gltf.gltf_nodes import Placed, all_places, placed_meshes
from carreau.formats.gltf.gltf_primitives import Primitive
from carreau.formats.gltf.gltf_scenes import choose_scenes

NO_INFLUENCES = message("the node has a skin, but the primitive has no JOINTS_0 and WEIGHTS_0")
_BAND = 1 << 17
"""Vertices that are skinned at a time: a matrix each takes 128 bytes."""


@dataclass(frozen=True)
class Moment:
    """A moment of an animation.

    clip : number of the animation
    time_s : seconds from its beginning, 0 or more
    """

    clip: int
    time_s: float


class ScenePose:
    """A document at rest, or at a moment.

    scenes : the nodes that are read
    places : the (4, 4) world matrices of all nodes, computed for the first skin
    """

    def __init__(self, document: Document, moment: Moment | None = None) -> None:
        """Sample the clip at the moment. Raises FormatError for a clip that is invalid or does not exist."""
        self._document, self._root = document, document.root
        self.scenes = choose_scenes(document)
        self._moved: dict[int, dict[str, Any]] = {}
        self._places: dict[int, DoubleArray] | None = None
        self._skins: dict[int, DoubleArray] = {}
        if moment is not None:
            clips = read_clips(document)
            if moment.clip >= len(clips):
                raise self._root.error(
                    message("clip %(number)s does not exist (clips: %(count)s)", number=moment.clip, count=len(clips)),
                    "animations",
                )
            for channel in clips[moment.clip].channels:
                self._moved.setdefault(channel.node, {})[channel.path] = sampled(channel, moment.time_s)

    def placed(self) -> list[Placed]:
        """Return the meshes of the scenes where they stand."""
        return list(placed_meshes(self._root, self.scenes.roots, self._moved))

    def is_posed(self, placed: Placed) -> bool:
        """Return whether a placed mesh has a skin or morph targets, so that a matrix does not place it."""
        return placed.node.has("skin") or target_count(self._root, placed.node) > 0

    def applied(self, primitive: Primitive, element: JsonElement, placed: Placed) -> tuple[Primitive, DoubleArray]:
        """Return a primitive with its morph targets and its skin applied, and the matrix that places it."""
        morphed = self.morphed(primitive, element, placed)
        if not placed.node.has("skin"):
            return morphed, placed.matrix
        return self._skinned(morphed, element, placed), np.eye(4)

    def morphed(self, primitive: Primitive, element: JsonElement, placed: Placed) -> Primitive:
        """Return a primitive with its morph targets applied, in its own coordinates."""
        weights = self._weights(placed)
        positions, normals = primitive.positions.astype(np.float64), primitive.normals
        normals_f64 = None if normals is None else normals.astype(np.float64)
        for weight, target in zip(weights, element.children("targets"), strict=False):
            if weight and (moved := self._target(target, "POSITION", len(positions))) is not None:
                positions = positions + weight * moved
            if (
                weight
                and normals_f64 is not None
                and (moved := self._target(target, "NORMAL", len(positions))) is not None
            ):
                normals_f64 = normals_f64 + weight * moved
        return replace(
            primitive,
            positions=positions.astype(np.float32),
            normals=None if normals_f64 is None else normals_f64.astype(np.float32),
        )

    def _target(self, target: JsonElement, name: str, count: int) -> FloatArray | None:
        if not target.has(name):
            return None
        values = gltf_accessors.floats(self._document, target.integer(name), target)
        if values.shape != (count, 3):
            raise target.error(wrong_vertex_count(count, len(values)), name)
        return values

    def _weights(self, placed: Placed) -> list[float]:
        moved = self._moved.get(placed.index, {}).get("weights")
        if moved is not None:
            return [float(weight) for weight in moved]
        count = target_count(self._root, placed.node)
        holder = placed.node if placed.node.has("weights") else placed.mesh
        return holder.numbers("weights", count) or [0.0] * count

    def _skinned(self, primitive: Primitive, element: JsonElement, placed: Placed) -> Primitive:
        joints, weights = primitive.joints, primitive.weights
        matrices = self.joint_matrices(placed.node.integer("skin"), placed.node)
        if joints is None or weights is None:
            raise element.error(NO_INFLUENCES, "attributes")
        if len(joints) and int(joints.max()) >= len(matrices):
            raise element.error(joint_out_of_range(int(joints.max()), len(matrices)), "attributes")
        sums = weights.sum(axis=1, keepdims=True, dtype=np.float64)
        first = np.eye(1, weights.shape[1])  # a vertex without weights follows its first joint, as in three.js
        shares = np.where(sums > 0, weights / np.where(sums > 0, sums, 1), first)
        positions = np.empty_like(primitive.positions)
        normals = None if primitive.normals is None else np.empty_like(primitive.normals)
        for start in range(0, len(positions), _BAND):
            band = slice(start, start + _BAND)
            mixed = np.einsum("nk,nkij->nij", shares[band], matrices[joints[band]])
            rotated = np.einsum("nij,nj->ni", mixed[:, :3, :3], primitive.positions[band].astype(np.float64))
            with np.errstate(over="ignore", invalid="ignore"):  # a place beyond float32 is infinite
                positions[band] = rotated + mixed[:, :3, 3]
            if normals is not None and primitive.normals is not None:
                normals[band] = np.einsum("nij,nj->ni", mixed[:, :3, :3], primitive.normals[band].astype(np.float64))
        return replace(primitive, positions=positions, normals=normals)

    def joint_matrices(self, number: int, node: JsonElement) -> DoubleArray:
        """Return the (j, 4, 4) matrices from the bind pose to the current place of each joint."""
        if number not in self._skins:
            skin = self._root.item("skins", number, node)
            if self._places is None:
                self._places = all_places(self._root, self._moved)
            joints = joint_nodes(self._root, skin)
            inverse = inverse_binds(self._document, skin, len(joints))
            self._skins[number] = np.stack([self._places[joint] for joint in joints]) @ inverse
        return self._skins[number]


def joint_out_of_range(index: int, count: int) -> Message:
    """Return the cause of a joint index past the last of `count` joints."""
    return message("joint index %(index)s is out of range (joints: %(count)s)", index=index, count=count)


def wrong_vertex_count(expected: int, count: int) -> Message:
    """Return the cause of a morph target with more or fewer vertices than its primitive."""
    return message(
        "the morph target has the wrong number of vertices (expected: %(expected)s, found: %(count)s)",
        expected=expected,
        count=count,
    )


def joint_nodes(root: JsonElement, skin: JsonElement) -> list[int]:
    """Return the nodes that are a skin's joints. Raises FormatError."""
    joints, nodes = skin.integers("joints"), len(root.children("nodes"))
    if not joints or max(joints) >= nodes:
        raise skin.error(missing_item("nodes", max(joints)) if joints else message("the skin has no joints"), "joints")
    return joints


def inverse_binds(document: Document, skin: JsonElement, count: int) -> DoubleArray:
    """Return (count, 4, 4) float64 inverse bind matrices, identities for a skin without any."""
    if not skin.has("inverseBindMatrices"):
        return np.broadcast_to(np.eye(4), (count, 4, 4))
    values = gltf_accessors.floats(document, skin.integer("inverseBindMatrices"), skin)
    if values.shape[1] != 16 or len(values) < count or not np.isfinite(values).all():
        raise skin.error(
            message("a finite matrix is needed for each joint (joints: %(count)s)", count=count), "inverseBindMatrices"
        )
    return values[:count].astype(np.float64).reshape(-1, 4, 4).transpose(0, 2, 1)
