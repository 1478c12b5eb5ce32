"""Areas and lines as a map shows them: what lies in the drawing, with few points.

This is our own code, so that publishing needs no NumPy, which Shapely brings: 70 MB, as much as all else that it needs.
Rings may cross themselves or each other, as hand-drawn ones do; a point is inside where an odd number is around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Minimum x, minimum y, maximum x, maximum y."""

Chain = list[Point]
"""A piece of a ring within the drawing; its ends lie on the border."""


@dataclass(frozen=True)
class Piece:
    """A connected part of an area, without repeated first points.

    exterior : counterclockwise where y grows upwards; holes are clockwise
    """

    exterior: Sequence[Point]
    holes: tuple[Sequence[Point], ...] = ()

    @cached_property
    def area(self) -> float:
        """Return its area without the holes."""
        return sum(_signed_area(ring) for ring in (self.exterior, *self.holes))

    @property
    def bounds(self) -> Box:
        """Return its bounding box."""
        return _bounds(self.exterior)

    @property
    def centroid(self) -> Point:
        """Return its centre of gravity."""
        (x0, y0), x, y = self.exterior[0], 0.0, 0.0
        for ring in (self.exterior, *self.holes):
            for (ax, ay), (bx, by) in _edges(ring):
                twice = (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
                x += twice * (ax + bx - 2 * x0)
                y += twice * (ay + by - 2 * y0)
        left, top, right, bottom = self.bounds
        if self.area:
            x, y = x0 + x / (6 * self.area), y0 + y / (6 * self.area)
            if left <= x <= right and top <= y <= bottom:
                return x, y
        return (left + right) / 2, (top + bottom) / 2  # it crosses itself, and its lobes cancel out


def pieces_within(rings: Iterable[Sequence[Point]], box: Box) -> list[Piece]:
    """Return the parts of an area inside a box; what only touches it is none.

    rings : around the area and its holes, in any order and direction, with or without a repeated first point
    """
    kept = [_without_repeats(ring) for ring in rings]
    for axis, limit, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        kept = _half(kept, axis, limit, sign)
    return _grouped([ring for ring in kept if not _is_flat(ring)])


def _half(rings: list[Chain], axis: int, limit: float, sign: int) -> list[Chain]:
    """Return rings around what lies on one side of a line; `sign` is that side.

    Along the line, inside and outside take turns: the crossings are joined in pairs, so that an area in two pieces has
    no bridge between them.
    """
    whole, chains = list[Chain](), list[Chain]()
    for ring in rings:
        depths = [sign * (point[axis] - limit) for point in ring]
        if min(depths, default=0.0) > 0:
            whole.append(ring)
        elif max(depths, default=0.0) > 0:
            chains += _chains(ring, depths, axis, limit)
    return [*whole, *_joined(chains, 1 - axis)] if chains else whole


def _chains(ring: Chain, depths: Sequence[float], axis: int, limit: float) -> Iterator[Chain]:
    """Yield what of a ring lies beyond a line, each piece from crossing to crossing."""
    count = len(ring)
    first = next(at for at in range(count) if depths[at] <= 0)
    chain: Chain = []
    for step in range(first, first + count):
        here, there = step % count, (step + 1) % count
        if depths[here] <= 0 < depths[there]:
            chain = [_crossing(ring[there], ring[here], depths[there], depths[here], axis, limit), ring[there]]
        elif depths[there] <= 0 < depths[here]:
            yield [*chain, _crossing(ring[here], ring[there], depths[here], depths[there], axis, limit)]
        elif depths[there] > 0:
            chain.append(ring[there])


def _crossing(inner: Point, outer: Point, depth: float, height: float, axis: int, limit: float) -> Point:
    """Return where the line is crossed between a point inside and one that is not."""
    if not height:
        return outer
    share = depth / (depth - height)
    across = inner[1 - axis] + (outer[1 - axis] - inner[1 - axis]) * share
    return (limit, across) if axis == 0 else (across, limit)


def _joined(chains: list[Chain], along: int) -> Iterator[Chain]:
    """Yield the rings that chains make with pieces of the line that all of them end at.

    along : the axis along the line
    """
    ends = sorted((chain[end][along], number, end) for number, chain in enumerate(chains) for end in (0, -1))
    partner = {}
    for one, other in zip(ends[::2], ends[1::2], strict=True):
        partner[one[1:]], partner[other[1:]] = other[1:], one[1:]
    waiting = set(range(len(chains)))
    while waiting:
        start = min(waiting)
        ring: Chain = []
        number, end = start, 0
        while number in waiting:
            waiting.remove(number)
            ring += chains[number] if end == 0 else chains[number][::-1]
            number, end = partner[number, -1 if end == 0 else 0]
        yield _without_repeats(ring)


def _without_repeats(ring: Sequence[Point]) -> Chain:
    """Return a ring whose neighbours differ, the last and the first one too."""
    kept = [point for number, point in enumerate(ring) if not number or point != ring[number - 1]]
    while len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return kept


def _grouped(rings: list[Chain]) -> list[Piece]:
    """Return rings as areas with their holes: a ring within an odd number of others is a hole of the smallest."""
    if len(rings) == 1:
        return [Piece(_turned(rings[0], 1))]
    sizes = [abs(_signed_area(ring)) for ring in rings]
    around = [
        [other for other in range(len(rings)) if sizes[other] > sizes[number] and _contains(rings[other], ring)]
        for number, ring in enumerate(rings)
    ]
    holes: dict[int, list[Chain]] = {number: [] for number in range(len(rings)) if len(around[number]) % 2 == 0}
    for number, ring in enumerate(rings):
        if len(around[number]) % 2:
            smallest = min((other for other in around[number] if other in holes), key=sizes.__getitem__, default=None)
            if smallest is not None:
                holes[smallest].append(_turned(ring, -1))
    return [Piece(_turned(rings[number], 1), tuple(inner)) for number, inner in holes.items()]


def _contains(ring: Chain, other: Chain) -> bool:
    """Return whether a ring is around the middle of another's first edge: corners may touch."""
    (ax, ay), (bx, by) = other[0], other[1]
    x, y = (ax + bx) / 2, (ay + by) / 2
    is_inside = False
    for (px, py), (qx, qy) in _edges(ring):
        if (py > y) != (qy > y) and x < px + (y - py) * (qx - px) / (qy - py):
            is_inside = not is_inside
    return is_inside


def _is_flat(ring: Chain) -> bool:
    """Return whether all points of a ring lie on one line."""
    if len(ring) < 3:
        return True
    (ax, ay), (bx, by) = ring[0], ring[1]
    return all((bx - ax) * (y - ay) == (by - ay) * (x - ax) for x, y in ring)


def _turned(ring: Chain, sign: int) -> Chain:
    return ring[::-1] if _signed_area(ring) * sign < 0 else ring


def _signed_area(ring: Sequence[Point]) -> float:
    x0, y0 = ring[0]
    return sum((ax - x0) * (by - y0) - (bx - x0) * (ay - y0) for (ax, ay), (bx, by) in _edges(ring)) / 2


def _edges(ring: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise((*ring, ring[0]))


def _bounds(ring: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return min(xs), min(ys), max(xs), max(ys)


def simplified(line: Sequence[Point], tolerance: float) -> list[Point]:
    """Return the points of a line from which all others are no farther than the tolerance (Douglas and Peucker).

    The ends stay; those of a ring are the same point twice.

    >>> simplified([(0, 0), (5, 0.1), (9, 0), (9, 9)], 0.5)
    [(0, 0), (9, 0), (9, 9)]
    """
    kept = {0, len(line) - 1}
    waiting = [(0, len(line) - 1)]
    while waiting:
        start, end = waiting.pop()
        at = _farthest(line, start, end, tolerance * tolerance)
        if at is not None:
            kept.add(at)
            waiting += [(start, at), (at, end)]
    return [line[at] for at in sorted(kept)]


def simplified_ring(ring: Sequence[Point], tolerance: float) -> list[Point]:
    """Return a ring with few points, the first one twice; one that would lose its area stays as it is."""
    whole = [*ring, ring[0]]
    found = simplified(whole, tolerance)
    return found if len(found) > 3 else whole


def _farthest(line: Sequence[Point], start: int, end: int, limit: float) -> int | None:
    """Return the point between two others that is farthest from the line between them; None if all are nearer.

    limit : square of the distance
    """
    (ax, ay), (bx, by) = line[start], line[end]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    found = None
    for at in range(start + 1, end):
        x, y = line[at]
        x, y = x - ax, y - ay
        share = (x * dx + y * dy) / length if length else 0.0
        if share > 0:
            share = min(share, 1.0)
            x, y = x - share * dx, y - share * dy
        distance = x * x + y * y
        if distance > limit:
            found, limit = at, distance
    return found
