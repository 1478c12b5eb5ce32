"""PLY in every form that scans come in."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import FormatError, UnsafePathError
from carreau.base.model import Scan
from carreau.formats.meshes.ply import read

FORMATS = ["ascii", "binary_little_endian", "binary_big_endian"]
CODES = {"uchar": "B", "char": "b", "ushort": "H", "short": "h", "int": "i", "uint": "I", "float": "f", "double": "d"}
CODES["int8"] = "b"
SQUARE = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]


class Ply:
    """Writes PLY: each element with its properties and its rows (a list's items as a tuple)."""

    def __init__(self, path: Path, order: str) -> None:
        self.path, self.order, self.head, self.body = path, order, ["ply", f"format {order} 1.0"], b""

    def comment(self, text: str) -> Ply:
        self.head.append(f"comment {text}")
        return self

    def element(self, name: str, properties: str, rows: list[Any], count: int | None = None) -> Ply:
        self.head.append(f"element {name} {len(rows) if count is None else count}")
        kinds = [text.split() for text in properties.split(",") if text]
        self.head += ["property " + " ".join(kind) for kind in kinds]
        for row in rows:
            words: list[tuple[str, Any]] = []
            for kind, value in zip(kinds, row, strict=True):
                if kind[0] == "list":
                    words += [(kind[1], len(value)), *((kind[2], item) for item in value)]
                else:
                    words.append((kind[0], value))
            if self.order == "ascii":
                self.body += (" ".join(repr(v) for _, v in words) + "\n").encode()
            else:
                sign = "<" if "little" in self.order else ">"
                self.body += b"".join(struct.pack(sign + CODES[kind], v) for kind, v in words)
        return self

    def bytes(self, end: str = "\n") -> bytes:
        return end.join([*self.head, "end_header", ""]).encode() + self.body

    def read(self) -> Scan:
        self.path.write_bytes(self.bytes())
        return read(self.path)


@pytest.fixture(params=FORMATS)
def ply(request: pytest.FixtureRequest, tmp_path: Path) -> Ply:
    return Ply(tmp_path / "scan.ply", request.param)


XYZ = "float x,float y,float z"
TRIANGLES = [((0, 1, 2),), ((0, 2, 3),)]


def test_triangles(ply: Ply) -> None:
    scan = ply.element("vertex", XYZ, SQUARE).element("face", "list uchar int vertex_indices", TRIANGLES).read()
    assert scan.facts.format == "PLY"
    assert scan.facts.detail == ply.order.replace("_", " ")
    assert scan.facts.warnings == ()
    assert scan.mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert scan.mesh.faces.dtype == np.int32
    assert scan.mesh.positions.tolist() == [list(map(float, row)) for row in SQUARE]
    assert scan.mesh.texcoords == ()


def test_any_order_type_and_extra_property(ply: Ply) -> None:
    rows = [(7, z, (1, 2, 3)[:k], y, 0.5, x) for k, (x, y, z) in enumerate(SQUARE)]
    ply.element("camera", "float a,list uint double b", [(1.0, (1.0, 2.0)), (2.0, ())])
    ply.element("vertex", "uchar flag,short z,list uchar int near,double y,float quality,int8 x", rows)
    ply.element("face", "float area,list uint uint vertex_index,uchar flag", [(1.0, (0, 1, 2), 9), (2.0, (0, 2, 3), 9)])
    mesh = ply.element("edge", "int a,int b", [(0, 1)]).read().mesh
    assert mesh.positions.tolist() == [list(map(float, row)) for row in SQUARE]
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3]]


