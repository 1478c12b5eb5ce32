"""The table model of the territory: what the catalogue knows that it is made of, and its pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from PIL import Image
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from carreau.air.relief_table import Color, Form, Plate, RaisedPlace, TablePart, TableScale
from carreau.base.errors import ScanError
from carreau.base.model import ByteArray, DoubleArray, FloatArray, Material, Mesh, TextureSlot, Wrap
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.route import Route
from carreau.catalogue.route_measures import in_walk_order
from carreau.catalogue.site import Site
from carreau.formats.geodata import COMMUNES, Outline, OutlineError, Ring, read_communes, read_outlines, read_path
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_reader import read
from carreau.formats.images.image_codecs import srgb_bytes
from carreau.geometry.render.camera import Frustum
from carreau.geometry.render.raycasting import Scene
from carreau.models.stages.poster import PosterOptions, portrait

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
    by_slug = {entry.slug: choose_height(entry.of) for entry in entries}
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


def choose_height(site: Site) -> Raised:
    """Return how a place is raised: a spoil tip to the height that a source gives, everything else by its kind."""
    symbol = SYMBOLS.get(site.kind, OTHER)
    for fact in site.fact if site.kind == TIP else ():
        is_sourced = fact.name == HEIGHT_FACT and fact.unit == "m" and bool(fact.source)
        if is_sourced and isinstance(fact.value, int | float) and 0 < fact.value <= HIGHEST_M:
            return Raised(symbol, float(fact.value), is_sourced=True)
    is_cone = site.kind == TIP and site.inscription is not None and site.inscription.typology.lower() == CONICAL
    return Raised(symbol, CONICAL_M if is_cone else symbol.height_m, is_sourced=False)


LAMP = np.array([246.0, 178.0, 52.0])
LAMP_SHARE = 0.72
"""How much of the colour of a lit place is that of the lamp."""
OPTIONS = PosterOptions(samples=2, sky_rays=0, is_faceted=True, shadow=0.0)
_CORNER, _WHOLE = {"quality": 62, "alpha_quality": 60, "method": 6}, {"alpha_quality": 90, "method": 6}
QUALITIES = (84, 72, 60, 48, 36)
MOST_WHOLE_BYTES = 120_000
"""Of a picture of the whole, which with the page and a preview of 150 kB is the first view of at most 300 kB."""


@dataclass(frozen=True)
class TableView:
    """A camera, and the picture that it takes.

    target : what it looks at, in the model's metres
    distance : from there, in the model's metres
    elevation_deg : above the plate
    azimuth_deg : 0 looks from the south, 90 from the east
    width, height : of the picture, in pixels
    """

    target: tuple[float, float, float]
    distance: float
    elevation_deg: float
    azimuth_deg: float
    width: int
    height: int

    @property
    def eye(self) -> DoubleArray:
        """Return the position of the camera."""
        azimuth, elevation = np.radians([self.azimuth_deg, self.elevation_deg])
        flat = np.cos(elevation)
        back = np.array([np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat])
        return np.asarray(self.target) + self.distance * back

    def frame(self) -> Frustum:
        """Return the frame of the picture."""
        back = (self.eye - self.target) / self.distance
        right = np.cross([0.0, 1.0, 0.0], back)
        right /= np.linalg.norm(right)
        upper = float(np.tan(np.radians(FIELD_DEG) / 2))
        side = upper * self.width / self.height
        axes = np.array([right, np.cross(back, right), -back])
        return Frustum(self.eye, axes, -side, side, -upper, upper, self.width, self.height)

    def shares(self, points: DoubleArray) -> DoubleArray:
        """Return (n, 2) where points (n, 3) are in the picture, as shares of its width and height from its corner."""
        frame = self.frame()
        seen = frame.project(points.astype(np.float32))
        across = (seen[:, 0] - frame.left) / (frame.right - frame.left)
        down = (frame.top - seen[:, 1]) / (frame.top - frame.bottom)
        return np.stack([across, down], axis=1)


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture to take.

    name : of its file
    lit : name of the part under the lamp, empty for none
    """

    name: str
    view: TableView
    lit: str = ""


