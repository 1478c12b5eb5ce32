"""Texts of pages and viewer are searched and translated, where their files lie beside the catalogue."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from carreau.catalogue.i18n.po import interface_file, interface_texts
from carreau.desk.web.desk import Desk
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import desk_over, fields_of, sent, signed_in


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = written(tmp_path / "assets")
    for language in ("pl", "de"):
        path = interface_file(tmp_path / "locales", language)
        path.parent.mkdir(parents=True)
        shutil.copy(interface_file(PROJECT / "locales", language), path)
    return desk_over(root)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def address_of(client: TestClient, find: str) -> str:
    page = client.get(f"/wording?to=pl&find={find}").text
    found = re.findall(r'<li><a href="(/wording/pl/i[0-9a-f]{16}\?[^"]*)"', page)
    assert len(found) == 1
    return unescape(str(found[0]))


def test_a_plural_is_changed_and_every_other_byte_stays(desk: Desk, client: TestClient) -> None:
    path = interface_file(desk.locales, "pl")
    before = path.read_text("utf-8")
    address = address_of(client, "%25(number)s%20stale%20translations")
    fields = fields_of(client.get(address).text, "text")
    assert [name for name in fields if name.startswith("target.")] == ["target.0", "target.1", "target.2"]
    assert sent(client, address, fields | {"target.2": "%(number)s nowych"}).status_code == 303
    after = path.read_text("utf-8")
    assert after.count("%(number)s nowych") == 1
    lines = set(after.splitlines()) ^ set(before.splitlines())
    assert all(line.startswith("msgstr[") or not line.startswith("msg") for line in lines)
    assert len(interface_texts(after.encode(), "x")) == len(interface_texts(before.encode(), "x"))


def test_a_lost_placeholder_is_refused_and_a_number_confirmed(desk: Desk, client: TestClient) -> None:
    before = interface_file(desk.locales, "pl").read_bytes()
    address = address_of(client, "%25(number)s%20stale%20translations")
    fields = fields_of(client.get(address).text, "text")
    assert "placeholder" in sent(client, address, fields | {"target.0": "dużo"}).text
    assert "empty" in sent(client, address, fields | {"target.0": ""}).text
    answer = sent(client, address, fields | {"target.0": "%(number)s w 1906"})
    assert "1906" in unescape(answer.text)
    told = sent(client, f"{address.partition('?')[0]}/check", fields | {"target.0": "%(number)s w 1906"}).json()["said"]
    assert [(each["error"], each["sign"]) for each in told] == [(False, "+1906")]
    assert interface_file(desk.locales, "pl").read_bytes() == before
    assert sent(client, address, fields | {"target.0": "%(number)s w 1906", "confirm.1": "+1906"}).status_code == 303


def test_somebody_else_is_not_overwritten(desk: Desk, client: TestClient) -> None:
    address = address_of(client, "%25(number)s%20stale%20translations")
    fields = fields_of(client.get(address).text, "text")
    assert sent(client, address, fields | {"target.0": "%(number)s a"}).status_code == 303
    answer = sent(client, address, fields | {"target.0": "%(number)s b"})
    assert answer.status_code == 409
    assert "%(number)s a" in answer.text
    assert sent(client, address, fields_of(answer.text, "text")).status_code == 303


def test_a_catalogue_without_these_files_is_told(tmp_path: Path) -> None:
    client = signed_in(desk_over(written(tmp_path / "assets")))
    assert "no interface.po lies beside this catalogue" in client.get("/wording").text
    for path in ("/wording/pl/i0", "/wording/../x"):
        assert client.get(path).status_code == 404


def test_only_languages_that_are_there_are_offered(client: TestClient) -> None:
    page = client.get("/wording?to=nl").text.partition('id="show"')[0]
    assert re.findall(r'<option value="(\w+)"', page) == ["de", "pl"]
    assert client.get("/wording/nl/i0").status_code == 404
    assert client.get("/wording/pl/i0").status_code == 409


def test_what_is_to_do_is_listed_and_accepted_one_after_the_other(desk: Desk, client: TestClient) -> None:
    path = interface_file(desk.locales, "de")
    whole = path.read_text("utf-8")
    assert 'msgid "Leave"\nmsgstr "Abmelden"' in whole
    path.write_text(whole.replace('msgid "Leave"\nmsgstr "Abmelden"', 'msgid "Leave"\nmsgstr ""'), "utf-8")

    def listed(show: str) -> list[str]:
        found = re.findall(r'<li><a href="(/wording/de/[^"]+)"', client.get(f"/wording?to=de&show={show}").text)
        return [unescape(each) for each in found]

    assert listed("open")[0].partition("?")[0] == listed("missing")[0].partition("?")[0], "missing ones come first"
    [missing] = listed("missing")
    page = client.get(missing).text
    answer = sent(client, missing, fields_of(page, "text") | {"target.0": "Abmelden", "do": "accept"})
    assert answer.headers["location"] == "/wording?to=de&show=missing&find="
    assert "that was the last text of the list" in client.get(answer.headers["location"]).text
    assert '# reviewed\nmsgctxt "desk"\nmsgid "Leave"\nmsgstr "Abmelden"\n' in path.read_text("utf-8")
    first, second = listed("unreviewed")[:2]
    answer = sent(client, first, fields_of(client.get(first).text, "text") | {"do": "accept"})
    assert answer.headers["location"] == second
    assert listed("unreviewed")[0] == second
    answer = sent(client, first, fields_of(client.get(first).text, "text") | {"do": "draft"})
    assert listed("unreviewed")[0] == first
    assert path.read_text("utf-8") == whole.replace(
        'msgctxt "desk"\nmsgid "Leave"', '# reviewed\nmsgctxt "desk"\nmsgid "Leave"'
    )


def test_terms_of_the_glossary_stand_beside_their_words(desk: Desk, client: TestClient) -> None:
    (desk.locales / "glossary.csv").write_text("fr;en;pl;note;source\nlieu;stale|stal*;miejsce;;\n", "utf-8-sig")
    page = client.get(address_of(client, "%25(number)s%20stale%20translations")).text
    assert page.count('<mark class="term">stale<span class="wanted" lang="pl">') == 3
    assert "miejsce" in page
