"""STL, whichever way it calls itself."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.formats import rows
from carreau.formats.meshes.stl import read

CORNERS = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1.5, 0, 1], [0, 1e-3, 1]]], np.float32)


def binary(corners: NDArray[Any], header: bytes = b"", claim: int | None = None) -> bytes:
    rows = b"".join(struct.pack("<12fH", 0, 0, 9, *row.reshape(-1), 7) for row in corners)
    return header.ljust(80, b"\0") + struct.pack("<I", len(corners) if claim is None else claim) + rows


def text(corners: NDArray[Any], name: str = "") -> str:
    lines = [f"solid {name}"]
    for row in corners.tolist():
        vertices = ["vertex {!r} {!r} {!r}".format(*corner) for corner in row]
        lines += ["facet normal 0 0 1", "outer loop", *vertices, "endloop", "endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""])


@pytest.fixture
def stl(tmp_path: Path) -> Path:
    return tmp_path / "scan.stl"


@pytest.mark.parametrize("header", [b"", b"solid not really", b"COLOR=abcd"])
def test_binary(stl: Path, header: bytes) -> None:
    stl.write_bytes(binary(CORNERS, header))
    scan = read(stl)
    assert (scan.facts.format, scan.facts.detail, scan.facts.unit_m, scan.facts.warnings) == ("STL", "binary", None, ())
    assert scan.mesh.faces.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert np.array_equal(scan.mesh.positions[scan.mesh.faces], CORNERS)
    assert scan.mesh.normals is None


def windows(content: str) -> str:
    return content.replace("\n", "\r\n")


def indented(content: str) -> str:
    return "  " + content.replace("\n", "\n\t")


@pytest.mark.parametrize("change", [str, str.upper, windows, indented])
def test_text(stl: Path, change: Callable[[str], str]) -> None:
    stl.write_text(change(text(CORNERS, "pompe à eau")), "utf-8", newline="")
    scan = read(stl)
    assert scan.facts.detail == "ascii"
    assert scan.facts.parts[0].lower() == "pompe à eau"
    assert np.array_equal(scan.mesh.positions[scan.mesh.faces], CORNERS)


def test_several_solids_whose_names_hold_any_word(stl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_BYTES", 64)
    stl.write_text(text(CORNERS, "vertex solid") + text(CORNERS, "Voyage 1 2 3"))
    scan = read(stl)
    assert scan.facts.parts == ("vertex solid", "Voyage 1 2 3")
    assert len(scan.mesh.faces) == 4


def test_bytes_after_the_last_triangle_are_a_warning(stl: Path) -> None:
    stl.write_bytes(binary(CORNERS) + b"\0" * 7)
    assert read(stl).facts.warnings == ("7 bytes after the last triangle are ignored",)


def test_large_coordinates_keep_an_origin(stl: Path) -> None:
    places = CORNERS.astype(np.float64) + np.array([577123.0, 5190456.0, 12.0])
    stl.write_text(text(places))
    mesh = read(stl).mesh
    assert np.abs(mesh.positions[mesh.faces] + mesh.origin - places).max() < 1e-6


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (binary(CORNERS, claim=4_000_000_000), "declares 4,000,000,000 triangles, but the file has 2"),
        (binary(CORNERS)[:-1], "declares 2 triangles, but the file has 1"),
        (binary(CORNERS[:0]), "no triangles"),
        (b"short", "too short"),
        (b"solid x\nendsolid x\n", "no triangles"),
        (text(CORNERS).replace("vertex 1.5 0.0 1.0", "vertex 1.5 0.0").encode(), "line 12: a vertex has fewer"),
        (text(CORNERS).replace("1.5", "1.5m").encode(), "line 12: '1.5m' is not a number"),
        (text(CORNERS).replace("vertex 1.5 0.0 1.0\n", "").encode(), "fewer than three vertices"),
    ],
)
def test_faults(stl: Path, data: bytes, words: str) -> None:
    stl.write_bytes(data)
    with pytest.raises(FormatError, match=words):
        read(stl)
