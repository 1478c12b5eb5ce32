"""The basemap of all maps: communes, and the outlines of the sites.

This is our own code, so that publishing needs no NumPy, which Shapely brings: 70 MB, as much as all else that it needs.
Rings may cross themselves or each other, as hand-drawn ones do; a point is inside where an odd number is around it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from carreau.base.schema.parts import Place

Geometry = Mapping[str, Any]
"""A GeoJSON Polygon or MultiPolygon, longitudes and latitudes in WGS 84."""

Box = tuple[float, float, float, float]
"""Minimum x, minimum y, maximum x, maximum y."""


@dataclass(frozen=True)
class Area:
    """An area with its bounding box, in degrees."""

    name: str
    geometry: Geometry
    box: Box


@dataclass(frozen=True)
class DrawnArea:
    """An area on a map.

    x, y : position of its label
    is_large : whether there is room for its label
    """

    name: str
    path: str
    x: int
    y: int
    is_large: bool


class Basemap:
    """Communes by INSEE code, and outlines of sites by slug."""

    def __init__(self, communes: Mapping[str, object], outlines: Mapping[str, Geometry]) -> None:
        """Compute the bounding boxes, once for all maps.

        communes : GeoJSON features with `insee` and `nom`
        outlines : by slug of the site
        """
        self.communes = dict(_communes(communes))
        self.outlines = {slug: area for slug, shape in outlines.items() if (area := _area(slug, shape))}

    def communes_in(self, frame: Frame) -> dict[str, DrawnArea]:
        """Return the visible communes of a map, by INSEE code."""
        return _draw(self.communes, frame, 0.8)

    def outlines_in(self, frame: Frame) -> dict[str, DrawnArea]:
        """Return the visible outlines of a map, by slug."""
        return _draw(self.outlines, frame, 0.5)


def list_points(shape: Geometry | None) -> list[Point]:
    """Return all points of an area as (lon, lat)."""
    return [point for rings in polygons(shape) for ring in rings for point in ring]


def place_lon_lat(place: Place | None) -> Point | None:
    """Return a place as (lon, lat), None if it is unknown."""
    return (place.lon, place.lat) if place else None


def _communes(features: Mapping[str, object]) -> Iterator[tuple[str, Area]]:
    members = features.get("features")
    for feature in members if isinstance(members, list) else ():
        properties = feature["properties"]
        area = _area(str(properties["nom"]), feature["geometry"])
        if area:
            yield str(properties["insee"]), area


def _area(name: str, shape: Geometry) -> Area | None:
    points = list_points(shape)
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return Area(name, shape, (min(lons), min(lats), max(lons), max(lats)))


def _draw(areas: Mapping[str, Area], frame: Frame, tolerance: float) -> dict[str, DrawnArea]:
    drawn = {}
    for key, area in areas.items():
        west, south, east, north = area.box
        (left, top), (right, bottom) = frame.at(west, north), frame.at(east, south)
        if right < 0 or bottom < 0 or left > frame.width or top > frame.height:
            continue
        path = area_path(area.geometry, frame, tolerance)
        if path:
            drawn[key] = _label(area, path, frame)
    return drawn


def _label(area: Area, path: str, frame: Frame) -> DrawnArea:
    """Return an area with its label at the centroid of its largest visible part; a letter takes about eleven units."""
    parts = visible_parts(area.geometry, frame)
    if not parts:
        return DrawnArea(area.name, path, 0, 0, is_large=False)
    largest = max(parts, key=lambda part: part.area)
    left, _, right, _ = largest.bounds
    is_large = largest.area > 4000 and right - left > 11 * len(area.name)
    x, y = largest.centroid
    return DrawnArea(area.name, path, round(x), round(y), is_large)


METRES_A_DEGREE = 6_371_008.8 * math.pi / 180
"""Metres of a degree of latitude, on a sphere of the Earth's mean radius (IUGG)."""


