"""Read the layers of a survey: its classified points, pictures, records of buildings, and terrain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carreau.air.airborne.survey_data import AirbornePoints, Building, Orthophoto, PointClass
from carreau.air.airborne.survey_record import NAME, RENEW, Bounds, Grid, Layer, Role, SurveyRecord, layer_path
from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import ByteArray, DoubleArray, FloatArray
from carreau.formats.clouds.las import LasHeader, las_points, read_header, read_system
from carreau.formats.images.image import MAX_TEXELS, decode, open_texture
from carreau.formats.location.crs import CrsError, horizontal, parsed_crs

MOST_POINTS = 40_000_000
"""Points that are kept, of 27 bytes each; of more, only every second, third … is read."""

LEAST_GROUND = 16
"""Points of ground below which a file counts as without classes."""

_DROPPED = (PointClass.NOISE, 18, PointClass.ARTEFACT)
"""Classes of points that do not belong to the place: noise, high noise, artefacts."""

_ALIKE = frozenset({2154, 9793, 9794})
"""Lambert-93 in the realisations of RGF93, which differ by some centimetres."""


@dataclass(frozen=True, eq=False)
class SurveyPoints:
    """The points of a survey.

    count : in the bounds, before thinning
    every : 1, or n where only every nth point was read
    """

    points: AirbornePoints
    count: int
    every: int = 1


def read_points(folder: Path, record: SurveyRecord, most: int = MOST_POINTS) -> SurveyPoints:
    """Return the points of all layers of that role, inside the bounds of the record.

    Withheld points, noise and artefacts are left out. Without any such layer there are no points.

    Raises FormatError for a file that is damaged, in another coordinate system, or without classes; ScanError for a
    missing file or where no point lies inside the bounds.
    """
    layers = record.of(Role.POINTS)
    paths = [layer_path(folder, layer) for layer in layers]
    total = sum(read_header(path).count for path in paths)
    every = max(1, -(-total // most))
    # Room for all of them at once: joining pieces would take twice the memory. What is not used is never touched.
    room = -(-total // every) + len(paths)
    points = AirbornePoints(np.empty((room, 3)), *(np.empty(room, np.uint8) for _ in range(3)))
    in_area = count = 0
    for path in paths:
        with las_points(path) as (header, source, batches):
            _refuse_other_system(path, header, record)
            for piece in _cut(source, batches, record.bounds, every):
                own = slice(count, count + len(piece.points))
                for name, values in vars(piece.points).items():
                    getattr(points, name)[own] = values
                count, in_area = own.stop, in_area + piece.found
    joined = AirbornePoints(*(values[:count] for values in vars(points).values()))
    if layers:
        _refuse_unusable(folder, layers, joined)
    return SurveyPoints(joined, in_area, every)


@dataclass(frozen=True, eq=False)
class _Piece:
    points: AirbornePoints
    found: int


def _cut(source: Any, batches: Iterator[Any], bounds: Bounds, every: int) -> Iterator[_Piece]:
    """Yield every nth point inside the bounds."""
    scales, offsets = np.asarray(source.header.scales), np.asarray(source.header.offsets)
    west, south, east, north = bounds
    done = 0
    for batch in batches:
        with np.errstate(over="ignore", invalid="ignore"):
            positions = np.column_stack([batch.array[axis] for axis in "XYZ"]) * scales + offsets
        classes = np.asarray(batch.classification, np.uint8)
        x, y = positions[:, 0], positions[:, 1]
        chosen = (x >= west) & (x <= east) & (y >= south) & (y <= north) & np.isfinite(positions[:, 2])
        chosen &= ~np.asarray(batch.withheld, bool) & ~np.isin(classes, _DROPPED)
        at = np.flatnonzero(chosen)
        rows = at[(-done) % every :: every]
        done += len(at)
        returns, counts = (np.asarray(batch[name], np.uint8)[rows] for name in ("return_number", "number_of_returns"))
        yield _Piece(AirbornePoints(positions[rows], classes[rows], returns, counts), len(at))


def _refuse_other_system(path: Path, header: LasHeader, record: SurveyRecord) -> None:
    """Raise FormatError if a file names another coordinate system than the record."""
    try:
        own = horizontal(parsed_crs(read_system(header.records).crs)).to_epsg()
    except CrsError:  # it names none, or one that PROJ does not know: the record counts
        return
    if own is None or own == record.epsg or {own, record.epsg} <= _ALIKE:
        return
    cause = message(
        "its points are in EPSG:%(own)s, but the survey is in EPSG:%(wanted)s",
        own=str(own),
        wanted=str(record.epsg),
    )
    raise FormatError(path, "", cause, message("gather the tiles of one coordinate system"))


def _refuse_unusable(folder: Path, layers: Sequence[Layer], points: AirbornePoints) -> None:
    """Raise FormatError for points outside the bounds, and for points without classes."""
    path = folder / layers[0].file
    if not len(points):
        cause = message("none of its points lies inside the bounds of survey.toml")
        raise FormatError(path, "", cause, message("correct the bounds, or gather the tiles of the place"))
    if np.count_nonzero(points.classes == PointClass.GROUND) < LEAST_GROUND:
        classes = tuple(str(number) for number in np.unique(points.classes))
        cause = message(
            "its points are not classified: %(ground)s for ground is needed, and there is only %(classes)s",
            ground=str(int(PointClass.GROUND)),
            classes=classes,
        )
        cure = message("build a surface of the file itself: carreau model %(file)s", file=str(path))
        raise FormatError(path, "", cause, cure)


MOST_TEXELS = MAX_TEXELS // 4
"""Of all pictures together: 800 MB."""

GRID_TOLERANCE = 0.05
"""Share of a pixel by which the grids of neighbouring pictures may be off."""


def read_picture(folder: Path, record: SurveyRecord, role: Role) -> Orthophoto | None:
    """Return the pictures of a role joined into one, None where there are none.

    Where several do not cover the whole of their common box, the rest is mid-grey.

    Raises FormatError for a picture of another size than the record says, for pictures of different pixels, and for
    too large ones; TextureError for a damaged one.
    """
    layers = [(layer, layer.grid) for layer in record.of(role) if layer.grid is not None]
    if not layers:
        return None
    pictures = [(grid, _pixels(folder, layer, grid)) for layer, grid in layers]
    first = layers[0][1]
    if len(pictures) == 1:
        return Orthophoto(pictures[0][1], first.west, first.north, first.pixel_m)
    west, north = min(grid.west for _, grid in layers), max(grid.north for _, grid in layers)
    places = [_place(folder, layer, grid, (west, north, first.pixel_m)) for layer, grid in layers]
    rows = max(row + grid.rows for (row, _), (_, grid) in zip(places, layers, strict=True))
    columns = max(column + grid.columns for (_, column), (_, grid) in zip(places, layers, strict=True))
    if rows * columns > MOST_TEXELS:
        raise _too_large(folder / layers[0][0].file, columns, rows)
    whole = np.full((rows, columns, 3), 128, np.uint8)
    for (row, column), (grid, pixels) in zip(places, pictures, strict=True):
        whole[row : row + grid.rows, column : column + grid.columns] = pixels
    return Orthophoto(whole, west, north, first.pixel_m)


def _pixels(folder: Path, layer: Layer, grid: Grid) -> ByteArray:
    path = layer_path(folder, layer)
    texture = open_texture(layer.file, path, path)
    if (texture.width, texture.height) != (grid.columns, grid.rows):
        cause = message(
            "the picture has %(actual)s pixels, but survey.toml says %(expected)s",
            actual=f"{texture.width}×{texture.height}",
            expected=f"{grid.columns}×{grid.rows}",
        )
        raise FormatError(path, "", cause, RENEW)
    if texture.width * texture.height > MOST_TEXELS:
        raise _too_large(path, texture.width, texture.height)
    return decode(texture)


def _too_large(path: Path, columns: int, rows: int) -> FormatError:
    cause = message("the picture is too large (%(size)s pixels)", size=f"{columns}×{rows}")
    return FormatError(path, "", cause, message("gather it with larger pixels"))


def _place(folder: Path, layer: Layer, grid: Grid, frame: tuple[float, float, float]) -> tuple[int, int]:
    """Return the row and column of a picture's first pixel in the common grid."""
    west, north, pixel_m = frame
    row, column = (north - grid.north) / pixel_m, (grid.west - west) / pixel_m
    off = max(abs(row - round(row)), abs(column - round(column)), abs(grid.pixel_m - pixel_m) / pixel_m)
    if off > GRID_TOLERANCE:
        cause = message("its pixels do not lie on the grid of the other pictures")
        raise FormatError(folder / layer.file, "", cause, message("gather all pictures with the same pixels"))
    return round(row), round(column)


