"""Answer as IGN's services of itineraries (Road2) and of heights do, over a town of straight streets."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

from pyproj import Geod

Point = tuple[float, float]

VERSION = "2026-09-15"
STREET = 0.0008
"""Degrees between two streets: about 57 m to the east and 89 m to the north, so that no point is 30 m from one."""
_GEOD = Geod(ellps="WGS84")
_PROFILES = ("car", "pedestrian")


def routing_answer(path: str, query: dict[str, str], ways: str, heights: str) -> tuple[int, bytes]:
    """Return status and body of an answer.

    ways, heights : how it misbehaves; see `World`
    """
    if path.endswith("/getcapabilities"):
        return 200, json.dumps(_capabilities()).encode()
    if path.startswith("/altimetrie/"):
        return _heights(query, heights)
    return _way(query, ways)


def way(start: Point, end: Point) -> list[Point]:
    """Return the way along the streets: north or south from the start, east or west, then north or south again."""
    (x0, y0), (x1, y1) = start, end
    x0, x1 = (round(round(x / STREET) * STREET, 6) for x in (x0, x1))
    across = round(round(y0 / STREET) * STREET, 6)
    corners = [(x0, y0), (x0, across), (x1, across), (x1, y1)]
    return [corners[0], *(other for one, other in pairwise(corners) if one != other)]


def length(points: list[Point]) -> float:
    """Return metres."""
    return float(sum(_GEOD.inv(*one, *other)[2] for one, other in pairwise(points)))


def height(lon: float, lat: float) -> float:
    """Return metres above the sea: waves of 12 m over a plain of 40 m."""
    return round(40 + 12 * math.sin(lon * 1500) * math.cos(lat * 1500), 2)


def _way(query: dict[str, str], how: str) -> tuple[int, bytes]:
    if query.get("resource") != "bdtopo-osrm" or query.get("profile") not in _PROFILES:
        return _refused("Parameter 'profile' is invalid: there is no such profile on this resource")
    start, end = (_point(query[name]) for name in ("start", "end"))
    points = way(start, end)
    told = length(points)
    if how == "text":
        return 200, b'{"resource": "bdtopo-osrm", "geom'
    if how == "list":
        return 200, b"[]"
    if how == "moved":
        points = [(x + 0.4, y) for x, y in points]  # 28 km, without a word
    if how == "short":
        points = points[: len(points) // 2 + 1]
        points = [*points[:-1], ((points[-1][0] + points[-2][0]) / 2, (points[-1][1] + points[-2][1]) / 2), end]
        told *= 3
    answer: dict[str, Any] = {
        "resource": query["resource"], "resourceVersion": VERSION, "start": _text(points[0]), "end": _text(points[-1]),
        "profile": query["profile"], "optimization": query["optimization"],
        "geometry": {"coordinates": [list(each) for each in points], "type": "LineString"}, "crs": "EPSG:4326",
        "distanceUnit": "meter", "timeUnit": "second", "distance": round(told, 1), "duration": round(told / 1.1, 1),
        "bbox": [min(x for x, _ in points), min(y for _, y in points),
                 max(x for x, _ in points), max(y for _, y in points)], "constraints": [],
        "portions": [{"start": _text(points[0]), "end": _text(points[-1]), "distance": round(told, 1), "steps": []}],
    }  # fmt: skip
    if how == "none":
        answer |= {"portions": [], "geometry": {"type": "LineString", "coordinates": []}, "distance": 0}
    if how == "unsaid":
        del answer["distance"]
    return 200, json.dumps(answer).encode()


def _refused(text: str) -> tuple[int, bytes]:
    return 400, json.dumps({"error": {"errorType": "badRequest", "message": text}}).encode()


def _point(text: str) -> Point:
    lon, lat = text.split(",")
    return float(lon), float(lat)


def _text(point: Point) -> str:
    return f"{point[0]},{point[1]}"


def _heights(query: dict[str, str], how: str) -> tuple[int, bytes]:
    if query.get("resource") != "ign_rge_alti_wld":
        return _refused("unknown resource")
    lons, lats = (query[name].split(query["delimiter"]) for name in ("lon", "lat"))
    found = [
        {"lon": float(lon), "lat": float(lat), "z": height(float(lon), float(lat)), "acc": "Variable"}
        for lon, lat in zip(lons, lats, strict=True)
    ]
    if how == "void":
        found[len(found) // 2]["z"] = -99999
    if how == "text":
        return 200, b'{"elevations": [{'
    if how == "none":
        return 200, b'{"heights": []}'
    return 200, json.dumps({"elevations": found[1:] if how == "few" else found}).encode()


def _capabilities() -> dict[str, Any]:
    parameters = [
        {"id": "profile", "values": list(_PROFILES), "defaultValue": "car"},
        {"id": "optimization", "values": ["fastest", "shortest"], "defaultValue": "fastest"},
    ]
    resources = [
        {"id": name, "description": "BD TOPO®",
         "availableOperations": [{"id": "route", "availableParameters": parameters}]}
        for name in ("bdtopo-osrm", "bdtopo-pgr", "bdtopo-valhalla")
    ]  # fmt: skip
    return {
        "info": {"name": "Géoplateforme"}, "api": {"name": "Road2", "version": "1.0.0"},
        "operations": [{"id": "route"}], "resources": resources,
    }  # fmt: skip
