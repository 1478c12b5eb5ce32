"""Surveys from the air are a kind of state, and examples from elsewhere a kind of place, counted apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import Diagnostic
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.site import State
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.catalogue.test_check import is_translated

EXAMPLE = """\
name = "Des maisons"
kind = "example"
theme = "habitat"
commune = ""
insee = ""
summary = "Des maisons."
description = "Des maisons."
keywords = ["maisons"]
confidence = "high"

[position]
lon = 4.8
lat = 45.7
basis = "points"

[[rights]]
of = "tout"
credit = "IGN"
licence = "etalab-2.0"

[[state]]
id = "air-2022"
title = "Vu du ciel"
date = "2022"
kind = "survey"
file = "survey"
evidence = "attested"
sources = ["IGN"]
licence = "etalab-2.0"
credit = "IGN"

[[state]]
id = "air-1950"
title = "Vu du ciel"
date = "1950/1965"
kind = "survey"
file = "survey#historic"
evidence = "attested"
sources = ["IGN"]
licence = "etalab-2.0"
credit = "IGN"
"""


def found(folder: Path, text: str, has_record: bool = True) -> list[Diagnostic]:
    root = written(folder / "assets")
    place = root / "sites" / "ailleurs"
    (place / "survey").mkdir(parents=True)
    (place / "site.toml").write_text(text, encoding="utf-8")
    if has_record:
        (place / "survey" / "survey.toml").write_text("format = 1\n", encoding="utf-8")
    return [each for each in check_folder(root).findings if "ailleurs" in each.file]


def test_an_example_is_counted_apart_and_needs_neither_commune_nor_outline(tmp_path: Path) -> None:
    assert found(tmp_path, EXAMPLE) == []
    checked = check_folder(tmp_path / "assets")
    assert (checked.site_count, checked.example_count, checked.demonstration_count) == (2, 1, 0)
    assert checked.lines()[-1] == "2 sites, 1 example, 1 route: 0 errors, 0 open questions"
    assert checked.as_json()["examples"] == 1


@pytest.mark.parametrize(
    ("right", "wrong", "cause"),
    [
        ("lon = 4.8\nlat = 45.7", "lon = 3.4\nlat = 50.35", "the position of an example from elsewhere is in Ici"),
        (
            "[[rights]]", '[inscription]\nlist = 1360\ncode = "1360-008"\nelement = "9A"\nsource = "liste"\n[[rights]]',
            "an example from elsewhere cannot have an inscription",
        ),
        ('file = "survey#historic"', 'file = "survey#1950"', "'survey#1950' does not exist"),
        ('file = "survey"\n', 'file = "../une"\n', "is outside the folder"),
        ('date = "1950/1965"\n', "", "the date is missing"),
        ('sources = ["IGN"]\n', "", "the sources are missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, right: str, wrong: str, cause: str) -> None:
    text = EXAMPLE.replace(right, wrong, 1)
    assert text != EXAMPLE
    said = found(tmp_path, text)
    (told,) = [each for each in said if cause in each.cause]
    assert is_translated(told.cause)
    assert is_translated(told.cure)


def test_a_title_is_asked_for_only_where_pages_have_none(tmp_path: Path) -> None:
    text = EXAMPLE.replace('title = "Vu du ciel"\n', "").replace('kind = "survey"', 'kind = "scan"', 1)
    assert [each.key for each in found(tmp_path, text) if "title" in each.key] == ["state 1, title"]


def test_a_folder_without_a_record_is_no_survey(tmp_path: Path) -> None:
    said = {each.cause for each in found(tmp_path, EXAMPLE, has_record=False)}
    assert said == {"'survey' is not the folder of a survey"}


def test_a_state_knows_its_folder_and_what_it_shows() -> None:
    today, past, scan = (
        State(id="a", kind=kind, file=file, evidence="attested")
        for kind, file in (("survey", "survey"), ("survey", "survey#historic"), ("scan", "mill#historic"))
    )
    assert (today.path, today.shown_as, today.is_capture) == ("survey", "survey", True)
    assert (past.path, past.shown_as, past.is_capture) == ("survey", "historic", False)
    assert (scan.path, scan.shown_as, scan.is_capture) == ("mill#historic", "scan", True)


def test_the_example_in_the_assets_is_whole() -> None:
    entry = read_catalogue(PROJECT / "assets").sites["maisons-vues-du-ciel"]
    assert entry.of.is_apart
    assert not entry.of.demonstration
    assert [state.shown_as for state in entry.of.state] == ["survey", "historic"]
    assert (entry.folder / entry.of.state[0].path / "survey.toml").is_file()


@pytest.mark.parametrize(("kind", "count"), [("example", 0), ("mine", 1)])
def test_a_made_photograph_is_for_examples_only(tmp_path: Path, kind: str, count: int) -> None:
    text = EXAMPLE.replace('kind = "example"', f'kind = "{kind}"')
    found(tmp_path, text)
    record = (PROJECT / "assets/sites/maisons-vues-du-ciel/survey/survey.toml").read_bytes()
    (tmp_path / "assets/sites/ailleurs/survey/survey.toml").write_bytes(record)
    said = [each for each in check_folder(tmp_path / "assets").findings if "the file is simulated" in each.cause]
    assert [each.key for each in said] == ["state 2, file"] * count
    assert all(is_translated(each.cause) for each in said)
