"""Test of distances from triangles, and of the sample that accuracy is told from."""

import numpy as np
import pytest

from carreau.air.airborne import closest
from carreau.air.airborne.closest import accuracy, distances

CORNERS = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [90, 90, 0], [94, 90, 0], [90, 94, 0]])
FACES = np.array([[0, 1, 2], [3, 4, 5]], np.int32)


def test_distances_above_beside_and_far_from_all() -> None:
    """The nearest triangle is found wherever a point is, also across many cells without any."""
    places = np.array([[1.0, 1, 3], [-3, 0, 4], [40, 40, 0], [100, 90, 0], [2, 2, 0]])
    across = np.hypot(38, 38)
    assert distances(places, CORNERS, FACES) == pytest.approx([3, 5, across, 6, 0])


def test_accuracy_of_many_points_is_that_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A systematic sample tells the same, and all points are counted."""
    places = np.random.default_rng(3).random((60_000, 3)) * [1.5, 1.5, 0.2]
    whole = accuracy(places, CORNERS, FACES)
    monkeypatch.setattr(closest, "MOST_JUDGED", 20_000)
    sampled = accuracy(places, CORNERS, FACES)
    assert whole is not None
    assert sampled is not None
    assert sampled.points == whole.points == 60_000
    assert sampled.median != whole.median
    assert sampled.median == pytest.approx(whole.median, rel=0.03)
    assert sampled.p95 == pytest.approx(whole.p95, rel=0.01)


def test_no_accuracy_without_points_or_triangles() -> None:
    """Nothing is told of nothing."""
    assert accuracy(np.empty((0, 3)), CORNERS, FACES) is None
    assert accuracy(CORNERS, CORNERS, FACES[:0]) is None
