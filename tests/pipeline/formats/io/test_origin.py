"""Coordinates keep their precision, however far from zero they lie."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.formats.io.origin import about_origin


@pytest.mark.parametrize("middle", [0.0, 1e3, 577123.0, 5.2e6, -3e9])
@pytest.mark.parametrize("size", [1e-3, 1.0, 300.0, 1e5])
def test_rounding_costs_a_millionth_of_the_extent_at_most(middle: float, size: float) -> None:
    places = middle + np.random.default_rng(1).random((100, 3)) * size
    about, origin = about_origin(places)
    assert about.dtype == np.float32
    assert origin.dtype == np.float64
    assert np.abs(about.astype(np.float64) + origin - places).max() <= 1.1e-6 * size


def test_near_coordinates_have_no_origin() -> None:
    assert about_origin(np.array([[0.0, 0, 0], [10, 20, 30]]))[1].tolist() == [0, 0, 0]


def test_what_is_not_finite_does_not_count_and_stays() -> None:
    places = np.array([[1e6, 1e6, 1e6], [np.nan, 1e6, np.inf], [1e6 + 1, 1e300, 1e6 + 1], [1e6, 1e6 + 1, 1e6]])
    about, origin = about_origin(places)
    assert np.allclose(origin, 1e6, atol=2)
    assert np.isnan(about[1, 0])
    assert np.isposinf(about[1, 2])
    assert np.isposinf(about[2, 1])


def test_nothing_and_one_place() -> None:
    assert about_origin(np.zeros((0, 3)))[0].shape == (0, 3)
    about, origin = about_origin(np.array([[1e7, 0.0, 0.0]]))
    assert (about + origin).tolist() == [[1e7, 0, 0]]