@dataclass(frozen=True)
class Frame:
    """The extent of a map: equirectangular at its middle latitude, north up.

    lon, lat : of its upper left corner, in degrees
    shrink : metres of a degree of longitude divided by those of a degree of latitude
    units_a_m : scale, in units of the drawing per metre
    width, height : of the drawing, in its units
    """

    lon: float
    lat: float
    shrink: float
    units_a_m: float
    width: int
    height: int

    def at(self, lon: float, lat: float) -> Point:
        """Return the position of a place on the map."""
        scale = METRES_A_DEGREE * self.units_a_m
        return (lon - self.lon) * self.shrink * scale, (self.lat - lat) * scale

    @property
    def bounds(self) -> Box:
        """Return west, south, east and north, in degrees."""
        scale = METRES_A_DEGREE * self.units_a_m
        return self.lon, self.lat - self.height / scale, self.lon + self.width / (self.shrink * scale), self.lat

    def box(self, margin: float = 0) -> Box:
        """Return the box of the drawing with a margin around it, in units."""
        return -margin, -margin, self.width + margin, self.height + margin


def frame_around(
    places: Iterable[Point], width: int, height: int, margin: float = 0.08, least_m: float = 0.0
) -> Frame | None:
    """Return a frame centred on places (lon, lat); None without any.

    margin : free share of width and height on each side
    least_m : minimum width, in metres
    """
    points = list(places)
    if not points:
        return None
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
    shrink = max(math.cos(math.radians(middle_lat)), 0.01)
    wide, tall = (east - west) * shrink * METRES_A_DEGREE, (north - south) * METRES_A_DEGREE
    shown = 1 - 2 * margin
    units_a_m = min(width * shown / max(wide, 1.0), height * shown / max(tall, 1.0))
    units_a_m = min(units_a_m, width / least_m) if least_m else units_a_m
    scale = METRES_A_DEGREE * units_a_m
    left, top = middle_lon - width / 2 / (shrink * scale), middle_lat + height / 2 / scale
    return Frame(left, top, shrink, units_a_m, width, height)


def scale_bar(frame: Frame, share: float = 0.25) -> tuple[int, int]:
    """Return the length of a scale bar in metres and in units: 1, 2 or 5 times a power of ten.

    share : maximum share of the width of the map


    >>> scale_bar(Frame(3.4, 50.4, 0.64, 0.05, 1000, 800))
    (5000, 250)
    """
    most = frame.width * share / frame.units_a_m
    power = 10 ** math.floor(math.log10(max(most, 1.0)))
    metres = next((step * power for step in (5, 2, 1) if step * power <= most), 1)
    return metres, round(metres * frame.units_a_m)


Line = Sequence[Sequence[float]]


def polygons(geometry: Geometry | None) -> Iterator[list[list[Point]]]:
    """Yield the rings of each polygon of a GeoJSON Polygon or MultiPolygon, as (lon, lat); nothing for any other."""
    if not geometry:
        return
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or ()
    for polygon in [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else ():
        yield [[(float(point[0]), float(point[1])) for point in ring] for ring in polygon]


def visible_parts(geometry: Geometry | None, frame: Frame, margin: float = 0) -> list[Piece]:
    """Return the parts of an area inside a frame, in the units of the drawing."""
    box, parts = frame.box(margin), list[Piece]()
    for rings in polygons(geometry):
        parts += pieces_within(([frame.at(*point) for point in ring] for ring in rings), box)
    return parts


def area_path(geometry: Geometry | None, frame: Frame, tolerance: float = 0.7, margin: float = 20) -> str:
    """Return the SVG path of an area, empty if it is outside the frame.

    Holes have the opposite orientation, so that they are not filled.
    """
    rings = (ring for part in visible_parts(geometry, frame, margin) for ring in (part.exterior, *part.holes))
    return "".join(svg_path(simplified_ring(ring, tolerance), closed=True) for ring in rings)


def line_path(points: Iterable[Point], frame: Frame, tolerance: float = 0.5) -> str:
    """Return the SVG path of a line of (lon, lat)."""
    placed = [frame.at(*point) for point in points]
    return svg_path(simplify_line(placed, tolerance), closed=False) if len(placed) > 1 else ""


def svg_path(line: Line, closed: bool) -> str:
    """Return an SVG path of relative steps in whole units.

    >>> svg_path([(0, 0), (10.2, 0), (10.2, 5.6), (0, 0)], closed=True)
    'M0 0l10 0 0 6z'
    """
    points = [(round(x), round(y)) for x, y in line]
    if closed and len(points) > 1 and points[0] == points[-1]:
        points.pop()
    (x, y), steps = points[0], []
    for at_x, at_y in points[1:]:
        if (at_x, at_y) != (x, y):
            steps.append(f"{at_x - x} {at_y - y}")
            x, y = at_x, at_y
    end = "z" if closed else ""
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps).replace(' -', '-')}{end}" if steps else ""


