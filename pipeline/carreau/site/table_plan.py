"""What is made of the catalogue as a table model, and of the gathered terrain as a relief."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib
import shapely
from PIL import Image, ImageDraw
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from carreau.air.airborne.survey_data import Orthophoto
from carreau.air.airborne.survey_layers import read_heights, read_picture
from carreau.air.airborne.survey_record import NAME, RENEW, Role, SurveyRecord, is_survey, read
from carreau.air.relief import Heights, fill_voids, relief, relief_ground
from carreau.air.relief_table import Plate, TablePart, list_polygons, list_rings, relief_table, simplify_outlines
from carreau.base.errors import FormatError, ScanError
from carreau.base.files import write_whole
from carreau.base.messages import message
from carreau.base.model import ByteArray, DoubleArray, FloatArray
from carreau.formats.images import image_codecs
from carreau.formats.images.image_codecs import linear_table
from carreau.formats.writers.glb import GlbWriter, index_type
from carreau.site.table_model import (
    FIELD_DEG,
    LAMBERT_93,
    Shot,
    TableSources,
    TableView,
    anchors,
    corner_view,
    fitting_view,
)
from carreau.site.table_note import CREDIT, LICENCE, NOTE

WIDE_PX, TALL_PX, CORNER_PX = (1800, 1000), (860, 1060), (600, 450)
"""Pixels of the pictures of the whole, for wide and narrow screens, and of a place's corner."""
WIDE_TURN_DEG, TALL_TURN_DEG = 24.0, -16.0


def table_parts(sources: TableSources) -> tuple[TablePart, ...]:
    """Return the parts of the model."""
    return relief_table(sources.plates, sources.places, sources.routes, sources.scale)


def table_file(parts: Sequence[TablePart]) -> bytes:
    """Return the model as a GLB that names whom its outlines belong to."""
    return table_glb(parts, f"{CREDIT} – {LICENCE}")


@dataclass(frozen=True, eq=False)
class TablePlan:
    """What is made of a model besides its levels.

    shots : the pictures
    note : the content of `table.json`
    files : more files, by their names
    """

    shots: tuple[Shot, ...]
    note: Mapping[str, Any]
    files: Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class MeasuredModel:
    """What is known of a relief besides its parts.

    heights_m : from the lowest to the highest point of each measured place, by slug
    files : more files, by their names
    note : the member `relief` of the note
    """

    heights_m: Mapping[str, float]
    files: Mapping[str, bytes]
    note: Mapping[str, Any]


def table_plan(sources: TableSources, parts: Sequence[TablePart], measured: MeasuredModel | None = None) -> TablePlan:
    """Return the pictures to take of a model, and its note.

    measured : None for a model from outlines alone
    """
    by_name = {part.name: part for part in parts}
    raised = {place.name: by_name[place.name] for place in sources.places}
    tied = anchors(raised)
    points = np.array(list(tied.values()))
    views = {
        "wide": fitting_view(points, WIDE_PX, 33.0, (0.06, 0.06, 0.43, 0.12), WIDE_TURN_DEG),
        "tall": fitting_view(points, TALL_PX, 50.0, (0.12, 0.1, 0.14, 0.1), TALL_TURN_DEG),
    }
    corners = {slug: corner_view(part, CORNER_PX, is_on_ground=measured is not None) for slug, part in raised.items()}
    points_of_communes = sources.scale.place(np.array([[*point, 0.0] for _, point in sources.communes.values()]))
    note: dict[str, Any] = {
        "reduction": sources.scale.reduction,
        "exaggeration": sources.scale.exaggeration,
        "places": {
            slug: {
                "point": _triple(tied[slug]),
                "camera": _camera(view),
                "height_m": sources.raised[slug].height_m,
                "is_sourced": sources.raised[slug].is_sourced,
                "picture": f"corner-{slug}.webp",
            }
            for slug, view in corners.items()
        },
        "communes": {
            insee: [name, _triple(point.astype(np.float64))]
            for (insee, (name, _)), point in zip(sources.communes.items(), points_of_communes, strict=True)
        },
        "views": {name: _camera(view) for name, view in views.items()},
    }
    if measured is not None:
        note["relief"] = dict(measured.note)
        for slug, height in measured.heights_m.items():
            note["places"][slug] |= {"height_m": round(height, 1), "is_sourced": False, "is_measured": True}
    shots = (
        *(Shot(f"{name}.webp", view) for name, view in views.items()),
        *(Shot(f"corner-{slug}.webp", view, slug) for slug, view in corners.items()),
    )
    return TablePlan(shots, note, measured.files if measured is not None else {})