MOST_BYTES = 256 << 20
TALLEST_M = 700.0
"""Heights of buildings beyond this are taken as unknown."""
HIGHEST_BUILDING_M = 5000.0


def read_buildings(folder: Path, record: SurveyRecord) -> tuple[Building, ...]:
    """Return the buildings of all layers of that role; one of several polygons gives several with the same id.

    Raises FormatError for anything but a GeoJSON feature collection of polygons.
    """
    return tuple(
        building for layer in record.of(Role.BUILDINGS) for building in _read(layer_path(folder, layer), layer, record)
    )


def _read(path: Path, layer: Layer, record: SurveyRecord) -> Iterator[Building]:
    features = _features(path)
    to_record = _transformer(layer.crs or record.epsg, record.epsg)
    for number, feature in enumerate(features, 1):
        place = message("feature %(number)s of %(count)s", number=number, count=len(features))
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict):
            raise FormatError(path, place, message("it has no geometry"), RENEW)
        known = feature.get("properties")
        known = known if isinstance(known, dict) else {}
        name = str(known.get("cleabs") or feature.get("id") or number)[:80]
        height, ridge = (
            _within(known.get("hauteur"), TALLEST_M),
            _within(known.get("altitude_maximale_toit"), HIGHEST_BUILDING_M),
        )
        for polygon in _polygons(path, place, geometry):
            rings = tuple(_ring(path, place, ring, to_record) for ring in polygon)
            if rings:
                yield Building(name, rings, height, ridge)


