"""Clouds are thinned, told apart and given cells by what they are."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.geometry.clouds.local_surface import MOST_BRICKS, MOST_WIDTH, cell_for, width_for
from carreau.geometry.clouds.points import downsample, find_neighbors, is_land, outliers
from carreau.geometry.clouds.surface_nets import SIDE


def test_thinning_spreads_over_all() -> None:
    random = np.random.default_rng(0)
    points = np.concatenate([random.uniform(0, 1, (9000, 3)), random.uniform(1, 10, (1000, 3))]).astype(np.float32)
    chosen = downsample(points, 2000)
    assert 1000 <= len(chosen) <= 2000
    assert (np.diff(chosen) > 0).all()
    assert (chosen >= 9000).sum() > 700
    assert np.array_equal(downsample(points, 10_000), np.arange(10_000))


def test_a_tower_is_no_land_and_a_field_is() -> None:
    field = np.random.default_rng(1).uniform(size=(5000, 3)) * [100, 100, 1]
    assert is_land(field.astype(np.float32), 1.4, 2)
    assert not is_land(field.astype(np.float32), 1.4, 0)
    assert not is_land((field * [1, 1, 100]).astype(np.float32), 1.4, 2)


def test_cells_follow_the_spacing_and_stop_at_memory() -> None:
    sides = np.array([10.0, 10.0, 1.0])
    assert cell_for(sides, np.full(10_000, 0.1, np.float32)) == pytest.approx(0.1)
    assert cell_for(sides, np.full(16_000_000, 0.0025, np.float32)) == pytest.approx(0.01)
    wide = sides * 1e9
    assert wide.max() / (cell_for(wide, np.full(100, 0.001, np.float32)) * SIDE) < MOST_BRICKS


def test_planes_count_farther_where_points_scatter() -> None:
    assert [width_for(deviation, 2.0) for deviation in (0.0, 0.5, 9.0)] == [1.0, 1.0, MOST_WIDTH]
    assert 1.0 < width_for(1.0, 2.0) < MOST_WIDTH
    assert width_for(0.0, 0.0) == 1.0, "no noise is known"


def test_a_rim_and_a_change_of_density_are_no_outliers() -> None:
    random = np.random.default_rng(2)
    near, far = random.uniform(0, 1, (4000, 2)), random.uniform(1, 3, (1000, 2)) * [1, 1]
    points = np.pad(np.concatenate([near, far]), ((0, 0), (0, 1))).astype(np.float32)
    assert outliers(find_neighbors(points, 12)).mean() < 0.004
