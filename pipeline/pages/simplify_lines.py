"""Draw lines and areas with few points: cut off what lies outside, leave out what nobody sees, write it short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.pages.edition import Geometry
from pipeline.pages.projection import Box, Frame, Point

Line = Sequence[Point]


def rings(geometry: Geometry | None) -> Iterator[list[Point]]:
    """Yield the rings of a GeoJSON Polygon or MultiPolygon, as (lon, lat); nothing for any other."""
    if not geometry:
        return
    polygons = geometry.get("coordinates") or ()
    for polygon in [polygons] if geometry.get("type") == "Polygon" else polygons if _is_many(geometry) else ():
        for ring in polygon:
            yield [(float(point[0]), float(point[1])) for point in ring]


def _is_many(geometry: Geometry) -> bool:
    return geometry.get("type") == "MultiPolygon"


def drawn_area(geometry: Geometry | None, frame: Frame, tolerance: float = 0.7, margin: float = 20) -> str:
    """Return the path of an area in a drawing, empty where none of it is seen."""
    box = frame.box(margin)
    found = []
    for ring in rings(geometry):
        inside = clipped([frame.at(*point) for point in ring], box)
        if len(inside) > 2:
            found.append(path_of(simplified(inside, tolerance), closed=True))
    return "".join(found)


def drawn_line(points: Iterable[Point], frame: Frame, tolerance: float = 0.5) -> str:
    """Return the path of a line of (lon, lat) in a drawing."""
    placed = [frame.at(*point) for point in points]
    return path_of(simplified(placed, tolerance), closed=False) if len(placed) > 1 else ""


def clipped(ring: Line, box: Box) -> list[Point]:
    """Return the part of an area that lies in a box (Sutherland and Hodgman, 1974)."""
    left, top, right, bottom = box
    found = list(ring)
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        if found and min((point[axis] - limit) * sign for point in found) < 0:
            found = list(_half(found, axis, limit, sign))
    return found


def _half(ring: Line, axis: int, limit: float, sign: int) -> Iterator[Point]:
    before = ring[-1]
    for point in ring:
        is_in, was_in = (point[axis] - limit) * sign >= 0, (before[axis] - limit) * sign >= 0
        if is_in != was_in:
            share = (limit - before[axis]) / (point[axis] - before[axis])
            yield before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])
        if is_in:
            yield point
        before = point


def simplified(line: Line, tolerance: float) -> list[Point]:
    """Return a line without the points that lie nearer than a tolerance to it without them (Douglas and Peucker)."""
    if len(line) < 3:
        return list(line)
    keep, todo = {0, len(line) - 1}, [(0, len(line) - 1)]
    if line[0] == line[-1]:  # of a ring, the point farthest from its beginning stays in any case
        x, y = line[0]
        far = max(range(len(line)), key=lambda at: (line[at][0] - x) ** 2 + (line[at][1] - y) ** 2)
        keep.add(far)
        todo = [(0, far), (far, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        distance = _distance_to(line[first], line[last])
        off, at = max((distance(line[place]), place) for place in range(first + 1, last))
        if off > tolerance * tolerance:
            keep.add(at)
            todo += [(first, at), (at, last)]
    return [line[at] for at in sorted(keep)]


def _distance_to(first: Point, last: Point) -> Callable[[Point], float]:
    """Return what measures the squared distance of a point to a piece of a line."""
    x0, y0 = first
    dx, dy = last[0] - x0, last[1] - y0
    long = dx * dx + dy * dy

    def measured(point: Point) -> float:
        px, py = point[0] - x0, point[1] - y0
        share = min(max((px * dx + py * dy) / long, 0.0), 1.0) if long else 0.0
        return float((px - share * dx) ** 2 + (py - share * dy) ** 2)

    return measured


def path_of(line: Line, closed: bool) -> str:
    """Return an SVG path in whole units, each step from the one before.

    >>> path_of([(0, 0), (10.2, 0), (10.2, 5.6), (0, 0)], closed=True)
    'M0 0l10 0 0 6z'
    """
    whole = [(round(x), round(y)) for x, y in line]
    if closed and len(whole) > 1 and whole[0] == whole[-1]:
        whole.pop()
    (x, y), steps = whole[0], []
    for at_x, at_y in whole[1:]:
        if (at_x, at_y) != (x, y):
            steps.append(f"{at_x - x} {at_y - y}")
            x, y = at_x, at_y
    end = "z" if closed else ""
    return f"M{whole[0][0]} {whole[0][1]}l{' '.join(steps).replace(' -', '-')}{end}" if steps else ""
