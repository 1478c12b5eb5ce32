"""Duplicate triangles: those with the same corners as another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.topology import BoolArray, edges_of, same_rows
from pipeline.jit import compiled
from pipeline.model import IntArray


def doubles(faces: IntArray, vertex_count: int) -> tuple[BoolArray, BoolArray]:
    """Say which of (m, 3) faces repeat an earlier one, and which lie back to back on another and are out of place.

    Two faces back to back may be a sheet that is meant to be seen from both sides: around it as many half-edges run
    one way as the other, and both stay. A lone face stuck to the back of a surface leaves the edges around it out of
    balance, and the one on the heavier side goes.
    """
    repeats = np.zeros(len(faces), np.bool_)
    strays = np.zeros(len(faces), np.bool_)
    rows, odd = _sorted_corners(faces)
    same = same_rows(rows)
    if len(same.first) == len(faces):
        return repeats, strays
    kinds = 2 * same.labels + odd
    repeats[:] = True
    repeats[np.unique(kinds, return_index=True)[1]] = False
    unique = np.flatnonzero(~repeats)
    paired = unique[np.bincount(same.labels[unique])[same.labels[unique]] > 1]
    if len(paired):
        strays[paired[_are_stray(faces, unique, paired, vertex_count)]] = True
    return repeats, strays


def _are_stray(
    faces: IntArray, unique: NDArray[np.integer], paired: NDArray[np.integer], vertex_count: int
) -> BoolArray:
    """Say which paired faces have two edges or more that more half-edges run along their way than against it."""
    touched = np.zeros(vertex_count, np.bool_)
    touched[faces[paired].reshape(-1)] = True
    around = unique[touched[faces[unique]].sum(axis=1) >= 2]
    near = faces[around]
    edges = edges_of(near, vertex_count)
    forward = np.where(near < np.roll(near, -1, axis=1), 1, -1)
    of_half_edges = edges.of_half_edges()
    balance = np.bincount(of_half_edges, forward.reshape(-1), len(edges.vertices))
    surplus = (forward * balance[of_half_edges].reshape(-1, 3) > 0).sum(axis=1)
    return np.asarray(surplus[np.searchsorted(around, paired)] >= 2)


@compiled
def _sorted_corners(faces: IntArray) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Sort the corners of each face, and say whether that took an odd number of swaps."""
    rows = np.empty((len(faces), 3), np.uint32)
    odd = np.zeros(len(faces), np.uint8)
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if a > b:
            a, b = b, a
            odd[f] ^= 1
        if b > c:
            b, c = c, b
            odd[f] ^= 1
        if a > b:
            a, b = b, a
            odd[f] ^= 1
        rows[f, 0], rows[f, 1], rows[f, 2] = a, b, c
    return rows, odd
