"""Clouds are thinned, told apart and given a depth by what they are."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.land import is_land
from pipeline.geometry.clouds.neighbors import neighbors_of
from pipeline.geometry.clouds.outliers import outliers
from pipeline.geometry.clouds.reconstruction import LEAST_DEPTH, MOST_DEPTH, depth_for
from pipeline.geometry.clouds.resampling import downsample


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


def test_depth_follows_spacing_and_stops_at_memory() -> None:
    sides = np.array([10.0, 10.0, 1.0])
    assert depth_for(sides, np.full(10_000, 0.1, np.float32)) == 7
    assert depth_for(sides, np.full(1_000_000, 0.01, np.float32)) == 10
    dense = depth_for(sides, np.full(16_000_000, 0.0025, np.float32))
    assert dense == 10
    assert depth_for(np.zeros(3), np.zeros(5, np.float32)) == LEAST_DEPTH
    assert depth_for(sides * 1e6, np.full(100, 0.001, np.float32)) == MOST_DEPTH


def test_a_rim_and_a_change_of_density_are_no_outliers() -> None:
    random = np.random.default_rng(2)
    near, far = random.uniform(0, 1, (4000, 2)), random.uniform(1, 3, (1000, 2)) * [1, 1]
    points = np.pad(np.concatenate([near, far]), ((0, 0), (0, 1))).astype(np.float32)
    assert outliers(neighbors_of(points, 12)).mean() < 0.004
