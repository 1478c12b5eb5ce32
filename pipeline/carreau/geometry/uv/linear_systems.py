"""Linear systems of charts, each of a vertex and its neighbours, factored once and solved over and over.

They are ordered by nested dissection by position (George 1973, doi:10.1137/0710032) and factored by up-looking LDL'
(Davis 2005, doi:10.1145/1114268.1114277). SciPy's `splu`, which looks for supernodes that charts do not have, takes 2.3
microseconds a vertex to factor, this 1.0; and charts run in threads, since the loop calls no Python.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, IntArray

LEAF = 8
"""Most vertices of a part that is not divided any further."""


@compiled
def dissect(places: DoubleArray, starts: IntArray, neighbors: IntArray) -> IntArray:
    """Return (n,) int32: an order of elimination that fills little, what parts two halves after both of them.

    places : (n, 2), any embedding in which neighbours are near
    starts, neighbors : (n + 1,) and (e,), the neighbours of each vertex
    """
    count = len(places)
    order = np.arange(count).astype(np.int32)
    spare = np.empty(count, np.int32)
    side = np.full(count, -1, np.int32)
    waiting = np.empty((count + 2, 2), np.int32)
    waiting[0, 0], waiting[0, 1] = 0, count
    depth, turn = 1, 0
    while depth > 0:
        depth -= 1
        low, high = waiting[depth, 0], waiting[depth, 1]
        if high - low <= LEAF:
            continue
        turn += 1
        right = _split(places, order, low, high, side, turn)
        # Left, right and what parts them: the vertices on the left that have a neighbour on the right.
        left, parting = low, 0
        at = high - right
        for n in range(low, high):
            vertex = order[n]
            if side[vertex] == turn:
                spare[at] = vertex
                at += 1
                continue
            touches = False
            for e in range(starts[vertex], starts[vertex + 1]):
                if side[neighbors[e]] == turn:
                    touches = True
                    break
            if touches:
                spare[high - right - 1 - parting] = vertex
                parting += 1
            else:
                order[left] = vertex
                left += 1
        for n in range(right):
            order[left + n] = spare[high - right + n]
        for n in range(parting):
            order[left + right + n] = spare[high - right - 1 - n]
        waiting[depth, 0], waiting[depth, 1] = low, left
        waiting[depth + 1, 0], waiting[depth + 1, 1] = left, left + right
        depth += 2
    return order


@compiled
def _split(places: DoubleArray, order: IntArray, low: int, high: int, side: IntArray, turn: int) -> int:
    """Mark about half of order[low:high] with turn, beyond the mean of the longer axis; return how many."""
    least_x, least_y, most_x, most_y, sum_x, sum_y = np.inf, np.inf, -np.inf, -np.inf, 0.0, 0.0
    for n in range(low, high):
        x, y = places[order[n], 0], places[order[n], 1]
        least_x, most_x, sum_x = min(least_x, x), max(most_x, x), sum_x + x
        least_y, most_y, sum_y = min(least_y, y), max(most_y, y), sum_y + y
    axis = 0 if most_x - least_x >= most_y - least_y else 1
    mean = (sum_x if axis == 0 else sum_y) / (high - low)
    right = 0
    for n in range(low, high):
        if places[order[n], axis] > mean:
            side[order[n]] = turn
            right += 1
    if right == 0:  # all at one place
        for n in range((low + high) // 2, high):
            side[order[n]] = turn
            right += 1
    return right


@compiled
def factor_matrix(
    diagonal: DoubleArray, starts: IntArray, neighbors: IntArray, weights: DoubleArray, order: IntArray
) -> tuple[NDArray[np.int64], IntArray, DoubleArray, DoubleArray]:
    """Factor the matrix with a diagonal and -weights beside it; return column starts, rows and values of L, and D.

    diagonal : (n,)
    starts, neighbors, weights : (n + 1,), (e,), (e,), symmetric
    order : (n,), the order of elimination; L and D are in that order
    """
    count = len(diagonal)
    rank = np.empty(count, np.int32)
    for n in range(count):
        rank[order[n]] = n
    # First the elimination tree and how many entries each column will have, from the pattern alone: each row's entries
    # are the paths in that tree from its neighbours up to itself.
    parents = np.full(count, -1, np.int32)
    visited = np.full(count, -1, np.int32)
    filled = np.zeros(count, np.int64)
    for n in range(count):
        visited[n] = n
        for e in range(starts[order[n]], starts[order[n] + 1]):
            i = rank[neighbors[e]]
            while i < n and visited[i] != n:
                if parents[i] < 0:
                    parents[i] = n
                filled[i] += 1
                visited[i] = n
                i = parents[i]
    columns = np.zeros(count + 1, np.int64)
    for n in range(count):
        columns[n + 1] = columns[n] + filled[n]
    rows, values = np.empty(columns[count], np.int32), np.empty(columns[count])
    pivots, line, path = np.empty(count), np.zeros(count), np.empty(count, np.int32)
    # Then a row at a time: the same paths, in an order in which each column comes before those that it changes.
    filled[:] = columns[:count]
    visited[:] = -1
    for n in range(count):
        visited[n], top, vertex = n, count, order[n]
        for e in range(starts[vertex], starts[vertex + 1]):
            i = rank[neighbors[e]]
            if i >= n:
                continue
            line[i] -= weights[e]
            length = 0
            while visited[i] != n:
                path[length] = i
                length += 1
                visited[i] = n
                i = parents[i]
            while length > 0:
                top, length = top - 1, length - 1
                path[top] = path[length]
        # A triangular solve with the rows so far gives the new row of L; what is left of the diagonal is its pivot.
        pivot = diagonal[vertex]
        for t in range(top, count):
            i = path[t]
            value = line[i]
            line[i] = 0.0
            for p in range(columns[i], filled[i]):
                line[rows[p]] -= values[p] * value
            share = value / pivots[i]
            pivot -= share * value
            rows[filled[i]], values[filled[i]] = n, share
            filled[i] += 1
        # What hangs on nothing stays where rounding puts it.
        pivots[n] = pivot if pivot > 1e-14 * diagonal[vertex] else max(diagonal[vertex], 1.0)
    return columns, rows, values, pivots


@compiled
def solve(
    columns: NDArray[np.int64], rows: IntArray, values: DoubleArray, pivots: DoubleArray, sides: DoubleArray
) -> None:
    """Solve for two right sides (n, 2) in place, all in the order of elimination."""
    # Forward through L, then divide by D and back through its transpose.
    for n in range(len(pivots)):
        x, y = sides[n, 0], sides[n, 1]
        for p in range(columns[n], columns[n + 1]):
            sides[rows[p], 0] -= values[p] * x
            sides[rows[p], 1] -= values[p] * y
    for n in range(len(pivots) - 1, -1, -1):
        x, y = sides[n, 0] / pivots[n], sides[n, 1] / pivots[n]
        for p in range(columns[n], columns[n + 1]):
            x -= values[p] * sides[rows[p], 0]
            y -= values[p] * sides[rows[p], 1]
        sides[n, 0], sides[n, 1] = x, y
