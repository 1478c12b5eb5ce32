"""Trees and the ground's picture of real tiles: a terrace of houses with gardens, 24 to 34 points a square metre."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from carreau.air.airborne import survey_record
from carreau.air.airborne.closest import accuracy
from carreau.air.airborne.extent import make_extent
from carreau.air.airborne.reconstruction.crowns import Crowns, crowns
from carreau.air.airborne.reconstruction.daylight import GroundPicture, covered_pixels, ground_picture
from carreau.air.airborne.reconstruction.terrain import Tin, terrain
from carreau.air.airborne.survey_data import AirbornePoints, Orthophoto, PartName, PointClass
from carreau.air.airborne.survey_layers import read_picture, read_points
from carreau.air.airborne.survey_record import Role
from carreau.geometry.decimation import decimate
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.topology import find_edges

FOLDER = Path(__file__).parents[5] / "assets/sites/maisons-vues-du-ciel/survey"
HECTARES = 1.5


@dataclass(frozen=True, eq=False)
class Terrace:
    """The six tiles, their ground, and what was made of them."""

    points: AirbornePoints
    picture: Orthophoto
    tin: Tin
    origin: np.ndarray
    crowns: Crowns
    ground: GroundPicture


@pytest.fixture(scope="module")
def terrace() -> Terrace:
    record = survey_record.read(FOLDER / "survey.toml")
    points = read_points(FOLDER, record).points
    picture = read_picture(FOLDER, record, Role.ORTHOPHOTO)
    assert picture is not None
    origin = np.array([*np.mean([record.bounds[:2], record.bounds[2:]], axis=0), 20.0])
    tin = terrain([points.positions[points.classes == PointClass.GROUND]], make_extent(record.bounds))
    grown = crowns(points, tin.heights, picture, origin, HECTARES)
    return Terrace(points, picture, tin, origin, grown, ground_picture(picture, points, tin.heights))


def test_crowns_lie_on_their_returns_in_few_triangles(terrace: Terrace) -> None:
    crown, trunks = terrace.crowns.parts
    assert (crown.name, trunks.name) == (PartName.CROWNS, PartName.TRUNKS)
    found = accuracy(terrace.crowns.returns[::5] - terrace.origin, crown.positions.astype(float), crown.faces)
    assert found is not None
    assert found.median < 0.42
    assert found.p95 < 1.4
    assert len(crown.faces) + len(trunks.faces) <= 25_000 * HECTARES
    for part in (crown, trunks):
        assert (find_edges(part.faces, len(part.positions)).face_counts == 2).all()
    assert 70 < terrace.crowns.trees < 120
    assert 15 < terrace.crowns.shrubs < 60
    assert terrace.crowns.dropped < 80


def test_trunks_reach_from_the_ground_into_leaves(terrace: Terrace) -> None:
    crown, trunks = terrace.crowns.parts
    bars = trunks.positions.reshape(-1, 2, 5, 3).mean(axis=2) + terrace.origin
    above = bars[:, 0, 2] - terrace.tin.heights(bars[:, 0, :2])
    rooted = above < 0.1
    assert rooted.sum() >= terrace.crowns.trees
    tips = bars[:, 1] - terrace.origin
    scene = Scene(crown.positions, crown.faces)
    for direction in ([0, 0, 1], [0, 0, -1]):
        rays = np.concatenate([tips, np.tile(direction, (len(tips), 1))], axis=1).astype(np.float32)
        assert (scene.cast(rays).distances < 6).mean() > 0.97
    buildings = terrace.points.positions[terrace.points.classes == PointClass.BUILDING]
    near = np.abs(buildings[:, None, :2] - bars[rooted][None, :, 0, :2]).max(axis=2).min(axis=0)
    assert near.min() > 0.25


def test_crowns_have_many_greens_and_none_is_black(terrace: Terrace) -> None:
    colors = terrace.crowns.parts[0].colors
    assert colors is not None
    assert len(np.unique(colors // 8, axis=0)) > 60
    assert (colors[:, 1] >= colors[:, 0]).all()
    assert (colors[:, 1] > colors[:, 2]).all()
    assert np.quantile(colors.sum(axis=1), 0.001) > 100


def test_crowns_survive_a_level_for_phones(terrace: Terrace) -> None:
    crown = terrace.crowns.parts[0]
    faces, _ = decimate(crown.positions, crown.faces, len(crown.faces) // 5)
    returns = terrace.crowns.returns[::20] - terrace.origin
    found = accuracy(returns, crown.positions.astype(float), faces)
    assert found is not None
    assert found.median < 0.6


def test_the_ground_has_no_tree_tops_and_roofs_keep_their_picture(terrace: Terrace) -> None:
    before, after = terrace.picture.pixels.astype(float), terrace.ground.picture.pixels.astype(float)
    crowned, roofed = covered_pixels(terrace.picture, terrace.points, terrace.tin.heights)
    hidden = crowned & ~roofed
    assert terrace.ground.filled == pytest.approx(0.5, abs=0.1)
    assert 0.01 < terrace.ground.softened < 0.1
    edges = [
        np.abs(np.diff(pixels.mean(axis=2), axis=0))[hidden[1:] & hidden[:-1]].mean() for pixels in (before, after)
    ]
    assert edges[1] < 0.4 * edges[0]
    assert np.abs(after - before)[roofed].mean() < 3
    assert after[hidden].mean() > before[hidden].mean()
    assert terrace.ground.voids_m2 < 100