def test_polygons_of_mixed_sizes(ply: Ply) -> None:
    outline = [(0, 0, 0), (3, 0, 0), (3, 1, 0), (1, 1, 0), (1, 3, 0), (0, 3, 0)]
    faces = [((3, 4, 5, 0, 1, 2), 1), ((0, 1, 2), 2), ((0, 1), 3), ((), 4), ((0, 1, 2, 3), 5)]
    ply.element("vertex", XYZ, outline)
    scan = ply.element("face", "list uchar int vertex_indices,uchar tag", faces).read()
    mesh = scan.mesh
    assert len(mesh.faces) == 4 + 1 + 2
    a, b, c = (mesh.positions[mesh.faces[:4, k]].astype(float) for k in range(3))
    areas = np.cross(b - a, c - a)[:, 2] / 2
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(5)
    assert "2 faces with fewer than three corners" in scan.facts.warnings[0]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uchar", (255, 128, 0)),
        ("ushort", (65535, 32896, 0)),
        ("float", (1.0, 0.5, 0.0)),
        ("float", (255.0, 128.0, 0.0)),
    ],
)
@pytest.mark.parametrize("names", [("red", "green", "blue"), ("r", "g", "b")])
def test_vertex_colors(ply: Ply, kind: str, values: tuple[float, ...], names: tuple[str, ...]) -> None:
    properties = XYZ + "," + ",".join(f"{kind} {name}" for name in names) + ",uchar alpha"
    ply.element("vertex", properties, [(*row, *values, 255) for row in SQUARE])
    mesh = ply.element("face", "list uchar int vertex_indices", TRIANGLES).read().mesh
    assert mesh.colors is not None
    assert mesh.colors.dtype == np.uint8
    assert mesh.colors.tolist() == [[255, 128, 0]] * 4


def test_normals_and_texcoords_by_vertex(ply: Ply) -> None:
    rows = [(*row, 0.0, 0.0, 2.0, row[0] / 2, row[1] / 4) for row in SQUARE]
    ply.element("vertex", XYZ + ",float nx,float ny,float nz,float s,float t", rows)
    scan = ply.element("face", "list uchar int vertex_indices", TRIANGLES).read()
    assert scan.mesh.normals is not None
    assert scan.mesh.normals.tolist() == [[[0, 0, 1]] * 3] * 2
    assert scan.mesh.texcoords[0].tolist() == [[[0, 1], [0.5, 1], [0.5, 0.75]], [[0, 1], [0.5, 0.75], [0, 0.75]]]
    assert "no texture is named" in scan.facts.warnings[0]


def test_texcoords_by_face_with_several_textures(ply: Ply) -> None:
    for name in ("one.png", "two b.png"):
        Image.new("RGB", (2, 2)).save(ply.path.parent / name)
    ply.comment("TextureFile one.png").comment("Author: someone").comment("TextureFile two b.png")
    rows = [((0, 1, 2), (0.0, 0.0, 0.5, 0.0, 0.5, 0.25), 1), ((0, 2, 3), (0.0, 0.0, 0.5, 0.25, 0.0, 0.25), 0)]
    ply.element("vertex", XYZ, SQUARE)
    ply.element("face", "list uchar int vertex_indices,list uchar float texcoord,int texnumber", rows)
    scan = ply.read()
    assert scan.mesh.texcoords[0].tolist() == [[[0, 1], [0.5, 1], [0.5, 0.75]], [[0, 1], [0.5, 0.75], [0, 0.75]]]
    assert [material.name for material in scan.mesh.materials] == ["one", "two b"]
    assert scan.mesh.face_materials.tolist() == [1, 0]
    assert [path.name for path in scan.files] == ["scan.ply", "one.png", "two b.png"]
    assert scan.facts.warnings == ()


def test_faces_without_texcoords_and_polygons_with(ply: Ply) -> None:
    pairs = (0.0, 0.0, 0.5, 0.0, 0.5, 0.25, 0.0, 0.25)
    rows = [((0, 1, 2), (), -1), ((0, 1, 2, 3), pairs, 0), ((0, 1, 2), pairs, 0)]
    ply.comment("TextureFile gone.png").element("vertex", XYZ, SQUARE)
    ply.element("face", "list uchar int vertex_indices,list uchar float texcoord,int texnumber", rows)
    scan = ply.read()
    texcoords = scan.mesh.texcoords[0]
    assert np.isnan(texcoords).all(axis=(1, 2)).tolist() == [True, False, False, True]
    assert texcoords[1:3].tolist() == [[[0, 1], [0.5, 1], [0.5, 0.75]], [[0, 1], [0.5, 0.75], [0, 0.75]]]
    assert scan.mesh.face_materials.tolist() == [1, 0, 0, 0]
    assert scan.mesh.materials[1].name == "untextured"
    assert any("'gone.png' is missing" in text for text in scan.facts.warnings)
    assert any("do not match" in text for text in scan.facts.warnings)


