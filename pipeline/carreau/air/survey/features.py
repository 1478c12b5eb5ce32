"""Features of a WFS: outlines of buildings, the days of flights, and the tiles of points that cover an area."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from carreau.air.airborne.survey_record import Bounds, span
from carreau.air.survey.http_client import RUN_AGAIN, SEE_CHECK, Asked
from carreau.air.survey.services import Area, FeatureService, FlightService, IndexService, Services
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import Message, message

JSON = "application/json"
_MOST_PAGES = 200


def features(
    source: Source, service: FeatureService, bounds: Bounds, epsg: int, use_kept: bool
) -> list[dict[str, Any]]:
    """Return the features of a layer that touch bounds; an empty answer means that there are none, and is not an error.

    use_kept : whether an answer that was kept is taken
    Raises ServiceError where an answer is not a list of features, or fewer come than the service says there are.
    """
    request = Asked(service.layer, service.per_s, service.most_bytes)
    results = list[dict[str, Any]]()
    for _page in range(_MOST_PAGES):
        address = feature_address(service, bounds, epsg, len(results))
        page, matched = _read_page(source.get(address, request, JSON, use_kept), request)
        results += page
        if matched is not None and len(results) >= matched:
            return results
        if not page or (matched is None and len(page) < service.page):
            if matched is None:
                return results
            break
    answer = message("%(found)s of %(matched)s features came", found=len(results), matched=matched or 0)
    raise ServiceError(service.layer, answer, RUN_AGAIN)


def feature_address(service: FeatureService, bounds: Bounds, epsg: int, start: int) -> str:
    """Return the address of a page that begins with a feature."""
    west, south, east, north = bounds
    return f"{service.address}?" + urlencode(
        {
            "SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": service.layer,
            "OUTPUTFORMAT": JSON, "SRSNAME": f"EPSG:{epsg}", "COUNT": service.page, "STARTINDEX": start,
            "BBOX": f"{west:.2f},{south:.2f},{east:.2f},{north:.2f},urn:ogc:def:crs:EPSG::{epsg}",
        },
        safe=":,/",
    )  # fmt: skip


def _read_page(body: bytes, request: Asked) -> tuple[list[dict[str, Any]], int | None]:
    """Return the features of an answer, and how many the service says there are in all, None if it does not."""
    try:
        data = json.loads(body)
        page = data["features"]
        if not all(isinstance(each, dict) and isinstance(each.get("properties"), dict) for each in page):
            raise TypeError
        matched = data.get("numberMatched", data.get("totalFeatures"))
        return page, matched if isinstance(matched, int) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ServiceError(request.layer, message("the answer is not a list of features"), SEE_CHECK) from error


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
    buildings = features(source, service, area.bounds, epsg, use_kept=True)
    crs = _system(buildings, epsg, service.layer)
    near = [each for each in buildings if crs != epsg or _is_near(each, area)]
    unique = {str(each["properties"].get(service.id) or each.get("id")): each for each in near}
    if not unique:
        return GatheredBuildings(None, crs, 0)
    collection = {"type": "FeatureCollection", "features": [unique[name] for name in sorted(unique)]}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return GatheredBuildings(body, crs, len(unique))


def _system(results: list[dict[str, Any]], epsg: int, layer: str) -> int:
    """Return the system of the coordinates, which some services give in degrees whatever was asked for."""
    points = [_first_point(each) for each in results]
    if all(point is None for point in points):
        if not results:
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
    """Return whether a feature is an area and touches another area."""
    import shapely
    from shapely.geometry import shape

    try:
        return bool(shapely.make_valid(shapely.force_2d(shape(feature["geometry"]))).intersects(area.shape))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        return False


def flight_days(source: Source, services: Services, area: Area) -> str:
    """Return when the orthophoto of an area was flown: a day, or an interval where it is a mosaic of several flights.

    Empty where nothing says so. Raises ServiceError.
    """
    service, epsg = services.flights, services.place.epsg
    results = features(source, service, area.bounds, epsg, use_kept=True)
    is_elsewhere = _system(results, epsg, service.layer) != epsg
    own = [each["properties"] for each in results if is_elsewhere or _is_near(each, area)]
    scales = [_scale(each, service) for each in own]
    finest = min(scales, default=0.0)
    return span(iso_day(str(each.get(service.day))) for each, scale in zip(own, scales, strict=True) if scale == finest)


def _scale(properties: dict[str, Any], service: FlightService) -> float:
    """Return the scale of a picture, infinity where it is not a number."""
    value = properties.get(service.scale)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.inf


EDGE_M = 1.0
"""Corners of tiles lie a few millimetres off the kilometre: one that overlaps by less touches only by its edge."""

_CORNER = re.compile(r"(\d{3,4})[-_](\d{4})(?!\d)")


@dataclass(frozen=True)
class Tile:
    """A tile of the point cloud.

    name : of the file, without suffixes
    address : of the file
    west, south : of its corner, metres
    flown : interval in ISO 8601, or a day; empty if unknown
    edition : day, empty if unknown
    points : in all of it, 0 if unknown
    block : of tiles that it was published with, empty if the index does not say
    """

    name: str
    address: str
    west: float
    south: float
    flown: str
    edition: str
    points: int
    block: str = ""

    def bounds(self, side: float) -> Bounds:
        """Return west, south, east and north."""
        return self.west, self.south, self.west + side, self.south + side


@dataclass(frozen=True)
class TileList:
    """The tiles of an area.

    remarks : what was mended or left out, one sentence each
    """

    tiles: tuple[Tile, ...]
    remarks: tuple[Message, ...] = ()


def list_tiles(source: Source, services: Services, bounds: Bounds) -> TileList:
    """Return the tiles that overlap bounds, by name; none means "not flown or not published yet".

    Raises ServiceError, also for a tile in another coordinate system.
    """
    results = features(source, services.index, bounds, services.place.epsg, use_kept=False)
    remarks = list[Message]()
    newest = dict[tuple[float, float], Tile]()
    for feature in results:
        tile = _tile(feature, services, remarks)
        if not _overlaps(tile.bounds(services.place.tile_m), bounds):
            continue
        corner = tile.west, tile.south
        if corner not in newest or (tile.edition, tile.address) > (newest[corner].edition, newest[corner].address):
            newest[corner] = tile
    return TileList(tuple(newest[corner] for corner in sorted(newest)), tuple(dict.fromkeys(remarks)))


def _overlaps(tile: Bounds, bounds: Bounds) -> bool:
    west, south = max(tile[0], bounds[0]), max(tile[1], bounds[1])
    return min(tile[2], bounds[2]) - west > EDGE_M and min(tile[3], bounds[3]) - south > EDGE_M


def _tile(feature: dict[str, Any], services: Services, remarks: list[Message]) -> Tile:
    index, values = services.index, _values(feature["properties"], services.index)
    address = _text(values, index, "url")
    if not address.startswith(("http://", "https://")):
        answer = message("a tile has none of the properties %(names)s", names=index.properties["url"])
        raise ServiceError(index.layer, answer, SEE_CHECK)
    address = mend_address(address, index, remarks)
    name = urlsplit(address).path.rpartition("/")[2].partition(".")[0]
    system = _text(values, index, "system")
    if system not in index.systems:
        answer = message("tile %(tile)s is in the system %(system)s", tile=name, system=system[:40])
        cure = message("only metropolitan France is gathered, in Lambert-93")
        raise ServiceError(index.layer, answer, cure)
    west, south = _corner(feature, _text(values, index, "corner"), name, services)
    days = [day for key in ("first_day", "last_day") if (day := iso_day(_text(values, index, key)))]
    points = values.get(next((each for each in index.properties["points"] if each in values), ""), 0)
    return Tile(
        name, address, west, south, "/".join(dict.fromkeys(days)), iso_day(_text(values, index, "edition")),
        points if isinstance(points, int) else 0, _block(_text(values, index, "mission"), address, index),
    )  # fmt: skip


def _block(mission: str, address: str, index: IndexService) -> str:
    """Return the block of a tile as its mission names it, else its address; empty where neither does."""
    match = re.search(index.block, mission) or re.search(index.block, address)
    return match[1] if match else ""


def _values(properties: dict[str, Any], index: IndexService) -> dict[str, Any]:
    """Return the properties with those that stand in one of them as JSON, as they did until October 2026."""
    try:
        nested = json.loads(properties[index.nested])
    except (KeyError, TypeError, ValueError, RecursionError):
        return properties
    return nested | properties if isinstance(nested, dict) else properties


def _text(values: dict[str, Any], index: IndexService, meaning: str) -> str:
    names: Iterable[str] = index.properties[meaning]
    return next((value for name in names if isinstance(value := values.get(name), str)), "").strip()


def mend_address(address: str, index: IndexService, remarks: list[Message]) -> str:
    """Return an address of a tile over https, and with the underscore that some names lack.

    remarks : to which the latter is added
    Raises ServiceError for what is no address.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        answer = message("%(address)s is not an address", address=address[:200])
        raise ServiceError(index.layer, answer, SEE_CHECK) from error
    if parts.scheme == "http" and parts.hostname == index.host:
        parts = parts._replace(scheme="https")
    path = re.sub(index.mend["pattern"], index.mend["to"], parts.path)
    if path != parts.path:
        remarks.append(
            message(
                "the index names %(found)s, which is read as %(meant)s",
                found=parts.path.rpartition("/")[2],
                meant=path.rpartition("/")[2],
            )
        )
    return urlunsplit(parts._replace(path=path))


def _corner(feature: dict[str, Any], text: str, name: str, services: Services) -> tuple[float, float]:
    """Return the south-west corner: of the property, else of the geometry, else of the name of the tile."""
    side = services.place.tile_m
    if match := _CORNER.fullmatch(text):
        return float(match[1]) * 1000, float(match[2]) * 1000 - side
    try:
        rings = feature["geometry"]["coordinates"]
        while isinstance(rings[0][0], list):
            rings = rings[0]
        return round(min(point[0] for point in rings) / side) * side, round(
            min(point[1] for point in rings) / side
        ) * side
    except (KeyError, IndexError, TypeError, ValueError, OverflowError):
        pass
    if match := _CORNER.search(name.replace("-", "_")):
        return float(match[1]) * 1000, float(match[2]) * 1000 - side
    answer = message("nothing says where tile %(tile)s lies", tile=name)
    raise ServiceError(services.index.layer, answer, SEE_CHECK)


def iso_day(text: str) -> str:
    """Return the day of a date as services write it; empty for something else.

    >>> iso_day("2022-05-29Z"), iso_day("2022-05-29T08:13:01Z"), iso_day("unknown")
    ('2022-05-29', '2022-05-29', '')
    """
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""
