"""The basemap of all maps: communes, and the outlines of the sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carreau.base.schema.place import Place
from carreau.site.pages.maps.projection import Box, Frame, Geometry, Point
from carreau.site.pages.maps.simplify_lines import area_path, polygons, visible_parts


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
    parts = list(visible_parts(area.geometry, frame))
    if not parts:
        return DrawnArea(area.name, path, 0, 0, is_large=False)
    largest = max(parts, key=lambda part: part.area)
    left, _, right, _ = largest.bounds
    is_large = largest.area > 4000 and right - left > 11 * len(area.name)
    return DrawnArea(area.name, path, round(largest.centroid.x), round(largest.centroid.y), is_large)
