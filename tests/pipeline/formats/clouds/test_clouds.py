"""Every format of points gives the same points, and whatever bytes arrive the answer is a scan or a ScanError."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np
import pye57
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from carreau.base.errors import FormatError, ScanError
from carreau.base.model import Cloud, Scan
from carreau.formats.clouds.cloud import Batch, CloudBuilder
from carreau.models.stages.read import read

Places = NDArray[np.float64]
Colors = NDArray[np.uint8]
Writer = Callable[[Path, Places, Colors], None]

fuzz = settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def write_las(path: Path, places: Places, colors: Colors) -> None:
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = np.full(3, 1e-5), np.round(places.mean(axis=0))
    data = laspy.LasData(header)
    data.x, data.y, data.z = places.T
    data.red, data.green, data.blue = colors.T.astype(np.uint16) << 8
    data.write(str(path))


def write_e57(path: Path, places: Places, colors: Colors) -> None:
    middle = np.round(places.mean(axis=0))
    columns = {f"cartesian{axis}": (places - middle)[:, number].copy() for number, axis in enumerate("XYZ")}
    columns |= {f"color{name}": colors[:, number].astype(int) for number, name in enumerate(("Red", "Green", "Blue"))}
    file = pye57.E57(str(path), "w")
    file.write_scan_raw(columns, rotation=np.array([1.0, 0, 0, 0]), translation=middle)
    file.close()


def rows_of(places: Places, colors: Colors) -> NDArray[np.void]:
    kinds = [*((axis, "<f8") for axis in "xyz"), *((name, "u1") for name in ("red", "green", "blue"))]
    rows = np.zeros(len(places), kinds)
    for number, (axis, name) in enumerate(zip("xyz", ("red", "green", "blue"), strict=True)):
        rows[axis], rows[name] = places[:, number], colors[:, number]
    return rows


def write_ply(path: Path, places: Places, colors: Colors) -> None:
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(places)}\n"
    head += "".join(f"property double {axis}\n" for axis in "xyz")
    head += "".join(f"property uchar {name}\n" for name in ("red", "green", "blue")) + "end_header\n"
    path.write_bytes(head.encode() + rows_of(places, colors).tobytes())


def write_ply_text(path: Path, places: Places, colors: Colors) -> None:
    head = f"ply\nformat ascii 1.0\nelement vertex {len(places)}\n"
    head += "".join(f"property double {axis}\n" for axis in "xyz")
    head += "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
    path.write_text(f"{head}element face 0\nproperty list uchar int vertex_indices\nend_header\n{text(places, colors)}")


def write_pcd(path: Path, places: Places, colors: Colors) -> None:
    head = "# .PCD v0.7\nFIELDS x y z red green blue\nSIZE 8 8 8 1 1 1\nTYPE F F F U U U\nCOUNT 1 1 1 1 1 1\n"
    head += f"WIDTH {len(places)}\nHEIGHT 1\nPOINTS {len(places)}\nDATA binary\n"
    path.write_bytes(head.encode() + rows_of(places, colors).tobytes())


def write_xyz(path: Path, places: Places, colors: Colors) -> None:
    path.write_text(text(places, colors))


def write_pts(path: Path, places: Places, colors: Colors) -> None:
    path.write_text(f"{len(places)}\n{text(places, colors)}")


def text(places: Places, colors: Colors) -> str:
    rows = zip(places.tolist(), colors.tolist(), strict=True)
    return "".join(" ".join(map(repr, [*place, *color])) + "\n" for place, color in rows)


WRITERS: dict[str, Writer] = {
    "a.las": write_las,
    "a.laz": write_las,
    "a.e57": write_e57,
    "binary.ply": write_ply,
    "text.ply": write_ply_text,
    "a.pcd": write_pcd,
    "a.xyz": write_xyz,
    "a.pts": write_pts,
}
LAMBERT = np.array([735_432.125, 7_038_765.5, 54.25])


def sample(count: int = 300) -> tuple[Places, Colors]:
    """Points of national coordinates, a hundred metres wide."""
    random = np.random.default_rng(4)
    return LAMBERT + random.random((count, 3)) * [100, 80, 20], random.integers(0, 256, (count, 3)).astype(np.uint8)


def cloud_of(path: Path) -> Cloud:
    cloud = read(path).cloud
    assert cloud is not None
    return cloud


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_points_to_the_hundredth_of_a_millimetre(tmp_path: Path, name: str) -> None:
    places, colors = sample()
    WRITERS[name](tmp_path / name, places, colors)
    cloud = cloud_of(tmp_path / name)
    assert np.abs(cloud.positions + cloud.origin - places).max() < 1.3e-5
    assert cloud.colors is not None
    assert np.array_equal(cloud.colors, colors)
    assert cloud.count == 300
    assert cloud.voxel == 0


@pytest.mark.parametrize("name", WRITERS)
def test_the_content_tells_the_format(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name, *sample())
    other = tmp_path / ("renamed.dat" if not name.endswith(("xyz", "pts")) else "renamed.TXT")
    (tmp_path / name).rename(other)
    assert len(cloud_of(other).positions) == 300


@pytest.mark.parametrize("name", [name for name in WRITERS if "e57" not in name])
def test_claims_of_a_header_allocate_nothing(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name, *sample())
    data = (tmp_path / name).read_bytes()
    if name.endswith((".las", ".laz")):
        data = data[:247] + struct.pack("<Q", 10**14) + data[255:]
    else:
        data = data.replace(b"300\n", b"99999999999999\n")
    (tmp_path / name).write_bytes(data)
    if name == "a.xyz":
        assert len(cloud_of(tmp_path / name).positions) == 300
        return
    with pytest.raises(FormatError):
        read(tmp_path / name)


def test_a_stray_at_zero_costs_no_millimetre(tmp_path: Path) -> None:
    places, colors = sample(3000)
    places[5] = 0
    write_xyz(tmp_path / "a.xyz", places, colors)
    cloud = cloud_of(tmp_path / "a.xyz")
    kept = np.arange(3000) != 5
    assert np.abs(cloud.positions[kept] + cloud.origin - places[kept]).max() < 1e-5


def test_points_without_colour_among_coloured_ones_are_grey() -> None:
    builder = CloudBuilder(Path("a"), colors=True, normals=True)
    builder.add(Batch(np.zeros((2, 3)), np.full((2, 3), 200, np.uint8), None, np.eye(3)[:2]))
    builder.add(Batch(np.ones((1, 3))), dropped=4)
    cloud = builder.finish()
    assert cloud.colors is not None
    assert cloud.colors[:, 0].tolist() == [200, 200, 128]
    assert cloud.normals is not None
    assert cloud.normals.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert cloud.count == 7
    assert builder.warnings == ["1 point has no colour and is shown in grey"]


def test_intensity_that_says_nothing_is_left_out() -> None:
    builder = CloudBuilder(Path("a"), intensity=True)
    builder.add(Batch(np.eye(3), intensity=np.full(3, 7.0)))
    assert builder.finish().intensity is None


def answer(path: Path, data: bytes) -> Scan | None:
    """Return the scan, or None for a ScanError on one line."""
    path.write_bytes(data)
    try:
        scan = read(path)
    except ScanError as error:
        told = str(error)
    else:
        check(scan.cloud)
        return scan
    assert "\n" not in told
    return None


def check(cloud: Cloud | None) -> None:
    """Say whether a cloud is one."""
    if cloud is not None:
        assert 0 < len(cloud.positions) <= cloud.count
        assert np.isfinite(cloud.positions).all()
        for column in (cloud.colors, cloud.intensity, cloud.normals, cloud.station_of):
            assert column is None or len(column) == len(cloud.positions)


edits = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["set", "cut", "drop", "double"]), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=6,
)


def edited(data: bytes, changes: list[tuple[float, str, bytes]], near: int) -> bytes:
    """Change a file where its header is, mostly."""
    for place, what, piece in changes:
        at = int(place * min(near, len(data)))
        if what == "set":
            data = data[:at] + piece + data[at + len(piece) :]
        elif what == "cut" and at > 40:
            data = data[:at]
        elif what == "drop":
            data = data[:at] + data[at + len(piece) :]
        elif what == "double":
            data = data[:at] + data[at : at + 16] + data[at:]
    return data


WORDS = ("1", "2.5", "-3e5", "nan", "1e999", "x", "#", "//", ",", ";", "7", "255", "FIELDS", "DATA", "ascii")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("clouds")
    for name, write in WRITERS.items():
        write(folder / name, *sample(60))
    return {name: (folder / name).read_bytes() for name in WRITERS}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("near", [450, 10**6])
@given(changes=edits)
@fuzz
def test_changed_files_are_read_or_refused(
    tmp_path: Path, originals: dict[str, bytes], name: str, near: int, changes: list[tuple[float, str, bytes]]
) -> None:
    answer(tmp_path / name, edited(originals[name], changes, near))


@pytest.mark.parametrize("name", ["a.xyz", "a.pts", "a.csv", "a.pcd"])
@given(
    lines=st.lists(
        st.lists(st.sampled_from(WORDS), max_size=7),
        max_size=9,
    ),
    separator=st.sampled_from([" ", ",", ";", "\t"]),
)
@fuzz
def test_any_text_is_read_or_refused(tmp_path: Path, name: str, lines: list[list[str]], separator: str) -> None:
    answer(tmp_path / name, "\n".join(separator.join(line) for line in lines).encode())


@pytest.mark.parametrize("start", [b"LASF", b"ASTM-E57", b"# .PCD", b""])
@given(rest=st.binary(max_size=600))
@fuzz
def test_any_bytes_are_read_or_refused(tmp_path: Path, start: bytes, rest: bytes) -> None:
    answer(tmp_path / "a.pts", start + rest)
