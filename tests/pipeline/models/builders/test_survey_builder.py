"""A survey from the air is built as a model with named parts, and says what is measured and what is supposed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.air.airborne.survey_data import MEASURED, AirborneModel, PartName
from carreau.air.airborne.survey_record import NAME, Gap, Layer, Reason, Role, read
from carreau.base.errors import OptionError, ScanError
from carreau.command.cli import main
from carreau.formats.gltf import gltf
from carreau.formats.gltf.scene_reader import read as read_scene
from carreau.models.builders.survey_builder import survey_json
from carreau.models.stages.authored_levels import thin_together
from carreau.models.stages.survey_model import ModelledSurvey
from carreau.runs.cache import Cache
from tests.conftest import PROJECT
from tests.pipeline.air.airborne.surveys import (
    FLAT,
    ONE,
    ONE_BOUNDS,
    REAL,
    SOUTH,
    WEST,
    grey_photograph,
    grid_over,
    made_up,
    one_tile,
    picture,
    plane,
    survey,
    terrain,
    write_points,
)
from tests.pipeline.flows import built, models, ran
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("small_looks")

CORNER = (770565.0, 6277560.0, 770590.0, 6277580.0)
"""A part of the tile: some of the row of houses, gardens and trees."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    folder = tmp_path_factory.mktemp("survey")
    one_tile(folder / "place", CORNER)
    report = built(folder / "place", folder / "out", folder / "cache", levels=("preview", "ar", "archive"))
    return folder, report


def test_the_parts_are_nodes_in_every_file(made: tuple[Path, Mapping[str, Any]]) -> None:
    names = {part["name"] for part in made[1]["scan"]["survey"]["parts"]}
    assert {"ground", "roofs", "walls", "border"} <= names <= set(PartName)
    for level in ("preview", "ar", "archive"):
        assert set(read_scene(made[0] / "out" / f"{level}.glb").facts.named_nodes) == names


def test_the_pair_looks_the_same_with_the_colors_of_one_in_pictures_of_the_other(
    made: tuple[Path, Mapping[str, Any]],
) -> None:
    ar = next(level for level in made[1]["levels"] if level["name"] == "ar")
    agreement = ar["usdz"]["agreement"]
    assert set(agreement["differs"]) == {"colors", "materials"}
    assert agreement["psnr_db"] > 40
    assert not any(said.startswith("colours of vertices are left out") for said in ar["decisions"])


def test_all_tiles_count_for_the_days_of_flight() -> None:
    record = read(REAL / NAME)
    days = ("", "2021-05-28", "2022-03-01/2022-03-09")
    layers = tuple(Layer(Role.POINTS, f"{number}.laz", flown=day) for number, day in enumerate(days))
    modelled = ModelledSurvey(AirborneModel((), np.zeros(3)), 1.0, 0, {})
    told = survey_json(replace(record, layers=layers), modelled, layers)
    assert told["flown"] == "2021-05-28/2022-03-09"


def test_measured_parts_say_how_close_the_points_lie(made: tuple[Path, Mapping[str, Any]]) -> None:
    told = made[1]["scan"]["survey"]
    for part in told["parts"]:
        assert part["is_measured"] == (part["name"] in MEASURED)
    by_name = {part["name"]: part for part in told["parts"]}
    assert by_name["ground"]["accuracy"]["median"] < 0.05
    assert by_name["roofs"]["accuracy"]["median"] < 0.10
    assert "accuracy" not in by_name["walls"]
    assert (told["flown"], told["photograph"]) == ("2021-05-28", {"role": "orthophoto", "flown": ""})
    assert 20 < told["points"] / told["area_m2"] < 40
    assert told["classes"]["2"] > 1000


def test_it_stands_upright_in_metres_about_the_middle_of_the_bounds(made: tuple[Path, Mapping[str, Any]]) -> None:
    mesh = gltf.read(made[0] / "out" / "archive.glb").mesh
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    assert (high - low)[[0, 2]] == pytest.approx([25, 20], abs=2)  # crowns reach over the border
    assert (high + low)[[0, 2]] == pytest.approx([0, 0], abs=2)
    assert 5 < high[1] < 25
    place = made[1]["scan"]["place"]
    assert place["geopose"]["position"]["lon"] == pytest.approx(3.87373, abs=1e-4)
    assert place["geopose"]["position"]["lat"] == pytest.approx(43.59367, abs=1e-4)
    assert place["crs"] == "EPSG:2154+5720"


