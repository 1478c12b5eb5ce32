"""Ask a routing service (IGN's, which runs Road2) for the way between two points, and believe only what fits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from carreau.aids.routing.json_answers import SEE_CHECK, json_answer
from carreau.air.survey.http_client import RUN_AGAIN
from carreau.air.survey.services import WayService
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import Message, Number, message
from carreau.catalogue.ground_distance import Point, distance_m, length_m
from carreau.formats.geodata import Ring, degrees

_SAME_M = 3.0
"""Points that lie closer together are one."""
_AGREES, _AGREES_M = 0.05, 30.0
"""A line and the length that stands beside it may differ by so much: the service measures on its own plane."""


class NoWayError(Exception):
    """There is no way to a point.

    cause : why, with how far the nearest way is, if there is one
    is_end : whether it is the end that cannot be reached, not the start
    """

    def __init__(self, cause: Message, is_end: bool) -> None:
        """Take both."""
        super().__init__(cause)
        self.cause, self.is_end = cause, is_end


@dataclass(frozen=True)
class Leg:
    """The way between two points.

    version : of the data of the service
    """

    points: Ring
    version: str = ""


def address_of(service: WayService, profile: str, start: Point, end: Point) -> str:
    """Return the address that asks for a way."""
    query = {
        "resource": service.resource,
        "profile": profile,
        "optimization": service.optimization,
        "start": _written(start),
        "end": _written(end),
        "geometryFormat": "geojson",
        "getSteps": "false",
        "distanceUnit": "meter",
        "timeUnit": "second",
        "crs": "EPSG:4326",
    }
    return f"{service.address}?{urlencode(query, safe=',:')}"


def _written(point: Point) -> str:
    return f"{point[0]:.6f},{point[1]:.6f}"


def way_between(source: Source, service: WayService, profile: str, start: Point, end: Point) -> Leg:
    """Return the way between two points.

    Raises NoWayError where the service knows none, or moved a point too far to reach one; ServiceError where it does
    not answer as it should.
    """
    if distance_m(start, end) < _SAME_M:
        return Leg([start, end])
    address = address_of(service, profile, start, end)
    return json_answer(source, service, address, lambda data: _leg(data, service, start, end))


def _leg(data: Any, service: WayService, start: Point, end: Point) -> Leg:
    if not isinstance(data, dict):
        raise ServiceError(service.title, message("the answer is no way"), SEE_CHECK)
    if data.get("portions") == [] or (isinstance(data.get("geometry"), dict) and not _coordinates(data)):
        raise NoWayError(message("the service knows no way to it"), is_end=True)
    try:
        points = degrees(_coordinates(data))
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise ServiceError(service.title, message("the answer is no way"), SEE_CHECK) from error
    if len(points) < 2:
        raise NoWayError(message("the service knows no way to it"), is_end=True)
    for wanted, snapped, reached, is_end in (
        (start, data.get("start"), points[0], False),
        (end, data.get("end"), points[-1], True),
    ):
        away = max(distance_m(wanted, reached), distance_m(wanted, _point(snapped) or reached))
        if away > service.snap_m:
            raise NoWayError(message("the nearest way is %(metres)s m away", metres=Number(away, ",.0f")), is_end)
    _check_length(data.get("distance"), points, service)
    version = data.get("resourceVersion")
    return Leg(points, version if isinstance(version, str) else "")


def _coordinates(data: dict[str, Any]) -> Any:
    geometry = data.get("geometry")
    is_line = isinstance(geometry, dict) and geometry.get("type") == "LineString"
    return geometry.get("coordinates") if is_line and isinstance(geometry, dict) else None


def _point(data: Any) -> Point | None:
    """Return a point as the service writes it, "lon,lat", or as a list; None for anything else."""
    try:
        lon, lat = data.split(",") if isinstance(data, str) else data
        return degrees([(lon, lat)])[0]
    except (TypeError, ValueError, OverflowError):
        return None


def _check_length(stated_m: Any, points: Ring, service: WayService) -> None:
    """Raise ServiceError where a line is much shorter or longer than the length beside it: then a part is missing."""
    if isinstance(stated_m, bool) or not isinstance(stated_m, int | float) or not math.isfinite(stated_m):
        raise ServiceError(service.title, message("the answer does not say how long the way is"), SEE_CHECK)
    length = length_m(points)
    if abs(length - stated_m) > _AGREES * length + _AGREES_M:
        answer = message(
            "the line is %(length)s m long, but is said to have %(told)s m",
            length=Number(length, ",.0f"),
            told=Number(stated_m, ",.0f"),
        )
        raise ServiceError(service.title, answer, RUN_AGAIN)