def write_table(folder: Path, plan: TablePlan, pictures: Mapping[str, bytes]) -> None:
    """Write the pictures of a model, then its note; raises StorageError."""
    for name, content in {**pictures, **plan.files}.items():
        write_whole(folder / name, content)
    write_whole(folder / NOTE, json.dumps(plan.note, ensure_ascii=False, sort_keys=True, indent=1).encode())


def _camera(view: TableView) -> dict[str, Any]:
    size = {"width": view.width, "height": view.height}
    return {"position": _triple(view.eye), "target": list(view.target), "field_deg": FIELD_DEG, **size}


def _triple(values: DoubleArray) -> list[float]:
    return [round(float(value), 6) for value in values]


_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER
MATTE, WATER, GROUND = 0, 1, 2


def table_glb(parts: Sequence[TablePart], copyright_: str, picture: bytes = b"") -> bytes:
    """Return the parts as a GLB; equal parts give equal bytes.

    picture : of the ground as PNG, for parts with texture coordinates
    """
    writer = GlbWriter()
    model = writer.model
    model.asset.copyright = copyright_
    model.materials = [_material("table", 0.82), _material("water", 0.5)]
    if picture:
        image = pygltflib.Image(mimeType="image/png", bufferView=writer.view(picture))
        model.images, model.textures = [image], [pygltflib.Texture(source=0, sampler=0)]
        model.samplers = [pygltflib.Sampler(wrapS=pygltflib.CLAMP_TO_EDGE, wrapT=pygltflib.CLAMP_TO_EDGE)]
        model.materials.append(_material("ground", 0.95, pygltflib.TextureInfo(index=0)))
    model.scenes = [pygltflib.Scene(name="table", nodes=list(range(len(parts))))]
    model.scene = 0
    linear = linear_table()
    for part in parts:
        rows = np.full((len(part.colors), 4), 65535, np.uint16)
        rows[:, :3] = np.rint(linear[part.colors] * 65535)
        corners = part.faces.reshape(-1).astype(index_type(len(part.positions)))
        primitive = pygltflib.Primitive(
            attributes=pygltflib.Attributes(
                POSITION=writer.accessor(
                    writer.view(part.positions.tobytes(), _VERTICES), part.positions, has_bounds=True
                ),
                NORMAL=writer.accessor(writer.view(part.normals.tobytes(), _VERTICES), part.normals),
                COLOR_0=writer.accessor(writer.view(rows.tobytes(), _VERTICES), rows, is_normalized=True),
                TEXCOORD_0=None
                if part.texcoords is None
                else writer.accessor(writer.view(part.texcoords.tobytes(), _VERTICES), part.texcoords),
            ),
            indices=writer.accessor(writer.view(corners.tobytes(), _INDICES), corners),
            material=GROUND if part.texcoords is not None else WATER if part.is_water else MATTE,
        )
        model.meshes.append(pygltflib.Mesh(name=part.name, primitives=[primitive]))
        model.nodes.append(pygltflib.Node(name=part.name, mesh=len(model.meshes) - 1))
    return writer.to_bytes()


def _material(name: str, roughness: float, picture: pygltflib.TextureInfo | None = None) -> pygltflib.Material:
    look = pygltflib.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=roughness, baseColorTexture=picture)
    return pygltflib.Material(name=name, pbrMetallicRoughness=look)


EXAGGERATION = 2.0
"""Of heights: a spoil tip reads from above, and is still one from near by."""
GROUND_FILE = "ground.webp"


@dataclass(frozen=True, eq=False)
class ReliefPlan:
    """A relief: the model as GLB, and what is made of it besides its levels."""

    content: bytes
    plan: TablePlan


