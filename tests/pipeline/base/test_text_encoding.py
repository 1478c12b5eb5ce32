"""Names that are not UTF-8, in files and on the disk, are printed as people wrote them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import ScanError
from carreau.base.messages import message, printable
from carreau.base.options import ModelOptions
from carreau.formats.registry import references
from carreau.models.batch import name_scans
from carreau.models.flow import build_models
from carreau.models.stages.inspect import Inspection, inspect
from carreau.models.stages.read import read
from carreau.runs.cache import Cache
from carreau.runs.progress_display import progress_for
from tests.pipeline.conftest import globe, waves
from tests.pipeline.stand_in import blank_posters

PROJECT = Path(__file__).parents[3]


def latin(folder: Path, name: str) -> Path:
    """Return the path of a file whose name on the disk is in Latin-1; skips where the disk takes UTF-8 names alone."""
    path = folder / os.fsdecode(name.encode("latin-1"))
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("this disk takes UTF-8 names alone")
    return path


def church(folder: Path, scan: Path, library: Path, texture: Path, shown: str = "château nord.jpg") -> Path:
    """Write a scan with its library and texture, whose texts are in Latin-1."""
    positions, faces, texcoords = globe()
    lines = ["mtllib Église.mtl", "o clôture", "usemtl façade"]
    lines += ["v " + " ".join(repr(float(number)) for number in row) for row in positions]
    lines += ["vt " + " ".join(repr(float(number)) for number in row) for row in texcoords]
    lines += ["f " + " ".join(f"{corner + 1}/{corner + 1}" for corner in face) for face in faces]
    scan.write_bytes("\n".join(lines).encode("latin-1"))
    library.write_bytes(f"newmtl façade\nmap_Kd {shown}\n".encode("latin-1"))
    Image.fromarray(waves(64, 64)).save(folder / "texture.jpg")
    (folder / "texture.jpg").rename(texture)
    return scan


@pytest.fixture
def latin_church(tmp_path: Path) -> Path:
    """A scan whose names on the disk are in Latin-1, too."""
    return church(
        tmp_path, latin(tmp_path, "Église.obj"), latin(tmp_path, "Église.mtl"), latin(tmp_path, "château nord.jpg")
    )


def test_bytes_that_python_could_not_decode_become_letters() -> None:
    assert printable(os.fsdecode("/scans/Église n°2".encode("latin-1"))) == "/scans/Église n°2"
    assert printable("/scans/Église") == "/scans/Église"
    name = os.fsdecode("façade.mtl".encode("latin-1"))
    assert message("%(file)s is missing", file=name) == "façade.mtl is missing"
    assert message("%(names)s", names=(name, "b")).parameters["names"] == ("façade.mtl", "b")
    assert str(ScanError(name, "", message("cause"), message("cure"))) == "façade.mtl: cause; cure"


def test_a_latin1_scan_in_latin1_names_is_printed_as_written(latin_church: Path) -> None:
    facts = inspect(read(latin_church))
    assert isinstance(facts, Inspection)
    assert (facts.name, facts.files) == ("Église", ("Église.obj", "Église.mtl", "château nord.jpg"))
    assert (facts.parts, facts.materials) == (("clôture",), ("façade",))
    assert [texture.name for texture in facts.textures] == ["château nord.jpg"]
    json.dumps(facts.as_json(), ensure_ascii=False).encode()


def test_a_latin1_scan_finds_files_with_utf8_names(tmp_path: Path) -> None:
    scan = church(tmp_path, tmp_path / "Église.obj", tmp_path / "Église.mtl", tmp_path / "château nord.jpg")
    assert [path.name for path in read(scan).files] == ["Église.obj", "Église.mtl", "château nord.jpg"]


def test_a_missing_texture_is_named_as_written(tmp_path: Path) -> None:
    texture = tmp_path / "other.png"
    scan = church(tmp_path, tmp_path / "a.obj", tmp_path / "Église.mtl", texture, "château - nord.jpg")
    texture.unlink()
    assert "the texture 'château - nord.jpg' of the material 'façade' is missing" in read(scan).facts.warnings


def test_a_texture_in_the_comment_of_a_ply_is_found_and_keyed(tmp_path: Path) -> None:
    positions, faces, texcoords = globe()
    header = f"""ply
format ascii 1.0
comment TextureFile château nord.jpg
element vertex {len(positions)}
property float x
property float y
property float z
property float s
property float t
element face {len(faces)}
property list uchar int vertex_indices
end_header
"""
    rows = [" ".join(map(repr, map(float, row))) for row in np.hstack([positions, texcoords])]
    rows += ["3 " + " ".join(map(str, face)) for face in faces]
    scan = tmp_path / "a.ply"
    scan.write_bytes((header + "\n".join(rows) + "\n").encode("latin-1"))
    Image.fromarray(waves(64, 64)).save(tmp_path / "château nord.jpg")
    assert references(scan) == ("château nord.jpg",)
    assert read(scan).mesh.materials[0].name == "château nord"


def test_models_of_a_latin1_name_are_built(
    latin_church: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch, small_looks: None
) -> None:
    blank_posters(monkeypatch)
    out = latin_church.parent / "out"
    for _ in range(2):
        options = ModelOptions(out=out, levels=("preview", "archive"), unit="m")
        build_models(latin_church, options, cache, progress_for(sys.stderr, quiet=True))
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        assert report["name"] == "Église"
        assert report["scan"]["file"] == "Église.obj"
        assert report["scan"]["files"] == ["Église.obj", "Église.mtl", "château nord.jpg"]
        assert "Église" in (out / "report.html").read_text(encoding="utf-8")


def test_the_folders_of_a_batch_have_names_in_utf8(latin_church: Path) -> None:
    assert [scan.name for scan in name_scans([latin_church.parent], latin_church.parent / "out")] == ["Église"]
    assert [scan.name for scan in name_scans([latin_church], latin_church.parent / "out")] == ["Église"]


@pytest.mark.parametrize("content", [b"hello", b""])
def test_the_command_line_prints_a_latin1_path_as_written(tmp_path: Path, content: bytes) -> None:
    scan = latin(tmp_path, "Église.obj")
    scan.write_bytes(content)
    command = [sys.executable, "-m", "carreau.command.cli", "inspect", str(scan), "--cache", str(tmp_path / "cache")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)
    assert done.returncode == 2
    assert "Église.obj: " in done.stderr.decode()