def _features(path: Path) -> list[Any]:
    if path.stat().st_size > MOST_BYTES:
        raise FormatError(path, "", message("it is larger than %(size)s bytes", size=MOST_BYTES), RENEW)
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "", message("it is not valid JSON"), RENEW) from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise FormatError(path, "", message("it is not a GeoJSON feature collection"), RENEW)
    return features


def _polygons(path: Path, place: Message, geometry: dict[str, Any]) -> list[Any]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind in ("Polygon", "MultiPolygon") and isinstance(coordinates, list):
        polygons = [coordinates] if kind == "Polygon" else coordinates
        if all(isinstance(polygon, list) for polygon in polygons):
            return polygons
    raise FormatError(path, place, message("its geometry is not a polygon"), RENEW)


def _ring(path: Path, place: Message, ring: Any, to_record: Any) -> DoubleArray:
    """Return (k, 2) float64, closed; heights of corners are left out."""
    try:
        corners = np.array([corner[:2] for corner in ring], np.float64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(path, place, message("its coordinates are not numbers"), RENEW) from error
    if to_record is not None:
        corners = np.column_stack(to_record.transform(corners[:, 0], corners[:, 1]))
    if len(corners) < 4 or not np.isfinite(corners).all():
        raise FormatError(path, place, message("its coordinates do not form a ring"), RENEW)
    closed: DoubleArray = corners if (corners[0] == corners[-1]).all() else np.vstack([corners, corners[:1]])
    return closed


def _transformer(own: int, wanted: int) -> Any:
    """Return what turns x and y, or longitude and latitude, into the coordinates of the survey; None if they are."""
    if own == wanted:
        return None
    from pyproj import Transformer

    return Transformer.from_crs(own, wanted, always_xy=True)


def _within(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= most else None


LOWEST_M, HIGHEST_GROUND_M = -100.0, 5000.0
"""Heights outside are voids, whatever number stands for them: -9999, -99999, NaN."""


def read_terrain(folder: Path, record: SurveyRecord) -> DoubleArray:
    """Return (n, 3) float64, the centre of each cell with its height, without voids, inside the bounds.

    Raises FormatError for a file of another size than the record says, or without any height inside the bounds.
    """
    layers = [(layer, layer.grid) for layer in record.of(Role.TERRAIN) if layer.grid is not None]
    pieces = []
    west, south, east, north = record.bounds
    for layer, grid in layers:
        heights = _raster(folder, layer, grid).astype(np.float64)
        x = grid.west + (np.arange(grid.columns) + 0.5) * grid.pixel_m
        y = grid.north - (np.arange(grid.rows) + 0.5) * grid.pixel_m
        with np.errstate(invalid="ignore"):
            chosen = (heights >= LOWEST_M) & (heights <= HIGHEST_GROUND_M)
        chosen &= ((x >= west) & (x <= east))[None, :] & ((y >= south) & (y <= north))[:, None]
        row, column = np.nonzero(chosen)
        pieces.append(np.column_stack([x[column], y[row], heights[row, column]]))
    cells: DoubleArray = np.concatenate(pieces) if pieces else np.zeros((0, 3))
    if layers and not len(cells):
        cause = message("it has no height inside the bounds of survey.toml")
        raise FormatError(folder / layers[0][0].file, "", cause, RENEW)
    return cells


def read_heights(folder: Path, record: SurveyRecord) -> tuple[FloatArray, Grid]:
    """Return (rows, columns) float32 heights, row 0 in the north and NaN where unknown, and where the cells lie.

    Further layers fill what the first does not know within its grid, each cell from the one whose middle is nearest.
    Raises FormatError without any layer, for a file of another size than the record says, or without any height.
    """
    layers = [(layer, layer.grid) for layer in record.of(Role.TERRAIN) if layer.grid is not None]
    if not layers:
        raise FormatError(folder / NAME, "", message("it has no layer of terrain"), RENEW)
    (first, grid), *others = layers
    values = _with_voids(_raster(folder, first, grid))
    for layer, other in others:
        _fill(values, grid, _with_voids(_raster(folder, layer, other)), other)
    if np.isnan(values).all():
        raise FormatError(folder / first.file, "", message("it has no height"), RENEW)
    return values, grid


def _raster(folder: Path, layer: Layer, grid: Grid) -> FloatArray:
    path = layer_path(folder, layer)
    expected, actual = 4 * grid.columns * grid.rows, path.stat().st_size
    if actual != expected:
        cause = message(
            "it has %(actual)s bytes, but the grid in survey.toml needs %(expected)s",
            actual=actual,
            expected=expected,
        )
        raise FormatError(path, "", cause, RENEW)
    return np.fromfile(path, "<f4").reshape(grid.rows, grid.columns)


def _with_voids(values: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        is_height = (values >= LOWEST_M) & (values <= HIGHEST_GROUND_M)
    return np.where(is_height, values, np.float32(np.nan)).astype(np.float32)


def _fill(values: FloatArray, grid: Grid, others: FloatArray, other: Grid) -> None:
    x = grid.west + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    column, row = np.floor((x - other.west) / other.pixel_m), np.floor((other.north - y) / other.pixel_m)
    columns = np.flatnonzero((column >= 0) & (column < other.columns))
    rows = np.flatnonzero((row >= 0) & (row < other.rows))
    own = values[np.ix_(rows, columns)]
    fillers = others[np.ix_(row[rows].astype(np.int64), column[columns].astype(np.int64))]
    values[np.ix_(rows, columns)] = np.where(np.isnan(own), fillers, own)
