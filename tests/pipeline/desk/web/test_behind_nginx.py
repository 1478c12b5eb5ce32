"""The shipped nginx configuration of the desk, in the real nginx, with HTTPS."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
import uvicorn

from carreau.desk.accounts import Accounts, add_account
from carreau.desk.web.app import create_app
from carreau.desk.web.desk import FREE_OF_ADDRESS, Desk, Team
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_accounts import ANNE, PASSWORD, QUICK
from tests.pipeline.desk.web.desks import desk_over, fields_of
from tests.server.nginx import DEPLOY, free_port, needs_nginx, running
from tests.waiting import wait_until

pytestmark = [
    needs_nginx,
    pytest.mark.skipif(not shutil.which("openssl") and os.environ.get("CI") != "true", reason="openssl is missing"),
]
PUBLIC = "https://desk.example"


def configuration(folder: Path, port: int, plain: int, app: int) -> list[str]:
    """Write the shipped file with the ports and a certificate of a test; return the command that runs it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=desk.example", "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx" / "carreau-desk.conf").read_text("utf-8")
    changes = {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server 127.0.0.1:8010;": f"server 127.0.0.1:{app};",
        "/etc/letsencrypt/live/desk.example/": f"{folder}/",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "carreau-desk.conf").write_text(text, "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{each}_temp_path {folder}/{each};" for each in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    http = f"http {{ {temporary} include {folder}/carreau-desk.conf; }}"
    main = f"{user} daemon off; pid {folder}/pid; events {{}} {http}"
    (folder / "nginx.conf").write_text(main, "utf-8")
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk-nginx")


@pytest.fixture(scope="module")
def ports() -> tuple[int, int, int]:
    return free_port(), free_port(), free_port()


@pytest.fixture(scope="module")
def desk(folder: Path, ports: tuple[int, int, int]) -> Iterator[Desk]:
    add_account(folder / "users.toml", ANNE, PASSWORD, QUICK)
    team = Team(Accounts(folder / "users.toml", QUICK))
    found = desk_over(written(folder / "assets"), port=ports[2], team=team, public=PUBLIC)
    config = uvicorn.Config(create_app(found), port=ports[2], log_config=None, lifespan="off", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the desk answers")
    command = configuration(folder, *ports)
    with running(command, ports[0]):
        yield found
    server.should_exit = True
    thread.join(10)


class Visitor:
    """A browser that keeps cookies."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> tuple[HTTPResponse, str]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection("127.0.0.1", self._port, context=context, timeout=20)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": "desk.example", "Cookie": cookies}
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            sent |= {"Origin": PUBLIC, "Content-Type": "application/x-www-form-urlencoded"}
        sent |= {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request("GET" if body is None else "POST", path, body, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        for each in answer.headers.get_all("set-cookie") or []:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
            assert {"Secure", "HttpOnly"} <= {part.strip() for part in each.split(";")}
        connection.close()
        return answer, text


def test_nginx_accepts_the_configuration_without_a_warning(folder: Path, desk: Desk) -> None:
    command = ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf", "-t"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


def test_one_signs_in_through_it(desk: Desk, ports: tuple[int, int, int]) -> None:
    visitor = Visitor(ports[0])
    answer, _ = visitor.ask("/")
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    _, page = visitor.ask("/sign-in")
    fields = fields_of(page, "sign-in") | {"login": "anne", "password": PASSWORD}
    assert visitor.ask("/sign-in", fields, Origin="https://evil.example")[0].status == 403
    assert visitor.ask("/sign-in", fields)[0].status == 303
    answer, page = visitor.ask("/")
    assert answer.status == 200
    assert "Fosse Une" in page
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert visitor.ask("/", Host="other.example")[0].status == 421


def test_plain_http_leads_to_https(desk: Desk, ports: tuple[int, int, int]) -> None:
    connection = HTTPConnection("127.0.0.1", ports[1], timeout=20)
    connection.request("GET", "/translate", headers={"Host": "desk.example"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert (answer.status, answer.headers["location"]) == (308, f"{PUBLIC}/translate")


def test_many_attempts_are_slowed_down_by_nginx_and_counted_by_address(desk: Desk, ports: tuple[int, int, int]) -> None:
    visitor = Visitor(ports[0])
    fields = fields_of(visitor.ask("/sign-in")[1], "sign-in") | {"password": "wrong"}
    found = [
        visitor.ask("/sign-in", fields | {"login": f"x{number}"}, X_Forwarded_For=f"192.0.2.{number}")[0].status
        for number in range(FREE_OF_ADDRESS)
    ]
    assert set(found) == {403, 429}
    assert desk.team is not None
    addresses = {key for key in desk.team.backoff._tries if re.match("address ", key)}
    assert addresses == {"address 127.0.0.1"}
