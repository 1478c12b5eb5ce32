"""The model comes as soon as the network is back, and by "try again" where the server failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser import Browser, asked, until
from tests.pipeline.site.pages.made import RICH
from tests.pipeline.site.pages.serving import LIBRARY, served
from tests.real_input import click
from tests.server.viewer.canvas import MODEL
from tests.server.viewer.conftest import Answers
from tests.server.viewer.test_in_a_browser import ROOT, VIEWER, shown
from tests.server.viewer.test_modes import SAID, WORDS
from tests.server.viewer.test_stage import LINE

pytestmark = pytest.mark.browser

LINE_IS_UP = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
AT_ONCE = "const later = setTimeout; window.setTimeout = (run, wait) => later(run, wait > 900 ? 1 : wait);"
"""The viewer asks four times in twelve seconds before it says that a file does not come."""
OFFER, AGAIN = (f"{ROOT}.querySelector('.{name}')" for name in ("open", "again"))
PRESSABLE = f"[{OFFER}, {AGAIN}].filter((each) => each.checkVisibility()).length"


def page(browser: Browser, address: str, before: str = "") -> str:
    """Open a page that waits with its model until it is asked for, as where data is to be saved."""
    session = shown(browser, f"{address}/fr/sites/{RICH}", LINE % "true" + before)
    until(browser, session, f"{OFFER}?.checkVisibility()")
    return session


def line(browser: Browser, session: str, *, is_cut: bool) -> None:
    """Cut the line of a page, or mend it."""
    browser.call("Network.emulateNetworkConditions", session, offline=is_cut, **LINE_IS_UP)
    until(browser, session, f"navigator.onLine == {json.dumps(not is_cut)}")


def is_said(browser: Browser, session: str, word: str) -> None:
    until(browser, session, f"{SAID} == {json.dumps(WORDS[word])}")


def is_drawn(browser: Browser, session: str) -> None:
    """See that the model is there, and that nothing is said or offered any more."""
    until(browser, session, f"{VIEWER}.dataset.shown && {MODEL}.modelIsVisible")
    until(browser, session, f"{SAID} == ''")
    assert asked(browser, session, PRESSABLE) == 0
    assert asked(browser, session, "window.wrong") is None


@pytest.mark.parametrize("has_library", [False, True])
def test_the_model_comes_by_itself_when_the_network_is_back(
    browser: Browser, site_address: str, has_library: bool
) -> None:
    if has_library:  # of another visit, in the cache of the browser; levels of these pages are not kept
        before = page(browser, site_address)
        click(browser, before, OFFER)
        is_drawn(browser, before)
    session = page(browser, site_address)
    line(browser, session, is_cut=True)
    click(browser, session, OFFER)
    is_said(browser, session, "offline")
    here = f"performance.getEntriesByName('{site_address}{LIBRARY}').some((each) => each.responseStatus == 200)"
    assert asked(browser, session, here) == has_library
    assert asked(browser, session, PRESSABLE) == 0
    line(browser, session, is_cut=False)
    is_drawn(browser, session)


@pytest.mark.parametrize("lost", [[LIBRARY], ["/a/preview.glb"], [LIBRARY, "/a/preview.glb"]])
def test_try_again_brings_the_model_after_the_server_failed(
    browser: Browser, site_answers: Answers, viewer_modules: Path, lost: list[str]
) -> None:
    failing = {*lost}
    with served(site_answers, viewer_modules, failing) as address:
        session = page(browser, address, AT_ONCE)
        click(browser, session, OFFER)
        is_said(browser, session, "failed")
        failing.clear()
        click(browser, session, AGAIN)
        is_drawn(browser, session)


def test_who_asked_for_the_model_without_a_network_gets_it_even_if_nothing_of_the_place_was_there(
    browser: Browser, site_answers: Answers, viewer_modules: Path
) -> None:
    failing = {f"/v1/sites/{RICH}"}
    with served(site_answers, viewer_modules, failing) as address:
        session = page(browser, address)
        is_said(browser, session, "failed")
        line(browser, session, is_cut=True)
        click(browser, session, OFFER)
        is_said(browser, session, "offline")
        assert asked(browser, session, PRESSABLE) == 0
        failing.clear()
        line(browser, session, is_cut=False)
        is_drawn(browser, session)
