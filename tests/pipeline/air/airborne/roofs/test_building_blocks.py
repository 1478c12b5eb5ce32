"""Points of buildings in blocks: every building in one, and all of them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carreau.air.airborne.extent import Extent, make_extent
from carreau.air.airborne.roofs import cells
from carreau.air.airborne.roofs.cells import INSIDE_M, inside, split_blocks, stack_corners
from carreau.base.model import DoubleArray

RING = np.array(shapely.LineString([(60, 60), (2900, 900)]).buffer(40).exterior.coords)


@pytest.fixture
def strip() -> Extent:
    return make_extent((0.0, 0.0, 3000.0, 2600.0), [RING])


def houses(places: DoubleArray) -> DoubleArray:
    """Return points of a house of 12 by 8 m at each place (k, 2)."""
    x, y = np.meshgrid(np.arange(0, 12, 0.5), np.arange(0, 8, 0.5))
    own = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, 6.0)])
    return np.concatenate([own + np.array([x, y, 0]) for x, y in places])


def test_a_small_box_is_one_block() -> None:
    points = houses(np.array([[10.0, 10.0], [200.0, 150.0]]))
    ((own, bounds),) = split_blocks(points, make_extent((0.0, 0.0, 250.0, 200.0)))
    assert own is points
    assert bounds == (0.0, 0.0, 250.0, 200.0)


def test_blocks_of_a_large_box_end_at_its_border() -> None:
    points = houses(np.array([[0.0, 10.0], [480.0, 300.0], [20.0, 12.0]]))
    (west, east) = split_blocks(points, make_extent((0.0, 0.0, 490.0, 400.0)))
    assert west[1] == (0.0, 6.0, 35.5, 23.5)
    assert east[1] == (476.0, 296.0, 490.0, 311.5)
    assert len(west[0]) == 2 * len(east[0])


def test_every_house_is_whole_and_in_one_block(strip: Extent) -> None:
    along = shapely.LineString([(80, 66), (2880, 894)])
    places = shapely.get_coordinates(along.interpolate(np.linspace(0, along.length, 90))) - [6, 4]
    points = houses(places)
    blocks = split_blocks(points, strip)
    assert 8 < len(blocks) < 30
    assert sum(len(own) for own, _ in blocks) == len(points)
    assert len(np.unique(np.concatenate([own for own, _ in blocks]), axis=0)) == len(points)
    for own, (west, south, east, north) in blocks:
        assert len(own) % len(houses(places[:1])) == 0
        assert own[:, 0].min() - west == pytest.approx(4)
        assert north - own[:, 1].max() == pytest.approx(4)
        assert max(east - west, north - south) < cells.BLOCK_M + 40


def test_houses_end_before_the_border_of_a_strip(strip: Extent) -> None:
    points = houses(np.array([[480.0, 240.0]]))
    own = inside(points, strip)
    away = shapely.distance(shapely.boundary(strip), shapely.points(own[:, :2]))
    assert 0 < len(own) < len(points)
    assert INSIDE_M < away.min() < INSIDE_M + 0.8
    assert inside(points, make_extent((400.0, 230.0, 490.0, 300.0))) is points


def test_a_strip_without_buildings_is_one_empty_block(strip: Extent) -> None:
    ((own, (west, south, east, north)),) = split_blocks(np.empty((0, 3)), strip)
    assert own.shape == (0, 3)
    assert (east - west) * (north - south) < 10


def test_faces_of_blocks_have_the_numbers_of_all() -> None:
    positions = [np.zeros((3, 3)), np.zeros((0, 3)), np.zeros((4, 3))]
    faces = [np.array([[0, 1, 2]], np.int32), np.zeros((0, 3), np.int32), np.array([[3, 2, 0]], np.int32)]
    assert stack_corners(positions, faces).tolist() == [[0, 1, 2], [6, 5, 3]]
