"""Test of the edge nearest to a place."""

import numpy as np
import shapely

from carreau.air.airborne.closest import nearest_edges


def test_same_as_by_trying_all() -> None:
    """Number and distance are those of the nearest of all edges; farther ones are none."""
    random = np.random.default_rng(1)
    starts = random.random((40, 1, 2)) * 30 - 15
    edges = np.concatenate([starts, starts + random.normal(size=(40, 1, 2)) * 4], axis=1)
    places = random.random((500, 3)) * 40 - 20
    number, away = nearest_edges(places, edges, 1.0)
    lines = np.asarray(shapely.linestrings(edges))
    every = np.asarray(shapely.distance(np.asarray(shapely.points(places[:, :2]))[:, None], lines[None]))
    near = every.min(axis=1) <= 1
    assert 50 < near.sum() < 450
    assert (number[~near] == -1).all()
    assert np.isinf(away[~near]).all()
    assert np.array_equal(number[near], every.argmin(axis=1)[near])
    assert np.allclose(away[near], every.min(axis=1)[near])


def test_last_of_edges_as_near() -> None:
    """At a corner that two edges share, the last counts."""
    edges = np.array([[[0.0, 0], [1, 0]], [[0, 0], [0, 1]]])
    assert nearest_edges(np.array([[-0.3, -0.3]]), edges, 1.0)[0].tolist() == [1]
    assert nearest_edges(np.array([[-0.3, -0.3]]), edges[::-1], 1.0)[0].tolist() == [1]
    assert nearest_edges(np.zeros((1, 2)), edges[:0], 1.0)[0].tolist() == [-1]
