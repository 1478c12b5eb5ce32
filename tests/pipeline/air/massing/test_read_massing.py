"""Files of measured facts are read, and bad ones are refused with file, line, key, cause and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.air.massing.massing_file import SHAPES, Basis, is_inside, is_massing, outline_mistake, signed_area
from carreau.air.massing.read_massing import read_massing
from carreau.base.errors import FormatError
from tests.conftest import PROJECT

MADE_UP = Path(__file__).with_name("made-up.massing.toml")
"""A building that never was, with what real ones have not: ranges of a tower and of a nave."""
ABBEY = PROJECT / "assets" / "sites" / "ancienne-abbaye-de-saint-amand" / "mesures.massing.toml"
HEAD = """\
format = 1
[place]
lon = 3.4
lat = 50.4
evidence = "attested"
sources = ["plan"]
[sources]
plan = "Plan of 1906"
photo = "Photograph of 1930"
[[part]]
name = "hall"
evidence = "attested"
sources = ["plan"]
"""
BLOCK = 'shape = "block"\nlength = 20\nwidth = 8\nheight = 9\n'
SHED = f"{HEAD}{BLOCK}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hall.massing.toml"


def refusal(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        read_massing(file)
    assert str(caught.value).startswith(f"{file}, ")
    return str(caught.value).removeprefix(f"{file}, ")


def test_a_building_says_what_is_known_and_what_is_not() -> None:
    assert is_massing(MADE_UP)
    made_up = read_massing(MADE_UP)
    parts = {part.name: part for part in made_up.parts}
    assert parts["hauteur-de-la-tour"].measures["height"].high == 50
    assert parts["hauteur-de-la-tour"].evidence == "attested"
    assert {"chronique", "lettre"} <= set(parts["hauteur-de-la-tour"].sources)
    assert {max(x) for x in zip(*parts["enclos"].footprint, strict=True)} == {100}
    assert [(key, each.low) for key, each in parts["nef"].ranges] == [("length", 0), ("width", 0)]
    assert parts["nef"].evidence == "hypothetical"
    assert {key for part in made_up.parts for key in part.sources} <= set(made_up.sources)


def test_the_abbey_has_its_four_measures_and_no_other() -> None:
    parts = {part.name: part for part in read_massing(ABBEY).parts}
    assert {max(x) for x in zip(*parts["enclos"].footprint, strict=True)} == {180}
    assert parts["hauteur-de-la-tour"].measures["height"].high == 82
    assert parts["hauteur-des-toits"].at[2] == 82 / 2
    assert parts["voute"].at[2] == 22
    assert [(part.name, key) for part in parts.values() for key, _ in part.ranges] == [("profil-de-l-eglise", "length")]
    # Nothing but a mark, a line or the ring of the enclosure: no source gives the plan of anything that had walls.
    widths = {part.name: part.measures["width"].high for part in parts.values() if part.shape == "block"}
    assert max(widths.values()) <= 5
    assert "hypothetical" not in {part.evidence for part in parts.values()}


def test_the_documentation_has_the_abbey_as_it_is_shipped_and_every_shape() -> None:
    page = (PROJECT / "docs" / "curators" / "massing.md").read_text(encoding="utf-8")
    assert f"```toml\n{ABBEY.read_text(encoding='utf-8')}```\n" in page
    for shape, facts in SHAPES.items():
        (row,) = (line for line in page.split("\n") if line.startswith(f"| `{shape}` |"))
        own = set(facts.measures) - set(SHAPES["block"].measures) - set(SHAPES["wall"].measures)
        assert {key for key in own if f"`{key}`" not in row} == set()


def test_a_measure_may_have_a_basis_of_its_own(file: Path) -> None:
    own = 'height = { value = [8, 9.5], sources = ["photo"], evidence = "deduced", note = "from its shadow" }'
    file.write_text(SHED.replace("height = 9", own), encoding="utf-8")
    (hall,) = read_massing(file).parts
    height = hall.measures["height"]
    assert (height.low, height.high, height.basis) == (8, 9.5, Basis("deduced", ("photo",), "from its shadow"))
    assert hall.measures["width"].basis == Basis("attested", ("plan",))
    assert (hall.evidence, hall.sources, hall.notes) == ("deduced", ("plan", "photo"), ("from its shadow",))


def test_an_outline_may_be_written_either_way_round(file: Path) -> None:
    """Walls keep the numbers that their author counts."""
    corners = ["[0, 0]", "[20, 0]", "[20, 8]", "[0, 8]"]
    found = []
    for ring in (corners, corners[::-1]):
        door = "openings = [{ wall = 1, start = 1, width = 1, height = 2 }]"
        outline = f"footprint = [{', '.join(ring)}]"
        file.write_text(f'{HEAD}shape = "block"\nheight = 9\n{outline}\n{door}\n', encoding="utf-8")
        (hall,) = read_massing(file).parts
        assert signed_area(hall.footprint) == 160
        wall = hall.openings[0].wall
        found.append({hall.footprint[wall], hall.footprint[(wall + 1) % 4]})
    assert found == [{(0, 0), (20, 0)}, {(0, 8), (20, 8)}]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (SHED.replace("format = 1", "format = 7"), "line 1, format: format 7 is unknown; update Carreau"),
        (SHED.replace("width = 8", "width = -8"), "line 16, part.width: -8 is not a measure that a building has"),
        (SHED.replace("width = 8", "width = nan"), "line 16, part.width: nan is not a number"),
        (SHED.replace("width = 8", "width = 1e300"), "line 16, part.width: 1e+300 is not a number"),
        (SHED.replace("width = 8", "width = 3000"), "write a number above 0, 2,000 at most"),
        (SHED.replace("width = 8", "width = 0"), "line 16, part.width: 0 is not a measure"),
        (SHED.replace("width = 8", 'width = "8 m"'), "line 16, part.width: '8 m' is not a number"),
        (SHED.replace("width = 8", "widht = 8"), "line 16, part.widht: unknown key; did you mean 'width'?"),
        (SHED.replace("width = 8\n", ""), "part.width: width is missing"),
        (SHED.replace("width = 8", "width = [9, 8]"), "[9, 8] is not the least and the most of a length"),
        (SHED.replace("height = 9", "height = [8, 900]"), "[8, 900] is not the least and the most of a length"),
        (SHED.replace('"block"', '"blok"'), "line 14, part.shape: 'blok' is not allowed; did you mean 'block'?"),
        (SHED.replace('"hall"', '"La Halle"'), "line 11, part.name: 'La Halle' is not allowed"),
        (SHED.replace('sources = ["plan"]\nshape', "shape"), "no source is named"),
        (SHED.replace('["plan"]\nshape', '["plann"]\nshape'), "source 'plann' is not listed; did you mean 'plan'?"),
        (SHED.replace('"Plan of 1906"', '""'), "line 8, sources.plan: it is empty"),
        (SHED.replace("lat = 50.4", "lat = 500.4"), "500.4 is not an angle from -90 to 90°"),
        (SHED + "at = [722000, 7030000]\n", "line 18, part.at: it is farther than 5,000 m from the origin"),
        (SHED + "at = [1, 2, inf]\n", "line 18, part.at: [1, 2, inf] is not a list of 3 numbers"),
        (SHED + 'anchor = "left"\n', "line 18, part.anchor: 'left' is not allowed"),
        (SHED + SHED[SHED.index("[[part]]") :], "line 19, part.name: another part has the name 'hall'"),
        (HEAD[: HEAD.index("[[part]]")], "part is missing"),
        (SHED.replace("height = 9", "height = [8, 9"), "line 17"),
    ],
)
def test_a_mistake_is_told_where_it_is(file: Path, changed: str, said: str) -> None:
    assert said in refusal(file, changed)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ('"gable-roof"\nlength = 20\nwidth = 8\nheight = 25', "the roof rises 25 m over a width of 8 m"),
        ('"hip-roof"\nlength = 20\nwidth = 8\nheight = 5\nridge = 21', "ridge is more than length, which is 20 m"),
        ('"chimney"\ndiameter = 4\ntop_diameter = 5\nheight = 40', "top_diameter is more than diameter"),
        ('"tower"\nstages = []', "it has 0 stages"),
        ('"tower"\nstages = [{ width = 9, height = 3, sides = 5 }]', "5 is not allowed; use one of 4, 8, 12, 16, 24"),
        ('"tower"\nstages = [{ width = 9, height = -3 }]', "line 15, part.stages.height: -3 is not a measure"),
        (
            '"tower"\nstages = [{ width = 9, height = 3, sides = 8 }, { width = 9, height = [3, 4] }]',
            "stage 2 is wider than the one below it, and the tower has a range",
        ),
        ('"enclosure"\nthickness = 1\nheight = 3', "footprint is missing"),
        (
            '"enclosure"\nthickness = 5\nheight = 3\nfootprint = [[0, 0], [30, 0], [30, 9], [0, 9]]',
            "a wall of 5 m leaves nothing inside along side 2",
        ),
        (
            '"block"\nheight = 3\nfootprint = [[0, 0], [9, 0], [0, 9], [9, 9]]',
            "line 16, part.footprint: its sides 2 and 4 cross or touch each other; write the corners in the order",
        ),
        ('"block"\nheight = 3\nfootprint = [[0, 0], [9, 0], [nan, 9]]', "is not an outline"),
        (
            '"arcade"\nlength = 20\nthickness = 1\nheight = 6\nbays = 5\nopening_width = 4\nopening_height = 5',
            "an opening of 4 m does not fit in a bay of 4 m",
        ),
        (
            '"arcade"\nlength = [20, 30]\nthickness = 1\nheight = 6\nbays = 5\nopening_width = 3\nopening_height = 5',
            "[20, 30] is a range, which this measure cannot be",
        ),
        (
            '"headframe"\nlength = 9\nwidth = 9\nheight = 5\ntop_length = 4\ntop_width = 4\nbar = 0.5\nwheel = 5',
            "wheels of 5 m leave no height for the legs",
        ),
    ],
)
def test_measures_that_do_not_go_together_are_refused(file: Path, shape: str, said: str) -> None:
    assert said in refusal(file, f"{HEAD}shape = {shape}\n")


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        ("wall = 5, start = 1, width = 1, height = 2", "it has no wall 5; use one of its walls 1 to 4"),
        ("wall = 1, start = 19, width = 1, height = 2", "openings in wall 1, which is 20 m long and 9 m high, reach"),
        ("wall = 1, start = 1, width = 1, sill = 7, height = 2", "reach its edge or beyond"),
        (
            "wall = 1, start = 1, width = 1, height = 2, count = 4, step = 0.5",
            "closer to each other than they are wide",
        ),
        ("wall = 1, start = 1, width = 1, height = 2, depth = 8", "an opening in wall 1 goes through another wall"),
        (
            "wall = 1, start = 1, width = 1, height = 2 }, { wall = 1, start = 1.5, width = 1, height = 2",
            "two openings in wall 1 overlap",
        ),
        (
            "wall = 1, start = 1, width = 1, height = 2, depth = 5 }, "
            "{ wall = 4, start = 4, width = 1, height = 2, depth = 5",
            "openings in walls 1 and 4 meet inside",
        ),
        ("wall = 1, start = 1, width = 6, height = 2, head = 'round'", "the half circle of an opening is higher"),
    ],
)
def test_openings_that_do_not_fit_are_refused(file: Path, opening: str, said: str) -> None:
    assert said in refusal(file, f"{SHED}openings = [{{ {opening} }}]\n")


def test_outlines() -> None:
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    assert outline_mistake(square) is None
    assert outline_mistake((*square, (0.0, 0.0005))) == "its corners 5 and 1 are in one place"
    assert outline_mistake(((0.0, 0.0), (4.0, 0.0), (2.0, 0.0), (2.0, 3.0))) is not None
    assert [is_inside(square, (x, 1)) for x in (1, 5)] == [True, False]
