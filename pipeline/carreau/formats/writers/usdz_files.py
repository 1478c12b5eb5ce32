"""Write a level as USDZ for iPhone's Quick Look, and read a USDZ or USD file back as a mesh.

What ARKit wants: metres, Y up, UsdPreviewSurface, files stored at multiples of 64 bytes with the layer first (USDZ
specification 1.3; Apple, "Creating USD files for Apple devices").
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Ar, Gf, Kind, Sdf, Tf, Usd, UsdGeom, UsdShade, Vt

from carreau.base.errors import FormatError, OptionError
from carreau.base.messages import message
from carreau.base.model import (
    LEVEL_CUTOFF,
    METALLIC_ROUGHNESS,
    OCCLUSION_METALLIC_ROUGHNESS,
    PLAIN_SURFACE,
    TEXTURE_SLOTS,
    AlphaMode,
    DoubleArray,
    EncodedImage,
    FloatArray,
    IntArray,
    LevelMesh,
    Material,
    Mesh,
    SurfaceFactors,
    TextureSlot,
    Wrap,
)
from carreau.formats.images.image import open_texture
from carreau.formats.writers.glb import unit
from carreau.formats.writers.zip_packages import StoredZip

LAYER = "model.usdc"
ROOT = "/Model"
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True)
class UsdzAbout:
    """Metadata of a USDZ.

    name : of the model, for a person; empty for none
    credit, licence : into the layer's comment and the model's asset information, where programs show them
    extras : into the layer's custom data: strings, numbers, and lists of numbers
    """

    name: str = ""
    credit: str = ""
    licence: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)


def write(
    level: LevelMesh,
    images: Mapping[str, EncodedImage],
    about: UsdzAbout = UsdzAbout(),
    surface: SurfaceFactors = PLAIN_SURFACE,
    alpha_mode: AlphaMode = AlphaMode.OPAQUE,
) -> bytes:
    """Return a USDZ of one mesh in metres with one material; the same arguments give the same bytes.

    images : JPEG or PNG by slot of `TEXTURE_SLOTS`, each over the level's texture coordinates
    surface : for what no map holds
    alpha_mode : how the alpha of the base colour is meant, cut off at `LEVEL_CUTOFF`

    Raises OptionError for what a USDZ cannot carry.
    """
    names = _names(level, images)
    stream = io.BytesIO()
    # `UsdUtils.CreateNewARKitUsdzPackage` writes the files' times into the ZIP, which then differs from run to run.
    with StoredZip(stream) as package:
        package.add(LAYER, _layer(level, names, about, surface, alpha_mode))
        for slot, name in names.items():
            package.add(name, images[slot].data)
    return stream.getvalue()


def _names(level: LevelMesh, images: Mapping[str, EncodedImage]) -> dict[str, str]:
    """Return the file of each picture in the package, in the order of the slots."""
    for slot, image in images.items():
        if slot not in TEXTURE_SLOTS or image.media_type not in _SUFFIXES:
            raise OptionError(
                message("USDZ does not support %(type)s as %(slot)s; use JPEG or PNG", type=image.media_type, slot=slot)
            )
    if images and level.texcoords is None:
        raise OptionError(message("a mesh without UV coordinates cannot have textures; unwrap it first"))
    return {slot: f"textures/{slot}{_SUFFIXES[images[slot].media_type]}" for slot in TEXTURE_SLOTS if slot in images}


def _layer(
    level: LevelMesh, names: Mapping[str, str], about: UsdzAbout, surface: SurfaceFactors, alpha_mode: AlphaMode
) -> bytes:
    """Return the binary layer; USD writes files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LAYER
        stage = Usd.Stage.CreateNew(str(path))
        describe(stage, about)
        mesh = _mesh(stage, level)
        UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(_material(stage, names, surface, alpha_mode))
        stage.GetRootLayer().Save()
        del stage
        return path.read_bytes()


def describe(stage: Usd.Stage, about: UsdzAbout) -> None:
    """Set the unit, the axes and the metadata of a stage."""
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, UsdGeom.LinearUnits.meters)
    root = UsdGeom.Xform.Define(stage, ROOT).GetPrim()
    stage.SetDefaultPrim(root)
    model = Usd.ModelAPI(root)
    model.SetKind(Kind.Tokens.component)
    if about.name:
        root.SetDisplayName(_text(about.name))
        model.SetAssetName(_text(about.name))
    rights = {"credit": about.credit, "licence": about.licence, "source": str(about.extras.get("source", ""))}
    for key, text in rights.items():
        if text:
            root.SetAssetInfoByKey(key, _text(text))
    layer = stage.GetRootLayer()
    layer.customLayerData = {key: _value(about.extras[key]) for key in sorted(about.extras)}
    layer.documentation = ", ".join(_text(text) for text in (about.name, about.credit, about.licence) if text)


