"""Poses of a glTF: at rest or at a moment of a clip, with morph targets and skins applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray, FloatArray
from carreau.formats.gltf import gltf_primitives
from carreau.formats.gltf.gltf_document import Document, JsonElement, expected_values, missing_item
from carreau.formats.gltf.gltf_primitives import Primitive
from carreau.formats.gltf.gltf_scenes import Placed, all_places, choose_scenes, placed_meshes

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
                self._moved.setdefault(channel.node, {})[channel.path] = sample_channel(channel, moment.time_s)

    def placed(self) -> list[Placed]:
        """Return the meshes of the scenes where they stand."""
        return list(placed_meshes(self._root, self.scenes.roots, self._moved))

    def is_posed(self, placed: Placed) -> bool:
        """Return whether a placed mesh has a skin or morph targets, so that a matrix does not place it."""
        return placed.node.has("skin") or target_count(self._root, placed.node) > 0

    def apply_pose(self, primitive: Primitive, element: JsonElement, placed: Placed) -> tuple[Primitive, DoubleArray]:
        """Return a primitive with its morph targets and its skin applied, and the matrix that places it."""
        morphed = self.morph(primitive, element, placed)
        if not placed.node.has("skin"):
            return morphed, placed.matrix
        return self._skin(morphed, element, placed), np.eye(4)

    def morph(self, primitive: Primitive, element: JsonElement, placed: Placed) -> Primitive:
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
        values = gltf_primitives.floats(self._document, target.integer(name), target)
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

    def _skin(self, primitive: Primitive, element: JsonElement, placed: Placed) -> Primitive:
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
            # Linear blend skinning: the mean of the joints' matrices by weight, then one product a vertex.
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
    values = gltf_primitives.floats(document, skin.integer("inverseBindMatrices"), skin)
    if values.shape[1] != 16 or len(values) < count or not np.isfinite(values).all():
        raise skin.error(
            message("a finite matrix is needed for each joint (joints: %(count)s)", count=count), "inverseBindMatrices"
        )
    return values[:count].astype(np.float64).reshape(-1, 4, 4).transpose(0, 2, 1)


WIDTHS = {"translation": 3, "rotation": 4, "scale": 3}
INTERPOLATIONS = ("LINEAR", "STEP", "CUBICSPLINE")
POINTER = "pointer"
MOST_CHANNELS = 100_000
"""More than any rig has: a body of 200 bones in 100 clips has 60,000."""


@dataclass(frozen=True, eq=False)
class Channel:
    """One animated property of one node.

    path : "translation", "rotation", "scale" or "weights"
    times : (k,) float32 seconds, growing
    values : (k, w) float32, or (k, 3, w) for CUBICSPLINE: the tangent in, the value, the tangent out
    interpolation : one of `INTERPOLATIONS`
    """

    node: int
    path: str
    times: FloatArray
    values: FloatArray
    interpolation: str


@dataclass(frozen=True, eq=False)
class AnimationClip:
    """One animation.

    duration_s : the last of its times
    """

    name: str
    channels: tuple[Channel, ...]
    duration_s: float


def read_clips(document: Document) -> tuple[AnimationClip, ...]:
    """Return a document's animations, without channels that animate something other than a node.

    Raises FormatError for references to missing objects and for values that the standard forbids.
    """
    reader = _Reader(document)
    animations = document.root.children("animations")
    if sum(len(each.children("channels")) for each in animations) > MOST_CHANNELS:
        raise document.root.error(message("more than %(count)s animation channels", count=MOST_CHANNELS), "animations")
    return tuple(reader.clip(element) for element in animations)


class _Reader:
    """Reads each accessor once, however many samplers share it."""

    def __init__(self, document: Document) -> None:
        self._document, self._accessors = document, dict[int, FloatArray]()
        self._nodes = document.root.children("nodes")

    def clip(self, element: JsonElement) -> AnimationClip:
        channels = tuple(self._channels(element))
        targets = [(channel.node, channel.path) for channel in channels]
        if len(set(targets)) < len(targets):
            raise element.error(message("two channels animate the same property of a node"), "channels")
        last = max((float(channel.times[-1]) for channel in channels), default=0.0)
        return AnimationClip(element.text("name"), channels, last)

    def _channels(self, element: JsonElement) -> Iterator[Channel]:
        for channel in element.children("channels"):
            target = channel.child("target")
            if target is None:
                raise channel.error(message("the channel has no target"))
            path = target.text("path")
            if path == POINTER or not target.has("node"):
                continue
            sampler = element.item("samplers", channel.integer("sampler"), channel)
            yield self._channel(target, path, sampler)

    def _channel(self, target: JsonElement, path: str, sampler: JsonElement) -> Channel:
        number = target.integer("node")
        node = self._document.root.item("nodes", number, target)
        if path not in (*WIDTHS, "weights"):
            raise target.error(message("unknown animation path '%(path)s'", path=path[:20]), "path")
        if node.has("matrix") and path != "weights":
            raise target.error(
                message(
                    "animates %(node)s, which has a matrix instead of translation, rotation and scale", node=node.place
                )
            )
        interpolation = sampler.text("interpolation", "LINEAR")
        if interpolation not in INTERPOLATIONS:
            raise sampler.error(message("unknown interpolation '%(name)s'", name=interpolation[:20]), "interpolation")
        times = self._times(sampler)
        parts = 3 if interpolation == "CUBICSPLINE" else 1
        values = self._values(sampler, path).reshape(-1)
        width = WIDTHS.get(path) or target_count(self._document.root, node)
        if not width or values.size != len(times) * parts * width:
            raise sampler.error(expected_values(len(times) * parts * width, values.size), "output")
        shape = (len(times), 3, width) if parts == 3 else (len(times), width)
        return Channel(number, path, times, values.reshape(shape), interpolation)

    def _times(self, sampler: JsonElement) -> FloatArray:
        times = self._floats(sampler, "input")
        if times.shape[1] != 1 or not len(times):
            raise sampler.error(message("keyframe times must be scalars, and at least one"), "input")
        flat = times[:, 0]
        if flat[0] < 0 or not (np.diff(flat) > 0).all():
            raise sampler.error(message("keyframe times must be non-negative and increasing"), "input")
        return flat

    def _values(self, sampler: JsonElement, path: str) -> FloatArray:
        values = self._floats(sampler, "output")
        if values.shape[1] != WIDTHS.get(path, 1):
            cause = message(
                "'%(path)s' has the wrong number of components (%(count)s)", path=path, count=values.shape[1]
            )
            raise sampler.error(cause, "output")
        return values

    def _floats(self, sampler: JsonElement, key: str) -> FloatArray:
        index = sampler.integer(key)
        if index not in self._accessors:
            values = gltf_primitives.floats(self._document, index, sampler)
            if not np.isfinite(values).all():
                raise sampler.error(message("contains a non-finite number"), key)
            self._accessors[index] = values
        return self._accessors[index]


def target_count(root: JsonElement, node: JsonElement) -> int:
    """Return how many morph targets the mesh of a node has, 0 without a mesh. Raises FormatError."""
    if not node.has("mesh"):
        return 0
    mesh = root.item("meshes", node.integer("mesh"), node)
    counts = {len(primitive.children("targets")) for primitive in mesh.children("primitives")}
    if len(counts) > 1:
        raise mesh.error(message("the primitives have different numbers of morph targets"))
    return max(counts, default=0)


def sample_channel(channel: Channel, time_s: float) -> DoubleArray:
    """Return the (w,) float64 value of a channel at a time, the first or last keyframe outside its range.

    The formulas are those of glTF 2.0, appendix C.
    """
    times, values = channel.times.astype(np.float64), channel.values.astype(np.float64)
    is_cubic = channel.interpolation == "CUBICSPLINE"
    plain = values[:, 1] if is_cubic else values
    after = int(np.searchsorted(times, time_s, side="right"))
    if after == 0 or after == len(times) or channel.interpolation == "STEP":
        return _normalise(channel, plain[max(after - 1, 0)])
    before, length = after - 1, times[after] - times[after - 1]
    share = (time_s - times[before]) / length
    if is_cubic:
        return _normalise(channel, _spline(values[before], values[after], share, length))
    if channel.path == "rotation":
        return slerp(plain[before], plain[after], share)
    return np.asarray(plain[before] * (1 - share) + plain[after] * share)


def _normalise(channel: Channel, value: NDArray[Any]) -> DoubleArray:
    return unit(value) if channel.path == "rotation" else np.asarray(value, np.float64)


def _spline(one: DoubleArray, other: DoubleArray, share: float, length: float) -> DoubleArray:
    """Return the cubic Hermite spline between two keyframes (3, w)."""
    square, cube = share**2, share**3
    return np.asarray(
        (2 * cube - 3 * square + 1) * one[1]
        + length * (cube - 2 * square + share) * one[2]
        + (3 * square - 2 * cube) * other[1]
        + length * (cube - square) * other[0]
    )


def slerp(one: NDArray[Any], other: NDArray[Any], share: float) -> DoubleArray:
    """Return the quaternion (x, y, z, w) on the shorter way from one to another."""
    first, last = unit(one), unit(other)
    cosine = float(first @ last)
    last, cosine = (-last, -cosine) if cosine < 0 else (last, cosine)
    angle = float(np.arccos(min(cosine, 1.0)))
    if angle < 1e-6:
        return unit(first * (1 - share) + last * share)
    return unit((np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle))


def unit(quaternion: NDArray[Any]) -> DoubleArray:
    """Return a quaternion of length one; the identity for one of length zero."""
    values = np.asarray(quaternion, np.float64)
    length = float(np.linalg.norm(values))
    return values / length if length > 0 else np.array([0.0, 0.0, 0.0, 1.0])
