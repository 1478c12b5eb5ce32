"""A ZIP is unpacked whole, inside its folder, or refused with cause and cure."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from carreau.base.errors import FormatError, ScanError, UnsafePathError
from carreau.base.unzip import unpack_zip


def packed(where: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    path = where / "sent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    return path


def unpacked(archive: Path, most_files: int = 10, most_bytes: int = 100_000) -> list[str]:
    into = archive.parent / "into"
    into.mkdir()
    return unpack_zip(archive, "sent.zip", into, most_files, most_bytes)


def test_plain_files_come_out_and_what_systems_add_does_not(tmp_path: Path) -> None:
    files = {"a/b/é.txt": b"1", "c": b"", "__MACOSX/a/._x": b"x", "a/.DS_Store": b"x", "a/": b""}
    assert unpacked(packed(tmp_path, files)) == ["a/b/é.txt", "c"]
    assert (tmp_path / "into" / "a" / "b" / "é.txt").read_bytes() == b"1"
    assert sorted(path.name for path in (tmp_path / "into").rglob("*") if path.is_file()) == ["c", "é.txt"]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "a\\..\\x", "C:x", "a\nb", "x" * 300, "a/" * 30 + "b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafePathError, match="rename it"):
        unpacked(packed(tmp_path, {"ok": b"", name: b"x"}))
    assert not list((tmp_path / "into").iterdir())


def test_links_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError, match="is a link"):
        unpacked(packed(tmp_path, {}, {"a": "/etc/passwd"}))


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError, match="twice"):
        unpacked(packed(tmp_path, {"a": b"", "A": b""}))
    assert len(list((tmp_path / "into").iterdir())) <= 1


def test_bombs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"over 0\.1 MB"):
        unpacked(packed(tmp_path, {"a": bytes(60_000), "b": bytes(60_000)}))
    assert sum(path.stat().st_size for path in (tmp_path / "into").iterdir()) <= 100_000


def test_a_file_that_unpacks_to_two_hundred_times_its_size_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    """Zeros of 40 MB are 39 kB of DEFLATE; among random bytes, which are as large packed, it is still one member."""
    archive = packed(tmp_path, {"a": b"ok", "noise": os.urandom(1_000_000), "zeros": bytes(40_000_000)})
    with pytest.raises(FormatError, match=r"sent\.zip, zeros: it unpacks to over 200 times its size; .*compression"):
        unpacked(archive, most_bytes=10**9)
    assert not list((tmp_path / "into").iterdir())


def test_files_that_share_their_packed_bytes_are_refused(tmp_path: Path) -> None:
    """Forty entries of the directory point at the same 12 MB of zeros, each below the limit of a member."""
    content = packed(tmp_path, {"a": bytes(12_000_000)}).read_bytes()
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, tail = content[at:end], bytearray(content[end:])
    named = [entry[:46] + bytes([number]) + entry[47:] for number in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"]
    tail[8:10] = tail[10:12] = len(named).to_bytes(2, "little")
    tail[12:16] = sum(map(len, named)).to_bytes(4, "little")
    (tmp_path / "sent.zip").write_bytes(content[:at] + b"".join(named) + tail)
    with pytest.raises(FormatError, match="over 200 times its size"):
        unpacked(tmp_path / "sent.zip", most_files=100, most_bytes=10**9)


def test_what_packs_well_and_is_not_large_is_unpacked(tmp_path: Path) -> None:
    assert unpacked(packed(tmp_path, {"black.bmp": bytes(15_000_000)}), most_bytes=10**9) == ["black.bmp"]


def test_too_many_files_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="over 10 files"):
        unpacked(packed(tmp_path, {f"{number:0300}": b"" for number in range(200)}))


def test_one_file_too_many_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="over 10 files"):
        unpacked(packed(tmp_path, {f"{number}": b"" for number in range(11)}))


def test_a_size_that_is_a_lie_does_not_help(tmp_path: Path) -> None:
    """A bomb that says it holds 5 bytes."""
    content = bytearray(packed(tmp_path, {"a": bytes(500_000)}).read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = (5).to_bytes(4, "little")
    (tmp_path / "sent.zip").write_bytes(content)
    with pytest.raises(ScanError):
        unpacked(tmp_path / "sent.zip")


@pytest.mark.parametrize("cut", [0, 1, 30, 60, -1])
def test_a_damaged_archive_is_told(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path, {"a": b"content" * 10})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=r"sent\.zip: it is no ZIP, damaged, or has a password"):
        unpacked(path)


def test_a_password_is_told(tmp_path: Path) -> None:
    content = bytearray(packed(tmp_path, {"a": b"content"}).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "sent.zip").write_bytes(content)
    with pytest.raises(FormatError, match="password"):
        unpacked(tmp_path / "sent.zip")


def test_an_archive_in_an_archive_stays_one(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", b"1")
    assert unpacked(packed(tmp_path, {"inner.zip": inner.getvalue()})) == ["inner.zip"]
