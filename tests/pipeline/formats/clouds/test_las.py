"""LAS and LAZ bring their points to the millimetre, with looks, flags and coordinate systems."""

from __future__ import annotations

import os
import struct
import sys
import time
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest
from laspy.vlrs.known import WktCoordinateSystemVlr
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.model import Cloud
from carreau.formats.clouds import las, laz_points
from carreau.formats.clouds.las import read_system
from carreau.formats.clouds.laz_points import (
    CompressedPoints,
    DecompressionError,
    DecompressionTimeoutError,
    decompressing,
)
from tests.fuzz.campaign import CASES

LAMBERT = np.array([735_432.123, 7_038_765.456, 54.321])


def cloud_of(path: Path, most: int = 10**6) -> Cloud:
    cloud = las.read(path, most).cloud
    assert cloud is not None
    return cloud


def write(
    path: Path,
    positions: NDArray[np.float64],
    point_format: int = 7,
    offsets: NDArray[np.float64] = LAMBERT,
    records: tuple[laspy.VLR, ...] = (),
    **columns: Any,
) -> Path:
    header = laspy.LasHeader(point_format=point_format, version="1.4" if point_format > 5 else "1.2")
    header.scales, header.offsets = np.full(3, 0.0001), np.round(offsets, -2)
    header.vlrs.extend(records)
    data = laspy.LasData(header)
    data.x, data.y, data.z = positions.T
    for name, column in columns.items():
        data[name] = column
    data.write(str(path))
    return path


@pytest.fixture
def positions() -> NDArray[np.float64]:
    return LAMBERT + np.random.default_rng(3).random((500, 3)) * [40, 30, 10]


def places(cloud: Cloud) -> NDArray[np.float64]:
    return cloud.positions.astype(np.float64) + cloud.origin


@pytest.mark.parametrize("suffix", [".las", ".laz"])
@pytest.mark.parametrize("point_format", [0, 1, 2, 3, 6, 7, 8])
def test_places_are_kept_to_a_tenth_of_a_millimetre(
    tmp_path: Path, positions: NDArray[np.float64], suffix: str, point_format: int
) -> None:
    path = write(tmp_path / f"tip{suffix}", positions, point_format)
    scan = las.read(path)
    assert scan.cloud is not None
    assert np.abs(places(scan.cloud) - positions).max() < 1e-4
    assert (scan.facts.format, scan.facts.up, scan.name) == (suffix[1:].upper(), "z", "tip")
    assert len(scan.mesh.faces) == len(scan.mesh.positions) == 0
    assert scan.cloud.count == 500
    assert scan.cloud.colors is None
    assert scan.cloud.intensity is None


@pytest.mark.parametrize(
    ("factor", "name"), [(1, "bytes in 16 bits"), (256, "bytes moved up"), (257, "full 16 bits"), (257.3, "any")]
)
def test_colours_are_bytes_however_they_are_stored(
    tmp_path: Path, positions: NDArray[np.float64], factor: float, name: str
) -> None:
    colors = np.random.default_rng(0).integers(0, 255, (500, 3))
    stored = np.minimum(colors * factor, 65535).astype(np.uint16)
    columns = dict(zip(("red", "green", "blue"), stored.T, strict=True))
    result = cloud_of(write(tmp_path / "a.las", positions, **columns)).colors
    assert result is not None
    assert np.abs(result.astype(int) - colors).max() <= (1 if factor == 257.3 else 0), name


