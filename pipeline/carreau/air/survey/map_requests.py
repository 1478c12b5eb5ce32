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


def aligned_grid(bounds: Bounds, pixel_m: float, most_cells: float) -> Grid:
    """Return a grid around bounds whose edges are multiples of its cell, which is larger for a place that is too large.

    >>> aligned_grid((10.05, 0.0, 20.0, 5.0), 0.2, 1e6)
    Grid(west=10.0, north=5.0, pixel_m=0.2, columns=50, rows=25)
    """
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    cell = next(
        (pixel_m * more for more in COARSER if area / (pixel_m * more) ** 2 <= most_cells), pixel_m * COARSER[-1]
    )
    west, south = (math.floor(round(each / cell, 6)) for each in bounds[:2])
    east, north = (math.ceil(round(each / cell, 6)) for each in bounds[2:])
    return Grid(round(west * cell, 6), round(north * cell, 6), round(cell, 6), east - west, north - south)


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


WHITE, BLACK = 252, 3
"""A picture of no other value is none: services answer so where they have nothing."""

_QUALITY = 92
_EMPTY_GREY = 128


@dataclass(frozen=True, eq=False)
class GatheredPicture:
    """A picture.

    body : JPEG; None where the service has nothing here
    share : of the pieces that hold something
    """

    grid: Grid
    body: bytes | None
    share: float


def gather_picture(source: Source, services: Services, service: PictureService, area: Area) -> GatheredPicture:
    """Return the picture of an area; pieces that lie wholly outside it are not requested.

    Raises ServiceError if an answer is not the requested picture.
    """
    from PIL import Image

    grid = aligned_grid(area.bounds, service.pixel_m, service.most_megapixels * 1e6)
    parts = [piece for piece in pieces(grid, service.edge_px) if touches(area.shape, piece.grid)]
    is_grey = service.format == "image/png"
    whole = Image.new("L" if is_grey else "RGB", (grid.columns, grid.rows), _EMPTY_GREY if is_grey else (255, 255, 255))
    filled, body = 0, b""
    for piece in parts:
        body = map_answer(source, service, service.layer, piece.grid, services.place.epsg)
        picture = _open(body, piece, source, service, services.place.epsg)
        if picture is not None:
            filled += 1
            whole.paste(picture, (piece.column, piece.row))
    if not filled:
        return GatheredPicture(grid, None, 0.0)
    # One answer is kept as it came: to encode it again would lose some of it.
    is_as_it_came = len(parts) == 1 and service.format == "image/jpeg"
    return GatheredPicture(grid, body if is_as_it_came else _jpeg(whole), filled / len(parts))


def _open(body: bytes, piece: Piece, source: Source, service: PictureService, epsg: int) -> Image | None:
    """Return a picture of the requested size, None for an empty one; raises ServiceError."""
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
            return _without_blank(picture, service.format == "image/png")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        source.kept.forget(map_address(service, service.layer, piece.grid, epsg))
        raise ServiceError(service.layer, message("the picture cannot be read"), RUN_AGAIN) from error
    except ServiceError:
        source.kept.forget(map_address(service, service.layer, piece.grid, epsg))
        raise


def _without_blank(picture: Image, is_grey: bool) -> Image | None:
    """Return a picture without transparency, None if all of it is white, black or transparent."""
    from PIL import Image

    flat: Any = picture
    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        if layered.getchannel("A").getextrema()[1] == 0:
            return None
        flat = Image.new("RGBA", picture.size, (_EMPTY_GREY,) * 3 + (255,))
        flat.alpha_composite(layered)
    flat = flat.convert("L" if is_grey else "RGB")
    low, high = flat.convert("L").getextrema()
    return None if low >= WHITE or high <= BLACK else flat


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
    grid = aligned_grid(area.bounds, service.pixel_m, service.most_megapixels * 1e6)
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
