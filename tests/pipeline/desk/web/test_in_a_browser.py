"""The desk in a real browser: found by its printed address, used by keyboard, checked while one types."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, asked, loaded, opened, until, violations
from tests.conftest import PROJECT
from tests.pipeline.desk.web.desks import running_desk
from tests.real_input import key, write

pytestmark = pytest.mark.browser
PLACE = "cite-d-arenberg"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three real places and one that shows every feature, with their translations."""
    assets = tmp_path / "assets"
    for slug in (PLACE, "fosse-mathilde", "terril-renard", "demonstration"):
        shutil.copytree(PROJECT / "assets" / "sites" / slug, assets / "sites" / slug)
    shutil.copy(PROJECT / "assets" / "communes.geojson", assets)
    shutil.copytree(PROJECT / "locales", tmp_path / "locales")
    return assets


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    """The address that the command prints; the desk ends with the test."""
    with running_desk("--assets", str(root)) as address:
        yield address


def go(browser: Browser, session: str, path: str) -> None:
    browser.call("Page.navigate", session, url=path)
    until(browser, session, f"location.href == {path!r} && document.readyState == 'complete'")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_place_is_edited_by_keyboard(browser: Browser, axe: str, address: str, root: Path, width: int) -> None:
    origin = re.match(r"http://127\.0\.0\.1:\d+/", address)
    assert origin
    session = opened(browser, address, width)
    until(browser, session, f"location.href == {origin[0]!r} && document.readyState == 'complete'")
    until(browser, session, "document.readyState == 'complete' && !document.querySelector('script[src]')")
    assert asked(browser, session, "document.querySelectorAll('.places > li').length") == 4
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "document.documentElement.scrollWidth") <= width

    for place in ("demonstration", PLACE):
        go(browser, session, f"{origin[0]}places/{place}")
        asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width

    said = "document.getElementById('m-position.lon').textContent"
    field = "document.getElementById('f-position.lon')"
    write(browser, session, field, "399")
    until(browser, session, f"{said}.includes('399 is out of range')")
    write(browser, session, field, "3,42977")
    until(browser, session, f"{said}.trim() == ''")
    key(browser, session, "Enter")
    until(browser, session, "document.querySelector('[role=status]')?.textContent == 'saved'")
    loaded(browser, session)
    assert "\nlon = 3.42977\n" in (root / "sites" / PLACE / "site.toml").read_text("utf-8")
    assert {url for url in browser.asked if not url.startswith(origin[0])} == set()
