"""Every reader keeps double precision until coordinates are local, and no stray vertex decides where that is."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from carreau.base.model import DoubleArray, IntArray, Mesh
from carreau.models.stages.read import read
from tests.pipeline.tiles_of_a_sphere import sphere

LAMBERT = np.array([652381.12, 6862047.48, 35.1])
CM = 0.01 * np.eye(3)


def ball() -> tuple[DoubleArray, IntArray]:
    """Return a ball of one metre in Lambert-93, to the micrometre, and a triangle of 1 cm at zero."""
    places, faces = sphere(4, 0.5)
    places = np.concatenate([np.round(places + LAMBERT, 6), CM])
    return places, np.concatenate([faces, len(places) - 3 + np.arange(3)[None]]).astype(np.int32)


def text(rows: DoubleArray | IntArray, before: str = "") -> str:
    return "".join(f"{before}{' '.join(map(repr, row))}\n" for row in rows.tolist())


def obj(path: Path, places: DoubleArray, faces: IntArray) -> None:
    path.write_text(text(places, "v ") + "v 0 0 0\nv nan 0 0\nv inf 0 0\n" + text(faces + 1, "f "))


def ply_header(form: str, kind: str, places: DoubleArray, faces: IntArray) -> str:
    axes = "".join(f"property {kind} {axis}\n" for axis in "xyz")
    return (
        f"ply\nformat {form} 1.0\nelement vertex {len(places)}\n{axes}"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )


def ply_text(path: Path, places: DoubleArray, faces: IntArray) -> None:
    path.write_text(ply_header("ascii", "double", places, faces) + text(places) + text(faces, "3 "))


def ply_binary(path: Path, places: DoubleArray, faces: IntArray, kind: str = "double") -> None:
    rows = np.zeros(len(faces), [("count", "u1"), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, faces
    body = places.astype("<f8" if kind == "double" else "<f4").tobytes() + rows.tobytes()
    path.write_bytes(ply_header("binary_little_endian", kind, places, faces).encode() + body)


def stl_text(path: Path, places: DoubleArray, faces: IntArray) -> None:
    corners = (
        "facet normal 0 0 0\nouter loop\n" + text(places[face], "vertex ") + "endloop\nendfacet\n" for face in faces
    )
    path.write_text("solid ball\n" + "".join(corners) + "endsolid ball\n")


def off(path: Path, places: DoubleArray, faces: IntArray) -> None:
    path.write_text(f"OFF\n{len(places)} {len(faces)} 0\n" + text(places) + text(faces, "3 "))


def threemf(path: Path, places: DoubleArray, faces: IntArray) -> None:
    vertices = "".join(f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in places.tolist())
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces.tolist())
    model = (
        '<?xml version="1.0"?><model unit="meter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
        f'<resources><object id="1" type="model"><mesh><vertices>{vertices}</vertices><triangles>{triangles}'
        '</triangles></mesh></object></resources><build><item objectid="1"/></build></model>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", model)


def collada(path: Path, places: DoubleArray, faces: IntArray) -> None:
    path.write_text(
        '<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset/>'
        f'<library_geometries><geometry id="g"><mesh><source id="p"><float_array id="a" count="{places.size}">'
        f"{text(places)}</float_array><technique_common>"
        f'<accessor source="#a" count="{len(places)}" stride="3"><param name="X" type="float"/>'
        '<param name="Y" type="float"/><param name="Z" type="float"/></accessor></technique_common></source>'
        '<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>'
        f'<triangles count="{len(faces)}"><input semantic="VERTEX" source="#v" offset="0"/><p>{text(faces)}</p>'
        '</triangles></mesh></geometry></library_geometries><library_visual_scenes><visual_scene id="s">'
        '<node id="n"><instance_geometry url="#g"/></node></visual_scene></library_visual_scenes>'
        '<scene><instance_visual_scene url="#s"/></scene></COLLADA>'
    )


def glb(path: Path, places: DoubleArray, faces: IntArray) -> None:
    """Write local float32 positions below a node in Lambert-93, and the stray triangle in a node of its own."""
    data = b"".join(
        [
            (places[:-3] - LAMBERT).astype("<f4").tobytes(),
            faces[:-1].astype("<u4").tobytes(),
            places[-3:].astype("<f4").tobytes(),
            np.arange(3, dtype="<u4").tobytes(),
        ]
    )
    sizes = [12 * (len(places) - 3), 12 * (len(faces) - 1), 36, 12]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    views = [{"buffer": 0, "byteOffset": at, "byteLength": size} for at, size in zip(starts, sizes, strict=True)]
    accessors = [
        {"bufferView": number, "componentType": kind, "count": size // width, "type": shape}
        for number, (size, kind, width, shape) in enumerate(
            zip(sizes, (5126, 5125) * 2, (12, 4) * 2, ("VEC3", "SCALAR") * 2, strict=True)
        )
    ]
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0, 2]}],
        "nodes": [{"translation": LAMBERT.tolist(), "children": [1]}, {"mesh": 0}, {"mesh": 1}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 2 * number}, "indices": 2 * number + 1}]} for number in (0, 1)
        ],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(data)}],
    }
    words = json.dumps(document).encode()
    words += b" " * (-len(words) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(words) + len(data))
    path.write_bytes(
        head + struct.pack("<I4s", len(words), b"JSON") + words + struct.pack("<I4s", len(data), b"BIN\0") + data
    )


def tiles(path: Path, places: DoubleArray, faces: IntArray) -> None:
    """Write four tiles, one of them with the stray triangle."""
    path.mkdir()
    for number, part in enumerate(np.array_split(faces, 4)):
        used, corners = np.unique(part, return_inverse=True)
        (path / f"Tile_{number}").mkdir()
        obj(path / f"Tile_{number}" / f"Tile_{number}.obj", places[used], corners.reshape(-1, 3).astype(np.int32))


WRITERS: dict[str, Callable[[Path, DoubleArray, IntArray], None]] = {
    "ball.obj": obj,
    "text.ply": ply_text,
    "binary.ply": ply_binary,
    "ball.stl": stl_text,
    "ball.off": off,
    "ball.3mf": threemf,
    "ball.dae": collada,
    "ball.glb": glb,
    "tiles": tiles,
}


def world(mesh: Mesh) -> DoubleArray:
    """Return the (k, 3) corners of the triangles near the ball, in the coordinates of the file."""
    corners = mesh.positions[mesh.faces].astype(np.float64).reshape(-1, 3) + mesh.origin
    return np.asarray(corners[np.abs(corners - LAMBERT).max(axis=1) < 10], np.float64)


@pytest.mark.parametrize("name", WRITERS)
def test_no_reader_loses_the_surface_to_a_stray_triangle(tmp_path: Path, name: str) -> None:
    places, faces = ball()
    WRITERS[name](tmp_path / name, places, faces)
    scan = read(tmp_path / name)
    corners = world(scan.mesh)
    assert len(corners) == 3 * (len(faces) - 1)
    distances, nearest = cKDTree(places[:-3]).query(corners)
    assert np.max(distances) < 2e-6
    assert (np.bincount(nearest) == np.bincount(faces[:-1].ravel())).all()
    assert np.abs(scan.mesh.origin - LAMBERT).max() < 1
    assert scan.mesh.fidelity.changed < 1e-3
    assert not [text for text in scan.facts.warnings if "float32" in text]


@pytest.mark.parametrize("name", ["ball.obj", "text.ply", "binary.ply", "ball.stl", "ball.off"])
def test_the_reference_is_what_another_program_reads_in_double_precision(tmp_path: Path, name: str) -> None:
    """trimesh subtracts no origin: the area of what it reads, in float64, is that of what levels are measured with."""
    places, faces = ball()
    WRITERS[name](tmp_path / name, places[:-3], faces[:-1])
    theirs: trimesh.Trimesh = trimesh.load_scene(tmp_path / name, process=False).to_mesh()
    scan = read(tmp_path / name).mesh
    ours = trimesh.Trimesh(scan.positions.astype(np.float64), scan.faces, process=False)
    assert len(theirs.faces) == len(scan.faces)
    assert ours.area == pytest.approx(theirs.area, rel=1e-5)


@pytest.mark.parametrize("name", ["binary.ply", "ball.stl", "ball.glb"])
def test_float32_in_the_millions_is_said_to_hold_no_better(tmp_path: Path, name: str) -> None:
    places, faces = ball()
    places, faces = places[:-3], faces[:-1]
    if name == "binary.ply":
        ply_binary(tmp_path / name, places, faces, "float")
    else:
        trimesh.Trimesh(places, faces, process=False).export(tmp_path / name)
    (warning,) = read(tmp_path / name).facts.warnings
    assert "float32 near 6,862,04" in warning
    assert "steps of 0.5" in warning
