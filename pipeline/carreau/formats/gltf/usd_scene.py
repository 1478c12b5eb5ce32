"""Write an authored scene as USDZ for iPhone's Quick Look: its nodes, its skins, and its first clip as time samples.

It reads the plain GLB of the AR pair, so that both files show the same numbers. A USDZ has one timeline: other clips
stay in the GLB. Morph targets have their rest weights, since what Quick Look does with blend shapes is not
documented.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdShade, UsdSkel, Vt

from carreau.base.messages import Message, message
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray
from carreau.formats.gltf.gltf import moved_texcoords
from carreau.formats.gltf.gltf_document import Document, JsonElement, open_document
from carreau.formats.gltf.gltf_materials import TexcoordKey
from carreau.formats.gltf.gltf_pose import (
    AnimationClip,
    Channel,
    ScenePose,
    inverse_binds,
    joint_nodes,
    read_clips,
    sample_channel,
)
from carreau.formats.gltf.gltf_primitives import Primitive, drawn_shape, read_primitive
from carreau.formats.gltf.gltf_scenes import Placed, all_places, scene_roots
from carreau.formats.gltf.usd_materials import UsdMaterials
from carreau.formats.images import image_codecs
from carreau.formats.writers.glb import unit
from carreau.formats.writers.usdz_files import LAYER, ROOT, UsdzAbout, describe
from carreau.formats.writers.zip_packages import StoredZip

_ROWS = {"translation": 3, "rotation": 4, "scale": 3}


@dataclass(frozen=True)
class UsdzScene:
    """A USDZ, and warnings about what it lacks.

    left_out : what the file lacks
    """

    usdz: bytes
    left_out: tuple[Message, ...]


def write(path: Path, about: UsdzAbout) -> UsdzScene:
    """Return the scene of a plain GLB as USDZ; the same file gives the same bytes. Raises FormatError."""
    document = open_document(path)
    clips = read_clips(document)
    builder = _Builder(document, clips[0] if clips else None)
    stream = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        layer = Path(folder) / LAYER
        stage = Usd.Stage.CreateNew(str(layer))
        describe(stage, about)
        builder.build(stage)
        stage.GetRootLayer().Save()
        del stage
        with StoredZip(stream) as package:
            package.add(LAYER, layer.read_bytes())
            for name, data in builder.materials.files.items():
                package.add(name, data)
    return UsdzScene(stream.getvalue(), tuple(_left_out(document, clips, builder)))


def _left_out(document: Document, clips: tuple[AnimationClip, ...], builder: _Builder) -> Iterable[Message]:
    meshes = document.root.children("meshes")
    primitives = [part for mesh in meshes for part in mesh.children("primitives")]
    if len(clips) > 1:
        yield message("the USDZ plays only the first of %(count)s clips: it has one timeline", count=len(clips))
    if any(part.children("targets") for part in primitives):
        yield message("morph targets are at rest in the USDZ: only the GLB animates them")
    if builder.lost_colors:
        yield message(
            "colours of vertices are left out of the USDZ: iPhones show those parts in their material's colour"
        )
    if builder.other_shapes:
        yield message("points and lines are left out of the USDZ: iPhones do not show them")
    if any(each.is_twisted for each in builder.skeletons.values()):
        yield message(
            "a skin is at rest in the USDZ: its joints cannot be decomposed into translation, rotation and scale"
        )


class _Builder:
    """Builds a stage from the nodes of a document."""

    def __init__(self, document: Document, clip: AnimationClip | None) -> None:
        self.materials = UsdMaterials(document)
        self.other_shapes = self.lost_colors = False
        self.skeletons: dict[int, Skeleton] = {}
        self._document, self._root, self._clip = document, document.root, clip
        self._pose = ScenePose(document)
        self._nodes = document.root.children("nodes")
        self._moved: dict[int, list[Channel]] = {}
        for channel in clip.channels if clip is not None else ():
            self._moved.setdefault(channel.node, []).append(channel)

    def build(self, stage: Usd.Stage) -> None:
        placed = {each.index: each for each in self._pose.placed()}
        waiting = [(index, ROOT) for index in reversed(scene_roots(self._root, self._nodes))]
        while waiting:
            index, above = waiting.pop()
            node = self._nodes[index]
            path = f"{above}/{_identifier(node.text('name') or 'Node')}_{index}"
            xform = UsdGeom.Xform.Define(stage, path)
            if node.text("name"):
                xform.GetPrim().SetDisplayName(_text(node.text("name")))
            self._place(xform, index, node)
            if index in placed:
                if node.has("skin"):
                    self._skin(stage, placed[index], f"{ROOT}/Skin_{index}")
                else:
                    self._meshes(stage, placed[index], path)
            waiting += [(child, path) for child in reversed(node.integers("children"))]
        if self._clip is not None and self._clip.duration_s > 0:
            stage.SetTimeCodesPerSecond(RATE)
            stage.SetFramesPerSecond(RATE)
            stage.SetStartTimeCode(0)
            stage.SetEndTimeCode(end_time(self._clip))

    def _place(self, xform: UsdGeom.Xform, index: int, node: JsonElement) -> None:
        """Set a node's translation, rotation and scale, animated ones as time samples."""
        matrix = node.numbers("matrix", 16)
        if matrix is not None:
            # glTF writes columns of what multiplies column vectors: read as rows, they multiply USD's row vectors.
            xform.AddTransformOp().Set(Gf.Matrix4d(*matrix))
            return
        channels = {channel.path: channel for channel in self._moved.get(index, ())}
        for path, count in _ROWS.items():
            rest, channel = node.numbers(path, count), channels.get(path)
            if rest is None and channel is None:
                continue
            operation = _operation(xform, path)
            operation.Set(_value(path, rest or ([0, 0, 0, 1] if count == 4 else [float(path == "scale")] * 3)))
            for time_s in sample_times(channel) if channel is not None else ():
                if channel is not None:
                    operation.Set(_value(path, sample_channel(channel, time_s)), time_s * RATE)

    def _meshes(self, stage: Usd.Stage, placed: Any, path: str) -> list[tuple[UsdGeom.Mesh, Primitive]]:
        """Add a mesh for each primitive of a placed mesh, its morph targets at rest."""
        meshes = []
        for number, element in enumerate(placed.mesh.children("primitives")):
            if drawn_shape(element) != "triangles":
                self.other_shapes = True
                continue
            material = element.integer("material") if element.has("material") else None
            keys = self.materials.keys(material, element)
            sets = sorted({key.source for key in keys})
            primitive = self._pose.morph(
                read_primitive(self._document, element, sets, is_skinned=placed.node.has("skin")), element, placed
            )
            mesh = _mesh(stage, f"{path}/Mesh_{number}", primitive, keys)
            mesh.CreateDoubleSidedAttr(self.materials.is_double_sided(material, element))
            if primitive.colors is not None and len(primitive.faces) and not keys:
                ramps = color_ramps(primitive.colors, primitive.faces)
                _set_texcoords(mesh, 0, ramps.texcoords.reshape(-1, 2), UsdGeom.Tokens.faceVarying)
                name = f"Colors_{placed.index}_{number}"
                UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(
                    self.materials.colored(stage, material, element, name, ramps.png)
                )
            elif material is not None:
                self.lost_colors |= primitive.colors is not None
                UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(
                    self.materials.material(stage, material, element)
                )
            meshes.append((mesh, primitive))
        return meshes

    def _skin(self, stage: Usd.Stage, placed: Any, path: str) -> None:
        skeleton = self.skeletons[placed.index] = Skeleton(self._document, self._clip, placed)
        skeleton.define(stage, path)
        for mesh, primitive in self._meshes(stage, placed, path):
            skeleton.bind(mesh, primitive)


