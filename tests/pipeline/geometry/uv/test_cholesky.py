"""Systems of a mesh's vertices are solved, whatever hangs together and in whatever order."""

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.geometry.uv.linear_systems import dissect, factor_matrix, solve

Graph = tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]


def grid(width: int, height: int) -> Graph:
    """Return places, starts, neighbours and weights of a grid with one diagonal a square."""
    number = np.arange(width * height).reshape(height, width)
    pairs = [
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        np.stack([number[:-1].ravel(), number[1:].ravel()]),
        np.stack([number[:-1, :-1].ravel(), number[1:, 1:].ravel()]),
    ]
    one, other = np.concatenate(pairs, axis=1)
    weights = np.random.default_rng(1).uniform(0.1, 3, len(one))
    ends, order = np.concatenate([one, other]), np.argsort(np.concatenate([one, other]), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=number.size))]).astype(np.int32)
    places = np.stack([number.ravel() % width, number.ravel() // width], axis=1).astype(np.float64)
    neighbors = np.concatenate([other, one])[order].astype(np.int32)
    return places, starts, neighbors, np.concatenate([weights, weights])[order]


def dense(graph: Graph, diagonal: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.diag(diagonal)
    for vertex, (start, stop) in enumerate(zip(graph[1][:-1], graph[1][1:], strict=True)):
        matrix[vertex, graph[2][start:stop]] -= graph[3][start:stop]
    return matrix


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 40), (5, 4), (23, 31)])
def test_what_is_solved_fits_the_system(width: int, height: int) -> None:
    graph = places, starts, neighbors, weights = grid(width, height)
    diagonal = np.zeros(len(places))
    np.add.at(diagonal, np.repeat(np.arange(len(places)), np.diff(starts)), weights)
    diagonal[0] += 1
    order = dissect(places, starts, neighbors)
    sides = np.random.default_rng(2).normal(size=(len(places), 2))
    found = sides[order]
    solve(*factor_matrix(diagonal, starts, neighbors, weights, order), found)
    assert dense(graph, diagonal)[np.ix_(order, order)] @ found == pytest.approx(sides[order], abs=1e-9)


@pytest.mark.parametrize("spread", [1.0, 0.0, np.nan])
def test_every_vertex_is_eliminated_once_wherever_it_lies(spread: float) -> None:
    places, starts, neighbors, _ = grid(30, 20)
    assert np.array_equal(np.sort(dissect(places * spread, starts, neighbors)), np.arange(600))


def test_a_good_order_fills_less_than_rows_do() -> None:
    places, starts, neighbors, weights = grid(60, 60)
    diagonal = np.full(3600, 30.0)
    by_row = np.arange(3600, dtype=np.int32)
    filled = [
        len(factor_matrix(diagonal, starts, neighbors, weights, order)[1])
        for order in (by_row, dissect(places, starts, neighbors))
    ]
    assert filled[1] < 0.4 * filled[0]


def test_what_hangs_on_nothing_stays_finite() -> None:
    places, starts, neighbors, weights = grid(4, 4)
    diagonal = np.zeros(16)
    np.add.at(diagonal, np.repeat(np.arange(16), np.diff(starts)), weights)
    sides = np.ones((16, 2))
    solve(*factor_matrix(diagonal, starts, neighbors, weights, dissect(places, starts, neighbors)), sides)
    assert np.isfinite(sides).all()
