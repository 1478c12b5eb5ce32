"""Files are dropped into a place, and the pages for files are whole for everybody."""

from __future__ import annotations

import socket
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from uvicorn import Config, Server

from carreau.catalogue.route import read_line
from carreau.desk.web.app import create_app
from carreau.desk.web.desk import Desk
from tests.browser import Browser, asked, opened, until, violations
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_attached import LINE, gpx
from tests.pipeline.desk.web.desks import desk_over
from tests.pipeline.site.media_files import jpeg
from tests.real_input import choose, choose_files, drop, press, write

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk that listens, and ends with the test."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    desk = desk_over(written(tmp_path / "assets"), port=listener.getsockname()[1])
    server = Server(Config(create_app(desk), log_config=None, access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield desk
    server.should_exit = True
    thread.join(30)


def go(browser: Browser, session: str, url: str) -> None:
    browser.call("Page.navigate", session, url=url)
    until(browser, session, f"location.href == {url!r} && document.readyState == 'complete'")


def named(name: str) -> str:
    return f"document.getElementsByName({name!r})[0]"


def test_two_pictures_are_dropped_and_told_what_they_lack(
    browser: Browser, axe: str, desk: Desk, tmp_path: Path
) -> None:
    width = 360
    session = opened(browser, f"{desk.address}enter?token={desk.sessions.token}", width)
    until(browser, session, f"location.href == {desk.address!r} && document.readyState == 'complete'")
    for page in ("import", "spreadsheets", "places/une/media"):
        go(browser, session, desk.address + page)
        asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width

    pictures = [tmp_path / "IMG_1.jpg", tmp_path / "IMG_2.jpg"]
    for path, size in zip(pictures, ((64, 48), (48, 64)), strict=True):
        path.write_bytes(jpeg(*size))
    drop(browser, session, "document.querySelector('[data-drop]')", *pictures)
    until(browser, session, "document.querySelectorAll('[data-block]').length == 2")
    assert violations(browser, session, axe) == []
    licences = "[...document.getElementsByName('licence.1')[0].options].map((each) => each.value).includes('CC-BY-4.0')"
    assert asked(browser, session, licences)
    for name, text in (("alt.0", "Un puits."), ("credit.0", "Anne")):
        write(browser, session, named(name), text)
    choose(browser, session, named("licence.0"), "CC-BY-4.0")
    send = "document.querySelector('#media button.lamp')"
    press(browser, session, send)
    until(browser, session, "document.querySelector('#said [role=alert]')?.textContent.includes('IMG_2.jpg')")
    assert asked(browser, session, "document.getElementsByName('file.1')[0].files.length") == 1, "it is still chosen"
    write(browser, session, named("alt.1"), "Une tour.")
    press(browser, session, send)
    until(browser, session, "document.querySelector('#said')?.textContent.includes('added: un-puits, une-tour')")
    media = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["media"]
    assert [(each["id"], each["credit"]) for each in media[2:]] == [("un-puits", "Anne"), ("une-tour", "Anne")]
    assert {url for url in browser.asked if not url.startswith(desk.address)} == set()


def test_a_line_is_sent_with_the_form_that_names_it(browser: Browser, axe: str, desk: Desk, tmp_path: Path) -> None:
    width = 360
    session = opened(browser, f"{desk.address}enter?token={desk.sessions.token}", width)
    until(browser, session, f"location.href == {desk.address!r} && document.readyState == 'complete'")
    go(browser, session, f"{desk.address}routes/way")
    asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "document.documentElement.scrollWidth") <= width
    write(browser, session, named("v.surface"), "Pavés.")
    line = tmp_path / "a.gpx"
    line.write_bytes(gpx(LINE))
    choose_files(browser, session, "document.getElementById('a-path')", line)
    press(browser, session, "document.querySelector('[formaction$=\"/attach/path\"]')")
    until(browser, session, "document.querySelector('[role=status]')?.textContent == 'saved'")
    route = tomllib.loads((desk.root / "routes" / "way.toml").read_text("utf-8"))
    assert route["surface"] == "Pavés."
    assert read_line(desk.root / "routes" / route["path"]).points == LINE