def take_pictures(path: Path, shots: tuple[Shot, ...]) -> dict[str, bytes]:
    """Return pictures of a table model as WebP, transparent around it, by the names of their files.

    path : of the model, as `table_glb` wrote it
    """
    pictures = TablePictures(path)
    return {shot.name: pictures.webp(shot) for shot in shots}


class TablePictures:
    """The parts of a model, ready to be pictured."""

    def __init__(self, path: Path) -> None:
        """Read the model and join its parts into one mesh."""
        scene = read(path)
        document = scene.document()
        names = [document["nodes"][each]["name"] for each in document["scenes"][0]["nodes"]]
        shapes = [shape.attributes for shape in scene.shapes]
        starts = np.cumsum([0, *(len(shape["POSITION"]) for shape in shapes)])
        self._spans = {name: slice(starts[at], starts[at + 1]) for at, name in enumerate(names)}
        corners = [shape.indices.astype(np.int32) for shape in scene.shapes]
        faces = np.concatenate([each + np.int32(start) for each, start in zip(corners, starts[:-1], strict=True)])
        faces = faces.reshape(-1, 3)
        colors = np.concatenate([shape["COLOR_0"][:, :3] for shape in shapes])
        self._colors = srgb_bytes(colors / np.float32(65535))
        normals = np.concatenate([shape["NORMAL"] for shape in shapes])
        self._mesh = Mesh(
            np.concatenate([shape["POSITION"] for shape in shapes]),
            faces,
            normals=np.ascontiguousarray(normals[faces]),
            colors=self._colors,
            **_picture_fields(scene),
        )
        self._scene = Scene(self._mesh.positions, self._mesh.faces)

    def picture(self, view: TableView, lit: str = "") -> ByteArray:
        """Return (h, w, 4) uint8 sRGB with straight alpha.

        lit : name of the part under the lamp, empty for none
        """
        mesh = replace(self._mesh, colors=self._lit(lit)) if lit else self._mesh
        return portrait(mesh, self._scene, view.frame(), OPTIONS)

    def webp(self, shot: Shot) -> bytes:
        """Return a picture as WebP; that of a corner is small, and that of the whole as good as its bytes allow."""
        image = Image.fromarray(self.picture(shot.view, shot.lit))
        if shot.lit:
            return _encode(image, **_CORNER)
        content = b""
        for quality in QUALITIES:
            content = _encode(image, quality=quality, **_WHOLE)
            if len(content) <= MOST_WHOLE_BYTES:
                break
        return content

    def _lit(self, name: str) -> ByteArray:
        colors: FloatArray = self._colors.astype(np.float32)
        span = self._spans[name]
        shade = colors[span].max(axis=1, keepdims=True) / max(float(colors[span].max()), 1.0)
        colors[span] = (1 - LAMP_SHARE) * colors[span] + LAMP_SHARE * LAMP * shade
        return np.rint(colors).astype(np.uint8)