def test_credits_and_licence_of_the_layers_are_in_every_file(made: tuple[Path, Mapping[str, Any]]) -> None:
    assert made[1]["licence"] == "etalab-2.0"
    assert "IGN – LiDAR HD" in made[1]["credit"]
    glb = (made[0] / "out" / "preview.glb").read_bytes()
    asset = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])["asset"]
    assert "IGN – BD ORTHO®" in asset["copyright"]
    assert asset["extras"]["licence"] == "etalab-2.0"


def test_the_photograph_is_cut_to_what_is_shown(made: tuple[Path, Mapping[str, Any]]) -> None:
    (scene_picture,) = read_scene(made[0] / "out" / "archive.glb").pictures
    assert 100 <= scene_picture.texture.width <= 252
    assert 80 <= scene_picture.texture.height <= 252


def test_the_original_files_are_in_the_package(made: tuple[Path, Mapping[str, Any]]) -> None:
    names = {each["name"] for each in made[1]["archive"]["originals"]}
    assert names == {NAME, ONE, "orthophoto.tif"}


def test_the_same_bytes_again_and_nothing_runs_twice(made: tuple[Path, Mapping[str, Any]], tmp_path: Path) -> None:
    levels = ("preview", "ar", "archive")
    again = built(made[0] / "place", tmp_path / "out", made[0] / "cache", levels=levels)
    assert ran(again) == set()
    fresh = built(made[0] / "place", tmp_path / "fresh", tmp_path / "cache", levels=levels)
    assert ran(fresh)
    assert models(tmp_path / "fresh") == models(tmp_path / "out") == models(made[0] / "out")


def test_another_record_or_layer_is_another_model(made: tuple[Path, Mapping[str, Any]], tmp_path: Path) -> None:
    from carreau.models.builders.inputs import scan_files

    cache = Cache(tmp_path / "cache")
    folder = one_tile(tmp_path / "place", CORNER)
    key = scan_files(folder, cache).key
    assert key == scan_files(made[0] / "place", cache).key
    record = read(folder / NAME)
    survey(folder, replace(record, bounds=(*CORNER[:3], CORNER[3] - 1)))
    assert scan_files(folder, cache).key != key
    survey(folder, record)
    assert scan_files(folder, cache).key == key
    (folder / "orthophoto.tif").unlink()
    assert scan_files(folder, cache).key != key


def historic(folder: Path) -> Path:
    """Return the folder of the tile with an old photograph, made by a program."""
    one_tile(folder, CORNER)
    grid = grid_over(ONE_BOUNDS, 0.5)
    grey_photograph(folder / "historic.png", grid.columns, grid.rows)
    record = read(folder / NAME)
    old = Layer(Role.HISTORIC, "historic.png", flown="1950/1965", credit="IGN – Photographies", grid=grid)
    return survey(folder, replace(record, layers=(*record.layers, old)))


def test_the_past_is_the_old_photograph_on_the_ground_alone(
    made: tuple[Path, Mapping[str, Any]], tmp_path: Path
) -> None:
    folder = historic(tmp_path / "place")
    report = built(folder, tmp_path / "out", tmp_path / "cache", levels=("archive",), taken_as="historic")
    told = report["scan"]["survey"]
    assert {part["name"] for part in told["parts"]} <= {"ground", "water", "border"}
    assert told["photograph"] == {"role": "historic", "flown": "1950/1965"}
    assert "BD ORTHO" not in report["credit"]
    assert "buildings and trees are left out" in str(report["scan"]["decisions"])
    scene = read_scene(tmp_path / "out" / "archive.glb")
    assert len(scene.pictures) == 1
    assert report["scan"]["place"] == made[1]["scan"]["place"]  # so that both lie on each other


def test_without_an_old_photograph_there_is_no_past(tmp_path: Path) -> None:
    folder = one_tile(tmp_path / "place", CORNER)
    with pytest.raises(ScanError, match="no layer of the role 'historic'"):
        built(folder, tmp_path / "out", tmp_path / "cache", taken_as="historic")
    assert not (tmp_path / "out").exists()


