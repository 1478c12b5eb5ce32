"""Gather the survey of a site, and the relief and the picture of the whole territory."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO

from carreau.air.airborne.survey_record import NAME, Gap, Layer, Reason, Role, SurveyRecord, read, span, write
from carreau.air.survey.features import Tile, TileList, flight_days, gather_buildings, list_tiles
from carreau.air.survey.http_client import SEE_CHECK, NoRangesError
from carreau.air.survey.map_requests import VOID, aligned_grid, gather_picture, gather_terrain, picture_pieces
from carreau.air.survey.point_tiles import DamagedTileError, Excerpt, PointTile, covered_share, open_tile, write_excerpt
from carreau.air.survey.services import Area, Licensed, PictureService, Services, credit_line, make_area
from carreau.air.survey.source import RangeStream, Source, whole_file
from carreau.base.errors import ScanError, ServiceError, StorageError, UnreachableError, cannot_write
from carreau.base.files import alone_in
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.formats.geodata import COMMUNES, OutlineError, read_communes
from carreau.runs.progress import Transfer, duration


@dataclass
class Gathered:
    """The data of a site that was gathered so far.

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
    with stage_folder(plan.folder) as folder:
        result = Gathered(remarks=list(plan.tiles.remarks))
        for tile, opened in plan.opened:
            with _forget_damage(source, tile):
                _points(result, tile, opened, plan, services, gathered, folder)
        _note_missing(result, plan, services)
        _surroundings(result, plan.area, source, services, gathered, folder)
        if result.lowest is None:
            raise no_heights(services)
        place = services.place
        record = SurveyRecord(
            place.epsg, plan.area.bounds, gathered, tuple(result.layers), place.vertical_epsg, title,
            tuple(result.gaps), plan.area.outline, has_lattice,
        )  # fmt: skip
        (folder / NAME).write_bytes(write(record))
        site = GatheredSite(record, tuple(result.remarks))
        before_placing(site)
    return site


