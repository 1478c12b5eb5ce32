"""Quantise vertex attributes and tracks for meshopt, and return the values that a reader decodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import meshopt
import numpy as np
from numpy.typing import NDArray

from carreau.base.model import FloatArray
from carreau.formats.gltf_scene.scene import Shape, Track
from carreau.formats.writers.glb_geometry import AttributeStream, octahedral, padded, top_aligned, unit

_MANTISSA_BITS = 24
NORMAL_STEP = 1 / 128
"""Step of the normals and tangents of morph targets, which are written as bytes."""

QUATERNION_BITS = 16
"""Displaces a vertex at 20 m by 0.5 mm at most; gltfpack's 12 bits displace it by 7 mm."""

TRACK_SHARE = 1 / 4096
"""Rounding step as a share of a track's range; for values far from zero, at least 2⁻¹⁷ of them."""

TOP = 65535


@dataclass(frozen=True)
class EncodingPrecision:
    """Bits of vertex attributes.

    position_bits : of the longest side of a shape, 8 to 20
    texcoord_bits : of a texture's side, 8 to 16
    position_step : one step for all shapes instead, a power of two, so that shapes that meet still do; 0 for none
    """

    position_bits: int = 14
    texcoord_bits: int = 14
    position_step: float = 0.0


def exponential(name: str, values: FloatArray, step: float) -> AttributeStream:
    """Round floats to steps of a power of two, at most `step`: they stay floats, and no node has to scale them back.

    Integers (KHR_mesh_quantization) would need a scale on every node that shows the mesh, which a clip may move, and in
    every inverse bind matrix; packed, these take the same bytes within a few per cent.
    """
    tops = np.abs(values).max(axis=0) if len(values) else np.zeros(1)
    exponents = np.frexp(tops[tops > 0].astype(np.float64))[1]
    bits = math.ceil(int(exponents.max()) - math.log2(step)) + 1 if len(exponents) and step > 0 else 2
    if step <= 0 or bits > _MANTISSA_BITS:
        return AttributeStream(name, np.ascontiguousarray(values, np.float32), values.shape[1], is_normalized=False)
    packed = meshopt.encode_filter_exp(np.ascontiguousarray(values, np.float32), max(bits, 2), "SharedComponent")
    numbers = np.ascontiguousarray(packed).view(np.int32).reshape(values.shape)
    rows = np.ldexp(((numbers << 8) >> 8).astype(np.float32), numbers >> 24).astype(np.float32)
    return AttributeStream(name, rows, values.shape[1], is_normalized=False, packed=packed, filter_="EXPONENTIAL")


def shape_streams(
    shape: Shape, fineness: EncodingPrecision
) -> tuple[list[AttributeStream], list[list[AttributeStream]]]:
    """Return the packed attributes of a shape, the positions first, and those of each of its morph targets."""
    positions = shape.attributes["POSITION"]
    side = float((positions.max(axis=0) - positions.min(axis=0)).max())
    moved = [float(np.abs(target["POSITION"]).max()) for target in shape.targets if "POSITION" in target]
    step = max([side, *moved]) / (1 << fineness.position_bits)
    if fineness.position_step:
        step = fineness.position_step
        positions = (np.rint(positions.astype(np.float64) / step) * step).astype(np.float32)
    weights = whole_weights(shape.attributes) | {"POSITION": positions}
    names = ["POSITION", *(name for name in shape.attributes if name != "POSITION")]
    own = [_stream(name, {**shape.attributes, **weights}[name], step, fineness) for name in names]
    targets = [
        [exponential(name, values, step if name == "POSITION" else NORMAL_STEP) for name, values in target.items()]
        for target in shape.targets
    ]
    return own, targets