def relief_plan(sources: TableSources, assets: Path) -> ReliefPlan:
    """Return the relief of the territory from what was gathered of it, below the assets.

    Raises ScanError for what cannot be read, and if no height lies within the communes; TextureError for a damaged
    photograph.
    """
    record = territory_record(assets)
    survey = read_survey(assets, record)
    scale = replace(sources.scale, exaggeration=EXAGGERATION)
    sources = replace(sources, scale=scale)
    ground = relief_ground(sources.plates, survey.heights)
    if ground is None:
        cause = message("no height lies within the communes")
        raise ScanError(
            assets / FOLDER / NAME, "", cause, message("gather it with `carreau survey --territory --refresh`")
        )
    west, south, east, north = shapely.total_bounds([plate.outline for plate in sources.plates]).tolist()
    bounds = (west, south, east, north)
    model = relief(ground, sources.plates, sources.places, sources.routes, scale, bounds)
    picture = as_png(ground_picture(sources.plates, survey, canvas_over(bounds, LONGEST_PX)))
    under, degrees, (width, height) = map_ground(sources.plates, survey, bounds)
    note = {
        "year": terrain_year(record),
        "credit": terrain_credit(record),
        "licence": terrain_licences(record),
        "share": round(ground.share, 4),
        "has_photo": survey.photo is not None,
        "tolerance_m": ground.tolerance_m,
        "picture": GROUND_FILE,
        "bounds": [round(each, 7) for each in degrees],
        "width": width,
        "height": height,
    }
    rights = f"{CREDIT} – {LICENCE} ; {terrain_credit(record)} – {terrain_licences(record)}"
    content = table_glb(model.parts, rights, picture)
    return ReliefPlan(
        content, table_plan(sources, model.parts, MeasuredModel(model.heights_m, {GROUND_FILE: under}, note))
    )


LONGEST_PX, MAP_PX = 1024, 1800
"""Longer edge of the picture on the model, and of that under maps."""
STEEPER = 4.0
"""Slopes are so many times as steep for the light: the basin is nearly flat."""
AZIMUTH_DEG, ELEVATION_DEG, AMBIENT = 315.0, 45.0, 0.45
WHITE = 250
"""Pixels of the photograph from here on in all channels are where none was gathered."""
BORDER = (250, 240, 216)
_BORDER_SHARE = 0.45

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Canvas:
    """A grid of pixels over Lambert-93.

    bounds : west, south, east and north
    """

    bounds: Box
    columns: int
    rows: int

    @property
    def pixel_m(self) -> float:
        """Return the size of a pixel on the ground."""
        return (self.bounds[2] - self.bounds[0]) / self.columns


def canvas_over(bounds: Box, longest_px: int) -> Canvas:
    """Return a grid over bounds whose longer edge has so many pixels."""
    west, south, east, north = bounds
    pixel = max(east - west, north - south) / longest_px
    return Canvas(bounds, max(round((east - west) / pixel), 1), max(round((north - south) / pixel), 1))


def ground_picture(plates: Sequence[Plate], survey: ReliefSurvey, canvas: Canvas) -> ByteArray:
    """Return (rows, columns, 3) uint8 sRGB; without a photograph it has the colours of the communes."""
    outlines = simplify_outlines([plate.outline for plate in plates])
    base, lines = Image.new("RGB", (canvas.columns, canvas.rows)), Image.new("L", (canvas.columns, canvas.rows))
    paint, draw = ImageDraw.Draw(base), ImageDraw.Draw(lines)
    for plate, outline in zip(plates, outlines, strict=True):
        # Beyond the outermost borders, so that no edge of the model is black.
        for polygon in list_polygons(shapely.buffer(outline, 2 * canvas.pixel_m)):
            paint.polygon(_pixels(polygon, canvas), plate.color)
        for polygon in list_polygons(outline):
            draw.line(_pixels(polygon, canvas), 255, 1)
    colors: FloatArray = np.asarray(base, np.float32)
    photo = _photo(survey, canvas)
    if photo is not None:
        pixels, is_known = photo
        colors = np.where(is_known[:, :, None], pixels, colors)
    share = np.asarray(lines, np.float32)[:, :, None] / 255 * _BORDER_SHARE
    colors = colors * _light(survey, canvas)[:, :, None]
    colors = (colors * (1 - share) + np.array(BORDER, np.float32) * share).astype(np.float32)
    whole: ByteArray = np.rint(np.clip(colors, 0, 255)).astype(np.uint8)
    return whole


def as_png(pixels: ByteArray) -> bytes:
    """Return a picture as PNG."""
    return image_codecs.encode_png(pixels)


