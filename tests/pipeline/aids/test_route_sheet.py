"""The file of a route is changed in the keys that name its line, and nowhere else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from carreau.aids.route_lines import change_text
from carreau.base.errors import OptionError

RIGHTS = {"of": "tracé", "credit": "IGN", "licence": "etalab-2.0", "url": "https://ign.fr"}
VALUES = {"path": "a.geojson", "path_measure": "computed"}
ASSETS = Path(__file__).parents[3] / "assets" / "routes"


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.toml")), ids=lambda path: path.stem)
def test_real_files_keep_every_other_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    new = change_text(text, path, VALUES, RIGHTS)
    rows, kept = new.splitlines(), text.splitlines()
    differing = [(one, other) for one, other in zip(kept, rows, strict=False) if one != other]
    assert [row.partition(" ")[0] for pair in differing for row in pair] == ["path"] * 2 + ["path_measure"] * 2
    assert rows[len(kept) :] == ["", "[[rights]]", 'of = "tracé"', 'credit = "IGN"', 'licence = "etalab-2.0"',
                                 'url = "https://ign.fr"']  # fmt: skip
    again = change_text(new, path, {**VALUES, "path": "b.geojson"}, {**RIGHTS, "credit": "IGN 2"})
    assert len(again.splitlines()) == len(rows)
    assert tomllib.loads(again)["rights"][-1]["credit"] == "IGN 2"


def test_line_ends_and_comments_stay() -> None:
    text = '# Un.\r\npath = \'\' # le tracé\r\npath_measure="indicative"\r\n\r\n[[rights]]\r\nof = "textes"\r\n'
    new = change_text(text, Path("x.toml"), VALUES, {})
    assert new == text.replace("''", '"a.geojson"').replace('"indicative"', '"computed"')


def test_a_missing_key_is_added_before_the_tables() -> None:
    new = change_text('name = "x"\n# fin\n\n[[rights]]\nof = "textes"\n', Path("x.toml"), VALUES, {})
    assert new.startswith('name = "x"\npath = "a.geojson"\npath_measure = "computed"\n# fin\n')
    assert change_text("", Path("x.toml"), VALUES, {}) == 'path = "a.geojson"\npath_measure = "computed"\n'


def test_a_value_of_several_lines_is_replaced_whole() -> None:
    new = change_text('path = """\n"""  # le tracé\npath_measure = [\n]\n', Path("x.toml"), VALUES, {})
    assert new == 'path = "a.geojson"  # le tracé\npath_measure = "computed"\n'


def test_a_file_that_a_program_cannot_change_is_left_alone() -> None:
    with pytest.raises(OptionError, match="stand in a way"):
        change_text('rights = [{of = "tracé", credit = ""}]\n', Path("x.toml"), VALUES, RIGHTS)
