"""A team signs in with names and passwords: against fixation, guessing, foreign forms and stolen cookies."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from carreau.base.errors import OptionError
from carreau.desk.accounts import EDITOR, LONGEST_IDLE_S, PUBLISHER, TRANSLATOR, Accounts, add_account
from carreau.desk.web.app import ROUTERS, TeamOptions, create_app, opened_desk
from carreau.desk.web.desk import FREE_OF_ADDRESS, FREE_OF_LOGIN, Desk, Team
from carreau.desk.web.requests import editor_of, publisher_of, translator_of
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_accounts import ANNE, PASSWORD, QUICK
from tests.pipeline.desk.web.desks import ORIGIN, csrf_of, desk_over, fields_of, sent, visitor

PUBLIC = "https://desk.example"
PLACE = "/places/une"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.toml"
    for login, role in (("anne", EDITOR), ("tom", TRANSLATOR), ("paula", PUBLISHER)):
        person = {"login": login, "name": login.title(), "email": f"{login}@example.org", "role": role}
        add_account(path, person, PASSWORD, QUICK)
    return path


@pytest.fixture
def desk(tmp_path: Path, users: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"), team=Team(Accounts(users, QUICK)))


def attempt(client: TestClient, login: str, password: str = PASSWORD) -> int:
    fields = fields_of(client.get("/sign-in").text, "sign-in")
    status: int = sent(client, "/sign-in", fields | {"login": login, "password": password}).status_code
    return status


def entered(desk: Desk, login: str = "anne") -> TestClient:
    client = visitor(desk)
    assert attempt(client, login) == 303
    return client


def test_nobody_sees_anything_before_signing_in(desk: Desk) -> None:
    client = visitor(desk)
    for path in ("/", PLACE, "/translate", "/wording", f"/enter?token={desk.sessions.token}"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in"), path
        assert desk.sessions.token not in answer.headers["location"]
    assert "Fosse" not in client.get("/sign-in").text
    assert sent(client, PLACE, {"v.name": "x"}).status_code == 403


def test_the_right_password_opens_the_desk(desk: Desk) -> None:
    client = entered(desk, " ANNE ")
    assert client.get("/").status_code == 200
    assert client.cookies.get(f"{desk.cookie}-visit") is None


def test_signing_in_leads_to_the_page_that_was_asked_for(desk: Desk) -> None:
    client, path = visitor(desk), "/translate?to=de&show=all"
    page = client.get(client.get(path).headers["location"]).text
    wrong = sent(client, "/sign-in", fields_of(page, "sign-in") | {"login": "anne", "password": "wrong"})
    answer = sent(client, "/sign-in", fields_of(wrong.text, "sign-in") | {"login": "anne", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/leave",
    ],
)
def test_signing_in_leads_nowhere_else(desk: Desk, to: str) -> None:
    client = visitor(desk)
    page = client.get("/sign-in", params={"to": to}).text
    assert "evil.example" not in page
    fields = fields_of(page, "sign-in") | {"login": "anne", "password": PASSWORD, "to": to}
    assert sent(client, "/sign-in", fields).headers["location"] == "/"


@pytest.mark.parametrize(("login", "password"), [("anne", "wrong"), ("nobody", PASSWORD), ("", ""), ("anne", "")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(desk: Desk, login: str, password: str) -> None:
    client = visitor(desk)
    fields = fields_of(client.get("/sign-in").text, "sign-in")
    answer = sent(client, "/sign-in", fields | {"login": login, "password": password})
    assert answer.status_code == 403
    assert "the name or the password is wrong" in answer.text
    assert desk.cookie not in client.cookies


def test_a_session_is_made_anew_whatever_was_planted(desk: Desk) -> None:
    """Against fixation."""
    client = visitor(desk)
    client.get("/sign-in")
    client.cookies.set(desk.cookie, "planted.0000", domain="127.0.0.1")
    assert attempt(client, "anne") == 303
    first = client.cookies[desk.cookie]
    assert "planted" not in first
    assert attempt(client, "tom") == 303
    assert client.cookies[desk.cookie] != first
    other = visitor(desk)
    other.cookies.set(desk.cookie, first)
    assert other.get("/").status_code == 303, "the former session has ended"


@pytest.mark.parametrize("spoilt", ["csrf", "cookie", "origin"])
def test_nobody_is_signed_in_by_a_page_elsewhere(desk: Desk, spoilt: str) -> None:
    client = visitor(desk)
    fields = fields_of(client.get("/sign-in").text, "sign-in") | {"login": "anne", "password": PASSWORD}
    headers = {"Origin": "https://evil.example"} if spoilt == "origin" else {}
    if spoilt == "csrf":
        fields["csrf"] = fields_of(visitor(desk).get("/sign-in").text, "sign-in")["csrf"]
    if spoilt == "cookie":
        client.cookies.clear()
    assert client.post("/sign-in", data=fields, headers=headers).status_code == 403
    assert desk.cookie not in client.cookies


def test_a_word_of_one_purpose_is_no_cookie(desk: Desk) -> None:
    client = visitor(desk)
    client.get("/sign-in")
    client.cookies.set(desk.cookie, client.cookies[f"{desk.cookie}-visit"])
    assert client.get("/").status_code == 303


def test_who_guesses_has_to_wait_even_with_the_right_password(desk: Desk) -> None:
    client = visitor(desk)
    for _ in range(FREE_OF_LOGIN):
        assert attempt(client, "anne", "wrong") == 403
    fields = fields_of(client.get("/sign-in").text, "sign-in")
    answer = sent(client, "/sign-in", fields | {"login": "anne", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "too many attempts" in answer.text
    assert attempt(client, "tom") == 303, "another name is not locked"


def test_who_tries_many_names_has_to_wait(desk: Desk) -> None:
    client = visitor(desk)
    found = [attempt(client, f"name{number}", "wrong") for number in range(FREE_OF_ADDRESS + 1)]
    assert found == [403] * FREE_OF_ADDRESS + [429]


def test_a_session_ends_with_the_account_the_password_and_time(
    desk: Desk, users: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anne, tom, paula = (entered(desk, login) for login in ("anne", "tom", "paula"))
    add_account(users, ANNE, "another password", QUICK)
    assert anne.get("/").status_code == 303
    users.write_text(users.read_text("utf-8").replace('login = "tom"', 'login = "thomas"'), "utf-8")
    assert tom.get("/").status_code == 303
    assert paula.get("/").status_code == 200
    cookie = paula.cookies[desk.cookie]
    session = desk.find_session(cookie)
    assert session is not None
    session.used -= LONGEST_IDLE_S + 1
    assert paula.get("/").status_code == 303


def test_a_changed_role_counts_at_once(desk: Desk, users: Path) -> None:
    client = entered(desk, "tom")
    assert client.get(PLACE).status_code == 403
    users.write_text(users.read_text("utf-8").replace('"translator"', '"editor"'), "utf-8")
    assert client.get(PLACE).status_code == 200


def test_a_translator_only_translates(desk: Desk) -> None:
    client = entered(desk, "tom")
    page = client.get("/").text
    assert 'action="/places"' not in page
    assert 'href="/places/' not in page
    assert client.get("/translate").status_code == 200
    assert client.get("/wording").status_code == 200
    csrf = csrf_of(page)
    for path in ("/places", PLACE, f"{PLACE}/check"):
        answer = sent(client, path, {"csrf": csrf, "name": "x"})
        assert answer.status_code == 403
        assert "your role does not allow this" in answer.text
    assert client.get(PLACE).status_code == 403


def test_every_form_of_the_desk_asks_for_a_role() -> None:
    """A new route has to say who may use it; whoever forgets is told here."""
    roles = {translator_of, editor_of, publisher_of}
    for_all = {"/sign-in", "/leave"}
    found = 0
    for route in (each for router in ROUTERS for each in router.routes):
        if isinstance(route, APIRoute) and "POST" in (route.methods or ()) and route.path not in for_all:
            asked = {each.call for each in route.dependant.dependencies}
            assert asked & roles, route.path
            found += 1
    assert found >= 8


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_each_saves_under_her_own_name(tmp_path: Path, users: Path) -> None:
    root = written(tmp_path / "assets")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    desk = desk_over(root, team=Team(Accounts(users, QUICK)))
    client = entered(desk, "paula")
    fields = fields_of(client.get(PLACE).text)
    assert sent(client, PLACE, fields | {"v.visit.access": "Ouvert."}).status_code == 303
    said = subprocess.run(
        ["git", "log", "-1", "--format=%an <%ae> %cn"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == "Paula <paula@example.org> Paula"
    assert "You save as Paula" in client.get("/").text


def test_behind_a_server_names_and_cookies_are_public(tmp_path: Path, users: Path) -> None:
    desk = desk_over(written(tmp_path / "assets"), team=Team(Accounts(users, QUICK)), public=PUBLIC)
    client = TestClient(create_app(desk), base_url=PUBLIC, headers={"Origin": PUBLIC}, follow_redirects=False)
    fields = fields_of(client.get("/sign-in").text, "sign-in") | {"login": "anne", "password": PASSWORD}
    assert client.post("/sign-in", data=fields, headers={"Origin": ORIGIN}).status_code == 403
    assert client.get("/sign-in", headers={"Host": "127.0.0.1:8010"}).status_code == 421
    answer = client.post("/sign-in", data=fields, headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.7"})
    assert answer.status_code == 303
    session = next(each for each in answer.headers.get_list("set-cookie") if "carreau-desk=" in each)
    assert session.startswith("__Host-carreau-desk=")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= {each.strip() for each in session.split(";")}
    assert "max-age" in client.get("/").headers["strict-transport-security"]
    fields = fields_of(client.get("/sign-in").text, "sign-in") | {"login": "x", "password": "wrong"}
    for number in range(FREE_OF_ADDRESS):  # what a client says of its own address is none
        client.post(
            "/sign-in", data=fields | {"login": f"x{number}"}, headers={"X-Forwarded-For": f"{number}, 192.0.2.7"}
        )
    assert client.post("/sign-in", data=fields, headers={"X-Forwarded-For": "9, 192.0.2.7"}).status_code == 429
    assert client.post("/sign-in", data=fields, headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 403
    for number in range(FREE_OF_ADDRESS):  # nor is another address of the same house
        here = {"X-Forwarded-For": f"2001:db8:1:2::{number:x}"}
        client.post("/sign-in", data=fields | {"login": f"y{number}"}, headers=here)
    assert client.post("/sign-in", data=fields, headers={"X-Forwarded-For": "2001:db8:1:2:9::1"}).status_code == 429
    assert client.post("/sign-in", data=fields, headers={"X-Forwarded-For": "2001:db8:1:3::1"}).status_code == 403


@pytest.mark.parametrize("lang", ["fr", "pl"])
def test_the_page_is_in_the_language_that_is_chosen(desk: Desk, lang: str) -> None:
    client = visitor(desk)
    page = client.get(f"/sign-in?lang={lang}").text
    assert f'<html lang="{lang}">' in page
    sent(client, "/sign-in", fields_of(page, "sign-in") | {"login": "anne", "password": PASSWORD})
    assert f'<html lang="{lang}">' in client.get("/").text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"public": PUBLIC}, "--behind needs --users"),
        ({"public": "http://desk.example"}, "https://desk.example"),
        ({"public": "https://desk.example/desk"}, "without a path"),
        ({"translator": "'"}, "--translator"),
    ],
)
def test_wrong_options_are_told(tmp_path: Path, users: Path, options: dict[str, str], said: str) -> None:
    root = written(tmp_path / "assets")
    chosen = TeamOptions(None if said.startswith("--behind needs") else users, **options)
    with pytest.raises(OptionError, match=said):
        opened_desk(root, 8010, "en", chosen)


def test_a_file_without_people_is_told(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    (tmp_path / "users.toml").write_text("", "utf-8")
    with pytest.raises(OptionError, match="has nobody in it"):
        opened_desk(root, 8010, "en", TeamOptions(tmp_path / "users.toml"))


def test_alone_there_is_no_page_to_sign_in(tmp_path: Path) -> None:
    client = visitor(desk_over(written(tmp_path / "assets")))
    assert client.get("/sign-in").status_code == 404
    assert client.post("/sign-in", data={"login": "anne"}).status_code == 404
