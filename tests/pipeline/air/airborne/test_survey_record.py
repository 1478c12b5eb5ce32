"""The record of a survey is written and read alike, and bad ones are refused with file, line, key and cure."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from carreau.air.airborne.survey_record import (  # fmt: skip
    NAME,
    Gap,
    Grid,
    Layer,
    Reason,
    Role,
    SurveyRecord,
    is_survey,
    layer_path,
    read,
    write,
)
from carreau.base.errors import ScanError, UnsafePathError

RECORD = SurveyRecord(
    epsg=2154,
    vertical_epsg=5720,
    bounds=(770500.0, 6277500.0, 770650.0, 6277600.0),
    gathered=date(2026, 11, 27),
    title='La "terrasse", vue\u007f du ciel',
    layers=(
        Layer(
            Role.POINTS,
            "points.laz",
            name="LiDAR HD",
            edition="2025-06-06",
            flown="2022-05-29/2022-06-15",
            tiles=("LHD_FXX_0573_6278", "LHD_FXX_0574_6278"),
            bytes=123,
            sha256="0" * 64,
            credit="IGN – LiDAR HD",
            licence="etalab-2.0",
            source="https://example.org/",
        ),
        Layer(Role.ORTHOPHOTO, "ortho.jpg", grid=Grid(770549.8, 6277600.2, 0.2, 251, 251)),
        Layer(Role.BUILDINGS, "buildings.geojson", crs=4326),
        Layer(Role.HISTORIC, "old.jpg", flown="1955", grid=Grid(770500.0, 6277600.0, 0.5, 300, 200), simulated=True),
    ),
    gaps=(Gap(Role.HISTORIC, Reason.EMPTY, "ORTHOIMAGERY.ORTHOPHOTOS.1950-1965", "white"),),
    outline=(((770510.25, 6277510.0), (770640.0, 6277510.0), (770600.0, 6277590.5)),),
    has_lattice=True,
)

SMALL = """\
format = 1
epsg = 2154
bounds = [0, 0, 10, 10]
gathered = 2026-11-27

[[layer]]
role = "points"
file = "a.laz"

