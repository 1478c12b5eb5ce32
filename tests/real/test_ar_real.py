"""AR pairs and deposits of real scans: in metres, valid in both worlds, alike, and the same every time."""

from __future__ import annotations

import functools
import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import bagit
import pytest

from carreau.base.levels import AR
from carreau.base.options import ModelOptions
from carreau.formats.gltf import gltf
from carreau.formats.writers import usdz_files
from carreau.models.builders.ar_and_archive import ArBuilder, ArchiveBuilder
from carreau.models.builders.build_context import ScanContext, about, create_context
from carreau.models.builders.inputs import scan_files
from carreau.models.builders.level_builder import BuiltLevel
from carreau.models.builders.result import write_package
from carreau.models.stages.check import Severity, check_usdz, validate
from carreau.runs.cache import Cache, InputFiles
from tests.pipeline.quick_looks import quick_pictures

SAID: dict[str, Any] = {"source": "the scans", "licence": "see LICENSE.txt", "credit": "their makers"}


@dataclass(frozen=True)
class Case:
    """A scan and what its pair must be.

    unit : as asked for
    height_m : of the pair
    least_db : like the scan, well below what was measured in November 2026
    slots : images that it must wear
    """

    scan: str
    unit: str
    height_m: float
    least_db: float
    slots: tuple[str, ...]


CASES = {
    "venus_glb": Case("venus.glb", "mm", 2.1189, 45, ("base", "normal", "occlusion")),
    "column_obj": Case("column03.obj", "auto", 0.38052, 47, ("base", "normal")),
    "vertexcolour_ply": Case("ankylosaurus_mesh.ply", "auto", 0.0, 44, ("base",)),
}


@dataclass(frozen=True)
class Shop:
    """What was made of one scan."""

    case: Case
    files: InputFiles
    ground: ScanContext
    options: ModelOptions
    cache: Cache
    pair: BuiltLevel


def made(name: str, scans: Path, root: Path) -> Shop:
    case, cache = CASES[name], Cache(root)
    options = ModelOptions(Path(), name=name, unit=case.unit, **SAID)
    files = scan_files(scans / name / case.scan, cache)
    ground = create_context(files, options, cache)
    ground.about.update(about(ground))
    return Shop(case, files, ground, options, cache, ArBuilder(ground, options, cache).build().complete())


@pytest.fixture(scope="module")
def shops(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shop]:
    """Return a function that makes a case once; the first one's files are looked at as closely as a build does."""

    @functools.cache
    def shop_of(name: str) -> Shop:
        with nullcontext() if name == next(iter(CASES)) else quick_pictures():
            return made(name, scans, tmp_path_factory.mktemp("cache"))

    return shop_of


@pytest.fixture(scope="module", params=CASES)
def shop(request: pytest.FixtureRequest, shops: Callable[[str], Shop]) -> Shop:
    return shops(request.param)


def test_both_files_hold_the_budget(shop: Shop) -> None:
    facts = shop.pair.facts
    assert max(len(data) for data in shop.pair.files.values()) <= AR.file_bytes
    assert 0 < facts["triangles"] <= AR.triangles
    assert facts["gpu_bytes"] <= AR.gpu_bytes
    assert facts["texture_px"] <= AR.texture_px
    assert facts["error"]["psnr_db"] is None or facts["error"]["psnr_db"] >= shop.case.least_db
    assert facts["error"]["cracks"]["count"] == 0


def test_the_validators_are_silent(shop: Shop) -> None:
    assert not [message for message in validate(shop.pair.glb) if message.severity < Severity.INFORMATION]
    assert check_usdz(shop.pair.files["ar.usdz"]) >= 25
    text = shop.pair.glb[20 : 20 + int.from_bytes(shop.pair.glb[12:16], "little")]
    assert "extensionsRequired" not in json.loads(text)
    assert "extensionsUsed" not in json.loads(text)


def test_both_show_the_same(shop: Shop) -> None:
    agreement = shop.pair.facts["usdz"]["agreement"]
    assert agreement["psnr_db"] is None or agreement["psnr_db"] > 45
    assert agreement["normals_deg"] < 0.1
    assert set(shop.case.slots) <= set(agreement["pictures"])


def test_both_stand_on_the_ground_in_metres(shop: Shop, tmp_path: Path) -> None:
    for name, data in shop.pair.files.items():
        (tmp_path / name).write_bytes(data)
    glb = gltf.read(tmp_path / "ar.glb").mesh
    for positions in (glb.positions + glb.origin, usdz_files.read(tmp_path / "ar.usdz").positions):
        low, high = positions.min(axis=0), positions.max(axis=0)
        height = high[1] - low[1]
        assert abs(low[1]) < 0.01 * height
        assert abs(low + high)[[0, 2]].max() < 0.02 * (high - low).max()
        if shop.case.height_m:
            assert height == pytest.approx(shop.case.height_m, rel=0.005)


def test_both_say_whether_their_size_is_known_and_whom_to_name(shop: Shop, tmp_path: Path) -> None:
    from pxr import Usd
    from pygltflib import GLTF2

    (tmp_path / "ar.glb").write_bytes(shop.pair.glb)
    (tmp_path / "ar.usdz").write_bytes(shop.pair.files["ar.usdz"])
    stage = Usd.Stage.Open(str(tmp_path / "ar.usdz"))
    extras, said = GLTF2().load(tmp_path / "ar.glb").asset.extras, stage.GetRootLayer().customLayerData
    scale = "fixed" if shop.case.unit == "mm" else "free"
    assert shop.pair.facts["scale"] == extras["scale"] == said["scale"] == scale
    for key, value in SAID.items():
        assert extras[key] == said[key] == value


def test_a_deposit_is_whole(shop: Shop, tmp_path: Path) -> None:
    deposit = ArchiveBuilder(shop.files, shop.ground, shop.options, shop.cache).build()
    scan = {"key": shop.files.key, "file": shop.files.path.name}
    report = {**SAID, "name": shop.options.name, "generator": "Carreau", "scan": scan, "archive": deposit.facts}
    (tmp_path / "archive.glb").write_bytes(deposit.glb)
    write_package(tmp_path / "archive.zip", tmp_path / "archive.glb", shop.files.path, report)
    whole = gltf.read(tmp_path / "archive.glb").mesh
    assert len(whole.faces) == len(shop.ground.cleaned.value().mesh.faces)
    with zipfile.ZipFile(tmp_path / "archive.zip") as package:
        package.extractall(tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    bagit.Bag(str(folder)).validate()
    for original in deposit.facts["originals"]:
        data = (folder / "data/original" / original["name"]).read_bytes()
        assert data == (shop.files.folder / original["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == original["sha256"]
    images = [slot for material in whole.materials for slot in (material.base, material.normal) if slot]
    kept = shop.ground.cleaned.value().mesh.materials
    texts = {_bytes(slot.texture.data) for material in kept for slot in (material.base, material.normal) if slot}
    assert {_bytes(slot.texture.data) for slot in images} == texts


def _bytes(data: Path | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.read_bytes()


def test_a_pair_is_the_same_from_another_cache(shops: Callable[[str], Shop], scans: Path, tmp_path: Path) -> None:
    one = shops("vertexcolour_ply")
    with quick_pictures():
        assert made("vertexcolour_ply", scans, tmp_path).pair.files == one.pair.files
    with zipfile.ZipFile(BytesIO(one.pair.files["ar.usdz"])) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
