"""What a team says in scan.toml is taken as said, or refused with file, line, key, cause and cure."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.base.errors import ScanError
from carreau.formats.location.crs import PlacementMetadata
from carreau.formats.location.scan_toml import notes_file, read_notes, template

EVERYTHING = """\
name = "Fosse Arenberg"
source = "photographs of June"
licence = "CC-BY-4.0"
credit = "Somebody"
unit = "mm"
up = "-y"
epsg = "2154+5720"
offset = [722000, 7030000.5, -3]

[height]
metres = 38.5
between = [[0, 0, 0], [0, 0, 12.5]]

[crop]
min = [-1, -2, -3]
max = [4, 5, 6]

[ground]
point = [1, 2, 3]
normal = [0, 0, 2]
"""


def notes(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_read(tmp_path: Path) -> None:
    content = read_notes(notes(tmp_path, EVERYTHING))
    assert (content.name, content.source, content.licence, content.credit) == (
        "Fosse Arenberg", "photographs of June", "CC-BY-4.0", "Somebody",
    )  # fmt: skip
    metadata = content.placement
    assert (metadata.source, metadata.unit, metadata.up, metadata.crs) == ("scan.toml", "mm", "-y", "EPSG:2154+5720")
    assert metadata.offset == (722000.0, 7030000.5, -3.0)
    assert (metadata.height_m, metadata.height_between) == (38.5, ((0, 0, 0), (0, 0, 12.5)))
    assert metadata.crop == ((-1, -2, -3), (4, 5, 6))
    assert metadata.ground == (1, 2, 3, 0, 0, 2)


def test_nothing_said_is_nothing(tmp_path: Path) -> None:
    metadata = read_notes(notes(tmp_path, "")).placement
    assert metadata == PlacementMetadata("scan.toml")


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ('ground = "auto"', ()),
        ("ground.point = [1, 2, 3]", (1, 2, 3)),
        ("[ground]\npoints = [[0,0,0],[1,0,0],[0,1,0]]", (0, 0, 0, 1, 0, 0, 0, 1, 0)),
    ],
)
def test_the_ground_is_said_in_many_ways(tmp_path: Path, text: str, ground: tuple[float, ...]) -> None:
    assert read_notes(notes(tmp_path, text)).placement.ground == ground


def test_a_crop_may_be_open(tmp_path: Path) -> None:
    crop = read_notes(notes(tmp_path, "[crop]\nmin = [0, 0, 0]")).placement.crop
    assert crop == ((0, 0, 0), (math.inf,) * 3)


@pytest.mark.parametrize(
    ("text", "place", "cause"),
    [
        ("name = 'a'\nunits = 'm'", "line 2, units", "did you mean 'unit'"),
        ("unit = 'parsec'", "line 1, unit", "'parsec' is not allowed; use one of auto, m,"),
        ("\n\nup = 'north'", "line 3, up", "use one of auto, x, y, z"),
        ("epsg = 99999999", "line 1, epsg", "unknown to PROJ"),
        ("epsg = 5720", "line 1, epsg", "Vertical CRS"),
        ("epsg = true", "line 1, epsg", "not an EPSG code"),
        ("epsg = '+proj=longlat +nadgrids=/etc/passwd'", "line 1, epsg", "which is not read"),
        ("offset = [1, 2]", "line 1, offset", r"write \[x, y, z\]"),
        ("offset = [1, 2, nan]", "line 1, offset", "not three numbers"),
        ("offset = [1, 2, true]", "line 1, offset", "not three numbers"),
        (f"offset = [1, 2, 1{'0' * 400}]", "line 1, offset", "not three numbers"),
        ("height = 3", "line 1, height", r"write \[height\]"),
        ("# height\n[height]\nmetres = -1", "line 3, height.metres", "greater than zero"),
        ("[height]\nbetween = [[0,0,0],[1,1,1]]", "line 1, height", "metres is missing"),
        ("[height]\nmetres = 1\nbetween = [[0,0,0]]", "line 3, height.between", "not a list of 2 points"),
        ("[height]\nmetres = 1\nbetween = [[0,0,0],[0,0,0]]", "line 3, height.between", "identical"),
        ("[crop]\nmin = [1,1,1]\nmax = [2,2,1]", "line 1, crop", "must be greater than min"),
        ("[crop]", "line 1, crop", "neither min nor max"),
        ("[crop]\nlow = [1,1,1]", "line 2, crop.low", "unknown"),
        ("ground = 'there'", "line 1, ground", "neither"),
        ("[ground]\nnormal = [0,0,1]", "line 1, ground", "neither a point and a normal nor three points"),
        ("[ground]\npoint = [0,0,0]\nnormal = [0,0,0]", "line 3, ground.normal", "zero length"),
        ("[ground]\npoints = [[0,0,0],[1,1,1],[2,2,2]]", "line 2, ground.points", "one line"),
        ("name = 3", "line 1, name", "quotes"),
        ("name = ", "line 1, column 8", "there is no value after '='"),
        ("a = 1\na = 2\n", "line 2, column 1", "the key 'a' is already in line 1"),
        ("x = " + "[" * 4000, "", "nested too deeply"),
        ("epsg = 1" + "0" * 5000, "line 1", "a number is too long"),
    ],
)
def test_what_makes_no_sense_names_line_key_cause_and_cure(tmp_path: Path, text: str, place: str, cause: str) -> None:
    path = notes(tmp_path, text)
    with pytest.raises(ScanError, match=cause) as caught:
        read_notes(path)
    assert str(caught.value).startswith(f"{path}, {place}" if place else f"{path}")
    assert caught.value.cure
    assert "\n" not in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.toml"
    path.write_bytes(b"name = \xff\xfe")
    with pytest.raises(ScanError, match="not UTF-8"):
        read_notes(path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(ScanError, match="larger than"):
        read_notes(path)


def test_the_template_is_read_and_so_is_every_line_of_it(tmp_path: Path) -> None:
    text = template('Fosse "7"')
    assert read_notes(notes(tmp_path, text)).name == 'Fosse "7"'
    lines = [re.sub(r"^# (?=\w+ = |\[)", "", line) for line in text.splitlines()]
    metadata = read_notes(notes(tmp_path, "\n".join(line for line in lines if not line.startswith("points")))).placement
    assert (metadata.unit, metadata.up, metadata.crs, metadata.offset) == (
        "m",
        "z",
        "EPSG:2154",
        (722000.0, 7030000.0, 0.0),
    )
    assert (metadata.height_m, metadata.crop, metadata.ground) == (
        38.5, ((-10, -10, -1), (10, 10, 40)), (0, 0, 0, 0, 0, 1),
    )  # fmt: skip


def test_its_own_notes_go_before_those_of_the_folder(tmp_path: Path) -> None:
    scan = tmp_path / "mill.obj"
    assert notes_file(scan) is None
    folder = notes(tmp_path, "")
    assert notes_file(scan) == folder
    assert notes_file(tmp_path) == folder
    own = tmp_path / "mill.scan.toml"
    own.write_text("")
    assert notes_file(scan) == own


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from([
    *EVERYTHING.splitlines(), "[", "epsg = -1", "[[crop]]", "offset = 3", "crop.min = 1", "a.b.c = 1", "\u00e9 = 2",
    "[height.metres]", "ground = [1]", "metres = 1979-05-27", "between = [[[]]]",
]), max_size=12).map(lambda lines: "\n".join(lines).encode())))  # fmt: skip
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "scan.toml"
    path.write_bytes(data)
    try:
        read_notes(path)
    except ScanError as error:
        refusal = error
    else:
        return
    assert refusal.cause
    assert refusal.cure
