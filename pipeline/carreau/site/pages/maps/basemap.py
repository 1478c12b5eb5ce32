"""The basemap of all maps: communes, and the outlines of the sites."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carreau.base.schema.parts import Place
from carreau.site.pages.maps.clipping import Box, Piece, Point, pieces_within, simplified, simplified_ring

Geometry = Mapping[str, Any]
"""A GeoJSON Polygon or MultiPolygon, longitudes and latitudes in WGS 84."""


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
        return _drawn(self.communes, frame, 0.8)

    def outlines_in(self, frame: Frame) -> dict[str, DrawnArea]:
        """Return the visible outlines of a map, by slug."""
        return _drawn(self.outlines, frame, 0.5)


def points_of(shape: Geometry | None) -> list[Point]:
    """Return all points of an area as (lon, lat)."""
    return [point for rings in polygons(shape) for ring in rings for point in ring]


def point_of(place: Place | None) -> Point | None:
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
    points = points_of(shape)
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return Area(name, shape, (min(lons), min(lats), max(lons), max(lats)))


def _drawn(areas: Mapping[str, Area], frame: Frame, tolerance: float) -> dict[str, DrawnArea]:
    drawn = {}
    for key, area in areas.items():
        west, south, east, north = area.box
        (left, top), (right, bottom) = frame.at(west, north), frame.at(east, south)
        if right < 0 or bottom < 0 or left > frame.width or top > frame.height:
            continue
        path = area_path(area.geometry, frame, tolerance)
        if path:
            drawn[key] = _labelled(area, path, frame)
    return drawn


def _labelled(area: Area, path: str, frame: Frame) -> DrawnArea:
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
    return svg_path(simplified(placed, tolerance), closed=False) if len(placed) > 1 else ""


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
