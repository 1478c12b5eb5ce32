"""An authored GLB goes through the whole pipeline and comes out with its animation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import BudgetError, OptionError, ScanError
from carreau.base.options import ModelOptions
from carreau.formats.gltf import gltf
from carreau.formats.gltf.scene_reader import read
from carreau.models.builders.build_context import is_authored
from carreau.models.flow import build_models
from carreau.models.stages.ar_pair import read_usdz
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from tests.pipeline.authored_scenes import SceneMaker, pit_head

pytestmark = pytest.mark.usefixtures("small_looks")


def build(path: Path, out: Path, cache: Cache, **options: Any) -> Mapping[str, Any]:
    return build_models(path, ModelOptions(out, **options), cache, Quiet()).data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    folder = tmp_path_factory.mktemp("authored")
    path = pit_head(72, 128).write(folder / "pit head.glb")
    cache = Cache(folder / "cache")
    levels = ("preview", "ar", "archive")
    return folder / "out", build(path, folder / "out", cache, levels=levels, licence="CC BY 4.0", name="Fosse")


def clips(path: Path) -> list[tuple[str, float, int]]:
    return [(clip.name, clip.duration_s, clip.channels) for clip in read(path).facts.clips]


@pytest.mark.parametrize("name", ["preview", "ar", "archive"])
def test_every_glb_has_every_clip_and_name(made: tuple[Path, Mapping[str, Any]], name: str) -> None:
    path = made[0] / f"{name}.glb"
    assert clips(path) == [("turn", 4.0, 1), ("day", 2.5, 5)]
    facts = read(path).facts
    assert (facts.skins, facts.joints, facts.morph_targets, facts.materials) == (1, 3, 2, 3)
    assert {"sheave", "headframe", "flag", "heap", "post"} <= set(facts.named_nodes)


def test_the_report_says_what_moves(made: tuple[Path, Mapping[str, Any]]) -> None:
    scan = made[1]["scan"]
    assert scan["authored"]["clips"][0] == {"name": "turn", "duration_s": 4.0, "channels": 1}
    assert scan["decisions"][0].startswith("read as an authored model, because it has animations")
    assert "cameras are left out: tours have their own" in scan["warnings"]
    assert not [text for text in scan["warnings"] if "animations are left out" in text]
    assert not [text for text in scan["warnings"] if "shown as opaque" in text]
    assert made[1]["credit"] == "© Atelier"
    page = (made[0] / "report.html").read_text(encoding="utf-8")
    assert "Modèle d’auteur" in page
    assert "turn, 4,0" in page


def test_levels_hold_their_budgets_and_are_measured_in_motion(made: tuple[Path, Mapping[str, Any]]) -> None:
    for level in made[1]["levels"]:
        budget = level["budget"]
        assert level["triangles"] <= budget["triangles"]
        assert level["brotli_bytes"] <= budget["file_bytes"]
        assert level["gpu_bytes"] <= budget["gpu_bytes"]
        assert level["texture_px"] <= budget["texture_px"]
        assert [posed["clip"] for posed in level["posed"]] == ["turn", "day"]
        for posed in level["posed"]:
            assert posed["error"]["to_scan"]["p95"] < 0.02
    assert made[1]["levels"][0]["triangles"] < made[1]["scan"]["triangles"]


def test_the_pair_shows_one_thing_and_says_what_the_usdz_lacks(made: tuple[Path, Mapping[str, Any]]) -> None:
    pair = made[1]["levels"][1]
    assert pair["usdz"]["agreement"]["to_scan"]["rms"] < 1e-3
    assert "the USDZ plays only the first of 2 clips: it has one timeline" in pair["decisions"]
    assert (made[0] / "ar.usdz").stat().st_size == pair["usdz"]["bytes"]


def test_rights_are_in_every_file(made: tuple[Path, Mapping[str, Any]]) -> None:
    for name in ("preview", "ar", "archive"):
        data = (made[0] / f"{name}.glb").read_bytes()
        asset = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])["asset"]
        assert asset["copyright"] == "© Atelier, CC BY 4.0"
        assert asset["extras"]["licence"] == "CC BY 4.0"


def test_a_second_build_is_found_under_the_options_that_were_given(
    made: tuple[Path, Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The credit that the model brings is none of them."""
    folder, levels = made[0].parent, ("preview", "ar", "archive")
    monkeypatch.delattr("carreau.models.flow._build")
    cache = Cache(folder / "cache")
    again = build(folder / "pit head.glb", made[0], cache, levels=levels, licence="CC BY 4.0", name="Fosse")
    assert {**again, "stages": None} == {**made[1], "stages": None}


