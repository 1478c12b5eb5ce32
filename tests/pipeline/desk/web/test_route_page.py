"""A route is edited in its form, as a place is."""

from __future__ import annotations

import re
import shutil
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.catalogue.check_catalogue import check_folder
from carreau.desk.document_file import Put, document_file
from carreau.desk.entry_checks import CatalogueAround, check_content
from carreau.desk.saving import save
from carreau.desk.web.desk import Desk
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.web.desks import csrf_of, desk_over, fields_of, sent, signed_in

SLUG = "arenberg-a-pied"
PAGE = f"/routes/{SLUG}"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A small catalogue with a real route."""
    root = written(tmp_path / "assets")
    shutil.copy(PROJECT / "assets" / "routes" / f"{SLUG}.toml", root / "routes")
    return desk_over(root)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def data_of(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.root / "routes" / f"{SLUG}.toml").read_text("utf-8"))


def test_routes_are_listed(client: TestClient) -> None:
    found = re.findall(r'<li><a href="(/routes/[^"]+)" lang="fr">([^<]*)<', client.get("/").text)
    assert (PAGE, "Arenberg à pied : la fosse et sa cité") in found


def test_a_field_is_saved_and_the_rest_stays_byte_for_byte(desk: Desk, client: TestClient) -> None:
    path = desk.root / "routes" / f"{SLUG}.toml"
    before = path.read_text("utf-8")
    fields = fields_of(client.get(PAGE).text)
    answer = sent(client, PAGE, fields | {"v.surface": "Pavés.", "do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert path.read_text("utf-8") == before.replace('surface = ""', 'surface = "Pavés."')
    assert ">saved<" in client.get(PAGE).text


def test_the_stops_are_checked_and_moved(desk: Desk, client: TestClient) -> None:
    page = client.get(PAGE).text
    fields = fields_of(page)
    told = sent(client, f"{PAGE}/check", fields | {"v.stop.0.site": "../une", "v.mode": "train"}).json()["fields"]
    assert "there is no site" in told["stop.0.site"][0]["text"]
    assert told["mode"][0]["error"]
    moved = fields_of(sent(client, PAGE, fields | {"do": "down:stop:0"}).text)
    first = data_of(desk)["stop"][0]["site"]
    assert sent(client, PAGE, moved | {"do": "save"}).status_code == 303
    assert data_of(desk)["stop"][1]["site"] == first


def test_two_people_on_one_field_both_see_both(desk: Desk, client: TestClient) -> None:
    fields = fields_of(client.get(PAGE).text)
    save(document_file(desk.root, "route", SLUG), [Put(("safety",), "Casque.")], data_of(desk), desk.history, BERT)
    answer = sent(client, PAGE, fields | {"v.safety": "Bottes."})
    assert answer.status_code == 409
    shown = fields_of(answer.text)
    assert (shown["v.safety"], shown["theirs.safety"]) == ("Bottes.", "Casque.")


def test_a_route_is_begun(client: TestClient) -> None:
    answer = sent(client, "/routes", {"csrf": csrf_of(client.get("/").text), "name": "À vélo"})
    assert answer.headers["location"] == "/routes/a-velo"
    assert "the route was created" in client.get("/routes/a-velo").text


@pytest.mark.parametrize("slug", ["%2e%2e", "x%2f..%2fune", "x", f"{SLUG}.toml"])
def test_only_routes_are_opened(client: TestClient, slug: str) -> None:
    assert client.get(f"/routes/{slug}").status_code in (404, 409)


def test_values_are_text_on_the_page(client: TestClient) -> None:
    evil = '"><script>alert(1)</script></textarea>'
    fields = fields_of(client.get(PAGE).text)
    page = sent(client, PAGE, fields | {"v.name": evil, "v.summary": evil, "do": "add:stop"}).text
    assert "<script>alert" not in page
    assert evil in unescape(page)


def test_real_routes_are_checked_as_the_command_checks_them() -> None:
    root = PROJECT / "assets"
    told = [each for each in check_folder(root).findings if each.file.startswith("routes/")]
    around, found = CatalogueAround(root).now(), []
    for path in sorted((root / "routes").glob("*.toml")):
        file = document_file(root, "route", path.stem)
        lengths = [each for each in check_content(file, file.read(), around) if each.topic != "too long"]
        found += sorted(lengths, key=lambda each: each.line or 0)
    assert sorted(map(str, found)) == sorted(map(str, told))
