"""Text points are understood whatever the separators, and a line that is unlike the others is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.errors import FormatError, ScanError
from carreau.base.model import Cloud
from carreau.formats.clouds import xyz
from carreau.formats.registry import sniff

EAST = 652_431.127


def read(tmp_path: Path, name: str, text: str) -> Cloud:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert sniff(tmp_path / name).name == "xyz"
    cloud = xyz.read(tmp_path / name).cloud
    assert cloud is not None
    return cloud


def places(cloud: Cloud) -> NDArray[np.float64]:
    return cloud.positions + cloud.origin


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.xyz", f"{EAST} 2 3\n{EAST + 1} 5 6\n"),
        ("a.xyz", f"# exported\n\n{EAST} 2 3 // here\n  {EAST + 1}\t5\t6"),
        ("a.txt", f"{EAST},2,3\r\n{EAST + 1},5,6\r\n"),
        ("a.csv", f"x,y,z\n{EAST},2,3\n{EAST + 1},5,6\n"),
        (
            "a.csv",
            f"Z;North;East\n3;2;{EAST}\n6;5;{EAST + 1}\n".replace("North", "northing").replace("East", "easting"),
        ),
        ("a.csv", f"{EAST};2;3\n{EAST + 1};5;6\n".replace(".", ",")),
        ("a.asc", f"{EAST} 2,0 3\n{EAST + 1} 5 6\n".replace(".", ",")),
        ("a.asc", f"//X Y Z\n{EAST} 2 3\n{EAST + 1} 5 6\n"),
        ("a.pts", f"2\n{EAST} 2 3\n{EAST + 1} 5 6\n"),
        ("a.pts", f"1\n{EAST} 2 3\n1\n{EAST + 1} 5 6\n"),
        ("a.xyz", f"\ufeff{EAST} 2 3\n{EAST + 1} 5 6\n"),
        ("a.xyz", f"{EAST}, 2, 3\n{EAST + 1}, 5, 6\n"),
    ],
)
def test_rows_are_read_however_they_are_separated(tmp_path: Path, name: str, text: str) -> None:
    cloud = read(tmp_path, name, text)
    assert np.abs(places(cloud) - [[EAST, 2, 3], [EAST + 1, 5, 6]]).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "row", "looks"),
    [
        ("a.xyz", "1 2 3 10 20 30", "colours"),
        ("a.xyz", "1 2 3 0.6 0 0.8", "normals"),
        ("a.xyz", "1 2 3 0.5 0.25 0.125", "colours"),
        ("a.pts", "1 2 3 -1200", "intensity"),
        ("a.pts", "1 2 3 -1200 10 20 30", "intensity, colours"),
        ("a.pts", "1 2 3 17 10 20 30", "intensity, colours"),
        ("a.xyz", "1 2 3 10 20 30 0.6 0 0.8", "colours, normals"),
        ("a.xyz", "1 2 3 0.6 0 0.8 10 20 30", "colours, normals"),
        ("a.csv", "1 2 3 7 0.6 0 0.8 10 20 30", "intensity, colours, normals"),
    ],
)
def test_columns_are_known_by_their_numbers(tmp_path: Path, name: str, row: str, looks: str) -> None:
    second = row.replace("1 2 3", "4 5 6").replace("-1200", "800").replace(" 17 ", " 18 ").replace(" 7 ", " 8 ")
    path = tmp_path / name
    path.write_text(f"{row}\n{second}\n")
    scan = xyz.read(path)
    assert scan.facts.detail == f"text, x y z, {looks}"
    assert scan.facts.format == name[-3:].upper()
    cloud = scan.cloud
    assert cloud is not None
    if "10 20 30" in row:
        assert cloud.colors is not None
        assert cloud.colors.tolist() == [[10, 20, 30]] * 2
    if "0.125" in row:
        assert cloud.colors is not None
        assert cloud.colors.tolist() == [[128, 64, 32]] * 2
    if "normals" in looks:
        assert cloud.normals is not None
        assert np.allclose(cloud.normals, [0.6, 0, 0.8])
    if "intensity" in looks:
        assert cloud.intensity is not None
        assert cloud.intensity.tolist() == [0, 1]


def test_names_say_what_columns_are(tmp_path: Path) -> None:
    cloud = read(tmp_path, "a.csv", "id;X;Y;Z;Blue;Green;Red\n1;1,5;2;3;30;20;10\n2;4,5;5;6;30;20;10\n")
    assert cloud.positions.tolist() == [[1.5, 2, 3], [4.5, 5, 6]]
    assert cloud.colors is not None
    assert cloud.colors.tolist() == [[10, 20, 30]] * 2


def test_what_is_no_number_is_dropped_or_named(tmp_path: Path) -> None:
    cloud = read(tmp_path, "a.xyz", "1 2 3\nnan 2 3\n4 5 inf\n4 5 6\n")
    assert (len(cloud.positions), cloud.count) == (2, 4)
    (tmp_path / "b.xyz").write_text("1 2 3\n4 five 6\n")
    with pytest.raises(FormatError, match="line 2: 'five' is not a number"):
        xyz.read(tmp_path / "b.xyz")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.xyz", "1 2 3\n4 5\n", "line 2: it has 2 numbers, but other lines have 3"),
        ("a.xyz", "1 2 3\n4 5 6 7\n", "line 2: it has 4 numbers"),
        ("a.xyz", "1 2 3\n4\n", "line 2: it has 1 number, but"),
        ("a.pts", "3\n1 2 3\n4 5 6\n", "declares 3 points but contains 2"),
        ("a.pts", "99999999999999\n1 2 3\n4 5 6\n", "declares 99,999,999,999,999 points"),
        ("a.pts", "hello\n", "does not start with a row"),
        ("a.xyz", "# nothing\n", "does not start with a row"),
        ("a.asc", "ncols 4\nnrows 4\n1 2 3 4\n", "an elevation grid"),
    ],
)
def test_lines_unlike_the_others_are_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=words) as caught:
        xyz.read(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["Dear reader,\n", "", "a b c\n", "1\n", "a,b,c\n1,2\n"])
def test_other_texts_are_no_points(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ScanError):
        sniff(tmp_path / "a.txt")


def test_a_long_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carreau.formats.rows.CHUNK_BYTES", 1000)
    rows = np.round(np.random.default_rng(0).random((2000, 3)) * 100, 4)
    text = "2000\n" + "\n".join(" ".join(map(repr, row)) for row in rows.tolist())
    cloud = read(tmp_path, "a.pts", text)
    assert np.abs(places(cloud) - rows).max() < 1e-5
