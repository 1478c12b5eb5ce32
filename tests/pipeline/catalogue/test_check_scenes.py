"""A map that moves is checked: its names, its order in time, and that it draws nothing where nobody knows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ERROR
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_catalogue, check_folder
from tests.pipeline.catalogue.catalogues import written

SCENE = """\
name = "Une carte"
summary = "Une carte courte."

[[side]]
id = "nord"
name = "Le nord"

[[feature]]
id = "troupe"
kind = "unit"
side = "nord"
name = "Une troupe"
label = "T"
sources = ["livre"]
evidence = "attested"

[[feature.at]]
event = "matin"
insee = "59001"

[[feature.at]]
event = "soir"
position = { lon = 3.4, lat = 50.35, basis = "un plan" }

[[event]]
id = "matin"
time = "1712-07-24T07:00"
told = "vers 7 heures"
title = "Le matin"
text = "On marche."
spoken = "La troupe est ici."
sources = ["livre"]
evidence = "attested"

[[event.other]]
text = "vers 8 heures"
time = "1712-07-24T08:00"
feature = "troupe"
insee = "59002"
sources = ["livre"]

[[event]]
id = "soir"
time = "1712-07-24"
told = "le soir"
title = "Le soir"
text = "On dort."
spoken = "La troupe est là."
sources = ["livre"]
evidence = "deduced"

[[source]]
id = "livre"
title = "Un livre"
reliability = "B"
"""


def placed(folder: Path, scene: str = SCENE, name: str = "jour") -> Path:
    root = written(folder)
    (root / "sites" / "une" / "outline.webp").write_bytes(b"picture")
    (root / "sites" / "une" / f"{name}.scene.toml").write_text(scene, encoding="utf-8")
    return root


def checked(folder: Path, scene: str = SCENE) -> list[str]:
    catalogue = read_catalogue(placed(folder, scene))
    check_catalogue(catalogue)
    return [f"{each.level} {each.message()}" for each in catalogue.scenes["jour"].document.findings]


def test_a_whole_map_has_nothing_to_tell_and_belongs_to_its_folder(tmp_path: Path) -> None:
    assert checked(tmp_path) == []
    catalogue = read_catalogue(tmp_path)
    (scene,) = catalogue.list_scenes(catalogue.sites["une"])
    assert (scene.slug, catalogue.find_owner(scene)) == ("jour", catalogue.sites["une"])
    assert catalogue.list_scenes(catalogue.sites["deux"]) == []
    assert not any("jour.scene.toml" in str(each) for each in check_folder(tmp_path).findings)


POINT = "position = { lon = 3.4, lat = 50.35, basis"
WRONG = {
    "an unknown key": ("told = ", "tolled = ", "line 28, event 1, tolled: the key is unknown; write told"),
    "no moment": ('"1712-07-24T07:00"', '"1712-07-24T27:00"', "is not a moment: this hour does not exist"),
    "out of order": ('time = "1712-07-24"\n', 'time = "1712-07-23"\n', "1712-07-23 is before 1712-07-24T07:00"),
    "a source that is none": ('sources = ["livre"]', 'sources = ["wiki"]', "there is no source 'wiki'"),
    "a side that is none": ('side = "nord"', 'side = "sud"', "there is no 'sud' in this file; use one of: nord"),
    "an event that is none": ('event = "soir"', 'event = "nuit"', "there is no 'nuit' in this file"),
    "positions out of order": ('event = "soir"', 'event = "matin"', "not in the order of the events"),
    "outside the territory": ("lon = 3.4,", "lon = 4.4,", "4.40000, 50.35000 is outside the territory"),
    "swapped": ("lon = 3.4, lat = 50.35", "lon = 50.35, lat = 3.4", "50.35000, 3.40000 is outside the territory"),
    "a point without a basis": (', basis = "un plan"', "", "the basis of the position is missing"),
    "a commune elsewhere": ('insee = "59001"', 'insee = "75056"', "'75056' is not a commune of the territory"),
    "a commune as a fact": (
        'insee = "59001"', 'insee = "59001"\nevidence = "attested"', "says no more than somewhere around",
    ),
    "two places": (POINT, f'insee = "59001"\n{POINT}', "the position is given more than once"),
    "a line of troops": (POINT, f"line = [[3.4, 50.35], [3.41, 50.36]]\n#{POINT}", "only a feature of the kind line"),
    "no line": (POINT, f"line = [[3.4, 50.35]]\n#{POINT}", "is not a list of points in degrees"),
    "another place of none": ('feature = "troupe"', 'feature = "foule"', "there is no 'foule' in this file"),
    "another place of nothing": ('feature = "troupe"\n', "", "nothing says what was at this place"),
    "another place that is nowhere": ('insee = "59002"\n', "", "nothing says where it was"),
    "another place outside": (
        'insee = "59002"', 'position = { lon = 4.4, lat = 50.35, basis = "un plan" }', "is outside the territory",
    ),
    "another place twice": (
        'insee = "59002"', 'insee = "59002"\nposition = { lon = 3.4, lat = 50.35, basis = "plan" }', "more than once",
    ),
    "another commune elsewhere": ('insee = "59002"', 'insee = "75056"', "'75056' is not a commune of the territory"),
    "a long label": ('label = "T"', 'label = "Troupe"', "'Troupe' is too long for the map"),
    "two events alike": ('id = "soir"', 'id = "matin"', "'matin' is used twice"),
    "a ground without a record": ('[[side]]', 'ground = "outline.webp"\n\n[[side]]', "has no record beside it"),
    "a ground that is not there": ('[[side]]', 'ground = "no.webp"\n\n[[side]]', "'no.webp' does not exist"),
    "HTML": ("On marche.", "On <b>marche</b>.", "HTML"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_one_line(tmp_path: Path, name: str) -> None:
    before, after, says = WRONG[name]
    assert before in SCENE
    found = checked(tmp_path, SCENE.replace(before, after, 1))
    errors = [each for each in found if each.startswith(ERROR)]
    assert any(says in each for each in errors), found
    assert not any("\n" in each for each in errors)


def test_two_maps_of_one_name_are_told(tmp_path: Path) -> None:
    root = placed(tmp_path)
    (root / "sites" / "deux" / "jour.scene.toml").write_text(SCENE, encoding="utf-8")
    errors = [str(each) for each in check_folder(root).of_level(ERROR)]
    assert any("'jour' is also the name of sites/" in each for each in errors), errors
