"""Know the land that all maps are drawn on: communes, and the outlines of the sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.pages.edition import Edition, Geometry
from pipeline.pages.projection import Box, Frame, Point
from pipeline.pages.simplify_lines import drawn_area, polygons, visible_parts
from pipeline.schema.place import Place


@dataclass(frozen=True)
class Land:
    """An area with the box around it, in degrees."""

    name: str
    geometry: Geometry
    box: Box


@dataclass(frozen=True)
class Drawn:
    """An area in a drawing.

    x, y : where its name stands
    is_large : whether its name finds room
    """

    name: str
    path: str
    x: int
    y: int
    is_large: bool


class Atlas:
    """The communes by INSEE code, and the outlines by slug."""

    def __init__(self, edition: Edition) -> None:
        """Measure them once for all maps."""
        self.communes = dict(_communes(edition.communes))
        self.outlines = {slug: land for slug, shape in edition.outlines.items() if (land := _land(slug, shape))}

    def communes_in(self, frame: Frame) -> dict[str, Drawn]:
        """Return what is seen of the communes in a drawing, by INSEE code."""
        return _drawn(self.communes, frame, 0.8)

    def outlines_in(self, frame: Frame) -> dict[str, Drawn]:
        """Return what is seen of the outlines, by slug."""
        return _drawn(self.outlines, frame, 0.5)


def points_of(shape: Geometry | None) -> list[Point]:
    """Return all points of an area as (lon, lat)."""
    return [point for rings in polygons(shape) for ring in rings for point in ring]


def point_of(place: Place | None) -> Point | None:
    """Return a place as (lon, lat), None where nobody knows it."""
    return (place.lon, place.lat) if place else None


def _communes(features: Mapping[str, object]) -> Iterator[tuple[str, Land]]:
    found = features.get("features")
    for feature in found if isinstance(found, list) else ():
        named = feature["properties"]
        land = _land(str(named["nom"]), feature["geometry"])
        if land:
            yield str(named["insee"]), land


def _land(name: str, shape: Geometry) -> Land | None:
    points = points_of(shape)
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return Land(name, shape, (min(lons), min(lats), max(lons), max(lats)))


def _drawn(lands: Mapping[str, Land], frame: Frame, tolerance: float) -> dict[str, Drawn]:
    found = {}
    for key, land in lands.items():
        west, south, east, north = land.box
        (left, top), (right, bottom) = frame.at(west, north), frame.at(east, south)
        if right < 0 or bottom < 0 or left > frame.width or top > frame.height:
            continue
        path = drawn_area(land.geometry, frame, tolerance)
        if path:
            found[key] = _named(land, path, frame)
    return found


def _named(land: Land, path: str, frame: Frame) -> Drawn:
    """Return an area with the middle of what is seen of it; its name wants about eleven units a letter."""
    parts = list(visible_parts(land.geometry, frame))
    if not parts:
        return Drawn(land.name, path, 0, 0, is_large=False)
    seen = max(parts, key=lambda part: part.area)
    left, _, right, _ = seen.bounds
    is_large = seen.area > 4000 and right - left > 11 * len(land.name)
    return Drawn(land.name, path, round(seen.centroid.x), round(seen.centroid.y), is_large)