def _surroundings(
    result: Gathered, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    """Gather everything but points."""
    share = covered_share(result.cells, area)
    if result.layers and share < services.points.thinnest_share:
        result.gaps.append(Gap(Role.POINTS, Reason.PARTIAL, services.points.title, f"{share:.0%}"))
        result.remarks.append(
            message(
                "points cover %(share)s of it; the rest is filled from a terrain raster", share=Number(share, ".0%")
            )
        )
    if share < services.points.thinnest_share:
        terrain_layer(result, area, source, services, gathered, folder)
    for role in (Role.ORTHOPHOTO, Role.HISTORIC):
        picture_layer(result, role, area, source, services, gathered, folder)
    _building_layer(result, area, source, services, gathered, folder)


def no_heights(services: Services) -> ServiceError:
    """Return the error for a place without any source of heights."""
    layers = ", ".join((services.index.layer, *services.terrain.layers))
    return ServiceError(layers, message("there are neither points nor heights here"), SEE_CHECK)


def _points(
    result: Gathered, tile: Tile, opened: PointTile, plan: SitePlan, services: Services, gathered: date, folder: Path
) -> None:
    """Write the points of a tile as a layer of its own, because editions and days differ between tiles."""
    if isinstance(opened.stream, RangeStream):
        opened.stream.fetch(opened.ranges)
    path = folder / f"points_{tile.west / 1000:04.0f}_{tile.south / 1000 + services.place.tile_m / 1000:04.0f}.laz"
    excerpt: Excerpt = write_excerpt(opened, plan.area, services.place, path)
    if not excerpt.count:
        result.gaps.append(Gap(Role.POINTS, Reason.EMPTY, tile.name))
        result.remarks.append(message("tile %(tile)s has no points here", tile=tile.name))
        return
    if not excerpt.is_classified:
        path.unlink()
        result.gaps.append(Gap(Role.POINTS, Reason.FAILED, tile.name, "no classes"))
        result.remarks.append(
            message(
                "the points of tile %(tile)s have no classes, so they are left out; `carreau model` builds such a file "
                "as a scan",
                tile=tile.name,
            )
        )
        return
    result.cells |= excerpt.cells
    if excerpt.lowest < float("inf"):
        result.lower(excerpt.lowest)
    layer = Layer(Role.POINTS, path.name, tile.name, tile.edition, tile.flown or opened.flown, (tile.name,))
    result.layers.append(_describe(layer, path, services.points, gathered))


def _note_missing(result: Gathered, plan: SitePlan, services: Services) -> None:
    """Say which tiles are not flown or not published yet, which is normal."""
    for west, south in plan.missing:
        corner = f"{west / 1000:04.0f}-{(south + services.place.tile_m) / 1000:04.0f}"
        result.gaps.append(Gap(Role.POINTS, Reason.UNPUBLISHED, services.points.title, corner))
    if plan.missing:
        result.remarks.append(
            plural_message(
                "%(missing)s of %(count)s tile is not flown or not published yet; `--refresh` asks again later",
                "%(missing)s of %(count)s tiles are not flown or not published yet; `--refresh` asks again later",
                len(plan.missing) + len(plan.opened),
                missing=len(plan.missing),
            )
        )


def terrain_layer(
    result: Gathered, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    """Add a raster of heights, or the gap where there are none."""
    service, terrain = services.terrain, gather_terrain(source, services, area)
    if not terrain.share:
        result.gaps.append(Gap(Role.TERRAIN, Reason.EMPTY, service.layers[-1]))
        result.remarks.append(message("%(layer)s has nothing here", layer=service.title))
        return
    path = folder / "terrain.bil"
    path.write_bytes(terrain.heights.astype("<f4").tobytes())
    result.lower(float(terrain.heights[terrain.heights != VOID].min()))
    if terrain.share < services.points.thinnest_share:
        result.gaps.append(Gap(Role.TERRAIN, Reason.PARTIAL, service.title, f"{terrain.share:.0%}"))
        result.remarks.append(
            message("%(layer)s covers %(share)s of it", layer=service.title, share=Number(terrain.share, ".0%"))
        )
    layer = Layer(Role.TERRAIN, path.name, ", ".join(terrain.layers), grid=terrain.grid)
    result.layers.append(_describe(layer, path, service, gathered))


def picture_layer(
    result: Gathered, role: Role, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    """Add a picture of today or of then, or the gap where there is none."""
    service = services.historic if role == Role.HISTORIC else services.orthophoto
    picture = gather_picture(source, services, service, area)
    if picture.body is None:
        result.gaps.append(Gap(role, Reason.EMPTY, service.layer))
        result.remarks.append(message("%(layer)s has nothing here", layer=service.title))
        return
    if picture.share < 1:
        result.gaps.append(Gap(role, Reason.PARTIAL, service.layer, f"{picture.share:.0%}"))
        result.remarks.append(
            message("%(layer)s covers %(share)s of it", layer=service.title, share=Number(picture.share, ".0%"))
        )
    if picture.grid.pixel_m > service.pixel_m:
        result.remarks.append(
            message(
                "%(layer)s is gathered with pixels of %(size)s m, because the place is large",
                layer=service.title,
                size=Number(picture.grid.pixel_m, ",.2g"),
            )
        )
    path = folder / f"{role.value}.jpg"
    path.write_bytes(picture.body)
    flown = service.flown or _flight_days(result, area, source, services)
    layer = Layer(role, path.name, service.layer, flown=flown, grid=picture.grid)
    result.layers.append(_describe(layer, path, service, gathered))


def _flight_days(result: Gathered, area: Area, source: Source, services: Services) -> str:
    """Return when the picture of an area was flown; a picture without a date is better than none."""
    title = services.flights.title
    try:
        flown, reason = flight_days(source, services, area), message("%(layer)s has nothing here", layer=title)
    except UnreachableError:
        raise
    except ServiceError as error:
        flown, reason = "", error.message
    if not flown:
        result.remarks.append(message("the day of the photograph is unknown: %(reason)s", reason=reason))
    return flown


def _building_layer(
    result: Gathered, area: Area, source: Source, services: Services, gathered: date, folder: Path
) -> None:
    buildings = gather_buildings(source, services, area)
    if buildings.body is None:
        return
    path = folder / "buildings.geojson"
    path.write_bytes(buildings.body)
    layer = Layer(Role.BUILDINGS, path.name, services.buildings.layer, crs=buildings.crs)
    result.layers.append(_describe(layer, path, services.buildings, gathered))


def _describe(layer: Layer, path: Path, service: Licensed, gathered: date) -> Layer:
    size, digest = size_and_sha256(path)
    return replace(
        layer,
        bytes=size,
        sha256=digest,
        credit=credit_line(service.credit, gathered, layer.flown, layer.edition),
        licence=service.licence,
        source=service.source,
    )


def flight_dates(layers: Iterable[Layer]) -> str:
    """Return when the points were measured, over all their layers; empty without points or dates."""
    return span([layer.flown for layer in layers if layer.role is Role.POINTS])


_COLOUR_BYTES, _GREY_BYTES = 0.15, 0.35
"""Of a pixel as JPEG and as grey PNG: 0.8 MB for a colour picture of 2,350 pixels square."""

_NODE_HALF_M = 31.0
"""Nodes of the octree are 31 to 62 m wide at its leaves, so that more is read than lies in an area."""


@dataclass(frozen=True)
class SitePlan:
    """What it takes to gather a site.

    slug : of the site
    folder : of the survey
    missing : south-west corners of the tiles that are not there
    opened : the tiles with what the area touches of them
    point_bytes, other_bytes : still to come; those of pictures and buildings are estimated
    requests : how many, about
    """

    slug: str
    folder: Path
    area: Area
    tiles: TileList
    missing: tuple[tuple[float, float], ...]
    opened: tuple[tuple[Tile, PointTile], ...]
    point_bytes: int
    other_bytes: int
    requests: int

    @property
    def total_bytes(self) -> int:
        """Return the bytes of all that is still to come."""
        return self.point_bytes + self.other_bytes

    def seconds(self, services: Services) -> float:
        """Return how long it may take."""
        polite = self.requests / min(services.index.per_s, services.points.per_s, services.orthophoto.per_s)
        return polite + self.total_bytes / 1e6 / services.client.expected_mb_s

    def close(self) -> None:
        """Close the tiles."""
        for _tile, opened in self.opened:
            opened.stream.close()


def plan_site(
    source: Source, services: Services, slug: str, area: Area, folder: Path, outline: Path, whole_files: bool
) -> SitePlan:
    """Return the plan of a site, for which the index of each tile is read.

    Raises ScanError for a site that is too wide, ServiceError where a service does not answer as it should.
    """
    corners = area.tile_corners(services.place.tile_m)
    if len(corners) > services.place.most_tiles:
        cause = message(
            "with its surroundings it touches %(count)s tiles, more than %(most)s",
            count=len(corners),
            most=services.place.most_tiles,
        )
        cure = message("draw it smaller, lower --buffer, or raise most_tiles in services.toml")
        raise ScanError(outline, "", cause, cure)
    listed = list_tiles(source, services, area.bounds)
    tiles = tuple(tile for tile in listed.tiles if (tile.west, tile.south) in corners)
    missing = tuple(sorted(set(corners) - {(tile.west, tile.south) for tile in tiles}))
    opened = tuple((tile, _open_tile(source, services, tile, area, whole_files)) for tile in tiles)
    to_come = [each.stream.missing_bytes(each.ranges) for _tile, each in opened if isinstance(each.stream, RangeStream)]
    pictures = (services.orthophoto, services.historic)
    requests = 3 + len(tiles) * 4 + sum(len(picture_pieces(each, area)) for each in pictures)
    return SitePlan(
        slug, folder, area, TileList(tiles, listed.remarks), missing, opened, sum(to_come),
        sum(picture_bytes(each, area) for each in pictures), requests,
    )  # fmt: skip


def _open_tile(source: Source, services: Services, tile: Tile, area: Area, whole_files: bool) -> PointTile:
    """Open a tile by its parts, or whole where its address gives no parts and a whole file is allowed."""
    stream: RangeStream | IO[bytes] = RangeStream(source, tile.address, services.points, tile.name)
    with _forget_damage(source, tile):
        try:
            return open_tile(stream, tile.name, area, services.place)
        except NoRangesError:
            if not whole_files:
                raise
        path = whole_file(source, tile.address, services.points, tile.name)
        return open_tile(path.open("rb"), tile.name, area, services.place)


@contextmanager
def _forget_damage(source: Source, tile: Tile) -> Iterator[None]:
    """Drop what is kept of a tile that turns out to be damaged, so that the next run fetches it anew."""
    try:
        yield
    except DamagedTileError:
        source.kept.forget_file(tile.address)
        raise


def picture_bytes(service: PictureService, area: Area) -> int:
    """Return about how many bytes the picture of an area has."""
    each = _GREY_BYTES if service.format == "image/png" else _COLOUR_BYTES
    return int(sum(piece.grid.columns * piece.grid.rows for piece in picture_pieces(service, area)) * each)


def rough_bytes(services: Services, area: Area) -> int:
    """Return about how many bytes a site takes, without asking anybody."""
    points = area.shape.buffer(_NODE_HALF_M).area * services.points.points_m2 * services.points.bytes_per_point
    return int(points) + sum(picture_bytes(each, area) for each in (services.orthophoto, services.historic))


_NEW, _OLD = ".new-", ".old-"


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Keep other runs away from a folder; raises StorageError at once while one is at work there."""
    taken = message("another `carreau survey` is at work in %(folder)s; wait until it is done", folder=str(folder))
    with alone_in(folder, taken):
        yield


@contextmanager
def stage_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces another when the block ends well, and is removed when it does not.

    Only one run at a time may do so (see `only_run`), for it removes what others left.
    Raises StorageError where the system does not let it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}{_NEW}", dir=folder.parent))
    except OSError as error:
        raise StorageError(cannot_write(folder, error)) from error
    try:
        yield aside
        aside.chmod(0o755)
        former = folder.with_name(f".{folder.name}{_OLD}{aside.name.rpartition('-')[2]}")
        if folder.exists():
            folder.rename(former)
        aside.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise StorageError(cannot_write(folder, error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _tidy(folder: Path) -> None:
    """Remove what a killed run left; a folder that was moved away and not yet replaced is put back."""
    for left in folder.parent.glob(f".{folder.name}{_OLD}*"):
        if folder.exists():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.rename(folder)
    for left in folder.parent.glob(f".{folder.name}{_NEW}*"):
        shutil.rmtree(left, ignore_errors=True)


def size_and_sha256(path: Path) -> tuple[int, str]:
    """Return the bytes of a file, and their digest."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


TERRITORY_FOLDER = "territory"
_HEIGHT_BYTES = 4


def territory_area(assets: Path, services: Services) -> Area:
    """Return the area of all communes; raises ScanError."""
    path = assets / COMMUNES
    try:
        communes = read_communes(path)
    except OutlineError as error:
        raise ScanError(path, "", error.cause, error.cure) from error
    return make_area([each for one in communes.values() for each in one.outline.polygons], path, services.place, 0.0)


def gather_territory(
    assets: Path, source: Source, services: Services, gathered: date, refresh: bool, transfer: Transfer
) -> Message:
    """Write the folder of the territory, whole or not at all, and return the message about it.

    refresh : whether to gather it although it is there
    Raises ScanError for communes that cannot be read, ServiceError where a service does not answer as it should,
    StorageError where the disk does not.
    """
    area = territory_area(assets, services)
    with only_run(assets):
        return _gather(assets / TERRITORY_FOLDER, area, source, services, gathered, refresh, transfer)


def _gather(
    folder: Path, area: Area, source: Source, services: Services, gathered: date, refresh: bool, transfer: Transfer
) -> Message:
    if not refresh and (folder / NAME).is_file() and read(folder / NAME).bounds == area.bounds:
        return message("gathered before; `--refresh` gathers it again")
    wanted, result = services.of_territory, Gathered()
    transfer.expect(TERRITORY_FOLDER, _size_bytes(area, services))
    transfer.begin(TERRITORY_FOLDER)
    with stage_folder(folder) as aside:
        terrain_layer(result, area, source, wanted, gathered, aside)
        if result.lowest is None:
            raise no_heights(wanted)
        picture_layer(result, Role.ORTHOPHOTO, area, source, wanted, gathered, aside)
        place = services.place
        record = SurveyRecord(
            place.epsg, area.bounds, gathered, tuple(result.layers), place.vertical_epsg, gaps=tuple(result.gaps)
        )
        (aside / NAME).write_bytes(write(record))
    size = Number(sum(layer.bytes or 0 for layer in record.layers) / 1e6, ",.1f")
    layers = tuple(layer.role.value for layer in record.layers)
    text = message("gathered %(area)s ha: %(layers)s, %(size)s MB", area=_whole(area), layers=layers, size=size)
    return join_messages([text, *result.remarks])


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
    wanted = services.of_territory
    terrain = wanted.terrain
    grid = aligned_grid(area.bounds, terrain.pixel_m, terrain.most_megapixels * 1e6, terrain.corner)
    return grid.columns * grid.rows * _HEIGHT_BYTES + picture_bytes(wanted.orthophoto, area)


def _whole(area: Area) -> Number:
    return Number(area.hectares, ",.0f")
