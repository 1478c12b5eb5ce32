"""Tests of the heights of a network that lie nearest to points."""

import numpy as np
import pytest
from scipy.spatial import Delaunay

from carreau.air.airborne.reconstruction.terrain import HOLD, adjusted_heights


def test_the_sum_of_the_squares_is_least() -> None:
    generator = np.random.default_rng(8)
    vertices = np.column_stack([generator.random((60, 2)) * 10, np.zeros(60)])
    means = np.column_stack([generator.random((900, 2)) * 10, generator.random(900)])
    counts = generator.integers(1, 9, 900).astype(np.float64)
    finder = Delaunay(vertices[:, :2])
    triangles = finder.find_simplex(means[:, :2]).astype(np.int32)
    faces = np.asarray(finder.simplices, np.int32)
    found = adjusted_heights(vertices, faces, means, counts, triangles)
    weights = np.zeros((900, 60))
    for i, face in enumerate(triangles):
        if face >= 0:
            corners = np.column_stack([vertices[faces[face], :2], np.ones(3)])
            weights[i, faces[face]] = np.linalg.solve(corners.T, [*means[i, :2], 1])
    weighed = weights.T * counts
    best = np.linalg.solve(weighed @ weights + HOLD * np.eye(60), weighed @ means[:, 2])
    assert found == pytest.approx(best, abs=1e-5)


def test_vertices_without_points_stay() -> None:
    vertices = np.array([[0.0, 0, 3], [1, 0, 3], [0, 1, 3], [9, 9, 7], [9, 8, 7], [8, 9, 7]])
    faces = np.array([[0, 1, 2], [3, 5, 4]], np.int32)
    means = np.array([[0.2, 0.2, 4.0]])
    found = adjusted_heights(vertices, faces, means, np.array([1e6]), np.zeros(1, np.int32))
    assert found[3:].tolist() == [7.0, 7.0, 7.0]
    assert found[:3] @ [0.6, 0.2, 0.2] == pytest.approx(4, abs=1e-4)
