"""Read the way of a route from GPX or GeoJSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pipeline.catalogue.geojson import LARGEST_BYTES, OutlineError, Ring, degrees

# GPX is looked through and not parsed: an XML parser would follow whatever entities a file names.
_POINT = re.compile(r"<(?:\w+:)?(?:trkpt|rtept)\b([^>]*)>")
_LON = re.compile(r"\blon\s*=\s*[\"']([^\"']*)[\"']")
_LAT = re.compile(r"\blat\s*=\s*[\"']([^\"']*)[\"']")


def read_path(path: Path) -> Ring:
    """Return the points of a way as (lon, lat) in degrees, in order; raises OutlineError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise OutlineError("the path is over 20 MB", "simplify it")
        content = path.read_bytes()
    except OSError as error:
        raise OutlineError("the file is not there", "put it there, or correct its name") from error
    try:
        points = _gpx(content) if path.suffix.lower() == ".gpx" else _lines(json.loads(content))
        found = degrees(points)
    except (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise OutlineError("it is no way in degrees", "export it again as GPX, or as a line in GeoJSON") from error
    if len(found) < 2:
        raise OutlineError("it has no way of two points or more", "export the track or route, not its waypoints")
    return found


def _gpx(content: bytes) -> list[tuple[str, str]]:
    said = _POINT.findall(content.decode("utf-8-sig"))
    pairs = [(_LON.search(each), _LAT.search(each)) for each in said]
    return [(lon[1], lat[1]) for lon, lat in pairs if lon and lat]


def _lines(data: Any) -> list[Any]:
    """Return the points of every line of a GeoJSON document, one line after the other."""
    if data.get("type") == "FeatureCollection":
        return [point for each in data["features"] for point in _lines(each)]
    geometry = data["geometry"] if data.get("type") == "Feature" else data
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "MultiLineString":
        return [point for line in coordinates for point in line]
    return list(coordinates) if kind == "LineString" else []
