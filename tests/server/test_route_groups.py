"""A router, listed once, is a route: served, described with an example, and wrong requests refused."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from fastapi import APIRouter, Response
from pydantic import BaseModel

from carreau_server import app as server_app
from carreau_server.errors import NotFoundError
from carreau_server.openapi import ContextWithLang, json_response, problems
from carreau_server.pages import pages_router
from carreau_server.responses import generated_response, to_json
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
    monkeypatch.setattr(server_app, "ROUTERS", (router, *server_app.ROUTERS))
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


def test_every_router_is_listed() -> None:
    folder = PROJECT / "server" / "carreau_server"
    made = sum(path.read_text(encoding="utf-8").count("router = APIRouter(") for path in folder.glob("*.py"))
    assert len(set(map(id, server_app.ROUTERS))) == len(server_app.ROUTERS) == made
    assert server_app.ROUTERS[-1] is pages_router