def test_black_colours_are_missing_and_intensity_is_kept(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    intensity = np.random.default_rng(0).integers(200, 900, 500).astype(np.uint16)
    intensity[:3] = 65535
    scan = las.read(write(tmp_path / "a.las", positions, intensity=intensity))
    assert scan.cloud is not None
    assert scan.cloud.colors is None
    assert "black" in scan.facts.warnings[0]
    assert scan.cloud.intensity is not None
    assert scan.cloud.intensity.min() == 0
    assert scan.cloud.intensity.max() == 1
    assert 0.4 < np.median(scan.cloud.intensity) < 0.6


@pytest.mark.parametrize("point_format", [3, 7])
def test_withheld_noise_and_synthetic_points_are_left_out(
    tmp_path: Path, positions: NDArray[np.float64], point_format: int
) -> None:
    kinds = np.zeros(500, np.uint8)
    kinds[10:15], kinds[20:30] = 7, 18
    withheld, synthetic = np.zeros(500, np.uint8), np.zeros(500, np.uint8)
    withheld[0:4], synthetic[40:43] = 1, 1
    path = write(
        tmp_path / "a.laz", positions, point_format, classification=kinds, withheld=withheld, synthetic=synthetic
    )
    scan = las.read(path)
    assert scan.cloud is not None
    assert (len(scan.cloud.positions), scan.cloud.count) == (500 - 4 - 15 - 3, 500)
    told = " ".join(scan.facts.warnings)
    for words in ("4 points marked as withheld", "15 points classified as noise", "3 points marked as synthetic"):
        assert words in told


def test_a_cloud_that_is_all_synthetic_is_kept(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    path = write(tmp_path / "a.las", positions, synthetic=np.ones(500, np.uint8))
    assert len(cloud_of(path).positions) == 500


def geo_keys(*keys: tuple[int, int]) -> bytes:
    return struct.pack("<4H", 1, 1, 0, len(keys)) + b"".join(
        struct.pack("<4H", key, 0, 1, value) for key, value in keys
    )


@pytest.mark.parametrize(
    ("keys", "crs", "unit_m"),
    [
        (((1024, 1), (3072, 2154), (3076, 9001)), "EPSG:2154", 1.0),
        (((1024, 1), (3072, 2154)), "EPSG:2154", 1.0),
        (((1024, 1), (3072, 32767), (2048, 4326), (3074, 16031)), "EPSG:32631", 1.0),
        (((1024, 1), (3072, 32767), (2048, 4326), (3074, 16131)), "EPSG:32731", 1.0),
        (((1024, 1), (3072, 2225)), "EPSG:2225", 1200 / 3937),
        (((1024, 2), (2048, 4326)), "EPSG:4326", None),
        (((1024, 1), (3072, 32767)), "", None),
        (((3076, 9002),), "", 0.3048),
        ((), "", None),
    ],
)
def test_geotiff_keys_name_the_coordinate_system(
    keys: tuple[tuple[int, int], ...], crs: str, unit_m: float | None
) -> None:
    result = read_system((("LASF_Projection", 34735, geo_keys(*keys)),))
    assert result.crs == crs
    assert result.unit_m == (None if unit_m is None else pytest.approx(unit_m))


def test_wkt_names_the_coordinate_system(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    from pyproj import CRS

    for version in ("WKT1_GDAL", "WKT2_2019"):
        text = CRS("EPSG:2154").to_wkt(version)
        facts = las.read(write(tmp_path / "a.las", positions, records=(WktCoordinateSystemVlr(text),))).facts
        assert (facts.crs, facts.unit_m) == ("EPSG:2154", 1.0)
    own = CRS("+proj=tmerc +lat_0=50 +lon_0=3 +units=m").to_wkt("WKT1_GDAL")
    facts = las.read(write(tmp_path / "a.las", positions, records=(WktCoordinateSystemVlr(own),))).facts
    assert facts.crs.startswith("PROJCS[")
    assert facts.unit_m == 1.0


@pytest.mark.parametrize("data", [b"", b"\1", b"\1\0\1\0\0\0\xff\xff\0\0", b"\xff" * 64])
def test_broken_keys_say_nothing(data: bytes) -> None:
    assert read_system((("LASF_Projection", 34735, data),)).crs == ""


def test_wkt_that_means_nothing_is_told() -> None:
    assert "is ignored" in read_system((("LASF_Projection", 2112, b"PROJCS[broken\0"),)).warnings[0]


def test_a_large_cloud_is_thinned_while_it_is_read(
    tmp_path: Path, positions: NDArray[np.float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(las, "BATCH_POINTS", 64)
    columns: dict[str, Any] = dict.fromkeys(("red", "green", "blue"), np.full(500, 100 << 8, np.uint16))
    cloud = cloud_of(write(tmp_path / "a.laz", positions, **columns), most=100)
    assert cloud.voxel > 0
    assert len(cloud.positions) <= 100
    assert cloud.count == 500
    assert cloud.colors is not None
    assert (cloud.colors == 100).all()


def patched(data: bytes, at: int, kind: str, value: float) -> bytes:
    piece = struct.pack(kind, value)
    return data[:at] + piece + data[at + len(piece) :]


@pytest.mark.parametrize(
    ("at", "kind", "value", "words"),
    [
        (0, "<I", 0, "not a LAS file"),
        (24, "<B", 9, "version 9.4"),
        (96, "<I", 2**31, "point data cannot start at byte"),
        (96, "<I", 10, "point data cannot start at byte"),
        (100, "<I", 2**32 - 1, "after the end of the records"),
        (104, "<B", 60, "point format 60"),
        (105, "<H", 10, "Incoherent point size"),
        (105, "<H", 60000, "more than the file contains"),
        (247, "<Q", 2**60, "more than the file contains"),
        (247, "<Q", 0, "contains no points"),
        (243, "<I", 2**31, "more than the file contains"),
        (131, "<d", np.nan, "none of its points \\(500\\)"),
    ],
)
def test_headers_that_lie_are_refused(
    tmp_path: Path, positions: NDArray[np.float64], at: int, kind: str, value: float, words: str
) -> None:
    path = write(tmp_path / "a.las", positions)
    path.write_bytes(patched(path.read_bytes(), at, kind, value))
    with pytest.raises(FormatError, match=words) as caught:
        las.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [3, 100, 300, 380, 2000, -1])
@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_files_cut_short_are_refused(tmp_path: Path, positions: NDArray[np.float64], suffix: str, length: int) -> None:
    path = write(tmp_path / f"a{suffix}", positions)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FormatError):
        las.read(path)


def test_tables_of_packed_pieces_that_lie_are_refused(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    """The unpacker would allocate what they claim."""
    path = write(tmp_path / "a.laz", positions)
    data = path.read_bytes()
    start = struct.unpack_from("<I", data, 96)[0]
    table = struct.unpack_from("<Q", data, start)[0]
    lies = {
        "cannot start at byte": patched(data, start, "<Q", 2**40),
        "declares 4,294,967,295 chunks": patched(data, table + 4, "<I", 2**32 - 1),
        "its layers declare": patched(data, start + 8 + 36 + 4, "<I", 2**32 - 1),
        "declares 60,000 points but": patched(data, 247, "<Q", 60_000),
    }
    for words, lie in lies.items():
        path.write_bytes(lie)
        with pytest.raises(FormatError, match=words):
            las.read(path)


def with_chunks_of(data: bytes, count: int) -> bytes:
    """Return a LAZ file that declares chunks of so many points, which is what lazrs allocates."""
    return patched(data, data.index(b"laszip encoded") + 52 + 12, "<I", count)


@pytest.mark.parametrize("point_format", [2, 7])
@pytest.mark.parametrize("count", [2_147_533_648, 268_485_456, 0xFFFFFFFE])
def test_a_chunk_that_claims_gigabytes_is_refused_before_anything_is_allocated(
    tmp_path: Path, positions: NDArray[np.float64], point_format: int, count: int
) -> None:
    path = write(tmp_path / "a.laz", positions, point_format)
    path.write_bytes(with_chunks_of(path.read_bytes(), count))
    with pytest.raises(FormatError, match=f"chunk 1 of 1: it declares {count:,} points"):
        las.read(path)


@pytest.mark.parametrize("point_format", [2, 7])
def test_a_chunk_larger_than_what_is_decompressed_at_once_is_read_point_by_point(
    tmp_path: Path, positions: NDArray[np.float64], point_format: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.laz", positions, point_format)
    expected = places(cloud_of(path))
    path.write_bytes(with_chunks_of(path.read_bytes(), 500))
    for module in (las, las):
        monkeypatch.setattr(module, "MOST_CHUNK_BYTES", 1000)
    ways = []

    def noted(points: CompressedPoints, batch: int) -> Any:
        ways.append(points.is_parallel)
        return decompressing(points, batch)

    monkeypatch.setattr(las, "decompressing", noted)
    assert np.array_equal(places(cloud_of(path)), expected)
    assert ways == [False]


def test_a_decoder_that_is_ended_is_an_error_and_nothing_more(
    tmp_path: Path, positions: NDArray[np.float64], capfd: pytest.CaptureFixture[str]
) -> None:
    """lazrs aborts for 55 GB, which the checks of the header refuse; here they are left out."""
    path = write(tmp_path / "a.laz", positions, 2)
    path.write_bytes(with_chunks_of(path.read_bytes(), 2_147_533_648))
    header = las.read_header(path)
    points = CompressedPoints(path, header.start, header.compression, header.point_bytes, header.count, 0, True)
    with (
        pytest.raises(DecompressionError, match="the decoder stopped"),
        decompressing(points, 300) as batches,
    ):
        list(batches)
    assert capfd.readouterr() == ("", "")


def test_a_panic_of_the_decoder_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = CASES / "laz-6-points" / "27c0fa9ed0.laz"
    with pytest.raises(FormatError, match=r"point 0 of 300: the points cannot be decompressed \(index out of bounds"):
        las.read(path)
    assert capfd.readouterr() == ("", "")


def test_a_decoder_that_hangs_is_ended(
    tmp_path: Path, positions: NDArray[np.float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child waits for ever for a pipe that nobody writes into."""
    header = las.read_header(write(tmp_path / "a.laz", positions, 2))
    os.mkfifo(tmp_path / "pipe.laz")
    points = CompressedPoints(
        tmp_path / "pipe.laz", header.start, header.compression, header.point_bytes, header.count, 0, True
    )
    monkeypatch.setattr(laz_points, "START_S", 0.5)
    started = time.monotonic()
    with pytest.raises(DecompressionTimeoutError), decompressing(points, 300) as batches:
        list(batches)
    assert 0.5 < time.monotonic() - started < 20


def test_a_decoder_that_hangs_between_two_batches_is_one_line(
    tmp_path: Path, positions: NDArray[np.float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time grows with the points that are claimed, here 10 of a batch and 500 of a chunk."""
    path = write(tmp_path / "a.laz", positions, 2)
    header = las.read_header(path)
    child = tmp_path / "child"
    child.write_text(f"#!/bin/sh\nhead -c {10 * header.point_bytes} /dev/zero\nexec sleep 600\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    monkeypatch.setattr(laz_points, "START_S", 0.9)
    monkeypatch.setattr(laz_points, "POINT_S", 0.004)
    monkeypatch.setattr(las, "BATCH_POINTS", 10)
    with pytest.raises(FormatError) as caught:
        las.read(path)
    assert str(caught.value).startswith(
        f"{path}, point 10 of 500: the decoder gave no points within 3 s, and was ended; "
    )


def test_time_between_batches_does_not_count(
    tmp_path: Path, positions: NDArray[np.float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.laz", positions, 2)
    header = las.read_header(path)
    points = CompressedPoints(path, header.start, header.compression, header.point_bytes, header.count, 0, True)
    monkeypatch.setattr(laz_points, "START_S", 20.0)
    with decompressing(points, 100) as batches:
        first = next(batches)
        monkeypatch.setattr(laz_points, "START_S", 0.2)
        time.sleep(0.5)
        assert len(first) + sum(map(len, batches)) == 500 * header.point_bytes


def test_nothing_is_fetched(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    """A path that looks like an address is a file's name, or nothing."""
    with pytest.raises(OSError, match="No such file"):
        las.read(Path("https://example.org/a.copc.laz"))
