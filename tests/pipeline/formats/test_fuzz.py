"""Whatever bytes arrive as OBJ, PLY, STL, OFF, 3MF or COLLADA, the answer is a scan or a ScanError."""

from __future__ import annotations

import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.base.errors import ScanError
from carreau.base.model import Scan
from carreau.formats import rows
from carreau.formats.meshes import collada, obj, off, ply, stl, threemf
from tests.pipeline.formats.meshes.test_collada import COLORED, document
from tests.pipeline.formats.meshes.test_threemf import MODEL, model, packed

fuzz = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

OBJ = rb"""mtllib scan.mtl other.mtl
o part
v 0 0 0
v 1e0 0 0 1 0 0
v 1 1 0 # c
v 0 1.25 \
 0
vt 0 0.5
vt 1 0
vt .5
vn 0 0 1
usemtl m
g a b
f 1/1/1 2/2/1 3/3/1 4/1/1
f -1 -2 -3
f 1//1 2//1 3//1
l 1 2
s off
usemtl
f 1/1 2/2 3/3
"""
MTL = b"""newmtl m
Kd 0.5 0.5 0.5
map_Kd -clamp on -o 0 0 0 tex.png
map_Bump -bm 1 n.png
map_Ka ao.png
newmtl n
Kd 1
"""
STL = b"""solid a b
facet normal 0 0 1
outer loop
vertex 0 0 0
vertex 1 0 0
vertex 0 1 0
endloop
endfacet
endsolid a
"""


def _ply(order: str) -> bytes:
    header = (
        f"ply\nformat {order} 1.0\ncomment TextureFile t.png\nelement vertex 4\nproperty float x\nproperty float y\n"
        "property double z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nelement face 2\n"
        "property list uchar int vertex_indices\nproperty list uchar float texcoord\nproperty int texnumber\n"
        "end_header\n"
    ).encode()
    vertices = [(0, 0, 0, 1, 2, 3), (1, 0, 0, 1, 2, 3), (1, 1, 0, 1, 2, 3), (0, 1, 0, 1, 2, 3)]
    faces = [((0, 1, 2), (0, 0, 1, 0, 1, 1), 0), ((0, 1, 2, 3), (0, 0, 1, 0, 1, 1, 0, 1), 1)]
    if order == "ascii":
        rows = [" ".join(map(str, row)) for row in vertices]
        rows += [" ".join(map(str, [len(a), *a, len(b), *b, c])) for a, b, c in faces]
        return header + "\n".join(rows).encode()
    sign = "<" if "little" in order else ">"
    body = b"".join(struct.pack(f"{sign}ffdBBB", *row) for row in vertices)
    for a, b, c in faces:
        body += struct.pack(f"{sign}B{len(a)}iB{len(b)}fi", len(a), *a, len(b), *b, c)
    return header + body


SEEDS: list[tuple[str, bytes]] = [
    ("obj", OBJ),
    ("ply", _ply("ascii")),
    ("ply", _ply("binary_little_endian")),
    ("ply", _ply("binary_big_endian")),
    ("stl", STL),
    ("stl", b"x" * 80 + struct.pack("<I12fH", 1, *range(12), 0)),
    ("off", b"COFF\n4 2 0\n0 0 0 1 2 3\n1 0 0 1 2 3\n1 1 0 1 2 3 # c\n0 1 0 1 2 3\n3 0 1 2\n3 0 2 3\n"),
    ("3mf", packed({MODEL: model()})),
    ("3mf", packed({MODEL: model()}, zipfile.ZIP_STORED)),
    ("dae", document(diffuse=COLORED).encode()),
]
READERS: dict[str, Callable[[Path], Scan]] = {"obj": obj.read, "ply": ply.read, "stl": stl.read}
READERS |= {"off": off.read, "3mf": threemf.read, "dae": collada.read}
WORDS: dict[str, list[bytes]] = {
    "obj": [
        *b"v vt vn f l p g o s usemtl mtllib # \\ \n \r\n / // 1 -1 0 2/1 1//1 1/1/1 -9 99 m x".split(b" "),
        *b"1e5 nan -inf 1.#IND 1e999 99999999999 \xff".split(b" "),
    ],
    "ply": [
        *(b"ply", b"\n", b"format ascii 1.0", b"format binary_little_endian 1.0", b"end_header\n"),
        *(b"element vertex 3", b"element face 1", b"element tristrips 1", b"element x 0"),
        *(b"property float x", b"property float y", b"property float z", b"property uchar red"),
        *(b"property list uchar int vertex_indices", b"property list uchar float texcoord", b"property int texnumber"),
        *(b"comment TextureFile ", b"0 0 0", b"1 0 0", b"0 1 0", b"3 0 1 2", b"-1", b"nan", b"1e999", b"4e9", b"x"),
    ],
    "off": b"OFF COFF NOFF STOFF \n # 0 1 -1 3 4 1e5 nan x 99999999999 \xff".split(b" "),
    "stl": b"solid facet normal outer loop vertex 0 1 -1 1e5 nan x endloop endfacet endsolid \n \xe9 vertex\n".split(
        b" "
    ),
}

