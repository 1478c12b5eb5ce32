"""A folder or a ZIP with one scan in it is that scan, and one with several says so."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from carreau.base.errors import FormatError, UnsafePathError
from carreau.command.cli import main
from carreau.models.batch import name_scans
from carreau.models.given_scans import single_scan, unpacked_scans


@pytest.fixture
def folder(tiny_scans: Path, tmp_path: Path) -> Path:
    """A folder with a scan, its materials and texture, two folders deep, and what lies beside scans."""
    inner = tmp_path / "given" / "export" / "mesh"
    inner.mkdir(parents=True)
    for path in tiny_scans.glob("globe*"):
        shutil.copy(path, inner)
    (tmp_path / "given" / "notes.txt").write_text("scanned in May")
    return tmp_path / "given"


def zipped(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder.parent / "mill"), "zip", folder))


def inspected(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["inspect", *arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize("way", ["folder", "link", "zip"])
def test_a_single_scan_is_read_wherever_it_lies(
    folder: Path, tiny_scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    (tmp_path / "link").symlink_to(folder)
    given = {"folder": folder, "link": tmp_path / "link", "zip": zipped(folder)}[way]
    cache = ("--cache", str(tmp_path / "cache"))
    plain = inspected(capsys, str(tiny_scans / "globe.obj"), *cache)
    assert inspected(capsys, str(given), *cache) == plain
    assert plain["textures"]


def test_what_a_zip_holds_is_gone_afterwards(folder: Path) -> None:
    with single_scan(zipped(folder)) as scan:
        assert scan.name == "globe.obj"
        assert scan.is_file()
    assert not scan.exists()


def test_a_zip_of_tiles_is_one_scan(tiny_scans: Path, tmp_path: Path) -> None:
    for number in (0, 1):
        (tmp_path / "tiles").mkdir(exist_ok=True)
        shutil.copy(tiny_scans / "plain.stl", tmp_path / "tiles" / f"mill_{number}_0.stl")
    with single_scan(zipped(tmp_path / "tiles")) as scan:
        assert scan.name == "mill"  # as the ZIP, whatever the temporary folder is called
        assert scan.is_dir()


def test_several_scans_in_a_folder_are_named(
    folder: Path, tiny_scans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(tiny_scans / "plain.stl", folder / "export")
    for given in (folder, zipped(folder)):
        assert main(["inspect", str(given)]) == 2
        error = capsys.readouterr().err
        assert "it holds 2 scans" in error
        assert "export/plain.stl" in error
        assert "give one of them" in error
    with unpacked_scans([zipped(folder)]) as scans:
        assert [scan.path.name for scan in name_scans(scans.paths, Path("out"))] == ["plain.stl", "globe.obj"]


def test_folders_behind_links_are_not_lost(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "linked").symlink_to(folder)
    (tmp_path / "top" / "again").symlink_to(tmp_path / "top")
    with single_scan(tmp_path / "top") as scan:
        assert scan.name == "globe.obj"


def test_errors_name_the_zip_and_the_path_in_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "export" / "mesh" / "globe.obj").write_text("v 0 0 0\nf 1 2 3\n")
    path = zipped(folder)
    cache = ("--cache", str(tmp_path / "cache"))
    for arguments in (["inspect", str(path)], ["model", str(path), "--out", str(tmp_path / "out")]):
        assert main([*arguments, *cache]) == 2
        assert f"{path}/export/mesh/globe.obj" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_batch_says_which_zips_it_leaves_alone(folder: Path, tiny_scans: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_scans / "plain.stl", folder / "export")
    shutil.copy(zipped(folder), folder / "export" / "copy.zip")
    with unpacked_scans([folder], tmp_path / "out") as given:
        assert len(given.notes) == 1
        assert "export/copy.zip" in given.notes[0]
    with unpacked_scans([folder / "export" / "plain.stl"], tmp_path / "out") as given:
        assert not given.notes


def test_hostile_zips_are_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../scan.obj", "v 0 0 0\n")
    with pytest.raises(UnsafePathError, match="rename it"), single_scan(path):
        pass
    link = zipfile.ZipInfo("scan.obj")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafePathError, match="is a link"), single_scan(path):
        pass
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scan.obj", bytes(100_000_000))
    with pytest.raises(FormatError, match="times its size"), single_scan(path):
        pass
    path.write_bytes(b"PK\x03\x04 and no more")
    assert main(["inspect", str(path)]) == 2
    assert "hostile.zip: it is no ZIP, damaged, or has a password" in capsys.readouterr().err
    assert not list(tmp_path.glob("scan.obj"))
