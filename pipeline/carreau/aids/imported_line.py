"""Import a line from GPX, as receivers and route planners write it, or from GeoJSON, as map programs do."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import Message, Number, decode_text, message
from carreau.catalogue.route import Origin, Point, RouteLine, distance_m, east_north_m, length_m, passes, read_line
from carreau.catalogue.route_measures import NEAR_M, first_out_of_order
from carreau.formats.geodata import LARGEST_BYTES, OutlineError, Ring

TOLERANCE_M = 2.0
"""A point is left out if the line without it runs so near: less than a receiver knows."""
FAR_M = 2000.0
"""If all stops are further from the line, it is that of another route."""
_GAP_M = 300.0
_MANY = 5000
"""Points that an order of stops is looked for in."""

# GPX is matched with regular expressions and not parsed: an XML parser would resolve the entities of a hostile file.
_LEFT_OUT = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL)
_ELEMENT = r"<(?:[\w.-]+:)?{}(?:\s[^>]*)?>(.*?)</(?:[\w.-]+:)?{}\s*>"
_ROOT = re.compile(r"<(?:[\w.-]+:)?gpx[\s>]", re.IGNORECASE)
_SEGMENT = re.compile(_ELEMENT.format("trkseg", "trkseg"), re.DOTALL)
_POINT = re.compile(r"<(?:[\w.-]+:)?(trkpt|rtept)\b([^>]*?)/?>")
_WAYPOINT = re.compile(r"<(?:[\w.-]+:)?wpt\b")
_LON = re.compile(r"\blon\s*=\s*[\"']\s*([^\"']*?)\s*[\"']")
_LAT = re.compile(r"\blat\s*=\s*[\"']\s*([^\"']*?)\s*[\"']")
_TIME = re.compile(r"<(?:[\w.-]+:)?time\b")


@dataclass(frozen=True)
class ImportedLine:
    """A line that was read from a file.

    is_recorded : whether a receiver recorded it on the way: its points have times
    remarks : what was changed, or looks strange
    """

    line: RouteLine
    is_recorded: bool
    remarks: tuple[Message, ...]


@dataclass(frozen=True)
class _Content:
    """What a file holds.

    parts : lines that do not join
    """

    parts: tuple[Ring, ...]
    is_recorded: bool = False


def imported_line(path: Path, positions: Sequence[Point | None], is_loop: bool, day: date) -> ImportedLine:
    """Return the line of a GPX or GeoJSON file, turned to run as the stops do.

    Raises FormatError for a file without a line, or with one that is nowhere near the stops.
    """
    content = _read(path)
    remarks = list[Message]()
    for one, other in pairwise(content.parts):
        gap = distance_m(one[-1], other[0])
        if gap > _GAP_M:
            remarks.append(message("it has a gap of %(metres)s m", metres=Number(gap, ",.0f")))
    points = _without_repetitions([point for part in content.parts for point in part])
    if len(points) < 2:
        cause = message("its path has fewer than two points")
        raise FormatError(path, "", cause, message("export the track or route, not its waypoints"))
    simple = simplify_line(points, TOLERANCE_M)
    if len(simple) < len(points):
        remarks.append(
            message("%(count)s of its %(all)s points are kept, within %(metres)s m", count=len(simple),
                    all=len(points), metres=Number(TOLERANCE_M, ".0f"))
        )  # fmt: skip
    stops = [point for point in positions if point is not None]
    remarks += _checked_distances(path, simple, positions)
    if _runs_backwards(simple, stops, is_loop):
        simple = simple[::-1]
        remarks.append(message("it ran the other way than the stops, and was turned around"))
    origin = Origin(engine=path.name, day=day.isoformat(), stops=stops)
    return ImportedLine(RouteLine(simple, None, origin), content.is_recorded, tuple(remarks))


def _read(path: Path) -> _Content:
    if path.suffix.lower() in (".geojson", ".json"):
        try:
            return _Content((read_line(path).points,))
        except OutlineError as error:
            raise FormatError(path, "", error.cause, error.cure) from error
    try:
        if path.stat().st_size > LARGEST_BYTES:
            cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
            raise FormatError(path, "", cause, message("simplify it"))
        text = _LEFT_OUT.sub(" ", _decode(path.read_bytes()))
    except OSError as error:
        raise FormatError(path, "", cannot_read(error), message("check its name and its permissions")) from error
    if not _ROOT.search(text):
        cause = message("it is neither GPX nor GeoJSON")
        raise FormatError(path, "", cause, message("export the track again as GPX"))
    return _gpx(path, text)


def _decode(content: bytes) -> str:
    """Return the text of a file, also of UTF-16, which some receivers write."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return decode_text(content).removeprefix("\ufeff")


