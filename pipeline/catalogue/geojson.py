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

from pipeline.messages import Message, message

LARGEST_BYTES = 20_000_000
Ring = list[tuple[float, float]]


class OutlineError(Exception):
    """A file does not contain an outline or a path; `cause` and `cure` are messages."""

    def __init__(self, cause: Message, cure: Message) -> None:
        """Keep both."""
        super().__init__(cause, cure)
        self.cause, self.cure = cause, cure


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
            raise too_large()
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise missing() from error
    except (ValueError, RecursionError) as error:
        raise OutlineError(message("it is not JSON"), message("export it again as GeoJSON")) from error
    features = data.get("features", [data]) if isinstance(data, dict) else None
    if not isinstance(features, list) or not features:
        raise OutlineError(message("it is not GeoJSON with areas"), message("export it again as GeoJSON"))
    return [_outline(feature) for feature in features]


def too_large() -> OutlineError:
    """Return the error of a file over `LARGEST_BYTES`."""
    cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
    return OutlineError(cause, message("simplify it"))


def missing() -> OutlineError:
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