def test_a_texture_of_the_scans_name_is_found(ply: Ply) -> None:
    Image.new("RGB", (2, 2)).save(ply.path.parent / "scan.png")
    ply.element("vertex", XYZ + ",float u,float v", [(*row, 0.0, 0.0) for row in SQUARE])
    scan = ply.element("face", "list uchar int vertex_indices", TRIANGLES).read()
    assert scan.mesh.materials[0].base is not None
    assert "is used" in scan.facts.warnings[0]


def test_strips(ply: Ply) -> None:
    ply.element("vertex", XYZ, [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)])
    mesh = ply.element("tristrips", "list int int vertex_indices", [((0, 1, 2, 3, 3, -1, 0, 1, 3),)]).read().mesh
    assert mesh.faces.tolist() == [[0, 1, 2], [2, 1, 3], [0, 1, 3]]


def test_large_coordinates_keep_an_origin(ply: Ply) -> None:
    places = np.array(SQUARE) * 1.5 + np.array([577123.125, 5190456.25, 12.5])
    ply.element("vertex", "double x,double y,double z", places.tolist())
    mesh = ply.element("face", "list uchar int vertex_indices", TRIANGLES).read().mesh
    assert mesh.origin.any()
    assert np.abs(mesh.positions + mesh.origin - places).max() < 1e-6


def test_not_a_number_stays(ply: Ply) -> None:
    if ply.order == "ascii":
        ply.element("vertex", XYZ, SQUARE).body = b"nan 0 0\n1 -inf 0\n1 1 0\n0 1 0\n"
    else:
        ply.element("vertex", XYZ, [(float("nan"), 0, 0), (1, float("-inf"), 0), *SQUARE[2:]])
    mesh = ply.element("face", "list uchar int vertex_indices", TRIANGLES).read().mesh
    assert np.isnan(mesh.positions[0, 0])
    assert np.isneginf(mesh.positions[1, 1])


def test_a_signalling_nan_beside_doubles_stays_not_a_number(tmp_path: Path) -> None:
    ply = Ply(tmp_path / "scan.ply", "binary_little_endian")
    ply.element("vertex", "float x,double y,double z", SQUARE)
    ply.body = bytes.fromhex("0000a07f") + ply.body[4:]
    mesh = ply.element("face", "list uchar int vertex_indices", TRIANGLES).read().mesh
    assert np.isnan(mesh.positions[0, 0])


@pytest.mark.parametrize("count", [4_000_000_000, 10**17, 50])
@pytest.mark.parametrize("element", ["vertex", "face", "other"])
def test_claims_beyond_the_file_are_refused(ply: Ply, count: int, element: str) -> None:
    claims = {"vertex": 4, "face": 2, "other": 1, element: count}
    ply.element("other", "double a,double b,double c,double d", [(0.0,) * 4], claims["other"])
    ply.element("vertex", XYZ, SQUARE, claims["vertex"])
    ply.element("face", "list uchar int vertex_indices", TRIANGLES, claims["face"])
    with pytest.raises(FormatError, match=r"exceeds|vertex index|point cloud"):
        ply.read()


def test_a_list_beyond_the_file_is_refused(ply: Ply) -> None:
    ply.element("vertex", XYZ, SQUARE).element("face", "list uint int vertex_indices", TRIANGLES)
    if ply.order == "ascii":
        ply.body = ply.body[: ply.body.rindex(b"\n3 ") + 1] + b"4000000000 1 2 3"
    else:
        ply.body = ply.body[:-16] + b"\xf0" * 16
    with pytest.raises(FormatError, match="exceeds"):
        ply.read()


def test_cut_short(ply: Ply) -> None:
    ply.element("vertex", XYZ, SQUARE).element("face", "list uchar int vertex_indices", TRIANGLES)
    whole = ply.bytes()
    for size in range(len(whole) - 3):
        ply.path.write_bytes(whole[:size])
        with pytest.raises(FormatError):
            read(ply.path)