def test_without_points_the_terrain_stands_in_and_buildings_are_supposed(tmp_path: Path) -> None:
    grid = grid_over(FLAT, 1.0)
    layers = [Layer(Role.TERRAIN, "terrain.bil", grid=grid), Layer(Role.BUILDINGS, "b.geojson")]
    folder = made_up(tmp_path / "place", layers)
    record = read(folder / NAME)
    survey(folder, replace(record, gaps=(Gap(Role.POINTS, Reason.UNPUBLISHED, "LiDAR HD"),)))
    terrain(folder / "terrain.bil", 30 + np.add.outer(np.zeros(20), np.arange(20) * 0.05))
    ring = [[WEST + x, SOUTH + y] for x, y in ((5, 5), (13, 5), (13, 11), (5, 11), (5, 5))]
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "geometry": shape, "properties": {"cleabs": "B1", "hauteur": 6.0}}]
    (folder / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report = built(folder, tmp_path / "out", tmp_path / "cache", levels=("archive",))
    parts = {part["name"]: part["is_measured"] for part in report["scan"]["survey"]["parts"]}
    assert parts == {"ground": True, "border": False, "roofs": False, "walls": False}
    assert not any("accuracy" in part for part in report["scan"]["survey"]["parts"])
    assert report["scan"]["survey"]["gaps"][0]["reason"] == "unpublished"
    assert "no laser points" in str(report["scan"]["decisions"])
    mesh = gltf.read(tmp_path / "out" / "archive.glb").mesh
    assert mesh.positions[:, 1].max() == pytest.approx(36.5 - 30, abs=0.3)


def test_where_no_points_lie_the_raster_does(tmp_path: Path) -> None:
    grid = grid_over(FLAT, 1.0)
    layers = [
        Layer(Role.POINTS, "points.laz"),
        Layer(Role.TERRAIN, "terrain.bil", grid=grid),
        Layer(Role.BUILDINGS, "b.geojson"),
    ]
    folder = made_up(tmp_path / "place", layers)
    west = plane((WEST, SOUTH, WEST + 9.9, SOUTH + 20))
    house = plane((WEST + 2, SOUTH + 4, WEST + 8, SOUTH + 14), 0.25) + np.array([0, 0, 5])
    positions = np.concatenate([west, house])
    classes = np.repeat(np.array([2, 6], np.uint8), [len(west), len(house)])
    write_points(folder / "points.laz", positions, classes)
    terrain(folder / "terrain.bil", np.full((20, 20), 31.0))
    rings = [[[WEST + x, SOUTH + y] for x, y in ((a, 5), (a + 4, 5), (a + 4, 9), (a, 5))] for a in (3, 13)]
    features = [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {"hauteur": 8.0}}
        for ring in rings
    ]
    (folder / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report = built(folder, tmp_path / "out", tmp_path / "cache", levels=("archive",))
    assert "where no laser points lie" in str(report["scan"]["decisions"])
    mesh = gltf.read(tmp_path / "out" / "archive.glb").mesh
    assert mesh.positions[:, 0].max() - mesh.positions[:, 0].min() == pytest.approx(20, abs=0.5)
    parts = {part["name"]: part["is_measured"] for part in report["scan"]["survey"]["parts"]}
    assert parts == {"ground": True, "roofs": True, "walls": False, "border": False}
    (ground,) = (part for part in report["scan"]["survey"]["parts"] if part["name"] == "ground")
    assert ground["accuracy"]["points"] == len(west)
    high = mesh.positions[mesh.positions[:, 1] > 7]
    assert high[:, 0].min() > 2.5  # raised where nobody measured, and only there: 8 m above 31 m


def test_nothing_at_all_is_one_line(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "place", [Layer(Role.ORTHOPHOTO, "a.png", grid=grid_over(FLAT, 0.5))])
    picture(folder / "a.png", 40, 40)
    with pytest.raises(ScanError, match="neither points nor a terrain raster"):
        built(folder, tmp_path / "out", tmp_path / "cache")


def test_a_missing_layer_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = one_tile(tmp_path / "place", CORNER)
    (folder / ONE).unlink()
    command = ["model", str(folder), "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache"), "--quiet"]
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"the file '{ONE}' of the layer 'points' is missing" in line
    assert not list((tmp_path / "out").glob("*.glb"))


@pytest.mark.parametrize("options", [{"epsg": "2154"}, {"unit": "cm"}, {"up": "y"}, {"taken_as": "scan"}])
def test_options_that_place_scans_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    folder = one_tile(tmp_path / "place", CORNER)
    with pytest.raises(OptionError, match=r"whose survey\.toml locates it"):
        built(folder, tmp_path / "out", tmp_path / "cache", **options)


def test_only_a_survey_has_a_past(tiny_scans: Path, tmp_path: Path) -> None:
    scan = next(tiny_scans.glob("*.obj"))
    with pytest.raises(OptionError, match="is not the folder of a survey"):
        built(scan, tmp_path / "out", tmp_path / "cache", taken_as="historic")


