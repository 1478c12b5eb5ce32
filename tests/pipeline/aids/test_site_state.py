"""States of a survey are added to a site.toml and renewed in it, and nothing else of it changes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from carreau.aids.survey_sites import HISTORIC_FILE, StateText, list_states, with_states, write_states
from carreau.air.airborne.survey_record import Grid, Layer, Role, SurveyRecord
from carreau.base.errors import OptionError
from carreau.catalogue.site import State
from tests.conftest import PROJECT

POINTS = Layer(
    Role.POINTS, "p.laz", "t", "2025-06-06", "2022-05-29/2022-06-15", credit="IGN – LiDAR HD", licence="etalab-2.0"
)
HISTORIC = Layer(
    Role.HISTORIC, "h.jpg", flown="1950/1965", credit="IGN – 1950-1965", licence="etalab-2.0", source="https://a/b",
    grid=Grid(730_000.0, 7_031_000.0, 0.5, 2, 2),
)  # fmt: skip
TERRAIN = Layer(Role.TERRAIN, "t.bil", credit="IGN – RGE ALTI", licence="etalab-2.0", grid=HISTORIC.grid)


def record_of(*layers: Layer) -> SurveyRecord:
    return SurveyRecord(2154, (730_000.0, 7_031_000.0, 730_100.0, 7_031_050.0), date(2026, 11, 27), layers, 5720)


def states(*layers: Layer) -> list[StateText]:
    return list_states(record_of(*layers))


def own(text: str) -> list[dict[str, Any]]:
    return [each for each in tomllib.loads(text).get("state", []) if each["kind"] == "survey"]


SHEETS = [
    path
    for path in sorted((PROJECT / "assets" / "sites").glob("*/site.toml"))
    if 'kind = "survey"' not in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.parent.name)
def test_every_line_of_a_real_file_stays(path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    after = with_states(before, states(POINTS, HISTORIC))
    assert after.startswith(before.rstrip("\n") + "\n")
    assert len(own(after)) == 2
    assert with_states(after, states(POINTS, HISTORIC)) == after


def test_today_is_measured_and_the_past_laid_on_it() -> None:
    today, past = states(POINTS, HISTORIC)
    assert today.values["id"] == "air-2022"
    assert "title" not in today.values
    assert (today.values["date"], today.values["evidence"]) == ("2022", "attested")
    assert today.values["credit"] == "IGN – LiDAR HD ; traitement : Carreau, non par l’IGN"
    assert (past.values["id"], past.values["date"], past.values["file"]) == ("air-1950", "1950/1965", HISTORIC_FILE)
    assert past.values["sources"] == ["IGN – 1950-1965 (https://a/b)", "IGN – LiDAR HD"]
    assert today.pose == past.pose
    assert (round(today.pose["lon"], 2), round(today.pose["lat"], 2)) == (3.42, 50.38)
    assert "height_m" not in today.pose


def test_without_points_the_whole_is_supposed() -> None:
    (today,) = states(TERRAIN)
    assert today.values["id"] == "air-2026"
    assert today.values["evidence"] == "hypothetical"


def test_the_keys_are_those_of_the_catalogue() -> None:
    for state in states(POINTS, HISTORIC):
        assert set(state.values) <= set(State.__dataclass_fields__)


CURATED = """# Le lieu.
name = "Fosse"  # nom

[[state]]
id = "scan"
kind = "scan"
file = "scan.glb"

# À nous.
[[state]]
id = "air-2026"  # lien
title = "La fosse depuis le ciel"  # notre titre
date = "2026"
kind = "survey"
file = "survey" # dossier
evidence = "hypothetical"
sources = [
  "IGN",  # un
  "IGN, deux",
]
note = '''
Une note
= [[state]]
'''
[[state.part]]
name = "toits"
evidence = "attested"
[state.geopose]  # là
lon = 3.0
# le nord :
lat = 50.0

# La suite.
[[tour]]
id = "t"
state = "scan"
"""


def test_values_are_renewed_and_comments_stay() -> None:
    after = with_states(CURATED, states(POINTS))
    (state,) = own(after)
    assert (state["id"], state["date"]) == ("air-2022", "2022")
    assert (state["evidence"], state["sources"], state["licence"]) == ("attested", ["IGN – LiDAR HD"], "etalab-2.0")
    assert "height_m" not in state["geopose"]
    assert round(state["geopose"]["lat"], 2) == 50.38
    assert state["part"] == [{"name": "toits", "evidence": "attested"}]
    for comment in (
        "# lien",
        "# notre titre",
        "# dossier",
        "# là",
        "# le nord :",
        "# À nous.",
        "# La suite.\n[[tour]]",
    ):
        assert comment in after
    assert with_states(after, states(POINTS)) == after


def test_a_title_that_a_curator_wrote_stays_and_none_is_written() -> None:
    assert own(with_states(CURATED, states(POINTS)))[0]["title"] == "La fosse depuis le ciel"
    assert all("title" not in each for each in own(with_states("name = 'a'\n", states(POINTS, HISTORIC))))


def test_an_id_that_a_tour_names_stays() -> None:
    text = CURATED.replace('state = "scan"', 'state = "air-2026"')
    assert own(with_states(text, states(POINTS)))[0]["id"] == "air-2026"


def test_an_id_that_is_taken_gets_a_number() -> None:
    text = 'name = "a"\n[[state]]\nid = "air-2022"\nkind = "scan"\nfile = "a.glb"\n'
    assert own(with_states(text, states(POINTS)))[0]["id"] == "air-2022-2"


def test_a_photograph_that_is_gone_leaves_a_draft() -> None:
    text = with_states(with_states("name = 'a'\n", states(POINTS, HISTORIC)), states(POINTS))
    assert [each["file"] for each in own(text)] == ["survey", ""]


def test_states_that_are_no_tables_are_told(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("name = 'a'\nstate = []\n")
    with pytest.raises(
        OptionError, match=r"the states in .*site\.toml are not \[\[state\]\] tables; rewrite them first"
    ):
        write_states(path, states(POINTS))
    assert path.read_text() == "name = 'a'\nstate = []\n"


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("name = 'a'\nstate = [\n")
    with pytest.raises(OptionError, match=r"site\.toml, line 2, state: what opens here with \[ is not closed"):
        write_states(path, states(POINTS))


def test_nothing_is_written_where_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("name = 'a'\n")
    assert write_states(path, states(POINTS))
    assert not write_states(path, states(POINTS))