@pytest.mark.parametrize("index", [4, -1, 2**31 - 1])
def test_indices_past_the_end_name_their_face(ply: Ply, index: int) -> None:
    ply.element("vertex", XYZ, SQUARE)
    ply.element("face", "list uchar int vertex_indices", [((0, 1, 2),), ((0, index, 2),)])
    with pytest.raises(FormatError, match="face 2"):
        ply.read()


@pytest.mark.parametrize("names", ["f_dc_0,opacity,scale_0,rot_0", "packed_position,packed_rotation"])
def test_a_gaussian_splat_is_refused(ply: Ply, names: str) -> None:
    properties = XYZ + "".join(f",float {name}" for name in names.split(","))
    ply.element("vertex", properties, [(0.0,) * properties.count("float")])
    with pytest.raises(FormatError, match="Gaussian splat"):
        ply.read()


def test_without_faces_it_is_a_point_cloud(ply: Ply) -> None:
    ply.element("vertex", XYZ, SQUARE).element("face", "list uchar int vertex_indices", [])
    scan = ply.read()
    assert len(scan.mesh.faces) == 0
    assert scan.cloud is not None
    assert scan.cloud.positions.tolist() == [list(place) for place in SQUARE]


def test_points_may_come_after_another_element(ply: Ply) -> None:
    ply.element("camera", "float f", [(1.0,)]).element("vertex", XYZ, SQUARE)
    scan = ply.read()
    assert scan.cloud is not None
    assert scan.cloud.positions.tolist() == [list(place) for place in SQUARE]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_the_header(tmp_path: Path, end: str) -> None:
    ply = Ply(tmp_path / "scan.ply", "binary_little_endian").element("vertex", XYZ, SQUARE)
    ply.element("face", "list uchar int vertex_indices", TRIANGLES)
    ply.path.write_bytes(ply.bytes(end))
    assert len(read(ply.path).mesh.faces) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("format ascii_art 1.0", "line 2.*unknown"),
        ("element vertex -1", "line 2.*count"),
        ("element vertex", "line 2.*count"),
        ("property float x", "line 2.*needs an element"),
        ("element vertex 1\nproperty quaternion x", "line 3.*type"),
        ("element vertex 1\nproperty list float int x", "line 3.*type"),
        ("element vertex 1\nproperty float", "line 3.*needs"),
        ("nonsense", "line 2.*not a line"),
        ("comment hello", "the format line is missing"),
        ("format ascii 1.0", "no vertices"),
        ("format ascii 1.0\nelement vertex 1\nproperty float x", "no x, y and z"),
    ],
)
def test_headers_that_make_no_sense(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "scan.ply"
    path.write_text(f"ply\n{line}\nend_header\n0 0 0\n")
    with pytest.raises(FormatError, match=words):
        read(path)


def test_words_that_are_no_number_name_their_line(tmp_path: Path) -> None:
    ply = Ply(tmp_path / "scan.ply", "ascii").element("vertex", XYZ, SQUARE)
    ply.element("face", "list uchar int vertex_indices", TRIANGLES)
    ply.body = ply.body.replace(b"1 1 0", b"1 one 0")
    with pytest.raises(FormatError, match=f"line {len(ply.head) + 4}: 'one' is not a number"):
        ply.read()


def test_a_texture_on_the_network_is_refused(tmp_path: Path) -> None:
    ply = Ply(tmp_path / "scan.ply", "ascii").comment("TextureFile https://example.org/a.png")
    ply.element("vertex", XYZ, SQUARE).element("face", "list uchar int vertex_indices", TRIANGLES)
    with pytest.raises(UnsafePathError):
        ply.read()


@pytest.mark.parametrize("order", FORMATS)
@pytest.mark.parametrize("name", ["face", "tristrips"])
def test_faces_without_any_property_are_refused(tmp_path: Path, order: str, name: str) -> None:
    header = f"ply\nformat {order} 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
    path = tmp_path / "a.ply"
    body = b"0 0 0\n" if order == "ascii" else bytes(12)
    path.write_bytes(f"{header}element {name} 3\nend_header\n".encode() + body)
    with pytest.raises(FormatError, match="header: the faces have no vertex_indices"):
        read(path)
