"""Clip and simplify lines and areas, and write them as short SVG paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from carreau.site.pages.maps.projection import Frame, Geometry, Point

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

Line = Sequence[Sequence[float]]


def polygons(geometry: Geometry | None) -> Iterator[list[list[Point]]]:
    """Yield the rings of each polygon of a GeoJSON Polygon or MultiPolygon, as (lon, lat); nothing for any other."""
    if not geometry:
        return
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or ()
    for polygon in [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else ():
        yield [[(float(point[0]), float(point[1])) for point in ring] for ring in polygon]


def visible_parts(geometry: Geometry | None, frame: Frame, margin: float = 0) -> Iterator[Polygon]:
    """Yield the parts of an area inside a frame, in the units of the drawing, without rings of fewer than 3 points."""
    import shapely  # takes 0.1 s, which a publish without changes saves

    box = shapely.box(*frame.box(margin))
    for rings in polygons(geometry):
        placed = [[frame.at(*point) for point in ring] for ring in rings if len(set(ring)) > 2]
        if placed:
            area: BaseGeometry = shapely.Polygon(placed[0], placed[1:])
            if not area.is_valid:  # hand-drawn outlines may cross themselves
                area = shapely.make_valid(area, method="structure", keep_collapsed=False)
            parts = shapely.get_parts(shapely.intersection(area, box))
            yield from (part for part in parts if isinstance(part, shapely.Polygon) and part.area)


def area_path(geometry: Geometry | None, frame: Frame, tolerance: float = 0.7, margin: float = 20) -> str:
    """Return the SVG path of an area, empty if it is outside the frame."""
    return "".join(_polygon_path(part, tolerance) for part in visible_parts(geometry, frame, margin))


def _polygon_path(part: Polygon, tolerance: float) -> str:
    """Return the SVG path of a polygon; its holes have the opposite orientation, so that they are not filled."""
    import shapely

    simplified = shapely.orient_polygons(shapely.simplify(part, tolerance))
    return "".join(svg_path(list(ring.coords), closed=True) for ring in (simplified.exterior, *simplified.interiors))


def line_path(points: Iterable[Point], frame: Frame, tolerance: float = 0.5) -> str:
    """Return the SVG path of a line of (lon, lat)."""
    placed = [frame.at(*point) for point in points]
    if len(placed) < 2:
        return ""
    import shapely

    return svg_path(list(shapely.simplify(shapely.LineString(placed), tolerance).coords), closed=False)


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
