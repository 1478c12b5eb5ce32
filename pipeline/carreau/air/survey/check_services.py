"""Try each service with a small request, and tell of each whether it answers as it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from carreau.air.airborne.survey_record import Bounds
from carreau.air.survey.features import Tile, flight_days, gather_buildings, list_tiles
from carreau.air.survey.http_client import SEE_CHECK
from carreau.air.survey.map_requests import gather_picture, gather_terrain
from carreau.air.survey.point_tiles import open_tile
from carreau.air.survey.services import Area, PictureService, Services
from carreau.air.survey.source import RangeStream, Source
from carreau.base.errors import ServiceError
from carreau.base.messages import Line, Message, message, plural_message
from carreau.runs.failures import Failure

_HALF_M = 25.0


def check_services(source: Source, services: Services) -> ServiceChecks:
    """Try each service at a place of the territory; for points, at the first place that has any."""
    areas = [_area(east, north) for east, north in services.place.checked]
    listed = list[Tile]()

    def index() -> Message:
        for number, area in enumerate(areas):
            listed.extend(list_tiles(source, services, area.bounds).tiles)
            if listed:
                found = _describe_tiles(listed)
                return (
                    message("nothing published in the territory yet; elsewhere: %(text)s", text=found)
                    if number
                    else found
                )
        raise ServiceError(services.index.layer, message("no tile where there should be some"), SEE_CHECK)

    def points() -> Message:
        tile = listed[0]
        middle = services.place.tile_m / 2
        stream = RangeStream(source, tile.address, services.points, tile.name)
        opened = open_tile(stream, tile.name, _area(tile.west + middle, tile.south + middle), services.place)
        return message("%(tile)s, parts can be read (%(count)s nodes)", tile=tile.name, count=len(opened.nodes))

    def picture(service: PictureService) -> Message:
        gathered_picture = gather_picture(source, services, service, areas[0])
        size = f"{gathered_picture.grid.columns} × {gathered_picture.grid.rows}"
        return message("%(size)s pixels", size=size) if gathered_picture.body else message("nothing here, and says so")

    def flights() -> Message:
        days = flight_days(source, services, areas[0])
        return message("flown %(date)s", date=days) if days else message("nothing here, and says so")

    def terrain(layer: str) -> Message:
        alone = replace(services, terrain=replace(services.terrain, layers=(layer,)))
        gathered_terrain = gather_terrain(source, alone, areas[0])
        return message("it gives heights") if gathered_terrain.share else message("nothing here, and says so")

    def buildings() -> Message:
        count = gather_buildings(source, services, areas[0]).count
        return plural_message("%(count)s building", "%(count)s buildings", count)

    checks = [try_service(services.index.layer, index)]
    if listed:
        checks.append(try_service(services.points.title, points))
    for service in (services.orthophoto, services.historic):
        checks.append(try_service(service.layer, partial(picture, service)))
    checks.append(try_service(services.flights.layer, flights))
    for layer in services.terrain.layers:
        checks.append(try_service(layer, partial(terrain, layer)))
    checks.append(try_service(services.buildings.layer, buildings))
    return ServiceChecks(tuple(checks))


def _describe_tiles(tiles: list[Tile]) -> Message:
    """Return how many tiles there are, and of which blocks; a block that the index does not name is not guessed."""
    count = plural_message("%(count)s tile", "%(count)s tiles", len(tiles))
    blocks = {f"{tile.block} ({tile.edition})" if tile.edition else tile.block for tile in tiles if tile.block}
    if all(tile.block for tile in tiles):
        return message("%(count)s of block %(block)s", count=count, block=tuple(sorted(blocks)))
    return message("%(count)s, and the index does not say of which block", count=count)


def _area(east: float, north: float) -> Area:
    from shapely import box

    bounds: Bounds = (east - _HALF_M, north - _HALF_M, east + _HALF_M, north + _HALF_M)
    return Area(box(*bounds), bounds)


@dataclass(frozen=True)
class ServiceCheck:
    """Whether a service answers as it should.

    text : what it answered, or why that will not do
    """

    name: str
    is_well: bool
    text: Message


@dataclass(frozen=True)
class ServiceChecks:
    """What became of each service."""

    checks: tuple[ServiceCheck, ...]

    @property
    def exit_code(self) -> int:
        """Return 0 if all answer, else 1."""
        return int(not all(each.is_well for each in self.checks))

    def lines(self) -> list[Line]:
        """Return a line for each."""
        return [
            message("ok      %(layer)s: %(text)s", layer=each.name, text=each.text)
            if each.is_well
            else message("FAILED  %(layer)s", layer=each.name)
            for each in self.checks
        ]

    def failures(self) -> list[Failure]:
        """Return what failed."""
        return [Failure(each.text, 1) for each in self.checks if not each.is_well]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "services": [{"layer": each.name, "is_well": each.is_well, "text": str(each.text)} for each in self.checks]
        }


def try_service(name: str, ask: Callable[[], Message]) -> ServiceCheck:
    """Return what became of a request.

    ask : returns what the service answered; raises ServiceError where that will not do
    """
    try:
        return ServiceCheck(name, True, ask())
    except ServiceError as error:
        return ServiceCheck(name, False, error.message)
