"""A show that waits or is paused draws nothing, and all its words have room in a small pyramid."""

from __future__ import annotations

import time

import pytest

from tests.browser import Browser, asked, until
from tests.real_input import key
from tests.server.show.shows import PAGE
from tests.server.viewer.test_stage import screen
from tests.server.walk.between import Network
from tests.server.walk.visiting import Visit

pytestmark = pytest.mark.browser

ROOT = "document.querySelector('carreau-show').shadowRoot"
COUNT = """window.drawn = 0;
for (const name of ["fillRect", "drawImage"]) {
  const draw = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...values) {
    window.drawn += 1;
    return draw.apply(this, values);
  };
}"""
RUNNING = (
    f"{ROOT}.querySelector('.words').getAnimations({{subtree: true}}).filter((e) => e.playState == 'running').length"
)
CUT = f"""[...{ROOT}.querySelectorAll('.words')].flatMap((words) => [...words.children].filter((line) => {{
  const room = words.parentElement.clientHeight;
  return words.offsetTop + line.offsetTop < 0 || words.offsetTop + line.offsetTop + line.offsetHeight > room;
}}).map((line) => line.textContent))"""
"""Lines that are not whole in their picture: its own heights, before the mirrors turn it."""


def opened(browser: Browser, network: Network, display: str) -> str:
    visit = Visit(browser, network.address, 1280)
    browser.call("Emulation.setEmulatedMedia", visit.session, features=[])
    browser.call("Page.addScriptToEvaluateOnNewDocument", visit.session, source=COUNT)
    screen(browser, visit.session, 1280, 720)
    visit.go(f"{PAGE}?display={display}")
    until(browser, visit.session, f"!!{ROOT}.querySelector('dialog')?.open")
    return visit.session


def drawn(browser: Browser, session: str, seconds: float) -> int:
    """Return how often something is drawn in so many seconds."""
    before = asked(browser, session, "window.drawn")
    time.sleep(seconds)
    assert before > 0
    return int(asked(browser, session, "window.drawn") - before)


@pytest.mark.parametrize("display", ["show", "pyramid"])
def test_where_nothing_moves_nothing_is_drawn(browser: Browser, network: Network, display: str) -> None:
    session = opened(browser, network, display)
    until(browser, session, f"{RUNNING} == 0")
    time.sleep(3)
    assert drawn(browser, session, 2) == 0
    key(browser, session, "Enter")
    assert drawn(browser, session, 3) > 0
    key(browser, session, " ")
    time.sleep(0.5)
    assert drawn(browser, session, 2) == 0
    key(browser, session, " ")
    assert drawn(browser, session, 3) > 0


def test_no_line_is_cut_in_a_pyramid_on_a_small_screen(browser: Browser, network: Network) -> None:
    session = opened(browser, network, "pyramid")
    step = f"{ROOT}.querySelector('.screen').dataset.step"
    assert asked(browser, session, CUT) == []
    key(browser, session, "Enter")
    seen = set()
    while (now := asked(browser, session, step)) != "invitation":
        seen.add(now)
        for number in range(1, 6):
            key(browser, session, str(number))
            assert asked(browser, session, CUT) == [], (now, number)
        key(browser, session, "ArrowRight")
    assert len(seen) >= 3
