"""Gather the survey of a site: points, pictures, buildings, terrain where points are missing, and the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from carreau.air.airborne_files.survey_record import NAME, Gap, Layer, Reason, Role, SurveyRecord, write
from carreau.air.survey.buildings import gather_buildings
from carreau.air.survey.credits import credit_line, span
from carreau.air.survey.http_client import SEE_CHECK
from carreau.air.survey.pictures import gather_picture
from carreau.air.survey.point_tiles import Excerpt, PointTile, covered_share, write_excerpt
from carreau.air.survey.ranges import RangeStream
from carreau.air.survey.services import Licensed, PictureService, Services
from carreau.air.survey.site_area import Area
from carreau.air.survey.site_plan import SitePlan
from carreau.air.survey.source import Source
from carreau.air.survey.staging import size_and_sha256, staged
from carreau.air.survey.terrain import VOID, gather_terrain
from carreau.air.survey.tile_index import Tile
from carreau.base.errors import ServiceError
from carreau.base.messages import Message, Number, message, plural_message


@dataclass
class Gathered:
    """What is there of a site so far.

    cells : squares that have points
    lowest : height of the lowest ground, metres; None if unknown
    remarks : sentences for a person
    """

    layers: list[Layer] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    cells: set[tuple[int, int]] = field(default_factory=set)
    lowest: float | None = None
    remarks: list[Message] = field(default_factory=list)

    def lower(self, height: float) -> None:
        """Note a height that may be the lowest."""
        self.lowest = height if self.lowest is None else min(self.lowest, height)


@dataclass(frozen=True)
class GatheredSite:
    """A site that was gathered."""

    record: SurveyRecord
    remarks: tuple[Message, ...]


def gather_site(
    plan: SitePlan, source: Source, services: Services, gathered: date, title: str, has_lattice: bool,
    before_placing: Callable[[GatheredSite], object],
) -> GatheredSite:  # fmt: skip
    """Write the folder of a survey, whole or not at all.

    title : of the place
    has_lattice : whether headframes may stand there
    before_placing : done when all is there, before the folder takes its place; what it raises keeps it from that
    Raises ServiceError where a service does not answer as it should, StorageError where the disk does not.
    """
    with staged(plan.folder) as folder:
        found = Gathered(remarks=list(plan.tiles.remarks))
        for tile, opened in plan.opened:
            _points(found, tile, opened, plan, services, gathered, folder)
        _note_missing(found, plan, services)
        _surroundings(found, plan.area, source, services, gathered, folder)
        if found.lowest is None:
            raise no_heights(services)
        place = services.place
        record = SurveyRecord(
            place.epsg, plan.area.bounds, gathered, tuple(found.layers), place.vertical_epsg, title,
            tuple(found.gaps), plan.area.outline, has_lattice,
        )  # fmt: skip
        (folder / NAME).write_bytes(write(record))
        site = GatheredSite(record, tuple(found.remarks))
        before_placing(site)
    return site


def _surroundings(
    found: Gathered, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    """Gather everything but points."""
    share = covered_share(found.cells, area)
    if found.layers and share < services.points.thinnest_share:
        found.gaps.append(Gap(Role.POINTS, Reason.PARTIAL, services.points.title, f"{share:.0%}"))
        found.remarks.append(
            message(
                "points cover %(share)s of it; the rest is filled from a terrain raster", share=Number(share, ".0%")
            )
        )
    if share < services.points.thinnest_share:
        terrain_layer(found, area, source, services, gathered, folder)
    for role, service in ((Role.ORTHOPHOTO, services.orthophoto), (Role.HISTORIC, services.historic)):
        picture_layer(found, role, service, area, source, services, gathered, folder)
    _building_layer(found, area, source, services, gathered, folder)


def no_heights(services: Services) -> ServiceError:
    """Return the error for a place of which nothing tells how high it is."""
    layers = ", ".join((services.index.layer, *services.terrain.layers))
    return ServiceError(layers, message("there are neither points nor heights here"), SEE_CHECK)


def _points(
    found: Gathered, tile: Tile, opened: PointTile, plan: SitePlan, services: Services, gathered: date, folder: Path
) -> None:
    """Write the points of a tile as a layer of its own, because editions and days differ between tiles."""
    if isinstance(opened.stream, RangeStream):
        opened.stream.fetch(opened.ranges)
    path = folder / f"points_{tile.west / 1000:04.0f}_{tile.south / 1000 + services.place.tile_m / 1000:04.0f}.laz"
    excerpt: Excerpt = write_excerpt(opened, plan.area, services.place, path)
    if not excerpt.count:
        found.gaps.append(Gap(Role.POINTS, Reason.EMPTY, tile.name))
        found.remarks.append(message("tile %(tile)s has no points here", tile=tile.name))
        return
    if not excerpt.is_classified:
        path.unlink()
        found.gaps.append(Gap(Role.POINTS, Reason.FAILED, tile.name, "no classes"))
        found.remarks.append(
            message(
                "the points of tile %(tile)s have no classes, so they are left out; `carreau model` builds such a file "
                "as a scan",
                tile=tile.name,
            )
        )
        return
    found.cells |= excerpt.cells
    if excerpt.lowest < float("inf"):
        found.lower(excerpt.lowest)
    layer = Layer(Role.POINTS, path.name, tile.name, tile.edition, tile.flown, (tile.name,))
    found.layers.append(_described(layer, path, services.points, gathered))


def _note_missing(found: Gathered, plan: SitePlan, services: Services) -> None:
    """Say which tiles are not flown or not published yet, which is normal."""
    for west, south in plan.missing:
        corner = f"{west / 1000:04.0f}-{(south + services.place.tile_m) / 1000:04.0f}"
        found.gaps.append(Gap(Role.POINTS, Reason.UNPUBLISHED, services.points.title, corner))
    if plan.missing:
        found.remarks.append(
            plural_message(
                "%(missing)s of %(count)s tile is not flown or not published yet; `--refresh` asks again later",
                "%(missing)s of %(count)s tiles are not flown or not published yet; `--refresh` asks again later",
                len(plan.missing) + len(plan.opened),
                missing=len(plan.missing),
            )
        )


def terrain_layer(
    found: Gathered, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    """Add a raster of heights, or the gap where there are none."""
    service, terrain = services.terrain, gather_terrain(source, services, area)
    if not terrain.share:
        found.gaps.append(Gap(Role.TERRAIN, Reason.EMPTY, service.layers[-1]))
        found.remarks.append(message("%(layer)s has nothing here", layer=service.title))
        return
    path = folder / "terrain.bil"
    path.write_bytes(terrain.heights.astype("<f4").tobytes())
    found.lower(float(terrain.heights[terrain.heights != VOID].min()))
    if terrain.share < services.points.thinnest_share:
        found.gaps.append(Gap(Role.TERRAIN, Reason.PARTIAL, service.title, f"{terrain.share:.0%}"))
        found.remarks.append(
            message("%(layer)s covers %(share)s of it", layer=service.title, share=Number(terrain.share, ".0%"))
        )
    layer = Layer(Role.TERRAIN, path.name, ", ".join(terrain.layers), grid=terrain.grid)
    found.layers.append(_described(layer, path, service, gathered))


def picture_layer(
    found: Gathered, role: Role, service: PictureService, area: Area, source: Source, services: Services,
    gathered: date, folder: Path,
) -> None:  # fmt: skip
    """Add a picture, or the gap where there is none."""
    picture = gather_picture(source, services, service, area)
    if picture.body is None:
        found.gaps.append(Gap(role, Reason.EMPTY, service.layer))
        found.remarks.append(message("%(layer)s has nothing here", layer=service.title))
        return
    if picture.share < 1:
        found.gaps.append(Gap(role, Reason.PARTIAL, service.layer, f"{picture.share:.0%}"))
        found.remarks.append(
            message("%(layer)s covers %(share)s of it", layer=service.title, share=Number(picture.share, ".0%"))
        )
    if picture.grid.pixel_m > service.pixel_m:
        found.remarks.append(
            message(
                "%(layer)s is gathered with pixels of %(size)s m, because the place is large",
                layer=service.title,
                size=Number(picture.grid.pixel_m, ",.2g"),
            )
        )
    path = folder / f"{role.value}.jpg"
    path.write_bytes(picture.body)
    layer = Layer(role, path.name, service.layer, flown=service.flown, grid=picture.grid)
    found.layers.append(_described(layer, path, service, gathered))


def _building_layer(
    found: Gathered, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    buildings = gather_buildings(source, services, area)
    if buildings.body is None:
        return
    path = folder / "buildings.geojson"
    path.write_bytes(buildings.body)
    layer = Layer(Role.BUILDINGS, path.name, services.buildings.layer, crs=buildings.crs)
    found.layers.append(_described(layer, path, services.buildings, gathered))


def _described(layer: Layer, path: Path, service: Licensed, gathered: date) -> Layer:
    size, digest = size_and_sha256(path)
    return replace(
        layer,
        bytes=size,
        sha256=digest,
        credit=credit_line(service.credit, gathered, layer.flown, layer.edition),
        licence=service.licence,
        source=service.source,
    )


def flown_of(layers: Iterable[Layer]) -> str:
    """Return when the points were measured, over all their layers; empty without points or dates."""
    return span([layer.flown for layer in layers if layer.role is Role.POINTS])
