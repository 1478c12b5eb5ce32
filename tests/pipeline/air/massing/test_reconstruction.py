"""Parts with materials: every shape is sound at any measures, types give what a part leaves out, outlines are read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.air.massing.draft_reconstruction import middle_line, narrowest_rectangle
from carreau.air.massing.footprints import outline_rings
from carreau.air.massing.massing_file import Basis, MassingPart, Measure
from carreau.air.massing.materials import MATERIALS
from carreau.air.massing.part_types import read_type
from carreau.air.massing.read_massing import massing_files, read_massing
from carreau.air.massing.reconstructed_part import part_pieces
from carreau.air.massing.reconstructed_shape import RECONSTRUCTED, reconstructed_mistakes
from carreau.base.errors import FormatError, OptionError
from carreau.base.model import FloatArray
from carreau.catalogue.catalogue import scaffold
from carreau.catalogue.check_catalogue import check_folder
from carreau.models.stages.massing_scene import chosen_side, massing_scene, model_massing, subject
from carreau.models.stages.survey_scene import scan_of_scene

PROJECT = Path(__file__).parents[4]
MOST_TRIANGLES = 8_000
LAKE = ((0.0, 0.0), (90.0, -10.0), (120.0, 60.0), (40.0, 45.0), (-10.0, 80.0))

TOP = """
format = 1
licence = "CC-BY-4.0"
credit = "Somebody"

[place]
lon = 3.37
lat = 50.32
evidence = "attested"
sources = ["map"]

[sources]
map = "a map"

[[part]]
name = "it"
"""
CORON = """
format = 1
title = "Row of the Anzin company"
shape = "house-row"

[sources]
book = "a book on rows"

[measures]
house_width = [5, 6]

[choices]
decor = "frames"

