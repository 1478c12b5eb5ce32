"""What is made of the gathered terrain as a relief: its parts, its file, its pictures and its note."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from PIL import Image, ImageDraw
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from carreau.air.airborne.survey_data import Orthophoto
from carreau.air.airborne.survey_layers import read_heights, read_picture
from carreau.air.airborne.survey_record import NAME, RENEW, Role, SurveyRecord, is_survey, read
from carreau.air.relief.relief import Heights, filled, relief, relief_ground
from carreau.air.relief.relief_table import simplified
from carreau.air.relief.table_data import Plate, polygons_of, rings_of
from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import message
from carreau.base.model import ByteArray, FloatArray
from carreau.formats.images import png
from carreau.site.territory.table_note import CREDIT, LICENCE
from carreau.site.territory.table_plan import MeasuredModel, TablePlan, table_glb, table_plan
from carreau.site.territory.table_sources import LAMBERT_93, TableSources

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
        "year": year_of(record),
        "credit": credit_of(record),
        "licence": licence_of(record),
        "share": round(ground.share, 4),
        "has_photo": survey.photo is not None,
        "tolerance_m": ground.tolerance_m,
        "picture": GROUND_FILE,
        "bounds": [round(each, 7) for each in degrees],
        "width": width,
        "height": height,
    }
    rights = f"{CREDIT} – {LICENCE} ; {credit_of(record)} – {licence_of(record)}"
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
    outlines = simplified([plate.outline for plate in plates])
    base, lines = Image.new("RGB", (canvas.columns, canvas.rows)), Image.new("L", (canvas.columns, canvas.rows))
    paint, draw = ImageDraw.Draw(base), ImageDraw.Draw(lines)
    for plate, outline in zip(plates, outlines, strict=True):
        # Beyond the outermost borders, so that no edge of the model is black.
        for polygon in polygons_of(shapely.buffer(outline, 2 * canvas.pixel_m)):
            paint.polygon(_pixels(polygon, canvas), plate.color)
        for polygon in polygons_of(outline):
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
    return png.encode(pixels)


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
        for polygon in polygons_of(plate.outline):
            paint.polygon(_pixels(polygon, canvas), 255)
    alpha = map_coordinates(np.asarray(land), [row, column], order=1, mode="constant")
    stream = io.BytesIO()
    Image.fromarray(np.stack([*bands, alpha], axis=2)).save(stream, "WEBP", quality=45, alpha_quality=30, method=6)
    return stream.getvalue(), box, (wide, tall)


def _pixels(polygon: shapely.Polygon, canvas: Canvas) -> list[tuple[float, float]]:
    """Return the outer ring of a polygon in pixels, closed."""
    west, _, _, north = canvas.bounds
    ring = rings_of(polygon)[0]
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
    ground = np.asarray(Image.fromarray(filled(heights.values)).resize(size, Image.Resampling.BOX, box))
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


def credit_of(record: SurveyRecord) -> str:
    """Return whom terrain and picture belong to."""
    layers = [*record.of(Role.TERRAIN), *record.of(Role.ORTHOPHOTO)]
    return " ; ".join(dict.fromkeys(layer.credit for layer in layers if layer.credit))


def licence_of(record: SurveyRecord) -> str:
    """Return the licences of terrain and picture, by their names."""
    layers = [*record.of(Role.TERRAIN), *record.of(Role.ORTHOPHOTO)]
    names = (_LICENCES.get(layer.licence, layer.licence) for layer in layers)
    return " ; ".join(dict.fromkeys(filter(None, names)))


def year_of(record: SurveyRecord) -> str:
    """Return the year in which the heights were measured, or else of whose state they are: when they were gathered."""
    years = [layer.flown.split("/")[-1][:4] for layer in record.of(Role.TERRAIN) if layer.flown]
    return max(years, default=str(record.gathered.year))
