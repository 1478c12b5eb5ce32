"""Every ZIP reader finds what was put in, at multiples of 64 bytes, and the bytes never change."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.formats.writers import zip_packages
from carreau.formats.writers.zip_packages import ALIGNMENT, StoredZip

NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=90)


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with StoredZip(stream) as package:
        for name, data in files.items():
            package.add(name, data)
    return stream.getvalue()


def starts(data: bytes) -> list[int]:
    """Return where each file's bytes begin, by the local headers (APPNOTE 4.3.7)."""
    found = []
    for info in zipfile.ZipFile(io.BytesIO(data)).infolist():
        at = info.header_offset
        lengths = [int.from_bytes(data[at + place : at + place + 2], "little") for place in (26, 28)]
        found.append(at + 30 + sum(lengths))
    return found


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=6))
def test_files_are_aligned_and_whole(files: dict[str, bytes]) -> None:
    data = packed(files)
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == files
        assert list(files) == found.namelist()
        assert all(info.compress_type == zipfile.ZIP_STORED for info in found.infolist())
    for start, content in zip(starts(data), files.values(), strict=True):
        assert start % ALIGNMENT == 0
        assert data[start : start + len(content)] == content
    assert packed(files) == data


def test_a_file_of_many_gigabytes_stays_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_packages, "_ZIP64_FROM", 10)
    files = {"a": b"x" * 9, "b": b"y" * 10, "c": b"z" * 1000}
    data = packed(files)
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert {name: found.read(name) for name in found.namelist()} == files
    assert all(start % ALIGNMENT == 0 for start in starts(data))
