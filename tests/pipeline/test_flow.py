"""From a scan's files to its models: within budget, told truly, the same every time, whatever happens on the way."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brotli
import numpy as np
import pytest

from pipeline.cli import main
from pipeline.errors import ScanError, StorageError
from pipeline.exports.made_models import made_models
from pipeline.exports.urls import Urls
from pipeline.flow import build_models, compare_model, inspect_scan
from pipeline.formats.scenes import gltf
from pipeline.formats.written.xmp import packet_of
from pipeline.kept.cache import Cache
from pipeline.kept.store import Record
from pipeline.levels import LEVELS
from pipeline.making.level_work import labels
from pipeline.making.records import Records
from pipeline.options import ModelOptions
from pipeline.running.side_by_side import together
from pipeline.shown.progress import for_stream
from pipeline.stages import poster
from tests.pipeline.exports import toured

PROJECT = Path(__file__).parents[2]
SAID: dict[str, Any] = {"name": "Fosse 1", "source": "a test", "licence": "CC0-1.0", "credit": "Jeanne"}
MADE = {f"{name}{ending}" for name in LEVELS for ending in (".glb", ".glb.br")}
MADE |= {"ar.glb", "ar.usdz", "poster.webp", "poster.png"}
TOLD = {"report.json", "report.html", "report.en.html"}
IMPORTS = """
import sys
from pipeline.cli import main
code = main(sys.argv[1:])
print(sorted({"open3d", "numba", "trimesh", "scipy", "PIL", "pipeline.stages.bake"} & set(sys.modules)))
sys.exit(code)
"""


def built(scan: Path, out: Path, cache: Path, is_posed: bool = False, **options: Any) -> Mapping[str, Any]:
    """Build with a new cache over a folder, as a new process would, and return the report as written.

    is_posed : with a true poster, which is half of the time that a tiny scan takes
    """
    with pytest.MonkeyPatch.context() as patch:
        if not is_posed:
            patch.setattr(poster, "render_poster", lambda *_: np.full((8, 8, 4), 99, np.uint8))
        build_models(scan, ModelOptions(out=out, **options), Cache(cache), for_stream(sys.stderr, quiet=True))
    report: Mapping[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return report


def document(glb: Path) -> dict[str, Any]:
    """Return the JSON of a GLB."""
    data = glb.read_bytes()
    found: dict[str, Any] = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    return found


def ran(report: Mapping[str, Any]) -> set[str]:
    """Return the labels of the steps that ran and were not found."""
    return {stage["label"] for stage in report["stages"] if not stage["cached"]}


def models(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all that was made but the report, which tells seconds."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name in MADE}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that this file's builds share."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def whole(tiny_scans: Path, shop: Path, encoder: Path) -> Mapping[str, Any]:
    """The globe at all levels, in `shop / "globe"`, made one step at a time."""
    return built(tiny_scans / "globe.obj", shop / "globe", shop / "cache", is_posed=True, jobs=1, **SAID)


@pytest.fixture(scope="module")
def patchwork(tiny_scans: Path, shop: Path) -> Mapping[str, Any]:
    """The scan of three textures as a preview, in `shop / "patchwork"`."""
    return built(tiny_scans / "patchwork.obj", shop / "patchwork", shop / "cache", levels=("preview",), jobs=2)


@pytest.fixture(scope="module")
def bare(tiny_scans: Path, shop: Path) -> Mapping[str, Any]:
    """The scan without any colour as a preview, in `shop / "plain"`."""
    return built(tiny_scans / "plain.stl", shop / "plain", shop / "cache", levels=("preview",))


# --- what comes out -----------------------------------------------------------------------------------------------


def test_all_that_was_promised_is_there_and_nothing_else(whole: Mapping[str, Any], shop: Path) -> None:
    assert {path.name for path in (shop / "globe").iterdir()} == MADE | TOLD


@pytest.mark.parametrize("name", LEVELS)
def test_every_level_is_within_its_budget(whole: Mapping[str, Any], shop: Path, name: str) -> None:
    level, budget = next(level for level in whole["levels"] if level["name"] == name), LEVELS[name]
    assert 0 < level["triangles"] <= budget.triangles
    assert 0 < level["texture_px"] <= budget.texture_px
    assert (shop / "globe" / f"{name}.glb.br").stat().st_size <= budget.file_bytes
    assert level["gpu_bytes"] <= budget.gpu_bytes
    assert level["budget"]["triangles"] == budget.triangles
    assert level["texture"]["format"] == ("webp" if budget.texture_format == "webp" else "uastc")


@pytest.mark.parametrize("name", LEVELS)
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
    progress = for_stream(sys.stderr, quiet=True)
    found = compare_model(
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
        "read", "orient", "clean", "keep", "simplify", "unwrap_level", "bake", "judge", "encode_base", "pack",
        "measure_published", "compress", "check_plain", "check_packed", "render_poster",
    }  # fmt: skip
    assert all(stage["seconds"] >= 0 and stage["peak_memory_bytes"] > 1e6 for stage in whole["stages"])
    assert len({stage["label"] for stage in whole["stages"]}) == len(whole["stages"])


def test_every_step_of_a_level_was_announced(
    whole: Mapping[str, Any], patchwork: Mapping[str, Any], bare: Mapping[str, Any]
) -> None:
    told = {stage["label"] for report in (whole, patchwork, bare) for stage in report["stages"]}
    for name in LEVELS:
        ours = {label for label in told if label.endswith(f" {name}")}
        assert ours
        assert ours <= set(labels(name))


@pytest.mark.parametrize("name", LEVELS)
def test_a_model_says_what_it_is(whole: Mapping[str, Any], shop: Path, name: str) -> None:
    level, about = (
        next(level for level in whole["levels"] if level["name"] == name),
        document(shop / "globe" / f"{name}.glb"),
    )
    asset = about["asset"]
    assert asset["copyright"] == "Jeanne, CC0-1.0"
    assert asset["generator"] == whole["generator"]
    extras = asset["extras"]
    assert {key: extras[key] for key in ("source", "licence", "credit")} == {
        k: SAID[k] for k in ("source", "licence", "credit")
    }
    assert extras["level"] == name
    assert extras["error"] == level["error"]
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
        assert any("chosen by measuring" in decision for decision in level["decisions"])


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


# --- again, and otherwise -----------------------------------------------------------------------------------------


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


def test_another_licence_only_packs_again(whole: Mapping[str, Any], shop: Path, tiny_scans: Path) -> None:
    said = {**SAID, "licence": "CC-BY-4.0"}
    report = built(tiny_scans / "globe.obj", shop / "licence", shop / "cache", levels=("preview",), **said)
    again = {"pack preview", "compress preview", "check preview", "pack plain preview", "check plain preview"}
    again |= {"show preview"}
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


# --- when things go wrong -----------------------------------------------------------------------------------------


def test_a_killed_run_leaves_no_half_and_the_next_goes_on(
    whole: Mapping[str, Any], tiny_scans: Path, tmp_path: Path
) -> None:
    step = "measure preview"
    out, words = tmp_path / "out", [f"--{key}={value}" for key, value in SAID.items()]
    command = [sys.executable, "-m", "pipeline.cli", "model", str(tiny_scans / "globe.obj"), "--out", str(out)]
    environment = {**os.environ, "CARREAU_CACHE": str(tmp_path / "cache"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--levels=preview", "--jobs=1", *words], stderr=subprocess.PIPE, text=True, cwd=PROJECT,
        env=environment,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if f"  {step} …" in line:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert {path.name for path in out.iterdir()} <= {"build.log"}
    report = built(tiny_scans / "globe.obj", out, tmp_path / "cache", levels=("preview",), **SAID)
    assert not {"read", "orient", "clean", "look", "keep preview"} & ran(report)
    assert step in ran(report)
    assert not {"simplify preview", "bake new atlas of preview", "encode webp preview"} & ran(report)
    assert report["levels"][0]["sha256"] == whole["levels"][0]["sha256"]


def test_a_full_cache_disk_is_one_line(tiny_scans: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    environment = {**os.environ, "CARREAU_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "pipeline.cli", "model", str(tiny_scans / "globe.obj"), "--quiet"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--levels=preview"], capture_output=True, text=True, cwd=PROJECT,
        env=environment, preexec_fn=limit,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written (File too large)" in done.stderr
    assert list((tmp_path / "cache" / "partial").iterdir()) == []
    assert not set(models(tmp_path / "out"))


def test_a_full_disk_for_the_models_is_one_line_and_changes_nothing(
    whole: Mapping[str, Any], tiny_scans: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "preview.glb").write_text("of an earlier build")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="the disk is full"):
        built(tiny_scans / "globe.obj", tmp_path, shop / "cache", **SAID)
    assert [path.name for path in tmp_path.iterdir()] == ["preview.glb"]
    assert (tmp_path / "preview.glb").read_text() == "of an earlier build"


def test_a_full_folder_for_temporary_files_is_no_defect(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pipeline.stages.compress.compress", full)
    with pytest.raises(StorageError, match="the disk is full"):
        cache.step("pipeline.stages.compress:compress", b"").value()


NOTHING = {
    "no number": "v nan nan nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "no area": "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n",
    "one place": "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_a_scan_of_which_nothing_is_left(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scan.obj").write_text(text)
    assert main(["model", str(tmp_path / "scan.obj"), "--out", str(tmp_path / "out"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "scan.obj: no triangle is left after cleaning; export the scan again" in said
    assert not set(models(tmp_path / "out")) if (tmp_path / "out").exists() else True


@pytest.mark.parametrize("scale", [1e-30, 1e20])
def test_a_size_that_no_number_can_square_is_refused(
    scale: float, tmp_path: Path, whole: Mapping[str, Any], shop: Path
) -> None:
    path, globe = tmp_path / "scan.obj", shop / "globe" / "preview.glb"
    path.write_text(f"v 0 0 0\nv {scale} 0 0\nv 0 {scale} 0\nf 1 2 3\n")
    for action in (
        lambda: built(path, tmp_path / "out", tmp_path / "cache"),
        lambda: compare_model(path, globe, Cache(tmp_path / "cache"), for_stream(sys.stderr, True)),
    ):
        with pytest.raises(ScanError, match="m long, beyond") as refused:
            action()
        assert "--unit" in refused.value.cure


def glb_of_nothing() -> bytes:
    """Return a GLB that holds no mesh."""
    text = json.dumps({"asset": {"version": "2.0"}}).encode()
    text += b" " * (-len(text) % 4)
    head = b"glTF" + (2).to_bytes(4, "little") + (20 + len(text)).to_bytes(4, "little")
    return head + len(text).to_bytes(4, "little") + b"JSON" + text


def test_a_model_of_nothing_is_not_found_identical(tiny_scans: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.glb").write_bytes(glb_of_nothing())
    with pytest.raises(ScanError, match=r"empty\.glb"):
        compare_model(
            tiny_scans / "globe.obj", tmp_path / "empty.glb", Cache(tmp_path / "cache"), for_stream(sys.stderr, True)
        )


def test_a_few_wild_points_neither_stop_nor_blind_the_measuring(
    tiny_scans: Path, tmp_path: Path, whole: Mapping[str, Any]
) -> None:
    lines = (tiny_scans / "globe.obj").read_text().splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("v ")]
    lines[places[410]], lines[places[500]] = "v nan nan nan", "v 0 inf 0"
    first = places[-1] + 1
    lines[first:first] = ["v 5000 0 0", "v 5000.1 0 0", "v 5000 0.1 0"]
    count = len(places)
    lines.append(f"f {count + 1}/1 {count + 2}/2 {count + 3}/3")
    (tmp_path / "wild.obj").write_text("\n".join(lines))
    for name in ("globe.mtl", "globe-0.png"):
        shutil.copy(tiny_scans / name, tmp_path)
    report = built(tmp_path / "wild.obj", tmp_path / "out", tmp_path / "cache", levels=("preview",))
    assert report["scan"]["findings"]["non_finite"] == 3 + 6  # one on the border of the map, one inside
    level = report["levels"][0]
    assert 25 < level["error"]["psnr_db"] < 60
    assert np.isfinite([level["error"]["to_scan"]["largest"], level["error"]["to_level"]["rms"]]).all()


def test_one_bad_scan_among_several(
    whole: Mapping[str, Any], tiny_scans: Path, shop: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CARREAU_CACHE", str(shop / "cache"))
    (tmp_path / "bad.obj").write_text(NOTHING["no area"])
    scans = [tmp_path / "bad.obj", tmp_path / "lost.ply", tiny_scans / "globe.obj"]
    words = [f"--{key}={value}" for key, value in SAID.items() if key != "name"]
    assert main(["model", *map(str, scans), "--out", str(tmp_path / "out"), "--levels=preview", *words, "--quiet"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(".")[0].rpartition("/")[2] for line in said] == ["bad", "lost"]
    assert (tmp_path / "out" / "globe" / "preview.glb").is_file()
    assert (tmp_path / "out" / "globe" / "report.json").is_file()


# --- its parts ----------------------------------------------------------------------------------------------------


def test_tasks_give_their_values_whatever_the_jobs() -> None:
    tasks = {"a": lambda: 1, "b": lambda: 2}
    assert together(tasks, 1) == together(tasks, 2) == {"a": 1, "b": 2}


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_failure_is_raised(jobs: int) -> None:
    def fail() -> None:
        raise StorageError("full")

    with pytest.raises(StorageError):
        together({"a": fail, "b": lambda: 2}, jobs)


def test_who_interrupts_does_not_wait_for_what_runs() -> None:
    ending = threading.Event()

    def interrupted() -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            together({"first": interrupted, "long": lambda: ending.wait(60)}, 2)
        assert not ending.is_set()
    finally:
        ending.set()


def test_steps_of_one_label_are_told_together(cache: Cache) -> None:
    with Records(cache) as records:
        for seconds, peak, cached in ((1.0, 10, True), (2.0, 30, False), (2.0, 30, True), (4.0, 20, True)):
            cache.tell(Record("pack", "pack phone", seconds, peak, 0, cached))
        cache.tell(Record("read", "read", 5.0, 1, 0, True))
    cache.tell(Record("late", "late", 1.0, 1))
    assert [(each.label, each.seconds, each.peak_memory_bytes, each.cached) for each in records.together()] == [
        ("pack phone", 7.0, 30, False),
        ("read", 5.0, 1, True),
    ]


def test_inspecting_builds_nothing(tiny_scans: Path, cache: Cache) -> None:
    found = inspect_scan(tiny_scans / "patchwork.obj", cache, for_stream(sys.stderr, quiet=True))
    assert found.as_json()
    assert {entry.stage for entry in cache.store.entries()} == {"read", "inspect"}


# --- what others find ---------------------------------------------------------------------------------------------


def test_an_export_finds_what_was_made(whole: Mapping[str, Any], shop: Path, tmp_path: Path) -> None:
    entry = toured.catalogue(tmp_path).sites["une"]
    (tmp_path / "models" / "une").mkdir(parents=True)
    (tmp_path / "models" / "une" / "today").symlink_to(shop / "globe")
    (made,) = made_models(entry, tmp_path / "models", Urls()).values()
    names = {file.name for file in made.files}
    assert names == {"preview.glb", "phone.glb", "desktop.glb", "ar.glb", "ar.usdz"}
    for file in made.files:
        data = (shop / "globe" / file.name).read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert max(made.poster_px) == 1200
    assert made.bounds_m is not None
    low, high = made.bounds_m
    assert [b - a for a, b in zip(low, high, strict=True)] == pytest.approx(whole["scan"]["size_m"], abs=1e-5)
