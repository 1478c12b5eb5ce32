"""What a person asks of place and size is understood, or refused naming the option."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from carreau.base.errors import OptionError, ScanError
from carreau.base.options import ModelOptions
from carreau.models.builders import inputs


def test_numbers_are_understood() -> None:
    assert inputs.parse_offset("722000, 7030000,-1.5") == (722000, 7030000, -1.5)
    assert inputs.parse_height("38.5") == 38.5
    assert inputs.parse_crop("-1,-2,-3,4,5,6") == (-1, -2, -3, 4, 5, 6)
    assert inputs.parse_ground("auto") == ()
    assert inputs.parse_ground("0,0,0") == (0, 0, 0)
    assert inputs.parse_ground("0,0,0,1,0,0,0,1,0") == (0, 0, 0, 1, 0, 0, 0, 1, 0)
    assert (
        inputs.parse_offset(None),
        inputs.parse_height(None),
        inputs.parse_crop(None),
        inputs.parse_ground(None),
    ) == (None,) * 4


@pytest.mark.parametrize(
    ("parse", "text", "option"),
    [
        (inputs.parse_offset, "1,2", "--offset"),
        (inputs.parse_offset, "1,2,nan", "--offset"),
        (inputs.parse_offset, "1,2,1e13", "--offset"),
        (inputs.parse_offset, "", "--offset"),
        (inputs.parse_height, "tall", "--height"),
        (inputs.parse_height, "0", "--height"),
        (inputs.parse_crop, "1,1,1,2,2,1", "--crop"),
        (inputs.parse_ground, "flat", "--ground"),
        (inputs.parse_ground, "0,0,0,0,0,0", "--ground"),
        (inputs.parse_ground, "0,0,0,1,1,1,2,2,2", "--ground"),
    ],
)
def test_what_makes_no_sense_names_the_option(parse: Callable[[str], object], text: str, option: str) -> None:
    with pytest.raises(OptionError, match=f"^{option}: .*; (give|separate)"):
        parse(text)


def test_options_are_said_under_their_own_names(tmp_path: Path) -> None:
    options = ModelOptions(
        tmp_path, epsg="2154", offset=(1, 2, 3), height=4.0, crop=(0, 0, 0, 1, 1, 1), ground=()
    )  # fmt: skip
    said = inputs.parse_placement(options)
    assert [each.source for each in said] == ["--epsg", "--offset", "--height", "--crop", "--ground"]
    assert (said[0].crs, said[1].offset, said[2].height_m) == ("EPSG:2154", (1, 2, 3), 4.0)
    assert (said[3].crop, said[4].ground) == (((0, 0, 0), (1, 1, 1)), ())
    assert inputs.parse_placement(ModelOptions(tmp_path)) == ()


def test_a_system_that_is_none_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^--epsg: 'EPSG:99999999' is unknown to PROJ; find the code"):
        inputs.parse_placement(ModelOptions(tmp_path, epsg="99999999"))


def test_scan_toml_fills_in_what_options_leave_out(tmp_path: Path) -> None:
    scan = tmp_path / "mill.obj"
    assert inputs.with_defaults(ModelOptions(tmp_path), scan).name == "mill"
    (tmp_path / "scan.toml").write_text("name = 'The mill'\nlicence = 'CC0'\ncredit = 'Somebody'")
    found = inputs.with_defaults(ModelOptions(tmp_path, credit="Another"), scan)
    assert (found.name, found.source, found.licence, found.credit) == ("The mill", "", "CC0", "Another")
    (tmp_path / "scan.toml").write_text("nam = 1")
    with pytest.raises(ScanError, match="did you mean 'name'"):
        inputs.with_defaults(ModelOptions(tmp_path), scan)
