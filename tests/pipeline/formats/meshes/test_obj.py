"""What content teams call OBJ, read as a scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import FormatError, TextureError, UnsafePathError
from carreau.base.model import Scan
from carreau.formats import rows
from carreau.formats.meshes import obj_parse as scanner
from carreau.formats.meshes.obj import read

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"
Reader = Callable[[str | bytes], Scan]
SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


@pytest.fixture
def obj(tmp_path: Path) -> Reader:
    """Return a function that writes a text as scan.obj and reads it."""

    def read_text(text: str | bytes) -> Scan:
        path = tmp_path / "scan.obj"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path)

    return read_text


def area(scan: Scan) -> float:
    a, b, c = (scan.mesh.positions[scan.mesh.faces[:, k]].astype(float) for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_triangle(obj: Reader) -> None:
    scan = obj(TRIANGLE + "f 1 2 3\n")
    assert scan.name == "scan"
    assert scan.facts.format == "OBJ"
    assert scan.facts.warnings == ()
    assert scan.mesh.faces.tolist() == [[0, 1, 2]]
    assert scan.mesh.positions.dtype == np.float32
    assert scan.mesh.faces.dtype == np.int32
    assert scan.mesh.texcoords == ()
    assert scan.mesh.normals is None
    assert scan.mesh.colors is None


@pytest.mark.parametrize(
    "face", ["1/1/1 2/2/1 3/3/1", "1/1 2/2 3/3", "1//1 2//1 3//1", "1/1/ 2/2/ 3/3/", "-3/-3/-1 -2/-2/-1 -1/-1/-1"]
)
def test_corner_forms(obj: Reader, face: str) -> None:
    mesh = obj(TRIANGLE + "vt 0 0\nvt 1 0\nvt 0 .25\nvn 0 0 2\nf " + face + "\n").mesh
    assert mesh.faces.tolist() == [[0, 1, 2]]
    if "//" not in face:
        assert mesh.texcoords[0].tolist() == [[[0, 1], [1, 1], [0, 0.75]]]
    if face.endswith("1") and face != "1/1 2/2 3/3":
        assert mesh.normals is not None
        assert np.allclose(mesh.normals, [0, 0, 1])


def test_negative_indices_count_back_from_where_they_stand(obj: Reader) -> None:
    mesh = obj(TRIANGLE + "f -3 -2 -1\n" + TRIANGLE + "f -3 -2 -1\nf 1 -2 3\n").mesh
    assert mesh.faces.tolist() == [[0, 1, 2], [3, 4, 5], [0, 4, 2]]


def test_negative_indices_across_chunks(obj: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"v {k} 0 0\nv {k} 1 0\nv {k} 0 1\nvt {k} 0\nf -3/-1 -2/-1 -1/-1\nf -3 1 2\n" for k in range(50))
    whole = obj(text).mesh
    monkeypatch.setattr(rows, "CHUNK_BYTES", 64)
    cut = obj(text).mesh
    assert len(cut.faces) == 100
    assert np.array_equal(whole.faces, cut.faces)
    assert np.array_equal(whole.positions, cut.positions)
    assert np.array_equal(whole.texcoords[0], cut.texcoords[0], equal_nan=True)


def test_faces_without_texcoords_have_nan(obj: Reader) -> None:
    mesh = obj(TRIANGLE + "vt 2 -1\nf 1/1 2/1 3/1\nf 1 2 3\nf 1/1 2 3/1\n").mesh
    assert np.isnan(mesh.texcoords[0]).any(axis=2).tolist() == [[False] * 3, [True] * 3, [False, True, False]]
    assert mesh.texcoords[0][0, 0].tolist() == [2, 2]


def test_faces_without_normals_have_their_own(obj: Reader) -> None:
    mesh = obj(TRIANGLE + "vn 1 0 0\nvn 0 0 0\nf 1//1 2//1 3//2\nf 1 2 3\n").mesh
    assert mesh.normals is not None
    assert mesh.normals.tolist() == [[[1, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 1]] * 3]


def test_polygons_become_triangles(obj: Reader) -> None:
    scan = obj(SQUARE + "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3 4/4\n")
    assert scan.mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert scan.mesh.texcoords[0][1].tolist() == [[0, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize("shift", range(6))
def test_concave_polygons_do_not_overlap(obj: Reader, shift: int) -> None:
    outline = [(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)]
    outline = outline[shift:] + outline[:shift]
    text = "".join(f"v {x} {y} 7\nvt {x} {y}\n" for x, y in outline) + "f " + " ".join(f"{k}/{k}" for k in range(1, 7))
    scan = obj(text)
    assert len(scan.mesh.faces) == 4
    assert area(scan) == pytest.approx(5)
    places = scan.mesh.positions[scan.mesh.faces][:, :, :2]
    assert np.allclose(scan.mesh.texcoords[0][:, :, 0], places[:, :, 0])
    assert np.allclose(scan.mesh.texcoords[0][:, :, 1], 1 - places[:, :, 1])
    a, b, c = places[:, 0], places[:, 1], places[:, 2]
    assert (np.cross(np.pad(b - a, ((0, 0), (0, 1))), np.pad(c - a, ((0, 0), (0, 1))))[:, 2] > 0).all()


def test_short_faces_lines_and_points_are_left_out_with_a_warning(obj: Reader) -> None:
    scan = obj(TRIANGLE + "f 1 2\nl 1 2\nl 2 3\np 1\nvp 0 0\ns 1\nf 1 2 3\nhello world\n")
    assert len(scan.mesh.faces) == 1
    warnings = " / ".join(scan.facts.warnings)
    for word in ("1 face with", "4 elements", "(l, p, vp)", "'hello'"):
        assert word in warnings


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_comments_blanks_and_continuations(obj: Reader, end: str) -> None:
    lines = ["# a scan", "", "  v 0 0 0  # first", "v\t1 0 \\", "0", "v 0 1 0", "f 1 \\", " 2 \\", " 3", "#end \\"]
    scan = obj(end.join(lines))
    assert scan.mesh.faces.tolist() == [[0, 1, 2]]
    assert scan.mesh.positions.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_byte_order_mark(obj: Reader) -> None:
    assert len(obj(b"\xef\xbb\xbf" + (TRIANGLE + "f 1 2 3").encode()).mesh.positions) == 3


def test_numbers_equal_python(obj: Reader) -> None:
    words = ["1e-3", "-.5", "5.", "+2", "1E5", "0.1", "123456789.123456789", "2.5e-10", "0.30000000000000004"]
    words += ["0." + "3" * 30, "1" * 25 + "e-20", "9007199254740993"]
    text = "".join(f"v {word} 0 0\n" for word in words)
    positions = obj(text + "v 1e9 0 0\nf 1 2 3\n").mesh
    assert np.array_equal(
        (positions.positions + positions.origin.astype(np.float32))[:-1, 0],
        np.array([float(w) for w in words], np.float32),
    )


def test_numbers_of_other_programs(obj: Reader) -> None:
    mesh = obj("v nan 0 0\nv -1.#IND 1.#INF 0\nv inf 0 -inf\nv 1e999 1 1\nv 0 0 1d0\nf 1 2 3\n").mesh
    assert np.isnan(mesh.positions[0, 0])
    assert np.isnan(mesh.positions[1, 0])
    assert np.isposinf(mesh.positions[1, 1])
    assert np.isneginf(mesh.positions[2, 2])
    assert np.isposinf(mesh.positions[3, 0])
    assert mesh.positions[4, 2] == 1


@pytest.mark.parametrize(
    ("colors", "expected"), [("1 0.5 0", [255, 128, 0]), ("255 128 0", [255, 128, 0]), ("0 0 0", [0, 0, 0])]
)
def test_vertex_colors(obj: Reader, colors: str, expected: list[int]) -> None:
    mesh = obj(f"v 0 0 0 {colors}\nv 1 0 0 {colors}\nv 0 1 0\nf 1 2 3\n").mesh
    assert mesh.colors is not None
    assert mesh.colors.dtype == np.uint8
    assert mesh.colors.tolist() == [expected, expected, [255, 255, 255]]


def test_a_weight_is_no_color(obj: Reader) -> None:
    assert obj("v 0 0 0 1\nv 1 0 0 1\nv 0 1 0 1\nf 1 2 3\n").mesh.colors is None


def test_large_coordinates_keep_an_origin(obj: Reader) -> None:
    places = np.array([[577123.125, 5190456.25, 12.5], [577124.126, 5190456.25, 12.5], [577123.125, 5190457.251, 14.5]])
    mesh = obj("".join("v {!r} {!r} {!r}\n".format(*row) for row in places.tolist()) + "f 1 2 3\n").mesh
    assert mesh.origin.dtype == np.float64
    assert (mesh.origin == np.round(mesh.origin)).all()
    assert np.abs(mesh.positions.astype(float) + mesh.origin - places).max() < 1e-6


def test_usual_coordinates_keep_none(obj: Reader) -> None:
    assert not obj("v 9 0 0\nv 10 0 0\nv 9 1 0\nf 1 2 3\n").mesh.origin.any()


def test_groups_and_objects_are_parts(obj: Reader) -> None:
    scan = obj(TRIANGLE + "o headframe\ng\nf 1 2 3\ng brique  rouge\nf 1 2 3\ng empty\no headframe\nf 1 2 3\n")
    assert scan.facts.parts == ("brique  rouge", "headframe")


def test_materials_follow_faces(obj: Reader, tmp_path: Path) -> None:
    (tmp_path / "a b.mtl").write_text("newmtl stone\nKd 1 0 0\n")
    (tmp_path / "second.mtl").write_text("newmtl wood\nKd 0 1 0\nnewmtl stone\nKd 0 0 1\n")
    scan = obj(
        "mtllib a b.mtl\r\nmtllib nowhere.mtl second.mtl\r\n"
        + TRIANGLE
        + "f 1 2 3\nusemtl wood\nusemtl stone\nf 1 2 3 1\nusemtl wood\nf 1 2 3\nusemtl lost\nf 1 2 3\n"
    )
    mesh = scan.mesh
    assert [material.name for material in mesh.materials] == ["", "stone", "wood", "lost"]
    assert mesh.face_materials.tolist() == [0, 1, 1, 2, 3]
    assert mesh.materials[1].base_color == (1, 0, 0)
    assert mesh.materials[3].base_color == (1, 1, 1)
    warnings = " / ".join(scan.facts.warnings)
    assert "'nowhere.mtl' is missing" in warnings
    assert "'lost'" in warnings
    assert [path.name for path in scan.files] == ["scan.obj", "a b.mtl", "second.mtl"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_accents(obj: Reader, tmp_path: Path, encoding: str) -> None:
    Image.new("RGB", (2, 3)).save(tmp_path / "façade été.png")
    (tmp_path / "scan.mtl").write_bytes("newmtl façade\nmap_Kd façade été.png\n".encode(encoding))
    scan = obj((TRIANGLE + "mtllib scan.mtl\ng pièce\nusemtl façade\nf 1 2 3\n").encode(encoding))
    assert scan.facts.warnings == ()
    assert scan.facts.parts == ("pièce",)
    base = scan.mesh.materials[0].base
    assert base is not None
    assert (base.texture.width, base.texture.height) == (2, 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TRIANGLE + "f 1 2 4\n", ["line 4", "vertex index 4", "vertices: 3"]),
        (TRIANGLE + "f 1 2 3\nf 1/1 2/1 3/1\n", ["line 5", "UV index 1", "UV coordinates: 0"]),
        (TRIANGLE + "f 1//2 2//2 3//2\n", ["line 4", "normal index 2", "normals: 0"]),
        (TRIANGLE + "f -4 2 3\n", ["line 4", "before the first"]),
        (TRIANGLE + "f 1 2 99999999999999999999\n", ["line 4", "vertices: 3"]),
        (TRIANGLE + "f 1 2 -99999999999999999999\n", ["line 4", "before"]),
        (TRIANGLE + "f 0 1 2\n", ["line 4", "index 0"]),
        (TRIANGLE + "f 1 2 x\n", ["line 4", "indices"]),
        (TRIANGLE + "f 1 2 3.5\n", ["line 4", "indices"]),
        (TRIANGLE + "f 1/a 2 3\n", ["line 4", "indices"]),
        ("v 0 0\n", ["line 1", "few"]),
        ("#\r\n\r\nv 0 zero 0\r\n", ["line 3", "'zero' is not a number"]),
        ("v 0 1,5 0\n", ["line 1", "'1,5'"]),
        ("v 0 0 1_0\n", ["line 1", "'1_0'"]),
        ("vt\n", ["line 1", "few"]),
        ("vn 1 2\n", ["line 1", "few"]),
        (TRIANGLE, ["point cloud"]),
        ("hello\n", ["neither"]),
    ],
)
def test_faults_name_file_place_and_cause(obj: Reader, text: str, words: list[str]) -> None:
    with pytest.raises(FormatError) as caught:
        obj(text)
    assert "\n" not in str(caught.value)
    for word in ["scan.obj", *words]:
        assert word in str(caught.value)


def test_faults_in_a_later_chunk_name_their_line(obj: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_BYTES", 32)
    with pytest.raises(FormatError, match="line 31"):
        obj("v 0 0 0\n" * 30 + "v 0 zero 0\n" + "v 0 0 0\n" * 30)


def test_bad_references_are_refused(obj: Reader, tmp_path: Path) -> None:
    (tmp_path / "scan.mtl").write_text("newmtl m\nmap_Kd notes.png\n")
    (tmp_path / "notes.png").write_text("not an image")
    with pytest.raises(TextureError):
        obj(TRIANGLE + "mtllib scan.mtl\nusemtl m\nf 1 2 3\n")
    with pytest.raises(UnsafePathError):
        obj(TRIANGLE + "mtllib http://example.org/scan.mtl\nf 1 2 3\n")


def test_an_endless_line_is_refused(obj: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_BYTES", 64)
    monkeypatch.setattr(rows, "LONGEST_LINE_BYTES", 256)
    with pytest.raises(FormatError, match="longer than"):
        obj(TRIANGLE + "#" * 200_000 + "\nf 1 2 3\n")


@pytest.mark.parametrize(
    "line", ["v \\a", "vt \\a", "vn \\", "f\\1", "v x x x x x x", "f 1 2 3 1", "g", "vt 1", "f 1 1 1", "f 1"]
)
def test_rows_suffice_for_any_text(line: str) -> None:
    """The scanner checks no bounds: its rows must be enough whatever the text."""
    text = np.frombuffer((line + "\n").encode() * 1000 + b"\n" * 16, np.uint8).copy()
    rows, counts = scanner.rows_for(len(text) - 16), np.zeros(scanner.KINDS, np.int64)
    scanner.scan_lines(text, len(text) - 16, rows, counts)
    tables = (
        (scanner.VERTEX, rows.positions),
        (scanner.COLOR, rows.colors),
        (scanner.TEXCOORD, rows.texcoords),
        (scanner.NORMAL, rows.normals),
        (scanner.TRIANGLE, rows.corners[0]),
        (scanner.EVENT, rows.events),
        (scanner.ODD, rows.odd),
        (scanner.POLYGON, rows.polygons),
    )
    assert all(counts[kind] <= len(table) for kind, table in tables)