def _gpx(path: Path, text: str) -> _Content:
    """Return the segments of the tracks of a GPX file of any version, or else its routes as one line."""
    for tracks in (_SEGMENT.findall(text), [text]):  # a track without segments is not allowed, and seen
        places = [f"trkseg {number}, " if len(tracks) > 1 else "" for number in range(1, len(tracks) + 1)]
        segments = [_points(path, each, "trkpt", place) for each, place in zip(tracks, places, strict=True)]
        if any(segments):
            return _Content(tuple(filter(None, segments)), any(map(_has_times, tracks)))
    route = _points(path, text, "rtept")
    if route:
        return _Content((route,))
    count = len(_WAYPOINT.findall(text))
    cause = (
        message("it has %(count)s waypoints, and neither a track nor a route", count=count)
        if count
        else message("it has neither a track nor a route")
    )
    raise FormatError(path, "", cause, message("export the track or route, not its waypoints"))


def _points(path: Path, text: str, name: str, place: str = "") -> Ring:
    """Return the points of a name; raises FormatError that names one without degrees, after its place in the file."""
    points = Ring()
    for number, (kind, attributes) in enumerate(_POINT.findall(text), 1):
        if kind != name:
            continue
        lon, lat = (_degrees(each.search(attributes)) for each in (_LON, _LAT))
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            cause = message("it has no longitude and latitude in degrees")
            raise FormatError(path, f"{place}{name} {number}", cause, message("export it again in WGS 84"))
        points.append((lon, lat))
    return points


def _has_times(track: str) -> bool:
    """Return whether a time follows a point of a track; those before are of the file, and of its waypoints."""
    first = _POINT.search(track)
    return first is not None and _TIME.search(track, first.end()) is not None


def _degrees(attribute: re.Match[str] | None) -> float:
    """Return the number of an attribute, NaN for none."""
    try:
        return float(attribute[1]) if attribute else math.nan
    except ValueError:
        return math.nan


def _without_repetitions(points: Ring) -> Ring:
    return points[:1] + [other for one, other in pairwise(points) if one != other]


def simplify_line(points: Ring, tolerance_m: float) -> Ring:
    """Return a line without the points that lie within a tolerance of it (Douglas and Peucker, 1973)."""
    if len(points) < 3:
        return list(points)
    from shapely import LineString

    plane = [east_north_m(points[0], point) for point in points]
    by_place = dict[tuple[float, float], list[int]]()
    for number, place in enumerate(plane):
        by_place.setdefault(place, []).append(number)
    chosen, reached = list[int](), 0
    for east, north in LineString(plane).simplify(tolerance_m, preserve_topology=False).coords:
        # A line may come to a place twice: of its numbers, the first after the point before is meant.
        reached = next((number for number in by_place[east, north] if number >= reached), by_place[east, north][-1])
        chosen.append(reached)
    chosen[-1] = len(points) - 1
    return [points[number] for number in dict.fromkeys(chosen)]


def _checked_distances(path: Path, line: Ring, positions: Sequence[Point | None]) -> list[Message]:
    """Return which stops the line misses; raises FormatError where it misses all of them by far."""
    away = {number: passes(line, point)[0] for number, point in enumerate(positions, 1) if point is not None}
    if away and min(away.values()) > FAR_M:
        cause = message("its line passes %(km)s km from the nearest stop", km=Number(min(away.values()) / 1000, ",.1f"))
        raise FormatError(path, "", cause, message("name the file of this route"))
    return [
        message("it passes stop %(number)s at %(metres)s m", number=number, metres=Number(metres, ",.0f"))
        for number, metres in away.items()
        if metres > NEAR_M
    ]


def _runs_backwards(line: Ring, stops: Sequence[Point], is_loop: bool) -> bool:
    """Return whether the stops come in their order on the line turned around, and not on the line as it is."""
    if len(stops) < 2 or length_m(line) == 0 or (is_loop and len(stops) < 3):
        return False
    thin = simplify_line(line, 10.0)
    if len(thin) > _MANY:
        return False
    return (
        first_out_of_order(thin, stops, is_loop) is not None and first_out_of_order(thin[::-1], stops, is_loop) is None
    )
