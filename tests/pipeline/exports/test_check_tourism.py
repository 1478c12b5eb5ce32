"""What DATAtourisme requires and a place lacks is asked for: of the place, or once where no commune has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carreau.base.errors import QUESTION, Diagnostic
from carreau.catalogue.catalogue import read_catalogue
from carreau.command.cli import main
from carreau.exports.datatourisme import check_tourism
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import ROUTE, SITE, written
from tests.pipeline.catalogue.test_check import is_translated

WRITE_IT = "write it, so that tourist offices get a complete record"


def asked(root: Path, site: str = SITE, route: str = ROUTE, postcodes: str = "") -> list[Diagnostic]:
    """Return what is asked about a catalogue.

    postcodes : what stands in the place of those of the first commune
    """
    communes = written(root, site, route) / "communes.geojson"
    if postcodes:
        text = communes.read_text(encoding="utf-8")
        assert '"codesPostaux": ["59111"]' in text
        communes.write_text(text.replace('"codesPostaux": ["59111"]', postcodes), encoding="utf-8")
    return check_tourism(read_catalogue(root))


def test_a_complete_catalogue_is_not_asked_about(tmp_path: Path) -> None:
    assert asked(tmp_path / "assets") == []


@pytest.mark.parametrize(
    ("right", "wrong", "lacks"),
    [
        ('summary = "Une fosse."', 'summary = ""', "its summary"),
        ("lon = 3.4\nlat = 50.35\nbasis", "basis", "its position"),
        ('name = "Fosse Une"', 'name = ""', "its name"),
        ('commune = "Ici"', 'commune = ""', "its commune, the INSEE code of its commune"),
    ],
)
def test_what_a_place_lacks_is_asked_for(tmp_path: Path, right: str, wrong: str, lacks: str) -> None:
    site = SITE.replace(right, wrong, 1)
    if "summary" in right:
        site = site[: site.index("description")] + site[site.index("keywords") :]
    said = [each for each in asked(tmp_path / "assets", site) if each.file == "sites/une/site.toml"]
    assert [(each.level, each.topic, each.cause, each.cure) for each in said] == [
        (QUESTION, "tourist offices", f"DATAtourisme asks for more: {lacks}", WRITE_IT)
    ]
    assert is_translated(said[0].cause)
    assert is_translated(said[0].cure)


def test_a_commune_of_several_postal_codes_asks_its_places(tmp_path: Path) -> None:
    several = '"codesPostaux": ["59111", "59113"]'
    said = asked(tmp_path / "assets", postcodes=several)
    assert [(each.file, each.cause) for each in said] == [
        (f"sites/{slug}/site.toml", "DATAtourisme asks for more: its postal code") for slug in ("deux", "une")
    ]
    own = SITE.replace('insee = "59001"', 'insee = "59001"\npostcode = "59113"')
    assert [each.file for each in asked(tmp_path / "more", own, postcodes=several)] == ["sites/deux/site.toml"]


def test_without_postal_codes_they_are_asked_for_once(tmp_path: Path) -> None:
    [said] = asked(tmp_path / "assets", postcodes='"codesPostaux": []')
    assert (said.file, said.level) == ("communes.geojson", QUESTION)
    assert said.cause == "DATAtourisme asks for a postal code, which 2 entries lack"
    assert said.cure == 'write "codesPostaux": ["…"] into the properties of each commune'
    assert is_translated(said.cause)
    assert is_translated(said.cure)


def test_of_the_real_places_only_postal_codes_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--assets", str(PROJECT / "assets"), "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [each["file"] for each in findings if each["topic"] == "tourist offices"] == ["communes.geojson"]


def test_a_sheet_that_cannot_be_read_is_not_asked_about(tmp_path: Path) -> None:
    assert [each.file for each in asked(tmp_path / "assets", "name =")] == []
