"""A place is edited in its form: checked as one types, saved, or shown again with what keeps it from being saved."""

from __future__ import annotations

import re
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.desk.document_file import Arrange, Put, document_file
from carreau.desk.saving import save
from carreau.desk.web.desk import Desk
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.web.desks import csrf_of, desk_over, fields_of, sent, signed_in

PAGE = "/places/une"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def data_of(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))


def test_a_field_is_saved_and_the_rest_stays_byte_for_byte(desk: Desk, client: TestClient) -> None:
    path = desk.root / "sites" / "une" / "site.toml"
    before = path.read_text("utf-8")
    fields = fields_of(client.get(PAGE).text)
    answer = sent(client, PAGE, fields | {"v.visit.access": "Sur rendez-vous.", "do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert path.read_text("utf-8") == before.replace('access = "Libre."', 'access = "Sur rendez-vous."')
    page = client.get(PAGE).text
    assert ">saved<" in page
    assert ">saved<" not in client.get(PAGE).text


def test_nothing_is_written_where_nothing_was_changed(desk: Desk, client: TestClient) -> None:
    before = (desk.root / "sites" / "une" / "site.toml").stat().st_mtime_ns
    sent(client, PAGE, fields_of(client.get(PAGE).text))
    assert (desk.root / "sites" / "une" / "site.toml").stat().st_mtime_ns == before
    assert "nothing was changed" in client.get(PAGE).text


def test_what_would_be_invalid_is_shown_again_with_the_reason(desk: Desk, client: TestClient) -> None:
    before = data_of(desk)
    page = sent(client, PAGE, fields_of(client.get(PAGE).text) | {"v.position.lon": "399", "v.name": "Neuve"}).text
    assert "399 is out of range" in unescape(page)
    assert fields_of(page)["v.name"] == "Neuve"
    assert fields_of(page)["v.position.lon"] == "399"
    assert data_of(desk) == before
    again = sent(client, PAGE, fields_of(page) | {"v.position.lon": "3,45"})
    assert again.status_code == 303
    assert data_of(desk)["position"]["lon"] == 3.45


def test_two_people_on_one_field_both_see_both(desk: Desk, client: TestClient) -> None:
    fields = fields_of(client.get(PAGE).text)
    file = document_file(desk.root, "site", "une")
    save(file, [Put(("visit", "access"), "Fermé."), Put(("company",), "Autre")], data_of(desk), desk.history, BERT)
    answer = sent(client, PAGE, fields | {"v.visit.access": "Ouvert.", "v.visit.safety": "Casque."})
    assert answer.status_code == 409
    assert data_of(desk)["visit"]["access"] == "Fermé."
    shown = fields_of(answer.text)
    assert (shown["v.visit.access"], shown["theirs.visit.access"]) == ("Ouvert.", "Fermé.")
    assert shown["v.visit.safety"] == "Casque."
    assert shown["v.company"] == "Autre", "what the other changed elsewhere is in the form"
    assert sent(client, PAGE, shown | {"take.visit.access": "theirs"}).status_code == 303
    assert data_of(desk)["visit"]["access"] == "Fermé."
    assert data_of(desk)["visit"]["safety"] == "Casque."
    assert sent(client, PAGE, shown).status_code in (303, 409)


def test_values_of_every_kind_clash_as_a_form_shows_them(desk: Desk, client: TestClient) -> None:
    fields = fields_of(client.get(PAGE).text)
    file = document_file(desk.root, "site", "une")
    theirs = [
        Put(("fact", 0, "disputed"), False),
        Put(("annotation", 0, "point"), [9, 9, 9]),
        Put(("keywords",), ["x"]),
    ]
    save(file, theirs, data_of(desk), desk.history, BERT)
    mine = {"v.fact.0.disputed": "true", "v.annotation.0.point": "1 2 3,5", "v.keywords": "a\r\nb"}
    answer = sent(client, PAGE, fields | mine)
    assert answer.status_code == 409
    found = fields_of(answer.text)
    assert (found["v.fact.0.disputed"], found["theirs.fact.0.disputed"]) == ("true", "false")
    assert (found["v.annotation.0.point"], found["theirs.annotation.0.point"]) == ("1 2 3.5", "9 9 9")
    assert (found["v.keywords"].split(), found["theirs.keywords"]) == (["a", "b"], "x")
    assert sent(client, PAGE, found).status_code == 303
    assert data_of(desk)["annotation"][0]["point"] == [1, 2, 3.5]


def test_a_row_that_somebody_removed_is_told_with_the_value(desk: Desk, client: TestClient) -> None:
    fields = fields_of(client.get(PAGE).text)
    save(document_file(desk.root, "site", "une"), [Arrange(("date",), (0,))], data_of(desk), desk.history, BERT)
    answer = sent(client, PAGE, fields | {"v.date.1.when": "1863"})
    assert answer.status_code == 409
    assert "date 2, when: the row was removed meanwhile; your value was: 1863" in unescape(answer.text)
    assert len(data_of(desk)["date"]) == 1


def test_rows_are_added_without_scripts(desk: Desk, client: TestClient) -> None:
    page = sent(client, PAGE, fields_of(client.get(PAGE).text) | {"do": "add:fact", "v.name": "Neuve"}).text
    fields = fields_of(page)
    assert fields["v.name"] == "Neuve"
    new = {"v.fact.n0.name": "shafts", "v.fact.n0.label": "puits", "v.fact.n0.value": "2", "v.fact.n0.source": "livre"}
    assert new.keys() <= fields.keys()
    assert sent(client, PAGE, fields | new | {"do": "save"}).status_code == 303
    assert data_of(desk)["fact"][-1] == {"name": "shafts", "label": "puits", "value": 2, "source": "livre"}
    page = sent(client, PAGE, fields_of(client.get(PAGE).text) | {"do": "remove:fact:0"}).text
    assert sent(client, PAGE, fields_of(page)).status_code == 303
    assert [each["name"] for each in data_of(desk)["fact"]] == ["shafts"]


def test_the_form_is_checked_as_one_types(desk: Desk, client: TestClient) -> None:
    fields = fields_of(client.get(PAGE).text)
    assert not client.get(PAGE).text.count('<li class="error">')
    before = data_of(desk)
    told = sent(
        client, f"{PAGE}/check", fields | {"v.kind": "foss", "v.fact.0.source": "", "v.summary": "x" * 300}
    ).json()
    assert "write fosse" in told["fields"]["kind"][0]["text"]
    assert told["fields"]["fact.0.source"][0]["error"]
    assert "240" in told["fields"]["summary"][0]["text"]
    assert data_of(desk) == before


def test_a_place_is_begun(desk: Desk, client: TestClient) -> None:
    answer = sent(client, "/places", {"csrf": csrf_of(client.get("/").text), "name": "Terril de l’Œuvre"})
    assert answer.headers["location"] == "/places/terril-de-l-oeuvre"
    assert 'value="Terril de l’Œuvre"' in client.get("/places/terril-de-l-oeuvre").text
    again = sent(client, "/places", {"csrf": csrf_of(client.get("/").text), "name": "Terril de l’Œuvre"})
    assert again.status_code == 409
    assert "already exists" in again.text


@pytest.mark.parametrize("slug", ["%2e%2e", "une%2f..%2fdeux", "x", "une%00", "communes.geojson"])
def test_only_places_are_opened(client: TestClient, slug: str) -> None:
    assert client.get(f"/places/{slug}").status_code == 404
    assert sent(client, f"/places/{slug}", {"csrf": csrf_of(client.get("/").text)}).status_code in (404, 405, 409)


@pytest.mark.parametrize("read", ["", "x", "AAAA"])
def test_a_form_without_what_it_was_filled_from_is_refused(desk: Desk, client: TestClient, read: str) -> None:
    before = data_of(desk)
    fields = fields_of(client.get(PAGE).text)
    assert sent(client, PAGE, fields | {"read": read, "v.name": "Neuve"}).status_code == 409
    assert data_of(desk) == before


def test_values_are_text_on_the_page(desk: Desk, client: TestClient) -> None:
    evil = '"><script>alert(1)</script></textarea><img src=x onerror=alert(1)>'
    fields = fields_of(client.get(PAGE).text)
    names = [
        name
        for name in fields
        if name.startswith("v.") and name.split(".")[-1] in ("name", "summary", "label", "access")
    ]
    page = sent(client, PAGE, fields | dict.fromkeys(names, evil) | {"do": "add:fact"}).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert sent(client, PAGE, fields | {"v.summary": evil}).status_code == 303
    assert "<script>alert" not in client.get(PAGE).text
    assert "<script>alert" not in client.get("/").text


def test_a_file_that_is_no_toml_is_told(desk: Desk, client: TestClient) -> None:
    (desk.root / "sites" / "une" / "site.toml").write_text("name = “a”\n", "utf-8")
    answer = client.get(PAGE)
    assert answer.status_code == 409
    assert re.search(r"site.toml, line 1", answer.text)


def test_no_page_needs_more_than_a_session(client: TestClient) -> None:
    other = TestClient(client.app, base_url=str(client.base_url), headers=dict(client.headers), follow_redirects=False)
    assert other.get(PAGE).status_code == 403
    assert sent(other, PAGE, {"v.name": "x"}).status_code == 403
    assert sent(other, f"{PAGE}/check", {"v.name": "x"}).status_code == 403
    assert sent(other, "/places", {"name": "x"}).status_code == 403


def test_the_code_of_a_commune_is_filled_in(desk: Desk) -> None:
    client = signed_in(desk)
    fields = fields_of(client.get(PAGE).text) | {"v.commune": "ici", "v.insee": ""}
    assert client.post(f"{PAGE}/check", data=fields).json()["filled"] == {"insee": "59001"}
    assert client.post(f"{PAGE}/check", data=fields | {"v.insee": "59002"}).json()["filled"] == {}
    assert client.post(f"{PAGE}/check", data=fields | {"v.commune": "Nulle part"}).json()["filled"] == {}
    answer = client.post(PAGE, data=fields | {"next": "media"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/media")
    assert client.post(PAGE, data=fields | {"next": "//evil.example"}).headers["location"] == PAGE
    site = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))
    assert (site["commune"], site["insee"]) == ("ici", "59001")