def _encode(image: Image.Image, **options: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", **options)
    return stream.getvalue()


def _picture_fields(scene: Authored) -> dict[str, Any]:
    """Return the fields of a mesh that lay the picture of the ground on its parts; none without a picture."""
    if not scene.pictures:
        return {}
    has_picture = [shape.attributes.get("TEXCOORD_0") is not None for shape in scene.shapes]
    texcoords = [
        shape.attributes["TEXCOORD_0"][shape.indices.reshape(-1, 3)].astype(np.float32)
        if has
        else np.full((len(shape.indices) // 3, 3, 2), np.nan, np.float32)
        for shape, has in zip(scene.shapes, has_picture, strict=True)
    ]
    counts = [len(shape.indices) // 3 for shape in scene.shapes]
    slot = TextureSlot(scene.pictures[0].texture, 0, Wrap.CLAMP, Wrap.CLAMP)
    return {
        "texcoords": (np.concatenate(texcoords),),
        "face_materials": np.repeat(np.array(has_picture, np.int32), counts),
        "materials": (Material("table"), Material("ground", base=slot)),
    }


FIELD_DEG = 26.0
"""Vertical field of view."""
CORNER_TURN_DEG, CORNER_ELEVATION_DEG = -20.0, 32.0
LEAST_REACH_M = 0.0045
"""A corner shows at least this much around the middle of its place, in the model's metres."""


def anchors(parts: Mapping[str, TablePart]) -> dict[str, DoubleArray]:
    """Return (3,) where the label of each place is tied: on top of the middle of its largest piece."""
    return {name: _anchor(part) for name, part in parts.items()}


def _anchor(part: TablePart) -> DoubleArray:
    corners = part.positions[part.faces].astype(np.float64)
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1]
    middles, weights = corners.mean(axis=1), np.maximum(flat, 1e-12)
    middle = (middles * weights[:, None]).sum(axis=0) / weights.sum()
    # The middle of a bent outline may lie outside it: the nearest part of its top is inside.
    top = middles[np.argmin(np.hypot(*(middles - middle)[:, [0, 2]].T))]
    return np.array([top[0], float(part.positions[:, 1].max()), top[2]])


def corner_view(part: TablePart, size: tuple[int, int], *, is_on_ground: bool = False) -> TableView:
    """Return the view of a place with its neighbours.

    is_on_ground : whether it lies on the relief's ground, and not on the level plate
    """
    low, high = part.positions.min(axis=0).astype(np.float64), part.positions.max(axis=0).astype(np.float64)
    reach = max(float(np.hypot(high[0] - low[0], high[2] - low[2])) / 2, LEAST_REACH_M)
    foot = float(low[1]) if is_on_ground else 0.0
    target = np.array([(low[0] + high[0]) / 2, (foot + high[1]) / 2, (low[2] + high[2]) / 2])
    distance = 1.35 * reach / float(np.tan(np.radians(FIELD_DEG) / 2))
    return TableView(_round(target), distance, CORNER_ELEVATION_DEG, CORNER_TURN_DEG, *size)


def fitting_view(
    points: DoubleArray,
    size: tuple[int, int],
    elevation_deg: float,
    margins: tuple[float, float, float, float],
    azimuth_deg: float,
) -> TableView:
    """Return the nearest view that has all points (n, 3) in its picture.

    margins : free shares of the picture on the left, right, top and bottom
    """
    left, right, top, bottom = margins
    least = LEAST_REACH_M / float(np.tan(np.radians(FIELD_DEG) / 2))  # a single place has no extent
    target, distance = points.mean(axis=0), float(np.ptp(points, axis=0).max()) * 2 + 1e-3
    for _ in range(24):
        view = TableView(_round(target), distance, elevation_deg, azimuth_deg, *size)
        seen = view.shares(points)
        low, high = seen.min(axis=0), seen.max(axis=0)
        room = np.array([1 - left - right, 1 - top - bottom])
        middle = (low + high) / 2 - np.array([left + room[0] / 2, top + room[1] / 2])
        frame = view.frame()
        # One unit of the picture's height at the target, along the plate.
        tall = 2 * distance * np.tan(np.radians(FIELD_DEG) / 2)
        ahead = np.array([frame.axes[2][0], 0.0, frame.axes[2][2]])
        ahead /= np.linalg.norm(ahead)
        across = frame.axes[0] * middle[0] * tall * size[0] / size[1]
        along = ahead * -middle[1] * tall / np.sin(np.radians(elevation_deg))
        target = target + across + along
        distance = max(distance * float(((high - low) / room).max()), least)
    return TableView(_round(target), distance, elevation_deg, azimuth_deg, *size)


def _round(point: DoubleArray) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 6) for value in point)
    return x, y, z
