"""An edit changes the lines that it is about, and no others."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.catalogue.site import Site
from carreau.desk.document_file import Arrange, Edit, Put, value_at
from carreau.desk.toml_edit import edit_text
from tests.conftest import PROJECT
from tests.pipeline.desk.places import SITES, arrays, leaves

FILE = """\
# Fosse Une
name = "Fosse Une"  # comme sur la plaque
keywords = [
  "fosse",  # le mot
  "puits",
]
summary = '''
Une fosse.
'''

# --- Faits ---

# Le premier fait.
[[fact]]
name = "depth_m"
value = 338

[[fact]]
name = "shafts"
value = 2
# note = ""

# --- Droits ---

[[rights]]
of = "textes"
credit = ""
"""


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        ([Put(("name",), 'Fosse "Deux"')], ['-name = "Fosse Une"  # comme sur la plaque',
                                            '+name = "Fosse \\"Deux\\""  # comme sur la plaque']),
        ([Put(("keywords",), ["fosse", "machine", "puits"])], ['+  "machine",']),
        ([Put(("keywords",), ["puits", "mine"])], None),
        ([Put(("summary",), "Une fosse.\n\nDeux.")], None),
        ([Put(("fact", 1, "value"), 3)], ["-value = 2", "+value = 3"]),
        ([Put(("fact", 0, "unit"), "m")], ['+unit = "m"']),
        ([Put(("fact", 0, "value"), None)], ["-value = 338"]),
        ([Put(("kind",), "fosse")], ['+kind = "fosse"']),
        ([Put(("visit", "access"), "Libre.")], ["+[visit]", '+access = "Libre."', "+"]),
        ([Arrange(("fact",), (0, 1, {"name": "x", "value": 1}))], ["+", "+[[fact]]", '+name = "x"', "+value = 1"]),
        ([Arrange(("fact",), (1,))],
         ["-# Le premier fait.", "-[[fact]]", '-name = "depth_m"', "-value = 338", "-"]),
        ([Arrange(("rights",), ())], None),
    ],
)  # fmt: skip
def test_an_edit_changes_its_own_lines(edits: list[Edit], lines: list[str] | None) -> None:
    after = edit_text(FILE, edits, Site)
    if lines is not None:
        found = changed_lines(FILE, after)
        assert sorted(found) == sorted(lines)
    assert [line for line in after.split("\n") if line.startswith("# ---")] == ["# --- Faits ---", "# --- Droits ---"]


def test_rows_move_with_the_comments_above_and_below_them() -> None:
    after = edit_text(FILE, [Arrange(("fact",), (1, 0))], Site)
    assert after.split("# --- Faits ---\n")[1] == (
        '\n[[fact]]\nname = "shafts"\nvalue = 2\n# note = ""\n\n'
        '# Le premier fait.\n[[fact]]\nname = "depth_m"\nvalue = 338\n\n'
        '# --- Droits ---\n\n[[rights]]\nof = "textes"\ncredit = ""\n'
    )


def test_a_long_text_keeps_the_lines_of_the_paragraphs_that_stay() -> None:
    path = PROJECT / "assets" / "sites" / "cite-d-arenberg" / "site.toml"
    text = path.read_text("utf-8")
    paragraphs = tomllib.loads(text)["description"].strip().split("\n\n")
    after = edit_text(text, [Put(("description",), f"{paragraphs[0]}\n\nNeuf.")], Site)
    assert all(line in after for line in paragraphs[0].split("\n"))
    assert [line for line in changed_lines(text, after) if line[0] == "+" and line[1:]] == ["+Neuf."]


@pytest.mark.parametrize("slug", SITES)
def test_each_text_of_each_place_can_be_changed_alone(slug: str) -> None:
    text = (PROJECT / "assets" / "sites" / slug / "site.toml").read_text("utf-8")
    data = tomllib.loads(text)
    for path, rule, value in leaves(data):
        if rule.kind != "text":
            continue
        after = edit_text(text, [Put(path, "Autre texte.")], Site)
        assert value_at(tomllib.loads(after), path) == "Autre texte." or "\n" in value
        assert sum(line[0] == "+" for line in changed_lines(text, after)) <= 3
        assert edit_text(after, [Put(path, value.strip("\n"))], Site).count("\n") >= after.count("\n")


@pytest.mark.parametrize("slug", SITES)
def test_rows_of_each_place_turn_and_turn_back(slug: str) -> None:
    text = (PROJECT / "assets" / "sites" / slug / "site.toml").read_text("utf-8")
    for path, _, count in arrays(tomllib.loads(text)):
        back = Arrange(path, tuple(reversed(range(count))))
        assert edit_text(edit_text(text, [back], Site), [back], Site) == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay(newline: str) -> None:
    text = FILE.replace("\n", newline)
    edits: list[Edit] = [
        Put(("summary",), "Une\n\nDeux."), Put(("visit", "access"), "Libre."),
        Arrange(("fact",), (1, 0, {"name": "x", "label": "y"})),
    ]  # fmt: skip
    after = edit_text(text, edits, Site)
    assert after.count("\n") == after.count(newline)
    assert after.replace(newline, "\n") == edit_text(FILE, edits, Site)


def test_a_file_without_a_last_line_end_gets_one() -> None:
    assert edit_text('name = "a"', [Put(("kind",), "fosse")], Site) == 'name = "a"\nkind = "fosse"\n'
    assert edit_text("", [Put(("name",), "a")], Site) == 'name = "a"\n'
    assert (
        edit_text('name = "a"', [Arrange(("fact",), ({"name": "x"},))], Site) == 'name = "a"\n\n[[fact]]\nname = "x"\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "position = { lon = 3.4, lat = 50 }\n",
        "position.lon = 3.4\nposition.lat = 50\n",
        "[position]\nlon = 3.4\n",
        '["position"]\nlon = 3.4\n',
        'media = [{ id = "a", kind = "image" }, { id = "b", kind = "image" }]\nposition = { lon = 3.4 }\n',
    ],
)
def test_other_ways_to_write_a_table_are_edited_too(text: str) -> None:
    after = edit_text(text, [Put(("position", "lon"), 3.5), Put(("position", "basis"), "levé")], Site)
    assert tomllib.loads(after)["position"] == tomllib.loads(text)["position"] | {"lon": 3.5, "basis": "levé"}
    rows: list[Edit] = (
        [Put(("media", 1, "title"), "T"), Arrange(("media",), (1, 0, {"id": "c"}))] if "media" in text else []
    )
    assert [each["id"] for each in tomllib.loads(edit_text(after, rows, Site)).get("media", [])] == ["b", "a", "c"][
        : 3 if rows else 0
    ]


def test_rows_with_others_between_are_moved_or_refused() -> None:
    text = '[[state]]\nid = "a"\n\n[[media]]\nid = "m"\n\n[state.geopose]\nlon = 1\nlat = 2\n\n[[state]]\nid = "b"\n'
    after = tomllib.loads(edit_text(text, [Arrange(("state",), (1, 0))], Site))
    assert [each["id"] for each in after["state"]] == ["b", "a"]
    assert after["state"][1]["geopose"] == {"lon": 1, "lat": 2}
    assert [each["id"] for each in tomllib.loads(edit_text(text, [Arrange(("state",), (1,))], Site))["state"]] == ["b"]


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(OptionError, match=r"position, lon: .* use a text editor"):
        edit_text("position = 3\n", [Put(("position", "lon"), 3)], Site)
    with pytest.raises(OptionError, match="use a text editor"):
        edit_text('fact = ["a"]\n', [Put(("fact", 0, "name"), "b")], Site)


def test_the_file_of_a_place_is_not_touched_by_no_edit(tmp_path: Path) -> None:
    for slug in SITES:
        text = (PROJECT / "assets" / "sites" / slug / "site.toml").read_text("utf-8")
        assert edit_text(text, [], Site) == text
