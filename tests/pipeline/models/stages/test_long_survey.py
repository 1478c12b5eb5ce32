"""A survey whose bounds are far larger than the place is modelled along its outline, and its photograph is packed."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from carreau.air.airborne.survey_data import AirborneModel, PartName
from carreau.air.airborne.survey_record import NAME, Bounds, Layer, Role, SurveyRecord, read
from carreau.base.errors import OptionError
from carreau.formats.gltf.scene import Authored
from carreau.geometry.triangles import face_areas
from carreau.models.stages.survey_model import ModelledSurvey, model_survey
from carreau.models.stages.survey_scene import survey_scene
from tests.pipeline.air.airborne.made_up_places import part
from tests.pipeline.air.airborne.surveys import SOUTH, WEST, grid_over, made_up, survey, write_points

BOUNDS: Bounds = (WEST, SOUTH, WEST + 2600, SOUTH + 2600)
LINE = shapely.LineString([(WEST + 25, SOUTH + 25), (WEST + 1300, SOUTH + 700), (WEST + 2575, SOUTH + 2575)])
OUTLINE = LINE.buffer(5)


def long_place(folder: Path) -> Path:
    """Write a survey of a lane over a rise, 3.7 km long, with a picture of a pixel for 2 m."""
    layers = [
        Layer(Role.POINTS, "points.laz", flown="2022"),
        Layer(Role.ORTHOPHOTO, "photo.png", grid=grid_over(BOUNDS, 2.0)),
        Layer(Role.HISTORIC, "photo.png", grid=grid_over(BOUNDS, 2.0)),
    ]
    made_up(folder, layers, BOUNDS)
    record = replace(read(folder / NAME), outline=(tuple(shapely.get_coordinates(OUTLINE).tolist()[:-1]),))
    survey(folder, record)
    random = np.random.default_rng(4)
    along, across = random.uniform(0, LINE.length, 60_000), random.uniform(-25, 25, (60_000, 2))
    places = shapely.get_coordinates(shapely.line_interpolate_point(LINE, along)) + across
    places = places[shapely.distance(LINE, shapely.points(places)) < 25]
    heights = 30 + 8 * np.sin((places[:, 0] - WEST) / 300)
    write_points(folder / "points.laz", np.column_stack([places, heights]), np.full(len(places), 2, np.uint8))
    Image.fromarray(random.integers(60, 200, (1300, 1300, 3)).astype(np.uint8)).save(folder / "photo.png")
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return long_place(tmp_path_factory.mktemp("long") / "place")


@pytest.fixture(scope="module")
def made(place: Path) -> ModelledSurvey:
    return model_survey(place, "today")


@pytest.fixture(scope="module")
def scene(made: ModelledSurvey) -> Authored:
    return survey_scene(made.model, "EPSG:2154+5720", "")


def record_of(place: Path) -> SurveyRecord:
    return read(place / NAME)


def ground_m2(model: AirborneModel) -> float:
    ground = part(model, PartName.GROUND)
    return float(face_areas(ground.positions * np.array([1, 1, 0], np.float32), ground.faces).sum())


@pytest.mark.parametrize("view", ["today", "historic"])
def test_only_the_place_and_its_margin_are_modelled(place: Path, made: ModelledSurvey, view: str) -> None:
    found = made if view == "today" else model_survey(place, "historic")
    assert found.area_m2 == pytest.approx(LINE.buffer(25).area, rel=0.02)
    assert ground_m2(found.model) == pytest.approx(found.area_m2, rel=1e-4)
    ground = part(found.model, PartName.GROUND)
    assert shapely.distance(LINE, shapely.points(ground.positions[:, :2] + found.model.origin[:2])).max() < 29
    assert found.model.accuracy[PartName.GROUND].p95 < 0.05
    assert found.model.picture is not None
    assert found.interpolated_m2 < 0.1 * found.area_m2


def test_the_same_survey_is_the_same_model(place: Path, made: ModelledSurvey) -> None:
    again = model_survey(place, "today").model
    for one, other in zip(made.model.parts, again.parts, strict=True):
        for values, others in zip(vars(one).values(), vars(other).values(), strict=True):
            assert np.array_equal(values, others)
    assert made.model.picture is not None
    assert again.picture is not None
    assert np.array_equal(made.model.picture.pixels, again.picture.pixels)


def test_without_its_outline_it_is_refused(place: Path, tmp_path: Path) -> None:
    survey(tmp_path / "bare", replace(record_of(place), outline=()))
    with pytest.raises(OptionError, match=r"the points lie on 6\.8 km²; cut them to 4 km² at most"):
        model_survey(tmp_path / "bare", "today")


def test_the_published_picture_holds_what_is_shown_and_nothing_black(made: ModelledSurvey, scene: Authored) -> None:
    (picture,) = scene.pictures
    assert isinstance(picture.texture.data, bytes)
    with Image.open(io.BytesIO(picture.texture.data)) as image:
        texels = np.asarray(image.convert("RGB"))
    assert made.model.picture is not None
    assert texels[..., 0].size < 0.3 * made.model.picture.pixels[..., 0].size
    assert texels.max(axis=2).min() > 40


def test_a_seam_between_patches_is_in_one_place_in_one_light(made: ModelledSurvey, scene: Authored) -> None:
    tree = json.loads(scene.text)
    (number,) = (node["mesh"] for node in tree["nodes"] if node["name"] == "ground")
    shapes = [scene.shapes[each["shape"]] for each in tree["meshes"][number]["primitives"]]
    assert len(shapes) == 1
    positions, normals, texcoords = (shapes[0].attributes[key] for key in ("POSITION", "NORMAL", "TEXCOORD_0"))
    places, owner, times = np.unique(positions, axis=0, return_inverse=True, return_counts=True)
    assert len(places) == len(part(made.model, PartName.GROUND).positions)
    assert (times > 1).sum() > 50
    order = np.argsort(owner, kind="stable")
    same = owner[order][1:] == owner[order][:-1]
    assert (normals[order][1:][same] == normals[order][:-1][same]).all()
    assert (texcoords[order][1:][same] != texcoords[order][:-1][same]).any(axis=1).all()
