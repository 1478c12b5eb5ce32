"""The maps: of all sites, of one site with its surroundings, of a route, and of a trail."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from carreau.base.schema.itineraries import Route, Trail
from carreau.base.schema.site import Card, Site
from carreau.site.pages.basemap import (
    Basemap,
    Box,
    DrawnArea,
    Frame,
    Geometry,
    Point,
    area_path,
    frame_around,
    line_path,
    list_points,
    place_lon_lat,
    scale_bar,
)

HOME = (1000, 800)
PLACE = (600, 450)
_BAR = 190
"""Width of the corner of the scale bar."""

_STEPS = (0, *(sign * step for step in range(12, 121, 12) for sign in (-1, 1)))
"""Vertical offsets of a label, in the order of the attempts."""

GAP = 27.0
"""Minimum distance of two markers, in the units of a drawing: 24 CSS pixels from about 56 rem on."""
STOP_GAP = 34.0
"""Minimum distance of two stops, whose numbers are larger on narrow screens."""


@dataclass(frozen=True)
class Marker:
    """A site or a stop on a map.

    key : slug of the site, or number of the stop
    x, y : position of the marker; from_x, from_y : position of the place
    """

    key: str
    x: int
    y: int
    from_x: int
    from_y: int

    @property
    def is_moved(self) -> bool:
        """Whether a line has to connect the marker with the place."""
        return abs(self.x - self.from_x) + abs(self.y - self.from_y) > 6


@dataclass(frozen=True)
class Ground:
    """A picture from above whose rows and columns are parallels and meridians.

    bounds : west, south, east and north, in degrees
    """

    url: str
    bounds: Box


@dataclass(frozen=True)
class LaidGround:
    """A picture under a map: its upper left corner and its size, in the units of the map."""

    url: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Map:
    """A map.

    communes : by INSEE code; counts : number of sites of each
    outlines : by slug
    shape : path of the site of the map
    way : path of the route; ways : paths of all routes, and whether each is only indicative
    bar : scale bar: metres and units
    bounds : west, south, east and north, in degrees
    ground : the picture under it, None for none
    """

    width: int
    height: int
    communes: Mapping[str, DrawnArea]
    outlines: Mapping[str, DrawnArea]
    markers: Sequence[Marker] = ()
    counts: Mapping[str, int] | None = None
    shape: str = ""
    way: str = ""
    ways: Sequence[tuple[str, bool]] = ()
    bar: tuple[int, int] = (0, 0)
    bounds: Box = (0.0, 0.0, 0.0, 0.0)
    ground: LaidGround | None = None

    @property
    def sides(self) -> str:
        """Return the bounds as an attribute value, with seven decimals, which is a centimetre."""
        return " ".join(f"{side:.7f}" for side in self.bounds)


def lay_ground(ground: Ground | None, frame: Frame) -> LaidGround | None:
    """Return a picture in its place under a map; None where it does not reach it."""
    if ground is None:
        return None
    west, south, east, north = ground.bounds
    (left, top), (right, bottom) = frame.at(west, north), frame.at(east, south)
    if right <= 0 or bottom <= 0 or left >= frame.width or top >= frame.height:
        return None
    return LaidGround(ground.url, round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2))


def home_map(
    cards: Iterable[Card], basemap: Basemap, routes: Iterable[Route] = (), ground: Ground | None = None
) -> Map | None:
    """Return the map of all sites and routes; None if no position is known."""
    shown = [card for card in cards if card.position and not card.is_off_map]
    places = [(card.position.lon, card.position.lat) for card in shown if card.position]
    frame = frame_around(places, *HOME, margin=0.06, least_m=4000)
    if frame is None:
        return None
    markers = _markers([card.slug for card in shown], places, frame)
    return Map(
        *HOME,
        communes=_avoid_markers(basemap.communes_in(frame), markers, frame),
        outlines=basemap.outlines_in(frame),
        markers=markers,
        counts=Counter(card.insee for card in shown),
        ways=[(line_path(route.path, frame), _is_indicative(route)) for route in routes if route.path],
        bar=scale_bar(frame),
        bounds=frame.bounds,
        ground=lay_ground(ground, frame),
    )


def site_map(site: Site, outline: Geometry | None, basemap: Basemap, ground: Ground | None = None) -> Map | None:
    """Return the map of a site and its surroundings; None for one off the map, or without a position."""
    place = place_lon_lat(site.position)
    if site.is_off_map:
        return None
    points = list_points(outline) or ([place] if place else [])
    frame = frame_around(points, *PLACE, margin=0.28, least_m=2400)
    if frame is None:
        return None
    others = {slug: drawn for slug, drawn in basemap.outlines_in(frame).items() if slug != site.slug}
    shape = area_path(outline, frame, 0.4)
    markers = _markers([site.slug], [place], frame) if place and _is_tiny(points, frame) else []
    return Map(
        *PLACE,
        communes=_avoid_markers(basemap.communes_in(frame), markers, frame),
        outlines=others,
        markers=markers,
        shape=shape,
        bar=scale_bar(frame),
        bounds=frame.bounds,
        ground=lay_ground(ground, frame),
    )


def route_map(route: Route, basemap: Basemap, ground: Ground | None = None) -> Map | None:
    """Return the map of a route with its stops; None without any position."""
    placed = [(str(stop.number), place) for stop in route.stops if (place := place_lon_lat(stop.position))]
    frame = frame_around([*route.path, *(place for _, place in placed)], *PLACE, margin=0.09, least_m=700)
    if frame is None:
        return None
    return _numbered_map(placed, frame, basemap, ground, line_path(route.path, frame))


def trail_map(trail: Trail, basemap: Basemap, ground: Ground | None = None) -> Map | None:
    """Return the map of a trail with the numbers of its chapters; None without any position."""
    placed = [
        (str(each.number), place)
        for each in trail.chapters
        if each.where and (place := place_lon_lat(each.where.position))
    ]
    frame = frame_around([place for _, place in placed], *PLACE, margin=0.14, least_m=2400)
    if frame is None:
        return None
    return _numbered_map(placed, frame, basemap, ground)


def _numbered_map(
    placed: Sequence[tuple[str, Point]], frame: Frame, basemap: Basemap, ground: Ground | None, way: str = ""
) -> Map:
    """Return a map with places marked by their numbers, and the way between them."""
    markers = _markers([key for key, _ in placed], [place for _, place in placed], frame, STOP_GAP)
    return Map(
        *PLACE,
        communes=_avoid_markers(basemap.communes_in(frame), markers, frame),
        outlines=basemap.outlines_in(frame),
        markers=markers,
        way=way,
        bar=scale_bar(frame),
        bounds=frame.bounds,
        ground=lay_ground(ground, frame),
    )


def _is_indicative(route: Route) -> bool:
    return route.path_measure.code == "indicative"


def _markers(keys: Sequence[str], places: Sequence[Point], frame: Frame, gap: float = GAP) -> list[Marker]:
    drawn = [frame.at(*place) for place in places]
    moved = declutter(drawn, gap, frame.box(-gap / 2 - 2))
    return [
        Marker(key, round(x), round(y), round(from_x), round(from_y))
        for key, (x, y), (from_x, from_y) in zip(keys, moved, drawn, strict=True)
    ]


def _is_tiny(points: Sequence[Point], frame: Frame) -> bool:
    """Return whether a place is smaller than a marker on the map."""
    drawn = [frame.at(*point) for point in points]
    return all(max(axis) - min(axis) < GAP for axis in zip(*drawn, strict=True))


def _avoid_markers(communes: Mapping[str, DrawnArea], markers: Sequence[Marker], frame: Frame) -> dict[str, DrawnArea]:
    """Return communes with their labels moved vertically to avoid the markers, as little as possible."""

    def is_free(drawn: DrawnArea, y: int) -> bool:
        half = 4.5 * len(drawn.name) + GAP / 2
        if y > frame.height - 60 and drawn.x + half > frame.width - _BAR:
            return False
        return 20 < y < frame.height - 12 and not any(
            abs(marker.x - drawn.x) < half and abs(marker.y - y + 5) < 20 for marker in markers
        )

    moved = {}
    for insee, drawn in communes.items():
        y = next((drawn.y + step for step in _STEPS if is_free(drawn, drawn.y + step)), drawn.y)
        moved[insee] = replace(drawn, y=y)
    return moved


_ROUNDS = 120
_MOST = 300
"""Markers that have room on a map; if there are more, none is moved."""


def declutter(places: Sequence[Point], gap: float, box: Box) -> list[Point]:
    """Return points moved apart to at least a gap, as far as the number of rounds suffices.

    gap : minimum distance between two points, in their units
    box : limits of the points
    """
    points = list(places)
    if len(points) > _MOST:
        return points
    for _ in range(_ROUNDS):
        if not _one_round(points, gap, box):
            break
    return points


def _one_round(points: list[Point], gap: float, box: Box) -> bool:
    """Push apart each pair that is too close, half of the distance each; return whether there was one."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, (x, y) in enumerate(points):
        cells[int(x // gap), int(y // gap)].append(at)
    pairs = [
        (one, other)
        for (column, row), members in cells.items()
        for one in members
        for other_column in (column - 1, column, column + 1)
        for other_row in (row - 1, row, row + 1)
        for other in cells.get((other_column, other_row), ())
        if one < other
    ]
    was_near = False
    left, top, right, bottom = box
    for one, other in sorted(pairs):
        dx, dy = points[other][0] - points[one][0], points[other][1] - points[one][1]
        apart = math.hypot(dx, dy)
        if apart >= gap - 0.01:
            continue
        was_near = True
        # Coincident points move in directions of their own, so that many do not form a row.
        turn = 2.4 * other
        unit = (dx / apart, dy / apart) if apart > 1e-6 else (math.cos(turn), math.sin(turn))
        push = (gap - apart) / 2 + 0.05
        for at, sign in ((one, -1), (other, 1)):
            x, y = points[at][0] + sign * unit[0] * push, points[at][1] + sign * unit[1] * push
            points[at] = min(max(x, left), right), min(max(y, top), bottom)
    return was_near


_CLASSES = {"habitat": "theme-home", "cadre de vie": "theme-life", "exploitation": "theme-mine"}
_SHAPES = {
    "theme-home": "M{x} {y}m-9-1l9-9 9 9v10h-18z",
    "theme-life": "M{x} {y}m-9 0a9 9 0 1 1 18 0a9 9 0 1 1-18 0z",
    "theme-mine": "M{x} {y}m0-11l11 19h-22z",
    "theme-other": "M{x} {y}m0-10l10 10-10 10-10-10z",
}
REACH = 13
"""Radius of the touch target of a marker, in units of the map."""


def theme_class(code: str) -> str:
    """Return the CSS class of a theme, which sets its colour.

    >>> theme_class("cadre de vie"), theme_class("new")
    ('theme-life', 'theme-other')
    """
    return _CLASSES.get(code, "theme-other")


def marker_shape(code: str, x: int, y: int) -> Markup:
    """Return the icon of a theme, centred at a point."""
    path = _SHAPES[theme_class(code)].format(x=x, y=y)
    return Markup('<circle class="map-reach" cx="{}" cy="{}" r="{}"/><path d="{}"/>').format(x, y, REACH, path)
