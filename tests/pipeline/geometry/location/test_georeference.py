"""Geocentric places, local frames and their matrices are PROJ's own, and say how far they are from the truth."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod, Proj, Transformer

from carreau.geometry.location.georeference import GeoPosition, Grid, OutsideError, geocentric, local_map, place_at
from carreau.geometry.location.ground_plane import turn_onto

DENAIN = np.array([722_000.0, 7_030_000.0, 40.0])


def test_geocentric_places_are_those_of_proj() -> None:
    rng = np.random.default_rng(3)
    places = np.column_stack([rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500), rng.uniform(-500, 9000, 500)])
    to_center = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    assert np.abs(geocentric(places) - np.array(to_center.transform(*places.T), np.float64).T).max() < 1e-6
    back = place_at(geocentric(places[:1])[0])
    assert (back.lon, back.lat, back.height) == pytest.approx(tuple(places[0]), abs=1e-6)


def test_a_moved_place_is_as_far_away_as_it_was_moved() -> None:
    place = GeoPosition(3.31, 50.37, 30.0)
    moved = place.moved(np.array([300.0, 400.0, 0.0]))
    azimuth, _, distance = Geod(ellps="WGS84").inv(place.lon, place.lat, moved.lon, moved.lat)
    assert distance == pytest.approx(500.0, abs=0.01)
    assert azimuth == pytest.approx(np.degrees(np.arctan2(300, 400)), abs=1e-3)


def test_convergence_and_scale_are_those_of_the_projection() -> None:
    grid = Grid("EPSG:2154")
    place = place_at(grid.to_geocentric(DENAIN[None])[0])
    local = local_map(grid, place, DENAIN - 10, DENAIN + 10)
    factors = Proj("EPSG:2154").get_factors(place.lon, place.lat)
    assert np.degrees(local.convergence) == pytest.approx(factors.meridian_convergence, abs=1e-4)
    # A height of 40 m stretches the ground by 40 / 6,371,000.
    assert 1 / local.scale == pytest.approx(factors.meridional_scale, rel=1e-5)
    assert local.residual_m < 1e-4


@pytest.mark.parametrize(("half", "least", "most"), [(10, 0, 1e-4), (80, 1e-4, 1.5e-3), (1000, 0.05, 0.2)])
def test_a_matrix_says_how_far_it_is_from_the_truth(half: float, least: float, most: float) -> None:
    """The Earth falls away by d²/2R: 78 mm at 1 km, 156 mm in the corner of a square."""
    grid = Grid("EPSG:2154")
    place = place_at(grid.to_geocentric(DENAIN[None])[0])
    local = local_map(grid, place, DENAIN - half, DENAIN + half)
    assert least <= local.residual_m <= most
    corner = np.array([[half, -half, half]]) + DENAIN
    by_matrix = (corner - local.about) @ local.matrix[:, :3].T + local.matrix[:, 3]
    true = place.east_north_up(grid.to_geocentric(corner))
    assert np.abs(by_matrix - true).max() <= local.residual_m + 1e-9


@pytest.mark.parametrize("name", ["EPSG:2154", "EPSG:32631", "EPSG:4326", "EPSG:4978"])
def test_places_that_are_nowhere_are_refused(name: str) -> None:
    grid = Grid(name)
    with pytest.raises(OutsideError):
        grid.check_area(place_at(grid.to_geocentric(np.array([[1e7, 9e7, 0.0]]))[0]))


def test_the_area_of_a_system_is_held_to_with_a_margin() -> None:
    Grid("EPSG:2154").check_area(GeoPosition(3.3, 50.4, 0.0))
    with pytest.raises(
        OutsideError, match=r"at 0\.000, 3\.000, outside the area of use of EPSG:2154 \(RGF93 v1 / Lambert-93\)"
    ):
        Grid("EPSG:2154").check_area(GeoPosition(3.0, 0.0, 0.0))
    Grid("EPSG:3832").check_area(GeoPosition(-179.0, 10.0, 0.0))  # across the date line


def test_depths_and_feet_become_metres_up() -> None:
    assert Grid("EPSG:2154+5720").height_unit_m == 1.0
    assert Grid("EPSG:4326+5715").height_unit_m == -1.0  # MSL depth
    assert Grid("EPSG:2225").height_unit_m == pytest.approx(1200 / 3937)  # US survey feet


@pytest.mark.parametrize("normal", [[0, 1, 0], [0, -1, 0], [1, 0, 0], [0.1, 0.9, -0.3]])
def test_a_turn_lays_a_normal_up(normal: list[float]) -> None:
    unit = np.array(normal, float) / np.linalg.norm(normal)
    turn = turn_onto(unit, np.array([0.0, 1.0, 0.0]))
    assert turn @ unit == pytest.approx([0, 1, 0], abs=1e-12)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