def test_a_second_build_in_another_cache_has_the_same_bytes(tmp_path: Path) -> None:
    path = pit_head(4, 16).write(tmp_path / "scene.glb")
    for name in ("one", "two"):
        build(path, tmp_path / name, Cache(tmp_path / f"{name} cache"), levels=("ar",), jobs=2)
    for file in ("ar.glb", "ar.usdz", "poster.png"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_notes_of_its_own_state_its_size(tmp_path: Path, cache: Cache) -> None:
    """It was drawn in decimetres, and its longest side is measured at the model: all levels and AR have that size."""
    path = pit_head(8, 16).write(tmp_path / "head.glb")
    levels = ("preview", "ar", "archive")
    (tmp_path / "scan.toml").write_text('unit = "mm"\n', "utf-8")  # of the scans of the folder
    own = build(path, tmp_path / "own", cache, levels=levels)
    (tmp_path / "head.scan.toml").write_text('unit = "dm"\n[height]\nmetres = 3\nbetween = [[0, 0, 0], [0, 0, 12]]\n')
    sized = build(path, tmp_path / "sized", cache, levels=levels)
    assert own["scan"]["scan_to_model"] == np.eye(4).ravel().tolist()
    assert np.allclose(np.reshape(sized["scan"]["scan_to_model"], (4, 4)), np.diag([0.25, 0.25, 0.25, 1]))
    assert "scaled by 2.5 to 3 m between two points: according to head.scan.toml" in sized["scan"]["decisions"]
    assert np.allclose(sized["scan"]["size_m"], np.multiply(own["scan"]["size_m"], 0.25), atol=1e-3)
    for name in levels:
        sides = [np.ptp(gltf.read(tmp_path / out / f"{name}.glb").mesh.positions, axis=0) for out in ("own", "sized")]
        assert np.allclose(sides[1], 0.25 * sides[0], rtol=0.01, atol=1e-3), name
    shown = [usdz_size(tmp_path / out / "ar.usdz") for out in ("own", "sized")]
    assert np.allclose(shown[1], 0.25 * shown[0], rtol=0.01)
    for level in sized["levels"][:2]:
        assert all(posed["error"]["to_scan"]["p95"] < 0.01 for posed in level["posed"])
        assert level["error"]["to_scan"]["p95"] < 0.01
    assert clips(tmp_path / "sized" / "preview.glb") == clips(tmp_path / "own" / "preview.glb")


def usdz_size(path: Path) -> Any:
    """Return the sides of what a USDZ shows at rest, in metres."""
    mesh = read_usdz(path.read_bytes())
    return np.ptp(mesh.positions, axis=0)


def test_a_still_glb_is_authored_only_when_asked_for(tmp_path: Path, cache: Cache) -> None:
    maker = pit_head(6, 16)
    for gone in ("animations", "skins"):
        del maker.json[gone]
    maker.json["nodes"] = [{k: v for k, v in node.items() if k != "skin"} for node in maker.json["nodes"]]
    for mesh in maker.json["meshes"]:
        mesh.pop("weights", None)
        mesh["primitives"][0].pop("targets", None)
    path = maker.write(tmp_path / "still.glb")
    scene = build(path, tmp_path / "authored", cache, levels=("phone",), taken_as="authored")
    assert scene["scan"]["authored"]["materials"] == 3
    assert scene["levels"][0]["posed"] == []
    assert not is_authored(cache.files(path), ModelOptions(tmp_path), cache)


def test_a_scan_that_moves_may_be_taken_as_a_scan(tmp_path: Path, cache: Cache) -> None:
    path = pit_head(4, 0).write(tmp_path / "scene.glb")
    assert is_authored(cache.files(path), ModelOptions(tmp_path), cache)
    assert not is_authored(cache.files(path), ModelOptions(tmp_path, taken_as="scan"), cache)


def test_what_is_no_gltf_is_not_authored(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "scan.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(OptionError, match="neither GLB nor glTF"):
        build(path, tmp_path / "out", cache, taken_as="authored")


def test_options_of_scans_are_refused_by_name(tmp_path: Path, cache: Cache) -> None:
    path = pit_head(4, 0).write(tmp_path / "scene.glb")
    with pytest.raises(OptionError, match="--unit: 'scene"):
        build(path, tmp_path / "out", cache, unit="mm")


def test_a_scene_that_breaks_the_standard_is_refused_before_anything_is_made(tmp_path: Path, cache: Cache) -> None:
    maker = pit_head(4, 0)
    maker.json["materials"][0]["alphaMode"] = "MAYBE"
    with pytest.raises(ScanError, match="is not valid glTF: warning VALUE_NOT_IN_LIST /materials/0/alphaMode"):
        build(maker.write(tmp_path / "scene.glb"), tmp_path / "out", cache)
    assert not list((tmp_path / "out").glob("*"))


def test_keyframes_that_no_level_holds_are_said(tmp_path: Path, cache: Cache) -> None:
    maker = SceneMaker()
    node = maker.triangle()
    rng = np.random.default_rng(1)
    times, values = np.arange(60_000) / 60, rng.uniform(-1, 1, (60_000, 3))
    maker.clip("shake", (node, "translation", times, values, "LINEAR"))
    with pytest.raises(BudgetError, match="the triangles and keyframes alone take"):
        build(maker.write(tmp_path / "shaking.glb"), tmp_path / "out", cache, levels=("preview",))