def test_a_folder_of_surveys_is_a_batch(tmp_path: Path) -> None:
    from carreau.models.batch import is_many, name_scans

    one_tile(tmp_path / "places" / "north" / "survey", CORNER)
    one_tile(tmp_path / "places" / "south" / "survey", CORNER)
    assert is_many(tmp_path / "places")
    assert not is_many(tmp_path / "places" / "north" / "survey")
    assert [scan.name for scan in name_scans([tmp_path / "places"], tmp_path / "out")] == [
        "north-survey",
        "south-survey",
    ]


def test_a_killed_build_leaves_no_half_and_goes_on(made: tuple[Path, Mapping[str, Any]], tmp_path: Path) -> None:
    folder = made[0] / "place"
    command = [sys.executable, "-m", "carreau.command.cli", "model", str(folder), "--out", str(tmp_path / "out")]
    command += ["--cache", str(tmp_path / "cache"), "--levels", "preview,ar,archive"]
    process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        stored = tmp_path / "cache"
        wait_until(lambda: any(stored.rglob("*model_survey*")), "the survey is modelled")
        time.sleep(0.5)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not list((tmp_path / "out").glob("*.glb"))
    resumed = built(folder, tmp_path / "out", tmp_path / "cache", levels=("preview", "ar", "archive"))
    assert "model survey" not in ran(resumed)
    assert models(tmp_path / "out") == models(made[0] / "out")


def test_the_folder_is_inspected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(REAL), "--cache", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "417,106 points, 27.8 per m²" in told
    assert "ground 171,189" in told
    assert "orthophoto.tif, BD ORTHO, date of flight unknown" in told
    assert main(["inspect", str(REAL), "--json", "--cache", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["covered"] > 0.99


def test_simplified_together_no_gap_opens_between_parts(made: tuple[Path, Mapping[str, Any]]) -> None:
    """Every edge that lay on an edge of another part, or had two faces, does so again."""
    scene = read_scene(made[0] / "out" / "archive.glb")
    thinned = thin_together(scene, scene.triangles // 2)
    assert thinned.triangles <= scene.triangles // 2
    assert open_edges(thinned) <= open_edges(scene)


def test_loose_parts_are_not_lost_before_the_others(made: tuple[Path, Mapping[str, Any]]) -> None:
    scene = read_scene(made[0] / "out" / "archive.glb")
    for share in (3, 10, 40):
        thinned = thin_together(scene, scene.triangles // share)
        assert thinned.triangles <= scene.triangles // share + len(scene.shapes)
        assert all(shape.triangles for shape in thinned.shapes)
        names = {node["name"] for node in thinned.document()["nodes"]}
        assert names == set(scene.facts.named_nodes)


def open_edges(scene: Any) -> int:
    """Return how many edges, by the places of their ends, belong to one face of the solid parts only."""
    tree = scene.document()
    solid = {"ground", "roofs", "walls", "border"}
    numbers = [
        primitive["shape"]
        for node in tree["nodes"]
        if node["name"] in solid
        for primitive in tree["meshes"][node["mesh"]]["primitives"]
    ]
    corners = np.concatenate(
        [scene.shapes[n].attributes["POSITION"][scene.shapes[n].indices.reshape(-1, 3)] for n in numbers]
    )
    places = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)[1].reshape(-1, 3)
    edges = np.sort(np.concatenate([places[:, [0, 1]], places[:, [1, 2]], places[:, [2, 0]]]), axis=1)
    return int((np.unique(edges, axis=0, return_counts=True)[1] == 1).sum())


def test_parts_that_meet_still_do_in_a_compressed_level(made: tuple[Path, Mapping[str, Any]], tmp_path: Path) -> None:
    """Positions are rounded to one step in all parts: whole, and with the triangles of a smaller level."""
    report = built(made[0] / "place", tmp_path / "out", made[0] / "cache", levels=("phone",))
    (phone,) = report["levels"]
    whole = read_scene(made[0] / "out" / "archive.glb")
    assert phone["triangles"] == whole.triangles
    assert open_edges(read_scene(tmp_path / "out" / "phone.glb")) <= open_edges(whole)
    assert phone["error"]["cracks"]["count"] == 0


def test_the_report_page_tells_parts_and_accuracy(made: tuple[Path, Mapping[str, Any]]) -> None:
    page = (made[0] / "out" / "report.en.html").read_text(encoding="utf-8")
    section = page.split('id="survey"')[1].split("</section>")[0]
    assert "Survey from the air" in section
    assert "measured. Half of the points lie within" in section
    assert "assumed" in section
    assert "2021-05-28" in section
    changes = made[1]["scan"]["survey"]["changes"]
    assert f"<dt>Trees</dt><dd>{changes['trees']}</dd>" in section
