"""Read the terrain raster of a survey: float32 heights as a WMS gives them (`image/x-bil;bits=32`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.errors import FormatError
from pipeline.formats.airborne.survey_record import RENEW, Role, SurveyRecord, layer_path
from pipeline.messages import message
from pipeline.model import DoubleArray

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
        path = layer_path(folder, layer)
        expected, actual = 4 * grid.columns * grid.rows, path.stat().st_size
        if actual != expected:
            cause = message(
                "it has %(actual)s bytes, but the grid in survey.toml needs %(expected)s",
                actual=actual,
                expected=expected,
            )
            raise FormatError(path, "", cause, RENEW)
        heights = np.fromfile(path, "<f4").reshape(grid.rows, grid.columns).astype(np.float64)
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
