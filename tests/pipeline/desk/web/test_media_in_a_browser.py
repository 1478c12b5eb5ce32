"""Files are dropped into a place, and the pages for files are whole for everybody."""

from __future__ import annotations

import base64
import socket
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from uvicorn import Config, Server

from pipeline.catalogue.route_line import read_line
from pipeline.desk.web.app import create_app
from pipeline.desk.web.desk import Desk
from tests.browser import Browser, asked, opened, until, violations
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_attached import LINE, gpx
from tests.pipeline.desk.web.desks import desk_over
from tests.pipeline.media.files import jpeg

pytestmark = pytest.mark.browser

DROP = """
const carrier = new DataTransfer();
for (const [name, content] of [%s])
  carrier.items.add(new File([Uint8Array.from(atob(content), (each) => each.charCodeAt())], name));
const zone = document.querySelector("[data-drop]");
zone.dispatchEvent(new DragEvent("drop", { dataTransfer: carrier, bubbles: true, cancelable: true }));
"""


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


def test_two_pictures_are_dropped_and_told_what_they_lack(browser: Browser, axe: str, desk: Desk) -> None:
    width = 360
    session = opened(browser, f"{desk.address}enter?token={desk.sessions.token}", width)
    until(browser, session, f"location.href == {desk.address!r} && document.readyState == 'complete'")
    for page in ("import", "spreadsheets", "places/une/media"):
        go(browser, session, desk.address + page)
        asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width

    pictures = ", ".join(
        f"[{name!r}, {base64.b64encode(jpeg(*size)).decode()!r}]"
        for name, size in (("IMG_1.jpg", (64, 48)), ("IMG_2.jpg", (48, 64)))
    )
    asked(browser, session, DROP % pictures)
    assert asked(browser, session, "document.querySelectorAll('[data-block]').length") == 2
    assert violations(browser, session, axe) == []
    licences = "[...document.getElementsByName('licence.1')[0].options].map((each) => each.value).includes('CC-BY-4.0')"
    assert asked(browser, session, licences)
    for name, text in (("alt.0", "Un puits."), ("credit.0", "Anne"), ("licence.0", "CC-BY-4.0")):
        asked(browser, session, f"document.getElementsByName({name!r})[0].value = {text!r}")
    send = "document.querySelector('#media button.lamp').click()"
    asked(browser, session, send)
    until(browser, session, "document.querySelector('#said [role=alert]')?.textContent.includes('IMG_2.jpg')")
    assert asked(browser, session, "document.getElementsByName('file.1')[0].files.length") == 1, "it is still chosen"
    asked(browser, session, "document.getElementsByName('alt.1')[0].value = 'Une tour.'")
    asked(browser, session, send)
    until(browser, session, "document.querySelector('#said')?.textContent.includes('added: un-puits, une-tour')")
    media = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["media"]
    assert [(each["id"], each["credit"]) for each in media[2:]] == [("un-puits", "Anne"), ("une-tour", "Anne")]
    assert {url for url in browser.asked if not url.startswith(desk.address)} == set()


CHOOSE = r"""
const carrier = new DataTransfer();
carrier.items.add(new File([%s], "a.gpx"));
document.getElementById("a-path").files = carrier.files;
"""


def test_a_line_is_sent_with_the_form_that_names_it(browser: Browser, axe: str, desk: Desk) -> None:
    width = 360
    session = opened(browser, f"{desk.address}enter?token={desk.sessions.token}", width)
    until(browser, session, f"location.href == {desk.address!r} && document.readyState == 'complete'")
    go(browser, session, f"{desk.address}routes/way")
    asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "document.documentElement.scrollWidth") <= width
    asked(browser, session, "document.getElementsByName('v.surface')[0].value = 'Pavés.'")
    asked(browser, session, CHOOSE % repr(gpx(LINE).decode()))
    asked(browser, session, "document.querySelector('[formaction$=\"/attach/path\"]').click()")
    until(browser, session, "document.querySelector('[role=status]')?.textContent == 'saved'")
    route = tomllib.loads((desk.root / "routes" / "way.toml").read_text("utf-8"))
    assert route["surface"] == "Pavés."
    assert read_line(desk.root / "routes" / route["path"]).points == LINE
