"""Ground and buildings of real tiles: a terrace of houses, blocks of flats and detached houses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carreau.air.airborne import survey_record
from carreau.air.airborne.survey_data import AirborneModel, PartName
from carreau.air.airborne.survey_layers import read_picture, read_points
from carreau.air.airborne.survey_record import Role
from carreau.geometry.render.raycasting import Scene
from tests.pipeline.air.airborne.made_up_places import open_edges, part, soup
from tests.pipeline.air.airborne.whole_places import reconstruct

FOLDER = Path(__file__).parents[4] / "assets/sites/maisons-vues-du-ciel/survey"
HECTARES = 1.5


@pytest.fixture(scope="module")
def model() -> AirborneModel:
    record = survey_record.read(FOLDER / survey_record.NAME)
    picture = read_picture(FOLDER, record, Role.ORTHOPHOTO)
    return reconstruct(read_points(FOLDER, record).points, picture, record.bounds)


def test_points_are_as_near_as_promised(model: AirborneModel) -> None:
    ground, roofs = model.accuracy[PartName.GROUND], model.accuracy[PartName.ROOFS]
    assert ground.points == 171_167
    assert ground.rms < 0.032
    assert roofs.points == 111_135  # of 111,549: the border cuts the buildings of the others
    assert roofs.median < 0.035
    assert roofs.p95 < 0.5


def test_triangles_are_few(model: AirborneModel) -> None:
    assert sum(len(part.faces) for part in model.parts) < 40_000 * HECTARES
    assert len(part(model, PartName.GROUND).faces) < 8_000 * HECTARES


def test_roofs_walls_and_cut_faces_are_closed_but_for_feet(model: AirborneModel) -> None:
    places, faces = soup(model, PartName.ROOFS, PartName.WALLS)
    half = np.array([75.0, 50.0])
    above = [
        (a, b) for a, b in open_edges(places, faces) if not (np.abs(np.abs(a[:2]) - half) < 2e-3).any() and a[2] > 1.5
    ]
    assert not above


def test_nobody_outside_sees_a_face_from_behind(model: AirborneModel) -> None:
    places, faces = soup(model, *(part.name for part in model.parts))
    random = np.random.default_rng(3)
    eyes = random.normal(size=(100_000, 3)) * [1, 1, 0.5]
    eyes[:, 2] = np.abs(eyes[:, 2])
    eyes *= 150 / np.linalg.norm(eyes, axis=1, keepdims=True)
    rays = np.column_stack([eyes, random.uniform([-70, -45, 1], [70, 45, 12], (len(eyes), 3)) - eyes])
    found = Scene(places.astype(np.float32), faces).cast(rays.astype(np.float32)).faces
    a, b, c = (places[faces[found[found >= 0], k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * rays[found >= 0, 3:]).sum(axis=1) > 1e-6).mean() < 5e-4


def test_nothing_is_black(model: AirborneModel) -> None:
    for name in (PartName.WALLS, PartName.BORDER):
        colors = part(model, name).colors
        assert colors is not None
        assert colors.min() > 60


def test_sheds_under_trees_have_walls_along_their_row(model: AirborneModel) -> None:
    walls = part(model, PartName.WALLS)
    a, b, c = (walls.positions[walls.faces[:, k]].astype(np.float64) for k in range(3))
    middles, normals = (a + b + c) / 3, np.cross(b - a, c - a)
    ours = (np.abs(middles[:, 0] - 5) < 6) & (middles[:, 1] > 37) & (middles[:, 1] < 49.9)
    areas = np.linalg.norm(normals[ours], axis=1)
    off = np.degrees(np.arctan2(normals[ours, 1], normals[ours, 0])) % 90 - 45
    assert areas[np.abs(off) < 4].sum() > 0.85 * areas.sum()
