"""Welding, edges and pieces agree with what can be counted by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.model import IntArray, Mesh
from carreau.geometry.topology import find_components, find_edges, join, weld, weld_pairs

SOUPS = st.lists(st.tuples(*[st.integers(0, 9)] * 3), max_size=30)


def as_faces(soup: list[tuple[int, int, int]]) -> IntArray:
    return np.array(soup, np.int32).reshape(-1, 3)


def test_weld_numbers_places_as_they_appear() -> None:
    positions = np.array([[0, 0, 1], [1, 0, 0], [-0.0, 0, 1], [1, 0, 0], [np.nan, 0, 0]], np.float32)
    found = weld(positions)
    assert found.labels.tolist() == [0, 1, 0, 1, 2]
    assert found.first.tolist() == [0, 1, 4]


@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), max_size=60))
def test_weld_is_what_unique_says(rows: list[tuple[int, int, int]]) -> None:
    positions = np.array(rows, np.float32).reshape(-1, 3)
    found = weld(positions)
    assert len(found.first) == len(set(rows))
    assert (positions[found.first][found.labels] == positions).all()
    assert (np.diff(found.first) > 0).all()


@given(SOUPS)
def test_edges_hold_every_half_edge_once(soup: list[tuple[int, int, int]]) -> None:
    faces = as_faces(soup)
    edges = find_edges(faces, 10)
    expected = Counter(tuple(sorted((f[k], f[(k + 1) % 3]))) for f in soup for k in range(3))
    assert [tuple(edge) for edge in edges.vertices.tolist()] == sorted(expected)
    assert edges.face_counts.tolist() == [expected[edge] for edge in sorted(expected)]
    assert sorted(edges.half_edges.tolist()) == list(range(3 * len(soup)))
    ends = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    assert (edges.vertices[edges.of_half_edges()] == ends).all()


def test_a_hub_of_many_edges_is_in_order_too() -> None:
    rim = np.random.default_rng(3).permutation(200).astype(np.int32) + 1
    faces = np.stack([np.zeros(200, np.int32), rim, np.roll(rim, -1)], axis=1)
    edges = find_edges(np.concatenate([faces, faces[:50]]), 201)
    order = np.lexsort(edges.vertices.T[::-1])
    assert (order == np.arange(len(order))).all()
    assert edges.face_counts.sum() == 750
    for start, stop in zip(edges.starts[:-1], edges.starts[1:], strict=True):
        assert (np.diff(edges.half_edges[start:stop]) > 0).all()


@given(SOUPS, st.data())
def test_turned_faces_have_the_same_edges(soup: list[tuple[int, int, int]], data: st.DataObject) -> None:
    faces = as_faces([face for face in soup if len(set(face)) == 3])
    chosen = np.array([data.draw(st.booleans()) for _ in faces], np.bool_)
    turned = faces.copy()
    turned[chosen] = faces[chosen][:, [0, 2, 1]]
    one, other = find_edges(turned, 10), find_edges(faces, 10).turned(chosen)
    for name in ("vertices", "starts", "half_edges"):
        assert (getattr(one, name) == getattr(other, name)).all()


@given(SOUPS)
def test_pieces_share_no_vertex_and_hang_together(soup: list[tuple[int, int, int]]) -> None:
    faces = as_faces(soup)
    pieces = find_components(faces, 10)
    assert len(set(pieces.labels.tolist())) == pieces.count
    for vertex in range(10):
        assert len(set(pieces.labels[(faces == vertex).any(axis=1)].tolist())) <= 1
    first_seen = list(dict.fromkeys(pieces.labels.tolist()))
    assert first_seen == sorted(first_seen)


def test_join_follows_chains() -> None:
    assert join(np.array([4, 3], np.int32), np.array([3, 1], np.int32), 5).tolist() == [0, 1, 2, 1, 1]


def test_weld_pairs_names_the_first_of_each() -> None:
    found = weld_pairs(np.array([3], np.int32), np.array([1], np.int32), 5)
    assert found.labels.tolist() == [0, 1, 2, 1, 3]
    assert found.first.tolist() == [0, 1, 2, 4]


def test_a_closed_mesh_has_no_rim(tetrahedron: Mesh) -> None:
    edges = find_edges(tetrahedron.faces, 4)
    assert len(edges.vertices) == 6
    assert not edges.boundary.any()
    assert not edges.non_manifold.any()


def test_a_sheet_with_a_hole_has_two_rims(bumpy_sheet: Mesh) -> None:
    faces = np.delete(bumpy_sheet.faces, 210, axis=0)
    assert find_edges(faces, len(bumpy_sheet.positions)).boundary.sum() == 83


def test_nothing_has_no_edges() -> None:
    edges = find_edges(np.zeros((0, 3), np.int32), 0)
    assert len(edges.vertices) == 0
    assert find_components(np.zeros((0, 3), np.int32), 0).count == 0
    assert len(weld(np.zeros((0, 3), np.float32)).first) == 0
