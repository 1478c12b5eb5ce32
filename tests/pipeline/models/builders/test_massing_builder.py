"""A file of measured facts is built as a model with named parts, exact to a millimetre, tiny, the same every time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import FormatError, OptionError
from carreau.base.options import ModelOptions
from carreau.command.cli import main
from carreau.formats.gltf import gltf
from carreau.formats.gltf.scene_reader import read as read_scene
from carreau.models.batch import name_scans
from carreau.models.builders.sources import complete_options
from carreau.models.stages.massing_scene import inspect_massing, massing_scene, model_massing, without_translucent
from tests.pipeline.air.massing.test_read_massing import MADE_UP, SHED
from tests.pipeline.flows import built, models

pytestmark = pytest.mark.usefixtures("small_looks")
LEVELS = ("preview", "ar", "archive")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    folder = tmp_path_factory.mktemp("massing")
    return folder, built(MADE_UP, folder / "out", folder / "cache", levels=LEVELS)


def test_every_file_has_the_parts_and_says_what_each_is(made: tuple[Path, Mapping[str, Any]]) -> None:
    parts = {part["name"]: part for part in made[1]["scan"]["massing"]["parts"]}
    assert (parts["nef-range"]["is_open"], parts["nef-range"]["evidence"]) == (True, "hypothetical")
    assert parts["nef-range"]["ranges"][0] == {"measure": "length", "low": 0, "high": 90}
    assert "nef" not in parts
    assert parts["hauteur-de-la-tour"]["evidence"] == "attested"
    assert any("Lettre inventée" in source for source in parts["hauteur-de-la-tour"]["sources"])
    for level in LEVELS:
        assert set(read_scene(made[0] / "out" / f"{level}.glb").facts.named_nodes) == set(parts)


def test_models_are_exact_to_a_millimetre_and_tiny(made: tuple[Path, Mapping[str, Any]]) -> None:
    for level in LEVELS:
        mesh = gltf.read(made[0] / "out" / f"{level}.glb").mesh
        assert mesh.positions.min(axis=0) == pytest.approx((0, 0, -100), abs=1e-3)
        assert mesh.positions.max(axis=0) == pytest.approx((100, 50, 0), abs=1e-3)
    assert made[1]["levels"][0]["brotli_bytes"] < 4000
    assert (made[0] / "out" / "ar.usdz").stat().st_size < 16_000


def test_what_is_supposed_is_translucent_and_the_rest_is_solid(made: tuple[Path, Mapping[str, Any]]) -> None:
    document = read_scene(made[0] / "out" / "preview.glb").document()
    looks = {}
    for node in document["nodes"]:
        (primitive,) = document["meshes"][node["mesh"]]["primitives"]
        material = document["materials"][primitive["material"]]
        looks[node["name"]] = (material.get("alphaMode"), material["pbrMetallicRoughness"]["baseColorFactor"][3])
    assert looks["nef-range"] == looks["tour-range"] == ("BLEND", pytest.approx(0.32))
    assert looks["hauteur-de-la-tour"] == looks["enclos"] == (None, 1)
    mesh = gltf.read(made[0] / "out" / "preview.glb").mesh
    solid = without_translucent(mesh)
    assert 0 < len(solid.faces) < len(mesh.faces)
    used = solid.positions[np.unique(solid.faces)]
    assert used[:, 1].max() == pytest.approx(50, abs=1e-3)
    assert used[used[:, 1] > 1][:, 0].max() < 6  # but for the enclosure on the ground, only the marks are left


def test_sources_licence_and_credit_are_those_of_the_file(made: tuple[Path, Mapping[str, Any]]) -> None:
    assert made[1]["licence"] == "CC-BY-4.0"
    assert "Plan inventé" in made[1]["source"]
    assert made[1]["name"].startswith("Prieuré inventé")
    assert {each["name"] for each in made[1]["archive"]["originals"]} == {MADE_UP.name}


def test_the_same_file_gives_the_same_bytes(made: tuple[Path, Mapping[str, Any]], tmp_path: Path) -> None:
    built(MADE_UP, tmp_path / "out", tmp_path / "cache", levels=LEVELS)
    assert models(tmp_path / "out") == models(made[0] / "out")


def test_the_y_axis_is_turned_from_true_north(tmp_path: Path) -> None:
    file = tmp_path / "hall.massing.toml"
    file.write_text(SHED.replace("lat = 50.4", "lat = 50.4\nturn_deg = 90") + 'anchor = "south"\n', encoding="utf-8")
    (shape,) = massing_scene(model_massing(file)).shapes
    low, high = shape.attributes["POSITION"].min(axis=0), shape.attributes["POSITION"].max(axis=0)
    assert (low, high) == (pytest.approx((0, 0, -10), abs=1e-5), pytest.approx((8, 9, 10), abs=1e-5))


def test_a_range_that_does_not_hold_its_least_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hall.massing.toml"
    text = SHED.replace('"block"', '"gable-roof"').replace("width = 8", "width = [8, 12]")
    file.write_text(text + 'anchor = "south"\n', encoding="utf-8")
    with pytest.raises(FormatError, match=r"part 'hall': at its least measures it is not inside"):
        model_massing(file)


def test_inspect_lists_parts_and_sources(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = {part.name: part for part in inspect_massing(MADE_UP).parts}
    assert found["enclos"].size_m == (100, 100, 0.3)
    assert found["nef-range"].volume_m3 == pytest.approx(90 * 30 * 25)
    assert main(["inspect", str(MADE_UP), "--cache", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "hauteur-de-la-tour: block, 2 × 2 × 50 m, attested, [plan, dessin, chronique, lettre]" in out
    assert "nef-range: block, 90 × 30 × 25 m, hypothetical, length between 0 and 90" in out


def test_a_folder_of_scans_may_hold_such_files(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in ("hall.massing.toml", "old/massing.toml", "hall.scan.toml"):
        (tmp_path / name).write_text(SHED, encoding="utf-8")
    assert [scan.name for scan in name_scans([tmp_path], tmp_path / "out")] == ["hall", "old"]


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^--epsg: .* holds measured facts in metres"):
        complete_options(ModelOptions(tmp_path, epsg="2154"), MADE_UP)
    with pytest.raises(OptionError, match=r"^--as: "):
        complete_options(ModelOptions(tmp_path, taken_as="scan"), MADE_UP)


def test_a_mistake_is_one_line_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hall.massing.toml"
    file.write_text(SHED.replace("width = 8", "width = -8"), encoding="utf-8")
    assert (
        main(["model", str(file), "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache"), "--quiet"]) == 2
    )
    assert "hall.massing.toml, line 16, part.width: -8 is not a measure" in capsys.readouterr().err
    assert not (tmp_path / "out" / "preview.glb").exists()
