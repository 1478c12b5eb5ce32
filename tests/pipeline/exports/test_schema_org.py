"""What search engines read is schema.org, of every site and route, and hides no doubt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carreau.exports.record import Publication
from carreau.exports.schema_org import schema_org_route, schema_org_site
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.schema_files import schemas
from tests.pipeline.exports.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(schemas("schemaorg"))


def graph(document: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(document)["@graph"]
    return found


def of(document: bytes, kind: str) -> list[dict[str, Any]]:
    return [each for each in graph(document) if each["@type"] == kind]


@pytest.mark.parametrize("slug", told.REAL)
def test_every_site_is_valid_and_without_a_model_no_3d_model(slug: str, vocabulary: Vocabulary) -> None:
    document = schema_org_site(told.site(slug))
    assert vocabulary.faults(document) == []
    assert not of(document, "3DModel")
    (place,) = of(document, "LandmarksOrHistoricalBuildings")
    position = told.site(slug).entry.of.position
    assert position is not None
    assert (place["geo"]["longitude"], place["geo"]["latitude"]) == (position.lon, position.lat)
    assert [each["propertyID"] for each in place["identifier"]] == ["Mission Bassin Minier"], "no code is made up"


@pytest.mark.parametrize("slug", told.ROUTES)
def test_every_route_is_valid_and_says_that_it_is_a_proposal(slug: str, vocabulary: Vocabulary) -> None:
    document = schema_org_route(told.route(slug))
    assert vocabulary.faults(document) == []
    (trip,) = of(document, "TouristTrip")
    assert trip["itinerary"]["numberOfItems"] == len(told.route(slug).entry.of.stop)
    assert "Proposal: nothing has been checked on the ground." in json.dumps(trip["disambiguatingDescription"])


def test_a_demonstration_is_no_building(vocabulary: Vocabulary) -> None:
    document = schema_org_site(told.site("demonstration"))
    assert vocabulary.faults(document) == []
    assert not of(document, "LandmarksOrHistoricalBuildings")
    assert "what is shown of it is simulated" in document.decode()


def test_the_vocabulary_finds_what_is_wrong(vocabulary: Vocabulary) -> None:
    wrong = {"@type": "TouristTrip", "architect": "x", "geo": "y", "name": "z"}
    faults = vocabulary.faults(json.dumps({"@context": "https://schema.org", "@graph": [wrong]}).encode())
    assert len(faults) == 3, "a property that is none, one that belongs elsewhere, and what that one does not take"


def test_a_site_with_models_is_valid_and_tells_each(tmp_path: Path, vocabulary: Vocabulary) -> None:
    document = schema_org_site(made_up.site(tmp_path))
    assert vocabulary.faults(document) == []
    today, past = of(document, "3DModel")
    assert today["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert {each["encodingFormat"] for each in today["encoding"]} == {"model/gltf-binary", "model/vnd.usdz+zip"}
    assert {"@language": "en", "@value": "Reconstruction: hypothetical"} in past["disambiguatingDescription"]
    assert past["temporalCoverage"] == "1930~", "about 1930, as EDTF has it"
    assert [part["name"][0]["@value"] for part in past["hasPart"]] == ["cheminée"]
    assert "Une porte basse." in json.dumps(today["hasPart"], ensure_ascii=False), "a link is only its words"


def test_translations_say_their_standing_and_stale_ones_are_left_out(tmp_path: Path) -> None:
    document = schema_org_site(made_up.site(tmp_path))
    pages = {each["inLanguage"]: each for each in of(document, "WebPage")}
    assert set(pages) == {"fr", "en", "nl", "de", "pl"}
    assert {code for code, page in pages.items() if "creativeWorkStatus" in page} == {"nl", "de"}
    (place,) = of(document, "LandmarksOrHistoricalBuildings")
    summary = [each["@language"] for each in place["disambiguatingDescription"]]
    assert summary == ["fr", "en", "nl", "de"], "the Polish one is of other French"
    assert [each["@language"] for each in place["name"]] == ["fr", "en", "nl", "de", "pl"]


def test_doubts_are_shown(tmp_path: Path) -> None:
    (place,) = of(schema_org_site(made_up.site(tmp_path)), "LandmarksOrHistoricalBuildings")
    known = {each["propertyID"]: each for each in place["additionalProperty"]}
    disputed = {"@language": "en", "@value": "The sources disagree."}
    assert disputed in known["miners"]["disambiguatingDescription"]
    assert "disambiguatingDescription" not in known["depth_m"]
    assert "1870 ailleurs" in known["period"]["description"][0]["@value"]
    assert known["confidence"]["value"] == "medium"
    assert "unknown" not in known, "a fact that nobody knows is a question"
    washery = place["event"][2]
    assert washery["startDate"] == "1838"
    assert disputed in washery["disambiguatingDescription"]
    assert {"@language": "en", "@value": "Approximate date."} in washery["disambiguatingDescription"]


def test_what_is_published_says_when_it_changed(tmp_path: Path, vocabulary: Vocabulary) -> None:
    document = schema_org_site(replace(made_up.site(tmp_path), modified="2026-11-27T08:00:00Z"))
    assert vocabulary.faults(document) == []
    pages = [each for each in json.loads(document)["@graph"] if each["@type"] == "WebPage"]
    assert [page.get("dateModified") for page in pages if page["inLanguage"] == "fr"] == ["2026-11-27T08:00:00Z"]


def test_what_nobody_decided_is_left_out(tmp_path: Path) -> None:
    text = schema_org_site(made_up.site(tmp_path, Publication())).decode()
    assert '"publisher"' not in text
    assert "dateModified" not in text
    assert '""' not in text


def test_a_route_knows_sites_and_other_places(tmp_path: Path, vocabulary: Vocabulary) -> None:
    document = schema_org_route(made_up.route(tmp_path))
    assert vocabulary.faults(document) == []
    first, second = of(document, "TouristTrip")[0]["itinerary"]["itemListElement"]
    assert first["item"]["@id"] == "https://carreau.example/id/sites/une"
    assert second["item"]["@type"] == "Place"
    assert second["item"]["address"]["addressLocality"] == "Là"


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert schema_org_site(made_up.site(tmp_path / "a")) == schema_org_site(made_up.site(tmp_path / "b"))
