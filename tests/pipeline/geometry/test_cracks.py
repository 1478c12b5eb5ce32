"""A rim is a crack only where the scan had none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.defects import Cracks, cracks, rim_edges, rim_points


def sheet(cells: int = 10) -> tuple[FloatArray, IntArray]:
    """Return a flat square metre of cells x cells pairs of triangles."""
    side = np.linspace(0, 1, cells + 1)
    x, y = np.meshgrid(side, side)
    index = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    return np.stack([x, y, 0 * x], -1).reshape(-1, 3).astype(np.float32), faces.astype(np.int32)


def test_a_sheets_rim_is_its_outline() -> None:
    ends, places = rim_edges(*sheet())
    assert len(ends) == 40
    assert np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1).sum() == pytest.approx(4)


def test_vertices_at_one_place_are_one_and_collapsed_faces_are_none() -> None:
    positions, faces = sheet()
    apart = positions[faces.reshape(-1)]
    split = np.arange(faces.size, dtype=np.int32).reshape(-1, 3)
    split = np.vstack([split, [[0, 0, 1]]]).astype(np.int32)
    assert len(rim_edges(apart, split)[0]) == 40


def test_points_along_a_rim_leave_no_gap() -> None:
    points = rim_points(*sheet(2), spacing=0.03)
    bottom = np.sort(points[points[:, 1] == 0][:, 0])
    assert bottom[0] == 0
    assert bottom[-1] == 1
    assert np.diff(bottom).max() <= 0.03


def test_coarser_edges_along_the_same_rim_are_no_cracks() -> None:
    known = rim_points(*sheet(10), spacing=0.01)
    assert cracks(*sheet(3), known, tolerance=0.02) == Cracks()


def test_lost_faces_are_counted_and_measured() -> None:
    positions, faces = sheet()
    known = rim_points(positions, faces, 0.01)
    middles = positions[faces].mean(axis=1)
    lost = (np.abs(middles[:, :2] - 0.5) < 0.1).all(axis=1)
    found = cracks(positions, faces[~lost], known, tolerance=0.02)
    assert found.count == 1
    assert found.length == pytest.approx(0.8, abs=1e-5)


def test_a_rim_where_none_was_known_is_a_crack_whole() -> None:
    assert cracks(*sheet(), np.zeros((0, 3), np.float32), 0.02).edge_count == 40
    assert len(rim_points(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), 1)) == 0


def ring(sides: int, radius: float) -> tuple[FloatArray, IntArray]:
    """Return a flat ring of a hole with so many sides in a disk of radius 1."""
    angle = 2 * np.pi * np.arange(sides) / sides
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    inner, outer = np.arange(sides), np.arange(sides) + sides
    after = np.roll(inner, -1)
    faces = np.concatenate([np.stack([inner, outer, after], 1), np.stack([after, outer, after + sides], 1)])
    return np.concatenate([radius * circle, circle]).astype(np.float32), faces.astype(np.int32)


@given(st.integers(3, 12), st.floats(0.005, 0.4), st.floats(0.001, 0.05))
def test_a_hole_of_few_sides_is_no_crack_whatever_its_size(sides: int, radius: float, tolerance: float) -> None:
    known = rim_points(*ring(sides * 24, radius), tolerance / 2)
    assert cracks(*ring(sides, radius), known, tolerance) == Cracks()


@given(st.integers(1, 6), st.floats(0.5, 20), st.floats(0.001, 0.05))
def test_a_tear_from_rim_to_rim_is_a_crack(cells: int, length: float, tolerance: float) -> None:
    positions, faces = sheet(cells)
    positions *= np.array([length, 1, 1], np.float32)
    known = rim_points(positions, faces, tolerance / 2)
    across = positions[faces][:, :, 0].max(axis=1) <= length / cells * 1.0001
    moved = np.concatenate([positions, positions + np.array([0, 0, 1e-3], np.float32)])
    torn = np.where(across[:, None], faces + len(positions), faces).astype(np.int32)
    found = cracks(moved, torn, known, max(tolerance, 2e-3))
    assert found == Cracks() if cells == 1 else found.count > 0


def test_a_flap_that_the_scan_has_twice_is_open_once() -> None:
    positions, faces = sheet()
    tip = np.array([[0.55, 0.55, 0.4]], np.float32)
    flap = np.array([[60, 61, len(positions)]], np.int32)
    positions = np.concatenate([positions, tip])
    twice = np.concatenate([faces, flap, np.roll(flap, 1, axis=1)])
    once = np.concatenate([faces, flap])
    assert cracks(positions, once, rim_points(positions, twice, 0.01), 0.02) == Cracks()
    assert cracks(positions, once, rim_points(positions, faces, 0.01), 0.02).edge_count == 2
