"""Views of the table show all places, also where there is only one."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.site.table_model import LEAST_REACH_M, fitting_view

MARGINS = (0.1, 0.1, 0.2, 0.1)


def test_all_points_are_within_the_margins() -> None:
    points = np.array([[-0.05, 0, 0.02], [0.04, 0.002, 0.03], [0.01, 0, -0.06]])
    seen = fitting_view(points, (1800, 1000), 33.0, MARGINS, 20.0).shares(points)
    assert seen[:, 0].min() == pytest.approx(0.1, abs=0.02) or seen[:, 1].min() == pytest.approx(0.2, abs=0.02)
    assert (seen > [0.09, 0.19]).all()
    assert (seen < [0.91, 0.91]).all()


def test_a_single_place_is_seen_from_a_distance() -> None:
    point = np.array([[0.01, 0.002, 0.03]])
    view = fitting_view(point, (1800, 1000), 33.0, MARGINS, 20.0)
    assert view.distance > LEAST_REACH_M
    assert np.isfinite(view.shares(point)).all()
