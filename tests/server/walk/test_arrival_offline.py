"""A route in the hand, without a network: its pack has all that tells of an arrival, and its chime."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from tests.browser import Browser, violations
from tests.pipeline.site.pages.made import ROUTE
from tests.real_input import press
from tests.server.asking import served
from tests.server.walk.between import network_to
from tests.server.walk.conftest import Walk
from tests.server.walk.visiting import Visit

pytestmark = pytest.mark.browser

PAGE = f"/fr/parcours/{ROUTE}"
STOP = {"longitude": 3.42, "latitude": 50.36, "accuracy": 8}
"""Where the second stop is."""
CARD = "document.querySelector('.map-arrival')"


def test_an_arrival_is_told_with_the_server_stopped(walk: Walk, walker: Browser, axe: str) -> None:
    with ExitStack() as running:
        port, _ = running.enter_context(served(walk.folder, "--no-access-log"))
        network = running.enter_context(network_to(port))
        visit = Visit(walker, network.address)
        visit.go(PAGE)
        visit.do("fetch")
        visit.state("here")
    walker.call("Browser.setPermission", permission={"name": "geolocation"}, setting="granted", origin=network.address)
    walker.call("Emulation.setGeolocationOverride", visit.session, **STOP)
    visit.go(PAGE)
    visit.until("document.querySelector('[data-watch]')?.checkVisibility()")
    press(walker, visit.session, "document.querySelector('[data-chime]')")
    press(walker, visit.session, "document.querySelector('[data-watch]')")
    visit.ask("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    scrolled, ended = visit.ask("scrollY"), time.monotonic() + 60
    while not visit.ask(f"{CARD}?.textContent.includes('Terril')"):
        assert time.monotonic() < ended, "nothing tells of the arrival"
        # A receiver says again and again where it is.
        time.sleep(0.2)
        walker.call("Emulation.setGeolocationOverride", visit.session, **STOP)
    assert visit.ask("scrollY") == scrolled
    assert violations(walker, visit.session, axe) == []
    press(walker, visit.session, f"{CARD}.querySelector('.lamp')")
    visit.until("document.activeElement.id == 'stop-2'")
    assert visit.ask("window.wrong") is None
