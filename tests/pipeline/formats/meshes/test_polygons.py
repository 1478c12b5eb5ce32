"""Polygons are cut into triangles that cover them once."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.base.model import DoubleArray, IntArray
from carreau.formats.meshes.polygons import MOST_CORNERS, recut


def fan(count: int) -> IntArray:
    steps = np.arange(1, count - 1)
    return np.stack([np.zeros_like(steps), steps, steps + 1], axis=1).astype(np.int32)


def cut(outline: DoubleArray) -> IntArray:
    faces = fan(len(outline))
    rows, sources = recut(outline, faces, np.array([[0, len(outline)]], np.int64))
    faces[rows] = faces.reshape(-1)[sources]
    return faces


def areas(places: DoubleArray, faces: IntArray) -> DoubleArray:
    a, b, c = (places[faces[:, corner]] for corner in range(3))
    result: DoubleArray = np.cross(b - a, c - a)[:, 2] / 2
    return result


def star(radii: list[float]) -> DoubleArray:
    """Return a polygon that sees its middle from everywhere: it may be concave but never crosses itself."""
    angles = 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.stack([np.cos(angles) * radii, np.sin(angles) * radii, np.zeros(len(radii))], axis=1)


@given(st.lists(st.floats(0.1, 10), min_size=5, max_size=20))
def test_triangles_cover_the_polygon_once(radii: list[float]) -> None:
    places = star(radii)
    faces = cut(places)
    turned = np.roll(places, -1, axis=0)
    whole = np.cross(places, turned)[:, 2].sum() / 2
    found = areas(places, faces)
    assert len(faces) == len(places) - 2
    assert (found > -1e-9).all()
    assert np.isclose(found.sum(), whole)
    assert set(faces.reshape(-1).tolist()) == set(range(len(places)))


@settings(max_examples=20)
@given(st.integers(65, 3000), st.randoms(use_true_random=False))
def test_triangles_cover_a_large_polygon_once(count: int, random: Random) -> None:
    places = star([random.uniform(0.2, 1) for _ in range(count)])
    whole = np.cross(places, np.roll(places, -1, axis=0))[:, 2].sum() / 2
    sizes = areas(places, cut(places))
    assert (sizes > -1e-9).all()
    assert np.isclose(sizes.sum(), whole)


def test_small_and_large_polygons_of_one_mesh_are_each_cut() -> None:
    outlines = [star([1.0, 0.2] * half) for half in (4, 50, 3, 40)]
    places = np.concatenate(outlines)
    starts = np.cumsum([0, *(len(each) for each in outlines)])
    faces = np.concatenate([fan(len(each)) + start for each, start in zip(outlines, starts, strict=False)]).astype(
        np.int32
    )
    polygons = [
        (int(start) - 2 * row, len(each)) for row, (each, start) in enumerate(zip(outlines, starts, strict=False))
    ]
    rows, sources = recut(places, faces, np.array(polygons, np.int64))
    faces[rows] = faces.reshape(-1)[sources]
    whole = sum(np.cross(each, np.roll(each, -1, axis=0))[:, 2].sum() / 2 for each in outlines)
    sizes = areas(places, faces)
    assert (sizes > -1e-9).all()
    assert np.isclose(sizes.sum(), whole)


def test_large_polygons_without_a_triangulation_keep_their_fan() -> None:
    rng = np.random.default_rng(1)
    crossing = np.column_stack([rng.uniform(-1, 1, (200, 2)), np.zeros(200)])
    line = np.column_stack([rng.uniform(-1, 1, 200), np.zeros((200, 2))])
    for places in (crossing, line, star([1.0, np.inf] * 50), star([1.0, np.nan] * 50), star([0.2, 1e300] * 50)):
        assert (cut(places) == fan(len(places))).all()


def test_convex_polygons_keep_their_fan() -> None:
    rows, sources = recut(star([1.0] * 8), fan(8), np.array([[0, 8]], np.int64))
    assert len(rows) == len(sources) == 0


def test_concave_quads_turn_their_diagonal() -> None:
    places = np.array([[0, 0, 0], [2, -1, 0], [0.5, 0, 0], [2, 1, 0]], np.float64)
    assert (areas(np.roll(places, 1, axis=0), cut(np.roll(places, 1, axis=0))) > 0).all()


def test_a_hole_joined_by_a_bridge() -> None:
    outer, inner = [(0, 0), (4, 0), (4, 4), (0, 4)], [(1, 1), (1, 3), (3, 3), (3, 1)]
    outline = [*outer, outer[0], *inner, inner[0]]
    places = np.array([(x, y, 0.0) for x, y in outline])
    found = areas(places, cut(places))
    assert np.isclose(np.abs(found).sum(), 12)
    assert np.isclose(found.sum(), 12)


def test_large_flat_and_broken_polygons_are_survived() -> None:
    for places in (star([1.0, 0.2] * MOST_CORNERS), np.zeros((7, 3)), np.full((7, 3), np.nan), star([1.0, np.inf] * 4)):
        assert len(cut(places)) == len(places) - 2
