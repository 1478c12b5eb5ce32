"""Pages of the desk in a state that one has to come to: axe-core finds nothing in them, and they fit on a phone."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from uvicorn import Config, Server

from carreau.catalogue.i18n.po import interface_file, interface_texts
from carreau.desk.incoming import SentFile
from carreau.desk.scans import INSPECTION, TRIAL
from carreau.desk.spreadsheet_files import write_csv
from carreau.desk.web.app import create_app
from carreau.desk.web.desk import Desk
from tests.browser import Browser, asked, opened, until, violations
from tests.pipeline.desk.web.editions import OTHER, PLACE, drafted, options_of, publishing_desk
from tests.pipeline.desk.web.test_scans_page import BEAM, LEVEL
from tests.pipeline.site.media_files import jpeg
from tests.pipeline.site.publish.editions import PROJECT, ROUTE, edition
from tests.real_input import choose_files, press, write

pytestmark = pytest.mark.browser

WIDTH = 360
TRAIL = "jules-mousseron"
SAVE = "document.querySelector('#place button[value=save]')"
COMPANY = "document.getElementById('f-company')"
OTHERS_SAVE = """(async () => {
  const form = document.getElementById("place"), other = new URLSearchParams(new FormData(form));
  other.set("v.company", "Compagnie d’ailleurs");
  other.set("do", "save");
  await fetch(form.action, { method: "POST", body: other });
  return true;
})()"""


@dataclass(frozen=True)
class Served:
    """A desk that listens, and the cookie of somebody who is signed in."""

    desk: Desk
    cookie: str
    pages: dict[str, str]
    sheet: Path


Act = Callable[[Browser, str, Served], None]


def send_a_sheet(browser: Browser, session: str, served: Served) -> None:
    choose_files(browser, session, "document.getElementById('sheets')", served.sheet)
    press(browser, session, "document.getElementById('sheets').form.querySelector('button')")


def save_after_others(browser: Browser, session: str, _: Served) -> None:
    browser.call("Runtime.evaluate", session, expression=OTHERS_SAVE, awaitPromise=True)
    write(browser, session, COMPANY, "Compagnie d’ici")
    press(browser, session, SAVE)


def save_in_another_session(browser: Browser, session: str, _: Served) -> None:
    asked(browser, session, "document.getElementById('place').elements.csrf.value = 'x'")
    press(browser, session, SAVE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk with all that a page can show: a draft that phones see, a finished scan, a route, a trail, and texts."""
    folder = tmp_path_factory.mktemp("desk")
    assets = edition(folder, (PLACE, OTHER, "ancienne-abbaye-de-saint-amand"))
    (assets / "routes" / "essai.toml").write_text(ROUTE, "utf-8")
    shutil.copytree(PROJECT / "assets" / "trails", assets / "trails")
    words = interface_file(folder / "locales", "de")
    shutil.copy(interface_file(PROJECT / "locales", "de"), words)
    drafted(options_of(folder))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    desk = replace(publishing_desk(options_of(folder)), port=listener.getsockname()[1])
    publishing = desk.publishing
    assert publishing is not None
    draft = publishing.read_draft()
    assert draft is not None
    publishing.open_draft.open(draft.answers, is_for_phones=True)
    publishing.check.result(60)
    pages = {"scan": f"scans/{_finished_scan(desk, folder)}"}
    pages["text"] = f"wording/de/{interface_texts(words.read_bytes(), 'x')[0].id}"
    sheet = write_csv(assets)["visit.csv"].decode("utf-8-sig").replace("Il est interdit", "Il est toujours interdit")
    server = Server(Config(create_app(desk), log_config=None, access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    (folder / "visit.csv").write_text(sheet, "utf-8")
    yield Served(desk, desk.sessions.sign_in(desk.sessions.token), pages, folder / "visit.csv")
    server.should_exit = True
    thread.join(30)
    publishing.close()


def _finished_scan(desk: Desk, folder: Path) -> str:
    """Put a scan into the inbox whose trial is built; return its name."""
    assert desk.publishing is not None
    (folder / "beam.obj").write_bytes(BEAM)
    scan = desk.publishing.inbox.take_in([SentFile("beam.obj", folder / "beam.obj", len(BEAM))])
    (scan.folder / INSPECTION).write_text("12 triangles", "utf-8")
    trial = scan.folder / TRIAL
    trial.mkdir()
    (trial / "report.json").write_text(json.dumps({"levels": [LEVEL]}), "utf-8")
    (trial / "report.html").write_text('<!doctype html><html lang="en"><title>R</title><p>Report</p></html>', "utf-8")
    (trial / "phone.glb").write_bytes(b"x" * 1500)
    (trial / "poster.webp").write_bytes(jpeg(64, 48))
    return scan.name


def signed_in(browser: Browser, served: Served, path: str) -> str:
    """Open a page in a browser that is signed in."""
    session, url = opened(browser, "about:blank", WIDTH), served.desk.address + path
    browser.call("Network.setCookie", session, name=served.desk.cookie, value=served.cookie, url=url)
    browser.call("Page.navigate", session, url=url)
    until(browser, session, f"location.href == {url!r} && document.readyState == 'complete'")
    return session


@pytest.mark.parametrize(
    ("path", "act", "shows"),
    [
        ("wording?to=de", None, "a[href^='/wording/de/i']"),
        ("{text}", None, "#target-0"),
        ("routes/essai", None, "#place"),
        (f"trails/{TRAIL}", None, "#place"),
        ("{scan}", None, "iframe.report"),
        ("publish", None, "svg[role=img]"),
        ("spreadsheets", send_a_sheet, "form[action='/spreadsheets/apply']"),
        (f"places/{PLACE}", save_after_others, ".clash"),
        (f"places/{PLACE}", save_in_another_session, "textarea[hidden]"),
    ],
)
def test_nothing_keeps_anybody_from_a_page(
    browser: Browser, axe: str, served: Served, path: str, act: Act | None, shows: str
) -> None:
    session = signed_in(browser, served, path.format(**served.pages) if "{" in path else path)
    if act:
        act(browser, session, served)
    until(browser, session, f"document.readyState == 'complete' && document.querySelector({shows!r}) !== null")
    asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "document.documentElement.scrollWidth") <= WIDTH


def test_who_types_after_the_session_has_ended_is_told_and_goes_on(browser: Browser, served: Served) -> None:
    session = signed_in(browser, served, f"places/{OTHER}")
    alert = "document.querySelector('#place [role=alert]')?.textContent ?? ''"
    browser.call("Network.clearBrowserCookies", session)
    write(browser, session, COMPANY, "a")
    until(browser, session, f"({alert}).includes('nothing is lost')")
    browser.call("Network.setCookie", session, name=served.desk.cookie, value=served.cookie, url=served.desk.address)
    write(browser, session, COMPANY, "b")
    until(browser, session, f"({alert}) === ''")
