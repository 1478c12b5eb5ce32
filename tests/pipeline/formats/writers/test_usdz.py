"""What is written as USDZ reads back through USD as what went in, upright and in metres, always as the same bytes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Kind, Usd, UsdGeom, UsdShade

from carreau.base.errors import FormatError, OptionError
from carreau.base.model import OCCLUSION_METALLIC_ROUGHNESS, EncodedImage, LevelMesh, Mesh, SurfaceFactors, Wrap
from carreau.formats.images import image_codecs
from carreau.formats.writers import usdz_files
from carreau.formats.writers.usdz_files import LAYER, UsdzAbout
from carreau.models.stages.check import check_usdz

ABOUT = UsdzAbout(
    "Fosse « Née »", "Jeanne", "CC0-1.0", {"source": "a test", "scale": "free", "error": {"psnr_db": None, "ssim": 0.5}}
)


def picture(seed: int, is_gray: bool = False) -> EncodedImage:
    texels = np.random.default_rng(seed).integers(0, 256, (16, 16) if is_gray else (16, 16, 3)).astype(np.uint8)
    return EncodedImage(image_codecs.encode_jpeg(texels, 90), "image/jpeg")


IMAGES = {"base": picture(1), "normal": picture(2), "occlusion": picture(3, is_gray=True)}


def dressed(mesh: Mesh) -> LevelMesh:
    """Return a level that wears the mesh's own layout, a vertex a corner."""
    positions = mesh.positions[mesh.faces].reshape(-1, 3)
    faces = np.arange(len(positions), dtype=np.int32).reshape(-1, 3)
    edges = positions[faces]
    normals = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    normals = np.repeat(normals / np.linalg.norm(normals, axis=1, keepdims=True), 3, axis=0).astype(np.float32)
    return LevelMesh(positions, normals, faces, mesh.texcoords[0].reshape(-1, 2))


@pytest.fixture
def level(bumpy_sheet: Mesh) -> LevelMesh:
    return dressed(bumpy_sheet)


def opened(data: bytes, folder: Path) -> Usd.Stage:
    path = folder / "model.usdz"
    path.write_bytes(data)
    return Usd.Stage.Open(str(path))


def test_what_went_in_comes_out(level: LevelMesh, tmp_path: Path) -> None:
    path = tmp_path / "model.usdz"
    path.write_bytes(usdz_files.write(level, IMAGES, ABOUT))
    model = usdz_files.read(path)
    np.testing.assert_array_equal(model.positions, level.positions)
    np.testing.assert_array_equal(model.faces, level.faces)
    assert level.texcoords is not None
    np.testing.assert_allclose(model.texcoords[0], level.texcoords[level.faces], atol=1e-7)
    assert model.normals is not None
    np.testing.assert_allclose(model.normals, level.normals[level.faces], atol=1e-6)
    for slot, image in IMAGES.items():
        worn = getattr(model.materials[0], slot)
        assert worn.texture.data == image.data
        assert (worn.wrap_u, worn.wrap_v) == (Wrap.CLAMP, Wrap.CLAMP)


def test_all_of_usd_s_validators_are_silent(level: LevelMesh) -> None:
    assert check_usdz(usdz_files.write(level, IMAGES, ABOUT)) >= 25
    assert check_usdz(usdz_files.write(level, {}, UsdzAbout())) >= 25


def test_it_says_what_it_is_and_whom_to_name(level: LevelMesh, tmp_path: Path) -> None:
    stage = opened(usdz_files.write(level, IMAGES, ABOUT), tmp_path)
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    layer, root = stage.GetRootLayer(), stage.GetDefaultPrim()
    assert layer.customLayerData == {"source": "a test", "scale": "free", "error": {"ssim": 0.5}}
    assert root.GetAssetInfo() == {
        "name": "Fosse « Née »", "credit": "Jeanne", "licence": "CC0-1.0", "source": "a test"
    }  # fmt: skip
    assert root.GetDisplayName() == "Fosse « Née »"
    assert Usd.ModelAPI(root).GetKind() == Kind.Tokens.component


def test_the_normal_map_is_read_as_directions(level: LevelMesh, tmp_path: Path) -> None:
    stage = opened(usdz_files.write(level, IMAGES, ABOUT), tmp_path)
    shaders = [UsdShade.Shader(prim) for prim in stage.Traverse() if prim.IsA(UsdShade.Shader)]
    textures = {shader.GetPrim().GetName(): shader for shader in shaders if shader.GetIdAttr().Get() == "UsdUVTexture"}
    spaces = {name: shader.GetInput("sourceColorSpace").Get() for name, shader in textures.items()}
    assert spaces == {"Base": "sRGB", "Normal": "raw", "Occlusion": "raw"}
    assert textures["Normal"].GetInput("scale").Get() == Gf.Vec4f(2, 2, 2, 1)
    assert textures["Normal"].GetInput("bias").Get() == Gf.Vec4f(-1, -1, -1, 0)


def test_the_layer_comes_first_and_all_is_aligned(level: LevelMesh) -> None:
    data = usdz_files.write(level, IMAGES, ABOUT)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        infos = package.infolist()
    assert [info.filename for info in infos] == [
        LAYER, "textures/base.jpg", "textures/normal.jpg", "textures/occlusion.jpg"
    ]  # fmt: skip
    for info in infos:
        lengths = [int.from_bytes(data[info.header_offset + at :][:2], "little") for at in (26, 28)]
        assert (info.header_offset + 30 + sum(lengths)) % 64 == 0
        assert info.compress_type == zipfile.ZIP_STORED


