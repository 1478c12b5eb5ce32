"""A module with a router, listed once, is a route: served, described with an example, and wrong requests refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from fastapi import APIRouter, Response
from pydantic import BaseModel

from carreau_server import app as server_app
from carreau_server.errors import NotFoundError
from carreau_server.http.responses import generated_response
from carreau_server.json_bytes import to_json
from carreau_server.openapi import json_response, problems
from carreau_server.query_params import ContextWithLang
from carreau_server.settings import Settings
from tests.conftest import PROJECT
from tests.server.asking import Ask, of_app


class Commune(BaseModel):
    """A commune, and how many sites it has."""

    name: str
    sites: int


router = APIRouter(prefix="/v1", tags=["sites"])


@router.get(
    "/communes/{name}",
    response_class=Response,
    responses={**json_response(Commune, {"name": "Denain", "sites": 3}), **problems(404)},
)
async def get_commune(name: str, context: ContextWithLang) -> Response:
    """Return a commune."""
    row = context.bundle.one("SELECT count(*) FROM commune WHERE name = ?", name)
    if not row or not row[0]:
        raise NotFoundError
    return generated_response(context, to_json({"name": name, "sites": row[0]}), "application/json")


@pytest.fixture
def asked_more(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    groups = (SimpleNamespace(router=router), *server_app.ROUTE_GROUPS)
    monkeypatch.setattr(server_app, "ROUTE_GROUPS", groups)
    return of_app(server_app.create_app(Settings(bundle)))


def test_a_made_up_route_answers_and_refuses(asked_more: Ask) -> None:
    assert asked_more("/v1/communes/denain").json() == {"name": "denain", "sites": 1}
    for target, status, code in (
        ("/v1/communes/nowhere", 404, "not-found"),
        ("/v1/communes/denain?x=1", 400, "invalid-parameter"),
    ):
        reply = asked_more(target, accept_language="fr")
        assert (reply.status, reply.json()["code"]) == (status, code)
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["content-language"] == "fr"


def test_a_made_up_route_is_described_with_an_example(asked_more: Ask) -> None:
    document = asked_more("/openapi.json").json()
    operation = document["paths"]["/v1/communes/{name}"]["get"]
    assert operation["operationId"] == "getCommune"
    assert {"200", "304", "400", "404", "429"} <= set(operation["responses"])
    content = operation["responses"]["200"]["content"]["application/json"]
    schema = {**content["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])


def test_every_module_of_routes_is_listed() -> None:
    folder = PROJECT / "server" / "carreau_server" / "routes"
    modules = {path.stem for path in folder.glob("*.py") if "router = APIRouter(" in path.read_text(encoding="utf-8")}
    assert {group.__name__.rpartition(".")[2] for group in server_app.ROUTE_GROUPS} == modules
    assert server_app.ROUTE_GROUPS[-1].__name__.endswith("pages")
