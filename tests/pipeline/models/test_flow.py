"""From a scan's files to its models: within budget, told truly, the same every time, whatever happens on the way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brotli
import numpy as np
import pytest

from carreau.base.levels import AR, LEVELS, OFFERED
from carreau.base.messages import Message
from carreau.base.options import ModelOptions
from carreau.base.translator import Translator
from carreau.exports.export import built_models
from carreau.exports.urls import Urls
from carreau.formats.gltf import gltf
from carreau.models.builders.level_context import labels
from carreau.models.flow import build_models, compare_model, inspect_scan
from carreau.runs.cache import Cache
from carreau.runs.progress_display import progress_for
from tests.pipeline.exports import toured
from tests.pipeline.flows import MADE, SAID, built, models, ran
from tests.pipeline.quick_looks import POSTER_PX
from tests.pipeline.xmp_packets import packet_of

pytestmark = pytest.mark.usefixtures("small_looks")

PROJECT = Path(__file__).parents[3]
TOLD = {"report.json", "report.html", "report.en.html"}
IMPORTS = """
import sys
from carreau.command.cli import main
code = main(sys.argv[1:])
print(sorted({"open3d", "numba", "trimesh", "scipy", "PIL", "carreau.models.stages.bake"} & set(sys.modules)))
sys.exit(code)
"""


def document(glb: Path) -> dict[str, Any]:
    """Return the JSON of a GLB."""
    data = glb.read_bytes()
    found: dict[str, Any] = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    return found


@pytest.fixture(scope="module")
def patchwork(tiny_scans: Path, shop: Path) -> Mapping[str, Any]:
    """The scan of three textures as a preview, in `shop / "patchwork"`."""
    return built(tiny_scans / "patchwork.obj", shop / "patchwork", shop / "cache", levels=("preview",), jobs=2)


@pytest.fixture(scope="module")
def bare(tiny_scans: Path, shop: Path) -> Mapping[str, Any]:
    """The scan without any colour as a preview, in `shop / "plain"`."""
    return built(tiny_scans / "plain.stl", shop / "plain", shop / "cache", levels=("preview",))


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_all_that_was_promised_is_there_and_nothing_else(whole: Mapping[str, Any], shop: Path) -> None:
    assert {path.name for path in (shop / "globe").iterdir()} == MADE | TOLD


@pytest.mark.parametrize("name", OFFERED)
def test_every_level_is_within_its_budget(whole: Mapping[str, Any], shop: Path, name: str) -> None:
    level, budget = next(level for level in whole["levels"] if level["name"] == name), LEVELS[name]
    assert 0 < level["triangles"] <= budget.triangles
    assert 0 < level["texture_px"] <= budget.texture_px
    assert (shop / "globe" / f"{name}.glb.br").stat().st_size <= budget.file_bytes
    assert level["gpu_bytes"] <= budget.gpu_bytes
    assert level["budget"]["triangles"] == budget.triangles
    assert level["texture"]["format"] == budget.texture_format


@pytest.mark.parametrize("name", OFFERED)
def test_the_numbers_of_the_report_are_true(whole: Mapping[str, Any], shop: Path, name: str) -> None:
    level = next(level for level in whole["levels"] if level["name"] == name)
    path = shop / "globe" / level["file"]
    data, packed = path.read_bytes(), path.with_name(f"{name}.glb.br").read_bytes()
    assert (level["bytes"], level["brotli_bytes"]) == (len(data), len(packed))
    assert level["sha256"] == hashlib.sha256(data).hexdigest()
    assert brotli.decompress(packed) == data
    mesh, about = gltf.read(path).mesh, document(path)
    assert level["triangles"] == len(mesh.faces)
    places = about["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    assert level["vertices"] == about["accessors"][places]["count"]
    assert level["extensions"] == sorted(about["extensionsUsed"])
    base = mesh.materials[0].base
    assert base is not None
    assert (level["texture"]["width"], level["texture"]["height"]) == (base.texture.width, base.texture.height)
    assert level["texture_px"] == max(each["width"] for each in level["textures"])
    assert level["gpu_bytes"] == sum(each["gpu_bytes"] for each in level["textures"])


def test_anybody_measures_what_the_report_says(whole: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    said = whole["levels"][0]["error"]
    progress = progress_for(sys.stderr, quiet=True)
    found: dict[str, Any] = compare_model(
        tiny_scans / "globe.obj", shop / "globe" / "preview.glb", Cache(shop / "cache"), progress
    ).as_json()
    assert found["error"]["psnr_db"] == pytest.approx(said["psnr_db"], abs=0.1)
    assert found["error"]["ssim"] == pytest.approx(said["ssim"], abs=1e-4)
    assert found["error"]["silhouette"] == pytest.approx(said["silhouette"], abs=1e-4)
    assert found["error"]["to_scan"]["p95"] == pytest.approx(said["to_scan"]["p95"], rel=0.05, abs=1e-7)
    assert found["error"]["cracks"] == said["cracks"]
    assert said["cracks"]["count"] == 0
    assert said["psnr_db"] > 40


def test_the_report_tells_the_scan_and_every_stage(whole: Mapping[str, Any]) -> None:
    assert {key: whole[key] for key in SAID} == SAID
    scan = whole["scan"]
    assert (scan["file"], scan["format"], scan["triangles"]) == ("globe.obj", "OBJ", 1600)
    assert set(scan["files"]) == {"globe.obj", "globe.mtl", "globe-0.png"}
    assert scan["size_m"] == pytest.approx([2, 2, 2], abs=0.01)
    assert any("unit" in warning for warning in scan["warnings"])
    assert scan["findings"]["welded"] == 21
    stages = {stage["stage"] for stage in whole["stages"]}
    assert stages >= {
        "read", "orient", "clean", "reuse_uvs", "simplify", "unwrap_level", "bake", "score_level", "encode_base",
        "pack", "read_back", "measure_published", "compress", "check_plain", "check_packed", "render_poster",
    }  # fmt: skip
    assert all(stage["seconds"] >= 0 and stage["peak_memory_bytes"] > 1e6 for stage in whole["stages"])
    assert len({stage["label"] for stage in whole["stages"]}) == len(whole["stages"])


def test_every_step_of_a_level_was_announced(
    whole: Mapping[str, Any], patchwork: Mapping[str, Any], bare: Mapping[str, Any]
) -> None:
    told = {stage["label"] for report in (whole, patchwork, bare) for stage in report["stages"]}
    for name in OFFERED:
        ours = {label for label in told if label.endswith(f" {name}")}
        assert ours
        assert ours <= set(labels(LEVELS[name]))


@pytest.mark.parametrize("name", OFFERED)
def test_a_model_says_what_it_is(whole: Mapping[str, Any], shop: Path, name: str) -> None:
    about = document(shop / "globe" / f"{name}.glb")
    asset = about["asset"]
    assert asset["copyright"] == "Jeanne, CC0-1.0"
    assert asset["generator"] == whole["generator"]
    extras = asset["extras"]
    assert {key: extras[key] for key in ("source", "licence", "credit")} == {
        k: SAID[k] for k in ("source", "licence", "credit")
    }
    assert extras["level"] == name
    assert set(extras) == {"source", "licence", "credit", "level", "key", "scan_to_model"}
    assert len(extras["key"]) == 40
    assert extras["scan_to_model"] == whole["scan"]["scan_to_model"]
    assert about["meshes"][0]["name"] == "Fosse 1"
    assert len(about["meshes"]) == len(about["materials"]) == len(about["meshes"][0]["primitives"]) == 1
    said = packet_of((shop / "globe" / f"{name}.glb").read_bytes())
    assert said["dc:title"]["rdf:_1"]["@value"] == "Fosse 1"
    assert said["dc:rights"]["rdf:_1"]["@value"] == "Jeanne, CC0-1.0"
    assert said["dc:source"] == SAID["source"]
    assert said["xmpRights:WebStatement"] == "https://creativecommons.org/publicdomain/zero/1.0/"


def test_the_matrix_takes_the_scan_to_the_model(whole: Mapping[str, Any], shop: Path) -> None:
    matrix = np.array(whole["scan"]["scan_to_model"]).reshape(4, 4)
    mesh = gltf.read(shop / "globe" / "phone.glb").mesh
    centre = (mesh.positions.max(axis=0) + mesh.positions.min(axis=0)) / 2 + mesh.origin
    assert (matrix @ [0, 0, 0, 1])[:3] == pytest.approx(centre, abs=0.01)


def test_a_clean_small_scan_keeps_its_own_atlas(whole: Mapping[str, Any]) -> None:
    for level in whole["levels"]:
        assert level["looks"] == "the scan's own atlas"
        reason = "the most like the scan" if level["name"] == AR.name else "clean and complete atlas"
        assert any(reason in decision for decision in level["decisions"])


def test_every_decision_and_warning_is_a_message(whole: Mapping[str, Any], tiny_scans: Path, shop: Path) -> None:
    options = ModelOptions(out=shop / "globe-again", jobs=1, **SAID)
    progress = progress_for(sys.stderr, quiet=True)
    data = build_models(tiny_scans / "globe.obj", options, Cache(shop / "cache"), progress).data
    assert len(data["levels"]) == len(whole["levels"])
    decisions = [data["scan"]["decisions"], *(level["decisions"] for level in data["levels"])]
    texts = [*data["scan"]["warnings"], *(text for each in decisions for text in each)]
    assert len(texts) > len(decisions)
    assert [text for text in texts if not isinstance(text, Message)] == []
    for language in ("fr", "de", "nl", "pl"):
        assert [text for text in texts if Translator(language).message(text) == text] == []


def test_several_textures_become_one_atlas(patchwork: Mapping[str, Any], shop: Path) -> None:
    level = patchwork["levels"][0]
    assert level["looks"] == "a new atlas"
    assert any("several textures" in decision for decision in level["decisions"])
    about = document(shop / "patchwork" / "preview.glb")
    assert len(about["materials"]) == 1
    assert len(about["images"]) == len(level["textures"])
    assert level["error"]["psnr_db"] > 30
    assert about["meshes"][0]["name"] == patchwork["name"] == "patchwork"
    assert {path.name for path in (shop / "patchwork").iterdir()} == {
        "preview.glb", "preview.glb.br", "poster.webp", "poster.png", *TOLD,
    }  # fmt: skip


def test_a_small_scans_vertex_colours_are_kept(tiny_scans: Path, shop: Path) -> None:
    level = built(tiny_scans / "painted.ply", shop / "painted", shop / "cache", levels=("preview",))["levels"][0]
    assert level["looks"] == "its own vertex colours"
    assert (level["texture"], level["texture_px"], level["gpu_bytes"]) == (None, 0, 0)
    assert level["decisions"]
    assert level["error"]["psnr_db"] > 45
    about = document(shop / "painted" / "preview.glb")
    assert "images" not in about
    assert "COLOR_0" in about["meshes"][0]["primitives"][0]["attributes"]


def test_a_bare_scan_takes_next_to_no_texture(bare: Mapping[str, Any]) -> None:
    level = bare["levels"][0]
    assert level["texture"]["slot"] == "base"
    assert level["texture"]["width"] <= 4
    assert level["brotli_bytes"] < 20_000
    assert level["error"]["psnr_db"] is None or level["error"]["psnr_db"] > 45


# --- again, and otherwise ---------------------------------------------------------------------------------------------


def test_two_caches_and_two_jobs_give_the_same_bytes(whole: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    levels = ("preview", "phone")
    again = built(tiny_scans / "globe.obj", shop / "again", shop / "other", True, jobs=2, levels=levels, **SAID)
    first, second = models(shop / "globe"), models(shop / "again")
    assert {name: data == first[name] for name, data in second.items()} == dict.fromkeys(second, True)
    assert len(second) == 6
    assert [level["sha256"] for level in again["levels"]] == [level["sha256"] for level in whole["levels"][:2]]


def test_a_second_run_reads_everything_and_imports_nothing_heavy(
    whole: Mapping[str, Any], shop: Path, tiny_scans: Path
) -> None:
    words = [f"--{key}={value}" for key, value in SAID.items()]
    command = [sys.executable, "-c", IMPORTS, "model", str(tiny_scans / "globe.obj"), "--out", str(shop / "second")]
    environment = {**os.environ, "CARREAU_CACHE": str(shop / "cache")}
    done = subprocess.run([*command, *words, "--quiet"], capture_output=True, text=True, cwd=PROJECT, env=environment)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[]\n")
    assert models(shop / "second") == models(shop / "globe")
    report = json.loads((shop / "second" / "report.json").read_text())
    assert ran(report) == set()
    assert {**report, "stages": None} == {**whole, "stages": None}


def test_another_licence_only_packs_and_measures_again(whole: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    said = {**SAID, "licence": "CC-BY-4.0"}
    report = built(tiny_scans / "globe.obj", shop / "licence", shop / "cache", levels=("preview",), **said)
    again = {"pack preview", "compress preview", "check preview", "pack plain preview", "check plain preview"}
    again |= {"read back preview", "measure preview", "show preview"}
    assert ran(report) == again
    assert document(shop / "licence" / "preview.glb")["asset"]["copyright"] == "Jeanne, CC-BY-4.0"
    assert report["levels"][0]["error"] == whole["levels"][0]["error"]


def test_one_level_more_leaves_the_others(patchwork: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    levels = ("preview", "phone")
    report = built(tiny_scans / "patchwork.obj", shop / "more", shop / "cache", levels=levels, jobs=2)
    assert ran(report)
    assert all("phone" in label for label in ran(report))
    assert report["levels"][0]["sha256"] == patchwork["levels"][0]["sha256"]


def test_another_unit_leaves_only_the_reading(bare: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    report = built(tiny_scans / "plain.stl", shop / "unit", shop / "cache", levels=("preview",), unit="cm")
    assert "read" not in ran(report)
    assert {"orient", "clean", "simplify preview", "bake new atlas of preview", "measure preview"} <= ran(report)
    assert report["scan"]["size_m"] == pytest.approx([0.02] * 3, rel=0.01)
    assert report["levels"][0]["error"]["psnr_db"] == pytest.approx(bare["levels"][0]["error"]["psnr_db"], abs=3)
    assert not any("--unit" in warning for warning in report["scan"]["warnings"])


def test_fewer_levels_take_the_others_away(whole: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    shutil.copytree(shop / "globe", shop / "fewer")
    (shop / "fewer" / "notes.txt").write_text("mine")
    built(tiny_scans / "globe.obj", shop / "fewer", shop / "cache", levels=("preview",), **SAID)
    names = {path.name for path in (shop / "fewer").iterdir()}
    assert names == {"preview.glb", "preview.glb.br", "poster.webp", "poster.png", "notes.txt"} | TOLD


# --- what others find -------------------------------------------------------------------------------------------------


def test_inspecting_builds_nothing(tiny_scans: Path, cache: Cache) -> None:
    inspection = inspect_scan(tiny_scans / "patchwork.obj", cache, progress_for(sys.stderr, quiet=True))
    assert inspection.as_json()
    assert {entry.stage for entry in cache.store.entries()} == {"read", "inspect"}


def test_an_export_finds_what_was_made(whole: Mapping[str, Any], shop: Path, tmp_path: Path) -> None:
    entry = toured.catalogue(tmp_path).sites["une"]
    (tmp_path / "models" / "une").mkdir(parents=True)
    (tmp_path / "models" / "une" / "today").symlink_to(shop / "globe")
    (made,) = built_models(entry, tmp_path / "models", Urls()).values()
    names = {file.name for file in made.files}
    assert names == {"preview.glb", "phone.glb", "desktop.glb", "ar.glb", "ar.usdz"}
    for file in made.files:
        data = (shop / "globe" / file.name).read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert max(made.poster_px) == POSTER_PX
    assert made.bounds_m is not None
    low, high = made.bounds_m
    assert [b - a for a, b in zip(low, high, strict=True)] == pytest.approx(whole["scan"]["size_m"], abs=1e-5)
