"""A scan made from a known function lies where it belongs; a wrong point is named, a useless one refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.aids import georeference as module
from carreau.aids.control_points import AFFINE, FITS, PROJECTIVE, THIN_PLATE, Fit, FloatArray, residuals
from carreau.catalogue.show import RecordError, read_georeferenced
from carreau.command.cli import main

RANDOM = np.random.default_rng(1712)
PIXELS = np.array([[40, 50], [600, 30], [560, 420], [60, 440], [300, 200], [200, 380], [480, 120], [100, 230.0]])
MATRIX = np.array([[4.0, 0.9, -800], [0.7, -4.2, 900], [2e-4, -1e-4, 1]])
"""Takes pixels of a scan of 640 × 480 to metres, as a photograph of a sheet would."""
MIDDLE = np.array([3.395, 50.329])
SHRINK = math.cos(math.radians(MIDDLE[1])) * module._METRES_A_DEGREE, module._METRES_A_DEGREE
OPTIONS = ["--source", "A library", "--licence", "CC0-1.0", "--credit", "Nobody"]


def projected(points: FloatArray, matrix: FloatArray = MATRIX) -> FloatArray:
    moved = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    found: FloatArray = moved[:, :2] / moved[:, 2:]
    return found


def straight(points: FloatArray) -> FloatArray:
    return projected(points, np.array([[4.0, 0.9, -800], [0.7, -4.2, 900], [0, 0, 1]]))


@pytest.mark.parametrize(("method", "truth"), [(AFFINE, straight), (PROJECTIVE, projected), (PROJECTIVE, straight)])
def test_a_fit_of_its_own_kind_is_exact_everywhere(method: str, truth: Fit) -> None:
    elsewhere = RANDOM.uniform(0, 480, (50, 2))
    fit = FITS[method](PIXELS, truth(PIXELS))
    assert np.abs(fit(elsewhere) - truth(elsewhere)).max() < 1e-6
    found = residuals(method, PIXELS, truth(PIXELS))
    assert (found.rms < 1e-6, found.outlier) == (True, None)


def test_a_spline_meets_every_point_and_tells_how_far_it_would_be_without_each() -> None:
    bent = straight(PIXELS) + 30 * np.sin(PIXELS / 150)
    fit = FITS[THIN_PLATE](PIXELS, bent)
    assert np.abs(fit(PIXELS) - bent).max() < 1e-6
    assert residuals(THIN_PLATE, PIXELS, bent).rms > 1
    assert np.abs(FITS[THIN_PLATE](PIXELS, straight(PIXELS))(PIXELS + 7) - straight(PIXELS + 7)).max() < 1e-6


@pytest.mark.parametrize("method", list(FITS))
@pytest.mark.parametrize("wrong", [0, 3, 6])
def test_the_one_wrong_point_is_named(method: str, wrong: int) -> None:
    metres = straight(PIXELS) + RANDOM.normal(0, 2, PIXELS.shape)
    assert residuals(method, PIXELS, metres).outlier is None
    metres[wrong] += [180, -120]
    assert residuals(method, PIXELS, metres).outlier == wrong


def written(folder: Path, places: FloatArray, pixels: FloatArray = PIXELS, separator: str = ",") -> tuple[Path, Path]:
    """Write a scan whose colour says where it is, and its control points."""
    y, x = np.mgrid[0:480, 0:640] + 0.5
    Image.fromarray(np.stack([x * 0.39, y * 0.53, 0 * x], axis=2).astype(np.uint8)).save(folder / "plan.png")
    lines = [separator.join(("x", "y", "lon", "lat", "name"))]
    for at, (pixel, place) in enumerate(zip(pixels, places, strict=True)):
        lines.append(separator.join([*(f"{each:.9f}" for each in (*pixel, *place)), f"tour {at}"]))
    (folder / "points.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "plan.png", folder / "points.csv"


def run(folder: Path, *options: str) -> int:
    files = [str(folder / "plan.png"), str(folder / "points.csv"), "--out", str(folder / "out.webp")]
    return main(["georeference", *files, *OPTIONS, *options])


def degrees(metres: FloatArray) -> FloatArray:
    return MIDDLE + metres / SHRINK


def test_the_picture_lies_where_the_truth_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, degrees(projected(PIXELS)), separator=";")
    assert run(tmp_path, "--method", "projective") == 0
    said = capsys.readouterr().out
    assert "tour 3: 0.0 m" in said
    assert "RMS 0.0 m" in said
    record = json.loads((tmp_path / "out.json").read_bytes())
    assert (record["licence"], record["credit"], record["outlier"], len(record["points"])) == (
        "CC0-1.0", "Nobody", "", 8,
    )  # fmt: skip
    west, south, east, north = record["bounds"]
    with Image.open(tmp_path / "out.webp") as opened:
        picture = np.asarray(opened.convert("RGBA"))
    height, width = picture.shape[:2]
    for pixel in ([100, 100], [320, 240], [500, 400], [60, 300]):
        lon, lat = degrees(projected(np.array([pixel], float)))[0]
        column, row = int((lon - west) / (east - west) * width), int((north - lat) / (north - south) * height)
        red, green, _, alpha = picture[row, column]
        assert abs(red / 0.39 - pixel[0]) < 12, "WebP loses a little"
        assert abs(green / 0.53 - pixel[1]) < 12
        assert alpha == 255
    assert picture[0, 0, 3] == 0, "clear beside the scan"
    with Image.open(tmp_path / "out-residuals.png") as drawn:
        assert drawn.size == (640, 480)


def test_a_wrong_point_is_told_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metres = straight(PIXELS)
    metres[5] += [300, 0]
    written(tmp_path, degrees(metres))
    assert run(tmp_path) == 0
    assert "tour 5 does not fit the other points" in capsys.readouterr().out


ON_A_LINE = np.stack([np.linspace(10, 600, 8), np.linspace(10, 450, 8)], axis=1)
REFUSED = {
    "five points": (PIXELS[:5], "it has 5 control points; 6 to 200 are needed"),
    "a line": (ON_A_LINE, "the control points lie on one line"),
    "a point beside the scan": (PIXELS + np.array([0, 100]), "the pixel is not on the scan, which has 640 × 480"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_points_that_say_too_little_are_refused(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    pixels, says = REFUSED[name]
    written(tmp_path, degrees(straight(pixels)), pixels)
    assert run(tmp_path) == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out.webp").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a,b\n1,2\n", "there is no column x, y, lon, lat"),
        ("x,y,lon,lat\n1,2,here,50\n", "line 2: x, y, lon and lat are not all numbers"),
        ("x,y,lon,lat\n1,2,3,500\n", "line 2: lon and lat are not degrees"),
    ],
)
def test_a_table_of_something_else_is_one_line(
    tmp_path: Path, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, degrees(straight(PIXELS)))
    (tmp_path / "points.csv").write_text(content, encoding="utf-8")
    assert run(tmp_path) == 2
    assert says in capsys.readouterr().err


def test_what_is_no_scan_or_too_large_a_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, degrees(straight(PIXELS)))
    monkeypatch.setattr(module, "LARGEST_PIXELS", 100_000)
    assert run(tmp_path) == 2
    assert "million pixels" in capsys.readouterr().err
    (tmp_path / "plan.png").write_bytes(b"no picture")
    assert run(tmp_path) == 2
    assert "it is not a picture that can be read" in capsys.readouterr().err


def test_a_map_that_moves_lies_on_the_picture_and_says_whose_it_is(tmp_path: Path) -> None:
    written(tmp_path, degrees(straight(PIXELS)))
    assert run(tmp_path) == 0
    picture = read_georeferenced(tmp_path / "out.webp")
    assert (picture.licence, picture.credit, round(picture.rms_m)) == ("CC0-1.0", "Nobody", 0)
    (tmp_path / "out.json").write_text(
        '{"bounds": [3, 50, 2, 51], "rms_m": 1, "source": "", "licence": "", "credit": ""}'
    )
    with pytest.raises(RecordError, match="does not say where and whose it is"):
        read_georeferenced(tmp_path / "out.webp")
    (tmp_path / "out.json").unlink()
    with pytest.raises(RecordError, match="has no record beside it"):
        read_georeferenced(tmp_path / "out.webp")