Point = tuple[float, float]

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
    clipped = [_without_repeats(ring) for ring in rings]
    for axis, limit, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        clipped = _half(clipped, axis, limit, sign)
    return _group([ring for ring in clipped if not _is_flat(ring)])


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
    return [*whole, *_join(chains, 1 - axis)] if chains else whole


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


def _join(chains: list[Chain], along: int) -> Iterator[Chain]:
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
    points = [point for number, point in enumerate(ring) if not number or point != ring[number - 1]]
    while len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return points


def _group(rings: list[Chain]) -> list[Piece]:
    """Return rings as areas with their holes: a ring within an odd number of others is a hole of the smallest."""
    if len(rings) == 1:
        return [Piece(_turn(rings[0], 1))]
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
                holes[smallest].append(_turn(ring, -1))
    return [Piece(_turn(rings[number], 1), tuple(inner)) for number, inner in holes.items()]


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


def _turn(ring: Chain, sign: int) -> Chain:
    return ring[::-1] if _signed_area(ring) * sign < 0 else ring


def _signed_area(ring: Sequence[Point]) -> float:
    x0, y0 = ring[0]
    return sum((ax - x0) * (by - y0) - (bx - x0) * (ay - y0) for (ax, ay), (bx, by) in _edges(ring)) / 2


def _edges(ring: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise((*ring, ring[0]))


def _bounds(ring: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return min(xs), min(ys), max(xs), max(ys)


def simplify_line(line: Sequence[Point], tolerance: float) -> list[Point]:
    """Return the points of a line from which all others are no farther than the tolerance (Douglas and Peucker).

    The ends stay; those of a ring are the same point twice.

    >>> simplify_line([(0, 0), (5, 0.1), (9, 0), (9, 9)], 0.5)
    [(0, 0), (9, 0), (9, 9)]
    """
    used = {0, len(line) - 1}
    waiting = [(0, len(line) - 1)]
    while waiting:
        start, end = waiting.pop()
        at = _farthest(line, start, end, tolerance * tolerance)
        if at is not None:
            used.add(at)
            waiting += [(start, at), (at, end)]
    return [line[at] for at in sorted(used)]


def simplified_ring(ring: Sequence[Point], tolerance: float) -> list[Point]:
    """Return a ring with few points, the first one twice; one that would lose its area stays as it is.

    It begins at its least point, so that the same outline looks the same wherever its file begins.
    """
    least = ring.index(min(ring))
    whole = [*ring[least:], *ring[:least], ring[least]]
    simple = simplify_line(whole, tolerance)
    return simple if len(simple) > 3 else whole


def _farthest(line: Sequence[Point], start: int, end: int, limit: float) -> int | None:
    """Return the point between two others that is farthest from the line between them; None if all are nearer.

    limit : square of the distance
    """
    (ax, ay), (bx, by) = line[start], line[end]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    farthest = None
    for at in range(start + 1, end):
        x, y = line[at]
        x, y = x - ax, y - ay
        share = (x * dx + y * dy) / length if length else 0.0
        if share > 0:
            share = min(share, 1.0)
            x, y = x - share * dx, y - share * dy
        distance = x * x + y * y
        if distance > limit:
            farthest, limit = at, distance
    return farthest
