"""The models of a new scan and of its state turn together, by mouse and by keyboard."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from uvicorn import Config, Server

from carreau.desk.incoming import SentFile
from carreau.desk.scans import TRIAL
from carreau.desk.web.app import create_app
from carreau.desk.web.desk import Desk, Publishing
from carreau.runs.cache import Cache
from carreau.site.publish.publication import PublishOptions
from tests.browser import Browser, asked, opened, until, violations
from tests.conftest import PROJECT, need
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import desk_over
from tests.pipeline.desk.web.scene_pages import WATCH
from tests.real_input import drag, focus, key, middle
from tests.server.viewer.solid import house, portrait

pytestmark = pytest.mark.browser

SIDES = "[...document.querySelectorAll('#sides model-viewer')]"
ORBITS = f"{SIDES}.map((each) => each.getCameraOrbit()).map(({{ theta, phi, radius }}) => [theta, phi, radius])"
TOGETHER = f"(([one, other]) => one.every((value, at) => Math.abs(value - other[at]) < 0.001))({ORBITS})"


def model(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / "phone.glb").write_bytes(house(name))
    (folder / "poster.webp").write_bytes(portrait())
    level = {"name": "phone", "triangles": 24, "texture_px": 0}
    (folder / "report.json").write_text(json.dumps({"levels": [level]}), "utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk that listens, with a scan that was built on trial; it ends with the test."""
    need(
        (PROJECT / "server" / "carreau_server" / "static" / "desk-compare.js").is_file(),
        "the desk's scripts are not built: make setup",
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    root = written(tmp_path / "assets")
    options = PublishOptions(root, tmp_path / "models", tmp_path / "media", tmp_path / "bundle", "https://mine.example")
    publishing = Publishing(options, Cache(tmp_path / "cache"))
    sent = tmp_path / "sent.obj"
    sent.write_bytes(b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    scan = publishing.inbox.take_in([SentFile("cube.obj", sent, sent.stat().st_size)])
    model(scan.folder / TRIAL, "new")
    model(options.models / "une" / "today", "now")
    desk = replace(desk_over(root, port=listener.getsockname()[1]), publishing=publishing)
    server = Server(Config(create_app(desk), log_config=None, access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield desk
    server.should_exit = True
    thread.join(30)


def turned(browser: Browser, session: str, before: list[list[float]]) -> list[list[float]]:
    """Wait until both cameras have moved by some degrees, and to the same place; return where they are."""
    until(browser, session, f"Math.abs({ORBITS}[0][0] - ({before[0][0]})) > 0.05 && {TOGETHER}")
    found: list[list[float]] = asked(browser, session, ORBITS)
    return found


def test_two_models_turn_together(browser: Browser, axe: str, desk: Desk) -> None:
    assert desk.publishing is not None
    [scan] = desk.publishing.inbox.scans()
    session = opened(browser, f"{desk.address}enter?token={desk.sessions.token}")
    until(browser, session, f"location.href == {desk.address!r} && document.readyState == 'complete'")
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH)
    page = f"{desk.address}scans/{scan.name}?state=une/today"

    # Without scripts there are the pictures.
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    browser.call("Page.navigate", session, url=page)
    pictures = "[...document.querySelectorAll('#sides img')]"
    until(browser, session, f"{pictures}.length == 2 && {pictures}.every((each) => each.naturalWidth > 100)")
    browser.call("Emulation.setScriptExecutionDisabled", session, value=False)

    browser.call("Page.navigate", session, url=page)
    until(browser, session, "document.getElementById('sides')?.dataset.linked != null")
    assert asked(browser, session, f"{pictures}.length") == 0
    assert "Last build on this machine" in asked(browser, session, "document.getElementById('sides').textContent")
    until(browser, session, TOGETHER)
    before = asked(browser, session, ORBITS)
    for side in (0, 1):
        x, y = middle(browser, session, f"{SIDES}[{side}]")
        drag(browser, session, (x, y), (x + 60, y))
        before = turned(browser, session, before)
    focus(browser, session, f"{SIDES}[1].shadowRoot.querySelector('.userInput')")
    key(browser, session, "ArrowRight")
    turned(browser, session, before)
    assert violations(browser, session, axe) == []
    assert set(asked(browser, session, "window.violated") or []) <= {"style-src-elem"}
    assert asked(browser, session, "window.wrong") is None
    assert {url for url in browser.asked if url.startswith("http") and not url.startswith(desk.address)} == set()
