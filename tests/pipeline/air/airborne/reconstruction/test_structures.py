"""A made-up headframe is shown as bars on its returns; cars beside it and lattice elsewhere are left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from carreau.air.airborne.reconstruction.structures import Place, Structures, structures
from carreau.air.airborne.survey_data import AirbornePoints, PartName, PointClass
from carreau.base.model import DoubleArray
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import spread_points
from tests.pipeline.air.airborne.made_up_places import headframe

ORIGIN = np.array([720_000.0, 7_020_000.0, 30.0])


def level(places: DoubleArray) -> DoubleArray:
    """Return the heights of a level ground."""
    return np.full(len(places), ORIGIN[2])


def surveyed(positions: DoubleArray, kind: PointClass = PointClass.UNCLASSIFIED) -> AirbornePoints:
    """Return points of one class about the origin."""
    ones = np.ones(len(positions), np.uint8)
    return AirbornePoints(positions + ORIGIN, np.full(len(positions), kind, np.uint8), ones, ones)


def shown(points: AirbornePoints, place: Place | None = None) -> Structures:
    """Return the structures near the origin."""
    return structures(points, level, [place or Place(ORIGIN[None, :2], 12.0)], ORIGIN)


@pytest.mark.parametrize("kind", [PointClass.UNCLASSIFIED, PointClass.STRUCTURE, PointClass.OTHER_BUILDING])
def test_bars_lie_on_the_returns_and_span_no_skin(kind: PointClass) -> None:
    frame = headframe()
    part = shown(surveyed(frame, kind)).part
    assert part is not None
    assert part.name == PartName.STRUCTURES
    on_bars = spread_points(part.positions, part.faces, 20_000)
    assert np.max(cKDTree(frame).query(on_bars)[0]) < 0.8
    assert np.quantile(cKDTree(on_bars).query(frame)[0], 0.95) < 0.25
    assert len(part.faces) <= 8 * 1500
    assert (find_edges(part.faces, len(part.positions)).face_counts == 2).all()


def test_cars_people_and_lattice_elsewhere_are_left_out() -> None:
    rng = np.random.default_rng(4)
    car = rng.uniform([8, -2, 0.2], [10, 2, 1.6], (120, 3))
    pylon = headframe() + np.array([60.0, 0, 0])
    bird = np.array([[0.0, 0, 45], [0.2, 0, 45]])
    plain, full = shown(surveyed(headframe())), shown(surveyed(np.concatenate([headframe(), car, pylon, bird])))
    assert plain.part is not None
    assert full.part is not None
    assert full.part.positions.tobytes() == plain.part.positions.tobytes()
    assert shown(surveyed(car)).part is None


def test_a_place_is_a_polygon_or_a_point_with_a_radius() -> None:
    square = np.array([[-6, -6], [6, -6], [6, 6], [-6, 6], [-6, -6]], float) + ORIGIN[:2]
    by_ring, by_point = shown(surveyed(headframe()), Place(square, 0.5)), shown(surveyed(headframe()))
    assert by_ring.part is not None
    assert by_point.part is not None
    assert len(by_ring.part.faces) == len(by_point.part.faces)
    assert structures(surveyed(headframe()), level, [], ORIGIN).part is None


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_points_make_nothing(count: int) -> None:
    assert shown(surveyed(np.full((count, 3), 9.0))).part is None


def test_doubles_and_points_that_are_no_numbers_change_nothing() -> None:
    frame = headframe()
    spoilt = surveyed(np.concatenate([frame, frame[:1] * np.nan]))
    plain, found = shown(surveyed(frame)).part, shown(spoilt).part
    assert plain is not None
    assert found is not None
    assert found.positions.tobytes() == plain.positions.tobytes()
    doubled = shown(surveyed(np.concatenate([frame, frame]))).part
    assert doubled is not None
    assert len(doubled.faces) == len(plain.faces)


def test_a_dense_structure_keeps_within_its_triangles() -> None:
    part = shown(surveyed(headframe(60))).part
    assert part is not None
    assert len(part.faces) <= 8 * 1500