[[layer]]
role = "orthophoto"
file = "b.png"
west = 0
north = 10
pixel_m = 0.2
columns = 50
rows = 50
"""


def record_file(folder: Path, text: str) -> Path:
    path = folder / NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / NAME
    assert not is_survey(tmp_path)
    path.write_bytes(write(RECORD))
    assert is_survey(tmp_path)
    assert read(path) == RECORD
    assert write(read(path)) == path.read_bytes()


def test_the_least_record_is_enough(tmp_path: Path) -> None:
    record = read(record_file(tmp_path, SMALL))
    assert record.crs == "EPSG:2154"
    assert [layer.file for layer in record.of(Role.POINTS)] == ["a.laz"]
    (picture,) = record.of(Role.ORTHOPHOTO)
    assert picture.grid is not None
    assert picture.grid.bounds == (0, 0, 10, 10)


@pytest.mark.parametrize(
    ("old", "new", "place", "cause"),
    [
        ("format = 1", "format = 2", "line 1, format", "format 2 is unknown; update"),
        ("format = 1", "", "format", "format is missing"),
        ("epsg = 2154", "epsg = 4326", "line 2, epsg", "not a projected system in metres"),
        ("epsg = 2154", "epsg = 2263", "line 2, epsg", "not a projected system in metres"),
        ("epsg = 2154", "epsg = 99999999", "line 2, epsg", "unknown to PROJ"),
        ("epsg = 2154", "epsg = '2154'", "line 2, epsg", "is not a number"),
        ("[0, 0, 10, 10]", "[0, 0, 10]", "line 3, bounds", "not a list of 4 numbers"),
        ("[0, 0, 10, 10]", "[10, 0, 0, 10]", "line 3, bounds", "are not west, south, east and north"),
        ("[0, 0, 10, 10]", "[0, 0, 1e9, 10]", "line 3, bounds", "are not west, south, east and north"),
        ("gathered = 2026-11-27", "gathered = 'today'", "line 4, gathered", "not a day"),
        ("gathered = 2026-11-27", "gathered = 2026-11-27T10:00:00", "line 4, gathered", "not a day"),
        ("format = 1", "outline = [[[0, 0], [1, 1]]]\nformat = 1", "line 1, outline", "is not a list of rings"),
        ("format = 1", "outline = [[0, 0], [1, 1], [2, 0]]\nformat = 1", "line 1, outline", "is not a list of rings"),
        ("format = 1", "outline = [[[0, 0], [1, nan], [2, 0]]]\nformat = 1", "line 1, outline", "write each ring as"),
        ("format = 1", "has_lattice = 1\nformat = 1", "line 1, has_lattice", "neither true nor false"),
        ("gathered", "gahtered", "line 4, gahtered", "did you mean 'gathered'"),
        ('role = "points"', 'role = "point"', "line 7, layer.role", "use one of points, orthophoto,"),
        ('file = "a.laz"', "", "line 6, layer.file", "file is missing"),
        ('file = "a.laz"', 'file = "a.laz"\nwest = 3', "line 9, layer.west", "unknown key"),
        ('file = "a.laz"', 'file = "a.laz"\nflown = "June"', "line 9, layer.flown", "'June' is not allowed"),
        ('file = "a.laz"', 'file = "a.laz"\nsha256 = "12"', "line 9, layer.sha256", "64 hexadecimal digits"),
        ('file = "a.laz"', 'file = "a.laz"\nbytes = -1', "line 9, layer.bytes", "not a whole number from 0"),
        ('file = "a.laz"', 'file = "a.laz"\ntiles = "a"', "line 9, layer.tiles", "not a list of strings"),
        ("columns = 50", "columns = 50.5", "line 16, layer.columns", "not a whole number from 1"),
        ("columns = 50", "", "line 10, layer.columns", "columns is missing"),
        ("pixel_m = 0.2", "pixel_m = 0", "line 15, layer.pixel_m", "not a length"),
        ("[[layer]]", "[layer.a]", "", "'layer' contradicts line"),
        ("format = 1", "format = ", "line 1, column 10", "there is no value after '='"),
    ],
)
def test_a_bad_record_names_line_key_and_cause(tmp_path: Path, old: str, new: str, place: str, cause: str) -> None:
    path = record_file(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(ScanError, match=re.escape(cause)) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}, {place}" if place else f"{path}")
    assert caught.value.cure


def test_a_record_without_layers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="layer is missing"):
        read(record_file(tmp_path, SMALL.split("[[layer]]", maxsplit=1)[0]))
    with pytest.raises(ScanError, match=r"write \[\[layer\]\]"):
        read(record_file(tmp_path, SMALL.split("[[layer]]", maxsplit=1)[0] + "layer = 3\n"))


@pytest.mark.parametrize("name", ["../a.laz", "/etc/passwd", "b/a.laz", "b\\\\a.laz", "C:a.laz", ".a", "", "a\\u0000"])
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = record_file(tmp_path, SMALL.replace("a.laz", name))
    with pytest.raises(UnsafePathError, match=r"line 8, layer\.file"):
        read(path)


def test_the_file_of_a_layer_is_there_and_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "survey"
    folder.mkdir()
    layer = read(record_file(folder, SMALL)).layers[0]
    with pytest.raises(ScanError, match=r"'a\.laz' of the layer 'points' is missing"):
        layer_path(folder, layer)
    outside = tmp_path / "a.laz"
    outside.write_bytes(b"LASF")
    (folder / "a.laz").symlink_to(outside)
    with pytest.raises(UnsafePathError, match="link to a file outside"):
        layer_path(folder, layer)
    (folder / "a.laz").unlink()
    (folder / "a.laz").write_bytes(b"LASF")
    assert layer_path(folder, layer) == folder / "a.laz"
