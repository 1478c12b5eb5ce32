"""Read the way of a route from GPX or GeoJSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pipeline.catalogue.geojson import LARGEST_BYTES, OutlineError, Ring, degrees, missing, too_large
from pipeline.messages import message

# GPX is looked through and not parsed: an XML parser would follow whatever entities a file names.
_POINT = re.compile(r"<(?:\w+:)?(?:trkpt|rtept)\b([^>]*)>")
_LON = re.compile(r"\blon\s*=\s*[\"']([^\"']*)[\"']")
_LAT = re.compile(r"\blat\s*=\s*[\"']([^\"']*)[\"']")


def read_path(path: Path) -> Ring:
    """Return the points of a way as (lon, lat) in degrees, in order; raises OutlineError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise too_large()
        content = path.read_bytes()
    except OSError as error:
        raise missing() from error
    try:
        points = _gpx(content) if path.suffix.lower() == ".gpx" else _lines(json.loads(content))
        path_points = degrees(points)
    except (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        cause = message("it does not contain a path in degrees")
        raise OutlineError(cause, message("export it again as GPX, or as a line in GeoJSON")) from error
    if len(path_points) < 2:
        cause = message("its path has fewer than two points")
        raise OutlineError(cause, message("export the track or route, not its waypoints"))
    return path_points


def _gpx(content: bytes) -> list[tuple[str, str]]:
    attributes = _POINT.findall(content.decode("utf-8-sig"))
    pairs = [(_LON.search(each), _LAT.search(each)) for each in attributes]
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
