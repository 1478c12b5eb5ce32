"""Read the animations of a glTF and sample them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import message
from carreau.base.model import DoubleArray, FloatArray
from carreau.formats.gltf import gltf_accessors
from carreau.formats.gltf.gltf_document import Document
from carreau.formats.gltf.gltf_json import JsonElement, expected_values

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
            values = gltf_accessors.floats(self._document, index, sampler)
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


def sampled(channel: Channel, time_s: float) -> DoubleArray:
    """Return the (w,) float64 value of a channel at a time, the first or last keyframe outside its range.

    The formulas are those of glTF 2.0, appendix C.
    """
    times, values = channel.times.astype(np.float64), channel.values.astype(np.float64)
    is_cubic = channel.interpolation == "CUBICSPLINE"
    plain = values[:, 1] if is_cubic else values
    after = int(np.searchsorted(times, time_s, side="right"))
    if after == 0 or after == len(times) or channel.interpolation == "STEP":
        return _normalised(channel, plain[max(after - 1, 0)])
    before, length = after - 1, times[after] - times[after - 1]
    share = (time_s - times[before]) / length
    if is_cubic:
        return _normalised(channel, _spline(values[before], values[after], share, length))
    if channel.path == "rotation":
        return slerp(plain[before], plain[after], share)
    return np.asarray(plain[before] * (1 - share) + plain[after] * share)


def _normalised(channel: Channel, value: NDArray[Any]) -> DoubleArray:
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
