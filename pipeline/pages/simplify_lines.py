"""Draw lines and areas with few points: cut off what lies outside, leave out what nobody sees, write it short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.pages.edition import Geometry
from pipeline.pages.projection import Frame, Point

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
    """Yield what lies in a drawing of an area, in the units of the drawing; rings without three points are left out."""
    import shapely  # 0.1 s, which a publish without a change does not take

    box = shapely.box(*frame.box(margin))
    for rings in polygons(geometry):
        placed = [[frame.at(*point) for point in ring] for ring in rings if len(set(ring)) > 2]
        if placed:
            whole: BaseGeometry = shapely.Polygon(placed[0], placed[1:])
            if not whole.is_valid:  # outlines that people draw may cross themselves
                whole = shapely.make_valid(whole, method="structure", keep_collapsed=False)
            seen = shapely.get_parts(shapely.intersection(whole, box))
            yield from (part for part in seen if isinstance(part, shapely.Polygon) and part.area)


def drawn_area(geometry: Geometry | None, frame: Frame, tolerance: float = 0.7, margin: float = 20) -> str:
    """Return the path of an area in a drawing, empty where none of it is seen."""
    return "".join(_area_path(part, tolerance) for part in visible_parts(geometry, frame, margin))


def _area_path(part: Polygon, tolerance: float) -> str:
    """Return the path of a polygon; its holes turn the other way, which keeps them empty."""
    import shapely

    simplified = shapely.orient_polygons(shapely.simplify(part, tolerance))
    return "".join(path_of(list(ring.coords), closed=True) for ring in (simplified.exterior, *simplified.interiors))


def drawn_line(points: Iterable[Point], frame: Frame, tolerance: float = 0.5) -> str:
    """Return the path of a line of (lon, lat) in a drawing."""
    placed = [frame.at(*point) for point in points]
    if len(placed) < 2:
        return ""
    import shapely

    return path_of(list(shapely.simplify(shapely.LineString(placed), tolerance).coords), closed=False)


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
