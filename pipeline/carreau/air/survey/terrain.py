"""Gather a raster of heights, whose voids are filled from a second layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carreau.air.airborne_files.survey_record import Grid
from carreau.air.survey.http_client import RUN_AGAIN
from carreau.air.survey.map_requests import Piece, aligned_grid, map_address, map_answer, pieces, touches
from carreau.air.survey.services import Services
from carreau.air.survey.site_area import Area
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carreau.base.model import FloatArray

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
    """Return the heights of an area; raises ServiceError where an answer is not what was asked for."""
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
            found = _heights(body, piece, layer, source, services)
            fresh = (own == VOID) & (found != VOID)
            own[fresh] = found[fresh]
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