def _operation(xform: UsdGeom.Xform, path: str) -> UsdGeom.XformOp:
    if path == "translation":
        return xform.AddTranslateOp(UsdGeom.XformOp.PrecisionDouble)
    if path == "rotation":
        return xform.AddOrientOp(UsdGeom.XformOp.PrecisionFloat)
    return xform.AddScaleOp(UsdGeom.XformOp.PrecisionFloat)


def _value(path: str, numbers: Any) -> Any:
    values = [float(number) for number in numbers]
    if path == "rotation":
        return Gf.Quatf(values[3], values[0], values[1], values[2])
    return Gf.Vec3d(*values) if path == "translation" else Gf.Vec3f(*values)


def _mesh(stage: Usd.Stage, path: str, primitive: Primitive, keys: list[TexcoordKey]) -> UsdGeom.Mesh:
    """Add the triangles; v grows upwards in USD and downwards here."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    positions = np.ascontiguousarray(primitive.positions, np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(positions))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(primitive.faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(primitive.faces.reshape(-1), np.int32)))
    if primitive.normals is not None:
        mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(unit(primitive.normals)))
        mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateOrientationAttr(UsdGeom.Tokens.rightHanded)
    corners = [positions.min(axis=0), positions.max(axis=0)]
    mesh.CreateExtentAttr(Vt.Vec3fArray([Gf.Vec3f(*(float(x) for x in corner)) for corner in corners]))
    for number, key in enumerate(keys):
        moved = moved_texcoords(primitive, key)
        if moved is not None:
            _set_texcoords(mesh, number, moved, UsdGeom.Tokens.vertex)
    return mesh


def _set_texcoords(mesh: UsdGeom.Mesh, number: int, texcoords: FloatArray, given_by: str) -> None:
    """Set a set of texture coordinates (k, 2), whose v grows downwards."""
    st: NDArray[np.float32] = np.column_stack([texcoords[:, 0], np.float32(1) - texcoords[:, 1]]).astype(np.float32)
    kind = Sdf.ValueTypeNames.TexCoord2fArray
    primvar = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar(set_name(number), kind, given_by)
    primvar.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(st)))


def set_name(number: int) -> str:
    """Return the name of a set of texture coordinates: "st" for the first, by convention."""
    return "st" if number == 0 else f"st{number}"


def _identifier(name: str) -> str:
    return str(Tf.MakeValidIdentifier(_text(name)[:60]))


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


STEPS = 24
"""Of each channel of a hue; faces of one step share a row, which has the mean of their hues."""

MOST_ROWS, ROW_PX, COLUMNS = 256, 4, 64
"""Rows are so high that neighbours do not mix from near, nor in the first two smaller pictures of a texture."""


@dataclass(frozen=True, eq=False)
class ColorRamps:
    """A picture, and where corners lie on it.

    picture : (h, w, 3) uint8 sRGB
    texcoords : (m, 3, 2) float32, v downwards
    """

    picture: ByteArray
    texcoords: FloatArray

    @property
    def png(self) -> bytes:
        """Return the picture as PNG."""
        return image_codecs.encode_png(self.picture)


def color_ramps(colors: ByteArray, faces: IntArray) -> ColorRamps:
    """Return ramps for the colours (n, 3) uint8 sRGB of vertices, on faces (m, 3)."""
    corners = colors[faces].astype(np.float64) / 255
    lightness = corners.max(axis=2)
    sums = corners.sum(axis=1)
    highest = sums.max(axis=1, keepdims=True)
    hues = np.where(highest > 0, sums / np.maximum(highest, 1e-9), 1.0)
    steps = np.rint(hues * STEPS).astype(np.int64) @ np.array([(STEPS + 1) ** 2, STEPS + 1, 1])
    _, row, counts = np.unique(steps, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(row, channel, len(counts)) for channel in hues.T]) / counts[:, None]
    if len(counts) > MOST_ROWS:
        # The rare hues take the nearest of the others.
        common = np.sort(np.argsort(-counts, kind="stable")[:MOST_ROWS])
        nearest = np.linalg.norm(means[:, None] - means[common], axis=2).argmin(axis=1)
        row, means = nearest[row], means[common]
    along = np.arange(COLUMNS) / (COLUMNS - 1)
    picture = np.rint(255 * means[:, None] * along[None, :, None]).astype(np.uint8)
    u = (0.5 + (COLUMNS - 1) * lightness) / COLUMNS
    v = np.repeat(((row + 0.5) / len(means))[:, None], 3, axis=1)
    return ColorRamps(np.repeat(picture, ROW_PX, axis=0), np.stack([u, v], axis=2).astype(np.float32))


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
                moved.setdefault(channel.node, {})[channel.path] = sample_channel(channel, time_s)
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
