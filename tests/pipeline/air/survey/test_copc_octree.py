"""An octree's hierarchy is searched by area, and a hostile one ends the search."""

from __future__ import annotations

import io
import struct

import pytest
from shapely import Polygon, box

from carreau.air.survey.point_tiles import Octree, OctreeError

ENTRY = struct.Struct("<iiiiQii")


Entry = tuple[int, int, int, int, int, int, int]
"""Level, x, y and z of a node, and its offset, size and count of points."""


def octree_of(*entries: Entry) -> tuple[Octree, io.BytesIO]:
    """Return an octree of 100 m with one page of entries: key, offset, size, count."""
    page = b"".join(ENTRY.pack(*entry) for entry in entries)
    return Octree(0.0, 0.0, 100.0, 0, len(page)), io.BytesIO(page)


CHILDREN = [(1, x, y, 0, 1000 * (2 * y + x + 1), 10, 5) for y in (0, 1) for x in (0, 1)]


@pytest.mark.parametrize(
    ("area", "offsets"),
    [
        (box(10, 10, 20, 20), [500, 1000]),
        (box(60, 10, 70, 20), [500, 2000]),
        (box(10, 10, 90, 20), [500, 1000, 2000]),
        (Polygon([(0, 0), (100, 0), (100, 100)]).buffer(-10), [500, 1000, 2000, 4000]),
        (box(200, 0, 300, 10), []),
    ],
)
def test_only_nodes_below_the_area_are_found(area: Polygon, offsets: list[int]) -> None:
    octree, stream = octree_of((0, 0, 0, 0, 500, 10, 5), *CHILDREN)
    assert [node.offset for node in octree.nodes_in(stream, area)] == offsets


def test_pages_are_read_only_below_the_area() -> None:
    child = ENTRY.pack(1, 1, 0, 0, 9000, 10, 5)
    entries = [(0, 0, 0, 0, 0, 0, 0), (1, 1, 0, 0, 96, len(child), -1), (1, 0, 0, 0, 10**9, 32, -1)]
    octree, stream = octree_of(*entries)
    whole = io.BytesIO(stream.getvalue() + child)
    assert [node.offset for node in octree.nodes_in(whole, box(60, 10, 70, 20))] == [9000]
    with pytest.raises(OctreeError, match="its index is cut"):
        octree.nodes_in(whole, box(10, 10, 20, 20))


@pytest.mark.parametrize(
    "entries",
    [
        [(0, 0, 0, 0, 0, 0, 0)],
        [(0, 0, 0, 0, 500, 10, 5), (0, 0, 0, 0, 0, 0, 0)],
        [(0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0)],
        [(1, 0, 0, 0, 500, 10, 5)],
    ],
)
def test_an_index_of_zeros_or_without_a_root_is_damaged(
    entries: list[tuple[int, int, int, int, int, int, int]],
) -> None:
    octree, stream = octree_of(*entries)
    with pytest.raises(OctreeError, match="its index is damaged"):
        octree.nodes_in(stream, box(0, 0, 100, 100))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ((0, 0, 0, 0, 0, 32, -1), "its index has no end"),
        ((0, 0, 0, 0, 0, 33, -1), "its index is damaged"),
        ((0, 0, 0, 0, 0, -1, -1), "its index is damaged"),
        ((0, 0, 0, 0, 0, 10, -2), "its index has a node of -2 points"),
        ((0, 0, 0, 0, 0, 10, 2**31 - 1), "its index has a node of 2,147,483,647 points"),
        ((0, 0, 0, 0, 0, 0, 7), "its index has a node of 7 points"),
    ],
)
def test_a_hostile_index_is_refused(entry: Entry, words: str) -> None:
    octree, stream = octree_of(entry)
    with pytest.raises(OctreeError, match=words):
        octree.nodes_in(stream, box(0, 0, 100, 100))