def _value(value: Any) -> Any:
    """Return a plain value as USD stores it: lists of numbers become arrays of doubles."""
    if isinstance(value, Mapping):
        return {key: _value(value[key]) for key in sorted(value) if value[key] is not None}
    if isinstance(value, list | tuple):
        return Vt.DoubleArray([float(number) for number in value])
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    """Return text that can be written as UTF-8: a file's name may hold other bytes."""
    return text.encode("utf-8", "replace").decode()


def _mesh(stage: Usd.Stage, level: LevelMesh) -> UsdGeom.Mesh:
    """Add the triangles; v grows upwards in USD and downwards here."""
    mesh = UsdGeom.Mesh.Define(stage, f"{ROOT}/Mesh")
    positions = np.ascontiguousarray(level.positions, np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(positions))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(level.faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(level.faces.reshape(-1), np.int32)))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(unit(level.normals)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateOrientationAttr(UsdGeom.Tokens.rightHanded)
    mesh.CreateDoubleSidedAttr(True)
    bounds = [positions.min(axis=0), positions.max(axis=0)]
    mesh.CreateExtentAttr(Vt.Vec3fArray([Gf.Vec3f(*(float(x) for x in corner)) for corner in bounds]))
    primvars = UsdGeom.PrimvarsAPI(mesh)
    if level.texcoords is not None:
        st = np.column_stack([level.texcoords[:, 0], np.float32(1) - level.texcoords[:, 1]]).astype(np.float32)
        kind = Sdf.ValueTypeNames.TexCoord2fArray
        primvars.CreatePrimvar("st", kind, UsdGeom.Tokens.vertex).Set(Vt.Vec2fArray.FromNumpy(st))
    return mesh


def _material(
    stage: Usd.Stage, names: Mapping[str, str], factors: SurfaceFactors, alpha_mode: AlphaMode
) -> UsdShade.Material:
    """Add the material with its textures."""
    material = UsdShade.Material.Define(stage, f"{ROOT}/Material")
    surface = _shader(stage, "Surface", "UsdPreviewSurface")
    shine = _add_surface_maps(stage, surface, names)
    for name, factor, channel in (("metallic", factors.metallic, "b"), ("roughness", factors.roughness, "g")):
        socket = surface.CreateInput(name, Sdf.ValueTypeNames.Float)
        if shine is None:
            socket.Set(float(factor))
        else:
            socket.ConnectToSource(shine.CreateOutput(channel, Sdf.ValueTypeNames.Float))
    if "emissive" not in names and any(factors.emission):
        surface.CreateInput("emissiveColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*factors.emission))
    material.CreateSurfaceOutput().ConnectToSource(
        surface.CreateOutput(UsdShade.Tokens.surface, Sdf.ValueTypeNames.Token)
    )
    color = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    if "base" in names:
        texture = _texture(stage, "Base", names["base"], "sRGB")
        color.ConnectToSource(texture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3))
        if alpha_mode != AlphaMode.OPAQUE:
            source = texture.CreateOutput("a", Sdf.ValueTypeNames.Float)
            surface.CreateInput("opacity", Sdf.ValueTypeNames.Float).ConnectToSource(source)
        if alpha_mode == AlphaMode.MASK:
            surface.CreateInput("opacityThreshold", Sdf.ValueTypeNames.Float).Set(LEVEL_CUTOFF)
    else:
        color.Set(Gf.Vec3f(1, 1, 1))
    if "normal" in names:
        texture = _texture(stage, "Normal", names["normal"], "raw")
        # Pixels of 0..1 mean -1..1; the fourth numbers are for alpha, which is not used.
        texture.CreateInput("scale", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(2, 2, 2, 1))
        texture.CreateInput("bias", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
        source = texture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3)
        surface.CreateInput("normal", Sdf.ValueTypeNames.Normal3f).ConnectToSource(source)
    if "occlusion" in names:
        texture = _texture(stage, "Occlusion", names["occlusion"], "raw")
        source = texture.CreateOutput("r", Sdf.ValueTypeNames.Float)
        surface.CreateInput("occlusion", Sdf.ValueTypeNames.Float).ConnectToSource(source)
    return material


def _add_surface_maps(stage: Usd.Stage, surface: UsdShade.Shader, names: Mapping[str, str]) -> UsdShade.Shader | None:
    """Add the textures of metal, roughness and emission; return that of the first two."""
    if "emissive" in names:
        light = _texture(stage, "Emissive", names["emissive"], "sRGB")
        source = light.CreateOutput("rgb", Sdf.ValueTypeNames.Float3)
        surface.CreateInput("emissiveColor", Sdf.ValueTypeNames.Color3f).ConnectToSource(source)
    slot = OCCLUSION_METALLIC_ROUGHNESS if OCCLUSION_METALLIC_ROUGHNESS in names else METALLIC_ROUGHNESS
    if slot not in names:
        return None
    shine = _texture(stage, "MetallicRoughness", names[slot], "raw")
    if slot == OCCLUSION_METALLIC_ROUGHNESS:
        source = shine.CreateOutput("r", Sdf.ValueTypeNames.Float)
        surface.CreateInput("occlusion", Sdf.ValueTypeNames.Float).ConnectToSource(source)
    return shine


def _texture(stage: Usd.Stage, slot: str, file: str, color_space: str) -> UsdShade.Shader:
    """Add a texture over the mesh's UV coordinates."""
    places = _shader(stage, "Places", "UsdPrimvarReader_float2")
    places.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
    texture = _shader(stage, slot, "UsdUVTexture")
    texture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath(file))
    texture.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set(color_space)
    for direction in ("wrapS", "wrapT"):
        texture.CreateInput(direction, Sdf.ValueTypeNames.Token).Set("clamp")
    st = places.CreateOutput("result", Sdf.ValueTypeNames.Float2)
    texture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(st)
    return texture


