"""Where one stands at the stops of a route."""

from __future__ import annotations

from pipeline.catalogue.catalogue import Catalogue
from pipeline.catalogue.ground_distance import Point
from pipeline.catalogue.route import Route, Stop
from pipeline.catalogue.site import Position


def position_of(stop: Stop, catalogue: Catalogue) -> Position | None:
    """Return where one stands at a stop: as the stop says, else where its site or place lies; None without any."""
    site = catalogue.sites.get(stop.site)
    return stop.at or (site.of.position if site else stop.place.position if stop.place else None)


def positions_of(route: Route, catalogue: Catalogue) -> list[Point | None]:
    """Return where one stands at each stop, None where that is unknown."""
    positions = (position_of(stop, catalogue) for stop in route.stop)
    return [position.point if position else None for position in positions]
