"""The open data services that `services.toml` describes, and the area of a site that they are asked for."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from carreau.air.airborne.survey_record import Bounds
from carreau.base.errors import ScanError
from carreau.base.messages import message
from carreau.formats.geodata import OutlineError, Ring, read_outlines
from carreau.formats.location.text_files import Key, Table, toml_table

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

PACKAGED = Path(__file__).parent / "services.toml"
MEGABYTE = 1_000_000
NAME = "services.toml"
"""File in the folder of a catalogue whose keys replace those of the packaged one."""

T = TypeVar("T")
Alternatives = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ClientLimits:
    """How every service is asked.

    hosts : that may be asked
    timeout_s : without a byte
    longest_wait_s : that a service may ask for
    keep_days : how long kept answers are used again
    expected_mb_s : megabytes a second, to estimate times
    """

    user_agent: str
    hosts: tuple[str, ...]
    timeout_s: float
    retries: int
    longest_wait_s: float
    keep_days: float
    expected_mb_s: float


@dataclass(frozen=True)
class Place:
    """Where the services have data.

    bounds : west, south, east, north
    most_tiles : that one site may touch
    tile_m : side of a tile
    buffer_m, tip_buffer_m : around an outline, and around that of a spoil tip
    checked : where `--check` looks
    """

    epsg: int
    vertical_epsg: int
    bounds: tuple[float, ...]
    most_tiles: int
    tile_m: float
    buffer_m: float
    tip_buffer_m: float
    checked: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class HttpService:
    """A service that answers one request with one document.

    title : for messages
    per_s : most requests a second
    most_mb : of an answer
    """

    address: str
    title: str
    per_s: float
    most_mb: float

    @property
    def most_bytes(self) -> int:
        """Return the most bytes of an answer."""
        return int(self.most_mb * MEGABYTE)


@dataclass(frozen=True)
class Licensed:
    """Whose data they are.

    source : page that describes them
    credit : template of the line that names their owner
    """

    licence: str
    source: str
    credit: str


@dataclass(frozen=True)
class FeatureService(HttpService):
    """A layer of features (WFS).

    page : features an answer
    """

    layer: str
    page: int


@dataclass(frozen=True)
class IndexService(FeatureService):
    """The index of tiles.

    properties : names by meaning, in the order in which they are looked for
    nested : property that holds the others as JSON text
    systems : names of the system of coordinates that are accepted
    host : whose http:// addresses are asked over https
    block : pattern of the name of a block, in the mission of a tile or in its address
    mend : pattern and replacement for names of tiles in addresses
    """

    systems: tuple[str, ...]
    nested: str
    host: str
    block: str
    mend: Mapping[str, str]
    properties: Alternatives


@dataclass(frozen=True)
class PointService(Licensed):
    """Point clouds of which parts are read.

    parts : what to replace in the path for the address for parts
    gap_kb : parts that lie closer together are read as one
    bytes_per_point, points_m2 : for estimates
    thinnest_share : of a place with points that counts as whole
    """

    title: str
    per_s: float
    parts: Mapping[str, str]
    gap_kb: float
    most_request_mb: float
    most_file_mb: float
    bytes_per_point: float
    points_m2: float
    thinnest_share: float


@dataclass(frozen=True)
class PictureService(HttpService, Licensed):
    """Pictures from above (WMS).

    edge_px : longest edge of a request
    flown : what the layer says of its date; empty if nothing
    """

    layer: str
    format: str
    pixel_m: float
    most_megapixels: float
    edge_px: int
    flown: str = ""


@dataclass(frozen=True)
class FlightService(FeatureService):
    """Which flights a picture is a mosaic of.

    day, scale : properties with the day of a flight, and with the number that is least for the finest picture
    """

    day: str
    scale: str


@dataclass(frozen=True)
class TerrainService(HttpService, Licensed):
    """Rasters of heights (WMS).

    layers : best first; each fills the voids of those before
    corner : x and y of a corner of its cells, metres
    lowest_m, highest_m : anything else is a void
    """

    layers: tuple[str, ...]
    format: str
    corner: tuple[float, ...]
    pixel_m: float
    most_megapixels: float
    edge_px: int
    lowest_m: float
    highest_m: float


@dataclass(frozen=True)
class BuildingService(FeatureService, Licensed):
    """Outlines of buildings.

    id : property with the name of a record
    """

    id: str


@dataclass(frozen=True)
class TerritoryPixels:
    """How the whole territory is asked for, where it differs from a site."""

    terrain_pixel_m: float
    orthophoto_pixel_m: float
    orthophoto_layer: str
    most_megapixels: float


@dataclass(frozen=True)
class WayService(HttpService, Licensed):
    """Ways along paths and streets.

    capabilities : address of the list of what there is
    engine : who computes, as pages say
    profiles : of the service, by travel mode
    snap_m : how far it may move a point to reach a way
    checked : where `--check` looks, (lon, lat)
    """

    capabilities: str
    engine: str
    resource: str
    profiles: Mapping[str, str]
    optimization: str
    snap_m: float
    checked: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class HeightService(HttpService, Licensed):
    """Heights of points.

    points : most of a request
    step_m : between two of them along a way
    lowest_m, highest_m : anything else is a void
    """

    resource: str
    points: int
    step_m: float
    lowest_m: float
    highest_m: float


@dataclass(frozen=True)
class Services:
    """All of `services.toml`."""

    client: ClientLimits
    place: Place
    index: IndexService
    points: PointService
    orthophoto: PictureService
    flights: FlightService
    historic: PictureService
    terrain: TerrainService
    buildings: BuildingService
    territory: TerritoryPixels
    way: WayService
    heights: HeightService

    @property
    def of_territory(self) -> Services:
        """Return the same services, asked for the whole territory."""
        own = self.territory
        return replace(
            self,
            terrain=replace(self.terrain, pixel_m=own.terrain_pixel_m, most_megapixels=own.most_megapixels),
            orthophoto=replace(
                self.orthophoto,
                layer=own.orthophoto_layer,
                pixel_m=own.orthophoto_pixel_m,
                most_megapixels=own.most_megapixels,
            ),
        )


def read_services(override: Path | None = None) -> Services:
    """Return the packaged services, with the keys of another file in their place.

    Raises FormatError naming file, line and key for a key that is unknown, or a value of another type.
    """
    data = tomllib.loads(PACKAGED.read_text(encoding="utf-8"))
    if override is not None:
        _replace(data, toml_table(override))
    kinds = get_type_hints(Services)
    return Services(**{name: _section(kind, data[name]) for name, kind in kinds.items()})


def _section(kind: type[T], values: dict[str, Any]) -> T:
    return kind(**{name: _freeze(value) for name, value in values.items()})


def _freeze(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_freeze, value))
    return {name: _freeze(each) for name, each in value.items()} if isinstance(value, dict) else value


def _replace(data: dict[str, Any], table: Table) -> None:
    """Put the values of a table in the place of others; raises FormatError."""
    table.allow(*data)
    for name in table.data:
        key = table.key(name)
        if isinstance(data[name], dict):
            _replace(data[name], key.table())
        else:
            data[name] = _like(key, data[name])


def _like(key: Key, former: Any) -> Any:
    """Return the value of a key, which must be of the type of another."""
    value: Any = key.value
    if isinstance(former, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    is_negative = isinstance(value, int | float) and value < 0 <= former
    if _agrees(value, former) and not is_negative:
        return value
    cause = message("%(value)s is not allowed", value=key.shown)
    raise key.error(cause, message("write it like %(example)s", example=repr(former)))


def _agrees(value: Any, former: Any) -> bool:
    """Return whether a value is of the type of another: a list is not empty, and one of numbers has as many."""
    if isinstance(former, float):
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not isinstance(former, list):
        return type(value) is type(former)
    if not isinstance(value, list) or not value or not all(_agrees(each, former[0]) for each in value):
        return False
    return not isinstance(former[0], float) or len(value) == len(former)


CLOCK = "SOURCE_DATE_EPOCH"
"""Environment variable that replaces the clock, in seconds since 1970, so that the same data give the same bytes."""

UNKNOWN = "à une date inconnue"


def today() -> date:
    """Return the day, of the clock or of SOURCE_DATE_EPOCH."""
    text = os.environ.get(CLOCK, "")
    return datetime.fromtimestamp(int(text), UTC).date() if text.isdecimal() else datetime.now(UTC).date()


def credit_line(template: str, gathered: date, flown: str = "", edition: str = "") -> str:
    """Return a credit line of a template of `services.toml`.

    >>> credit_line("relevé {flown}, édition {edition}", date(2026, 11, 27), "2022-05-29/2022-06-15", "2025-06-06")
    'relevé du 29/05 au 15/06/2022, édition 2025-06-06'
    """
    return template.format(flown=flown_words(flown), edition=edition or "?", gathered=f"{gathered:%d/%m/%Y}")


def flown_words(flown: str) -> str:
    """Return when a place was flown over, in words.

    >>> flown_words("2022-05-29"), flown_words("")
    ('du 29/05/2022', 'à une date inconnue')
    """
    try:
        days = [date.fromisoformat(each) for each in flown.split("/")]
    except ValueError:
        return UNKNOWN
    first, last = days[0], days[-1]
    if first == last:
        return f"du {first:%d/%m/%Y}"
    return f"du {first:%d/%m}{f'/{first.year}' if first.year != last.year else ''} au {last:%d/%m/%Y}"


OutlineRing = tuple[tuple[float, float], ...]

_EXACT_DIGITS = 2
"""Bounds are whole metres around the centimetres of the area, so that the last digits of degrees change nothing."""


@dataclass(frozen=True)
class Area:
    """An area.

    shape : in the system of coordinates of the services
    bounds : around it, whole metres
    outline : rings of what it lies around, to the centimetre
    """

    shape: Polygon | MultiPolygon
    bounds: Bounds
    outline: tuple[OutlineRing, ...] = ()

    @property
    def hectares(self) -> float:
        """Return its size."""
        return float(self.shape.area) / 10_000

    def tile_corners(self, side: float) -> list[tuple[float, float]]:
        """Return the south-west corners of the tiles that it overlaps."""
        from shapely import box

        west, south, east, north = (math.floor(each / side) for each in self.bounds)
        corners = [(x * side, y * side) for y in range(south, north + 1) for x in range(west, east + 1)]
        return [(x, y) for x, y in corners if self.shape.intersection(box(x, y, x + side, y + side)).area > 0]


def site_area(outline: Path, place: Place, buffer_m: float) -> Area:
    """Return the area of an outline in degrees.

    Raises ScanError for a file that is no outline, or one that lies where the services have nothing.
    """
    try:
        outlines = read_outlines(outline)
    except OutlineError as error:
        raise ScanError(outline, "", error.cause, error.cure) from error
    return make_area([polygon for each in outlines for polygon in each.polygons], outline, place, buffer_m)


def make_area(polygons: list[list[Ring]], outline: Path, place: Place, buffer_m: float) -> Area:
    """Return the area of polygons in degrees, each with its outer ring first; raises ScanError."""
    import numpy as np
    import shapely
    from pyproj import Transformer

    to_map = Transformer.from_crs("EPSG:4326", f"EPSG:{place.epsg}", always_xy=True)

    def projected(ring: Ring) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        lon, lat = np.array(ring, np.float64).T
        return np.column_stack(to_map.transform(lon, lat))

    rings = [[projected(ring) for ring in polygon] for polygon in polygons]
    west, south, east, north = place.bounds
    whole = np.concatenate([ring for polygon in rings for ring in polygon])
    if not (np.isfinite(whole).all() and ((whole >= (west, south)) & (whole <= (east, north))).all()):
        cause = message("it lies outside metropolitan France")
        raise ScanError(outline, "", cause, message("check its coordinates: degrees, longitude first"))
    parts = [shapely.make_valid(shapely.Polygon(polygon[0], polygon[1:])) for polygon in rings]
    whole_outline = shapely.union_all(parts)
    shape = whole_outline.buffer(buffer_m)
    if shape.is_empty:
        raise ScanError(outline, "", message("its area is empty"), message("draw it again, or raise --buffer"))
    exact = np.round(shape.bounds, _EXACT_DIGITS)
    west, south, east, north = (float(each) for each in (*np.floor(exact[:2]), *np.ceil(exact[2:])))
    return Area(shape, (west, south, east, north), tuple(_rings(whole_outline)))


def _rings(outline: BaseGeometry) -> Iterator[OutlineRing]:
    """Yield the outer rings of polygons."""
    import numpy as np
    import shapely

    for part in shapely.get_parts(outline):
        if part.geom_type == "Polygon":
            places = np.round(shapely.get_coordinates(part.exterior), _EXACT_DIGITS)[:-1]
            yield tuple((float(x), float(y)) for x, y in places)