[materials]
wall = "brick-dark"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the folder of a site, with a folder of types above it."""
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "coron.toml").write_text(CORON, encoding="utf-8")
    folder = tmp_path / "sites" / "pit"
    folder.mkdir(parents=True)
    return folder


def write(place: Path, part: str) -> Path:
    path = place / "it.massing.toml"
    path.write_text(TOP + part, encoding="utf-8")
    return path


@st.composite
def parts(draw: st.DrawFn) -> MassingPart:
    """Return a part of any shape, with measures and words that a file may have."""
    shape = draw(st.sampled_from(sorted(RECONSTRUCTED)))
    facts = RECONSTRUCTED[shape].facts
    basis = Basis("hypothetical")
    measures = {}
    for key, limits in facts.measures.items():
        if limits.is_whole:
            number = float(draw(st.integers(1, int(limits.most))))
        else:
            number = draw(st.floats(0 if limits.may_be_zero else 0.3, min(limits.most, 200.0)))
        measures[key] = Measure(number, number, basis)
    choices = {key: draw(st.sampled_from(words)) for key, words in facts.choices.items()}
    size = draw(st.floats(0.1, 8))
    ring = tuple((x * size, y * size) for x, y in LAKE) if facts.has_footprint else ()
    path = ((-40.0 * size, 0.0), (0.0, 10.0 * size), (60.0 * size, -5.0)) if facts.has_path else ()
    return MassingPart("it", "", shape, basis, measures=measures, footprint=ring, path=path, choices=choices)


@settings(max_examples=250, deadline=None)
@given(parts())
def test_every_shape_is_sound_at_any_measures(part: MassingPart) -> None:
    if list(reconstructed_mistakes(part)):
        return
    pieces = part_pieces(part)
    corners = np.concatenate([piece.positions for piece in pieces])
    assert np.isfinite(corners).all()
    assert {piece.material for piece in pieces} <= set(MATERIALS)
    largest = max([8.0, *(abs(x) for point in (*part.footprint, *part.path) for x in point)])
    reach = largest + sum(each.high * (40 if key == "count" else 1) for key, each in part.measures.items())
    assert np.abs(corners).max() <= 8 * reach
    if part.shape != "house-row" or part.measures["count"].high <= 20:
        assert len(corners) // 3 <= MOST_TRIANGLES


def test_a_headframe_has_a_wheel_for_each_rope_and_reaches_its_height(place: Path) -> None:
    sizes = {}
    for count in (1, 2):
        measures = f"height = 37\nwheel = 6\ncount = {count}"
        part = f'shape = "lattice-headframe"\n{measures}\nevidence = "attested"\nsources = ["map"]\n'
        (it,) = read_massing(write(place, part)).parts
        pieces = {piece.material: piece.positions for piece in part_pieces(it)}
        assert max(float(each[:, 2].max()) for each in pieces.values()) == pytest.approx(37)
        sizes[count] = len(pieces["steel-dark"])
        assert it.evidence == "hypothetical"  # its base and its stays are of no source
    assert sizes[2] > 1.8 * sizes[1] - 200


def test_what_a_part_leaves_out_is_that_of_its_type_and_only_typical(place: Path) -> None:
    path = write(place, 'type = "coron"\ncount = { value = 8, evidence = "attested", sources = ["map"] }\n')
    massing = read_massing(path)
    (row,) = massing.parts
    assert (row.title, row.shape, row.evidence) == ("Row of the Anzin company", "house-row", "typical")
    assert (row.measures["house_width"].low, row.measures["house_width"].high) == (5, 6)
    assert (row.choices["decor"], row.materials) == ("frames", {"wall": "brick-dark"})
    assert row.sources == ("coron/book", "map")
    assert massing.sources["coron/book"] == "a book on rows"
    assert row.node_names == ("it",)
    assert massing_files(path) == ([place.parents[1] / "types" / "coron.toml"], [])
    width = np.ptp(np.concatenate([each.positions for each in part_pieces(row)])[:, 0])
    assert width == pytest.approx(8 * 5.5, abs=0.7)  # the middle of the range, and the roof stands over


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        ('type = "corron"\ncount = 8', "did you mean 'coron'?"),
        ('type = "coron"\nshape = "hall"\ncount = 8', "unknown key"),
        ('type = "coron"\ncount = 8\ndecor = "gilded"', "'gilded' is not allowed"),
        ('type = "coron"\ncount = 8\nmaterials = { wall = "bric-red" }', "did you mean 'brick-red'?"),
        ('type = "coron"', "count is missing"),
        ('shape = "monument"\nheight = 7\nevidence = "typical"', "what is typical has a type"),
        ('shape = "pond"\nfootprint = "../outline.geojson"\nevidence = "hypothetical"', "in the same folder"),
        ('shape = "pond"\nfootprint = "gone.geojson"\nevidence = "hypothetical"', "the file does not exist"),
        ('shape = "street"\npath = [[0, 0]]\nevidence = "hypothetical"', "is not a line"),
        ('shape = "brick-chimney"\nheight = 30\ndiameter = 2\nevidence = "hypothetical"', "top_diameter"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(place: Path, part: str, cause: str) -> None:
    path = write(place, part + "\n")
    with pytest.raises(FormatError) as error:
        read_massing(path)
    assert cause in str(error.value)
    assert path.name in str(error.value)


def test_a_type_without_a_source_is_refused_by_the_model_and_by_the_check(place: Path) -> None:
    kind = place.parents[1] / "types" / "coron.toml"
    kind.write_text(CORON.replace('[sources]\nbook = "a book on rows"\n', ""), encoding="utf-8")
    with pytest.raises(FormatError, match="no source is named"):
        read_massing(write(place, 'type = "coron"\ncount = 8\n'))
    (finding,) = (each for each in check_folder(place.parents[1]).findings if each.file.startswith("types"))
    assert (finding.level, finding.file, finding.cause) == ("error", "types/coron.toml", "sources: no source is named")


def test_a_tip_rises_from_its_official_outline_to_its_height(place: Path) -> None:
    ring = [[3.370, 50.320], [3.373, 50.320], [3.373, 50.322], [3.370, 50.322], [3.370, 50.320]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    (place / "outline.geojson").write_text(json.dumps({"type": "Feature", "geometry": geometry}), encoding="utf-8")
    path = write(
        place, 'shape = "spoil-tip"\nfootprint = "outline.geojson"\nheight = [60, 70]\nevidence = "hypothetical"\n'
    )
    (tip,) = read_massing(path).parts
    # A thousandth of a degree of latitude is 111.25 m here, of longitude 71.2 m.
    assert np.ptp(np.array(tip.footprint), axis=0) == pytest.approx((213.6, 222.5), rel=2e-3)
    tones = ("schist-black", "schist", "tip-grass")
    slopes = np.concatenate([piece.positions for piece in part_pieces(tip) if piece.material in tones])
    assert (slopes[:, 2].min(), slopes[:, 2].max()) == pytest.approx((0, 65), abs=1e-6)
    assert np.ptp(slopes[:, :2], axis=0) == pytest.approx(np.ptp(np.array(tip.footprint), axis=0))
    assert massing_files(path)[0] == [place / "outline.geojson"]


def test_what_is_supposed_shows_no_material_and_what_is_typical_does(place: Path) -> None:
    for part, materials in (
        ('type = "coron"\ncount = 4\n', {"brick-dark", "tile-red", "window-dark"}),
        ('shape = "house-row"\ncount = 4\nevidence = "hypothetical"\n', set()),
    ):
        tree = json.loads(massing_scene(model_massing(write(place, part))).text)
        names = {each["name"] for each in tree["materials"]}
        assert materials <= names if materials else names == {"supposed 50% translucent"}


TYPES = sorted((PROJECT / "assets" / "types").glob("*.toml"))


@pytest.mark.parametrize("path", TYPES, ids=lambda path: path.stem)
def test_the_types_that_are_shipped_have_sources_and_can_be_drawn(place: Path, path: Path) -> None:
    (place.parents[1] / "types" / path.name).write_bytes(path.read_bytes())
    shape = read_type(path).shape
    facts = RECONSTRUCTED[shape].facts
    written = {"height": "height = 2" if shape == "fence" else "height = 20", "count": "count = 4"}
    lines = [f'type = "{path.stem}"']
    lines += [text for key, text in written.items() if key in facts.measures]
    lines += ["footprint = [[0, 0], [90, 0], [90, 80], [0, 80]]"] if facts.has_footprint else []
    lines += ["path = [[0, 0], [90, 0], [90, 80], [180, 80], [180, 160]]"] if facts.has_path else []
    lines += ["length = 20", "width = 9"] if "length" in facts.measures else []
    (part,) = read_massing(write(place, "\n".join(lines) + "\n")).parts
    assert part.evidence == "typical"
    assert part.title
    assert sum(len(piece.positions) for piece in part_pieces(part)) > 60


def test_the_documentation_has_every_shape_with_its_measures_and_words() -> None:
    page = (PROJECT / "docs" / "curators" / "massing.md").read_text(encoding="utf-8")
    for name, shape in RECONSTRUCTED.items():
        (row,) = (line for line in page.split("\n") if line.startswith(f"| `{name}` |"))
        assert {key for key in (*shape.facts.measures, *shape.facts.choices) if f"`{key}`" not in row} == set()
        assert {word for words in shape.facts.choices.values() for word in words if word not in row} == set()


DRAFTED = [
    path.parent.name
    for path in sorted((PROJECT / "assets" / "sites").glob("*/site.toml"))
    if (path.parent / "outline.geojson").is_file()
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the real places and types, without their models."""
    root = tmp_path_factory.mktemp("catalogue")
    shutil.copytree(PROJECT / "assets" / "types", root / "types")
    for name in DRAFTED:
        (root / "sites" / name).mkdir(parents=True)
        for file in ("site.toml", "outline.geojson"):
            shutil.copy(PROJECT / "assets" / "sites" / name / file, root / "sites" / name / file)
    return root


