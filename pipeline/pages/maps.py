"""Draw the maps: of all sites, of one with its neighbours, and of a route. No language is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.pages.basemap import Atlas, Drawn, point_of, points_of
from pipeline.pages.declutter import moved_apart
from pipeline.pages.edition import Geometry
from pipeline.pages.projection import Box, Frame, Point, frame_around, scale_bar
from pipeline.pages.simplify_lines import drawn_area, drawn_line
from pipeline.schema.route import Route
from pipeline.schema.site import Card, Site

HOME = (1000, 800)
PLACE = (600, 450)
_BAR = 190
"""Width of the corner that the scale bar stands in."""

_STEPS = (0, *(sign * step for step in range(12, 121, 12) for sign in (-1, 1)))
"""How far a name is moved up or down, in the order that is tried."""

GAP = 27.0
"""Between the middles of two signs, in the units of a drawing: 24 CSS pixels from about 56 rem on."""
STOP_GAP = 34.0
"""Between the numbers of two stops, which are drawn larger on a narrow screen."""


@dataclass(frozen=True)
class Sign:
    """A site or a stop on a map.

    key : slug of the site, or number of the stop
    x, y : where the sign stands; from_x, from_y : the place itself
    """

    key: str
    x: int
    y: int
    from_x: int
    from_y: int

    @property
    def is_moved(self) -> bool:
        """Say whether a line has to lead from the sign to the place."""
        return abs(self.x - self.from_x) + abs(self.y - self.from_y) > 6


@dataclass(frozen=True)
class Map:
    """A map.

    communes : by INSEE code; counts : how many signs each has
    outlines : by slug
    shape : path of the site that the map is about
    way : path of a route; ways : of all routes, with whether they are only indicative
    bar : scale bar: metres and units
    bounds : west, south, east and north, in degrees
    """

    width: int
    height: int
    communes: Mapping[str, Drawn]
    outlines: Mapping[str, Drawn]
    signs: Sequence[Sign] = ()
    counts: Mapping[str, int] | None = None
    shape: str = ""
    way: str = ""
    ways: Sequence[tuple[str, bool]] = ()
    bar: tuple[int, int] = (0, 0)
    bounds: Box = (0.0, 0.0, 0.0, 0.0)

    @property
    def sides(self) -> str:
        """Return the bounds as pages write them: to a seventh decimal, which is a centimetre."""
        return " ".join(f"{side:.7f}" for side in self.bounds)


def home_map(cards: Iterable[Card], atlas: Atlas, routes: Iterable[Route] = ()) -> Map | None:
    """Return the map of all sites and routes; None where nobody knows where any site is."""
    shown = [card for card in cards if card.position and not card.position.is_simulated]
    places = [(card.position.lon, card.position.lat) for card in shown if card.position]
    frame = frame_around(places, *HOME, margin=0.06, least_m=4000)
    if frame is None:
        return None
    signs = _signs([card.slug for card in shown], places, frame)
    return Map(
        *HOME,
        communes=_beside(atlas.communes_in(frame), signs, frame),
        outlines=atlas.outlines_in(frame),
        signs=signs,
        counts=Counter(card.insee for card in shown),
        ways=[(drawn_line(route.path, frame), _is_indicative(route)) for route in routes if route.path],
        bar=scale_bar(frame),
        bounds=frame.bounds,
    )


def site_map(site: Site, outline: Geometry | None, atlas: Atlas) -> Map | None:
    """Return the map of a site and what is around it; None where nobody knows where it is, or nothing is there."""
    place = point_of(site.position)
    if site.position and site.position.is_simulated:
        return None
    points = points_of(outline) or ([place] if place else [])
    frame = frame_around(points, *PLACE, margin=0.28, least_m=2400)
    if frame is None:
        return None
    others = {slug: drawn for slug, drawn in atlas.outlines_in(frame).items() if slug != site.slug}
    shape = drawn_area(outline, frame, 0.4)
    signs = _signs([site.slug], [place], frame) if place and _is_tiny(points, frame) else []
    return Map(
        *PLACE,
        communes=_beside(atlas.communes_in(frame), signs, frame),
        outlines=others,
        signs=signs,
        shape=shape,
        bar=scale_bar(frame),
        bounds=frame.bounds,
    )


def route_map(route: Route, atlas: Atlas) -> Map | None:
    """Return the map of a route with its stops; None where nobody knows where they are."""
    placed = [(str(stop.number), place) for stop in route.stops if (place := point_of(stop.position))]
    frame = frame_around([*route.path, *(place for _, place in placed)], *PLACE, margin=0.09, least_m=700)
    if frame is None:
        return None
    signs = _signs([key for key, _ in placed], [place for _, place in placed], frame, STOP_GAP)
    return Map(
        *PLACE,
        communes=_beside(atlas.communes_in(frame), signs, frame),
        outlines=atlas.outlines_in(frame),
        signs=signs,
        way=drawn_line(route.path, frame),
        bar=scale_bar(frame),
        bounds=frame.bounds,
    )


def thumbnail(outline: Geometry | None) -> str:
    """Return the outline of a site as a small sign of 120 by 90 units, whatever its size; empty where there is none."""
    frame = frame_around(points_of(outline), 120, 90, margin=0.1)
    return drawn_area(outline, frame, 0.8) if frame else ""


def _is_indicative(route: Route) -> bool:
    return route.path_measure.code == "indicative"


def _signs(keys: Sequence[str], places: Sequence[Point], frame: Frame, gap: float = GAP) -> list[Sign]:
    drawn = [frame.at(*place) for place in places]
    moved = moved_apart(drawn, gap, frame.box(-gap / 2 - 2))
    return [
        Sign(key, round(x), round(y), round(from_x), round(from_y))
        for key, (x, y), (from_x, from_y) in zip(keys, moved, drawn, strict=True)
    ]


def _is_tiny(points: Sequence[Point], frame: Frame) -> bool:
    """Say whether a place is drawn smaller than its sign would be."""
    drawn = [frame.at(*point) for point in points]
    return all(max(axis) - min(axis) < GAP for axis in zip(*drawn, strict=True))


def _beside(communes: Mapping[str, Drawn], signs: Sequence[Sign], frame: Frame) -> dict[str, Drawn]:
    """Return communes with their names where they cover no sign, as near as there is room for it."""

    def is_free(drawn: Drawn, y: int) -> bool:
        half = 4.5 * len(drawn.name) + GAP / 2
        if y > frame.height - 60 and drawn.x + half > frame.width - _BAR:
            return False
        return 20 < y < frame.height - 12 and not any(
            abs(s.x - drawn.x) < half and abs(s.y - y + 5) < 20 for s in signs
        )

    found = {}
    for insee, drawn in communes.items():
        y = next((drawn.y + step for step in _STEPS if is_free(drawn, drawn.y + step)), drawn.y)
        found[insee] = replace(drawn, y=y)
    return found
