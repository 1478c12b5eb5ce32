"""Documents say of surveys what is measured, how closely, and what is supposed, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from carreau.air.airborne.survey_data import MEASURED, PartName
from carreau.base.languages import LANGUAGES
from carreau.catalogue.fields import NAME
from carreau.catalogue.i18n import formatting
from carreau.catalogue.site import State
from carreau.catalogue.table_reader import parse_when
from carreau.site.publish import shared_fields
from carreau.site.publish.shared_fields import Localizer

IN = {code: Localizer(code) for code in LANGUAGES}
ACCURACY = {"points": 111549, "median": 0.0309, "p95": 0.297, "rms": 0.5}
TOLD: dict[str, Any] = {
    "flown": "2021-05-28",
    "photograph": {"role": "orthophoto", "flown": ""},
    "points": 417106,
    "area_m2": 15000.0,
    "changes": {"softened": 0.12, "filled": 0.081, "voids_m2": 0.0, "trees": 31, "shrubs": 40, "dropped": 5},
    "raster_m2": 450,
    "interpolated_m2": 20,
    "gaps": [
        {"role": "historic", "reason": "empty", "name": "", "detail": ""},
        {"role": "points", "reason": "partial", "name": "", "detail": ""},
    ],
    "parts": [
        {"name": name.value, "is_measured": name in MEASURED, "triangles": 1}
        | ({"accuracy": ACCURACY} if name is PartName.ROOFS else {})
        for name in PartName
    ],
}


def test_roofs_say_when_and_how_closely_they_were_measured() -> None:
    parts = {part.name: part for part in shared_fields.survey_parts(TOLD, (), IN["en"])}
    roofs, walls = parts["roofs"], parts["walls"]
    assert roofs.evidence.code == "attested"
    assert roofs.note is not None
    assert roofs.note.text == (
        "Measured from the air: 28 May 2021. Half of the points lie within 3.1 cm, and 95% within 30 cm."
    )
    assert roofs.accuracy is not None
    assert (roofs.accuracy.points, roofs.accuracy.median_m, roofs.accuracy.p95_m) == (111549, 0.0309, 0.297)
    assert (walls.evidence.code, walls.evidence.text) == ("hypothetical", "assumed")
    assert walls.note is not None
    assert walls.note.text.startswith("Assumed: they cannot be seen")
    assert walls.accuracy is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_and_gap_is_told_in_every_language(language: str) -> None:
    parts = shared_fields.survey_parts(TOLD, (), IN[language])
    assert [part.name for part in parts] == [name.value for name in PartName]
    assert len({part.label.text for part in parts}) == len(PartName)
    for part in parts:
        assert part.note is not None
        assert part.note.lang == part.label.lang == language
    told = shared_fields.survey(TOLD, IN[language])
    assert told is not None
    assert len(told.gaps) == 2
    assert len({text.text for text in told.changes}) == 3
    if language != "en":
        english = {part.label.text for part in shared_fields.survey_parts(TOLD, (), IN["en"])}
        assert len({part.label.text for part in parts} & english) <= 1  # water is water in Dutch


def test_changes_of_the_photograph_and_unmeasured_ground_are_told_if_they_are_more_than_nothing() -> None:
    told = shared_fields.survey(TOLD, IN["en"])
    assert told is not None
    assert [text.text for text in told.changes] == [
        "Shadows are made lighter on 12% of the photograph.",
        "On 8% of the photograph, under trees, the ground has the tone of what lies around: assumed.",
        "No laser point lies on 3% of the area: its ground is from the terrain raster.",
    ]


def test_what_a_curator_wrote_replaces_a_part() -> None:
    assert "walls" not in {part.name for part in shared_fields.survey_parts(TOLD, {"walls"}, IN["fr"])}


def test_an_unknown_flight_is_told_as_unknown() -> None:
    (ground,) = [
        part for part in shared_fields.survey_parts({**TOLD, "flown": ""}, (), IN["en"]) if part.name == "ground"
    ]
    assert ground.note is not None
    assert ground.note.text == "Measured from the air, date unknown."
    told = shared_fields.survey({**TOLD, "flown": "some day"}, IN["en"])
    assert told is not None
    assert (told.flown, told.has_photograph, told.photograph) == (None, True, None)
    assert told.points_per_m2 == 27.8


def test_an_old_photograph_says_of_what_years_it_is() -> None:
    past = State(id="a", kind="survey", file="survey#historic", evidence="attested", date=parse_when("1950/1965"))
    said = {code: shared_fields.state_kind(past, IN[code]).text for code in LANGUAGES}
    assert said["en"] == "photograph of 1950–1965 on today’s ground"
    assert said["fr"].startswith("photographie de")
    assert len(set(said.values())) == len(LANGUAGES)
    undated = State(id="c", kind="survey", file="survey#historic", evidence="attested")
    assert shared_fields.state_kind(undated, IN["en"]).text == "old photograph on today’s ground"
    today = State(id="b", kind="survey", file="survey", evidence="attested")
    assert shared_fields.state_kind(today, IN["fr"]).text == "relevé aérien"


def test_other_states_have_no_survey() -> None:
    assert shared_fields.survey_parts(None, (), IN["en"]) == ()
    assert shared_fields.survey(None, IN["en"]) is None
    assert shared_fields.survey_pose(None) is None
    pose = shared_fields.survey_pose((3.8, 43.6, 20.0))
    assert pose is not None
    assert (pose.lon, pose.height_m, pose.yaw_deg) == (3.8, None, 0)


@pytest.mark.parametrize(
    ("file", "evidence", "date", "title"),
    [
        ("survey", "attested", "2022-05-29/2022-06-15", "Seen from the air, 2022"),
        ("survey", "attested", "", "Seen from the air"),
        ("survey", "hypothetical", "2026", "Seen from the air, 2026 (relief and buildings assumed)"),
        ("survey", "hypothetical", "", "Seen from the air (relief and buildings assumed)"),
        ("survey#historic", "deduced", "1950/1965", "Seen from the air, 1950–1965 (photograph on today’s ground)"),
        ("survey#historic", "deduced", "", "Seen from the air (old photograph on today’s ground)"),
    ],
)
def test_a_state_without_a_title_is_called_by_its_years(file: str, evidence: str, date: str, title: str) -> None:
    state = State(id="a", kind="survey", file=file, evidence=evidence, date=parse_when(date) if date else None)
    said = {code: formatting.state_title(state, IN[code].translator) for code in LANGUAGES}
    assert said["en"] == title
    assert len(set(said.values())) == len(LANGUAGES)
    assert all(len(each) <= NAME for each in said.values())