def _stream(name: str, values: NDArray[Any], step: float, fineness: EncodingPrecision) -> AttributeStream:
    kind = name.partition("_")[0]
    if kind == "POSITION":
        return exponential(name, values, step)
    if kind == "NORMAL":
        return octahedral(values, 8)
    if kind == "TANGENT":
        return _tangents(values)
    if kind == "TEXCOORD":
        return _texcoords(name, values, fineness.texcoord_bits)
    if kind == "COLOR":
        return colors(name, values)
    if kind == "JOINTS":
        return AttributeStream(name, joints(values), 4, is_normalized=False)
    return AttributeStream(name, values, 4, is_normalized=True)


def _tangents(values: FloatArray) -> AttributeStream:
    """Fold tangents as normals are, with the sign beside them."""
    tangents = plain_tangents(values)
    packed = meshopt.encode_filter_oct(tangents, 4, 8)
    return AttributeStream("TANGENT", np.rint(tangents * 127).astype(np.int8), 4, True, packed, "OCTAHEDRAL")


def _texcoords(name: str, values: FloatArray, bits: int) -> AttributeStream:
    if len(values) and (values.min() < 0.0 or values.max() > 1.0):
        return exponential(name, values, 2.0**-bits)
    shift = 16 - bits
    steps = np.rint(values.astype(np.float64) * TOP / (1 << shift))
    return AttributeStream(name, top_aligned(steps, shift), 2, is_normalized=True)


def colors(name: str, values: NDArray[Any]) -> AttributeStream:
    """Return colours as bytes where nothing is lost by it; every vertex starts at a multiple of four bytes."""
    is_bytes = not (values % 257).any()
    rows = (values // 257).astype(np.uint8) if is_bytes else np.ascontiguousarray(values, np.uint16)
    return AttributeStream(name, padded(rows) if values.shape[1] == 3 else rows, values.shape[1], is_normalized=True)


def joints(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of joints in as few bytes as hold them."""
    return values.astype(np.uint8) if not len(values) or values.max() < 256 else values.astype(np.uint16)


def whole_weights(attributes: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the weights as uint16 whose sum over all sets is 65535 at each vertex, as glTF asks."""
    names = sorted(name for name in attributes if name.startswith("WEIGHTS"))
    if not names:
        return {}
    floats = np.concatenate([attributes[name] for name in names], axis=1).astype(np.float64)
    steps = np.rint(floats * TOP).astype(np.int64)
    largest = steps.argmax(axis=1)
    steps[np.arange(len(steps)), largest] += TOP - steps.sum(axis=1)
    cut = np.split(steps.astype(np.uint16), len(names), axis=1)
    return {name: np.ascontiguousarray(values) for name, values in zip(names, cut, strict=True)}


def plain_tangents(values: FloatArray) -> FloatArray:
    """Return tangents of length one, each with a sign of 1 or -1."""
    signs = np.where(values[:, 3:] < 0, -1, 1).astype(np.float32)
    return np.ascontiguousarray(np.column_stack([unit(values[:, :3]), signs]), np.float32)


def track_stream(track: Track) -> AttributeStream:
    """Return a packed track; times, matrices and what is between tangents stay as they are."""
    if track.kind in ("time", "matrix") or track.is_cubic:
        return AttributeStream(track.kind, track.values, track.values.shape[1], is_normalized=False)
    if track.kind == "rotation":
        turns = unit_quaternions(track.values)
        packed = meshopt.encode_filter_quat(turns, 8, QUATERNION_BITS)
        return AttributeStream(track.kind, np.rint(turns * 32767).astype(np.int16), 4, True, packed, "QUATERNION")
    way = float((track.values.max(axis=0) - track.values.min(axis=0)).max())
    far = float(np.abs(track.values).max())
    return exponential(track.kind, track.values, min(far / (1 << 17), way * TRACK_SHARE))


def unit_quaternions(values: FloatArray) -> FloatArray:
    """Return (n, 4) quaternions of length one; identities for those of length zero."""
    lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        turns = np.where(lengths > 0, values / lengths, (0.0, 0.0, 0.0, 1.0))
    return np.ascontiguousarray(turns, np.float32)
