"""Duplicate triangles: found whatever the order of their corners, and however many meet at a vertex."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.model import IntArray
from carreau.geometry.debris import doubles


def wheel(spokes: int) -> IntArray:
    """Return (spokes, 3) faces around vertex 0."""
    rim = np.arange(spokes)
    return np.stack([np.zeros(spokes, int), 1 + rim, 1 + (rim + 1) % spokes], axis=1).astype(np.int32)


@pytest.mark.parametrize("spokes", [8, 5_000])
def test_a_face_again_repeats_the_first(spokes: int) -> None:
    faces = wheel(spokes)
    again = np.roll(faces[[3, 1]], 1, axis=1)
    repeats, strays = doubles(np.concatenate([faces, again]), spokes + 1)
    assert repeats.nonzero()[0].tolist() == [spokes, spokes + 1]
    assert not strays.any()


def test_a_face_stuck_to_the_back_is_out_of_place() -> None:
    faces = wheel(6)
    repeats, strays = doubles(np.concatenate([faces, faces[[2]][:, ::-1]]), 7)
    assert not repeats.any()
    assert strays.nonzero()[0].tolist() == [6]


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=60))
def test_the_first_of_each_kind_is_left(corners: list[tuple[int, int, int]]) -> None:
    faces = np.array(corners, np.int32)
    repeats, _ = doubles(faces, 7)
    kinds = [(tuple(sorted(face)), len(set(face)) == 3 and _is_odd(face)) for face in corners]
    for place, face in enumerate(corners):
        if len(set(face)) == 3:
            assert repeats[place] == (kinds[place] in kinds[:place])


def _is_odd(face: tuple[int, int, int]) -> bool:
    a, b, c = face
    return ((a > b) + (b > c) + (a > c)) % 2 == 1
