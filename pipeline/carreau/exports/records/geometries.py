"""Outlines, paths and points of records."""

from __future__ import annotations

from pathlib import Path

from carreau.base.errors import ScanError
from carreau.catalogue.route_line import RouteLine, read_line
from carreau.catalogue.route_measures import RouteMeasures, measures_of
from carreau.catalogue.site import Position
from carreau.catalogue.stop_positions import positions_of
from carreau.exports.records.record import RouteRecord, SiteRecord
from carreau.formats.geodata import Outline, OutlineError, Ring, read_outlines

Point = tuple[float, float]
"""(lon, lat) in degrees, WGS 84."""


def outlines(record: SiteRecord) -> list[Outline]:
    """Return the outlines of a site, empty without a file; raises ScanError for a file without outlines."""
    name = record.entry.of.outline
    path = record.entry.folder / name
    try:
        return read_outlines(path) if name else []
    except OutlineError as error:
        raise _unreadable(path, error) from error


def way(record: RouteRecord) -> Ring:
    """Return the path of a route, empty without a file; raises ScanError for a file without a path."""
    line = line_of(record)
    return line.points if line else []


def line_of(record: RouteRecord) -> RouteLine | None:
    """Return the line of a route with its heights, None without a file; raises ScanError for one without a path."""
    name = record.entry.of.path
    path = record.entry.folder / name
    try:
        return read_line(path) if name else None
    except OutlineError as error:
        raise _unreadable(path, error) from error


def measures(record: RouteRecord) -> RouteMeasures:
    """Return how long and steep a route is; raises ScanError for a file without a path."""
    positions = positions_of(record.entry.of, record.catalogue)
    return measures_of(record.entry.of, positions, line_of(record))


def straight(record: RouteRecord) -> Ring:
    """Return straight lines between the stops with a position, closed for a loop.

    They are no path to follow, and stand in for one that is missing. Optional stops are included.
    """
    points = [point for point in positions_of(record.entry.of, record.catalogue) if point is not None]
    return [*points, points[0]] if record.entry.of.loop and len(points) > 1 else points


def point_of(position: Position | None) -> Point | None:
    """Return a position as (lon, lat), or None where it is unknown."""
    return position.point if position else None


def _unreadable(path: Path, error: OutlineError) -> ScanError:
    return ScanError(path, "", error.cause, error.cure)
