"""What a visitor does besides: taps, fills the screen, lays two states side by side, tries again, leaves too soon."""

from __future__ import annotations

import pytest

from tests.browser import Browser, asked, opened, until
from tests.pipeline.site.pages.made import RICH
from tests.real_input import key, middle, mouse, press, tap_at
from tests.server.viewer.test_in_a_browser import ROOT, VIEWER, shown, use
from tests.server.viewer.test_stage import LINE

pytestmark = pytest.mark.browser

MODEL = f"{ROOT}.querySelector('model-viewer')"


def frames(browser: Browser, session: str) -> None:
    """Let some pictures pass."""
    asked(
        browser, session, "window.passed = 0; (function next() { if (++passed < 6) requestAnimationFrame(next); })(); 0"
    )
    until(browser, session, "passed == 6")


def test_a_tap_leaves_the_view_as_it_is(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown && {MODEL}.loaded")
    view = asked(browser, session, f"{VIEWER}.view")
    box = f"(b => [b.left, b.top, b.width, b.height])({MODEL}.getBoundingClientRect())"
    left, top, width, height = asked(browser, session, box)
    for across, down in ((0.02, 0.3), (0.5, 0.5)):
        tap_at(browser, session, (left + across * width, top + down * height))
        frames(browser, session)
        assert asked(browser, session, f"{VIEWER}.view") == view


def test_a_press_that_has_begun_before_the_model_comes_is_not_lost(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", LINE % "true")
    button = f"{ROOT}.querySelector('.bar [data-tool=annotations]')"
    until(browser, session, f"{button}?.checkVisibility()")
    point = middle(browser, session, button)
    mouse(browser, session, "mouseMoved", point)
    mouse(browser, session, "mousePressed", point, clickCount=1)
    asked(browser, session, f"{VIEWER}.open(); 0")
    until(browser, session, f"{VIEWER}.dataset.shown && !!{ROOT}.querySelector('[data-tool=snapshot]')")
    assert middle(browser, session, button) == point
    mouse(browser, session, "mouseReleased", point, clickCount=1)
    until(browser, session, f"{ROOT}.querySelector('.panel').checkVisibility()")


def test_full_screen_is_full_and_escape_ends_it(browser: Browser, site_address: str) -> None:
    """As on phones that let no element fill the screen."""
    never = "Object.defineProperty(document, 'fullscreenEnabled', { value: false });"
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", never)
    until(browser, session, f"{VIEWER}.dataset.shown")
    use(browser, session, "[data-tool=full]")
    until(browser, session, f"{ROOT}.querySelector('[data-tool=full]').getAttribute('aria-pressed') == 'true'")
    edges = "[b.left, b.top, b.right - document.documentElement.clientWidth, b.bottom - innerHeight]"
    box = f"(b => {edges})({VIEWER}.getBoundingClientRect())"
    assert [round(edge) for edge in asked(browser, session, box)] == [0, 0, 0, 0]
    assert asked(browser, session, f"{ROOT}.querySelector('.stage').clientHeight > 0.9 * innerHeight")
    key(browser, session, "Escape")
    until(browser, session, f"{ROOT}.querySelector('[data-tool=full]').getAttribute('aria-pressed') == 'false'")
    assert not asked(browser, session, f"{VIEWER}.classList.contains('filled')")


def test_side_by_side_both_are_as_large_and_one_alone_is_as_before(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    field = f"{MODEL}.getFieldOfView()"
    before = asked(browser, session, field)
    asked(browser, session, f"{VIEWER}.compare('1930', 'side').then(() => (window.isLaid = true)); 0")
    until(browser, session, "window.isLaid")
    other = f"{ROOT}.querySelector('model-viewer.other').getFieldOfView()"
    until(browser, session, f"Math.abs({field} - {other}) < 0.5 && {field} > {before} + 1")
    widest = asked(browser, session, field)
    # Whichever is turned, the other one follows, and neither shows more than before.
    asked(browser, session, f"{VIEWER}.view = '30,80,3,0.25,0.25,0'")
    frames(browser, session)
    assert abs(asked(browser, session, field) - widest) < 0.5
    assert abs(asked(browser, session, other) - widest) < 0.5
    asked(browser, session, f"{VIEWER}.stopComparing()")
    until(browser, session, f"Math.abs({field} - {before}) < 0.1")


def test_what_is_not_seen_is_not_reached(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    asked(browser, session, f"{VIEWER}.compare('1930', 'slider', 1).then(() => (window.isLaid = true)); 0")
    until(browser, session, "window.isLaid")
    assert asked(browser, session, f"{MODEL}.inert")
    asked(browser, session, f"{VIEWER}.stopComparing()")
    assert not asked(browser, session, f"{MODEL}.inert")


def test_hidden_parts_stay_hidden_while_the_next_level_comes(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown && {MODEL}.loaded")
    use(browser, session, "[data-tool=parts]")
    until(browser, session, f"!!{ROOT}.querySelector('[data-do=hide_guessed]')")
    press(browser, session, f"{ROOT}.querySelector('[data-do=hide_guessed]')")
    until(browser, session, f"['phone', 'desktop'].includes({VIEWER}.level)")
    scene = f"{MODEL}[Object.getOwnPropertySymbols({MODEL}).find((each) => each.description == 'scene')]"
    told = f"""(window.drawn = []);
    const note = (each) => each.name && window.drawn.push([each.name, each.visible]);
    {scene}.onBeforeRender = () => {scene}.traverse(note);
    {VIEWER}.show('desktop').then(() => (window.isShown = true)); 0"""
    asked(browser, session, told)
    until(browser, session, "window.isShown && window.drawn.some(([, is]) => !is)")
    hidden = asked(browser, session, "[...new Set(window.drawn.filter(([, is]) => !is).map(([name]) => name))]")
    assert hidden
    seen = asked(browser, session, "[...new Set(window.drawn.filter(([, is]) => is).map(([name]) => name))]")
    assert not set(hidden) & set(seen)


def test_after_a_failure_the_finest_level_comes_too(browser: Browser, site_address: str) -> None:
    quick = "const later = setTimeout; window.setTimeout = (run, wait) => later(run, wait > 900 ? 1 : wait);"
    fails = """const get = fetch;
    const isLost = (url) => String(url).endsWith('.glb') && !window.isBack;
    window.fetch = (url, how) => isLost(url) ? Promise.reject(new TypeError('no line')) : get(url, how);"""
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", quick + fails)
    again = f"{ROOT}.querySelector('.again')"
    until(browser, session, f"{again} && !{again}.hidden")
    asked(browser, session, "window.isBack = true")
    press(browser, session, again)
    until(browser, session, f"['phone', 'desktop'].includes({VIEWER}.level)")


def test_who_leaves_too_soon_fetches_no_model(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    until(browser, session, f"['phone', 'desktop'].includes({VIEWER}.level)")  # the page asks for no more
    # The library is here, so that all else follows at once: the viewer goes in the middle of that.
    made = f"""(() => {{
      performance.clearResourceTimings();
      const made = document.createElement('carreau-viewer');
      made.setAttribute('site', '{RICH}'); made.setAttribute('state', '1930');
      document.querySelector('main').prepend(made);
      const go = () => (made.remove(), (window.isGone = true));
      const seen = new MutationObserver(() => made.shadowRoot.querySelector('.bar') && go());
      seen.observe(made.shadowRoot, {{ childList: true, subtree: true }});
      made.open().then(() => (window.isOver = true), () => (window.isOver = true));
    }})()"""
    asked(browser, session, made)
    until(browser, session, "window.isGone && window.isOver")
    frames(browser, session)
    asked_for = (
        "performance.getEntriesByType('resource').map((each) => each.name).filter((name) => name.includes('.glb'))"
    )
    assert asked(browser, session, asked_for) == []
    assert asked(browser, session, "window.wrong") is None


def test_on_a_slow_line_the_model_is_asked_for_before_all_of_the_library_is_here(
    browser: Browser, site_address: str
) -> None:
    session = opened(browser, "about:blank")
    # So slow that the end of the library takes a second, even where the processor is busy.
    line = {"downloadThroughput": 200_000, "uploadThroughput": 200_000, "latency": 20}
    browser.call("Network.enable", session)
    browser.call("Network.emulateNetworkConditions", session, offline=False, **line)
    browser.call("Page.navigate", session, url=f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}?.dataset.shown")
    files = "performance.getEntriesByType('resource').map(each => [each.name, each.startTime, each.responseEnd])"
    times = [(name, start, end) for name, start, end in asked(browser, session, files)]
    # It is fetched, and run from the cache later.
    begun, here = next((start, end) for name, start, end in times if name.endswith("model-viewer.js"))
    first = min(start for name, start, _ in times if name.endswith(".glb"))
    assert begun < first < here


def test_a_state_that_is_not_there_is_said(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    asked(browser, session, "addEventListener('carreau-error', (event) => (window.reason = event.detail.reason), true)")
    asked(browser, session, f"{VIEWER}.state = 'nope'")
    until(browser, session, "window.reason == 'data'")
    assert asked(browser, session, f"{ROOT}.querySelector('[role=status]').textContent") == (
        "Ce lieu n’a pas de modèle de ce nom."
    )


def test_the_link_follows_the_model(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown && {MODEL}.loaded")
    use(browser, session, "[data-tool=share]")
    field = f"{ROOT}.querySelector('.panel input[type=text]').value"
    before = asked(browser, session, field)
    asked(browser, session, f"{VIEWER}.view = '30,80,3,0.25,0.25,0,20'")
    until(browser, session, f"{field} != {before!r}")
    assert "30,80,3" in asked(browser, session, f"decodeURIComponent({field})")