def test_every_inscribed_place_has_a_first_model_without_a_number(catalogue: Path) -> None:
    """On its outline: nothing stands farther from it than a row of houses is long."""
    assert len(DRAFTED) == 53
    for name in DRAFTED:
        path = scaffold("reconstruction", f"{name}/premier", catalogue)
        massing = read_massing(path)
        assert {part.evidence for part in massing.parts} <= {"attested", "typical"}, name
        assert any(part.evidence == "typical" for part in massing.parts), name
        (largest, *_) = outline_rings(path.parent / "outline.geojson", massing.place)
        low, high = np.array(largest).min(axis=0), np.array(largest).max(axis=0)
        first = next(part for part in massing.parts if part.evidence == "typical")
        corners = np.concatenate([piece.positions for piece in part_pieces(first)])[:, :2]
        assert (corners.mean(axis=0) > low - 60).all(), name
        assert (corners.mean(axis=0) < high + 60).all(), name


def test_a_draft_takes_the_heights_that_facts_give_and_the_rectangle_of_the_outline(catalogue: Path) -> None:
    def draft(site: str) -> list[MassingPart]:
        return list(read_massing(scaffold("reconstruction", f"{site}/essai", catalogue)).parts)

    (tip,) = draft("terril-n-174-sabatier-sud")
    assert (tip.measures["height"].low, tip.measures["height"].high) == (100, 103)  # the panels and the press
    assert tip.measures["height"].basis.evidence == "attested"
    hall = draft("salle-des-fetes-d-arenberg")[-1]
    assert (hall.measures["length"].low, hall.measures["width"].low) == pytest.approx((45, 18), abs=1)
    rows = [part for part in draft("cite-chabaud-latour-nouvelle") if part.shape == "house-row"]
    assert len(rows) >= 4
    assert {part.measures["count"].low for part in rows} == {2}
    pond = draft("mare-a-goriaux")[0]
    assert np.ptp(np.array(pond.footprint), axis=0).max() > 1500


