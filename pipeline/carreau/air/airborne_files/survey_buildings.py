"""Read records of buildings (BD TOPO's `batiment` as GeoJSON) into the coordinate system of a survey."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from carreau.air.airborne.survey_data import Building
from carreau.air.airborne_files.survey_record import RENEW, Layer, Role, SurveyRecord, layer_path
from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray

MOST_BYTES = 256 << 20
TALLEST_M = 700.0
"""Heights of buildings beyond this are taken as unknown."""
HIGHEST_M = 5000.0
WGS84 = 4326


def read_buildings(folder: Path, record: SurveyRecord) -> tuple[Building, ...]:
    """Return the buildings of all layers of that role; one of several polygons gives several with the same id.

    Raises FormatError for anything but a GeoJSON feature collection of polygons.
    """
    return tuple(
        building for layer in record.of(Role.BUILDINGS) for building in _read(layer_path(folder, layer), layer, record)
    )


def _read(path: Path, layer: Layer, record: SurveyRecord) -> Iterator[Building]:
    features = _features(path)
    to_record = _transformer(layer.crs or record.epsg, record.epsg)
    for number, feature in enumerate(features, 1):
        place = message("feature %(number)s of %(count)s", number=number, count=len(features))
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict):
            raise FormatError(path, place, message("it has no geometry"), RENEW)
        known = feature.get("properties")
        known = known if isinstance(known, dict) else {}
        name = str(known.get("cleabs") or feature.get("id") or number)[:80]
        height, ridge = (
            _within(known.get("hauteur"), TALLEST_M),
            _within(known.get("altitude_maximale_toit"), HIGHEST_M),
        )
        for polygon in _polygons(path, place, geometry):
            rings = tuple(_ring(path, place, ring, to_record) for ring in polygon)
            if rings:
                yield Building(name, rings, height, ridge)


def _features(path: Path) -> list[Any]:
    if path.stat().st_size > MOST_BYTES:
        raise FormatError(path, "", message("it is larger than %(size)s bytes", size=MOST_BYTES), RENEW)
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "", message("it is not valid JSON"), RENEW) from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise FormatError(path, "", message("it is not a GeoJSON feature collection"), RENEW)
    return features


def _polygons(path: Path, place: Message, geometry: dict[str, Any]) -> list[Any]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind in ("Polygon", "MultiPolygon") and isinstance(coordinates, list):
        polygons = [coordinates] if kind == "Polygon" else coordinates
        if all(isinstance(polygon, list) for polygon in polygons):
            return polygons
    raise FormatError(path, place, message("its geometry is not a polygon"), RENEW)


def _ring(path: Path, place: Message, ring: Any, to_record: Any) -> DoubleArray:
    """Return (k, 2) float64, closed; heights of corners are left out."""
    try:
        corners = np.array([corner[:2] for corner in ring], np.float64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(path, place, message("its coordinates are not numbers"), RENEW) from error
    if to_record is not None:
        corners = np.column_stack(to_record.transform(corners[:, 0], corners[:, 1]))
    if len(corners) < 4 or not np.isfinite(corners).all():
        raise FormatError(path, place, message("its coordinates do not form a ring"), RENEW)
    closed: DoubleArray = corners if (corners[0] == corners[-1]).all() else np.vstack([corners, corners[:1]])
    return closed


def _transformer(own: int, wanted: int) -> Any:
    """Return what turns x and y, or longitude and latitude, into the coordinates of the survey; None if they are."""
    if own == wanted:
        return None
    from pyproj import Transformer

    return Transformer.from_crs(own, wanted, always_xy=True)


def _within(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= most else None
