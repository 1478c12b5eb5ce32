"""Read the pictures of a survey, an orthophoto of today or an old photograph, onto one grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carreau.air.airborne.survey_data import Orthophoto
from carreau.air.airborne_files.survey_record import RENEW, Grid, Layer, Role, SurveyRecord, layer_path
from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import ByteArray
from carreau.formats.images.image import MAX_TEXELS, decode, open_texture

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
