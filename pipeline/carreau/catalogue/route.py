"""An itinerary, `assets/routes/<slug>.toml`, and its line: points, their heights, and where it comes from."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from carreau.catalogue import fields
from carreau.catalogue.media import Medium
from carreau.catalogue.site import Position, Rights, Source
from carreau.formats.geodata import Ring, degrees, read_path

STANDINGS = ("proposal", "tested", "official")
MODES = ("walk", "bike", "car", "bus")
COMPUTED = "computed"
MEASURES = ("indicative", "documented", "measured", COMPUTED)
SHORTEST, FIXED = "shortest", "fixed"
ORDERS = (SHORTEST, FIXED)


@dataclass(frozen=True)
class Place:
    """A stop outside the catalogue."""

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    commune: str = fields.text(fields.OUGHT)
    insee: str = fields.text()
    position: Position | None = fields.one(Position, fields.OUGHT)


@dataclass(frozen=True)
class Stop:
    """One stop, `[[stop]]`: a site of the catalogue, or a place outside it.

    site : its slug
    at : where one stands, if that is not the middle of the site: its gate, or the way along it
    minutes : that a visit takes
    """

    site: str = fields.text()
    place: Place | None = fields.one(Place)
    at: Position | None = fields.one(Position)
    minutes: float | None = fields.number(0, 600, fields.MINUTES)
    optional: bool | None = fields.flag()
    text: str = fields.text(fields.OUGHT, translatable=True)


@dataclass(frozen=True)
class Route:
    """An itinerary.

    standing : a proposal until it has been tested on the ground
    order : "shortest" for the stops in the order of the shortest walk, "fixed" for that of the file, because a story or
        a document needs it; without it, a line of one's own fixes the order
    path : GPX or GeoJSON file beside; empty for straight lines between the stops, which are indicative
    length_measure, path_measure : how far to trust them
    walked : whether somebody followed the path on the ground and found it passable; None while nobody has
    length_km, climb_m, duration_min : of documents or signposts; without them, they are taken from the path
    step_free : None while it is unknown
    documented, proposed : what sources say, and what we add
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    standing: str = fields.word(*STANDINGS)
    mode: str = fields.word(*MODES)
    loop: bool | None = fields.flag(fields.OUGHT)
    order: str = fields.word(*ORDERS, need=fields.MAY)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    description: str = fields.text(translatable=True)
    path: str = fields.text(fields.OUGHT)
    path_measure: str = fields.word(*MEASURES)
    walked: bool | None = fields.flag()
    length_km: float | None = fields.number(0, 500, fields.KILOMETRES)
    length_measure: str = fields.word(*MEASURES)
    length_note: str = fields.text(translatable=True)
    climb_m: float | None = fields.number(0, 5000, fields.METRES)
    duration_min: float | None = fields.number(1, 10_080, fields.MINUTES)
    surface: str = fields.text(fields.OUGHT, translatable=True)
    step_free: bool | None = fields.flag(fields.OUGHT)
    transport: str = fields.text(fields.OUGHT, translatable=True)
    safety: str = fields.text(fields.OUGHT, translatable=True)
    documented: str = fields.text(translatable=True)
    proposed: str = fields.text(translatable=True)
    basis: tuple[str, ...] = fields.texts()
    questions: tuple[str, ...] = fields.texts()
    stop: tuple[Stop, ...] = fields.many(Stop, fields.MUST)
    source: tuple[Source, ...] = fields.many(Source)
    rights: tuple[Rights, ...] = fields.many(Rights, fields.MUST)
    media: tuple[Medium, ...] = fields.many(Medium)

    @property
    def has_fixed_order(self) -> bool:
        """Return whether the stops come as the file has them: the author says so, or has drawn or recorded a line."""
        has_own_line = bool(self.path) and self.path_measure != COMPUTED
        return self.order == FIXED or (has_own_line and self.order != SHORTEST)


NOISE_M = 2.0
"""Rises and falls below it are not counted: the steps of a terrain model, and the kerbs of a street."""


@dataclass(frozen=True)
class Effort:
    """How long and steep a way is.

    climb_m, descent_m : None where heights are unknown
    """

    length_m: float
    climb_m: float | None = None
    descent_m: float | None = None

    @property
    def rounded_effort(self) -> Effort:
        """Return it to a tenth of a metre."""
        climb, descent = (each if each is None else round(each, 1) for each in (self.climb_m, self.descent_m))
        return Effort(round(self.length_m, 1), climb, descent)


