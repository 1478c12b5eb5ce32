"""Places on the sphere are units, in even steps from above down, each where its angle turns it."""

import numpy as np
import pytest

from carreau.geometry.sphere_spiral import GOLDEN_ANGLE_RAD, sphere_spiral


def test_places_are_units_in_even_steps() -> None:
    places = sphere_spiral(np.arange(50) * GOLDEN_ANGLE_RAD)
    assert np.linalg.norm(places, axis=1) == pytest.approx(np.ones(50))
    assert np.diff(places[:, 2]) == pytest.approx(np.full(49, -2 / 50))


def test_each_lies_where_its_angle_says() -> None:
    turns = np.array([0.5, -1.0, 3.0])
    x, y, _ = sphere_spiral(turns).T
    assert np.arctan2(y, x) == pytest.approx(turns)
