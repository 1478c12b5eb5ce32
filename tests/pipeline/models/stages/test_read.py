"""A scan is known by its bytes, and what is no scan is refused in one clear line."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from carreau.base.errors import FormatError, ScanError, TextureError
from carreau.base.model import AlphaMode
from carreau.formats.registry import FORMATS, ScanFormat, sniff
from carreau.models.stages.read import read
from tests.pipeline.lattices import veil, write_tower

OBJ = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
PLY = (
    b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    b"element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
)
STL = (
    b"solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid\n"
)
BINARY_STL = b"solid".ljust(80) + b"\1\0\0\0" + b"\0" * 50


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (OBJ, "obj"),
        (b"\xef\xbb\xbf# hello\r\nmtllib a.mtl\r\n", "obj"),
        (b"#\n" * 100 + b"  vn\t.5 0 0\n", "obj"),
        (PLY, "ply"),
        (STL, "stl"),
        (STL.upper(), "stl"),
        (BINARY_STL, "stl"),
        (b'{\n "asset" : {"version": "2.0"}}', "gltf"),
        (b"glTF\2\0\0\0", "gltf"),
        (b"LASF\0\0\0\0", "las"),
        (b"ASTM-E57\1\0\0\0", "e57"),
        (b"# .PCD v0.7\n", "pcd"),
    ],
)
@pytest.mark.parametrize("name", ["scan", "scan.obj", "scan.stl", "scan.dat", "scan.PLY"])
def test_the_content_decides(tmp_path: Path, data: bytes, kind: str, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert sniff(tmp_path / name).name == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.OBJ", "obj"),
        ("a.ply", "ply"),
        ("a.stl", "stl"),
        ("a.gltf", "gltf"),
        ("a.glb", "gltf"),
        ("a.laz", "las"),
        ("a.XYZ", "xyz"),
    ],
)
def test_the_name_decides_where_the_content_does_not(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"# nothing to see\n")
    assert sniff(tmp_path / name).name == kind


@pytest.mark.parametrize(("data", "kind"), [(OBJ, "OBJ"), (PLY, "PLY"), (STL, "STL"), (BINARY_STL, "STL")])
def test_a_scan_is_read_by_the_right_reader(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "fosse.scan"
    path.write_bytes(data)
    scan = read(path)
    assert scan.facts.format == kind
    assert scan.name == "fosse"
    assert scan.files == (path,)
    assert len(scan.mesh.faces) == 1


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.laz", b"LASF\0\0", "is not a LAS file"),
        ("a.las", b"damaged", "is not a LAS file"),
        ("a.e57", b"ASTM-E57\1", "is not an E57 file"),
        ("a.xyz", b"0 0 0\n1 1 five\n", "line 2"),
        ("a.pcd", b"# .PCD v0.7\n", "no DATA line"),
        ("a.rcp", b"damaged", "a point cloud in an unsupported format"),
        ("a.sog", b"PK\3\4", "Gaussian splat"),
        ("a.spz", b"NGSP\4\0\0\0", "Gaussian splat"),
        ("a.spz", gzip.compress(b"NGSP\2\0\0\0", mtime=0), "Gaussian splat"),
        ("a.bin", gzip.compress(b"NGSP\2\0\0\0", mtime=0), "Gaussian splat"),
        ("a.obj.gz", gzip.compress(OBJ, mtime=0), "compressed with gzip"),
        ("a.gz", b"\x1f\x8b\x08broken", "compressed with gzip"),
        ("a.splat", b"\x12" * 64, "Gaussian splat"),
        ("a.ksplat", b"\0" * 64, "Gaussian splat"),
        ("a.zip", b"PK\3\4", "archive"),
        ("a.fbx", b"Kaydara FBX Binary", "FBX"),
        ("a.dae", b'<?xml version="1.0"?>\n<COLLADA xmlns="x">', "COLLADA"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "an image"),
        ("a.mtl", b"newmtl a\n", "material library"),
        ("a.obj", OBJ.decode().encode("utf-16"), "UTF-16"),
        ("a.obj", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        ("a.txt", b"Dear reader,\n", "unknown"),
        ("a", bytes(range(128, 256)) * 2, "unknown"),
        ("a.json", b'{"hello": 1}', "unknown"),
        ("a.obj", b"", "empty"),
    ],
)
def test_what_is_no_mesh_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ScanError, match=words) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert caught.value.exit_code == 2


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="folder"):
        read(tmp_path)
    with pytest.raises(ScanError, match="does not exist"):
        read(tmp_path / "scan.obj")
    os.mkfifo(tmp_path / "pipe.obj")
    with pytest.raises(ScanError, match="not a regular file"):
        read(tmp_path / "pipe.obj")


def test_a_file_that_goes_away_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scan.obj"
    path.write_bytes(OBJ)

    def vanish(found: Path) -> ScanFormat:
        found.unlink()
        return FORMATS[0]

    monkeypatch.setattr("carreau.models.stages.read.sniff", vanish)
    with pytest.raises(ScanError, match="cannot be read"):
        read(path)


def test_a_broken_file_of_a_known_kind_keeps_its_readers_message(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_bytes(PLY[:-5])
    with pytest.raises(FormatError, match="element 'face'"):
        read(tmp_path / "a.ply")


def test_how_each_material_is_seen_through_is_told(tmp_path: Path) -> None:
    scan = read(write_tower(tmp_path / "tower.obj"))
    assert scan.mesh.materials[0].alpha_mode == AlphaMode.MASK
    assert any("'tower-0' is cut out instead of blended" in str(each) for each in scan.facts.decisions)
    scan = read(write_tower(tmp_path / "veil.obj", veil()))
    assert scan.mesh.materials[0].alpha_mode == AlphaMode.BLEND
    assert any("'veil-0' stays translucent" in str(each) for each in scan.facts.decisions)
    assert not [each for each in scan.facts.warnings if "translucent" in str(each)]


def test_what_is_not_shown_as_the_file_says_is_a_warning(tmp_path: Path) -> None:
    path = write_tower(tmp_path / "pane.obj", veil())
    corners = "".join(f"v {x} -1 {z}\n" for x, z in ((-20, -20), (-20, 20), (20, 20), (20, -20)))
    path.write_text(f"{path.read_text()}{corners}usemtl ground\nf -4 -3 -2\nf -4 -2 -1\n")
    with path.with_suffix(".mtl").open("a") as library:
        library.write("newmtl ground\nKd 0.2 0.5 0.2\n")
    scan = read(path)
    assert {each.alpha_mode for each in scan.mesh.materials} == {AlphaMode.OPAQUE}
    assert any(
        "'pane-0' is translucent, but shown as opaque: only 9% of the surface" in str(each)
        for each in scan.facts.warnings
    )
    assert not [each for each in scan.facts.decisions if "translucent" in str(each)]


def test_a_map_of_opacity_that_breaks_off_is_refused_by_name(tmp_path: Path) -> None:
    path = write_tower(tmp_path / "tower.obj")
    picture = tmp_path / "tower-0.png"
    picture.write_bytes(picture.read_bytes()[:200])
    with pytest.raises(TextureError, match=r"tower-0\.png"):
        read(path)
