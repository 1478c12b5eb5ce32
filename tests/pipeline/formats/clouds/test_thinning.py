"""Thinning keeps the mean of each voxel, whatever the order in which points come and voxels grow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from carreau.formats.clouds import thinning
from carreau.formats.clouds.thinning import Points, Thinned, Thinner, Voxels


def thin(positions: NDArray[np.float64], most: int, batch: int = 1000, columns: int = 2) -> Thinned:
    thinner = Thinner(columns, most)
    for start in range(0, len(positions), batch):
        part = positions[start : start + batch]
        values = np.repeat(part[:, :1], columns, axis=1).astype(np.float32)
        thinner.add(Points(part, values, np.full(len(part), start // batch, np.int32)))
    return thinner.finish()


def land(count: int, seed: int = 0) -> NDArray[np.float64]:
    """A square kilometre in Lambert 93."""
    across = np.random.default_rng(seed).random((count, 2)) * 1000
    height = 50 + 10 * np.sin(across[:, 0] / 90) * np.cos(across[:, 1] / 70)
    return np.column_stack([across + np.array([700_000, 7_040_000]), height])


def test_few_points_are_all_kept_as_they_came() -> None:
    positions = land(500)
    thinned = thin(positions, 500, batch=77)
    assert thinned.voxel == 0
    assert np.array_equal(thinned.positions, positions)
    assert thinned.station_of.tolist() == [row // 77 for row in range(500)]


def test_nothing_at_all() -> None:
    thinned = Thinner(3).finish()
    assert thinned.positions.shape == (0, 3)
    assert thinned.values.shape == (0, 3)


def test_many_points_become_few_and_stay_in_their_places() -> None:
    positions = land(50_000)
    thinned = thin(positions, 2000)
    assert 400 <= len(thinned.positions) <= 2000
    assert np.allclose(thinned.values[:, 0], thinned.positions[:, 0], rtol=1e-6)
    low, high = positions.min(axis=0), positions.max(axis=0)
    assert (thinned.positions >= low).all()
    assert (thinned.positions <= high).all()
    gaps = np.abs(thinned.positions[:, None, 2] - 50).max()
    assert gaps <= 10


def test_growing_changes_neither_means_nor_order(monkeypatch: pytest.MonkeyPatch) -> None:
    positions = land(20_000)
    values, stations = positions[:, :1].astype(np.float32), np.arange(20_000, dtype=np.int32)
    middle = positions.mean(axis=0)
    small = Voxels(middle, 1.0, 1, 700)
    for start in range(0, 20_000, 900):
        rows = slice(start, start + 900)
        small.add(positions[rows], values[rows], stations[rows])
    whole = Voxels(middle, small.edge, 1, 30_000)
    whole.add(positions, values, stations)
    monkeypatch.setattr(thinning, "_FIRST_CAPACITY", 64)
    grown = Voxels(middle, small.edge, 1, 30_000)
    grown.add(positions, values, stations)
    actual, expected = small.means(), whole.means()
    for one, other in zip(grown.means(), expected, strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))
    assert small.edge > 1
    assert np.allclose(actual[0], expected[0], rtol=0, atol=1e-6)
    assert np.array_equal(actual[2], expected[2])
    cells = np.floor((positions - middle) / small.edge)
    firsts = np.sort(np.unique(cells, axis=0, return_index=True)[1])
    assert np.array_equal(actual[2], firsts)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(*[st.floats(-1e30, 1e30) | st.floats(-5, 5)] * 3),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_any_points_are_thinned(rows: list[tuple[float, ...]], most: int, batch: int) -> None:
    positions = np.array(rows)
    thinned = thin(positions, most, batch)
    assert 1 <= len(thinned.positions) <= max(most, 8)
    assert np.isfinite(thinned.positions).all()
    again = thin(positions, most, batch)
    assert np.array_equal(again.positions, thinned.positions)


def test_a_stray_far_away_costs_no_detail() -> None:
    positions = land(40_000)
    positions[7] = 0.0
    plain, stray = thin(land(40_000), 3000), thin(positions, 3000)
    assert stray.voxel <= 2 * plain.voxel
    assert (np.abs(stray.positions).max(axis=1) < 1).sum() == 1


def test_points_at_one_place_become_one() -> None:
    thinned = thin(np.full((5000, 3), 3.25), 100)
    assert thinned.positions.tolist() == [[3.25, 3.25, 3.25]]
