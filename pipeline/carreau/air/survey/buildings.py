"""Gather the outlines of buildings of an area, as the service gives them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from carreau.air.survey.features import features
from carreau.air.survey.http_client import SEE_CHECK
from carreau.air.survey.services import Services
from carreau.air.survey.site_area import Area
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import message

WGS84 = 4326


@dataclass(frozen=True)
class GatheredBuildings:
    """Buildings.

    body : GeoJSON; None where there are none
    crs : EPSG code of its coordinates
    """

    body: bytes | None
    crs: int
    count: int


def gather_buildings(source: Source, services: Services, area: Area) -> GatheredBuildings:
    """Return the buildings that touch an area, in the order of their names; raises ServiceError."""
    service, epsg = services.buildings, services.place.epsg
    found = features(source, service, area.bounds, epsg, use_kept=True)
    crs = _system(found, epsg, service.layer)
    near = [each for each in found if crs != epsg or _is_near(each, area)]
    unique = {str(each["properties"].get(service.id) or each.get("id")): each for each in near}
    if not unique:
        return GatheredBuildings(None, crs, 0)
    collection = {"type": "FeatureCollection", "features": [unique[name] for name in sorted(unique)]}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return GatheredBuildings(body, crs, len(unique))


def _system(found: list[dict[str, Any]], epsg: int, layer: str) -> int:
    """Return the system of the coordinates, which some services give in degrees whatever was asked for."""
    points = [_first_point(each) for each in found]
    if all(point is None for point in points):
        if not found:
            return epsg
        raise ServiceError(layer, message("its features have no areas"), SEE_CHECK)
    known = [point for point in points if point is not None]
    return WGS84 if all(abs(x) <= 180 and abs(y) <= 90 for x, y in known) else epsg


def _first_point(feature: dict[str, Any]) -> tuple[float, float] | None:
    try:
        place = feature["geometry"]["coordinates"]
        while isinstance(place[0], list):
            place = place[0]
        return float(place[0]), float(place[1])
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _is_near(feature: dict[str, Any], area: Area) -> bool:
    """Return whether a feature touches an area; one that is no area does not."""
    import shapely
    from shapely.geometry import shape

    try:
        return bool(shapely.make_valid(shapely.force_2d(shape(feature["geometry"]))).intersects(area.shape))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        return False