def map_ground(plates: Sequence[Plate], survey: ReliefSurvey, bounds: Box) -> tuple[bytes, Box, tuple[int, int]]:
    """Return the ground of maps as WebP, its west, south, east and north in degrees, and its width and height.

    Its rows and columns are parallels and meridians, as on the maps; beyond the communes it is transparent.

    bounds : of the communes, in Lambert-93
    """
    canvas = canvas_over(bounds, MAP_PX)
    pixels = ground_picture(plates, survey, canvas)
    west, south, east, north = bounds
    edge = shapely.segmentize(shapely.box(west, south, east, north), 1000.0)
    x, y = shapely.get_coordinates(edge).T
    lons, lats = Transformer.from_crs(LAMBERT_93, 4326, always_xy=True).transform(x, y)
    box = (float(lons.min()), float(lats.min()), float(lons.max()), float(lats.max()))
    wide, tall = canvas.columns, canvas.rows
    lon = box[0] + (np.arange(wide) + 0.5) / wide * (box[2] - box[0])
    lat = box[3] - (np.arange(tall) + 0.5) / tall * (box[3] - box[1])
    to_metres = Transformer.from_crs(4326, LAMBERT_93, always_xy=True)
    east_m, north_m = to_metres.transform(*np.meshgrid(lon, lat))
    column = (east_m - west) / canvas.pixel_m - 0.5
    row = (north - north_m) / canvas.pixel_m - 0.5
    bands = [map_coordinates(pixels[:, :, band], [row, column], order=1, mode="nearest") for band in range(3)]
    land = Image.new("L", (wide, tall))
    paint = ImageDraw.Draw(land)
    for plate in plates:
        for polygon in list_polygons(plate.outline):
            paint.polygon(_pixels(polygon, canvas), 255)
    alpha = map_coordinates(np.asarray(land), [row, column], order=1, mode="constant")
    stream = io.BytesIO()
    Image.fromarray(np.stack([*bands, alpha], axis=2)).save(stream, "WEBP", quality=45, alpha_quality=30, method=6)
    return stream.getvalue(), box, (wide, tall)


def _pixels(polygon: shapely.Polygon, canvas: Canvas) -> list[tuple[float, float]]:
    """Return the outer ring of a polygon in pixels, closed."""
    west, _, _, north = canvas.bounds
    ring = list_rings(polygon)[0]
    points = np.stack([ring[:, 0] - west, north - ring[:, 1]], axis=1) / canvas.pixel_m
    return [(float(x), float(y)) for x, y in (*points, points[0])]


def _photo(
    survey: ReliefSurvey, canvas: Canvas
) -> tuple[FloatArray, np.ndarray[tuple[int, int], np.dtype[np.bool_]]] | None:
    """Return (rows, columns, 3) colours of the photograph and (rows, columns) where there is one; None without any."""
    photo = survey.photo
    if photo is None:
        return None
    height, width = photo.pixels.shape[:2]
    window = _window((photo.west, photo.north, photo.pixel_m, width, height), canvas)
    if window is None:
        return None
    rows, columns, box = window
    size = columns.stop - columns.start, rows.stop - rows.start
    seen = np.asarray(Image.fromarray(photo.pixels).resize(size, Image.Resampling.BOX, box))
    pixels = np.zeros((canvas.rows, canvas.columns, 3), np.float32)
    is_known = np.zeros((canvas.rows, canvas.columns), np.bool_)
    pixels[rows, columns], is_known[rows, columns] = seen, (seen < WHITE).any(axis=2)
    return pixels, is_known


def _light(survey: ReliefSurvey, canvas: Canvas) -> FloatArray:
    """Return (rows, columns) the light that level and sloping ground get, 1 where it is level or unknown."""
    heights = survey.heights
    light = np.ones((canvas.rows, canvas.columns), np.float32)
    rows_of, columns_of = heights.values.shape
    west, north = heights.west - heights.cell_m / 2, heights.north + heights.cell_m / 2
    window = _window((west, north, heights.cell_m, columns_of, rows_of), canvas)
    if window is None:
        return light
    rows, columns, box = window
    size = columns.stop - columns.start, rows.stop - rows.start
    if min(size) < 2:
        return light
    known = Image.fromarray(np.isfinite(heights.values).astype(np.float32))
    ground = np.asarray(Image.fromarray(fill_voids(heights.values)).resize(size, Image.Resampling.BOX, box))
    # Hill shading by a lamp in the north-west, relative to level ground.
    down, across = np.gradient(ground, canvas.pixel_m)
    normal = np.stack([-across * STEEPER, down * STEEPER, np.ones_like(ground)])
    normal /= np.linalg.norm(normal, axis=0)
    azimuth, elevation = math.radians(AZIMUTH_DEG), math.radians(ELEVATION_DEG)
    lamp = (math.sin(azimuth) * math.cos(elevation), math.cos(azimuth) * math.cos(elevation), math.sin(elevation))
    facing = np.clip(np.tensordot(lamp, normal, 1), 0, 1) / math.sin(elevation)
    is_known = np.asarray(known.resize(size, Image.Resampling.BOX, box)) > 0.5
    light[rows, columns] = np.where(is_known, AMBIENT + (1 - AMBIENT) * facing, 1.0)
    return light


