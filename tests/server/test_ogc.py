"""The catalogue is a layer of a GIS: OGC API Features, Part 1, Core and GeoJSON."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from tests.conftest import PROJECT, need
from tests.server.asking import Ask
from tests.server.bundles import BASE_URL

SCHEMAS = PROJECT.parent / "shared" / "standards" / "schemas" / "ogcapi-features"
ITEMS = "/ogc/collections/sites/items"


@pytest.fixture(scope="session")
def schemas() -> Path:
    need(SCHEMAS.is_dir(), "the schemas of OGC do not lie beside the project, in ../shared/standards")
    return SCHEMAS


def valid(folder: Path, name: str, document: object) -> None:
    """Hold a document against one of the standard's schemas; in YAML its `type: null` wants quotes."""

    def quoted(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: "null" if key == "type" and value is None else quoted(value) for key, value in node.items()}
        return ["null" if value is None else quoted(value) for value in node] if isinstance(node, list) else node

    parts = {path.name: quoted(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in folder.glob("*.yaml")}
    resources = [
        (name, Resource.from_contents({**part, "$schema": "https://json-schema.org/draft/2020-12/schema"}))
        for name, part in parts.items()
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    jsonschema.Draft202012Validator({"$ref": f"{name}.yaml"}, registry=registry).validate(document)


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/ogc/", "landingPage"),
        ("/?f=json", "landingPage"),
        ("/ogc/conformance", "confClasses"),
        ("/ogc/collections", "collections"),
        ("/ogc/collections/sites", "collection"),
        (ITEMS, "featureCollectionGeoJSON"),
        (f"{ITEMS}/fosse-mathilde", "featureGeoJSON"),
        ("/v1/sites?f=geojson&kind=fosse", "featureCollectionGeoJSON"),
        (f"{ITEMS}/nowhere", "exception"),
        (f"{ITEMS}?bbox=1", "exception"),
    ],
)
def test_a_document_is_as_the_standard_says(ask: Ask, schemas: Path, path: str, schema: str) -> None:
    document = ask(path).json()
    valid(schemas, schema, document)
    if schema != "exception":
        broken = {
            key: value for key, value in copy.deepcopy(document).items() if key not in ("links", "conformsTo", "type")
        }
        with pytest.raises(jsonschema.ValidationError):
            valid(schemas, schema, broken)


def test_the_examples_have_no_member_that_ours_lack(asked: Ask, schemas: Path) -> None:
    import json

    examples = schemas.parents[1] / "examples" / "ogc"
    for name, path in (
        ("collections", "/ogc/collections"),
        ("collection-sites", "/ogc/collections/sites"),
        ("landing", "/ogc"),
    ):
        example = json.loads((examples / f"{name}.json").read_text(encoding="utf-8"))
        assert set(example) <= set(asked(path).json())
    items = json.loads((examples / "items.geojson").read_text(encoding="utf-8"))
    # The time of an answer would make it another one every time.
    assert set(items) - set(asked(ITEMS).json()) == {"timeStamp"}
    assert set(items["features"][0]) <= set(asked(f"{ITEMS}/fosse-mathilde").json())


def test_links_lead_from_the_landing_page_to_every_feature(ask: Ask) -> None:
    def follow(document: dict[str, Any], rel: str) -> dict[str, Any]:
        (found,) = [each for each in document["links"] if each["rel"] == rel]
        reply = ask(found["href"].removeprefix(BASE_URL), accept=found["type"])
        assert reply.headers["content-type"] == found["type"]
        answer: dict[str, Any] = reply.json()
        return answer

    landing = ask("/", accept="application/json").json()
    assert follow(landing, "conformance")["conformsTo"]
    assert follow(landing, "service-desc")["openapi"].startswith("3.1")
    (collection,) = follow(landing, "data")["collections"]
    features = follow(collection, "items")
    assert features["numberMatched"] == features["numberReturned"] == len(features["features"]) == 2
    for feature in features["features"]:
        assert follow(feature, "self") == feature
        assert follow(feature, "collection")["id"] == "sites"


def test_the_landing_page_links_the_documentation_where_there_is_one(ask: Ask, documented: Ask) -> None:
    def links(document: dict[str, Any]) -> list[str]:
        return [each["href"] for each in document["links"] if each["rel"] == "service-doc"]

    assert links(ask("/ogc/").json()) == []
    (address,) = links(documented("/ogc/?lang=de").json())
    assert address == f"{BASE_URL}/de/api"
    assert documented(address.removeprefix(BASE_URL)).status == 200


def test_a_page_leads_to_the_next(ask: Ask) -> None:
    first = ask(f"{ITEMS}?limit=1").json()
    (more,) = [each["href"] for each in first["links"] if each["rel"] == "next"]
    second = ask(more.removeprefix(BASE_URL)).json()
    assert [each["id"] for each in first["features"] + second["features"]] == ["fosse-mathilde", "terril-renard"]
    assert not [each for each in second["links"] if each["rel"] == "next"]
    assert (first["numberMatched"], first["numberReturned"]) == (2, 1)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("bbox=3.3,50.3,3.4,50.4", 1),
        ("bbox=3.3,50.3,-100,3.4,50.4,9000", 1),
        ("bbox=0,0,1,1", 0),
        ("datetime=2026-11-25T00:00:00Z", 2),
        ("datetime=2026-11-25T00:00:00Z/..", 2),
        ("datetime=/2026-11-25T00:00:00Z", 2),
        ("limit=100000", 2),
        ("f=json&lang=de", 2),
    ],
)
def test_parameters_of_the_standard(ask: Ask, question: str, found: int) -> None:
    assert ask(f"{ITEMS}?{question}").json()["numberReturned"] == found


@pytest.mark.parametrize(
    "question",
    ["limit=0", "limit=x", "bbox=a", "datetime=yesterday", "datetime=/", "foo=1", "f=html", "cursor=WyJcdWQ4MDAiXQ"],
)
def test_wrong_parameters_are_refused(ask: Ask, question: str) -> None:
    reply = ask(f"{ITEMS}?{question}")
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")


def test_the_extent_is_that_of_the_sites(ask: Ask) -> None:
    assert ask("/ogc/collections/sites").json()["extent"]["spatial"]["bbox"] == [[3.395, 50.329, 3.48, 50.39]]


def test_what_is_not_met_is_not_claimed(ask: Ask) -> None:
    classes = [name.rsplit("/", 1)[1] for name in ask("/ogc/conformance").json()["conformsTo"]]
    assert classes == ["core", "geojson"]  # oas30 is OpenAPI 3.0, and ours is 3.1


def test_a_redirection_keeps_the_address_as_it_was_sent(ask: Ask) -> None:
    reply = ask("/collections/a%20b%2F%C3%A9?f=json")
    assert (reply.status, reply.headers["location"]) == (308, "/ogc/collections/a%20b%2F%C3%A9?f=json")
