"""All texts of a place are translated on one page: what was changed is accepted, and nothing else."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import read_book
from carreau.desk.saving_texts import Translation, save_text
from carreau.desk.web.desk import Desk
from tests.pipeline.catalogue.i18n.translated import MISSING, REVIEWED, STALE, translated
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.web.desks import desk_over, fields_of, sent, signed_in
from tests.waiting import wait_until

PAGE = "/places/une/translate"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    catalogue, locales = translated(tmp_path)
    return desk_over(catalogue.root, locales)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    wait_until(lambda: desk.texts.is_ready("nl"), "the texts are read")
    return signed_in(desk)


def fields(client: TestClient) -> tuple[dict[str, str], dict[str, str]]:
    """Return the form, and the name of the field of each French text."""
    page = client.get(f"{PAGE}?to=nl").text
    names = re.findall(r'id="french-(\w+)">(.*?)</p>', page, re.DOTALL)
    return fields_of(page, "texts"), {unescape(french): f"target.{name}" for name, french in names}


def target(desk: Desk, of: tuple[str, str, str]) -> tuple[str, bool]:
    units = read_book(content_file(desk.locales, "nl")).units
    unit = next(each for each in units if each.context == of[0] and each.text == of[1])
    return unit.target, "fuzzy" in unit.flags


def test_what_was_written_is_accepted_and_the_rest_stays(desk: Desk, client: TestClient) -> None:
    form, names = fields(client)
    assert form[names[REVIEWED[1]]] == REVIEWED[2]
    before = target(desk, STALE)
    assert sent(client, PAGE, form).headers["location"] == PAGE
    assert target(desk, STALE) == before, "what nobody has touched is not accepted"
    assert sent(client, PAGE, form | {names[MISSING[1]]: "Zonder vertaling."}).status_code == 303
    assert "1 text accepted" in client.get(PAGE).text
    assert target(desk, MISSING) == ("Zonder vertaling.", False)
    assert target(desk, STALE) == before


def test_what_loses_something_or_was_changed_by_others_is_told(desk: Desk, client: TestClient) -> None:
    form, names = fields(client)
    theirs = Translation("nl", REVIEWED[0], REVIEWED[1], REVIEWED[2], "Van Bert.", True)
    save_text(desk.root, desk.locales, theirs, desk.texts.sources, desk.history, BERT, desk.texts)
    mine = {names[REVIEWED[1]]: "Van Anne.", names[MISSING[1]]: "<b>Vet</b>"}
    refused = sent(client, PAGE, form | mine)
    assert refused.status_code == 409
    assert {"Van Bert.", "Van Anne.", "&lt;b&gt;Vet&lt;/b&gt;"} <= set(re.findall(r">\n?([^<>\n]+)</", refused.text))
    assert target(desk, REVIEWED)[0] == "Van Bert."
