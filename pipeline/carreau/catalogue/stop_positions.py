"""Where one stands at the stops of a route, and in which order they come."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.ground_distance import Point
from carreau.catalogue.route import Route, Stop
from carreau.catalogue.shortest_walk import shortest_order
from carreau.catalogue.site import Position


def position_of(stop: Stop, catalogue: Catalogue) -> Position | None:
    """Return where one stands at a stop: as the stop says, else where its site or place lies; None without any."""
    site = catalogue.sites.get(stop.site)
    return stop.at or (site.of.position if site else stop.place.position if stop.place else None)


def positions_of(route: Route, catalogue: Catalogue) -> list[Point | None]:
    """Return where one stands at each stop, None where that is unknown."""
    positions = (position_of(stop, catalogue) for stop in route.stop)
    return [position.point if position else None for position in positions]


def walk_order(route: Route, catalogue: Catalogue) -> tuple[int, ...]:
    """Return the order in which the stops come, as their indices in the file.

    The first stop stays the first: one has to get there, by bus or by car, and the author knows where that is possible.
    A stop whose position is unknown stays behind the one before it.
    """
    if route.has_fixed_order:
        return tuple(range(len(route.stop)))
    points = positions_of(route, catalogue)
    known = [index for index, point in enumerate(points) if point is not None]
    groups = [range(*ends) for ends in pairwise([*([0] if known else []), *known[1:], len(points)])]
    order = shortest_order([point for point in points if point is not None], bool(route.loop))
    return tuple(index for group in order for index in groups[group]) if known else tuple(range(len(points)))


def in_walk_order(entry: Entry[Route], catalogue: Catalogue) -> Entry[Route]:
    """Return a route with its stops in the order in which they come; lines of its document are those of the file."""
    stops = tuple(entry.of.stop[index] for index in walk_order(entry.of, catalogue))
    return replace(entry, of=replace(entry.of, stop=stops))
