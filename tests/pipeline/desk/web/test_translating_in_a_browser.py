"""Texts are translated in a real browser by keyboard alone, after signing in to the desk of a team."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import read_book
from carreau.desk.accounts import add_account
from tests.browser import Browser, asked, opened, until, violations
from tests.conftest import PROJECT
from tests.pipeline.desk.test_accounts import ANNE, PASSWORD, QUICK
from tests.pipeline.desk.web.desks import running_desk
from tests.real_input import enter, focus, key, type_text

pytestmark = pytest.mark.browser
PLACE = "fosse-mathilde"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real place with its translations, and who may edit them."""
    folder = tmp_path_factory.mktemp("team")
    shutil.copytree(PROJECT / "assets" / "sites" / PLACE, folder / "assets" / "sites" / PLACE)
    shutil.copytree(PROJECT / "locales", folder / "locales")
    add_account(folder / "users.toml", ANNE, PASSWORD, QUICK)
    return folder


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    """The address that the command prints; the desk ends with the tests."""
    with running_desk("--assets", str(root / "assets"), "--users", str(root / "users.toml")) as address:
        yield address


def test_a_text_is_translated_by_keyboard(browser: Browser, axe: str, address: str, root: Path) -> None:
    origin = address.removesuffix("/sign-in")
    session = opened(browser, address, 360)
    assert violations(browser, session, axe) == []
    focus(browser, session, "document.getElementById('login')")
    type_text(browser, session, "anne")
    key(browser, session, "Tab")
    type_text(browser, session, PASSWORD)
    key(browser, session, "Enter")
    until(browser, session, f"location.href == {origin + '/'!r} && document.readyState == 'complete'")

    browser.call("Page.navigate", session, url=f"{origin}/translate?to=nl&place={PLACE}")
    until(browser, session, "location.pathname == '/translate' && document.readyState == 'complete'")
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "document.documentElement.scrollWidth") <= 360
    first = asked(browser, session, "document.querySelector('a.button.lamp').href")
    enter(browser, session, "document.querySelector('a.button.lamp')")
    until(browser, session, f"location.href == {first!r} && document.activeElement.id == 'target'")
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "document.documentElement.scrollWidth") <= 360

    key(browser, session, "a", "Control")
    type_text(browser, session, "Mijn \u202e1789")
    said = "document.getElementById('said').textContent"
    until(browser, session, f"{said}.includes('U+202E') && {said}.includes('1789')")
    assert violations(browser, session, axe) == []
    key(browser, session, "a", "Control")
    type_text(browser, session, "Mijn Mathilde")
    until(browser, session, f"!{said}.includes('1789')")
    key(browser, session, "Enter", "Control")
    until(browser, session, f"location.href != {first!r} && document.activeElement.id == 'target'")
    assert asked(browser, session, "document.querySelector('#told [role=status]').textContent") == "accepted"
    found = {unit.context: unit for unit in read_book(content_file(root / "locales", "nl")).units}
    name = found[f"site.{PLACE}.name"]
    assert (name.target, name.is_fuzzy) == ("Mijn Mathilde", False)
    assert {url for url in browser.asked if not url.startswith(origin)} == set()
