"""Means about the pixels of a large picture, from blocks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from carreau.air.airborne.reconstruction.shadows import BlockMeans
from carreau.base.process import bands

RNG = np.random.default_rng(4)
VALUES = ndimage.gaussian_filter(RNG.uniform(0, 1, (150, 211, 2)), (3, 3, 0)).astype(np.float32)
CHOSEN = ndimage.gaussian_filter(RNG.uniform(-1, 1, (150, 211)), 4) > 0
SHAPE = (150, 211)


def gathered(deviation: float, band: int) -> BlockMeans:
    """Return means of the chosen pixels, gathered some rows at a time."""
    means = BlockMeans(SHAPE, 2, deviation)
    for rows in bands(SHAPE[0], band):
        means.add(rows, VALUES[rows], CHOSEN[rows])
    return means


@pytest.mark.parametrize("deviation", [2.0, 12.5, 40.0])
def test_means_are_those_of_a_gaussian_neighbourhood(deviation: float) -> None:
    means = gathered(deviation, 64)
    counts = ndimage.gaussian_filter(CHOSEN.astype(float), deviation)
    sums = ndimage.gaussian_filter(VALUES * CHOSEN[..., None].astype(float), (deviation, deviation, 0))
    near = counts > 0.2
    assert near.mean() > 0.5
    whole = slice(0, SHAPE[0])
    assert np.abs(means.means().at(whole) - sums / np.maximum(counts, 1e-9)[..., None])[near].max() < 0.02
    assert np.abs(means.shares().at(whole)[..., 0] - counts).max() < 0.05


@pytest.mark.parametrize("deviation", [2.0, 12.5, 40.0])
def test_how_many_rows_are_taken_at_a_time_makes_no_difference(deviation: float) -> None:
    one, other = gathered(deviation, 150).means(), gathered(deviation, 17).means()
    assert np.allclose(one.values, other.values, rtol=1e-6)
    parts = [one.at(rows) for rows in bands(SHAPE[0], 23)]
    assert np.array_equal(np.concatenate(parts), one.at(slice(0, SHAPE[0])))


def test_far_from_any_chosen_pixel_the_mean_of_all_counts() -> None:
    means = BlockMeans((400, 8), 1, 4.0)
    values, chosen = np.full((400, 8, 1), 0.25, np.float32), np.zeros((400, 8), bool)
    chosen[0] = True
    means.add(slice(0, 400), values, chosen)
    assert np.allclose(means.means().at(slice(300, 400)), 0.25)


def test_nothing_chosen_is_nought() -> None:
    means = BlockMeans((30, 8), 3, 9.0)
    assert not means.means().at(slice(0, 30)).any()
    assert not means.shares().at(slice(5, 9)).any()
