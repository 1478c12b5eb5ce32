"""What an AR pair of an authored model has in common is told by its numbers, read back from both files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from carreau.base.model import EncodedImage, LevelMesh, Mesh, SurfaceFactors
from carreau.formats.images import image_codecs
from carreau.formats.writers import usdz_files
from carreau.formats.writers.usdz_files import UsdzAbout
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.ar_pair import compare_glb, pack_usdz, read_usdz
from carreau.models.stages.measure import MeasureOptions, measure
from carreau.models.stages.pack import GltfPackOptions, pack

PLAIN = GltfPackOptions("plain", surface=SurfaceFactors(roughness=0.6))
COLORS = "colours of vertices are left out of the USDZ: iPhones show those parts in their material's colour"


def picture(seed: int) -> EncodedImage:
    texels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    return EncodedImage(image_codecs.encode_jpeg(texels, 90), "image/jpeg")


@pytest.fixture
def level(bumpy_sheet: Mesh) -> LevelMesh:
    normals = vertex_normals(bumpy_sheet.positions, bumpy_sheet.faces)
    return LevelMesh(bumpy_sheet.positions, normals, bumpy_sheet.faces, bumpy_sheet.positions[:, :2].copy())


@pytest.fixture
def shown(level: LevelMesh) -> Mesh:
    """What the USDZ of the level shows."""
    return read_usdz(pack_usdz(pack(level, {"base": picture(1)}, PLAIN), UsdzAbout()).usdz)


def test_a_pair_is_the_same(level: LevelMesh, shown: Mesh) -> None:
    assert compare_glb(pack(level, {"base": picture(1)}, PLAIN), shown) == ()


def test_another_file_is_not(level: LevelMesh, shown: Mesh) -> None:
    assert level.texcoords is not None
    base = {"base": picture(1)}
    assert compare_glb(pack(level, {"base": picture(2)}, PLAIN), shown) == ("materials",)
    assert compare_glb(pack(level, base, replace(PLAIN, surface=SurfaceFactors())), shown) == ("materials",)
    assert compare_glb(pack(replace(level, faces=level.faces[:-1]), base, PLAIN), shown) == ("faces",)
    mirrored = replace(level, texcoords=level.texcoords[:, ::-1].copy())
    assert compare_glb(pack(mirrored, base, PLAIN), shown) == ("texcoords",)
    moved = replace(level, positions=level.positions + np.array([1e-4, 0, 0], np.float32))
    assert compare_glb(pack(moved, base, PLAIN), shown) == ("positions",)


def test_colors_of_vertices_are_shown_by_a_picture(level: LevelMesh) -> None:
    shade = np.linspace(40, 250, len(level.positions))[:, None] / 255
    hue = np.where(level.positions[:, :1] > level.positions[:, 0].mean(), [[200.0, 90, 60]], [[70.0, 160, 80]])
    colored = replace(level, texcoords=None, colors=(shade * hue).astype(np.uint8))
    glb = pack(colored, {}, PLAIN)
    packed = pack_usdz(glb, UsdzAbout())
    assert packed.left_out == ()
    shown = read_usdz(packed.usdz)
    own = Mesh(level.positions, level.faces, colors=colored.colors)
    assert measure(own, shown, MeasureOptions(views=2, size_px=128, samples=0)).psnr_db > 35  # a face has one hue
    assert set(compare_glb(glb, shown)) == {"colors", "materials"}
    with zipfile.ZipFile(io.BytesIO(packed.usdz)) as package:
        assert [name for name in package.namelist() if name.endswith(".png")] == ["textures/Colors_0_0.png"]


def test_colors_over_a_texture_are_left_out_and_this_is_said(level: LevelMesh) -> None:
    both = replace(level, colors=np.full((len(level.positions), 3), 90, np.uint8))
    glb = pack(both, {"base": picture(1)}, PLAIN)
    packed = pack_usdz(glb, UsdzAbout())
    assert compare_glb(glb, read_usdz(packed.usdz)) == ("colors",)
    assert [str(each) for each in packed.left_out] == [COLORS]


def test_a_part_without_normals_has_those_of_its_faces(tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "parts.usda"))
    for name, normals in (("a", [(0, 1, 0)] * 3), ("b", [])):
        mesh = UsdGeom.Mesh.Define(stage, f"/{name}")
        mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
        mesh.CreateFaceVertexCountsAttr([3])
        mesh.CreateFaceVertexIndicesAttr([0, 1, 2])
        if normals:
            mesh.CreateNormalsAttr(normals)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1)
    stage.Save()
    read = usdz_files.read(tmp_path / "parts.usda")
    assert read.normals is not None
    np.testing.assert_allclose(read.normals, [[(0, 1, 0)] * 3, [(0, 0, 1)] * 3])
