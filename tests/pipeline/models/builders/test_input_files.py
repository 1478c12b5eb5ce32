"""A scan's key covers every file it leans on, also those that are missing."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from carreau.base.errors import ScanError
from carreau.formats.registry import references
from carreau.models.builders.inputs import scan_files
from carreau.runs.cache import Cache

OBJ = "# a scan\nmtllib old brick.mtl\nv 0 0 0\n"


def write(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", ".").replace("_", " ")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.obj", b"mtllib a.mtl\r\nv 0 0 0\r\n", {"a.mtl"}),
        ("a.obj", b"v 0 0 0\n  mtllib  my scan.mtl  \n", {"my scan.mtl", "my", "scan.mtl"}),
        ("a.obj", b"# mtllib a.mtl\n", set()),
        ("a.obj", b"mtllib a.mtl", {"a.mtl"}),
        ("a.mtl", b"newmtl x\nmap_Kd -s 1 1 my wall.png\n", {"my wall.png", "wall.png"}),
        ("a.mtl", b"map_Bump b.png\nnorm n.png\nKd 1 1 1\n", {"b.png", "n.png"}),
        ("a.mtl", "map_Kd été.png".encode("latin-1"), {"été.png"}),
        ("a.ply", b"ply\ncomment TextureFile a b.jpg\nend_header\ncomment TextureFile c.jpg\n", {"a b.jpg"}),
        ("a.gltf", b'{"buffers":[{"uri":"a.bin"},{"uri":"data:,x"}],"images":[{"uri":"i.png"}]}', {"a.bin", "i.png"}),
        ("a.gltf", b'{"buffers": 3}', set()),
        ("a.gltf", b"{", set()),
        ("a.stl", b"solid mtllib a.mtl\n", set()),
        ("a.obj", b"", set()),
        ("a.glb", b"glTF", set()),
    ],
)  # fmt: skip
def test_references_are_found_without_reading_geometry(
    tmp_path: Path, name: str, content: bytes, expected: set[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    found = set(references(tmp_path / name))
    assert expected <= found
    assert bool(expected) == bool(found)


def test_a_glb_names_what_lies_beside_it(tmp_path: Path) -> None:
    text = json.dumps({"images": [{"uri": "wall.png"}]}).encode()
    (tmp_path / "a.glb").write_bytes(
        struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack("<I4s", len(text), b"JSON") + text
    )
    assert references(tmp_path / "a.glb") == ("wall.png",)


def test_a_changed_texture_changes_the_key(tmp_path: Path, cache: Cache) -> None:
    write(tmp_path, scan__obj=OBJ, old_brick__mtl="newmtl a\nmap_Kd wall.png\n", wall__png="1")
    key = scan_files(tmp_path / "scan.obj", cache).key
    assert scan_files(tmp_path / "scan.obj", cache).key == key
    write(tmp_path, wall__png="2")
    assert scan_files(tmp_path / "scan.obj", cache).key != key


def test_a_texture_that_turns_up_later_changes_the_key(tmp_path: Path, cache: Cache) -> None:
    write(tmp_path, scan__obj=OBJ, old_brick__mtl="newmtl a\nmap_Kd C:\\work\\Wall.PNG\n")
    key = scan_files(tmp_path / "scan.obj", cache).key
    write(tmp_path, wall__png="1")
    assert scan_files(tmp_path / "scan.obj", cache).key != key


def test_an_unrelated_file_changes_nothing(tmp_path: Path, cache: Cache) -> None:
    write(tmp_path, scan__obj=OBJ)
    key = scan_files(tmp_path / "scan.obj", cache).key
    write(tmp_path, notes__txt="1", phone__glb="2")
    assert scan_files(tmp_path / "scan.obj", cache).key == key


def test_the_reader_says_what_is_wrong_with_a_reference(tmp_path: Path, cache: Cache) -> None:
    write(tmp_path, scan__obj="mtllib ../../etc/passwd\nmtllib http://example.org/a.mtl\n")
    assert scan_files(tmp_path / "scan.obj", cache).key


@pytest.mark.parametrize(("name", "said"), [("nothing.obj", "does not exist"), (".", "it is a folder")])
def test_what_is_no_file_is_said(tmp_path: Path, cache: Cache, name: str, said: str) -> None:
    with pytest.raises(ScanError, match=said):
        scan_files(tmp_path / name, cache)


def test_readers_use_no_file_that_the_key_does_not_know(scans: Path, cache: Cache) -> None:
    from carreau.models.stages.read import read

    for name in ("column_obj/column03.obj", "venus_statue_gltf_draco/venus.gltf", "venus_glb/venus.glb"):
        scan = scans / name
        known = {scan, *(scan.parent / reference for reference in references(scan))}
        known |= {
            scan.parent / reference
            for other in tuple(known)
            if other.suffix == ".mtl"
            for reference in references(other)
        }
        assert {path.resolve() for path in read(scan).files} <= {path.resolve() for path in known}
