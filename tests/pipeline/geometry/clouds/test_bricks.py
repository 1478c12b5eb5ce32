"""Bricks are those that points reach into, each with its points."""

from __future__ import annotations

import numpy as np

from carreau.geometry.clouds.surface_nets import SIDE, find_bricks


def test_each_ball_is_in_each_brick_that_it_reaches() -> None:
    random = np.random.default_rng(1)
    points, radii = random.uniform(0, 3, (300, 3)).astype(np.float32), random.uniform(0.05, 0.4, 300).astype(np.float32)
    bricks = find_bricks(points, radii, 0.05)
    edge = SIDE * bricks.cell
    assert (bricks.places >= 0).all()
    for brick, place in enumerate(bricks.places):
        low = bricks.low + edge * place
        away = np.linalg.norm(points - np.clip(points, low, low + edge), axis=1)
        found = bricks.points[bricks.starts[brick] : bricks.starts[brick + 1]]
        assert (np.diff(found) > 0).all()
        assert set(np.flatnonzero(away < radii * 0.999)) <= set(found)
    assert bricks.starts[-1] == len(bricks.points)


def test_neighbours_are_those_beside() -> None:
    random = np.random.default_rng(2)
    bricks = find_bricks(random.uniform(0, 1, (50, 3)).astype(np.float32), np.full(50, 0.01, np.float32), 0.02)
    numbers = {tuple(place): number for number, place in enumerate(bricks.places.tolist())}
    for brick, place in enumerate(bricks.places.tolist()):
        beside = [numbers.get(tuple(np.add(place, step) - 1), -1) for step in np.ndindex(3, 3, 3)]
        assert bricks.around[brick].tolist() == beside
