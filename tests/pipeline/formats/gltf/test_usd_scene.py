"""The USDZ of an authored scene moves as its GLB does, as USD itself reads it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pxr import Gf, Usd, UsdGeom, UsdShade, UsdSkel
from scipy.spatial import cKDTree

from carreau.base.model import DoubleArray, EncodedImage
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_pose import Moment
from carreau.formats.gltf.scene_reader import read
from carreau.formats.gltf.scene_writer import WriteOptions
from carreau.formats.gltf.scene_writer import write as write_glb
from carreau.formats.gltf.usd_scene import UsdzScene, write
from carreau.formats.writers.usdz_files import UsdzAbout
from carreau.models.stages.ar_pair import read_usdz
from carreau.models.stages.check import check_usdz
from tests.pipeline.authored_scenes import SceneMaker, picture, pit_head

ABOUT = UsdzAbout("Fosse", "Atelier", "CC BY 4.0", {"source": "by hand"})


def packed(maker: SceneMaker, folder: Path) -> tuple[Path, UsdzScene]:
    scene, path = read(maker.write(folder / "scene.glb")), folder / "plain.glb"
    images = [EncodedImage(picture(32, number), "image/png") for number in range(len(scene.pictures))]
    path.write_bytes(write_glb(scene, images, WriteOptions("plain")))
    return path, write(path, ABOUT)


def only_day(maker: SceneMaker) -> SceneMaker:
    """Leave the clip that moves all but the sheave's turn; the heap, which morphs, cannot be compared."""
    del maker.json["animations"][0]
    return maker


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UsdzScene]:
    return packed(only_day(pit_head(8, 32)), tmp_path_factory.mktemp("pair"))


@pytest.fixture
def stage(pair: tuple[Path, UsdzScene], tmp_path: Path) -> Usd.Stage:
    path = tmp_path / "model.usdz"
    path.write_bytes(pair[1].usdz)
    return Usd.Stage.Open(str(path))


def test_usd_s_validators_find_nothing(pair: tuple[Path, UsdzScene]) -> None:
    assert check_usdz(pair[1].usdz) > 20


def test_the_same_glb_gives_the_same_bytes(pair: tuple[Path, UsdzScene]) -> None:
    assert write(pair[0], ABOUT).usdz == pair[1].usdz


def test_what_it_cannot_hold_is_said(tmp_path: Path) -> None:
    left_out = packed(pit_head(4, 16), tmp_path)[1].left_out
    assert "the USDZ plays only the first of 2 clips: it has one timeline" in left_out
    assert "morph targets are at rest in the USDZ: only the GLB animates them" in left_out


def test_at_rest_it_is_where_the_glb_is(pair: tuple[Path, UsdzScene]) -> None:
    ours, theirs = read_usdz(pair[1].usdz), gltf.read(pair[0]).mesh
    places = theirs.positions[theirs.faces].mean(axis=1) + theirs.origin
    assert np.max(cKDTree(places).query(ours.positions[ours.faces].mean(axis=1) + ours.origin)[0]) < 1e-4


@pytest.mark.parametrize("time_s", [0.0, 0.6, 1.0, 1.7, 2.3])
def test_it_moves_as_the_glb_does(pair: tuple[Path, UsdzScene], stage: Usd.Stage, time_s: float) -> None:
    UsdSkel.BakeSkinning(stage.Traverse(), Gf.Interval(0, 80))
    code = Usd.TimeCode(time_s * stage.GetTimeCodesPerSecond())
    found = np.concatenate([_world(prim, code) for prim in stage.Traverse() if _is_rigid_or_skinned(prim)])
    mesh = gltf.read(pair[0], Moment(0, time_s)).mesh
    assert np.max(cKDTree(mesh.positions + mesh.origin).query(found)[0]) < 5e-3


def _is_rigid_or_skinned(prim: Usd.Prim) -> bool:
    return bool(prim.IsA(UsdGeom.Mesh)) and "heap" not in str(prim.GetPath())


def _world(prim: Usd.Prim, code: Usd.TimeCode) -> DoubleArray:
    points = np.array(UsdGeom.Mesh(prim).GetPointsAttr().Get(code), np.float64)
    matrix = np.array(UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(code))
    return np.asarray(points @ matrix[:3, :3] + matrix[3, :3])


def test_the_timeline_is_the_clip_s(stage: Usd.Stage) -> None:
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 2.5 * stage.GetTimeCodesPerSecond())
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == "Y"


def test_nodes_keep_their_names(stage: Usd.Stage) -> None:
    names = {prim.GetDisplayName() for prim in stage.Traverse()}
    assert {"sheave", "headframe", "heap", "post", "brick", "glass"} <= names


def test_what_is_transparent_reads_the_alpha_of_its_picture(stage: Usd.Stage) -> None:
    (glass,) = [prim for prim in stage.Traverse() if prim.GetDisplayName() == "glass"]
    surface = UsdShade.Material(glass).ComputeSurfaceSource()[0]
    assert surface.GetInput("opacity").GetConnectedSource()[1] == "a"
    assert surface.GetInput("roughness").Get() == pytest.approx(0.2)


def test_pictures_are_in_the_package_as_they_are_in_the_glb(pair: tuple[Path, UsdzScene]) -> None:
    with zipfile.ZipFile(io.BytesIO(pair[1].usdz)) as package:
        names = package.namelist()
        assert names[0] == "model.usdc"
        assert len(names) == 5
        assert all(Image.open(io.BytesIO(package.read(name))).size == (32, 32) for name in names[1:])
