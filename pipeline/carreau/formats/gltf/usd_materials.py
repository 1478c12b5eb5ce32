"""Write glTF materials as UsdPreviewSurface, with their images in the package."""

from __future__ import annotations

from typing import Any

from pxr import Gf, Sdf, Usd, UsdShade

from carreau.formats.gltf.gltf_document import Document, JsonElement
from carreau.formats.gltf.gltf_materials import TexcoordKey, texcoord_key
from carreau.formats.writers.usdz_files import ROOT

_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}
_WRAPS = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
_SLOTS = ("baseColorTexture", "metallicRoughnessTexture", "normalTexture", "occlusionTexture", "emissiveTexture")
_FLOAT, _COLOR = Sdf.ValueTypeNames.Float, Sdf.ValueTypeNames.Color3f
_OUTPUTS = {"rgb": Sdf.ValueTypeNames.Float3, **dict.fromkeys("rgba", Sdf.ValueTypeNames.Float)}


class UsdMaterials:
    """The materials of a document, each added once.

    files : names in the package, and bytes
    """

    def __init__(self, document: Document) -> None:
        """Start without any material."""
        self._document = document
        self.files: dict[str, bytes] = {}
        self._defined: dict[int, UsdShade.Material] = {}

    def keys(self, index: int | None, wanted_by: JsonElement) -> list[TexcoordKey]:
        """Return the sets of texture coordinates of a material, in the order of `set_name`."""
        keys = [texcoord_key(info) for info in self._infos(index, wanted_by).values()]
        return list(dict.fromkeys(keys))

    def is_double_sided(self, index: int | None, wanted_by: JsonElement) -> bool:
        """Return whether a material is double-sided."""
        return index is not None and self._document.root.item("materials", index, wanted_by).flag("doubleSided")

    def _infos(self, index: int | None, wanted_by: JsonElement) -> dict[str, JsonElement]:
        if index is None:
            return {}
        material = self._document.root.item("materials", index, wanted_by)
        rough = material.child("pbrMetallicRoughness")
        infos = {}
        for name in _SLOTS:
            holder = rough if name in _SLOTS[:2] else material
            info = holder.child(name) if holder is not None else None
            if info is not None:
                infos[name] = info
        return infos

    def material(self, stage: Usd.Stage, index: int, wanted_by: JsonElement) -> UsdShade.Material:
        """Return the material of an index, defined on first use."""
        if index not in self._defined:
            element = self._document.root.item("materials", index, wanted_by)
            infos, keys = self._infos(index, wanted_by), self.keys(index, wanted_by)
            self._defined[index] = _Surface(self, stage, f"Material_{index}", element, infos, keys).build()
        return self._defined[index]

    def colored(
        self, stage: Usd.Stage, index: int | None, wanted_by: JsonElement, name: str, png: bytes
    ) -> UsdShade.Material:
        """Return a material of its own, without textures but for a picture of colours, which follows the first set.

        name : of the material, unlike any other
        """
        element = wanted_by if index is None else self._document.root.item("materials", index, wanted_by)
        file = f"textures/{name}.png"
        self.files[file] = png
        return _Surface(self, stage, name, element, {}, [], file).build()

    def file(self, image: int, wanted_by: JsonElement) -> str:
        """Return the name of an image in the package."""
        element = self._document.root.item("images", image, wanted_by)
        name = f"textures/image_{image}{_SUFFIXES[element.text('mimeType')]}"
        if name not in self.files:
            self.files[name] = self._document.view(element.integer("bufferView"), element).data.tobytes()
        return name

    def texture(self, info: JsonElement) -> tuple[str, tuple[str, str]]:
        """Return the file of a textureInfo, and its wrap modes."""
        root = self._document.root
        texture = root.item("textures", info.integer("index"), info)
        wraps = ("repeat", "repeat")
        if texture.has("sampler"):
            sampler = root.item("samplers", texture.integer("sampler"), texture)
            u, v = (_WRAPS.get(sampler.integer(key, 10497), "repeat") for key in ("wrapS", "wrapT"))
            wraps = (u, v)
        return self.file(texture.integer("source"), texture), wraps