def _window(
    raster: tuple[float, float, float, int, int], canvas: Canvas
) -> tuple[slice, slice, tuple[float, float, float, float]] | None:
    """Return the rows and columns of a canvas that a raster covers, and where these lie in the raster's pixels.

    raster : west, north, size of a pixel, columns, rows
    """
    west, north, pixel_m, wide, tall = raster
    left, _, _, top = canvas.bounds
    step = canvas.pixel_m
    first = max(math.ceil((west - left) / step - 1e-6), 0), max(math.ceil((top - north) / step - 1e-6), 0)
    east, south = west + wide * pixel_m, north - tall * pixel_m
    last = (
        min(math.floor((east - left) / step + 1e-6), canvas.columns),
        min(math.floor((top - south) / step + 1e-6), canvas.rows),
    )
    if last[0] <= first[0] or last[1] <= first[1]:
        return None
    box = (
        max((left + first[0] * step - west) / pixel_m, 0.0),
        max((north - top + first[1] * step) / pixel_m, 0.0),
        min((left + last[0] * step - west) / pixel_m, float(wide)),
        min((north - top + last[1] * step) / pixel_m, float(tall)),
    )
    return slice(first[1], last[1]), slice(first[0], last[0]), box


FOLDER = "territory"
"""Below the assets."""
_LICENCES = {"etalab-2.0": "Licence Ouverte 2.0"}


@dataclass(frozen=True, eq=False)
class ReliefSurvey:
    """What a relief is made of.

    photo : None if none was gathered
    """

    heights: Heights
    photo: Orthophoto | None


def is_gathered(assets: Path) -> bool:
    """Return whether the territory was gathered."""
    return is_survey(assets / FOLDER)


def territory_record(assets: Path) -> SurveyRecord:
    """Return the record of what was gathered of the territory.

    Raises FormatError for a damaged record, one of another system than Lambert-93, and one without terrain.
    """
    folder = assets / FOLDER
    record = read(folder / NAME)
    if record.epsg != LAMBERT_93:
        cause = message("the territory is not in Lambert-93 (EPSG:2154) but in EPSG:%(epsg)s", epsg=record.epsg)
        raise FormatError(folder / NAME, "", cause, message("gather it with `carreau survey --territory`"))
    if not record.of(Role.TERRAIN):
        raise FormatError(folder / NAME, "", message("it has no layer of terrain"), RENEW)
    return record


def read_survey(assets: Path, record: SurveyRecord) -> ReliefSurvey:
    """Return what was gathered; raises ScanError or TextureError for files that are not those on record."""
    folder = assets / FOLDER
    values, grid = read_heights(folder, record)
    half = grid.pixel_m / 2
    heights = Heights(grid.west + half, grid.north - half, grid.pixel_m, values)
    return ReliefSurvey(heights, read_picture(folder, record, Role.ORTHOPHOTO))


def terrain_credit(record: SurveyRecord) -> str:
    """Return whom terrain and picture belong to."""
    layers = [*record.of(Role.TERRAIN), *record.of(Role.ORTHOPHOTO)]
    return " ; ".join(dict.fromkeys(layer.credit for layer in layers if layer.credit))


def terrain_licences(record: SurveyRecord) -> str:
    """Return the licences of terrain and picture, by their names."""
    layers = [*record.of(Role.TERRAIN), *record.of(Role.ORTHOPHOTO)]
    names = (_LICENCES.get(layer.licence, layer.licence) for layer in layers)
    return " ; ".join(dict.fromkeys(filter(None, names)))


def terrain_year(record: SurveyRecord) -> str:
    """Return the year in which the heights were measured, or else of whose state they are: when they were gathered."""
    years = [layer.flown.split("/")[-1][:4] for layer in record.of(Role.TERRAIN) if layer.flown]
    return max(years, default=str(record.gathered.year))
