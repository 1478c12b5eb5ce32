"""Trails in other formats: every doubt whole, no position that nobody knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carreau.base.languages import LANGUAGES
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.command.cli import main
from carreau.exports.geojson import geojson_trail, schema_org_trail
from carreau.exports.record import TrailRecord, trail_record
from tests.conftest import PROJECT

BATTLE = "bataille-de-denain"


@pytest.fixture(scope="module")
def records() -> dict[str, TrailRecord]:
    catalogue, translations = read_catalogue(PROJECT / "assets"), Translations(PROJECT / "locales")
    return {slug: trail_record(entry, catalogue, translations) for slug, entry in catalogue.trails.items()}


def features(record: TrailRecord, language: str = "fr") -> dict[str, dict[str, Any]]:
    return {each["id"].partition("/")[2]: each for each in json.loads(geojson_trail(record, language))["features"]}


def test_geojson_has_a_feature_for_every_chapter_and_says_how_well_it_is_known(
    records: dict[str, TrailRecord],
) -> None:
    for record in records.values():
        assert list(features(record)) == [chapter.id for chapter in record.entry.of.chapter]
    battle = features(records[BATTLE], "de")
    assert battle["le-pont"]["geometry"] is None
    assert battle["les-pontons"]["geometry"]["coordinates"] == [3.3491, 50.2922]
    assert battle["les-pontons"]["properties"]["is_exact"] is False
    assert battle["les-pontons"]["properties"]["doubt_lang"] == "de"
    assert battle["l-obelisque"]["properties"]["is_exact"] is True
    assert battle["le-siege"]["properties"]["page"].endswith(f"/de/erzaehlpfade/{BATTLE}#chapter=le-siege")
    pit = features(records["jules-mousseron"])["renard"]
    assert (pit["properties"]["site"], pit["properties"]["is_exact"]) == ("terril-renard", True)


def test_schema_org_tells_every_version_with_its_sources(records: dict[str, TrailRecord]) -> None:
    (work,) = json.loads(schema_org_trail(records[BATTLE]))["@graph"]
    assert {each["@language"] for each in work["name"]} == set(LANGUAGES)
    chapters = {each["position"]: each for each in work["hasPart"]}
    assert len(chapters) == 12
    doubts = [each["@value"] for each in chapters[8]["disambiguatingDescription"] if each["@language"] == "en"]
    hour = next(each for each in doubts if each.startswith("The time of the assault"))
    assert "(b6, b7, b16)" in hour
    assert "(b11)" in hour
    assert "geo" not in chapters[4]["contentLocation"], "the middle of a commune is no place of 1712"
    assert chapters[11]["contentLocation"]["geo"]["latitude"] == 50.31809


def test_the_command_exports_a_trail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--trail", BATTLE, "--assets", str(PROJECT / "assets"), "--out", str(tmp_path)]
    assert main(["export", "geojson", *options]) == 0
    assert (tmp_path / "trails" / f"{BATTLE}.geojson").is_file()
    assert main(["export", "geojson", "--trail", "none", *options[2:]]) == 2
    assert "--trail none: not in the catalogue" in capsys.readouterr().err
