"""One row makes a format readable, in every place that asks for formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import message
from carreau.base.model import Mesh, Scan, ScanFacts
from carreau.command import arguments as model_arguments
from carreau.formats import registry
from carreau.formats.registry import FORMATS, Bytes, ScanFormat, by_suffix, names, references, sniff, suffixes
from carreau.formats.tiles import find_tiles
from carreau.models.batch import name_scans
from carreau.models.builders.inputs import scan_files
from carreau.models.stages.read import read
from carreau.runs.cache import Cache


def load(path: Path) -> Scan:
    """Read a made-up format: a word, the name of a picture, and nine coordinates."""
    numbers = path.read_bytes().split()[2:]
    if len(numbers) != 9:
        raise FormatError(path, "", message("it has not nine numbers"), message("write nine"))
    mesh = Mesh(np.array(numbers, np.float32).reshape(3, 3), np.array([[0, 1, 2]], np.int32))
    return Scan(path.stem, mesh, ScanFacts("TRI", ""), (path,))


def pictures(data: Bytes) -> Iterator[str]:
    yield data[:].split()[1].decode()


TRI = ScanFormat(
    "tri", {".tri": "TRI"}, ("mesh",), f"{__name__}:load",
    magic=(b"TRIANGLE",), references=pictures, companions=(".cam",),
)  # fmt: skip
TEXT = b"TRIANGLE wall.png 0 0 0 1 0 0 0 1 0"


@pytest.fixture
def tri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (*FORMATS, TRI))


def write(folder: Path, *files: str) -> Path:
    for name in files:
        (folder / name).write_bytes(TEXT)
    return folder / files[0]


@pytest.mark.usefixtures("tri")
def test_a_made_up_format_is_read_by_its_first_bytes(tmp_path: Path) -> None:
    assert sniff(write(tmp_path, "a.bin")) is TRI
    assert len(read(tmp_path / "a.bin").mesh.faces) == 1


@pytest.mark.usefixtures("tri")
def test_a_made_up_format_is_read_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.tri").write_bytes(b"a b 1")
    with pytest.raises(FormatError, match="nine"):
        read(tmp_path / "a.tri")


@pytest.mark.usefixtures("tri")
def test_a_made_up_format_is_recognized_before_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped = replace(TRI, magic=(), recognizes=lambda head, size: head[:2] == b"PK" and b"tri" in head and size < 99)
    monkeypatch.setattr(registry, "FORMATS", (*FORMATS, zipped))
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 tri")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 other")
    assert sniff(tmp_path / "a.zip") is zipped
    with pytest.raises(FormatError, match="archive"):
        sniff(tmp_path / "b.zip")


@pytest.mark.usefixtures("tri")
def test_folders_are_looked_through_for_a_made_up_format(tmp_path: Path) -> None:
    write(tmp_path, "a.tri", "b.obj", "c.txt")
    assert [scan.path.name for scan in name_scans([tmp_path], tmp_path / "out")] == ["a.tri", "b.obj"]


@pytest.mark.usefixtures("tri")
def test_a_made_up_mesh_may_be_cut_into_tiles(tmp_path: Path) -> None:
    write(tmp_path, "mill_0_0.tri", "mill_0_1.tri")
    assert [path.name for path in find_tiles(tmp_path) or ()] == ["mill_0_0.tri", "mill_0_1.tri"]
    assert len(read(tmp_path).mesh.faces) == 2


@pytest.mark.usefixtures("tri")
def test_side_files_of_a_made_up_format_are_part_of_the_input(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tri", "wall.png", "a.cam", "other.png")
    assert references(path) == ("wall.png",)
    files = scan_files(path, Cache(tmp_path / "cache"))
    assert {content.name for content in files.contents} == {"a.tri", "wall.png", "a.cam"}


@pytest.mark.usefixtures("tri")
def test_messages_name_a_made_up_format(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"nothing")
    with pytest.raises(FormatError, match="TRI"):
        sniff(tmp_path / "a.txt")
    with pytest.raises(ScanError, match="TRI"):
        scan_files(tmp_path, Cache(tmp_path / "cache"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScanError, match=r"\.tri"):
        name_scans([tmp_path / "empty"], tmp_path / "out")


def test_the_help_names_every_format() -> None:
    assert set(f"{names('mesh')}, {names('points')}".split(", ")) == {
        name for each in FORMATS for name in each.suffixes.values()
    }
    assert names("mesh") in model_arguments.SCAN
    assert names("points") in model_arguments.SCAN


def test_a_suffix_is_of_one_format() -> None:
    assert len(suffixes()) == len(set(suffixes()))
    assert all(each.name in ("ply", "gltf") or len(each.content) == 1 for each in FORMATS)
    assert (by_suffix(".laz"), by_suffix(".tri")) == (next(each for each in FORMATS if each.name == "las"), None)
