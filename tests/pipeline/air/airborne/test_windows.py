"""Windows over an extent: together they hold every cell near it, once, and little else."""

from __future__ import annotations

import numpy as np
import shapely

from carreau.air.airborne.extent import AROUND_M, Lattice, make_extent, split_windows

LINE = shapely.LineString([(60, 60), (2900, 900), (2940, 2540)])
BOUNDS = (0.0, 0.0, 3000.0, 2600.0)


def test_a_box_is_one_window() -> None:
    lattice = Lattice.over((0.0, 0.0, 900.0, 500.0), 1.0)
    for extent in (None, make_extent((0.0, 0.0, 900.0, 500.0))):
        (window,) = split_windows(lattice, extent)
        assert window.own == window.wide == window.inner == (slice(0, 500), slice(0, 900))


def test_cells_near_a_strip_are_in_one_window_each() -> None:
    extent = make_extent(BOUNDS, [np.array(LINE.buffer(30).exterior.coords)])
    lattice = Lattice.over(BOUNDS, 2.0)
    owners, seen = np.zeros(lattice.shape, int), np.zeros(lattice.shape, int)
    for window in split_windows(lattice, extent):
        owners[window.own] += 1
        seen[window.wide] += 1
        assert seen[window.wide][window.inner].shape == owners[window.own].shape
    x, y = np.meshgrid(*lattice.centers())
    away = shapely.distance(extent, shapely.points(x.ravel(), y.ravel())).reshape(lattice.shape)
    assert owners.max() == 1
    assert (owners[away < AROUND_M - 3] == 1).all()
    assert (seen[away < 2 * AROUND_M - 6] >= 1).all()
    assert owners.mean() < 0.25


def test_rows_from_the_north_are_the_same_rows() -> None:
    extent = make_extent(BOUNDS, [np.array(LINE.buffer(30).exterior.coords)])
    lattice = Lattice.over(BOUNDS, 2.0)
    values = np.arange(lattice.rows * lattice.columns).reshape(lattice.shape)
    for window in split_windows(lattice, extent):
        turned = window.from_north(lattice.rows)
        assert (values[::-1][turned.own] == values[window.own][::-1]).all()
        assert (values[::-1][turned.wide][turned.inner] == values[window.wide][window.inner][::-1]).all()
