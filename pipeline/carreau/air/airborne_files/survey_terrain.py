"""Read the terrain raster of a survey: float32 heights as a WMS gives them (`image/x-bil;bits=32`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carreau.air.airborne_files.survey_record import NAME, RENEW, Grid, Layer, Role, SurveyRecord, layer_path
from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import DoubleArray, FloatArray

LOWEST_M, HIGHEST_M = -100.0, 5000.0
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
            chosen = (heights >= LOWEST_M) & (heights <= HIGHEST_M)
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
        is_height = (values >= LOWEST_M) & (values <= HIGHEST_M)
    return np.where(is_height, values, np.float32(np.nan)).astype(np.float32)


def _fill(values: FloatArray, grid: Grid, others: FloatArray, other: Grid) -> None:
    x = grid.west + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    column, row = np.floor((x - other.west) / other.pixel_m), np.floor((other.north - y) / other.pixel_m)
    columns = np.flatnonzero((column >= 0) & (column < other.columns))
    rows = np.flatnonzero((row >= 0) & (row < other.rows))
    own = values[np.ix_(rows, columns)]
    found = others[np.ix_(row[rows].astype(np.int64), column[columns].astype(np.int64))]
    values[np.ix_(rows, columns)] = np.where(np.isnan(own), found, own)