edits = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=6)), min_size=1, max_size=6)


def read_or_refuse(folder: Path, kind: str, data: bytes) -> None:
    path = folder / f"scan.{kind}"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            mesh = READERS[kind](path).mesh
        except ScanError as error:
            if "\n" in str(error):
                raise AssertionError("the message has several lines") from error
            return
    assert mesh.faces.dtype == np.int32
    assert mesh.faces.shape[1:] == (3,)
    assert mesh.faces.min(initial=0) >= 0
    assert mesh.faces.max(initial=-1) < len(mesh.positions)
    assert all(texcoords.shape == (len(mesh.faces), 3, 2) for texcoords in mesh.texcoords)
    assert mesh.normals is None or np.allclose(np.linalg.norm(mesh.normals, axis=2), 1, atol=1e-5)
    assert mesh.colors is None or mesh.colors.shape == mesh.positions.shape
    assert len(mesh.face_materials) == len(mesh.faces)
    assert mesh.face_materials.min(initial=0) >= 0
    assert mesh.face_materials.max(initial=0) < len(mesh.materials)


def change(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Cut out and put in bytes here and there."""
    for place, cut, put in changes:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + cut :]
    return data


@pytest.mark.parametrize("seed", range(len(SEEDS)))
@fuzz
@given(changes=edits)
def test_changed_files(tmp_path: Path, seed: int, changes: list[tuple[int, int, bytes]]) -> None:
    (tmp_path / "scan.mtl").write_bytes(MTL)
    kind, data = SEEDS[seed]
    read_or_refuse(tmp_path, kind, change(data, changes))


@pytest.mark.parametrize("kind", list(WORDS))
@fuzz
@given(data=st.data())
def test_words_in_any_order(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(WORDS[kind]), max_size=60))
    glue = data.draw(st.sampled_from([b" ", b"\n", b""]))
    read_or_refuse(tmp_path, kind, glue.join(words))


@pytest.mark.parametrize("kind", list(READERS))
@fuzz
@given(data=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, kind: str, data: bytes) -> None:
    read_or_refuse(tmp_path, kind, data)


@fuzz
@given(changes=edits)
def test_changed_libraries(tmp_path: Path, changes: list[tuple[int, int, bytes]]) -> None:
    (tmp_path / "scan.mtl").write_bytes(change(MTL, changes))
    read_or_refuse(tmp_path, "obj", OBJ)


@fuzz
@given(changes=edits, size=st.integers(3, 200))
def test_chunks_change_nothing(tmp_path: Path, changes: list[tuple[int, int, bytes]], size: int) -> None:
    path = tmp_path / "scan.obj"
    path.write_bytes(change(OBJ, changes))

    def outcome(chunk_bytes: int) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rows, "CHUNK_BYTES", chunk_bytes)
            try:
                mesh = obj.read(path).mesh
            except ScanError as error:
                return type(error)
            texcoords = mesh.texcoords[0].tobytes() if mesh.texcoords else b""
            return mesh.positions.tobytes(), mesh.faces.tobytes(), texcoords, mesh.face_materials.tobytes()

    assert outcome(size) == outcome(1 << 22)
