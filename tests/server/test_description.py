"""The description of the interface is whole, and what is answered is what it describes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import SkipTest

import jsonschema
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from tests.server.asking import Ask

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

OPERATIONS = {
    "exportRoute", "exportSite", "exportTrail", "getApiDescription", "getCatalogueCsv", "getCollection",
    "getCollections", "getConformance", "getEmbed", "getFeature", "getFeatures", "getFile", "getHealth", "getHome",
    "getIiif3Manifest",
    "getIiifManifest", "getLandingPage", "getMetrics", "getModel", "getOembed", "getPack", "getPackOfLevel",
    "getProblemType", "getReadiness", "getRoute", "getSite", "getSitesGeojson", "getTerms", "getTerritory", "getTrail",
    "getTrailPack", "getTrailPackOfLevel",
    "listProblemTypes", "listRoutes", "listSites", "listTrails", "redirectCollections", "redirectConformance", "search",
}  # fmt: skip
"""Programs call these names: one that changes breaks them."""


@pytest.mark.parametrize("mode", MODES, ids=["as described", "otherwise"])
def test_every_answer_is_described(app: FastAPI, mode: GenerationMode) -> None:
    """Ask what hypothesis makes of every operation; its own plugin for pytest does not know pytest 9.2."""
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    asked_for = 0
    for found in described.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except SkipTest:
            continue

        @settings(max_examples=6, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(strategy)
        def ask(case: Any) -> None:
            nonlocal asked_for
            answer = case.call_and_validate(checks=CHECKS)
            # What oEmbed wants for a format that is not written is a 501, and no failure.
            assert answer.status_code < 500 or answer.status_code == 501
            asked_for += 1

        with suppress(Unsatisfiable):  # nothing can be wrong with an operation that takes no parameter
            ask()
    assert asked_for > 60


@pytest.mark.parametrize(
    ("path", "slugs"),
    [
        ("/v1/sites/{slug}", {"slug": "fosse-mathilde"}),
        ("/v1/sites/{slug}.{ending}", {"slug": "fosse-mathilde", "ending": "geojson"}),
        ("/v1/sites/{slug}/states/{state}/model", {"slug": "fosse-mathilde", "state": "1930"}),
        ("/v1/routes/{slug}", {"slug": "autour-de-mathilde"}),
        ("/v1/trails/{slug}", {"slug": "la-greve-de-mathilde"}),
        ("/v1/trails/{slug}.{ending}", {"slug": "la-greve-de-mathilde", "ending": "geojson"}),
        ("/v1/routes/{slug}.{ending}", {"slug": "autour-de-mathilde", "ending": "gpx"}),
        ("/v1/routes/{slug}/pack", {"slug": "autour-de-mathilde"}),
        ("/v1/trails/{slug}/pack", {"slug": "la-greve-de-mathilde"}),
        ("/iiif/{slug}/manifest.json", {"slug": "fosse-mathilde"}),
        ("/ogc/collections/sites/items/{slug}", {"slug": "fosse-mathilde"}),
        ("/embed/{slug}", {"slug": "fosse-mathilde"}),
    ],
)
def test_what_is_there_is_answered_as_described(app: FastAPI, path: str, slugs: dict[str, str]) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    case = described[path]["GET"].Case(path_parameters=slugs)
    answer = case.call_and_validate(checks=CHECKS)
    assert answer.status_code < 400 or "pack" in path


def answers(document: dict[str, Any]) -> list[tuple[str, str, str, dict[str, Any]]]:
    return [
        (path, status, kind, content)
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        for kind, content in answer.get("content", {}).items()
    ]


def test_every_answer_has_an_example_that_is_one(asked: Ask) -> None:
    document = asked("/openapi.json").json()
    for path, status, kind, content in answers(document):
        assert content.get("example"), (path, status, kind)
        if kind in ("application/json", "application/problem+json"):
            whole = {**content.get("schema", {}), "components": document["components"]}
            jsonschema.Draft202012Validator(whole).validate(content["example"])


def test_the_description_is_openapi_and_has_no_answer_that_is_never_given(asked: Ask) -> None:
    document = asked("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert not [path for path, status, *_ in answers(document) if status == "422"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["description"]
            assert operation["tags"]
            assert len(operation["responses"]) >= 1


def test_operations_have_short_names_that_stay(asked: Ask) -> None:
    document = asked("/openapi.json").json()
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
    assert set(names) == OPERATIONS


def test_a_redirection_is_described_without_a_success(asked: Ask) -> None:
    document = asked("/openapi.json").json()
    for path, status in (
        ("/conformance", "308"),
        ("/collections", "308"),
        ("/v1/sites/{slug}/states/{state}/model", "307"),
    ):
        responses = document["paths"][path]["get"]["responses"]
        assert [each for each in responses if each < "400"] == [status], path


def test_properties_are_required_where_documents_always_have_them(asked: Ask) -> None:
    schemas = asked("/openapi.json").json()["components"]["schemas"]
    assert {"states", "tours", "is_demonstration"} <= set(schemas["Site"]["required"])
    assert not {"position", "period"} & set(schemas["Site"]["required"])
    assert "errors" not in schemas["Problem"]["required"]
    assert not [name for name, schema in schemas.items() for each in schema["properties"].values() if "default" in each]


def test_a_parameter_is_left_out_and_never_null(asked: Ask) -> None:
    operation = asked("/openapi.json").json()["paths"]["/v1/sites"]["get"]
    schemas = {each["name"]: each["schema"] for each in operation["parameters"]}
    assert (schemas["lang"]["type"], schemas["lang"]["maxLength"]) == ("string", 35)
    assert schemas["f"]["enum"] == ["json", "geojson"]
    assert "null" not in str(schemas)


def test_every_path_of_the_interface_is_described(asked: Ask) -> None:
    paths = set(asked("/openapi.json").json()["paths"])
    assert paths >= {
        *("/v1/sites", "/v1/sites/{slug}", "/v1/sites/{slug}.{ending}", "/v1/sites/{slug}/states/{state}/model"),
        *("/v1/routes", "/v1/routes/{slug}", "/v1/routes/{slug}.{ending}", "/v1/routes/{slug}/pack", "/v1/search"),
        *(
            "/ogc/collections/sites/items",
            "/ogc/conformance",
            "/iiif/{slug}/manifest.json",
            "/iiif/3/{slug}/manifest.json",
            "/oembed",
            "/a/{sha256}.{ext}",
        ),
        *("/healthz", "/readyz", "/metrics"),
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_what_machines_ask_for_is_described_as_it_is_answered(app: FastAPI, asked: Ask, path: str) -> None:
    described = asked("/openapi.json").json()["paths"][path]["get"]["responses"]
    replies = [
        asked(path),
        asked(path, if_none_match=asked(path).headers.get("etag", "*")),
        asked(f"{path}?x={'a' * 2100}"),
        asked(path, content_length="5"),
        asked(path, host="a, b"),
    ]
    given = {str(reply.status) for reply in replies}
    assert {"200", "413", "414"} <= given <= set(described)
    # Whoever asks too often, or when too many do, is told so anywhere.
    assert set(described) - given == {"429", "503"}


@pytest.mark.parametrize("name", ["Site", "Route", "Pack", "PackChange", "SiteList", "Territory", "Hits", "Problem"])
def test_documents_are_named(asked: Ask, name: str) -> None:
    assert name in asked("/openapi.json").json()["components"]["schemas"]


def test_every_prepared_document_is_as_described(asked: Ask, bundle: Path) -> None:
    document = asked("/openapi.json").json()
    for path, name in (
        ("/v1/sites/fosse-mathilde", "Site"),
        ("/v1/sites", "SiteList"),
        ("/v1/routes", "RouteList"),
        ("/v1/routes/autour-de-mathilde", "Route"),
        ("/v1/trails", "TrailList"),
        ("/v1/trails/la-greve-de-mathilde", "Trail"),
        ("/v1/routes/autour-de-mathilde/pack", "Pack"),
        ("/v1/routes/autour-de-mathilde/pack?have=x", "PackChange"),
        ("/v1/search?q=mathilde", "Hits"),
        ("/v1/terms", "Terms"),
        ("/v1/territory", "Territory"),
        ("/v1/sites?limit=0", "Problem"),
    ):
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(asked(path).json())
