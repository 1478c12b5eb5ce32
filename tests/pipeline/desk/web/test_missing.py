"""What an address names and nobody has is 404 on every page of the desk, however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from carreau.desk.web.app import ROUTERS
from carreau.desk.web.requests import paths_with_files
from tests.pipeline.desk.web.desks import csrf_of, signed_in
from tests.pipeline.desk.web.editions import published, publishing_desk

ABSENT = ("nothing", "a" * 5000, "a" * 200, "é" * 2000, "*", "a\x00b", "-")
"""Names that no place, scan, medium or text has; file systems refuse to look for some of them."""

WITH_FILES = paths_with_files(ROUTERS)
PARTS = ("places", "routes", "trails", "shows", "maps")
WITHOUT_NAME = re.compile(r"/\{part:part\}|[^{]*")
"""Addresses that name nothing, or only a kind."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return signed_in(publishing_desk(published(tmp_path_factory.mktemp("desk"))))


def routes() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if not WITHOUT_NAME.fullmatch(route.path):
                yield from ((method, route.path) for method in sorted(route.methods or ()))


def addresses(path: str, name: str) -> Iterator[str]:
    """Yield an address of a path for each kind that it has, with one name in all places."""
    for part in PARTS if "{part:part}" in path else ("",):
        yield re.sub(r"\{\w+(:path)?\}", lambda _: quote(name, safe=""), path.replace("{part:part}", part))


@pytest.mark.parametrize(("method", "path"), sorted(set(routes())))
def test_what_is_not_there_is_not_found(client: TestClient, method: str, path: str) -> None:
    csrf = csrf_of(client.get("/").text)
    for name in ABSENT:
        for address in addresses(path, name):
            fields = {"csrf": csrf, "do": "save", "state": name}
            if method == "GET":
                answer = client.get(address, params={"state": name})
            elif any(each.match(address) for each in WITH_FILES):
                answer = client.post(address, data=fields, files={"file": ("a.txt", b"coal")})
            else:
                answer = client.post(address, data=fields)
            assert answer.status_code == 404, f"{method} {address[:80]}: {answer.text[-300:]}"


@pytest.mark.parametrize("kind", ["site", "route", "trail"])
def test_a_new_entry_with_a_name_too_long_for_a_file_is_told_so(client: TestClient, kind: str) -> None:
    part = {"site": "places", "route": "routes", "trail": "trails"}[kind]
    answer = client.post(f"/{part}", data={"csrf": csrf_of(client.get("/").text), "name": "a" * 5000})
    assert answer.status_code in (200, 409)
    assert "too long for links" in answer.text


def test_a_release_that_is_not_there(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/publish/back", data={"csrf": csrf_of(client.get("/publish").text), "release": "../.."})
    assert (answer.status_code, "there is no release" in answer.text) == (404, True)
