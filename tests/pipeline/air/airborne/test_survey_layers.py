"""The layers of a survey are joined, cut and turned to its coordinates; damaged ones are one clear line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

from carreau.air.airborne.survey_data import PointClass
from carreau.air.airborne.survey_layers import read_buildings, read_picture, read_points, read_terrain
from carreau.air.airborne.survey_record import NAME, Grid, Layer, Role, read
from carreau.base.errors import ScanError
from tests.pipeline.air.airborne.surveys import (
    FLAT,
    ONE,
    ONE_BOUNDS,
    REAL,
    SOUTH,
    WEST,
    grid_over,
    made_up,
    one_tile,
    picture,
    plane,
    real_record,
    survey,
    terrain,
    write_points,
)

POINTS = Layer(Role.POINTS, "points.laz")


def test_the_six_real_tiles_are_joined() -> None:
    found = read_points(REAL, real_record())
    assert (found.count, len(found.points), found.every) == (417106, 417106, 1)
    numbers, counts = np.unique(found.points.classes, return_counts=True)
    assert dict(zip(numbers.tolist(), counts.tolist(), strict=True))[PointClass.GROUND] == 171189
    west, south, east, north = real_record().bounds
    assert found.points.positions[:, 0].min() >= west
    assert found.points.positions[:, 0].max() <= east
    assert found.points.positions[:, 1].min() >= south
    assert found.points.positions[:, 1].max() <= north
    assert int(found.points.returns.min()) == 1
    assert (found.points.returns <= found.points.return_counts).all()


def test_points_are_cut_to_the_bounds(tmp_path: Path) -> None:
    bounds = (770560.0, 6277560.0, 770570.0, 6277580.0)
    folder = one_tile(tmp_path, bounds)
    points = read_points(folder, read(folder / NAME)).points
    assert 2000 < len(points) < 12000
    assert points.positions[:, 0].min() >= 770560
    assert points.positions[:, 1].max() <= 6277580


def test_more_points_than_can_be_kept_are_thinned_evenly(tmp_path: Path) -> None:
    folder = one_tile(tmp_path)
    record = read(folder / NAME)
    whole, thinned = read_points(folder, record), read_points(folder, record, most=20_000)
    assert (thinned.every, thinned.count) == (4, whole.count)
    assert len(thinned.points) == -(-whole.count // 4)
    assert (thinned.points.positions == whole.points.positions[::4]).all()


def test_noise_artefacts_and_withheld_points_are_left_out(tmp_path: Path) -> None:
    positions = plane()
    classes = np.full(len(positions), PointClass.GROUND, np.uint8)
    classes[:3] = PointClass.NOISE, PointClass.ARTEFACT, 18
    folder = made_up(tmp_path, [POINTS])
    write_points(folder / "points.laz", positions, classes)
    assert read_points(folder, read(folder / NAME)).count == len(positions) - 3


def test_an_older_las_is_read_as_well(tmp_path: Path) -> None:
    positions = plane()
    folder = made_up(tmp_path, [replace(POINTS, file="points.las")])
    write_points(folder / "points.las", positions, np.full(len(positions), 2, np.uint8), "1.2")
    assert read_points(folder, read(folder / NAME)).count == len(positions)


def test_points_without_classes_name_those_there_are_and_the_way_out(tmp_path: Path) -> None:
    positions = plane()
    folder = made_up(tmp_path, [POINTS])
    write_points(folder / "points.laz", positions, (np.arange(len(positions)) % 2).astype(np.uint8))
    with pytest.raises(ScanError, match="not classified: 2 for ground is needed, and there is only 0, 1") as caught:
        read_points(folder, read(folder / NAME))
    assert str(caught.value.cure).endswith(f"carreau model {folder / 'points.laz'}")


def test_points_of_another_system_are_refused(tmp_path: Path) -> None:
    positions = plane()
    folder = made_up(tmp_path, [POINTS])
    write_points(folder / "points.laz", positions, np.full(len(positions), 2, np.uint8), epsg=2975)
    with pytest.raises(ScanError, match="in EPSG:2975, but the survey is in EPSG:2154"):
        read_points(folder, read(folder / NAME))


def test_points_elsewhere_are_refused(tmp_path: Path) -> None:
    folder = one_tile(tmp_path, (0.0, 0.0, 50.0, 50.0))
    with pytest.raises(ScanError, match="none of its points lies inside the bounds"):
        read_points(folder, read(folder / NAME))


def test_a_cut_file_of_points_is_one_line(tmp_path: Path) -> None:
    folder = one_tile(tmp_path)
    whole = (folder / ONE).read_bytes()
    (folder / ONE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ScanError, match=f"'{ONE}' is not the file on record: it was cut or changed"):
        read_points(folder, read(folder / NAME))
    (folder / ONE).write_bytes(whole[:-1] + b"x")
    with pytest.raises(ScanError, match="is not the file on record"):
        read_points(folder, read(folder / NAME))
    unchecked = [replace(layer, bytes=None, sha256="") for layer in read(folder / NAME).layers]
    survey(folder, replace(read(folder / NAME), layers=tuple(unchecked)))
    (folder / ONE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ScanError, match=ONE):
        read_points(folder, read(folder / NAME))


def test_the_real_orthophoto_has_north_on_top(tmp_path: Path) -> None:
    folder = one_tile(tmp_path)
    ortho = read_picture(folder, read(folder / NAME), Role.ORTHOPHOTO)
    assert ortho is not None
    assert ortho.pixels.shape == (252, 252, 3)
    assert (ortho.west, ortho.north, ortho.pixel_m) == (770549.8, 6277600.2, 0.2)
    with Image.open(folder / "orthophoto.tif") as image:
        assert (np.asarray(image) == ortho.pixels).all()
    assert read_picture(folder, read(folder / NAME), Role.HISTORIC) is None


def test_neighbouring_pictures_are_joined(tmp_path: Path) -> None:
    half = grid_over((WEST, SOUTH, WEST + 10, SOUTH + 20), 0.5)
    layers = [
        Layer(Role.ORTHOPHOTO, "west.png", grid=half),
        Layer(Role.ORTHOPHOTO, "east.png", grid=replace(half, west=WEST + 10, north=SOUTH + 15, rows=30)),
    ]
    folder = made_up(tmp_path, layers)
    picture(folder / "west.png", 20, 40, (200, 0, 0))
    picture(folder / "east.png", 20, 30, (0, 0, 200))
    joined = read_picture(folder, read(folder / NAME), Role.ORTHOPHOTO)
    assert joined is not None
    assert joined.pixels.shape == (40, 40, 3)
    assert joined.pixels[0, 0].tolist() == [200, 0, 0]
    assert joined.pixels[0, 39].tolist() == [128, 128, 128]
    assert joined.pixels[10, 39].tolist() == [0, 0, 200]


@pytest.mark.parametrize(
    ("grid", "cause"),
    [
        (Grid(WEST, SOUTH + 20, 0.5, 41, 40), "40×40 pixels, but survey.toml says 41×40"),
        (Grid(WEST, SOUTH + 20, 0.5, 20_000, 20_000), "40×40 pixels, but survey.toml says 20000×20000"),
    ],
)
def test_a_picture_of_another_size_is_refused(tmp_path: Path, grid: Grid, cause: str) -> None:
    folder = made_up(tmp_path, [Layer(Role.ORTHOPHOTO, "a.png", grid=grid)])
    picture(folder / "a.png", 40, 40)
    with pytest.raises(ScanError, match=cause):
        read_picture(folder, read(folder / NAME), Role.ORTHOPHOTO)


def test_a_picture_too_large_to_hold_is_refused(tmp_path: Path) -> None:
    grid = Grid(WEST, SOUTH + 20, 0.001, 20_000, 20_000)
    folder = made_up(tmp_path, [Layer(Role.ORTHOPHOTO, "a.png", grid=grid)])
    Image.new("1", (20_000, 20_000)).save(folder / "a.png")
    with pytest.raises(ScanError, match="too large"):
        read_picture(folder, read(folder / NAME), Role.ORTHOPHOTO)


def test_a_damaged_picture_and_one_of_another_grid_are_refused(tmp_path: Path) -> None:
    grid = grid_over(FLAT, 0.5)
    layers = [Layer(Role.ORTHOPHOTO, "a.jpg", grid=grid)]
    folder = made_up(tmp_path, layers)
    picture(folder / "a.jpg", 40, 40)
    whole = (folder / "a.jpg").read_bytes()
    (folder / "a.jpg").write_bytes(b"<?xml version='1.0'?><ServiceException/>")
    with pytest.raises(ScanError, match=r"a\.jpg"):
        read_picture(folder, read(folder / NAME), Role.ORTHOPHOTO)
    (folder / "a.jpg").write_bytes(whole)
    picture(folder / "b.png", 40, 40)
    made_up(tmp_path, [*layers, Layer(Role.ORTHOPHOTO, "b.png", grid=replace(grid, west=WEST + 20.2))])
    with pytest.raises(ScanError, match="do not lie on the grid"):
        read_picture(folder, read(folder / NAME), Role.ORTHOPHOTO)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": "batiment.1", "geometry": geometry, "properties": properties}


def buildings(folder: Path, features: Any, crs: int | None = None) -> Path:
    made_up(folder, [Layer(Role.BUILDINGS, "buildings.geojson", crs=crs)])
    (folder / "buildings.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder


RING = [[101, 201], [105, 201], [105, 206], [101, 206], [101, 201]]


def test_buildings_are_read_with_their_heights(tmp_path: Path) -> None:
    inner = [[102, 202], [103, 202], [103, 203], [102, 202]]
    shape = {"type": "MultiPolygon", "coordinates": [[RING, inner], [[[x + 9, y, 3] for x, y in RING]]]}
    folder = buildings(
        tmp_path,
        [
            feature(shape, cleabs="BATIMENT01", hauteur=6.5, altitude_maximale_toit=40.1),
            feature({"type": "Polygon", "coordinates": [RING[:-1]]}, hauteur=10**400, altitude_maximale_toit=True),
        ],
    )
    first, second, third = read_buildings(folder, read(folder / NAME))
    assert (first.id, first.height, first.ridge, len(first.rings)) == ("BATIMENT01", 6.5, 40.1, 2)
    assert (second.id, second.rings[0][0].tolist()) == ("BATIMENT01", [110.0, 201.0])
    assert (third.id, third.height, third.ridge, len(third.rings[0])) == ("batiment.1", None, None, 5)


def test_buildings_in_degrees_are_turned_to_the_coordinates_of_the_survey(tmp_path: Path) -> None:
    ring = [[4.83607042, 45.77369876], [4.8363, 45.7737], [4.8363, 45.7739], [4.83607042, 45.77369876]]
    folder = buildings(tmp_path, [feature({"type": "Polygon", "coordinates": [ring]})], 4326)
    (building,) = read_buildings(folder, read(folder / NAME))
    back = Transformer.from_crs(2154, 4326, always_xy=True).transform(*building.rings[0][0])
    assert np.abs(np.subtract(back, ring[0])).max() < 1e-8
    assert np.abs(building.rings[0][0] - [842670, 6521002]).max() < 1  # Lyon in Lambert-93


@pytest.mark.parametrize(
    ("features", "cause"),
    [
        ([{"type": "Feature"}], "feature 1 of 1: it has no geometry"),
        ([3], "feature 1 of 1: it has no geometry"),
        ([feature({"type": "Point", "coordinates": [1, 2]})], "its geometry is not a polygon"),
        ([feature({"type": "Polygon", "coordinates": [[["a", 2]]]})], "its coordinates are not numbers"),
        ([feature({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]})], "do not form a ring"),
        ([feature({"type": "Polygon", "coordinates": [[[10**400, 2]] * 4]})], "its coordinates are not numbers"),
        ({}, "not a GeoJSON feature collection"),
    ],
)
def test_bad_buildings_name_their_feature(tmp_path: Path, features: Any, cause: str) -> None:
    folder = buildings(tmp_path, features)
    with pytest.raises(ScanError, match=cause):
        read_buildings(folder, read(folder / NAME))


def test_buildings_that_are_no_json_are_refused(tmp_path: Path) -> None:
    folder = buildings(tmp_path, [])
    for text in ("<xml/>", "[" * 100_000):
        (folder / "buildings.geojson").write_text(text)
        with pytest.raises(ScanError, match="not valid JSON"):
            read_buildings(folder, read(folder / NAME))


def test_terrain_is_read_without_its_voids(tmp_path: Path) -> None:
    grid = grid_over(FLAT, 5.0)
    folder = made_up(tmp_path, [Layer(Role.TERRAIN, "terrain.bil", grid=grid)])
    heights = np.arange(16, dtype=np.float64).reshape(4, 4) + 20
    heights[0, 1:] = -9999, -99999, np.nan
    terrain(folder / "terrain.bil", heights)
    cells = read_terrain(folder, read(folder / NAME))
    assert len(cells) == 13
    assert cells[0].tolist() == [WEST + 2.5, SOUTH + 17.5, 20.0]
    terrain(folder / "terrain.bil", heights[:3])
    with pytest.raises(ScanError, match=r"it has 48 bytes, but the grid in survey\.toml needs 64"):
        read_terrain(folder, read(folder / NAME))
    terrain(folder / "terrain.bil", np.full((4, 4), -9999.0))
    with pytest.raises(ScanError, match="no height inside the bounds"):
        read_terrain(folder, read(folder / NAME))


def test_a_survey_of_the_example_keeps_its_digests() -> None:
    """The record tells the bytes of the files that are in the project."""
    import hashlib

    for layer in real_record().layers:
        data = (REAL / layer.file).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (layer.bytes, layer.sha256)


def test_the_bounds_of_one_tile_are_those_of_its_picture(tmp_path: Path) -> None:
    (layer,) = read(one_tile(tmp_path) / NAME).of(Role.ORTHOPHOTO)
    assert layer.grid is not None
    assert np.abs(np.subtract(layer.grid.bounds, ONE_BOUNDS)).max() < 0.21
