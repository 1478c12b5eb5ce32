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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdShade, Vt

from carreau.base.messages import Message, message
from carreau.base.model import FloatArray
from carreau.formats.gltf.gltf_document import Document, open_document
from carreau.formats.gltf.gltf_json import JsonElement
from carreau.formats.gltf.gltf_materials import TexcoordKey
from carreau.formats.gltf.gltf_merge import moved_texcoords
from carreau.formats.gltf.gltf_motion import AnimationClip, Channel, read_clips, sampled
from carreau.formats.gltf.gltf_nodes import scene_roots
from carreau.formats.gltf.gltf_pose import ScenePose
from carreau.formats.gltf.gltf_primitives import Primitive, drawn_shape, read_primitive
from carreau.formats.gltf_scene.color_ramps import color_ramps
from carreau.formats.gltf_scene.usd_animation import RATE, Skeleton, end_time, sample_times
from carreau.formats.gltf_scene.usd_materials import UsdMaterials
from carreau.formats.writers.glb_geometry import unit
from carreau.formats.writers.stored_zip import StoredZip
from carreau.formats.writers.usdz import LAYER, ROOT, UsdzAbout, describe

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
                    self._skinned(stage, placed[index], f"{ROOT}/Skin_{index}")
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
                    operation.Set(_value(path, sampled(channel, time_s)), time_s * RATE)

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
            primitive = self._pose.morphed(
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

    def _skinned(self, stage: Usd.Stage, placed: Any, path: str) -> None:
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
