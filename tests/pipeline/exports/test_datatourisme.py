"""Tourist offices get what was seen to be taken, labelled as unverified, and nothing that we do not know."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, URIRef

from carreau.exports.datatourisme import REQUIRED, datatourisme_route, datatourisme_site
from carreau.exports.datatourisme import lacking as lacking_keys
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.schema_files import schemas

CORE = "https://www.datatourisme.fr/ontology/core#"
UNKNOWN = {"http://schema.org/postalCode"}
"""What the shapes ask for and none of our sources has."""
UNDECIDED = {f"{CORE}{name}" for name in ("hasBeenCreatedBy", "hasBeenPublishedBy", "hasContact", "lastUpdate")}
"""What it lacks as long as nobody said who publishes."""
PREFIXES = {"rdfs": "http://www.w3.org/2000/01/rdf-schema#", "schema": "http://schema.org/"}


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(schemas("datatourisme") / "PROJECT-poi-shapes.ttl")


def lacking(document: bytes, shapes: Graph) -> set[str]:
    """Return the properties that the shapes, which are this project's own, find wrong."""
    with warnings.catch_warnings():
        # rdflib's reader of JSON-LD and pyshacl use what rdflib calls deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        from pyshacl import validate

        data = Graph().parse(data=document, format="json-ld")
        _, report, _ = validate(data, shacl_graph=shapes)
    assert isinstance(report, Graph)
    details = set(report.objects(None, URIRef("http://www.w3.org/ns/shacl#resultPath")))
    nested = {URIRef("http://schema.org/address"), URIRef(f"{CORE}isLocatedAt")}
    return {str(each) for each in details - nested}


def told_lacking(document: bytes) -> set[str]:
    """Return the properties that the export itself says are lacking."""
    keys = [key.rpartition(":") for key in lacking_keys(document)]
    return {f"{PREFIXES.get(prefix, CORE)}{name}" for prefix, _, name in keys}


def read(document: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document)
    return found


@pytest.mark.parametrize("slug", told.REAL)
def test_every_site_lacks_only_what_nobody_knows_or_decided(slug: str, shapes: Graph) -> None:
    document = datatourisme_site(told.site(slug))
    assert told_lacking(document) == lacking(document, shapes) == UNKNOWN | UNDECIDED
    assert "l’ontologie officielle de DATAtourisme n’a pas été consultée" in read(document)["skos:editorialNote"]["fr"]
    city = read(document)["isLocatedAt"][0]["schema:address"][0]["hasAddressCity"]
    assert city["insee"] == told.site(slug).entry.of.insee


@pytest.mark.parametrize("slug", told.ROUTES)
def test_every_route_is_a_tour_and_says_that_it_is_a_proposal(slug: str, shapes: Graph) -> None:
    document = datatourisme_route(told.route(slug))
    assert told_lacking(document) == lacking(document, shapes) == UNKNOWN | UNDECIDED
    tour = read(document)
    assert "Tour" in tour["@type"]
    assert ("WalkingTour" in tour["@type"]) == (told.route(slug).entry.of.mode == "walk")
    assert "nothing has been checked on the ground" in tour["skos:editorialNote"]["en"]
    assert [slot["olo:index"] for slot in tour["olo:slot"]] == list(range(1, len(tour["olo:slot"]) + 1))


def test_with_a_publisher_and_postal_codes_nothing_is_lacking(tmp_path: Path, shapes: Graph) -> None:
    document = datatourisme_site(made_up.site(tmp_path))
    assert told_lacking(document) == lacking(document, shapes) == set()
    site = read(document)
    assert site["isLocatedAt"][0]["schema:address"][0]["schema:postalCode"] == "59111"
    assert site["@type"] == [
        "PointOfInterest",
        "PlaceOfInterest",
        "CulturalSite",
        "TechnicalHeritage",
        "IndustrialSite",
    ]
    assert set(site["rdfs:label"]) == {"fr", "en", "nl", "de", "pl"}
    assert set(site["rdfs:comment"]) == {"fr", "en", "nl", "de"}, "the Polish summary is stale"
    assert "Unreviewed translations: nl, de." in site["skos:editorialNote"]["en"]
    assert "The sources disagree." in site["skos:editorialNote"]["en"]
    assert site["lastUpdate"] == "2026-11-26"


def test_the_shapes_find_what_is_wrong(shapes: Graph, tmp_path: Path) -> None:
    wrong = read(datatourisme_site(made_up.site(tmp_path)))
    del wrong["rdfs:label"]
    assert "http://www.w3.org/2000/01/rdf-schema#label" in lacking(json.dumps(wrong).encode(), shapes)


@pytest.mark.parametrize("key", REQUIRED)
def test_what_is_told_to_be_lacking_is_what_the_shapes_find(tmp_path: Path, key: str, shapes: Graph) -> None:
    document = read(datatourisme_site(made_up.site(tmp_path)))
    [place] = document["isLocatedAt"]
    [holder] = [each for each in (document, place, *place["schema:address"]) if key in each]
    del holder[key]
    content = json.dumps(document).encode()
    assert lacking_keys(content) == (key,)
    assert lacking(content, shapes) == told_lacking(content)


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert datatourisme_site(made_up.site(tmp_path / "a")) == datatourisme_site(made_up.site(tmp_path / "b"))
