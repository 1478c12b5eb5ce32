"""A second encoding of a level is built where it saves graphics memory, and only there."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from carreau.base.levels import DESKTOP, LEVELS
from carreau.base.options import ModelOptions
from carreau.models.builders.build_context import ScanContext, about, create_context
from carreau.models.builders.level_builder import LevelBuilder
from carreau.models.builders.model_tasks import is_superfluous
from carreau.runs.cache import Cache
from tests.pipeline.authored_scenes import pit_head
from tests.pipeline.bronzes import write_bronze
from tests.pipeline.flows import built

pytestmark = pytest.mark.usefixtures("small_looks")

KTX2 = LEVELS["desktop-ktx2"]
OPTIONS = ModelOptions(Path())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def bronze(kept: Cache, tmp_path_factory: pytest.TempPathFactory) -> ScanContext:
    path = write_bronze(tmp_path_factory.mktemp("bronze") / "bronze.glb")
    context = create_context(kept.files(path, [path]), OPTIONS, kept)
    context.about.update(about(context))
    return context


def test_the_memory_of_the_usual_encoding_decides(bronze: ScanContext, kept: Cache) -> None:
    """All its textures count: its maps as well as its colours."""
    taken = LevelBuilder(DESKTOP, bronze, OPTIONS, kept).build().facts["gpu_bytes"]
    enough, short = (dataclasses.replace(KTX2, gpu_bytes=taken - less) for less in (0, 1))
    assert is_superfluous(enough, DESKTOP, bronze, OPTIONS, kept)
    assert not is_superfluous(short, DESKTOP, bronze, OPTIONS, kept)


def test_vertex_colours_take_no_memory_that_could_be_saved(tiny_scans: Path, kept: Cache) -> None:
    context = create_context(kept.files(tiny_scans / "painted.ply"), OPTIONS, kept)
    assert is_superfluous(dataclasses.replace(KTX2, gpu_bytes=0), DESKTOP, context, OPTIONS, kept)


def test_both_encodings_are_the_same_model(bronze: ScanContext, kept: Cache, encoder: Path) -> None:
    light, small = (LevelBuilder(level, bronze, OPTIONS, kept).build().complete().facts for level in (DESKTOP, KTX2))
    assert (light["triangles"], light["looks"]) == (small["triangles"], small["looks"])
    assert {each["slot"] for each in light["textures"]} == {each["slot"] for each in small["textures"]}
    assert {each["format"] for each in small["textures"]} == {"uastc"}
    assert {each["format"] for each in light["textures"]} <= {"webp", "jpeg"}
    assert small["gpu_bytes"] < light["gpu_bytes"]
    assert light["error"]["psnr_db"] > 40


def test_one_that_saves_nothing_is_left_out_and_the_report_says_so(tiny_scans: Path, shop: Path) -> None:
    names = (DESKTOP.name, KTX2.name)
    report = built(tiny_scans / "globe.obj", shop / "both", shop / "cache", levels=names, jobs=2)
    assert [level["name"] for level in report["levels"]] == [DESKTOP.name]
    assert report["levels"][0]["decisions"][-1] == (
        "no desktop-ktx2: this level takes no more than the 23,000,000 bytes of graphics memory that the other one may"
    )
    assert not list((shop / "both").glob("desktop-ktx2*"))


def test_alone_it_is_built(tiny_scans: Path, shop: Path, encoder: Path) -> None:
    report = built(tiny_scans / "globe.obj", shop / "alone", shop / "cache", levels=(KTX2.name,))
    [level] = report["levels"]
    assert (level["name"], level["texture"]["format"]) == (KTX2.name, "uastc")
    glb = (shop / "alone" / "desktop-ktx2.glb").read_bytes()
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    assert "KHR_texture_basisu" in document["extensionsRequired"]


def test_an_authored_model_with_small_textures_has_one_too(tmp_path: Path, encoder: Path) -> None:
    path = pit_head(4, 16).write(tmp_path / "scene.glb")
    report = built(path, tmp_path / "out", tmp_path / "cache", levels=(DESKTOP.name, KTX2.name))
    assert [level["name"] for level in report["levels"]] == [DESKTOP.name]
    assert {each["format"] for each in report["levels"][0]["textures"]} <= {"webp", "jpeg"}
