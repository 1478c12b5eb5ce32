"""Compute the line of a route: the ways from stop to stop, joined, with their heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from carreau.aids.routing.heights import Heights, densified, heights_along
from carreau.aids.routing.itinerary import NoWayError, way_between
from carreau.air.survey.services import Services
from carreau.air.survey.source import Source
from carreau.base.errors import ScanError, ServiceError
from carreau.base.messages import Message, Number, joined, message
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.ground_distance import Point, distance_m, length_m
from carreau.catalogue.route import Route
from carreau.catalogue.route_line import Origin, RouteLine
from carreau.formats.geodata import Ring

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


def tours_of(entry: Entry[Route], positions: Sequence[Point | None], order: Sequence[int]) -> Tours:
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

    tours : as `tours_of` has them

    Raises ScanError for a stop that no way leads to, or a travel mode that the service does not know; ServiceError
    where it does not answer as it should.
    """
    profile = profile_of(entry, services)
    tour, without = tours
    remarks, versions = list[Message](), dict[str, None]()
    points = _joined(entry, tour, profile, source, services, remarks, versions)
    line, heights = _with_heights(points, assets, source, services, day, remarks)
    shorter_effort = None
    if without is not None:
        shorter = _joined(entry, without, profile, source, services, [], versions)
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


def profile_of(entry: Entry[Route], services: Services) -> str:
    """Return the profile of the service for the travel mode of a route; raises ScanError where it has none."""
    profile = services.way.profiles.get(entry.of.mode)
    if profile is None:
        cause = message("the service computes no ways for the travel mode '%(mode)s'", mode=entry.of.mode)
        raise ScanError(entry.document.name, "mode", cause, message("draw the line, or import it with --gpx"))
    return profile


def _joined(
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
        cause = joined([apart[number] for number in sorted(apart)], ", ")
        cure = message("write in [stop.at] where one stands on a street or path, or draw the line")
        raise ScanError(entry.document.name, f"stop {numbers}", cause, cure)
    return points


def _with_heights(
    points: Ring, assets: Path, source: Source, services: Services, day: date, remarks: list[Message]
) -> tuple[RouteLine, Heights | None]:
    """Return a line with heights where they are known; a service that fails is told, and the line stays flat.

    It has the same points in both cases.
    """
    dense = densified(points, services.heights.step_m)
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
