"""Test of the heights of a network."""

import numpy as np
import pytest

from carreau.air.airborne.extent import make_extent
from carreau.air.airborne.reconstruction.terrain import Tin, terrain


@pytest.fixture(scope="module")
def slope() -> Tin:
    """Return the network of a ground that rises by one in ten to the east, with a bank across it."""
    places = np.random.default_rng(2).random((6000, 2)) * [40, 30]
    heights = places[:, 0] / 10 + 2 * (places[:, 1] > 20)
    return terrain([np.column_stack([places, heights])], make_extent((0.0, 0.0, 40.0, 30.0)))


def test_heights_within_and_outside(slope: Tin) -> None:
    """Heights are between the vertices; outside they are those of the nearest border."""
    places = np.array([[5.0, 5.0], [25.0, 10.0], [39.0, 28.0], [-7.0, 5.0], [60.0, 5.0]])
    assert slope.heights(places) == pytest.approx([0.5, 2.5, 5.9, 0.0, 4.0], abs=0.05)


def test_heights_at_vertices_are_theirs(slope: Tin) -> None:
    """Each vertex lies on its own triangles."""
    assert slope.heights(slope.positions[:, :2]) == pytest.approx(slope.positions[:, 2], abs=1e-6)


def test_heights_follow_the_triangles(slope: Tin) -> None:
    """In the middle of a triangle the height is the mean of its corners."""
    corners = slope.positions[slope.faces]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    wide = corners[np.cross(one, other)[:, 2] > 1e-3].mean(axis=1)
    assert slope.heights(wide[:, :2]) == pytest.approx(wide[:, 2], abs=1e-6)
