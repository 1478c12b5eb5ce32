"""An AR pair opens anywhere: plain, within its bytes, both files alike, and honest about its size."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import bagit
import pytest

from carreau.base.errors import BudgetError, ScanError
from carreau.base.levels import AR, Level
from carreau.base.options import ModelOptions
from carreau.formats.writers import usdz_files
from carreau.models.builders.ar_and_archive import FIXED, FREE, ArBuilder, ArchiveBuilder
from carreau.models.builders.build_context import ScanContext, about, create_context
from carreau.models.builders.level_builder import BuiltLevel
from carreau.models.builders.result import write_package
from carreau.models.stages.check import Severity, validate
from carreau.runs.cache import Cache, InputFiles

pytestmark = pytest.mark.usefixtures("small_looks")

SMALL = dataclasses.replace(AR, triangles=600, texture_px=128)
SAID: dict[str, Any] = {"name": "Fosse 1", "source": "a test", "licence": "CC0-1.0", "credit": "Jeanne"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kept"))


def grounded(scan: Path, kept: Cache, **said: Any) -> tuple[InputFiles, ScanContext, ModelOptions]:
    options = ModelOptions(Path(), **SAID, **said)
    files = kept.files(scan, sorted(scan.parent.glob(f"{scan.stem}*")))
    ground = create_context(files, options, kept)
    ground.about.update(about(ground))
    return files, ground, options


def paired(scan: Path, kept: Cache, level: Level = SMALL, **said: Any) -> BuiltLevel:
    _, ground, options = grounded(scan, kept, **said)
    return ArBuilder(ground, options, kept, level).build().complete()


@pytest.fixture(scope="module")
def globe(tiny_scans: Path, kept: Cache) -> BuiltLevel:
    return paired(tiny_scans / "globe.obj", kept)


def document(glb: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    return found


def test_it_is_two_files_sent_as_they_lie(globe: BuiltLevel) -> None:
    assert sorted(globe.files) == ["ar-table.glb", "ar-table.usdz", "ar.glb", "ar.usdz"]
    facts = globe.facts
    assert facts["bytes"] == facts["brotli_bytes"] == len(globe.glb)
    assert facts["usdz"]["sha256"] == hashlib.sha256(globe.files["ar.usdz"]).hexdigest()
    assert facts["triangles"] <= SMALL.triangles


def test_any_reader_opens_the_glb(globe: BuiltLevel) -> None:
    found = document(globe.glb)
    assert "extensionsRequired" not in found
    assert "extensionsUsed" not in found
    assert {image["mimeType"] for image in found["images"]} == {"image/jpeg"}
    assert len(found["materials"]) == len(found["meshes"]) == len(found["nodes"]) == 1
    assert found["nodes"] == [{"mesh": 0}]
    numbers = found["meshes"][0]["primitives"][0]["attributes"].values()
    assert {found["accessors"][number]["componentType"] for number in numbers} == {5126}
    assert not [message for message in validate(globe.glb) if message.severity < Severity.INFORMATION]


def test_both_show_the_same(globe: BuiltLevel) -> None:
    agreement = globe.facts["usdz"]["agreement"]
    assert agreement["psnr_db"] is None or agreement["psnr_db"] > 45
    assert agreement["normals_deg"] < 0.1
    assert "base" in agreement["pictures"]
    with zipfile.ZipFile(BytesIO(globe.files["ar.usdz"])) as package:
        assert package.read("textures/base.jpg") in globe.glb


def test_both_name_source_licence_and_credit(globe: BuiltLevel, tmp_path: Path) -> None:
    from pxr import Usd

    extras = document(globe.glb)["asset"]["extras"]
    (tmp_path / "ar.usdz").write_bytes(globe.files["ar.usdz"])
    stage = Usd.Stage.Open(str(tmp_path / "ar.usdz"))
    layer = stage.GetRootLayer()
    for key in ("source", "licence", "credit"):
        assert extras[key] == layer.customLayerData[key] == SAID[key]
    assert list(layer.customLayerData["scan_to_model"]) == extras["scan_to_model"]


def test_a_size_nobody_said_scales_freely(globe: BuiltLevel) -> None:
    assert globe.facts["scale"] == document(globe.glb)["asset"]["extras"]["scale"] == "free"
    assert globe.facts["quick_look"] == "allowsContentScaling=1"
    assert FREE in globe.facts["decisions"]


def test_a_size_nobody_said_fits_a_table(globe: BuiltLevel) -> None:
    table, extras = globe.facts["table"], document(globe.files["ar-table.glb"])["asset"]["extras"]
    assert table["scale"] == extras["table_scale"] == pytest.approx(0.3, rel=0.05)
    assert extras["scale"] == "free"
    for name, said in table["files"].items():
        assert said["sha256"] == hashlib.sha256(globe.files[name]).hexdigest()


def test_a_size_that_was_said_is_fixed(tiny_scans: Path, kept: Cache, tmp_path: Path) -> None:
    made = paired(tiny_scans / "globe.obj", kept, unit="cm")
    assert made.facts["scale"] == document(made.glb)["asset"]["extras"]["scale"] == "fixed"
    assert made.facts["quick_look"] == "allowsContentScaling=0"
    assert made.facts["scene_viewer"] == "resizable=false"
    assert made.facts["table"] == {"scale": 1.0, "files": {}}
    assert sorted(made.files) == ["ar.glb", "ar.usdz"]
    assert FIXED in made.facts["decisions"]
    (tmp_path / "ar.usdz").write_bytes(made.files["ar.usdz"])
    positions = usdz_files.read(tmp_path / "ar.usdz").positions
    size = positions.max(axis=0) - positions.min(axis=0)
    assert size == pytest.approx([0.02, 0.02, 0.02], rel=0.05)
    assert positions[:, 1].min() == pytest.approx(0, abs=2e-4)
    assert made.facts["usdz"]["agreement"]["size_m"] == pytest.approx(size)


@pytest.mark.parametrize("name", ["painted.ply", "plain.stl"])
def test_every_kind_of_looks_becomes_a_jpeg(name: str, tiny_scans: Path, kept: Cache) -> None:
    made = paired(tiny_scans / name, kept, dataclasses.replace(SMALL, triangles=2000))
    assert made.facts["texture"]["format"] == "jpeg"
    assert "COLOR_0" not in document(made.glb)["meshes"][0]["primitives"][0]["attributes"]
    assert made.facts["error"]["psnr_db"] is None or made.facts["error"]["psnr_db"] > 25


def test_few_bytes_are_held_by_both_files(globe: BuiltLevel, tiny_scans: Path, kept: Cache) -> None:
    most = min(len(data) for data in globe.files.values()) - 2000
    made = paired(tiny_scans / "globe.obj", kept, dataclasses.replace(SMALL, file_bytes=most))
    assert max(len(data) for data in made.files.values()) <= most


def test_too_few_bytes_are_refused(tiny_scans: Path, kept: Cache) -> None:
    with pytest.raises(BudgetError, match="ar: no version fits its budget"):
        paired(tiny_scans / "globe.obj", kept, dataclasses.replace(SMALL, file_bytes=2000))


def test_the_same_pair_from_another_cache(globe: BuiltLevel, tiny_scans: Path, tmp_path: Path) -> None:
    assert paired(tiny_scans / "globe.obj", Cache(tmp_path)).files == globe.files


def deposited(scan: Path, kept: Cache, folder: Path) -> Mapping[str, Any]:
    """Write archive.glb and archive.zip into a folder and return the report they were written with."""
    files, ground, options = grounded(scan, kept)
    made = ArchiveBuilder(files, ground, options, kept).build()
    stages = [{"seconds": time.perf_counter()}]
    report = {
        **SAID,
        "stages": stages,
        "generator": "Carreau",
        "scan": {"key": files.key, "file": scan.name},
        "archive": made.facts,
    }
    folder.mkdir(exist_ok=True)
    for name, data in made.files.items():
        (folder / name).write_bytes(data)
    write_package(folder / "archive.zip", folder / "archive.glb", scan, report)
    return report


def test_a_deposit_holds_the_scan_byte_for_byte(tiny_scans: Path, kept: Cache, tmp_path: Path) -> None:
    report = deposited(tiny_scans / "patchwork.obj", kept, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "archive.zip") as package:
        package.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / "fosse-1"))
    bag.validate()
    assert bag.info["Licence"] == "CC0-1.0"
    names = [one["name"] for one in report["archive"]["originals"]]
    assert names[0] == "patchwork.obj"
    assert set(names) == {"patchwork.obj", "patchwork.mtl", "patchwork-0.png", "patchwork-1.png", "patchwork-2.png"}
    for name in names:
        assert (tmp_path / "fosse-1/data/original" / name).read_bytes() == (tiny_scans / name).read_bytes()
    told = {key: value for key, value in report.items() if key != "stages"}
    assert json.loads((tmp_path / "fosse-1/data/report.json").read_text()) == told
    assert report["archive"]["materials"] == 3
    assert all(one["untouched"] for one in report["archive"]["textures"])


def test_a_deposit_is_the_same_twice(tiny_scans: Path, kept: Cache, tmp_path: Path) -> None:
    for name in ("one", "two"):
        deposited(tiny_scans / "globe.obj", kept, tmp_path / name)
    assert (tmp_path / "one/archive.zip").read_bytes() == (tmp_path / "two/archive.zip").read_bytes()


def test_the_origin_of_a_far_scan_is_kept_to_the_micrometre(tmp_path: Path, kept: Cache) -> None:
    scan = tmp_path / "far.obj"
    east, north, height = 735123.123456, 7028456.654321, 31.250001
    corners = [(0, 0, 0), (4, 0, 0), (0, 4, 0), (0, 0, 4)]
    lines = [f"v {east + x:.6f} {north + y:.6f} {height + z:.6f}" for x, y, z in corners]
    scan.write_text("\n".join([*lines, "f 1 3 2", "f 1 2 4", "f 1 4 3", "f 2 3 4"]) + "\n")
    files, ground, options = grounded(scan, kept, unit="m", up="z")
    made = ArchiveBuilder(files, ground, options, kept).build()
    assert made.facts["origin"] == pytest.approx([east + 2, north + 2, height], abs=1e-6)
    assert document(made.glb)["asset"]["extras"]["origin"] == made.facts["origin"]


def test_a_scan_that_went_away_is_told(tiny_scans: Path, kept: Cache, tmp_path: Path) -> None:
    scan = tmp_path / "globe.obj"
    for path in tiny_scans.glob("globe*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    report = deposited(scan, kept, tmp_path / "out")
    scan.write_bytes(b"another")
    with pytest.raises(ScanError, match="the file changed while the models were built"):
        write_package(tmp_path / "out" / "archive.zip", tmp_path / "out" / "archive.glb", scan, report)


def test_what_places_a_scan_is_deposited_too(tiny_scans: Path, kept: Cache, tmp_path: Path) -> None:
    folder = tmp_path / "project" / "odm_texturing"
    folder.mkdir(parents=True)
    for path in tiny_scans.glob("globe*"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "scan.toml").write_text('unit = "m"\n')
    report = deposited(folder / "globe.obj", kept, tmp_path / "out")
    names = {one["name"] for one in report["archive"]["originals"]}
    assert {"globe.obj", "globe.mtl", "globe-0.png", "scan.toml"} <= names
    with zipfile.ZipFile(tmp_path / "out" / "archive.zip") as package:
        assert package.read("fosse-1/data/original/scan.toml") == b'unit = "m"\n'
