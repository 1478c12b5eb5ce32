"""Write a level as USDZ: one mesh in a binary USD layer, with its pictures beside it, for iPhone's Quick Look.

What ARKit wants: metres, Y up, UsdPreviewSurface, files stored at multiples of 64 bytes with the layer first (USDZ
specification 1.3; Apple, "Creating USD files for Apple devices").
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Gf, Kind, Sdf, Usd, UsdGeom, UsdShade, Vt

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.model import (
    METALLIC_ROUGHNESS,
    OCCLUSION_METALLIC_ROUGHNESS,
    PLAIN_SURFACE,
    TEXTURE_SLOTS,
    EncodedImage,
    LevelMesh,
    SurfaceFactors,
)
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
) -> bytes:
    """Return a USDZ of one mesh in metres with one material; the same arguments give the same bytes.

    images : JPEG or PNG by slot of `TEXTURE_SLOTS`, each over the level's texture coordinates
    surface : for what no map holds

    Raises OptionError for what a USDZ cannot carry.
    """
    names = _names(level, images)
    stream = io.BytesIO()
    # `UsdUtils.CreateNewARKitUsdzPackage` writes the files' times into the ZIP, which then differs from run to run.
    with StoredZip(stream) as package:
        package.add(LAYER, _layer(level, names, about, surface))
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


def _layer(level: LevelMesh, names: Mapping[str, str], about: UsdzAbout, surface: SurfaceFactors) -> bytes:
    """Return the binary layer; USD writes files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LAYER
        stage = Usd.Stage.CreateNew(str(path))
        describe(stage, about)
        mesh = _mesh(stage, level)
        UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(_material(stage, names, surface))
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
    """Return text that UTF-8 can write: a file's name may hold bytes that are none."""
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


def _material(stage: Usd.Stage, names: Mapping[str, str], factors: SurfaceFactors) -> UsdShade.Material:
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
