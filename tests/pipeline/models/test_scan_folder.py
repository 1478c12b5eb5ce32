"""Folders are looked through for scans, and each gets a name of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ScanError
from carreau.models import batch
from carreau.models.batch import is_many, name_scans, size_bytes


def lay(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    return folder


@pytest.fixture(autouse=True)
def _no_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "find_tiles", lambda folder: None)


def found(*given: Path, out: Path | None = None) -> dict[str, str]:
    return {scan.name: scan.path.name for scan in name_scans(given, out or Path("nowhere"))}


def test_every_scan_in_a_folder_and_nothing_else(tmp_path: Path) -> None:
    lay(
        tmp_path, "b.PLY", "a.obj", "a.mtl", "a.jpg", "scan.toml", "metadata.xml", "notes.txt", "a.prj",
        "pump/pump.e57", "pump/about.json", "mill/mesh/model.obj", "mill/mesh/model.mtl", "mill/mesh/model0.png",
        "two/first.laz", "two/second.copc.laz", ".hidden/c.obj",
    )  # fmt: skip
    assert found(tmp_path) == {
        "a": "a.obj",
        "b": "b.PLY",
        "mill-mesh": "model.obj",
        "pump": "pump.e57",
        "two-first": "first.laz",
        "two-second.copc": "second.copc.laz",
    }
    assert is_many(tmp_path)
    assert not is_many(tmp_path / "a.obj")
    assert not is_many(tmp_path / "missing.obj")


def test_what_was_made_is_no_scan(tmp_path: Path) -> None:
    lay(tmp_path, "a.obj", "out/a/phone.glb", "older/report.json", "older/poster.webp", "older/phone.glb")
    lay(tmp_path, "killed/poster.webp", "killed/ar.glb")  # before its report was written
    assert found(tmp_path, out=tmp_path / "out") == {"a": "a.obj"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("a/scan.obj", "b/scan.obj", "c/other.ply"), ["a-scan", "b-scan", "other"]),
        (("a/scan.obj", "a/scan.ply"), ["a-scan-obj", "a-scan-ply"]),
        (("a/Scan.obj", "b/scan.obj"), ["a-Scan", "b-scan"]),
        (("x/a/scan.obj", "y/a/scan.obj"), ["a-scan-obj", "a-scan-obj-2"]),
    ],
)
def test_names_are_told_apart(tmp_path: Path, names: tuple[str, ...], expected: list[str]) -> None:
    assert [
        scan.name for scan in name_scans([lay(tmp_path, name) / name for name in names], tmp_path / "o")
    ] == expected


def test_folders_and_files_may_be_mixed(tmp_path: Path) -> None:
    lay(tmp_path, "many/mill/a.obj", "many/a.obj", "one/a.obj")
    names = [scan.name for scan in name_scans([tmp_path / "many", tmp_path / "one" / "a.obj"], tmp_path / "o")]
    assert names == ["many-a", "mill", "one-a"]


def test_a_folder_of_tiles_is_one_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "find_tiles", lambda folder: sorted(folder.glob("Tile_*")) or None)
    lay(tmp_path, "tip/Tile_1/Tile_1.obj", "tip/Tile_2/Tile_2.obj", "a.obj")
    assert found(tmp_path) == {"a": "a.obj", "tip": "tip"}
    assert not is_many(tmp_path / "tip")
    assert found(tmp_path / "tip") == {"tip": "tip"}


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    lay(tmp_path, "readme.txt")
    with pytest.raises(ScanError, match="it contains no scan"):
        name_scans([tmp_path], tmp_path / "out")


def test_a_folder_that_links_to_itself_is_walked_once(tmp_path: Path) -> None:
    (lay(tmp_path, "a.obj") / "again").symlink_to(tmp_path)
    assert found(tmp_path) == {"a": "a.obj"}


def test_a_size_is_that_of_all_in_a_folder(tmp_path: Path) -> None:
    lay(tmp_path, "a/b/c.obj", "a/d.png")
    assert (size_bytes(tmp_path), size_bytes(tmp_path / "a" / "d.png"), size_bytes(tmp_path / "no")) == (10, 5, 0)
