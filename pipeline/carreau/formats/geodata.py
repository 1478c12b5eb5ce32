"""Outlines, communes and paths, read from GeoJSON and GPX.

Point-in-polygon is our own code: a check tests about 60 points, at 0.01 ms each, or 0.4 ms where all 47 communes are
searched. Shapely gives the same answers in half that time, but takes 90 ms to import.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from carreau.base.messages import Message, message

LARGEST_BYTES = 20_000_000
Ring = list[tuple[float, float]]


COMMUNES = "communes.geojson"
"""File of the communes in the folder of a catalogue."""


class OutlineError(Exception):
    """A file does not contain an outline or a path; `cause` and `cure` are messages."""

    def __init__(self, cause: Message, cure: Message) -> None:
        """Set both."""
        super().__init__(cause, cure)
        self.cause, self.cure = cause, cure


@dataclass(frozen=True)
class Outline:
    """An area.

    polygons : rings of each polygon, the outer one first, then its holes; (lon, lat) in degrees
    properties : of the GeoJSON feature
    """

    polygons: list[list[Ring]]
    properties: dict[str, Any]

    def contains(self, lon: float, lat: float) -> bool:
        """Return whether a point is in the area: a ray from it crosses the rings an odd number of times."""
        return any(sum(_crossings(ring, lon, lat) for ring in rings) % 2 for rings in self.polygons)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north."""
        lons, lats = zip(*(point for rings in self.polygons for ring in rings for point in ring), strict=True)
        return min(lons), min(lats), max(lons), max(lats)

    @property
    def middle(self) -> tuple[float, float]:
        """Return the centre of its box, to five decimals: good to frame a map, and no position of anything."""
        west, south, east, north = self.box
        return round((west + east) / 2, 5), round((south + north) / 2, 5)


def read_outlines(path: Path) -> list[Outline]:
    """Return the areas of a GeoJSON file; raises OutlineError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _too_large()
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise _missing() from error
    except (ValueError, RecursionError) as error:
        raise OutlineError(message("it is not JSON"), message("export it again as GeoJSON")) from error
    features = data.get("features", [data]) if isinstance(data, dict) else None
    if not isinstance(features, list) or not features:
        raise OutlineError(message("it is not GeoJSON with areas"), message("export it again as GeoJSON"))
    return [_outline(feature) for feature in features]


def _too_large() -> OutlineError:
    """Return the error of a file over `LARGEST_BYTES`."""
    cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
    return OutlineError(cause, message("simplify it"))


def _missing() -> OutlineError:
    """Return the error of a file that cannot be opened."""
    return OutlineError(message("the file does not exist"), message("add the file, or correct its name"))


def _outline(feature: Any) -> Outline:
    geometry = feature.get("geometry", feature) if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        cause = message("it contains geometries other than polygons")
        raise OutlineError(cause, message("export the outline alone, as polygons"))
    polygons: Any = geometry.get("coordinates")
    try:
        rings = [[degrees(ring) for ring in polygon] for polygon in ([polygons] if kind == "Polygon" else polygons)]
    except (TypeError, ValueError, OverflowError) as error:
        cure = message("export it again in WGS 84 (EPSG:4326), longitude first")
        raise OutlineError(message("its coordinates are not degrees"), cure) from error
    return Outline(rings, feature.get("properties") or {})


def degrees(points: Any) -> Ring:
    """Return points as (lon, lat) in degrees; raises ValueError, TypeError or IndexError where they are not."""
    ring = [(float(point[0]), float(point[1])) for point in points]
    if not all(math.isfinite(x) and abs(x) <= 180 and abs(y) <= 90 for x, y in ring):
        raise ValueError("not degrees")
    return ring


def _crossings(ring: Ring, lon: float, lat: float) -> int:
    return sum(
        (y0 > lat) != (y1 > lat) and lon < (x1 - x0) * (lat - y0) / (y1 - y0) + x0
        for (x0, y0), (x1, y1) in pairwise(ring)
    )


@dataclass(frozen=True)
class Commune:
    """A commune, with its INSEE code.

    postcodes : all that it has; empty where the file does not say
    """

    insee: str
    name: str
    outline: Outline
    postcodes: tuple[str, ...] = ()


def read_communes(path: Path) -> Mapping[str, Commune]:
    """Return the communes of a GeoJSON file by INSEE code; raises OutlineError."""
    outlines = read_outlines(path)
    try:
        communes = [
            Commune(str(each.properties["insee"]), str(each.properties["nom"]), each, _postcodes(each.properties))
            for each in outlines
        ]
    except (KeyError, TypeError) as error:
        cause = message("its areas have no properties insee and nom")
        raise OutlineError(cause, message("use the file that comes with Carreau")) from error
    return {commune.insee: commune for commune in communes}


def _postcodes(properties: dict[str, Any]) -> tuple[str, ...]:
    """Return the postal codes of a commune, as geo.api.gouv.fr lists them."""
    listed = properties.get("codesPostaux")
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def has_source(path: Path) -> bool:
    """Return whether a GeoJSON file says where it is from, in a member `source` of its own."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and bool(data.get("source"))


def commune_at(communes: Mapping[str, Commune], lon: float, lat: float) -> Commune | None:
    """Return the commune that contains a point, None outside all of them."""
    return next((each for each in communes.values() if each.outline.contains(lon, lat)), None)


# GPX is matched with regular expressions and not parsed: an XML parser would resolve the entities of a hostile file.
_POINT = re.compile(r"<(?:\w+:)?(?:trkpt|rtept)\b([^<>]*)>")
_LON = re.compile(r"\blon\s*=\s*[\"']([^\"']*)[\"']")
_LAT = re.compile(r"\blat\s*=\s*[\"']([^\"']*)[\"']")


def read_path(path: Path) -> Ring:
    """Return the points of a path as (lon, lat) in degrees, in order; raises OutlineError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _too_large()
        content = path.read_bytes()
    except OSError as error:
        raise _missing() from error
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
    """Return the points of all lines of a GeoJSON document, concatenated."""
    if data.get("type") == "FeatureCollection":
        return [point for each in data["features"] for point in _lines(each)]
    geometry = data["geometry"] if data.get("type") == "Feature" else data
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "MultiLineString":
        return [point for line in coordinates for point in line]
    return list(coordinates) if kind == "LineString" else []
