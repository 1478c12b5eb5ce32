"""Pictures and heights of an area from a WMS, in pieces that it accepts, aligned to whole pixels."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from carreau.air.airborne.survey_record import Bounds, Grid
from carreau.air.survey.http_client import RUN_AGAIN, Asked
from carreau.air.survey.services import Area, PictureService, Services, TerrainService
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from shapely import MultiPolygon, Polygon

    from carreau.base.model import FloatArray

COARSER = (1.0, 1.25, 2.0, 2.5, 5.0, 10.0, 20.0, 50.0)
"""Multiples of the cell size to request if a place is too large for the cell size itself."""


@dataclass(frozen=True)
class Piece:
    """A part of a raster.

    column, row : of its first cell in the whole
    """

    grid: Grid
    column: int
    row: int


def aligned_grid(bounds: Bounds, pixel_m: float, most_cells: float, corner: tuple[float, ...] | None = None) -> Grid:
    """Return a grid around bounds whose cells lie on those of a service; they are larger for a place that is too large.

    corner : x and y of a corner of cells of the service, of which each cell holds a whole number; else edges are
        multiples of the cell

    >>> aligned_grid((10.05, 0.0, 20.0, 5.0), 0.2, 1e6)
    Grid(west=10.0, north=5.0, pixel_m=0.2, columns=50, rows=25)
    >>> aligned_grid((10.0, 0.0, 20.0, 5.0), 0.5, 1e6, (-0.25, 0.25))
    Grid(west=9.75, north=5.25, pixel_m=0.5, columns=21, rows=11)
    """
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    multiples = [each for each in COARSER if corner is None or each.is_integer()]
    cell = next(
        (pixel_m * more for more in multiples if area / (pixel_m * more) ** 2 <= most_cells), pixel_m * multiples[-1]
    )
    x, y = corner or (0.0, 0.0)
    west, south = (math.floor(round((each - own) / cell, 6)) for each, own in zip(bounds[:2], (x, y), strict=True))
    east, north = (math.ceil(round((each - own) / cell, 6)) for each, own in zip(bounds[2:], (x, y), strict=True))
    return Grid(round(west * cell + x, 6), round(north * cell + y, 6), round(cell, 6), east - west, north - south)


def pieces(grid: Grid, edge: int) -> Iterator[Piece]:
    """Yield the parts of a grid, none of them with an edge of more cells than a service gives; nearly equal ones."""
    across, down = math.ceil(grid.columns / edge), math.ceil(grid.rows / edge)
    for j in range(down):
        for i in range(across):
            column, row = grid.columns * i // across, grid.rows * j // down
            columns, rows = grid.columns * (i + 1) // across - column, grid.rows * (j + 1) // down - row
            west, north = grid.west + column * grid.pixel_m, grid.north - row * grid.pixel_m
            yield Piece(Grid(round(west, 6), round(north, 6), grid.pixel_m, columns, rows), column, row)


def touches(shape: Polygon | MultiPolygon, grid: Grid) -> bool:
    """Return whether an area lies in a part of a grid."""
    from shapely import box

    return bool(shape.intersects(box(*grid.bounds)))


def map_address(service: PictureService | TerrainService, layer: str, grid: Grid, epsg: int) -> str:
    """Return the address of a raster: in projected systems easting comes first, in version 1.3.0 too."""
    return f"{service.address}?" + urlencode(
        {
            "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": layer, "STYLES": "",
            "FORMAT": service.format, "CRS": f"EPSG:{epsg}", "BBOX": ",".join(f"{each:.10g}" for each in grid.bounds),
            "WIDTH": grid.columns, "HEIGHT": grid.rows, "EXCEPTIONS": "text/xml",
        },
        safe=":,/;=",
    )  # fmt: skip


def map_answer(source: Source, service: PictureService | TerrainService, layer: str, grid: Grid, epsg: int) -> bytes:
    """Return the raster that a service gives for a grid; raises ServiceError."""
    request = Asked(layer, service.per_s, service.most_bytes)
    return source.get(map_address(service, layer, grid, epsg), request, service.format)


_QUALITY = 92
_BLANK = 255
"""Value of a picture where nothing was asked for, or nothing came: as services answer, so that a model knows it."""

_EVERY = 8
"""Rows and columns of which one is looked at, to tell what share of a place shows nothing."""

_LEAST_MISSING = 0.005
"""Share that is told: less is 0 %."""


@dataclass(frozen=True, eq=False)
class GatheredPicture:
    """A picture.

    body : JPEG; None where the service has nothing here
    share : of the area, 0 to 1, that the picture shows
    """

    grid: Grid
    body: bytes | None
    share: float


def gather_picture(source: Source, services: Services, service: PictureService, area: Area) -> GatheredPicture:
    """Return the picture of an area; pieces that lie wholly outside it are not requested.

    Raises ServiceError if an answer is not the requested picture.
    """
    from PIL import Image

    grid, parts = _picture_grid(service, area), picture_pieces(service, area)
    is_grey = service.format == "image/png"
    blank = _BLANK if is_grey else (_BLANK,) * 3
    whole, body = Image.new("L" if is_grey else "RGB", (grid.columns, grid.rows), blank), b""
    for piece in parts:
        body = map_answer(source, service, service.layer, piece.grid, services.place.epsg)
        whole.paste(_open(body, piece, source, service, services.place.epsg), (piece.column, piece.row))
    share = _share_shown(whole, grid, area)
    if not share:
        return GatheredPicture(grid, None, 0.0)
    # One answer is kept as it came: to encode it again would lose some of it.
    is_as_it_came = len(parts) == 1 and service.format == "image/jpeg"
    return GatheredPicture(grid, body if is_as_it_came else _jpeg(whole), share)


def picture_pieces(service: PictureService, area: Area) -> list[Piece]:
    """Return the pieces in which the picture of an area is asked for: those that touch it."""
    return [piece for piece in pieces(_picture_grid(service, area), service.edge_px) if touches(area.shape, piece.grid)]


def _picture_grid(service: PictureService, area: Area) -> Grid:
    return aligned_grid(area.bounds, service.pixel_m, service.most_megapixels * 1e6)


def _share_shown(picture: Image, grid: Grid, area: Area) -> float:
    """Return the share of an area that is not in a void of its picture."""
    import numpy as np
    import shapely

    from carreau.air.airborne.picture_voids import unshown_pixels

    unshown = unshown_pixels(np.asarray(picture), grid.pixel_m)
    if not unshown.any():
        return 1.0
    rows, columns = np.arange(0, grid.rows, _EVERY), np.arange(0, grid.columns, _EVERY)
    x, y = grid.west + (columns + 0.5) * grid.pixel_m, grid.north - (rows + 0.5) * grid.pixel_m
    inside = shapely.contains_xy(area.shape, *np.meshgrid(x, y))
    missing = float(unshown[::_EVERY, ::_EVERY][inside].mean()) if inside.any() else 0.0
    return 1.0 - missing if missing >= _LEAST_MISSING else 1.0


def _open(body: bytes, piece: Piece, source: Source, service: PictureService, epsg: int) -> Image:
    """Return a picture of the requested size, without transparency; raises ServiceError."""
    from PIL import Image, UnidentifiedImageError

    wanted = piece.grid.columns, piece.grid.rows
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG")) as picture:
            if picture.size != wanted:
                answer = message(
                    "the picture has %(found)s pixels, not the %(asked)s that were asked for",
                    found="{} × {}".format(*picture.size),
                    asked="{} × {}".format(*wanted),
                )
                raise ServiceError(service.layer, answer, RUN_AGAIN)
            return _opaque(picture, service.format == "image/png")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        source.kept.forget(map_address(service, service.layer, piece.grid, epsg))
        raise ServiceError(service.layer, message("the picture cannot be read"), RUN_AGAIN) from error
    except ServiceError:
        source.kept.forget(map_address(service, service.layer, piece.grid, epsg))
        raise


def _opaque(picture: Image, is_grey: bool) -> Image:
    """Return a picture that is blank where it was transparent."""
    from PIL import Image

    flat: Any = picture
    if "A" in picture.getbands() or "transparency" in picture.info:
        flat = Image.new("RGBA", picture.size, (_BLANK,) * 4)
        flat.alpha_composite(picture.convert("RGBA"))
    opaque: Image.Image = flat.convert("L" if is_grey else "RGB")
    return opaque


def _jpeg(picture: Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    return stream.getvalue()


VOID = -9999.0
"""Written for every cell without a height."""

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class GatheredTerrain:
    """A raster of heights.

    heights : (rows, columns) float32 metres, row 0 in the north, `VOID` where unknown and outside the area
    layers : that gave some of them
    share : of the cells in the area that have a height
    """

    grid: Grid
    heights: FloatArray
    layers: tuple[str, ...]
    share: float


def gather_terrain(source: Source, services: Services, area: Area) -> GatheredTerrain:
    """Return the heights of an area; raises ServiceError if an answer does not match the request."""
    import numpy as np

    service = services.terrain
    grid = aligned_grid(area.bounds, service.pixel_m, service.most_megapixels * 1e6, service.corner)
    heights = np.full((grid.rows, grid.columns), VOID, np.float32)
    used = list[str]()
    for layer in service.layers:
        for piece in pieces(grid, service.edge_px):
            own = heights[piece.row : piece.row + piece.grid.rows, piece.column : piece.column + piece.grid.columns]
            if not touches(area.shape, piece.grid) or not (own == VOID).any():
                continue
            body = map_answer(source, service, layer, piece.grid, services.place.epsg)
            piece_heights = _heights(body, piece, layer, source, services)
            fresh = (own == VOID) & (piece_heights != VOID)
            own[fresh] = piece_heights[fresh]
            if fresh.any() and layer not in used:
                used.append(layer)
    cells, known = 0, 0
    for row in range(0, grid.rows, _ROWS_AT_ONCE):
        own = heights[row : row + _ROWS_AT_ONCE]
        inside = _inside(area, grid, row, len(own))
        cells, known = cells + int(inside.sum()), known + int((own[inside] != VOID).sum())
        own[~inside] = VOID
    share = known / cells if cells else 0.0
    return GatheredTerrain(grid, heights, tuple(used), share)


def _heights(body: bytes, piece: Piece, layer: str, source: Source, services: Services) -> FloatArray:
    """Return (rows, columns) heights of an answer; numbers that no height in France has are voids.

    Raises ServiceError unless there are 32 bits for each cell.
    """
    import numpy as np

    service, grid = services.terrain, piece.grid
    if len(body) != grid.rows * grid.columns * 4:
        source.kept.forget(map_address(service, layer, grid, services.place.epsg))
        answer = message(
            "the raster has %(found)s bytes, not %(asked)s", found=len(body), asked=grid.rows * grid.columns * 4
        )
        raise ServiceError(layer, answer, RUN_AGAIN)
    heights = np.frombuffer(body, "<f4").reshape(grid.rows, grid.columns)
    is_height = (heights >= service.lowest_m) & (heights <= service.highest_m)
    return np.where(is_height, heights, np.float32(VOID)).astype(np.float32)


def _inside(area: Area, grid: Grid, row: int, rows: int) -> NDArray[np.bool_]:
    """Return (rows, columns) bool from a row on, whether the middle of a cell lies in an area."""
    import numpy as np
    import shapely

    x = grid.west + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north - (row + np.arange(rows) + 0.5) * grid.pixel_m
    return np.asarray(shapely.contains_xy(area.shape, *np.meshgrid(x, y)))