@dataclass(frozen=True)
class Origin:
    """Where a line comes from; all empty for one that was drawn.

    engine : the program or service that computed it, or the file that it was read from
    version : of its data
    profile : for which the engine computed it, as "pedestrian"
    day : on which it was computed or imported, in ISO 8601
    heights : credit of the terrain
    stops : where it was asked to pass, (lon, lat)
    without_optional : the same tour past the stops alone that are not optional
    """

    engine: str = ""
    resource: str = ""
    version: str = ""
    profile: str = ""
    day: str = ""
    credit: str = ""
    licence: str = ""
    source: str = ""
    heights: str = ""
    stops: Ring = field(default_factory=list)
    without_optional: Effort | None = None


@dataclass(frozen=True)
class RouteLine:
    """A line.

    points : (lon, lat) in degrees
    heights : of each point above the sea, in metres; None where unknown
    """

    points: Ring
    heights: tuple[float, ...] | None = None
    origin: Origin = field(default_factory=Origin)

    @property
    def effort(self) -> Effort:
        """Return its length, climb and descent."""
        return Effort(length_m(self.points), *(climb_and_descent(self.heights) if self.heights else (None, None)))

    def profile(self, most: int = 200) -> list[tuple[float, float]]:
        """Return heights along the line, (metres from its start, metres above the sea); empty where unknown.

        most : points; the lowest and the highest are among them
        """
        if not self.heights:
            return []
        pairs = list(zip(cumulated_m(self.points), self.heights, strict=True))
        step = max(1, math.ceil(len(pairs) / (most - 3)))
        low, high = (pairs.index(find(pairs, key=lambda pair: pair[1])) for find in (min, max))
        chosen = sorted({*range(0, len(pairs), step), len(pairs) - 1, low, high})
        return [pairs[place] for place in chosen]


def climb_and_descent(heights: Sequence[float]) -> tuple[float, float]:
    """Return the sums of rises and of falls in metres; what goes up and down again within `NOISE_M` is left out.

    >>> climb_and_descent([30, 31, 30, 45, 44, 20])
    (15, 25)
    """
    if not heights:
        return 0.0, 0.0
    turns, direction = [heights[0], heights[0]], 0
    for height in heights[1:]:
        change = height - turns[-1]
        if change * direction > 0 or (direction == 0 and abs(change) >= NOISE_M):
            turns[-1] = height
            direction = 1 if turns[-1] > turns[-2] else -1
        elif abs(change) >= NOISE_M:
            turns.append(height)
            direction = -direction
    steps = [later - earlier for earlier, later in pairwise(turns)]
    return sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0)


def read_line(path: Path) -> RouteLine:
    """Return the line of a GeoJSON or GPX file; raises OutlineError.

    Heights are taken from GeoJSON only: those of a receiver jump by metres from point to point.
    """
    points = read_path(path)
    if path.suffix.lower() == ".gpx":
        return RouteLine(points)
    data = json.loads(path.read_bytes())
    feature = data if isinstance(data, dict) and data.get("type") == "Feature" else {}
    properties, geometry = feature.get("properties"), feature.get("geometry")
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    is_one = isinstance(geometry, dict) and geometry.get("type") == "LineString"
    heights = _heights(coordinates) if is_one and isinstance(coordinates, list) else None
    return RouteLine(points, heights, _origin(properties if isinstance(properties, dict) else {}))


def _heights(coordinates: list[Any]) -> tuple[float, ...] | None:
    """Return the third coordinates, if all points have one that can be a height."""
    try:
        heights = tuple(float(point[2]) for point in coordinates)
    except (IndexError, TypeError, ValueError, OverflowError):
        return None
    return heights if heights and all(-500 < each < 9000 for each in heights) else None


_TEXTS = {
    "engine": "engine", "resource": "resource", "version": "resource_version", "profile": "profile", "day": "day",
    "credit": "credit", "licence": "licence", "source": "source", "heights": "heights_credit",
}  # fmt: skip
"""Properties of the GeoJSON feature by field of `Origin`."""
_STOPS, _WITHOUT = "stops", "without_optional"


def _origin(properties: Mapping[str, Any]) -> Origin:
    """Return the origin of a route that a feature states; values of another type than Carreau writes are ignored."""
    texts = {name: properties.get(key) for name, key in _TEXTS.items()}
    try:
        stops = degrees(properties.get(_STOPS) or [])
    except (TypeError, ValueError, IndexError, OverflowError):
        stops = []
    return Origin(
        **{name: text for name, text in texts.items() if isinstance(text, str)},
        stops=stops,
        without_optional=_effort(properties.get(_WITHOUT)),
    )


