"""Compute the line of a route: the ways from stop to stop, joined, with their heights."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from carreau.air.airborne.survey_record import NAME, Role, read
from carreau.air.survey.gather import TERRITORY_FOLDER
from carreau.air.survey.http_client import RUN_AGAIN, Asked
from carreau.air.survey.services import HeightService, HttpService, Services, WayService, credit_line
from carreau.air.survey.source import Source
from carreau.base.errors import ScanError, ServiceError
from carreau.base.messages import Message, Number, join_messages, message
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.route import Origin, Point, Route, RouteLine, distance_m, length_m
from carreau.formats.geodata import Ring, degrees

_DETOUR, _DETOUR_M = 4.0, 600.0
"""A leg so many times as long as the straight line, and longer than so many metres, is told."""


@dataclass(frozen=True)
class ComputedLine:
    """A line that was computed, and what is told of it."""

    line: RouteLine
    remarks: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Tour:
    """Where a line has to pass.

    stops : number of each stop from 1, and where one stands there; the first one again at the end of a loop
    """

    stops: tuple[tuple[int, Point], ...]

    @property
    def legs(self) -> list[tuple[tuple[int, Point], tuple[int, Point]]]:
        """Return each two stops that follow each other."""
        return list(pairwise(self.stops))


Tours = tuple[Tour, Tour | None]
"""The tour past all stops, and that without the optional ones; None where there are none."""


def plan_tours(entry: Entry[Route], positions: Sequence[Point | None], order: Sequence[int]) -> Tours:
    """Return the tours of a route; raises ScanError for a stop without a position.

    entry : with its stops in walking order
    positions : of the stops in the order of the file; order : their indices there, in walking order
    """
    route, numbered = entry.of, list[tuple[int, Point]]()
    for number, position in enumerate(positions, 1):
        if position is None:
            cause, cure = message("nobody knows where this stop is"), message("write its position in [stop.at]")
            raise ScanError(entry.document.name, f"stop {number}", cause, cure)
        numbered.append((number, position))
    if len(numbered) < 2:
        cause, cure = message("a route needs at least two stops"), message("add a second [[stop]]")
        raise ScanError(entry.document.name, "stop", cause, cure)
    numbered = [numbered[index] for index in order]
    required = [each for each, stop in zip(numbered, route.stop, strict=True) if not stop.optional or each[0] == 1]
    closed = numbered[:1] if route.loop else []
    without = Tour((*required, *closed)) if 2 <= len(required) < len(numbered) else None
    return Tour((*numbered, *closed)), without


def computed_line(
    entry: Entry[Route], tours: Tours, assets: Path, source: Source, services: Services, day: date
) -> ComputedLine:
    """Return the line of a route along paths and streets.

    tours : as `plan_tours` has them

    Raises ScanError for a stop that no way leads to, or a travel mode that the service does not know; ServiceError
    where it does not answer as it should.
    """
    profile = find_profile(entry, services)
    tour, without = tours
    remarks, versions = list[Message](), dict[str, None]()
    points = _join_ways(entry, tour, profile, source, services, remarks, versions)
    line, heights = _with_heights(points, assets, source, services, day, remarks)
    shorter_effort = None
    if without is not None:
        shorter = _join_ways(entry, without, profile, source, services, [], versions)
        shorter_effort = _with_heights(shorter, assets, source, services, day, [])[0].effort
    version, service = " – ".join(versions), services.way
    credit = service.credit.format(resource=service.resource, version=version or "?", gathered=f"{day:%d/%m/%Y}")
    origin = Origin(
        engine=service.engine,
        resource=service.resource,
        version=version,
        profile=profile,
        day=day.isoformat(),
        credit=credit,
        licence=service.licence,
        source=service.source,
        heights=heights.credit if heights else "",
        stops=[point for _, point in tour.stops],
        without_optional=shorter_effort,
    )
    if entry.of.mode == "bike" and profile == "pedestrian":
        remarks.append(
            message(
                "the service has no profile for bicycles: the way is one on foot; steps, one-way streets and bans on "
                "bicycles are not considered"
            )
        )
    return ComputedLine(RouteLine(line.points, line.heights, origin), tuple(remarks))


def find_profile(entry: Entry[Route], services: Services) -> str:
    """Return the profile of the service for the travel mode of a route; raises ScanError where it has none."""
    profile = services.way.profiles.get(entry.of.mode)
    if profile is None:
        cause = message("the service computes no ways for the travel mode '%(mode)s'", mode=entry.of.mode)
        raise ScanError(entry.document.name, "mode", cause, message("draw the line, or import it with --gpx"))
    return profile


def _join_ways(
    entry: Entry[Route], tour: Tour, profile: str, source: Source, services: Services, remarks: list[Message],
    versions: dict[str, None],
) -> Ring:  # fmt: skip
    """Return the ways of a tour as one line; raises ScanError that names all stops that no way leads to."""
    points, apart = Ring(), dict[int, Message]()
    for (one, start), (other, end) in tour.legs:
        try:
            leg = way_between(source, services.way, profile, start, end)
        except NoWayError as error:
            apart.setdefault(other if error.is_end else one, error.cause)
            continue
        except ServiceError as error:
            answer = message("stop %(one)s to %(other)s: %(answer)s", one=one, other=other, answer=error.answer)
            raise type(error)(error.layer, answer, error.cure) from error
        if leg.version:
            versions[leg.version] = None
        length, straight = length_m(leg.points), distance_m(start, end)
        if length > _DETOUR_M and length > _DETOUR * straight:
            remarks.append(
                message(
                    "the way from stop %(one)s to %(other)s has %(length)s m for %(straight)s m in a straight line",
                    one=one,
                    other=other,
                    length=Number(length, ",.0f"),
                    straight=Number(straight, ",.0f"),
                )
            )
        points += leg.points[1:] if points and points[-1] == leg.points[0] else leg.points
    if apart:
        numbers = ", ".join(map(str, sorted(apart)))
        cause = join_messages([apart[number] for number in sorted(apart)], ", ")
        cure = message("write in [stop.at] where one stands on a street or path, or draw the line")
        raise ScanError(entry.document.name, f"stop {numbers}", cause, cure)
    return points


def _with_heights(
    points: Ring, assets: Path, source: Source, services: Services, day: date, remarks: list[Message]
) -> tuple[RouteLine, Heights | None]:
    """Return a line with heights where they are known; if a service fails, a remark says so, and the line stays flat.

    It has the same points in both cases.
    """
    dense = densify(points, services.heights.step_m)
    try:
        heights = heights_along(dense, assets, source, services, day)
    except ServiceError as error:
        remarks.append(message("without heights, so without climbs: %(reason)s", reason=error.message))
        return RouteLine(dense), None
    return RouteLine(dense, heights.metres), heights


def with_heights(line: RouteLine, assets: Path, source: Source, services: Services, day: date) -> ComputedLine:
    """Return an imported line with the heights of the terrain."""
    remarks = list[Message]()
    raised, heights = _with_heights(line.points, assets, source, services, day, remarks)
    origin = replace(line.origin, heights=heights.credit if heights else "")
    return ComputedLine(RouteLine(raised.points, raised.heights, origin), tuple(remarks))


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


def way_address(service: WayService, profile: str, start: Point, end: Point) -> str:
    """Return the address that asks for a way."""
    query = {
        "resource": service.resource,
        "profile": profile,
        "optimization": service.optimization,
        "start": _write_point(start),
        "end": _write_point(end),
        "geometryFormat": "geojson",
        "getSteps": "false",
        "distanceUnit": "meter",
        "timeUnit": "second",
        "crs": "EPSG:4326",
    }
    return f"{service.address}?{urlencode(query, safe=',:')}"


def _write_point(point: Point) -> str:
    return f"{point[0]:.6f},{point[1]:.6f}"


def way_between(source: Source, service: WayService, profile: str, start: Point, end: Point) -> Leg:
    """Return the way between two points.

    Raises NoWayError where the service knows none, or moved a point too far to reach one; ServiceError where it does
    not answer as it should.
    """
    if distance_m(start, end) < _SAME_M:
        return Leg([start, end])
    address = way_address(service, profile, start, end)
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


@dataclass(frozen=True)
class Heights:
    """Heights of points above the sea in metres, and whom they belong to."""

    metres: tuple[float, ...]
    credit: str


def densify(points: Ring, step_m: float) -> Ring:
    """Return a line with further points on its segments, so that no two lie further apart than a step."""
    result = points[:1]
    for one, other in pairwise(points):
        count = max(1, math.ceil(distance_m(one, other) / step_m))
        result += [
            (one[0] + (other[0] - one[0]) * part / count, one[1] + (other[1] - one[1]) * part / count)
            for part in range(1, count)
        ] + [other]
    return result


def heights_along(points: Ring, assets: Path, source: Source, services: Services, day: date) -> Heights:
    """Return the height of each point; raises ServiceError where neither the relief nor the service knows them all."""
    gathered = _gather_heights(points, assets)
    if gathered is not None:
        return gathered
    service = services.heights
    metres = list[float]()
    for first in range(0, len(points), service.points):
        metres += asked_heights(points[first : first + service.points], source, service)
    return Heights(tuple(metres), credit_line(service.credit, day))


def _gather_heights(points: Ring, assets: Path) -> Heights | None:
    """Return heights from the relief of the territory; None where it is missing, damaged, or has a void on the line."""
    path = assets / TERRITORY_FOLDER / NAME
    if not path.is_file():
        return None
    import numpy as np
    from pyproj import Transformer
    from scipy.ndimage import map_coordinates

    from carreau.air.airborne.survey_layers import read_heights

    try:
        record = read(path)
        values, grid = read_heights(path.parent, record)
    except ScanError:
        return None
    to_plane = Transformer.from_crs("EPSG:4326", f"EPSG:{record.epsg}", always_xy=True)
    east, north = (
        np.asarray(each) for each in to_plane.transform([lon for lon, _ in points], [lat for _, lat in points])
    )
    row = (grid.north - north) / grid.pixel_m - 0.5
    column = (east - grid.west) / grid.pixel_m - 0.5
    metres = map_coordinates(values.astype(np.float64), [row, column], order=1, mode="constant", cval=np.nan)
    if not np.isfinite(metres).all():
        return None
    owners = dict.fromkeys(layer.credit for layer in record.of(Role.TERRAIN) if layer.credit)
    return Heights(tuple(round(float(each), 2) for each in metres), " ; ".join(owners))


def asked_heights(points: Ring, source: Source, service: HeightService) -> list[float]:
    """Return the heights of some points; raises ServiceError."""
    query = {
        "lon": "|".join(f"{lon:.6f}" for lon, _ in points),
        "lat": "|".join(f"{lat:.6f}" for _, lat in points),
        "resource": service.resource,
        "delimiter": "|",
        "zonly": "false",
    }
    address = f"{service.address}?{urlencode(query, safe='|')}"
    return json_answer(source, service, address, lambda data: _metres(data, len(points), service))


def _metres(data: Any, count: int, service: HeightService) -> list[float]:
    try:
        metres = [float(each["z"] if isinstance(each, dict) else each) for each in data["elevations"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ServiceError(service.title, message("the answer holds no heights"), SEE_CHECK) from error
    if len(metres) != count:
        answer = message("%(found)s heights came for %(count)s points", found=len(metres), count=count)
        raise ServiceError(service.title, answer, RUN_AGAIN)
    if not all(service.lowest_m <= each <= service.highest_m for each in metres):
        raise ServiceError(service.title, message("it knows no height for a part of the way"), RUN_AGAIN)
    return metres


SEE_CHECK = message("see `carreau route --check`, and correct services.toml")
T = TypeVar("T")


def json_answer(
    source: Source, service: HttpService, address: str, read: Callable[[Any], T], use_kept: bool = True
) -> T:
    """Return what a function reads in the JSON that a service gives at an address.

    read : raises where the JSON is not what was asked for; such an answer is not kept
    use_kept : whether an answer that was kept is taken
    Raises ServiceError where the service refuses, or the answer is cut.
    """
    request = Asked(service.title, service.per_s, service.most_bytes, SEE_CHECK)
    body = source.get(address, request, "application/json", use_kept)
    try:
        return read(json.loads(body))
    except (ValueError, RecursionError) as error:
        source.kept.forget(address)
        raise ServiceError(service.title, message("the answer is cut, or no JSON"), RUN_AGAIN) from error
    except Exception:
        source.kept.forget(address)
        raise
