"""Ask a WMS 1.3.0 for a raster of any size, in pieces that it accepts, aligned to the grid of its cells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from carreau.air.airborne_files.survey_record import Bounds, Grid
from carreau.air.survey.http_client import Asked
from carreau.air.survey.services import PictureService, TerrainService
from carreau.air.survey.source import Source

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

COARSER = (1.0, 1.25, 2.0, 2.5, 5.0, 10.0, 20.0, 50.0)
"""Multiples of a cell that is asked for where the place is too large for it."""


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
    asked = Asked(layer, service.per_s, service.most_bytes)
    return source.get(map_address(service, layer, grid, epsg), asked, service.format)
