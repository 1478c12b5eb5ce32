"""Write glTF animations and skins as USD time samples and skeletons.

USD interpolates linearly between samples. The joints of a skeleton are siblings, each with its place in the world.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

from carreau.base.model import DoubleArray
from carreau.formats.gltf.gltf_document import Document
from carreau.formats.gltf.gltf_motion import AnimationClip, Channel, sampled
from carreau.formats.gltf.gltf_nodes import Placed, all_places
from carreau.formats.gltf.gltf_pose import inverse_binds, joint_nodes
from carreau.formats.gltf.gltf_primitives import Primitive

RATE = 30.0
"""Time codes a second, of which Quick Look's frame rates are multiples."""

MOST_SAMPLES = 3600
"""Of a spline: two minutes. Apple recommends at most ten seconds."""

_JUST_BEFORE_S = 1e-3


def end_time(clip: AnimationClip) -> float:
    """Return the time code at which a clip ends."""
    return clip.duration_s * RATE


def sample_times(channel: Channel) -> list[float]:
    """Return the times, in seconds, at which a channel is sampled: its keyframes, and more between them for a spline.

    A step is two samples a millisecond apart.
    """
    times = [float(time) for time in channel.times]
    if channel.interpolation == "STEP":
        before = [max(later - _JUST_BEFORE_S, (earlier + later) / 2) for earlier, later in pairwise(times)]
        return sorted({*times, *before})
    if channel.interpolation == "CUBICSPLINE" and times[-1] > times[0]:
        count = min(int(np.ceil((times[-1] - times[0]) * RATE)) + 1, MOST_SAMPLES)
        return sorted({*times, *np.linspace(times[0], times[-1], count).tolist()})
    return times


_SHEAR = 1e-3
"""Largest dot product of a joint's axes; with more shear, no translation, rotation and scale describe the joint."""


class Skeleton:
    """The skeleton of one skinned node; a chain of joints would need every node between them to be one.

    is_twisted : whether some joint has shear, which USD cannot animate: the skin then stays at rest
    """

    def __init__(self, document: Document, clip: AnimationClip | None, placed: Placed) -> None:
        """Compute the matrices of the joints at rest and at each sample."""
        root = document.root
        skin = root.item("skins", placed.node.integer("skin"), placed.node)
        self._joints = joint_nodes(root, skin)
        self._names = [f"joint_{number}" for number in range(len(self._joints))]
        self._inverse = inverse_binds(document, skin, len(self._joints))
        self._rest = self._places(root, {})
        self._frames: dict[float, DoubleArray] = {}
        for time_s in _times(clip):
            moved: dict[int, dict[str, Any]] = {}
            for channel in clip.channels if clip is not None else ():
                moved.setdefault(channel.node, {})[channel.path] = sampled(channel, time_s)
            self._frames[time_s] = self._places(root, moved)
        singular = bool((np.abs(np.linalg.det(self._inverse[:, :3, :3])) < 1e-12).any())
        self.is_twisted = singular or any(_is_sheared(each) for each in (self._rest, *self._frames.values()))

    def _places(self, root: Any, moved: dict[int, dict[str, Any]]) -> DoubleArray:
        places = all_places(root, moved)
        return np.stack([places[joint] for joint in self._joints])

    def define(self, stage: Usd.Stage, path: str) -> None:
        """Add the skeleton and its animation."""
        UsdSkel.Root.Define(stage, path)
        if self.is_twisted:
            return
        self._skeleton = UsdSkel.Skeleton.Define(stage, f"{path}/Skeleton")
        self._skeleton.CreateJointsAttr(self._names)
        self._skeleton.CreateBindTransformsAttr(_matrices(np.asarray(np.linalg.inv(self._inverse), np.float64)))
        self._skeleton.CreateRestTransformsAttr(_matrices(self._rest))
        animation = UsdSkel.Animation.Define(stage, f"{path}/Skeleton/Animation")
        animation.CreateJointsAttr(self._names)
        animation.SetTransforms(_matrices(self._rest))
        for time_s, places in self._frames.items():
            animation.SetTransforms(_matrices(places), Usd.TimeCode(time_s * RATE))
        binding = UsdSkel.BindingAPI.Apply(self._skeleton.GetPrim())
        binding.CreateAnimationSourceRel().SetTargets([animation.GetPath()])

    def bind(self, mesh: UsdGeom.Mesh, primitive: Primitive) -> None:
        """Bind a mesh to the skeleton, or apply the rest pose where there is none."""
        joints, weights = primitive.joints, primitive.weights
        if joints is None or weights is None:
            return
        if self.is_twisted:
            matrices = np.einsum("nk,nkij->nij", weights, (self._rest @ self._inverse)[joints])
            points = np.einsum("nij,nj->ni", matrices[:, :3, :3], primitive.positions) + matrices[:, :3, 3]
            mesh.GetPointsAttr().Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(points, np.float32)))
            corners = [points.min(axis=0), points.max(axis=0)]
            mesh.GetExtentAttr().Set(Vt.Vec3fArray([Gf.Vec3f(*(float(x) for x in corner)) for corner in corners]))
            return
        binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
        binding.CreateSkeletonRel().SetTargets([self._skeleton.GetPath()])
        width = joints.shape[1]
        binding.CreateJointIndicesPrimvar(False, width).Set(Vt.IntArray.FromNumpy(joints.astype(np.int32).reshape(-1)))
        shares = np.ascontiguousarray(weights, np.float32).reshape(-1)
        binding.CreateJointWeightsPrimvar(False, width).Set(Vt.FloatArray.FromNumpy(shares))
        binding.CreateGeomBindTransformAttr().Set(Gf.Matrix4d(1))


def _times(clip: AnimationClip | None) -> list[float]:
    """Return the sample times; a rotating joint moves its children on an arc, so there are samples between keys."""
    if clip is None or clip.duration_s <= 0:
        return []
    keys = {time for channel in clip.channels for time in sample_times(channel)}
    count = min(int(np.ceil(clip.duration_s * RATE)) + 1, 3600)
    return sorted({*keys, *np.linspace(0, clip.duration_s, count).tolist()})


def _is_sheared(places: DoubleArray) -> bool:
    axes = places[:, :3, :3]
    lengths = np.linalg.norm(axes, axis=1, keepdims=True)
    if (lengths < 1e-9).any():
        return True
    directions = axes / lengths
    dots = np.einsum("nij,nik->njk", directions, directions) - np.eye(3)
    return bool((np.abs(dots) > _SHEAR).any() or (np.linalg.det(directions) < 0).any())


def _matrices(places: DoubleArray) -> Vt.Matrix4dArray:
    """Return matrices for row vectors."""
    return Vt.Matrix4dArray([Gf.Matrix4d(*(float(x) for x in each.T.reshape(-1))) for each in places])
