"""PCD files in all three ways of writing give the same points, and lies in their headers are refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.model import Cloud
from carreau.formats.clouds import pcd

WAYS = ("ascii", "binary", "binary_compressed")


def pack_lzf(data: bytes) -> bytes:
    """Pack with runs of what came right before, which is all that the tests need, and what is plain."""
    out, at = bytearray(), 0
    while at < len(data):
        run = 0
        while at >= 4 and run < 264 and at + run < len(data) and data[at + run] == data[at + run - 4]:
            run += 1
        if run >= 3:
            length = run - 2
            out += bytes([(length << 5) | 0, 3] if length < 7 else [7 << 5, length - 7, 3])
            at += run
        else:
            piece = data[at : at + 32]
            out += bytes([len(piece) - 1]) + piece
            at += len(piece)
    return bytes(out)


def header(rows: NDArray[Any], way: str, viewpoint: str = "0 0 0 1 0 0 0") -> str:
    names = rows.dtype.names or ()
    kinds = [rows.dtype[name].base for name in names]
    counts = [int(np.prod(rows.dtype[name].shape, initial=1)) for name in names]
    return "\n".join(
        [
            "# .PCD v0.7 - Point Cloud Data file format",
            "VERSION 0.7",
            "FIELDS " + " ".join(name.rstrip("0123456789") or name for name in names),
            "SIZE " + " ".join(str(kind.itemsize) for kind in kinds),
            "TYPE " + " ".join(kind.kind.upper() for kind in kinds),
            "COUNT " + " ".join(map(str, counts)),
            f"WIDTH {len(rows)}",
            "HEIGHT 1",
            f"VIEWPOINT {viewpoint}",
            f"POINTS {len(rows)}",
            f"DATA {way}\n",
        ]
    )


def write(path: Path, rows: NDArray[Any], way: str, viewpoint: str = "0 0 0 1 0 0 0") -> Path:
    head = header(rows, way, viewpoint).encode()
    if way == "ascii":
        lines = (" ".join(repr(item.item()) for field in row for item in np.ravel(field)) for row in rows)
        body = "\n".join(lines).encode() + b"\n"
    elif way == "binary":
        body = rows.tobytes()
    else:
        apart = b"".join(np.ascontiguousarray(rows[name]).tobytes() for name in rows.dtype.names or ())
        packed = pack_lzf(apart)
        body = struct.pack("<II", len(packed), len(apart)) + packed
    path.write_bytes(head + body)
    return path


def cloud_of(path: Path) -> Cloud:
    cloud = pcd.read(path).cloud
    assert cloud is not None
    return cloud


def rows_of(count: int = 400) -> NDArray[Any]:
    random = np.random.default_rng(5)
    kinds = [(name, "<f4") for name in ("x", "y", "z")] + [("rgb", "<f4"), ("intensity", "<f4")]
    rows = np.zeros(count, [*kinds, *((f"normal_{axis}", "<f4") for axis in "xyz"), ("_1", "<u1", (3,))])
    for name in "xyz":
        rows[name] = random.random(count, np.float32) * 9
    colors = random.integers(0, 256, (count, 3))
    rows["rgb"] = ((colors[:, 0] << 16) | (colors[:, 1] << 8) | colors[:, 2]).astype("<u4").view("<f4")
    rows["intensity"] = random.random(count) * 50
    rows["normal_z"] = 2
    return rows


@pytest.mark.parametrize("way", WAYS)
def test_points_are_read(tmp_path: Path, way: str) -> None:
    rows = rows_of()
    rows["x"][7] = np.nan
    path = write(tmp_path / "a.pcd", rows, way, "1 2 3 1 0 0 0")
    scan = pcd.read(path)
    cloud, kept = scan.cloud, np.arange(400) != 7
    assert cloud is not None
    expected = np.column_stack([rows[name] for name in "xyz"])[kept]
    assert np.array_equal(cloud.positions, expected)
    bits = rows["rgb"].view("<u4")[kept]
    assert cloud.colors is not None
    assert np.array_equal(cloud.colors, np.column_stack([(bits >> shift) & 255 for shift in (16, 8, 0)]))
    assert cloud.normals is not None
    assert (cloud.normals == [0, 0, 1]).all()
    assert cloud.intensity is not None
    assert cloud.stations.tolist() == [[1, 2, 3]]
    assert cloud.count == 400
    assert "1 point without finite coordinates" in scan.facts.warnings[0]
    assert scan.facts.detail == way.replace("_", " ")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["<f8", "<i4", "<i2"])
def test_any_type_of_number(tmp_path: Path, way: str, kind: str) -> None:
    rows = np.zeros(50, [("x", kind), ("y", kind), ("z", kind), ("rgba", "<u4")])
    for number, name in enumerate("xyz"):
        rows[name] = np.arange(50) * (number + 1)
    rows["rgba"] = 0xFF102030
    cloud = cloud_of(write(tmp_path / "a.pcd", rows, way))
    assert np.array_equal(cloud.positions[:, 2], np.arange(50) * 3)
    assert cloud.colors is not None
    assert (cloud.colors == [16, 32, 48]).all()
    assert len(cloud.stations) == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"FIELDS x y", b"FIELDS a y", "no x, y and z"),
        (b"SIZE 4 ", b"SIZE 3 ", "count: F, 3"),
        (b"SIZE 4 4", b"SIZE 4", "sizes"),
        (b"COUNT 1 ", b"COUNT 0 ", "F, 4, 0"),
        (b"COUNT 1 1", b"COUNT 1 99999999999", "999999999"),
        (b"TYPE F", b"TYPE Q", "count: Q"),
        (b"POINTS 400", b"POINTS 4000000000", "declares"),
        (b"POINTS 400", b"POINTS -1", "number of points"),
        (b"DATA", b"DATE", "'DATE' is not a PCD header keyword"),
        (b"DATA binary", b"DATA zip", "'zip"),
        (b"VIEWPOINT 0 0", b"VIEWPOINT 0 x", "seven numbers"),
    ],
)
@pytest.mark.parametrize("way", ["binary", "binary_compressed"])
def test_headers_that_lie_are_refused(tmp_path: Path, way: str, old: bytes, new: bytes, words: str) -> None:
    path = write(tmp_path / "a.pcd", rows_of(), way)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(FormatError, match=words) as caught:
        pcd.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("way", WAYS)
def test_files_cut_short_are_refused(tmp_path: Path, way: str) -> None:
    path = write(tmp_path / "a.pcd", rows_of(), way)
    data = path.read_bytes()
    for length in (20, 150, len(data) // 2, len(data) - 30):
        path.write_bytes(data[:length])
        with pytest.raises(FormatError):
            pcd.read(path)


def test_a_row_of_another_length_is_named(tmp_path: Path) -> None:
    rows = rows_of(5)
    path = write(tmp_path / "a.pcd", rows, "ascii")
    lines = path.read_text().splitlines()
    lines[13] += " 5"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(FormatError, match="line 14: it has 12 numbers, but other lines have 11"):
        pcd.read(path)


@given(st.binary(max_size=2000))
def test_what_is_packed_is_unpacked(data: bytes) -> None:
    packed = np.frombuffer(pack_lzf(data), np.uint8)
    decompressed = pcd.decompress(packed, len(data))
    assert decompressed is not None
    assert decompressed.tobytes() == data


@given(st.binary(max_size=300), st.integers(0, 10_000))
def test_any_packed_bytes_are_unpacked_or_not(data: bytes, size: int) -> None:
    decompressed = pcd.decompress(np.frombuffer(data, np.uint8), size)
    assert decompressed is None or len(decompressed) == size