def test_same_bytes_in_another_process(level: LevelMesh) -> None:
    script = """
import hashlib, numpy as np
from carreau.formats.writers import usdz_files
from carreau.base.model import LevelMesh
corners = np.eye(3, dtype=np.float32)
level = LevelMesh(corners, corners, np.array([[0, 1, 2]], np.int32), corners[:, :2].copy())
about = usdz_files.UsdzAbout("a", "b", "c", {"z": 1, "y": [1.5, 2.5]})
print(hashlib.sha256(usdz_files.write(level, {}, about)).hexdigest())
"""
    seen = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed}, cwd=Path(__file__).parents[4],
        )  # fmt: skip
        seen.add(done.stdout.split()[-1])
    assert len(seen) == 1
    assert usdz_files.write(level, IMAGES, ABOUT) == usdz_files.write(level, IMAGES, ABOUT)


def test_what_no_usdz_carries_is_refused(level: LevelMesh) -> None:
    with pytest.raises(OptionError, match="image/webp as base"):
        usdz_files.write(level, {"base": EncodedImage(b"", "image/webp")})
    with pytest.raises(OptionError, match="unwrap it first"):
        usdz_files.write(LevelMesh(level.positions, level.normals, level.faces), IMAGES)


def test_centimetres_and_z_up_become_metres_and_y_up(tmp_path: Path) -> None:
    path = tmp_path / "z.usda"
    path.write_text(
        """#usda 1.0
( metersPerUnit = 0.01
  upAxis = "Z" )
def Xform "Top" {
    double3 xformOp:translate = (100, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Mesh "Triangle" {
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), (100, 0, 0), (0, 0, 300)]
        normal3f[] normals = [(0, -1, 0), (0, -1, 0), (0, -1, 0)]
        uniform token orientation = "rightHanded"
    }
}
"""
    )
    model = usdz_files.read(path)
    np.testing.assert_allclose(model.positions, [[1, 0, 0], [2, 0, 0], [1, 3, 0]], atol=1e-6)
    assert model.normals is not None
    np.testing.assert_allclose(model.normals[0], [[0, 0, 1]] * 3, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("nothing", "not a readable USD file"),
        ("#usda 1.0\n", "no meshes"),
        (
            '#usda 1.0\ndef Mesh "M" {\nint[] faceVertexCounts = [4]\n int[] faceVertexIndices = [0, 1, 2, 3]\n}',
            "triangles",
        ),
        (
            '#usda 1.0\ndef Mesh "M" {\nint[] faceVertexCounts = [3]\nint[] faceVertexIndices = [0, 1, 2]\n}',
            "points: 0",
        ),
    ],
)
def test_broken_files_are_told_in_one_line(text: str, cause: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.usda"
    path.write_text(text)
    with pytest.raises(FormatError, match=cause):
        usdz_files.read(path)


def test_a_name_that_is_no_utf_8_is_no_defect(level: LevelMesh, tmp_path: Path) -> None:
    stage = opened(usdz_files.write(level, {}, UsdzAbout("fosse\udce9", extras={"source": "\udce9"})), tmp_path)
    assert stage.GetDefaultPrim().GetDisplayName() == "fosse?"


def test_metal_and_roughness_share_an_image_and_emission_is_a_colour(level: LevelMesh, tmp_path: Path) -> None:
    images = {"base": picture(1), OCCLUSION_METALLIC_ROUGHNESS: picture(2), "emissive": picture(3)}
    data = usdz_files.write(level, images, ABOUT)
    assert check_usdz(data) >= 25
    stage = opened(data, tmp_path)
    shaders = [UsdShade.Shader(prim) for prim in stage.Traverse() if prim.IsA(UsdShade.Shader)]
    spaces = {
        shader.GetPrim().GetName(): shader.GetInput("sourceColorSpace").Get()
        for shader in shaders
        if shader.GetIdAttr().Get() == "UsdUVTexture"
    }
    assert spaces == {"Base": "sRGB", "Emissive": "sRGB", "MetallicRoughness": "raw"}
    material = usdz_files.read(tmp_path / "model.usdz").materials[0]
    assert material.metallic_map is not None
    assert material.roughness_map is not None
    assert material.occlusion is not None
    assert material.emissive is not None
    both = images[OCCLUSION_METALLIC_ROUGHNESS].data
    assert {slot.texture.data for slot in (material.metallic_map, material.roughness_map, material.occlusion)} == {both}
    assert material.emissive.texture.data == images["emissive"].data


def test_factors_stand_where_there_is_no_map(level: LevelMesh, tmp_path: Path) -> None:
    path = tmp_path / "model.usdz"
    path.write_bytes(usdz_files.write(level, {}, ABOUT, SurfaceFactors(1.0, 0.25, (0.5, 0.25, 0.0))))
    material = usdz_files.read(path).materials[0]
    assert (material.metallic, material.roughness) == (1.0, 0.25)
    assert material.emissive_color == (0.5, 0.25, 0.0)
