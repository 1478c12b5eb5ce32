"""Read a USDZ or USD file back as a mesh, through USD's own stage and shading network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Ar, Tf, Usd, UsdGeom, UsdShade

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import DoubleArray, FloatArray, IntArray, Material, Mesh, TextureSlot, Wrap
from carreau.formats.images.image import open_texture

_WRAPS = {"clamp": Wrap.CLAMP, "repeat": Wrap.REPEAT, "mirror": Wrap.MIRROR, "black": Wrap.CLAMP}
_INPUTS = {
    "base": "diffuseColor",
    "normal": "normal",
    "occlusion": "occlusion",
    "metallic_map": "metallic",
    "roughness_map": "roughness",
    "emissive": "emissiveColor",
}
"""The textures of a material, and the inputs of UsdPreviewSurface that they feed."""

_EXPORT = message("export it again as USDZ with triangles and UsdPreviewSurface")


@dataclass(frozen=True, eq=False)
class _Part:
    """One mesh of the stage, in metres with Y up: texcoords are (m, 3, 2), v downwards, NaN without any."""

    positions: DoubleArray
    faces: IntArray
    texcoords: FloatArray
    normals: FloatArray
    material: Material


def read(path: Path) -> Mesh:
    """Return what a USD file shows as one mesh in metres with Y up: triangles, normals, and the first texture set.

    Where only some parts have normals, the others have those of their faces.

    Raises FormatError when it is no USD file or shows no triangles.
    """
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        raise FormatError(path, "", message("not a readable USD file"), _EXPORT) from error
    turn = _to_metres(stage)
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    parts = [_part(path, mesh, turn) for mesh in meshes]
    if not parts:
        raise FormatError(path, "", message("there are no meshes"), _EXPORT)
    return _joined(parts)


def _to_metres(stage: Usd.Stage) -> DoubleArray:
    """Return the (4, 4) matrix that takes row vectors of the stage to metres with Y up."""
    turn = np.eye(4)
    if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z:
        turn[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    turn[:3, :3] *= UsdGeom.GetStageMetersPerUnit(stage)
    return turn


def _part(path: Path, mesh: UsdGeom.Mesh, turn: DoubleArray) -> _Part:
    place = str(mesh.GetPath())
    counts = np.asarray(mesh.GetFaceVertexCountsAttr().Get() or [], np.int64)
    corners = np.asarray(mesh.GetFaceVertexIndicesAttr().Get() or [], np.int64)
    points = np.asarray(mesh.GetPointsAttr().Get() or np.zeros((0, 3)), np.float64).reshape(-1, 3)
    if not len(counts) or (counts != 3).any() or len(corners) != 3 * len(counts):
        raise FormatError(path, place, message("the mesh has faces that are not triangles"), _EXPORT)
    if corners.min() < 0 or corners.max() >= len(points):
        cause = message("a point index is out of range (points: %(count)s)", count=len(points))
        raise FormatError(path, place, cause, _EXPORT)
    faces = corners.reshape(-1, 3).astype(np.int32)
    matrix = np.array(UsdGeom.Xformable(mesh).ComputeLocalToWorldTransform(Usd.TimeCode.Default())) @ turn
    normals = _cornered(path, place, mesh.GetNormalsAttr().Get(), mesh.GetNormalsInterpolation(), faces, 3)
    material, st = _material(path, mesh)
    primvar = UsdGeom.PrimvarsAPI(mesh).GetPrimvar(st)
    uvs, interpolation = (primvar.ComputeFlattened(), primvar.GetInterpolation()) if primvar else (None, "")
    texcoords = _cornered(path, place, uvs, interpolation, faces, 2)
    texcoords[..., 1] = 1 - texcoords[..., 1]
    if mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded:
        faces, texcoords, normals = faces[:, ::-1], texcoords[:, ::-1], normals[:, ::-1]
    world_normals = normals @ np.linalg.inv(matrix[:3, :3]).T
    world_normals /= np.maximum(np.linalg.norm(world_normals, axis=-1, keepdims=True), 1e-30)
    positions = points @ matrix[:3, :3] + matrix[3, :3]
    return _Part(positions, faces, texcoords, world_normals.astype(np.float32), material)


def _cornered(path: Path, place: str, values: Any, interpolation: str, faces: IntArray, width: int) -> FloatArray:
    """Return (m, 3, width) values at corners, whatever they are given for; NaN where there are none."""
    if values is None or not len(values):
        return np.full((len(faces), 3, width), np.nan, np.float32)
    rows = np.asarray(values, np.float32).reshape(-1, width)
    given_by: dict[str, NDArray[Any]] = {
        UsdGeom.Tokens.faceVarying: np.arange(faces.size).reshape(faces.shape),
        UsdGeom.Tokens.uniform: np.repeat(np.arange(len(faces))[:, None], 3, axis=1),
        UsdGeom.Tokens.constant: np.zeros_like(faces),
    }
    index = given_by.get(interpolation, faces)
    if index.max() >= len(rows):
        raise FormatError(path, place, message("an attribute has too few values (%(count)s)", count=len(rows)), _EXPORT)
    return np.asarray(rows[index])


def _material(path: Path, mesh: UsdGeom.Mesh) -> tuple[Material, str]:
    """Return the material bound to a mesh, and the name of the texture coordinates that it follows."""
    bound, _ = UsdShade.MaterialBindingAPI(mesh.GetPrim()).ComputeBoundMaterial()
    surface = bound.ComputeSurfaceSource()[0] if bound else None
    if not surface or surface.GetIdAttr().Get() != "UsdPreviewSurface":
        return Material(), "st"
    slots: dict[str, TextureSlot] = {}
    names: list[str] = []
    for slot, name in _INPUTS.items():
        texture = _source(surface, name, "UsdUVTexture")
        if texture is not None:
            slots[slot] = _slot(path, texture)
            reader = _source(texture, "st", "UsdPrimvarReader_float2")
            names.append(str(reader.GetInput("varname").Get()) if reader is not None else "st")
    color = surface.GetInput("diffuseColor").Get() if "base" not in slots and surface.GetInput("diffuseColor") else None
    red, green, blue = (float(channel) for channel in color) if color is not None else (1.0, 1.0, 1.0)
    emission = _value(surface, "emissiveColor", (0.0, 0.0, 0.0))
    material = Material(
        bound.GetPrim().GetName(),
        (red, green, blue),
        slots.get("base"),
        slots.get("normal"),
        slots.get("occlusion"),
        metallic_map=slots.get("metallic_map"),
        roughness_map=slots.get("roughness_map"),
        emissive=slots.get("emissive"),
        metallic=1.0 if "metallic_map" in slots else _value(surface, "metallic", 0.0),
        roughness=1.0 if "roughness_map" in slots else _value(surface, "roughness", 0.5),
        emissive_color=(1.0, 1.0, 1.0) if "emissive" in slots else (emission[0], emission[1], emission[2]),
    )
    return material, names[0] if names else "st"


def _value(shader: UsdShade.Shader, name: str, default: Any) -> Any:
    """Return the constant of an input as plain numbers."""
    socket = shader.GetInput(name)
    value = socket.Get() if socket and not socket.HasConnectedSource() else None
    if value is None:
        return default
    return float(value) if isinstance(default, float) else tuple(float(part) for part in value)


def _source(shader: UsdShade.Shader, name: str, identifier: str) -> UsdShade.Shader | None:
    """Return the shader of a kind that feeds an input, or None."""
    socket = shader.GetInput(name)
    connection = socket.GetConnectedSource() if socket and socket.HasConnectedSource() else None
    other = UsdShade.Shader(connection[0].GetPrim()) if connection else None
    return other if other and other.GetIdAttr().Get() == identifier else None


def _slot(path: Path, texture: UsdShade.Shader) -> TextureSlot:
    asset = texture.GetInput("file").Get()
    name = str(asset.path) if asset else ""
    resource = Ar.GetResolver().OpenAsset(Ar.ResolvedPath(asset.resolvedPath)) if asset and asset.resolvedPath else None
    if resource is None:
        raise FormatError(path, name, message("the texture is not in the package"), _EXPORT)
    wraps = [texture.GetInput(key).Get() if texture.GetInput(key) else "repeat" for key in ("wrapS", "wrapT")]
    data = bytes(resource.GetBuffer())
    return TextureSlot(open_texture(name, data, path), 0, *(_WRAPS.get(wrap, Wrap.REPEAT) for wrap in wraps))


def _joined(parts: list[_Part]) -> Mesh:
    """Return the parts as one mesh, each with its own material."""
    starts = np.cumsum([0, *(len(part.positions) for part in parts)])
    faces = [part.faces + start for part, start in zip(parts, starts, strict=False)]
    positions = np.concatenate([part.positions for part in parts]).astype(np.float32)
    normals = np.concatenate([part.normals for part in parts])
    missing = np.isnan(normals).any(axis=(1, 2))
    if not missing.all():
        normals[missing] = _flat(positions, np.concatenate(faces)[missing])[:, None]
    return Mesh(
        positions=positions,
        faces=np.concatenate(faces).astype(np.int32),
        texcoords=(np.concatenate([part.texcoords for part in parts]),),
        normals=None if missing.all() else normals,
        face_materials=np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.faces) for part in parts]),
        materials=tuple(part.material for part in parts),
    )


def _flat(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m, 3) unit normals of faces, upwards for those without area, as the reader of glTF has them."""
    a, b, c = (positions[faces[:, corner]].astype(np.float64) for corner in range(3))
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0, normals / np.where(lengths > 0, lengths, 1.0), (0.0, 1.0, 0.0)).astype(np.float32)
