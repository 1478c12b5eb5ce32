"""How large a model appears in a room, and how far away one stands."""

from __future__ import annotations

import math

import pytest

from carreau.base.levels import FARTHEST_M, LONG_DEG, SHORT_DEG, TABLE_M, standing_distance, table_scale


def test_a_model_fits_a_table_and_a_small_one_stays_as_it_is() -> None:
    assert table_scale((6.0, 24.0, 3.0), is_size_known=True) * 24 == pytest.approx(TABLE_M)
    assert table_scale((0.7, 0.3, 0.2), is_size_known=True) == 1
    assert table_scale((0.2, 0.3, 0.2), is_size_known=False) == pytest.approx(2)
    assert table_scale((0.0, 0.0, 0.0), is_size_known=False) == 1


@pytest.mark.parametrize("size", [(56.4, 36.7, 33.1), (4.0, 12.0, 4.0), (9.0, 2.5, 0.3), (0.5, 1.8, 0.5)])
def test_all_of_a_model_is_in_view_from_where_one_is_told_to_stand(size: tuple[float, float, float]) -> None:
    distance = standing_distance(size)
    assert distance is not None
    across = 2 * math.degrees(math.atan(max(size[0], size[2]) / 2 / distance))
    upward = math.degrees(math.atan(size[1] / distance))
    assert (across <= LONG_DEG and upward <= SHORT_DEG) or (across <= SHORT_DEG and upward <= LONG_DEG)


def test_distances_are_round() -> None:
    assert standing_distance((56.4, 36.7, 33.1)) == 45
    assert standing_distance((0.5, 1.8, 0.5)) == 1


def test_nobody_stands_back_from_a_landscape() -> None:
    assert standing_distance((100.0, 2.0, 100.0)) is None
    assert standing_distance((10.0, 90.0, 10.0)) == 45
    assert standing_distance((95.0, 2.0, 20.0)) == FARTHEST_M