class _Surface:
    """One material under construction."""

    def __init__(
        self,
        materials: UsdMaterials,
        stage: Usd.Stage,
        name: str,
        element: JsonElement,
        infos: dict[str, JsonElement],
        keys: list[TexcoordKey],
        colors: str = "",
    ) -> None:
        self._materials, self._stage, self._element, self._infos, self._keys = materials, stage, element, infos, keys
        self._path, self._colors = f"{ROOT}/Materials/{name}", colors

    def build(self) -> UsdShade.Material:
        self._stage.DefinePrim(f"{ROOT}/Materials", "Scope")
        material = UsdShade.Material.Define(self._stage, self._path)
        name = self._element.text("name")
        if name:
            material.GetPrim().SetDisplayName(name.encode("utf-8", "replace").decode())
        self._surface = self._shader("Surface", "UsdPreviewSurface")
        output = self._surface.CreateOutput(UsdShade.Tokens.surface, Sdf.ValueTypeNames.Token)
        material.CreateSurfaceOutput().ConnectToSource(output)
        self._color()
        self._roughness()
        self._relief()
        self._glow()
        return material

    def _color(self) -> None:
        rough = self._element.child("pbrMetallicRoughness")
        red, green, blue, alpha = (rough.numbers("baseColorFactor", 4) if rough is not None else None) or [1.0] * 4
        scale = (red, green, blue, alpha)
        if self._colors:
            base = self._picture("vertexColors", self._colors, ("clamp", "clamp"), 0, "sRGB", scale)
        else:
            base = self._texture("baseColorTexture", "sRGB", scale)
        self._input("diffuseColor", _COLOR, Gf.Vec3f(red, green, blue), base, "rgb")
        mode = self._element.text("alphaMode", "OPAQUE")
        if mode != "OPAQUE":
            self._input("opacity", _FLOAT, alpha, None if self._colors else base, "a")
        if mode == "MASK":
            self._input("opacityThreshold", _FLOAT, self._element.number("alphaCutoff", 0.5))

    def _roughness(self) -> None:
        rough = self._element.child("pbrMetallicRoughness")
        metallic = rough.number("metallicFactor", 1.0) if rough is not None else 1.0
        roughness = rough.number("roughnessFactor", 1.0) if rough is not None else 1.0
        both = self._texture("metallicRoughnessTexture", "raw", (1.0, roughness, metallic, 1.0))
        self._input("metallic", _FLOAT, metallic, both, "b")
        self._input("roughness", _FLOAT, roughness, both, "g")

    def _relief(self) -> None:
        normal = self._texture("normalTexture", "raw", (2.0, 2.0, 2.0, 1.0), (-1.0, -1.0, -1.0, 0.0))
        if normal is not None:
            self._input("normal", Sdf.ValueTypeNames.Normal3f, None, normal, "rgb")
        occlusion = self._texture("occlusionTexture", "raw")
        if occlusion is not None:
            self._input("occlusion", _FLOAT, None, occlusion, "r")

    def _glow(self) -> None:
        red, green, blue = self._element.numbers("emissiveFactor", 3) or [0.0] * 3
        if red or green or blue:
            glow = self._texture("emissiveTexture", "sRGB", (red, green, blue, 1.0))
            self._input("emissiveColor", _COLOR, Gf.Vec3f(red, green, blue), glow, "rgb")

    def _input(
        self, name: str, kind: Any, value: Any, texture: UsdShade.Shader | None = None, channel: str = ""
    ) -> None:
        socket = self._surface.CreateInput(name, kind)
        if texture is not None:
            output = texture.GetOutput(channel) or texture.CreateOutput(channel, _OUTPUTS[channel])
            socket.ConnectToSource(output)
        else:
            socket.Set(value)

    def _texture(
        self,
        slot: str,
        color_space: str,
        scale: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0),
        bias: tuple[float, float, float, float] | None = None,
    ) -> UsdShade.Shader | None:
        """Return the shader of a texture with its scale and bias; None without a texture."""
        info = self._infos.get(slot)
        if info is None:
            return None
        file, wraps = self._materials.texture(info)
        return self._picture(slot, file, wraps, self._keys.index(texcoord_key(info)), color_space, scale, bias)

    def _picture(
        self,
        name: str,
        file: str,
        wraps: tuple[str, str],
        number: int,
        color_space: str,
        scale: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0),
        bias: tuple[float, float, float, float] | None = None,
    ) -> UsdShade.Shader:
        """Return the shader of a picture that follows a set of texture coordinates."""
        places = self._shader(f"Places_{number}", "UsdPrimvarReader_float2")
        places.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st" if number == 0 else f"st{number}")
        shader = self._shader(name, "UsdUVTexture")
        shader.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath(file))
        shader.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set(color_space)
        for direction, wrap in zip(("wrapS", "wrapT"), wraps, strict=True):
            shader.CreateInput(direction, Sdf.ValueTypeNames.Token).Set(wrap)
        if scale != (1.0, 1.0, 1.0, 1.0):
            shader.CreateInput("scale", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(*scale))
        if bias is not None:
            shader.CreateInput("bias", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(*bias))
        st = places.GetOutput("result") or places.CreateOutput("result", Sdf.ValueTypeNames.Float2)
        shader.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(st)
        return shader

    def _shader(self, name: str, identifier: str) -> UsdShade.Shader:
        shader = UsdShade.Shader.Define(self._stage, f"{self._path}/{name}")
        shader.CreateIdAttr(identifier)
        return shader
