"""The land that the stand-in serves: six real tiles of 50 m, repeated without end over Lambert-93."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import laspy
import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage

from tests.survey_stand_in.copc_file import PLAIN, Chunk, CopcFile, Node, PointLayout, compressed, packed

PROJECT = Path(__file__).parents[2]
TILE_M, COLUMNS, ROWS = 50, 3, 2
WEST, SOUTH = 770_500, 6_277_500
SIDE = 1600.0
"""Of the root's cube: the fifth level has cubes of 50 m, as the tiles."""
LEAF, PARENT = 5, 4
GROUND, BUILDING = 2, 6


REAL = PROJECT / "assets" / "sites" / "maisons-vues-du-ciel" / "survey"
"""The real tiles and their photograph, which the catalogue shows as a place of its own."""


@dataclass(frozen=True, eq=False)
class RealTile:
    """The points of a real tile, about its south-west corner.

    positions : (n, 3) float64
    """

    positions: NDArray[np.float64]
    classes: NDArray[np.uint8]
    returns: NDArray[np.uint8]
    counts: NDArray[np.uint8]

    def part(self, keep: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return some points in format 6."""
        return packed(self.positions[keep], self.classes[keep], self.returns[keep], self.counts[keep])


@cache
def real_tile(column: int, row: int) -> RealTile:
    """Read a tile; column and row count from the south-west."""
    name = f"points_{77050 + 5 * column}_{627755 + 5 * row}.laz"
    with laspy.open(REAL / name) as reader:
        points = reader.read()
    corner = np.array([WEST + TILE_M * column, SOUTH + TILE_M * row, 0.0])
    positions = np.asarray(points.xyz) - corner
    inside = ((positions[:, :2] >= 0) & (positions[:, :2] < TILE_M)).all(axis=1)
    values = (points.classification, points.return_number, points.number_of_returns)
    return RealTile(positions[inside], *(np.asarray(each, np.uint8)[inside] for each in values))


@cache
def _leaf(column: int, row: int, has_classes: bool, layout: PointLayout) -> Chunk:
    tile = real_tile(column, row)
    if not has_classes:
        tile = replace(tile, classes=np.ones_like(tile.classes))
    return compressed(tile.part(np.arange(len(tile.positions)) % 4 != 0), layout)


@cache
def _parent(column: int, has_classes: bool, layout: PointLayout) -> Chunk:
    """Return every fourth point of the 100 m that begin with a column of the pattern."""
    parts = []
    for east in (0, 1):
        for row in range(ROWS):
            tile = real_tile((column + east) % COLUMNS, row)
            classes = tile.classes if has_classes else np.ones_like(tile.classes)
            moved = RealTile(
                tile.positions + np.array([TILE_M * east, TILE_M * row, 0]), classes, tile.returns, tile.counts
            )
            parts.append(moved.part(np.arange(len(tile.positions)) % 4 == 0))
    return compressed(np.concatenate(parts), layout)


@cache
def point_file(
    x_km: int, y_km: int, epsg: int = 2154, columns: int = 20, has_classes: bool = True,
    gps: tuple[float, float] = (0.0, 0.0), layout: PointLayout = PLAIN, system_in: str = "vlr",
) -> CopcFile:  # fmt: skip
    """Return a tile of 1 km by its south-west corner.

    columns : of 50 m that have points, from the west; 20 are the whole tile
    gps : first and last adjusted GPS time that it declares
    """
    corner = (x_km * 1000.0, y_km * 1000.0, 0.0)
    nodes = [Node((level, 0, 0, 0)) for level in range(PARENT)]
    nodes += [Node((level, x, y, 0)) for level in range(1, PARENT) for x, y in _cells(2**level) if (x, y) != (0, 0)]
    for x, y in _cells(10):
        if 2 * x < columns:
            nodes.append(_node(PARENT, x, y, corner, _parent(_pattern(x_km, 2 * x), has_classes, layout)))
    for x, y in _cells(20):
        if x < columns:
            nodes.append(_node(LEAF, x, y, corner, _leaf(_pattern(x_km, x), y % ROWS, has_classes, layout)))
    return CopcFile(nodes, corner, SIDE, epsg, gps, system_in, layout)


def _cells(count: int) -> Iterator[tuple[int, int]]:
    return ((x, y) for y in range(count) for x in range(count))


def _pattern(x_km: int, column: int) -> int:
    return (x_km * 20 + column) % COLUMNS


def _node(level: int, x: int, y: int, corner: tuple[float, float, float], chunk: Chunk) -> Node:
    cell = SIDE / 2**level
    return Node((level, x, y, 0), chunk, round((corner[0] + x * cell) * 100), round((corner[1] + y * cell) * 100))


class Ground:
    """Heights and buildings of the pattern, and its picture."""

    @cached_property
    def heights(self) -> NDArray[np.float32]:
        """Return (100, 150) metres, row 0 in the south: the mean of the ground points in each square metre."""
        total, count = np.zeros((ROWS * TILE_M, COLUMNS * TILE_M)), np.zeros((ROWS * TILE_M, COLUMNS * TILE_M))
        for column in range(COLUMNS):
            for row in range(ROWS):
                tile = real_tile(column, row)
                ground = tile.positions[tile.classes == GROUND]
                at = (
                    np.floor(ground[:, 1]).astype(int) + row * TILE_M,
                    np.floor(ground[:, 0]).astype(int) + column * TILE_M,
                )
                np.add.at(total, at, ground[:, 2])
                np.add.at(count, at, 1)
        known = count > 0
        nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
        return np.asarray((total / np.maximum(count, 1))[tuple(nearest)], np.float32)

    def heights_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return heights at coordinates."""
        column = np.floor(x).astype(int) % (COLUMNS * TILE_M)
        return np.asarray(self.heights[np.floor(y).astype(int) % (ROWS * TILE_M), column])

    @cached_property
    def picture(self) -> NDArray[np.uint8]:
        """Return (250, 250, 3) pixels of 20 cm, row 0 in the north."""
        whole = tifffile.imread(REAL / "orthophoto.tif")
        return np.asarray(whole[1:251, 1:251, :3], np.uint8)

    def picture_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return colours at coordinates."""
        column = np.floor(x % TILE_M / 0.2).astype(int) % 250
        return np.asarray(self.picture[249 - np.floor(y % TILE_M / 0.2).astype(int) % 250, column])

    @cached_property
    def boxes(self) -> list[tuple[float, float, float, float, float, float]]:
        """Return west, south, east, north, ground and top of the buildings of the pattern, as boxes."""
        tops = np.zeros((ROWS * TILE_M, COLUMNS * TILE_M))
        for column in range(COLUMNS):
            for row in range(ROWS):
                tile = real_tile(column, row)
                roof = tile.positions[tile.classes == BUILDING]
                at = np.floor(roof[:, 1]).astype(int) + row * TILE_M, np.floor(roof[:, 0]).astype(int) + column * TILE_M
                np.maximum.at(tops, at, roof[:, 2])
        labels, count = ndimage.label(tops > 0)
        found = []
        for number, (south, east) in enumerate(ndimage.find_objects(labels), 1):
            own = labels[south, east] == number
            if own.sum() >= 20:
                ground = float(self.heights[south, east][own].min())
                top = float(np.percentile(tops[south, east][own], 60))
                found.append((east.start, south.start, east.stop, south.stop, round(ground, 1), round(top, 1)))
        assert count
        return found

    def buildings(
        self, west: float, south: float, east: float, north: float
    ) -> Iterator[tuple[str, tuple[float, ...]]]:
        """Yield name and box of the buildings that touch bounds."""
        wide, tall = COLUMNS * TILE_M, ROWS * TILE_M
        for j in range(int(south // tall), int(north // tall) + 1):
            for i in range(int(west // wide), int(east // wide) + 1):
                for number, (left, low, right, high, ground, top) in enumerate(self.boxes):
                    box = (i * wide + left, j * tall + low, i * wide + right, j * tall + high)
                    if box[0] < east and box[2] > west and box[1] < north and box[3] > south:
                        yield f"BATIMENT{i:06}{j:06}{number:03}", (*box, ground, top)
