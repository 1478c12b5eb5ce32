"""How long, steep and far a route is, and how far to trust that: from its line, from documents, or at least so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carreau.catalogue.ground_distance import Point
from carreau.catalogue.route import Route
from carreau.catalogue.route_line import Effort, RouteLine
from carreau.catalogue.shortest_walk import tour_m
from carreau.catalogue.travel_time import FORMULAS

STRAIGHT, WALKED, COMPUTED, INDICATIVE = "straight", "walked", "computed", "indicative"


@dataclass(frozen=True)
class RouteMeasures:
    """What is known of a route.

    path_measure : one of `MEASURES`, or "walked" for a computed line that somebody followed
    length_km : along the line, or of a document; None where there is neither
    length_measure : the same for the length; "straight" where only the straight lines between the stops are known
    straight_km : sum of the straight lines between the stops: no way is shorter; None with fewer than two positions
    climb_m, descent_m : None where heights are unknown
    duration_min : on the way, without time at the stops
    formula : of the duration; empty where it is of a document or unknown
    stops_min : time at the stops, None where none is given
    required_… : the same without the optional stops; None without any, or where it is not known
    """

    path_measure: str
    length_km: float | None = None
    length_measure: str = INDICATIVE
    straight_km: float | None = None
    climb_m: float | None = None
    descent_m: float | None = None
    duration_min: float | None = None
    formula: str = ""
    stops_min: float | None = None
    required_km: float | None = None
    required_straight_km: float | None = None
    required_min: float | None = None


def measures_of(route: Route, positions: Sequence[Point | None], line: RouteLine | None) -> RouteMeasures:
    """Return what is known of a route.

    A number that the file gives as of a document or as measured stands; so do its climb and duration. Otherwise they
    are taken from the line. A length that is only indicative is not used: without a line, straight lines say more.

    positions : of the stops, None where unknown
    """
    path_measure = WALKED if route.walked and route.path_measure == COMPUTED else route.path_measure
    path_measure = path_measure if line else INDICATIVE
    whole = line.effort if line else None
    without = line.origin.without_optional if line else None
    is_written = route.length_km is not None and route.length_measure in ("documented", "measured")
    formula = FORMULAS.get(route.mode)
    required = [
        point for stop, point in zip(route.stop, positions, strict=True) if not stop.optional or stop is route.stop[0]
    ]
    has_optional = len(required) < len(positions)
    pauses = [stop.minutes for stop in route.stop if stop.minutes]
    return RouteMeasures(
        path_measure=path_measure,
        length_km=route.length_km if is_written else _km(whole),
        length_measure=route.length_measure if is_written else path_measure if whole else STRAIGHT,
        straight_km=_straight_km(positions, route.loop),
        climb_m=route.climb_m if route.climb_m is not None else whole.climb_m if whole else None,
        descent_m=whole.descent_m if whole else None,
        duration_min=_minutes(route, whole),
        formula=formula.name if formula and whole and route.duration_min is None else "",
        stops_min=sum(pauses) if pauses else None,
        required_km=_km(without) if has_optional else None,
        required_straight_km=_straight_km(required, route.loop) if has_optional else None,
        required_min=formula.minutes(without) if has_optional and without and formula else None,
    )


def _km(effort: Effort | None) -> float | None:
    return round(effort.length_m / 1000, 2) if effort else None


def _minutes(route: Route, whole: Effort | None) -> float | None:
    if route.duration_min is not None:
        return route.duration_min
    formula = FORMULAS.get(route.mode)
    return round(formula.minutes(whole)) if formula and whole else None


def _straight_km(positions: Sequence[Point | None], is_loop: bool | None) -> float | None:
    """Return the sum of straight lines, rounded down: no way is shorter."""
    known = [point for point in positions if point is not None]
    return int(tour_m(known, bool(is_loop)) / 10) / 100 if len(known) > 1 else None
