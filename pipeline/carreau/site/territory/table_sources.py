"""What the catalogue knows that the table model is made of: communes, outlines, heights and routes, in metres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from carreau.air.relief.table_data import Color, Form, Plate, RaisedPlace, TableScale
from carreau.base.errors import ScanError
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.route import Route
from carreau.catalogue.route_measures import in_walk_order
from carreau.catalogue.site import Site
from carreau.formats.geodata import COMMUNES, Outline, OutlineError, Ring, read_communes, read_outlines, read_path

LAMBERT_93 = 2154
LEAST_M = 0.2
"""A narrower outline is a line, and nothing stands on it."""
WITH_PLACES: Color = (221, 208, 182)
WITHOUT: tuple[Color, ...] = ((171, 163, 148), (163, 155, 141), (178, 170, 154))


@dataclass(frozen=True)
class Symbol:
    """How a kind of place is raised."""

    form: Form
    height_m: float
    color: Color


@dataclass(frozen=True)
class Raised:
    """The symbol of a place.

    is_sourced : whether its height is a fact of the catalogue
    """

    symbol: Symbol
    height_m: float
    is_sourced: bool


@dataclass(frozen=True, eq=False)
class TableSources:
    """What a table model is made of.

    plates : of the communes; names and points (east, north) by INSEE code
    places : with an outline; raised : the same, by slug
    routes : lines, and whether each only joins its stops
    """

    plates: tuple[Plate, ...]
    communes: Mapping[str, tuple[str, tuple[float, float]]]
    places: tuple[RaisedPlace, ...]
    raised: Mapping[str, Raised]
    routes: tuple[tuple[shapely.LineString, bool], ...]
    scale: TableScale


def table_sources(catalogue: Catalogue, assets: Path) -> TableSources | None:
    """Return the sources of the model; None without communes, or without a single outline.

    Raises ScanError for a file that does not contain what it should.
    """
    path = assets / COMMUNES
    if not path.is_file():
        return None
    to_metres = Transformer.from_crs(4326, LAMBERT_93, always_xy=True)
    try:
        communes = read_communes(path)
    except OutlineError as error:
        raise ScanError(path, "", error.cause, error.cure) from error
    entries = [entry for entry in catalogue.sites.values() if entry.of.outline and not entry.of.demonstration]
    by_slug = {entry.slug: raised(entry.of) for entry in entries}
    drawn = [_place(entry, by_slug[entry.slug], to_metres) for entry in entries]
    places = [place for place in drawn if not shapely.buffer(place.outline, -LEAST_M / 2).is_empty]
    if not places or not communes:
        return None
    inhabited = {entry.of.insee for entry in entries}
    shapes = {insee: _shape([each.outline], to_metres) for insee, each in communes.items()}
    colors = {
        insee: WITH_PLACES if insee in inhabited else WITHOUT[at % len(WITHOUT)]
        for at, insee in enumerate(sorted(shapes))
    }
    west, south, east, north = shapely.total_bounds(list(shapes.values())).tolist()
    return TableSources(
        plates=tuple(Plate(shapes[insee], colors[insee]) for insee in sorted(shapes)),
        communes={insee: (communes[insee].name, _label(shapes[insee])) for insee in sorted(shapes)},
        places=tuple(sorted(places, key=lambda place: place.name)),
        raised=by_slug,
        routes=tuple(_routes(catalogue, to_metres)),
        scale=TableScale((round((west + east) / 2, -2), round((south + north) / 2, -2))),
    )


def _place(entry: Entry[Site], how: Raised, to_metres: Transformer) -> RaisedPlace:
    path = entry.folder / entry.of.outline
    try:
        outlines = read_outlines(path)
    except OutlineError as error:
        raise ScanError(path, "", error.cause, error.cure) from error
    return RaisedPlace(entry.slug, _shape(outlines, to_metres), how.symbol.form, how.height_m, how.symbol.color)


def _shape(outlines: Iterable[Outline], to_metres: Transformer) -> BaseGeometry:
    """Return areas in metres; hand-drawn rings that cross themselves are made valid."""
    polygons = [
        shapely.Polygon(_metres(rings[0], to_metres), [_metres(ring, to_metres) for ring in rings[1:]])
        for outline in outlines
        for rings in outline.polygons
    ]
    return shapely.union_all(shapely.make_valid(polygons, method="structure", keep_collapsed=False))


def _metres(ring: Ring, to_metres: Transformer) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    degrees = np.array(ring, np.float64)
    return np.stack(to_metres.transform(degrees[:, 0], degrees[:, 1]), axis=1)


def _label(shape: BaseGeometry) -> tuple[float, float]:
    point = shapely.centroid(shape)
    inside = point if shapely.contains(shape, point) else shapely.point_on_surface(shape)
    return float(shapely.get_x(inside)), float(shapely.get_y(inside))


def _routes(catalogue: Catalogue, to_metres: Transformer) -> Iterable[tuple[shapely.LineString, bool]]:
    for entry in catalogue.routes.values():
        points, is_joined = _way(entry, catalogue)
        if len(points) > 1:
            yield shapely.LineString(_metres(points, to_metres)), is_joined


def _way(entry: Entry[Route], catalogue: Catalogue) -> tuple[Ring, bool]:
    """Return the path of a route, or else its stops; and which of both it is."""
    path = entry.folder / entry.of.path
    try:
        if entry.of.path:
            return read_path(path), False
    except OutlineError as error:
        raise ScanError(path, "", error.cause, error.cure) from error
    positions = [_position(stop.site, catalogue) for stop in in_walk_order(entry, catalogue).of.stop]
    points = [point for point in positions if point is not None]
    return ([*points, points[0]] if entry.of.loop and len(points) > 2 else points), True


def _position(slug: str, catalogue: Catalogue) -> tuple[float, float] | None:
    entry = catalogue.sites.get(slug)
    position = entry.of.position if entry else None
    if position is None or position.lon is None or position.lat is None:
        return None
    return position.lon, position.lat


TIP, HEIGHT_FACT = "terril", "height_m"
CONICAL, CONICAL_M = "conique", 60.0
"""The typology of the official list, and the symbolic height of spoil tips that are cones."""
HIGHEST_M = 300.0
"""A height beyond it is a mistake, such as one above the sea."""

BRICK: Color = (170, 68, 46)
GRASS: Color = (98, 112, 60)
COAL: Color = (52, 55, 60)
IRON: Color = (38, 68, 66)
BALLAST: Color = (110, 94, 80)
STONE: Color = (238, 232, 218)
SLATE: Color = (92, 100, 122)
POND: Color = (74, 124, 140)

SYMBOLS: Mapping[str, Symbol] = MappingProxyType(
    {
        "cite": Symbol(Form.BLOCK, 9.0, BRICK),
        TIP: Symbol(Form.HEAP, 30.0, GRASS),
        "ecole": Symbol(Form.BLOCK, 16.0, STONE),
        "hopital/dispensaire": Symbol(Form.BLOCK, 16.0, STONE),
        "eglise": Symbol(Form.BLOCK, 34.0, SLATE),
        "fosse": Symbol(Form.BLOCK, 30.0, IRON),
        "cavalier/gare": Symbol(Form.BLOCK, 5.0, BALLAST),
        "chevalement": Symbol(Form.BLOCK, 40.0, IRON),
        "etang-affaissement": Symbol(Form.WATER, 0.0, POND),
        "salle-des-fetes": Symbol(Form.BLOCK, 18.0, STONE),
        "chateau/maison-directeur": Symbol(Form.BLOCK, 16.0, BRICK),
    }
)
"""By the code of the kind; any other kind is `OTHER`."""

OTHER = Symbol(Form.BLOCK, 18.0, COAL)


def raised(site: Site) -> Raised:
    """Return how a place is raised: a spoil tip to the height that a source gives, everything else by its kind."""
    symbol = SYMBOLS.get(site.kind, OTHER)
    for fact in site.fact if site.kind == TIP else ():
        is_sourced = fact.name == HEIGHT_FACT and fact.unit == "m" and bool(fact.source)
        if is_sourced and isinstance(fact.value, int | float) and 0 < fact.value <= HIGHEST_M:
            return Raised(symbol, float(fact.value), is_sourced=True)
    is_cone = site.kind == TIP and site.inscription is not None and site.inscription.typology.lower() == CONICAL
    return Raised(symbol, CONICAL_M if is_cone else symbol.height_m, is_sourced=False)