def _shader(stage: Usd.Stage, name: str, identifier: str) -> UsdShade.Shader:
    shader = UsdShade.Shader.Define(stage, f"{ROOT}/Material/{name}")
    shader.CreateIdAttr(identifier)
    return shader


_WRAPS = {"clamp": Wrap.CLAMP, "repeat": Wrap.REPEAT, "mirror": Wrap.MIRROR, "black": Wrap.CLAMP}
_INPUTS = {
    "base": "diffuseColor",
    "normal": "normal",
    "occlusion": "occlusion",
    "metallic_map": "metallic",
    "roughness_map": "roughness",
    "emissive": "emissiveColor",
    "opacity_map": "opacity",
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
    return _join(parts)


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
    normals = _spread_to_corners(path, place, mesh.GetNormalsAttr().Get(), mesh.GetNormalsInterpolation(), faces, 3)
    material, st = _read_material(path, mesh)
    primvar = UsdGeom.PrimvarsAPI(mesh).GetPrimvar(st)
    uvs, interpolation = (primvar.ComputeFlattened(), primvar.GetInterpolation()) if primvar else (None, "")
    texcoords = _spread_to_corners(path, place, uvs, interpolation, faces, 2)
    texcoords[..., 1] = 1 - texcoords[..., 1]
    if mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded:
        faces, texcoords, normals = faces[:, ::-1], texcoords[:, ::-1], normals[:, ::-1]
    world_normals = normals @ np.linalg.inv(matrix[:3, :3]).T
    world_normals /= np.maximum(np.linalg.norm(world_normals, axis=-1, keepdims=True), 1e-30)
    positions = points @ matrix[:3, :3] + matrix[3, :3]
    return _Part(positions, faces, texcoords, world_normals.astype(np.float32), material)


def _spread_to_corners(
    path: Path, place: str, values: Any, interpolation: str, faces: IntArray, width: int
) -> FloatArray:
    """Return (m, 3, width) values at corners, for any interpolation of the primvar; NaN where there are none."""
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


def _read_material(path: Path, mesh: UsdGeom.Mesh) -> tuple[Material, str]:
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
    emission = _shader_value(surface, "emissiveColor", (0.0, 0.0, 0.0))
    material = Material(
        bound.GetPrim().GetName(),
        (red, green, blue),
        slots.get("base"),
        slots.get("normal"),
        slots.get("occlusion"),
        metallic_map=slots.get("metallic_map"),
        roughness_map=slots.get("roughness_map"),
        emissive=slots.get("emissive"),
        metallic=1.0 if "metallic_map" in slots else _shader_value(surface, "metallic", 0.0),
        roughness=1.0 if "roughness_map" in slots else _shader_value(surface, "roughness", 0.5),
        emissive_color=(1.0, 1.0, 1.0) if "emissive" in slots else (emission[0], emission[1], emission[2]),
    )
    opacity, cutoff = _shader_value(surface, "opacity", 1.0), _shader_value(surface, "opacityThreshold", 0.0)
    if "opacity_map" in slots or opacity < 1:
        mode = AlphaMode.MASK if cutoff > 0 else AlphaMode.BLEND
        material = replace(
            material,
            alpha_mode=mode,
            alpha_cutoff=float(cutoff) if mode == AlphaMode.MASK else 0.5,
            opacity=float(opacity),
            opacity_map=slots.get("opacity_map"),
        )
    return material, names[0] if names else "st"


def _shader_value(shader: UsdShade.Shader, name: str, default: Any) -> Any:
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


def _join(parts: list[_Part]) -> Mesh:
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