def _effort(data: Any) -> Effort | None:
    if not isinstance(data, dict):
        return None
    length, *rest = (_number(data.get(key)) for key in ("length_m", "climb_m", "descent_m"))
    return Effort(length, *rest) if length is not None else None


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) and value >= 0 else None


def round_line(line: RouteLine) -> RouteLine:
    """Return a line as `line_bytes` writes it: to a millionth of a degree, a tenth of a metre."""
    without = line.origin.without_optional
    origin = replace(
        line.origin,
        stops=[(round(lon, 6), round(lat, 6)) for lon, lat in line.origin.stops],
        without_optional=without.rounded_effort if without else None,
    )
    return RouteLine(
        [(round(lon, 6), round(lat, 6)) for lon, lat in line.points],
        tuple(round(height, 1) for height in line.heights) if line.heights else None,
        origin,
    )


def line_bytes(line: RouteLine) -> bytes:
    """Return a line as a GeoJSON feature, a point on each line of text."""
    line = round_line(line)
    origin, without = line.origin, line.origin.without_optional
    properties: dict[str, Any] = {key: text for name, key in _TEXTS.items() if (text := getattr(origin, name))}
    if origin.stops:
        properties[_STOPS] = origin.stops
    if without is not None:
        properties[_WITHOUT] = {name: value for name, value in vars(without).items() if value is not None}
    heights = line.heights or (None,) * len(line.points)
    points = [
        [*point, *([] if height is None else [height])] for point, height in zip(line.points, heights, strict=True)
    ]
    properties_json = json.dumps(properties, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    points_json = ",\n".join(f"      {json.dumps(point)}" for point in points)
    text = (
        f'{{\n  "type": "Feature",\n  "properties": {properties_json},\n'
        f'  "geometry": {{\n    "type": "LineString",\n    "coordinates": [\n{points_json}\n    ]\n  }}\n}}\n'
    )
    return text.encode()


Point = tuple[float, float]
"""(lon, lat) in degrees."""

_A, _E2 = 6_378_137.0, 0.00669437999014
"""Semi-major axis of WGS 84 in metres, and the square of its eccentricity."""


def east_north_m(origin: Point, point: Point) -> tuple[float, float]:
    """Return how far east and north of another a point lies, in metres.

    On the tangent plane of the ellipsoid at the mean latitude: 10 km apart it is wrong by less than a metre.
    """
    lat = math.radians((origin[1] + point[1]) / 2)
    flattening = 1 - _E2 * math.sin(lat) ** 2
    east = math.radians(point[0] - origin[0]) * math.cos(lat) * _A / math.sqrt(flattening)
    north = math.radians(point[1] - origin[1]) * _A * (1 - _E2) / flattening**1.5
    return east, north


def distance_m(one: Point, other: Point) -> float:
    """Return the distance of two points in metres.

    >>> round(distance_m((3.38, 50.39), (3.39, 50.39)))
    711
    """
    return math.hypot(*east_north_m(one, other))


def length_m(points: Sequence[Point]) -> float:
    """Return the length of a line in metres."""
    return sum(distance_m(one, other) for one, other in pairwise(points))


def cumulated_m(points: Sequence[Point]) -> list[float]:
    """Return how far along a line each of its points lies, in metres."""
    sums = [0.0]
    for one, other in pairwise(points):
        sums.append(sums[-1] + distance_m(one, other))
    return sums[: len(points)]


def nearest_on(one: Point, other: Point, point: Point) -> tuple[float, float]:
    """Return the distance of a point from a segment in metres, and where on it the nearest point is, 0 to 1."""
    ex, ny = east_north_m(one, other)
    px, py = east_north_m(one, point)
    square = ex * ex + ny * ny
    share = min(1.0, max(0.0, (px * ex + py * ny) / square)) if square else 0.0
    return math.hypot(px - share * ex, py - share * ny), share


def passes(points: Sequence[Point], point: Point, slack_m: float = 30.0) -> tuple[float, list[float]]:
    """Return how near a line comes to a point, and how far along it is where it passes.

    It may pass more than once, out and back: each pass within `slack_m` of the nearest one is listed, in metres.
    """
    by_segment = [nearest_on(one, other, point) for one, other in pairwise(points)]
    if not by_segment:
        return math.inf, []
    nearest, along = min(away for away, _ in by_segment), cumulated_m(points)
    listed = list[tuple[float, float]]()
    for number, (away, share) in enumerate(by_segment):
        if away > nearest + slack_m:
            continue
        place = along[number] + share * (along[number + 1] - along[number])
        if listed and place - listed[-1][1] <= 2 * slack_m:
            listed[-1] = min(listed[-1], (away, place))
        else:
            listed.append((away, place))
    return nearest, [place for _, place in listed]
