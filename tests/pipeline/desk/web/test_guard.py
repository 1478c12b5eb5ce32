"""The desk answers its own pages, of one browser on this machine, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.desk.accounts import LARGEST_BYTES, MOST_ATTEMPTS, Sessions
from carreau.desk.web.desk import Desk
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import PORT, csrf_of, desk_over, sent, signed_in, visitor


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"))


def test_nothing_is_shown_without_the_token(desk: Desk) -> None:
    client = visitor(desk)
    for path in ("/", "/?lacks=errors", "/places/une", "/enter?token=", "/enter?token=wrong"):
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert "Fosse" not in answer.text
    assert not client.cookies


def test_the_token_opens_one_session_and_is_spent(desk: Desk) -> None:
    token = desk.sessions.token
    client = signed_in(desk)
    assert client.get("/").status_code == 200
    assert visitor(desk).get(f"/enter?token={token}").status_code == 403
    assert desk.sessions.token == ""


def test_the_cookie_is_for_this_desk_only(desk: Desk) -> None:
    answer = visitor(desk).get(f"/enter?token={desk.sessions.token}")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"carreau-desk-{PORT}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {each.strip() for each in cookie.split(";")}


def test_a_session_that_was_put_there_before_is_not_taken_over(desk: Desk) -> None:
    """Against fixation: signing in makes a new one, whatever cookie there is."""
    client = visitor(desk)
    client.cookies.set(desk.cookie, "planted.0000")
    answer = client.get(f"/enter?token={desk.sessions.token}")
    assert "planted" not in answer.headers["set-cookie"]
    other = visitor(desk)
    other.cookies.set(desk.cookie, "planted.0000")
    assert other.get("/").status_code == 403


@pytest.mark.parametrize(
    "change", [lambda c: c[:-1], lambda c: c.upper(), lambda c: "x" + c, lambda _: ".", lambda _: "é"]
)
def test_a_cookie_that_we_did_not_sign_is_refused(desk: Desk, change: object) -> None:
    assert callable(change)
    assert desk.sessions.of(change(desk.sessions.sign_in(desk.sessions.token))) is None


def test_a_cookie_of_another_desk_is_refused(desk: Desk) -> None:
    other = Sessions("en")
    assert desk.sessions.of(other.sign_in(other.token)) is None


def test_the_token_cannot_be_guessed_for_ever(desk: Desk) -> None:
    token, client = desk.sessions.token, visitor(desk)
    for number in range(MOST_ATTEMPTS):
        assert client.get(f"/enter?token={number}").status_code == 403
    assert client.get(f"/enter?token={token}").status_code == 403


def test_after_leaving_the_cookie_is_worth_nothing(desk: Desk) -> None:
    client = signed_in(desk)
    cookie = client.cookies[desk.cookie]
    assert sent(client, "/leave", {"csrf": csrf_of(client.get("/").text)}).status_code == 303
    other = visitor(desk)
    other.cookies.set(desk.cookie, cookie)
    assert other.get("/").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", "", "[::1]:8010"]
)
def test_another_name_for_this_machine_is_refused(desk: Desk, host: str) -> None:
    """Against DNS rebinding."""
    client = signed_in(desk)
    assert client.get("/", headers={"Host": host}).status_code == 421
    assert client.get("/static/desk.css", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1:8011", f"https://127.0.0.1:{PORT}"]
)
def test_a_form_of_another_page_is_refused(desk: Desk, origin: str) -> None:
    client = signed_in(desk)
    fields = {"csrf": csrf_of(client.get("/").text)}
    assert client.post("/leave", data=fields, headers={"Origin": origin}).status_code == 403
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("csrf", ["", "x", "é"])
def test_a_form_without_its_word_is_refused(desk: Desk, csrf: str) -> None:
    client = signed_in(desk)
    assert sent(client, "/leave", {"csrf": csrf}).status_code == 403
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(desk: Desk, method: str) -> None:
    assert signed_in(desk).request(method, "/").status_code == 405


def test_what_is_too_large_is_refused_before_it_is_read(desk: Desk) -> None:
    client = signed_in(desk)
    csrf = csrf_of(client.get("/").text)
    assert sent(client, "/leave", {"csrf": csrf, "x": "x" * LARGEST_BYTES}).status_code == 413
    chunked = client.post("/leave", content=iter([b"x"]), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert chunked.status_code == 411
    many = "&".join(f"{number}=1" for number in range(30_000))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/leave", content=f"csrf={csrf}&{many}", headers=form).status_code == 400
    assert client.post("/leave", content=f"csrf={csrf}&x=%ff", headers=form).status_code == 400
    assert client.post("/leave", json={"csrf": csrf}).status_code == 415


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e%2fapp.py", "/static/x", "/static/", "/nothing"])
def test_only_its_own_files_are_answered(desk: Desk, path: str) -> None:
    assert signed_in(desk).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/static/desk.css", "/nothing", "/enter?token=x"])
def test_every_answer_loads_nothing_from_elsewhere(desk: Desk, path: str) -> None:
    headers = signed_in(desk).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_failure_is_told_in_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(desk)
    (desk.root / "sites" / "une" / "site.toml").write_bytes(b"\xff")
    assert client.get("/").status_code == 200
