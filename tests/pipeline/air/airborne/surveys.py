"""Write small surveys: the real tiles of the example in assets/, and damaged or made-up ones."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import laspy
import numpy as np
from PIL import Image

from carreau.air.airborne.survey_record import NAME, Bounds, Grid, Layer, Role, SurveyRecord, read, write
from carreau.base.model import ByteArray, DoubleArray

REAL = Path(__file__).parents[4] / "assets" / "sites" / "maisons-vues-du-ciel" / "survey"
ONE = "points_77055_627760.laz"
"""The tile that the orthophoto covers."""

ONE_BOUNDS: Bounds = (770550.0, 6277550.0, 770600.0, 6277600.0)
WEST, SOUTH = 720100.0, 7030200.0
FLAT: Bounds = (WEST, SOUTH, WEST + 20, SOUTH + 20)
"""Bounds of made-up places, in the north of France: far from there metres of Lambert-93 are no metres."""


def real_record() -> SurveyRecord:
    """Return the record of the example."""
    return read(REAL / NAME)


def one_tile(folder: Path, bounds: Bounds = ONE_BOUNDS) -> Path:
    """Return the folder of a survey of the one tile with its orthophoto."""
    record = real_record()
    layers = tuple(layer for layer in record.layers if layer.file == ONE or layer.role is Role.ORTHOPHOTO)
    return survey(folder, replace(record, bounds=bounds, layers=layers))


def survey(folder: Path, record: SurveyRecord) -> Path:
    """Write a record, and copy what it names from the example where that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for layer in record.layers:
        if (REAL / layer.file).is_file() and not (folder / layer.file).exists():
            shutil.copy(REAL / layer.file, folder)
    (folder / NAME).write_bytes(write(record))
    return folder


def made_up(folder: Path, layers: Sequence[Layer], bounds: Bounds = FLAT) -> Path:
    """Write the record of a made-up place in Lambert-93."""
    return survey(folder, SurveyRecord(2154, bounds, date(2026, 11, 27), tuple(layers), 5720))


def write_points(path: Path, positions: DoubleArray, classes: ByteArray, version: str = "1.4", epsg: int = 0) -> None:
    """Write points as LAZ, or LAS by the suffix; point format 6, or 1 for LAS 1.2."""
    header = laspy.LasHeader(version=version, point_format=6 if version == "1.4" else 1)
    header.scales, header.offsets = np.full(3, 0.01), np.zeros(3)
    if epsg:
        from pyproj import CRS

        header.add_crs(CRS.from_epsg(epsg))
    las = laspy.LasData(header)
    las.x, las.y, las.z = positions.T
    las.classification = classes
    las.return_number = np.ones(len(positions), np.uint8)
    las.number_of_returns = np.ones(len(positions), np.uint8)
    las.write(path)


def plane(bounds: Bounds = FLAT, step: float = 0.5) -> DoubleArray:
    """Return points of level ground."""
    west, south, east, north = bounds
    x, y = np.meshgrid(np.arange(west, east + 1e-9, step), np.arange(south, north + 1e-9, step))
    return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, 30.0)])


def picture(path: Path, columns: int, rows: int, color: tuple[int, int, int] = (90, 120, 60)) -> None:
    """Write a picture of one colour."""
    Image.new("RGB", (columns, rows), color).save(path)


def grey_photograph(path: Path, columns: int, rows: int) -> None:
    """Write a picture like a scanned photograph of the 1950s: fields, a road, grain."""
    across, down = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    fields = 120 + 40 * np.sign(np.sin(9 * across) * np.sin(7 * down)) - 60 * (np.abs(across - down) < 0.03)
    grain = np.random.default_rng(7).normal(0, 6, fields.shape)
    Image.fromarray(np.clip(fields + grain, 0, 255).astype(np.uint8)).save(path)


def terrain(path: Path, heights: DoubleArray) -> None:
    """Write heights (rows, columns) as BIL, row 0 in the north."""
    heights.astype("<f4").tofile(path)


def grid_over(bounds: Bounds, pixel_m: float) -> Grid:
    """Return the grid of a picture over bounds."""
    west, south, east, north = bounds
    return Grid(west, north, pixel_m, round((east - west) / pixel_m), round((north - south) / pixel_m))