def test_a_place_without_an_outline_or_a_type_has_no_draft_and_is_told_why(catalogue: Path) -> None:
    shutil.rmtree(catalogue / "sites" / "bare", ignore_errors=True)
    scaffold("site", "bare", catalogue)
    with pytest.raises(OptionError, match="no position or no outline"):
        scaffold("reconstruction", "bare/one", catalogue)
    sheet = catalogue / "sites" / "coron-carre" / "site.toml"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace('"Corons"', '"Beffroi"'), encoding="utf-8")
    with pytest.raises(OptionError, match="Beffroi"):
        scaffold("reconstruction", "coron-carre/one", catalogue)


def test_the_narrowest_rectangle_and_the_middle_of_a_strip() -> None:
    (x, y), (length, width), turn = narrowest_rectangle(((0, 0), (8, 6), (5, 10), (-3, 4)))
    assert (x, y) == pytest.approx((2.5, 5))
    assert (length, width, turn) == pytest.approx((10, 5, 180 - np.degrees(np.arctan2(6, 8))))
    line = np.array(middle_line(((0, 0), (50, 0), (100, 0), (100, 4), (50, 4), (0, 4))))
    assert np.allclose(line[1:-1, 1], 2, atol=0.5)
    assert np.ptp(line[:, 0]) > 95


VIEW = """
shape = "brick-chimney"
height = 30
evidence = "attested"
sources = ["map"]

[[part]]
name = "shed"
shape = "hall"
at = [60, 0]
length = 12
width = 8
height = 5
evidence = "attested"
sources = ["map"]

[[part]]
name = "yard"
shape = "ground"
footprint = [[-200, -200], [200, -200], [200, 200], [-200, 200]]
evidence = "attested"
sources = ["map"]

[view]
"""


def _seen(path: Path) -> FloatArray:
    """Return the lowest and the highest corner, (2, 3), of what fills the picture of a model."""
    modelled = model_massing(path)
    mesh = scan_of_scene(massing_scene(modelled), "it").mesh
    shown = subject(mesh, modelled)
    corners = shown.positions[shown.faces].reshape(-1, 3) + shown.origin
    return np.array([corners.min(axis=0), corners.max(axis=0)], np.float32)


def test_what_stands_fills_the_picture_and_not_its_ground(place: Path) -> None:
    low, high = _seen(write(place, VIEW))
    assert high[0] == pytest.approx(66, abs=0.5)
    assert low[0] > -4
    assert high[1] == pytest.approx(30, abs=0.5)


def test_a_file_chooses_what_its_picture_is_of_and_from_where(place: Path) -> None:
    path = write(place, VIEW + 'parts = ["shed"]\nfrom_deg = 90\nabove_deg = 20\n')
    low, high = _seen(path)
    assert low[0] == pytest.approx(54, abs=0.5)
    assert high[1] < 10
    assert chosen_side(model_massing(path)) == (90.0, 20.0)
    assert chosen_side(model_massing(write(place, VIEW + 'parts = ["shed"]\n'))) is None


def test_a_view_names_parts_of_its_file(place: Path) -> None:
    with pytest.raises(FormatError, match="no part has the name 'tower'"):
        read_massing(write(place, VIEW + 'parts = ["tower"]\n'))
