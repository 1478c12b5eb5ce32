"""OFF as trimesh and others write it, and as it arrives when something went wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from carreau.base.errors import FormatError
from carreau.models.stages.read import read

TEXT = "OFF\n# a comment\n4 2 0\n0 0 0\n1 0 0\n1 1 0 # corner\n\n0 1 0\n3 0 1 2\n3 0 2 3\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "scan.off"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_trimesh_writes(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 2, 3))
    box.export(tmp_path / "scan.off")
    scan = read(tmp_path / "scan.off")
    assert (scan.facts.format, scan.facts.up, scan.facts.unit_m) == ("OFF", None, None)
    assert np.allclose(scan.mesh.positions[scan.mesh.faces], box.triangles)


@pytest.mark.parametrize("change", ["OFF 4 2 0", "\ufeff# first\nOFF\n4 2 0", "OFF\r\n4 2"])
def test_headers(tmp_path: Path, change: str) -> None:
    scan = read(written(tmp_path, TEXT.replace("OFF\n# a comment\n4 2 0", change)))
    assert scan.mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3]]


def test_polygons(tmp_path: Path) -> None:
    mesh = read(written(tmp_path, TEXT.replace("4 2 0", "4 1 0").replace("3 0 1 2\n3 0 2 3", "4 0 1 2 3 255 0 0"))).mesh
    corners = mesh.positions[mesh.faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
    assert areas.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("header", "colors"),
    [
        ("COFF", ["255 0 0 255", "0 128 0 255", "0 0 255 255", "9 9 9 255"]),
        ("CNOFF", ["0 0 1 255 0 0", "0 0 1 0 128 0", "0 0 1 0 0 255", "0 0 1 9 9 9"]),
        ("COFF", ["1 0 0 1", "0 0.502 0 1", "0 0 1 1", "0.0353 0.0353 0.0353 1"]),
    ],
)
def test_colors(tmp_path: Path, header: str, colors: list[str]) -> None:
    places = ["0 0 0", "1 0 0", "1 1 0", "0 1 0"]
    rows = "\n".join(f"{place} {color}" for place, color in zip(places, colors, strict=True))
    scan = read(written(tmp_path, f"{header}\n4 2 0\n{rows}\n3 0 1 2\n3 0 2 3\n"))
    assert scan.mesh.colors is not None
    assert scan.mesh.colors.tolist() == [[255, 0, 0], [0, 128, 0], [0, 0, 255], [9, 9, 9]]


def test_large_coordinates_keep_an_origin(tmp_path: Path) -> None:
    places = [(577123.0, 5190456.0, 0.0), (577124.0, 5190456.0, 1.0), (577124.25, 5190456.5, 12.0)]
    rows = "\n".join(" ".join(map(repr, place)) for place in places)
    mesh = read(written(tmp_path, f"OFF\n3 1 0\n{rows}\n3 0 1 2\n")).mesh
    assert np.abs(mesh.positions + mesh.origin - places).max() < 1e-6


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("4 2 0", "4 99 0", "vertices: 4, faces: 99"),
        ("4 2 0", "4000000000 2 0", "vertices: 4,000,000,000"),
        ("4 2 0", "-4 2 0", "vertices: -4"),
        ("4 2 0", "four two", "line 3: the numbers of vertices and faces are missing"),
        ("3 0 2 3\n", "", "last line: 1 line of vertices or faces is missing"),
        ("3 0 2 3\n", "3 0 2 4\n", "line 10: vertex index 4 is out of range \\(vertices: 4\\)"),
        ("3 0 2 3\n", "3 0 2 -1\n", "line 10: vertex index -1 is out of range"),
        ("3 0 2 3\n", "3 0 2\n", "line 10: a face has too few corners \\(expected: 3, found: 2\\)"),
        ("1 0 0\n", "1 0\n", "line 5: a vertex has fewer than three coordinates"),
        ("1 0 0\n", "1 0 x\n", "line 5: '1 0 x' is not"),
        ("3 0 1 2\n3 0 2 3\n", "2 0 1\n2 0 2\n", "no faces"),
        ("4 2 0", "0 0 0", "no faces"),
        ("OFF", "OFF BINARY", "not a three-dimensional OFF file"),
        ("OFF", "4OFF", "not a three-dimensional OFF file"),
    ],
)
def test_faults(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(written(tmp_path, TEXT.replace(old, new, 1)))
