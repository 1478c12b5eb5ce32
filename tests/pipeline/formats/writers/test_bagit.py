"""A bag is what RFC 8493 says, holds every byte it was given, and lets none out of its folder."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.errors import ScanError, UnsafePathError
from carreau.formats.writers.zip_packages import Payload, folder_name, safe_name, write_bag

INFO = [("Source", "Fosse d'Arenberg\nsecond line"), ("Licence", "CC0-1.0"), ("Credit", "")]


def lying(path: Path, name: str) -> Payload:
    data = path.read_bytes()
    return Payload(name, path, hashlib.sha256(data).hexdigest(), len(data))


@pytest.fixture
def payloads(tmp_path: Path) -> list[Payload]:
    scan = tmp_path / "scan.obj"
    scan.write_bytes(b"v 0 0 0\n" * 1000)
    names = ["original/été 100%.jpg", "original/tex\\a.png", "original/a\nb.png", "original/sub/b.png"]
    return [lying(scan, "original/scan.obj"), *(Payload.of(name, name.encode()) for name in names)]


def unpacked(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as found:
        assert all(name.startswith("fosse-1/") and ".." not in name for name in found.namelist())
        found.extractall(folder)
    return folder / "fosse-1"


def test_another_program_finds_the_bag_whole(payloads: list[Payload], tmp_path: Path) -> None:
    write_bag(tmp_path / "archive.zip", "Fosse 1", payloads, INFO)
    folder = unpacked(tmp_path / "archive.zip", tmp_path / "out")
    bag = bagit.Bag(str(folder))
    bag.validate()
    total = sum(payload.size_bytes for payload in payloads)
    assert bag.info == {
        "Source": "Fosse d'Arenberg second line", "Licence": "CC0-1.0", "Payload-Oxum": f"{total}.{len(payloads)}"
    }  # fmt: skip
    assert (folder / "bagit.txt").read_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert (folder / "data/original/scan.obj").read_bytes() == (tmp_path / "scan.obj").read_bytes()
    assert (folder / "data/original/été 100_.jpg").read_bytes() == "original/été 100%.jpg".encode()
    (folder / "data/original/scan.obj").write_bytes(b"w 0 0 0\n" * 1000)
    with pytest.raises(bagit.BagValidationError):
        bag.validate()


def test_the_same_files_give_the_same_bytes(payloads: list[Payload], tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_bag(tmp_path / name, "Fosse 1", payloads, INFO)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_names_that_programs_read_otherwise_are_spelled_plainly(payloads: list[Payload], tmp_path: Path) -> None:
    write_bag(tmp_path / "archive.zip", "Fosse 1", payloads, INFO)
    with zipfile.ZipFile(tmp_path / "archive.zip") as found:
        names = [name.removeprefix("fosse-1/data/original/") for name in found.namelist()]
    assert names[-4:] == ["été 100_.jpg", "tex_a.png", "a_b.png", "sub/b.png"]


@pytest.mark.parametrize("name", ["../up", "a/../../up", "/etc/passwd", "C:/windows", "", ".", "a/.."])
def test_no_name_leaves_the_bag(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError):
        write_bag(tmp_path / "archive.zip", "a", [Payload.of(name, b"x")], ())


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_a_safe_name_stays_below(name: str) -> None:
    try:
        found = safe_name(name)
    except UnsafePathError:
        return
    parts = found.split("/")
    assert not {"", ".."} & set(parts)
    assert not set("\\%") & set(found)
    assert not any(ord(letter) < 32 for letter in found)
    assert safe_name(found) == found


@given(st.text(max_size=200))
def test_a_folder_name_is_plain(name: str) -> None:
    found = folder_name(name)
    assert found
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize("now", [b"other bytes!", b"short", b"much longer than it was before", b""])
def test_a_scan_that_changes_meanwhile_is_refused(now: bytes, tmp_path: Path) -> None:
    scan = tmp_path / "scan.obj"
    scan.write_bytes(b"twelve bytes")
    payload = lying(scan, "original/scan.obj")
    scan.write_bytes(now)
    with pytest.raises(ScanError, match=r"scan\.obj: the file changed while the models were built"):
        write_bag(tmp_path / "archive.zip", "a", [payload], ())


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError, match="same name"):
        write_bag(tmp_path / "a.zip", "a", [Payload.of("a", b"1"), Payload.of("./a", b"2")], ())
