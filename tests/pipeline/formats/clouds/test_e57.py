"""E57 files bring their scans together by their poses, without what is flagged invalid."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pye57
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pye57 import libe57

from carreau.base.errors import FormatError
from carreau.formats.clouds import e57

QUARTER = np.array([np.sqrt(0.5), 0, 0, np.sqrt(0.5)])
"""A quarter turn about Z, as w, x, y, z."""


def columns_of(positions: NDArray[np.float64], **more: Any) -> dict[str, Any]:
    return {f"cartesian{axis}": positions[:, number].copy() for number, axis in enumerate("XYZ")} | more


def write(path: Path, *scans: tuple[dict[str, Any], Any, Any]) -> Path:
    file = pye57.E57(str(path), "w")
    for number, (columns, rotation, translation) in enumerate(scans):
        file.write_scan_raw(columns, name=f"scan {number}", rotation=rotation, translation=translation)
    file.close()
    return path


@pytest.fixture
def positions() -> NDArray[np.float64]:
    return (np.random.default_rng(1).random((300, 3)).astype(np.float32) * 8).astype(np.float64)


def test_scans_are_placed_by_their_poses(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    far = np.array([650_000.25, 6_860_000.5, 80.0])
    still = np.array([1.0, 0, 0, 0])
    path = write(
        tmp_path / "hall.e57",
        (columns_of(positions), still, far),
        (columns_of(positions), QUARTER, far + np.array([5.0, 0, 0])),
    )
    scan = e57.read(path)
    cloud = scan.cloud
    assert cloud is not None
    places = cloud.positions + cloud.origin
    turned = np.column_stack([-positions[:, 1], positions[:, 0], positions[:, 2]])
    assert np.abs(places[:300] - (positions + far)).max() < 1e-5
    assert np.abs(places[300:] - (turned + far + np.array([5.0, 0, 0]))).max() < 1e-5
    assert np.allclose(cloud.stations + cloud.origin, [far, far + np.array([5.0, 0, 0])], atol=1e-5)
    assert cloud.station_of is not None
    assert cloud.station_of.tolist() == [0] * 300 + [1] * 300
    assert (scan.facts.format, scan.facts.unit_m, scan.facts.up) == ("E57", 1.0, "z")
    assert scan.facts.parts == ("scan 0", "scan 1")


def test_looks_are_read_and_invalid_points_left_out(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    random = np.random.default_rng(2)
    colors = random.integers(0, 256, (300, 3))
    invalid = (np.arange(300) % 10 == 0).astype(np.int8)
    columns = columns_of(positions, intensity=random.random(300), cartesianInvalidState=invalid)
    columns |= dict(zip(("colorRed", "colorGreen", "colorBlue"), colors.T, strict=True))
    scan = e57.read(write(tmp_path / "a.e57", (columns, np.array([1.0, 0, 0, 0]), np.zeros(3))))
    cloud = scan.cloud
    assert cloud is not None
    assert (cloud.count, len(cloud.positions)) == (300, 270)
    assert "30 points flagged as invalid" in scan.facts.warnings[0]
    assert cloud.colors is not None
    assert np.array_equal(cloud.colors, colors[invalid == 0])
    assert cloud.intensity is not None
    assert len(cloud.stations) == 0, "a scan that is neither moved nor structured may be a merged one"


def test_a_structured_scan_stands_at_its_origin(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    grid = {"rowIndex": np.arange(300) // 20, "columnIndex": np.arange(300) % 20}
    cloud = e57.read(
        write(tmp_path / "a.e57", (columns_of(positions, **grid), np.array([1.0, 0, 0, 0]), np.zeros(3)))
    ).cloud
    assert cloud is not None
    assert cloud.stations.tolist() == [[0, 0, 0]]


def make_by_hand(path: Path, fields: dict[str, NDArray[Any]], limits: float = 255) -> Path:
    """Write one scan with any fields, which `write_scan_raw` does not know; with one embedded image."""
    file = pye57.E57(str(path), "w")
    image, count = file.image_file, len(next(iter(fields.values())))
    if any(name.startswith("nor:") for name in fields):
        image.extensionsAdd("nor", "http://www.libe57.org/E57_NOR_surface_normals.txt")
    prototype, buffers = libe57.StructureNode(image), libe57.VectorSourceDestBuffer()
    for name, column in fields.items():
        whole = name.startswith("color")
        node = libe57.IntegerNode(image, 0, 0, int(limits)) if whole else libe57.FloatNode(image, 0.0)
        prototype.set(name, node)
        fields[name] = column = column.astype(np.uint16 if whole else np.float64)
        buffers.append(libe57.SourceDestBuffer(image, name, column, count, True, True))
    scan, points = (
        libe57.StructureNode(image),
        libe57.CompressedVectorNode(image, prototype, libe57.VectorNode(image, True)),
    )
    scan.set("guid", libe57.StringNode(image, "{1}"))
    scan.set("points", points)
    file.data3d.append(scan)
    picture = libe57.StructureNode(image)
    picture.set("name", libe57.StringNode(image, "north side"))
    picture.set("pinholeRepresentation", libe57.StructureNode(image))
    file.root["images2D"].append(picture)
    writer = points.writer(buffers)
    writer.write(count)
    writer.close()
    file.close()
    return path


def test_spherical_coordinates_normals_and_wide_colours(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    reach = np.linalg.norm(positions, axis=1)
    colors = np.random.default_rng(0).integers(0, 256, (300, 3))
    fields = {
        "sphericalRange": reach,
        "sphericalAzimuth": np.arctan2(positions[:, 1], positions[:, 0]),
        "sphericalElevation": np.arcsin(positions[:, 2] / reach),
        **dict(zip(("colorRed", "colorGreen", "colorBlue"), (colors * 257).T, strict=True)),
        **{f"nor:normal{axis}": np.full(300, float(axis == "Y")) for axis in "XYZ"},
    }
    scan = e57.read(make_by_hand(tmp_path / "a.e57", fields, 65535))
    cloud = scan.cloud
    assert cloud is not None
    assert np.abs(cloud.positions - positions).max() < 1e-5
    assert cloud.colors is not None
    assert np.array_equal(cloud.colors, colors)
    assert cloud.normals is not None
    assert (cloud.normals == [0, 1, 0]).all()
    assert cloud.stations.tolist() == [[0, 0, 0]]
    assert "1 embedded image: north side (pinhole)" in scan.facts.detail


def test_scans_are_read_in_batches_and_thinned(
    tmp_path: Path, positions: NDArray[np.float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(e57, "BATCH_POINTS", 64)
    still = np.array([1.0, 0, 0, 0])
    scans = [(columns_of(positions), still, np.array([30.0 * number, 0, 0])) for number in range(1, 4)]
    path = write(tmp_path / "a.e57", *scans)
    whole, thinned = e57.read(path).cloud, e57.read(path, 100).cloud
    assert whole is not None
    assert thinned is not None
    expected = np.concatenate([positions + np.array([30.0 * number, 0, 0]) for number in range(1, 4)])
    assert np.abs(whole.positions + whole.origin - expected).max() < 1e-5
    assert thinned.voxel > 0
    assert len(thinned.positions) <= 100
    assert thinned.station_of is not None
    nearest = np.floor((thinned.positions[:, 0] + thinned.origin[0]) / 30).astype(int) - 1
    assert (thinned.station_of == nearest).mean() > 0.9


def test_points_without_coordinates_are_refused(tmp_path: Path) -> None:
    path = make_by_hand(tmp_path / "a.e57", {"intensity": np.zeros(3)})
    with pytest.raises(FormatError, match="scan 1 of 1: its points have no coordinates"):
        e57.read(path)


def test_a_file_without_scans_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="none of its scans contains points"):
        e57.read(write(tmp_path / "a.e57"))


@pytest.mark.parametrize("length", [8, 48, 1024, 5000, -1024])
def test_files_cut_short_are_refused(tmp_path: Path, positions: NDArray[np.float64], length: int) -> None:
    path = write(tmp_path / "a.e57", (columns_of(positions), np.array([1.0, 0, 0, 0]), np.zeros(3)))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FormatError) as caught:
        e57.read(path)
    assert "\n" not in str(caught.value)


def crc_table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [(value >> 1) ^ (0x82F63B78 if value & 1 else 0) for value in table]
    return table


def checksummed(logical: bytes) -> bytes:
    """Return pages of 1020 bytes with their checksums (CRC-32C, big endian), and the file's length in the first."""
    logical += b"\0" * (-len(logical) % 1020)
    logical = logical[:16] + struct.pack("<Q", len(logical) // 1020 * 1024) + logical[24:]
    table, out = crc_table(), bytearray()
    for at in range(0, len(logical), 1020):
        value, page = 0xFFFFFFFF, logical[at : at + 1020]
        for byte in page:
            value = table[(value ^ byte) & 255] ^ (value >> 8)
        out += page + (value ^ 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(out)


def with_xml(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the XML of a file, and make its checksums right again."""
    logical = b"".join(data[at : at + 1020] for at in range(0, len(data), 1024))
    offset, length = struct.unpack_from("<QQ", data, 24)
    start = offset // 1024 * 1020 + offset % 1024
    text = change(logical[start : start + length])
    return checksummed(logical[:32] + struct.pack("<Q", len(text)) + logical[40:start] + text)


@pytest.fixture
def small(tmp_path: Path, positions: NDArray[np.float64]) -> bytes:
    columns = columns_of(positions[:40], intensity=np.arange(40.0))
    return write(tmp_path / "small.e57", (columns, QUARTER, np.ones(3))).read_bytes()


@pytest.mark.parametrize(
    ("insert", "words"),
    [
        (b'<a type="Structure">' * 100 + b"</a>" * 100, "too many XML elements"),
        (b'<a type="Vector">' + b'<b type="Integer">1</b>' * 9000 + b"</a>", "too many XML elements"),
        (b"<a>", "not well formed"),
        (b"", ""),
    ],
)
def test_xml_of_no_real_shape_is_refused(tmp_path: Path, small: bytes, insert: bytes, words: str) -> None:
    data = with_xml(small, lambda text: text.replace(b"</e57Root>", insert + b"</e57Root>"))
    (tmp_path / "a.e57").write_bytes(data)
    if not words:
        assert e57.read(tmp_path / "a.e57").cloud is not None
        return
    with pytest.raises(FormatError, match=words):
        e57.read(tmp_path / "a.e57")


def test_xml_that_names_other_files_is_refused(tmp_path: Path, small: bytes) -> None:
    kind = b'<!DOCTYPE e57Root [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    (tmp_path / "a.e57").write_bytes(with_xml(small, lambda text: text.replace(b"<e57Root", kind + b"<e57Root", 1)))
    with pytest.raises(FormatError, match="document type"):
        e57.read(tmp_path / "a.e57")


NUMBER = re.compile(rb'(?<=[">])-?\d[\d.e+-]*(?=["<])')


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([b"0", b"-1", b"99999999999999", b"1e300", b"nan", b"x", b""])),
        min_size=1,
        max_size=3,
    )
)
def test_changed_numbers_are_read_or_refused(tmp_path: Path, small: bytes, edits: list[tuple[float, bytes]]) -> None:
    """The checksums are right: only the library and what we ask of it stand between these numbers and memory."""

    def change(text: bytes) -> bytes:
        for place, number in edits:
            spans = [match.span() for match in NUMBER.finditer(text)]
            first, last = spans[int(place * (len(spans) - 1))]
            text = text[:first] + number + text[last:]
        return text

    (tmp_path / "a.e57").write_bytes(with_xml(small, change))
    try:
        cloud = e57.read(tmp_path / "a.e57").cloud
    except FormatError as error:
        told = str(error)
    else:
        told = ""
        assert cloud is not None
        assert np.isfinite(cloud.positions).all()
    assert "\n" not in told


def test_a_broken_checksum_is_refused(tmp_path: Path, positions: NDArray[np.float64]) -> None:
    path = write(tmp_path / "a.e57", (columns_of(positions), np.array([1.0, 0, 0, 0]), np.zeros(3)))
    data = bytearray(path.read_bytes())
    data[1500] ^= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match="checksum"):
        e57.read(path)
