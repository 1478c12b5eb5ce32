"""Gather the relief and the picture of the whole territory: all communes of the catalogue."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from carreau.air.airborne.survey_record import NAME, Role, SurveyRecord, read, write
from carreau.air.survey.gather import (
    Gathered,
    no_heights,
    only_run,
    picture_bytes,
    picture_layer,
    staged,
    terrain_layer,
)
from carreau.air.survey.map_requests import aligned_grid
from carreau.air.survey.services import Services
from carreau.air.survey.site_area import Area, area_of
from carreau.air.survey.source import Source
from carreau.base.errors import ScanError
from carreau.base.messages import Message, Number, joined, message
from carreau.formats.geodata import COMMUNES, OutlineError, read_communes
from carreau.runs.progress import Transfer, duration

FOLDER = "territory"
_HEIGHT_BYTES = 4


def territory_area(assets: Path, services: Services) -> Area:
    """Return the area of all communes; raises ScanError."""
    path = assets / COMMUNES
    try:
        communes = read_communes(path)
    except OutlineError as error:
        raise ScanError(path, "", error.cause, error.cure) from error
    return area_of([each for one in communes.values() for each in one.outline.polygons], path, services.place, 0.0)


def gather_territory(
    assets: Path, source: Source, services: Services, gathered: date, refresh: bool, transfer: Transfer
) -> Message:
    """Write the folder of the territory, whole or not at all, and return what is told of it.

    refresh : whether to gather it although it is there
    Raises ScanError for communes that cannot be read, ServiceError where a service does not answer as it should,
    StorageError where the disk does not.
    """
    area = territory_area(assets, services)
    with only_run(assets):
        return _gathered(assets / FOLDER, area, source, services, gathered, refresh, transfer)


def _gathered(
    folder: Path, area: Area, source: Source, services: Services, gathered: date, refresh: bool, transfer: Transfer
) -> Message:
    if not refresh and (folder / NAME).is_file() and read(folder / NAME).bounds == area.bounds:
        return message("gathered before; `--refresh` gathers it again")
    asked, found = services.of_territory, Gathered()
    transfer.expect(FOLDER, _size_bytes(area, services))
    transfer.begin(FOLDER)
    with staged(folder) as aside:
        terrain_layer(found, area, source, asked, gathered, aside)
        if found.lowest is None:
            raise no_heights(asked)
        picture_layer(found, Role.ORTHOPHOTO, asked.orthophoto, area, source, asked, gathered, aside)
        place = services.place
        record = SurveyRecord(
            place.epsg, area.bounds, gathered, tuple(found.layers), place.vertical_epsg, gaps=tuple(found.gaps)
        )
        (aside / NAME).write_bytes(write(record))
    size = Number(sum(layer.bytes or 0 for layer in record.layers) / 1e6, ",.1f")
    layers = tuple(layer.role.value for layer in record.layers)
    told = message("gathered %(area)s ha: %(layers)s, %(size)s MB", area=_whole(area), layers=layers, size=size)
    return joined([told, *found.remarks])


def planned_territory(assets: Path, services: Services) -> Message:
    """Return what it would take to gather the territory; raises ScanError."""
    area = territory_area(assets, services)
    size = _size_bytes(area, services)
    return message(
        "%(area)s ha, %(size)s MB to come, about %(time)s",
        area=_whole(area),
        size=Number(size / 1e6, ",.1f"),
        time=duration(size / 1e6 / services.client.expected_mb_s),
    )


def _size_bytes(area: Area, services: Services) -> int:
    """Return about how many bytes an area takes."""
    asked = services.of_territory
    grid = aligned_grid(area.bounds, asked.terrain.pixel_m, asked.terrain.most_megapixels * 1e6)
    return grid.columns * grid.rows * _HEIGHT_BYTES + picture_bytes(asked.orthophoto, area)


def _whole(area: Area) -> Number:
    return Number(area.hectares, ",.0f")
