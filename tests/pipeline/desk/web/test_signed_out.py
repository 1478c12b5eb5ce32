"""What is typed outlives the session: it is kept by the page that asks to sign in, and saved afterwards."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from carreau.desk.accounts import EDITOR, Accounts, Sessions, add_account
from carreau.desk.web.desk import Desk, Team
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_accounts import PASSWORD, QUICK
from tests.pipeline.desk.web.desks import csrf_of, desk_over, fields_of, sent, signed_in, visitor

PLACE = "/places/une"
TYPED = "Une <fosse> & « ses »\n\nparagraphes."
SCRIPT = {"Sec-Fetch-Dest": "empty"}


@pytest.fixture
def team(tmp_path: Path) -> Desk:
    path = tmp_path / "users.toml"
    anne = {"login": "anne", "name": "Anne", "email": "anne@example.org", "role": EDITOR}
    add_account(path, anne, PASSWORD, QUICK)
    return desk_over(written(tmp_path / "assets"), team=Team(Accounts(path, QUICK)))


def signs_in(client: TestClient, page: str) -> str:
    """Sign in with the form of a page; return what comes then."""
    answer = sent(client, "/sign-in", fields_of(page, "sign-in") | {"login": "anne", "password": PASSWORD})
    assert answer.status_code in (200, 303)
    return str(answer.text)


def kept(page: str) -> tuple[str, dict[str, str]]:
    """Return where a page sends what it kept, and its fields, as a browser does."""
    form = re.search(r'<form method="post" action="([^"]*)" autocomplete="off">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'<textarea name="([^"]*)" hidden>\n(.*?)</textarea>', form[2], re.DOTALL))
    return unescape(form[1]), {name: unescape(text) for name, text in fields.items()} | {"csrf": csrf_of(page)}


def description(desk: Desk) -> str:
    return (desk.root / "sites" / "une" / "site.toml").read_text("utf-8")


def test_a_form_of_a_session_that_ended_is_saved_after_signing_in(team: Desk) -> None:
    client = visitor(team)
    signs_in(client, client.get("/sign-in").text)
    fields = fields_of(client.get(PLACE).text) | {"v.description": TYPED}
    session = team.find_session(client.cookies[team.cookie])
    assert session is not None
    team.sessions.end(session)
    refused = sent(client, PLACE, fields)
    assert refused.status_code == 403
    assert "nothing is lost" in refused.text
    assert "<fosse>" not in refused.text
    wrong = fields_of(refused.text, "sign-in") | {"login": "anne", "password": "wrong"}
    again = sent(client, "/sign-in", wrong)
    assert again.status_code == 403
    assert PASSWORD not in again.text
    to, sending = kept(signs_in(client, again.text))
    assert (to, sending["v.description"]) == (PLACE, TYPED)
    assert sent(client, to, sending).status_code == 303
    assert "Une <fosse> & « ses »" in description(team)


def test_a_form_of_before_a_new_start_is_saved_by_one_more_press(tmp_path: Path) -> None:
    desk = desk_over(written(tmp_path / "assets"))
    fields = fields_of(signed_in(desk).get(PLACE).text) | {"v.description": TYPED}
    restarted = replace(desk, sessions=Sessions("en"))
    client = visitor(restarted)
    page = client.post(PLACE, data=fields, headers={"Accept-Language": "nl-BE,nl;q=0.9"})
    assert page.status_code == 403
    assert "niets is verloren" in page.text
    client.get(f"/enter?token={restarted.sessions.token}")
    to, sending = kept(page.text.replace('name="csrf" value=""', 'name="csrf" value="-"'))
    page = sent(client, to, sending)
    assert page.status_code == 403, "the form is of before; a person has to press once more"
    to, sending = kept(page.text)
    assert sent(client, to, sending).status_code == 303
    assert "Une <fosse> & « ses »" in description(restarted)


def test_scripts_are_told_and_find_the_new_word(tmp_path: Path) -> None:
    desk = desk_over(written(tmp_path / "assets"))
    client = visitor(desk)
    answer = client.post(f"{PLACE}/scene", data={"csrf": "x"}, headers=SCRIPT)
    assert answer.status_code == 403
    assert "nothing is lost" in answer.json()["said"][0]
    assert (client.get("/session").status_code, client.get("/session").json()) == (403, {})
    client.get(f"/enter?token={desk.sessions.token}")
    assert client.get("/session").json() == {"csrf": csrf_of(client.get("/").text)}


def test_nothing_is_sent_elsewhere(team: Desk) -> None:
    client = visitor(team)
    page = client.get("/sign-in").text
    for to in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        fields = fields_of(page, "sign-in") | {"login": "anne", "password": PASSWORD, "kept-for": to, "kept.a": "b"}
        answer = sent(client, "/sign-in", fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        page = client.get("/sign-in").text
    upload = client.post(f"{PLACE}/media", data={"csrf": "x"}, files=[("file.0", ("a.jpg", b"x"))])
    assert upload.status_code in (403, 409)
