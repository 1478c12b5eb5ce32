"""Points lie on the surface, evenly, and the same every time."""

import numpy as np

from pipeline.geometry.triangles import spread_points

SQUARES = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [5, 0, 0], [7, 0, 0], [7, 2, 0], [5, 2, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)


def test_points_are_shared_out_by_area() -> None:
    points = spread_points(SQUARES, FACES, 5000)
    assert np.count_nonzero(points[:, 0] > 3) == 4000


def test_points_fill_a_face_evenly() -> None:
    points = spread_points(SQUARES, FACES[:2], 4000)
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=4, range=[[0, 1], [0, 1]])
    assert np.abs(counts - 250).max() < 15


def test_the_same_points_twice_and_none_without_area() -> None:
    assert np.array_equal(spread_points(SQUARES, FACES, 100), spread_points(SQUARES, FACES, 100))
    assert spread_points(SQUARES, FACES[:0], 100).shape == (0, 3)
    assert spread_points(SQUARES, np.zeros((2, 3), np.int32), 100).shape == (0, 3)
