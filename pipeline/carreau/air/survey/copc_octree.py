"""The nodes of a COPC octree that an area touches, found in its hierarchy, of which only needed pages are read.

laspy's own search takes a box, follows a page that points to itself for ever, and takes a page that is cut for one
without entries. Source: COPC 1.0, https://copc.io/copc-specification-1.0.pdf.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from carreau.base.messages import Message, message

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

_ENTRY = struct.Struct("<iiiiQii")
_IN_ANOTHER_PAGE = -1
MOST_PAGES = 5_000
MOST_NODE_POINTS, MOST_NODE_BYTES, MOST_PAGE_BYTES = 20_000_000, 256_000_000, 64_000_000
_DEEPEST = 20

Key = tuple[int, int, int, int]


class OctreeError(ValueError):
    """A hierarchy that cannot be true; `reason` is a clause for a sentence."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class OctreeNode:
    """Where the points of a node are.

    offset, size : bytes in the file
    """

    key: Key
    offset: int
    size: int
    count: int


@dataclass(frozen=True)
class Octree:
    """The cube of an octree, and where its hierarchy begins.

    west, south : of the root's cube
    side : of it, in metres
    """

    west: float
    south: float
    side: float
    offset: int
    size: int

    def nodes_in(self, stream: IO[bytes], shape: Polygon | MultiPolygon) -> list[OctreeNode]:
        """Return the nodes with points whose cube stands on a part of an area, in the order of the file.

        Raises OctreeError.
        """
        import shapely

        shapely.prepare(shape)
        entries, pages = self._page(stream, self.offset, self.size), 1
        found, waiting = list[OctreeNode](), [(0, 0, 0, 0)]
        while waiting:
            key = waiting.pop()
            entry = entries.get(key)
            if entry is None or key[0] > _DEEPEST or not shapely.intersects(shape, self._square(key)):
                continue
            offset, size, count = entry
            if count == _IN_ANOTHER_PAGE:
                pages += 1
                page = self._page(stream, offset, size)
                if pages > MOST_PAGES or page.get(key, entry)[2] == _IN_ANOTHER_PAGE:
                    raise OctreeError(message("its index has no end"))
                entries.update(page)
                waiting.append(key)
                continue
            if count:
                if not (0 < count <= MOST_NODE_POINTS and 0 < size <= MOST_NODE_BYTES):
                    raise OctreeError(message("its index has a node of %(count)s points", count=count))
                found.append(OctreeNode(key, offset, size, count))
            level, x, y, z = key
            waiting += [(level + 1, 2 * x + (i & 1), 2 * y + (i >> 1 & 1), 2 * z + (i >> 2)) for i in range(8)]
        return sorted(found, key=lambda node: node.offset)

    def _square(self, key: Key) -> Polygon:
        from shapely import box

        side = self.side / 2 ** key[0]
        west, south = self.west + key[1] * side, self.south + key[2] * side
        square: Polygon = box(west, south, west + side, south + side)
        return square

    def _page(self, stream: IO[bytes], offset: int, size: int) -> dict[Key, tuple[int, int, int]]:
        if not 0 < size <= MOST_PAGE_BYTES or size % _ENTRY.size:
            raise OctreeError(message("its index is damaged"))
        stream.seek(offset)
        page = stream.read(size)
        if len(page) < size:
            raise OctreeError(message("its index is cut"))
        return {tuple(row[:4]): tuple(row[4:]) for row in _ENTRY.iter_unpack(page)}
