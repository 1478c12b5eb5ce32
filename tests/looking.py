"""Look at a page in every way that the accessibility statement tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carreau.site.pages.pages import CHECKS
from tests.browser import Browser, asked, loaded, opened

MOST_STOPS = 600
WATCH = """
window.wrong = [];
addEventListener("securitypolicyviolation", (event) => wrong.push(`${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => wrong.push(event.message ?? event.target.outerHTML), true);
addEventListener("unhandledrejection", (event) => wrong.push(String(event.reason)));
for (const name of ["error", "warn"]) console[name] = (...told) => wrong.push(told.join(" "));
"""
TOLD = """axe.run(document, {preload: false, rules: {"target-size": {enabled: true}}}).then((found) => ({
  violations: found.violations.map((rule) =>
    [rule.id, ...rule.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`)]),
  undecided: found.incomplete.map((rule) => rule.id), version: found.testEngine.version,
  tags: [...new Set([...found.passes, ...found.violations, ...found.incomplete, ...found.inapplicable]
    .flatMap((rule) => rule.tags))].filter((tag) => /^(wcag2\\d?a+|best-practice)$/.test(tag)),
}))"""
SIDEWAYS = (
    """(({scrollWidth}) => scrollWidth > innerWidth ? [`${scrollWidth} pixels`] : [])(document.documentElement)"""
)
SPACED = """const sheet = new CSSStyleSheet();
sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
  p { margin-bottom: 2em !important }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];"""
CUT = f"""[...document.querySelectorAll("main *, header *, footer *")].filter((each) => {{
  const {{overflowX, overflowY}} = getComputedStyle(each);
  const hides = (overflow) => overflow == "hidden" || overflow == "clip";
  const isExempt = each.closest("svg, .skip, .unseen, img, video, audio, iframe, textarea, input, select");
  return !isExempt && each.checkVisibility() && (
    (hides(overflowX) && each.scrollWidth > each.clientWidth + 1)
    || (hides(overflowY) && each.scrollHeight > each.clientHeight + 1));
}}).map((each) => each.outerHTML.slice(0, 120)).concat({SIDEWAYS})"""
MOVING = """[...document.querySelectorAll("*")].filter((each) => each.checkVisibility()).filter((each) => {
  const style = getComputedStyle(each);
  const lasts = style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0.01);
  return lasts || style.animationName != "none" || style.scrollBehavior == "smooth";
}).map((each) => each.outerHTML.slice(0, 120))"""
BARE = f"""[...document.querySelectorAll("main button")].filter((each) => each.checkVisibility()
  && !(each.type == "submit" && each.form?.hasAttribute("action"))).map((each) => each.outerHTML.slice(0, 120))
  .concat(document.querySelector("h1")?.checkVisibility() ? [] : ["no heading"]).concat({SIDEWAYS})"""
REFUSED = """performance.getEntriesByType("resource").filter((each) => each.responseStatus > 399)
  .map((each) => `${each.responseStatus} ${each.name}`)"""
# How a thing, or the card that it opens, is drawn with the focus is compared with how it is when the next has it. What
# opens inside the viewer is walked through by the viewer's own tests.
FOLLOW = """(() => {
  const drawn = (thing) => [thing, ...thing.children, thing.closest("li") ?? thing].map((each) => {
    const style = getComputedStyle(each);
    const {outlineStyle, outlineWidth, stroke, strokeWidth, fill, backgroundColor, boxShadow, clipPath} = style;
    return [outlineStyle, outlineWidth, stroke, strokeWidth, fill, backgroundColor, boxShadow, clipPath].join();
  }).join();
  window.stops = [];
  window.unseen = [];
  let last, was;
  addEventListener("focusin", (event) => {
    const thing = event.target;
    if (last && last != thing && !last.shadowRoot && drawn(last) == was) unseen.push(last.outerHTML.slice(0, 120));
    [last, was] = [thing, drawn(thing)];
    if (stops[0] == thing) window.around = true;
    stops.push(thing);
  });
})()"""
PASSED = """[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((each) => each.checkVisibility({visibilityProperty: true}) && !each.disabled && each.tabIndex >= 0)
  .filter((each) => each.type != "radio" && !stops.includes(each))
  .map((each) => `not reached: ${each.outerHTML.slice(0, 120)}`)
  .concat(unseen.map((each) => `not seen: ${each}`))"""


@dataclass
class Looked:
    """What was found on a page.

    faults : by check, where each is
    undecided : rules of axe-core that a person has to decide
    wrong : what the page complains of, and whom else it asks
    made_with : versions of axe-core and of the browser, and tags of the rules
    """

    address: str
    title: str
    lang: str
    faults: dict[str, list[str]]
    undecided: list[str]
    wrong: list[str]
    made_with: dict[str, Any]


def looked_at(browser: Browser, origin: str, address: str, axe: str) -> Looked:
    """Look at a page in every way that `CHECKS` names.

    axe : source of axe-core
    """
    browser.asked.clear()
    session = opened(browser, "about:blank")
    browser.call("Page.enable", session)
    browser.call("Emulation.setFocusEmulationEnabled", session, enabled=True)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH)
    browser.call("Page.navigate", session, url=origin + address)
    loaded(browser, session)
    wrong = list(asked(browser, session, "wrong"))
    told = told_by_axe(browser, session, axe)
    targets = [each for each in told["violations"] if each[0] == "target-size"]
    faults = {"axe": [" | ".join(each) for each in told["violations"] if each not in targets]}
    faults["targets"] = [" | ".join(each) for each in targets]
    faults["keyboard"] = _walked(browser, session)
    reduced = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.call("Emulation.setEmulatedMedia", session, features=reduced)
    faults["motion"] = asked(browser, session, MOVING)
    _sized(browser, session, 640, 2)
    faults["zoom"] = asked(browser, session, SIDEWAYS)
    _sized(browser, session, 320, 1)
    faults["reflow"] = asked(browser, session, SIDEWAYS)
    asked(browser, session, SPACED)
    faults["spacing"] = asked(browser, session, CUT)
    title, lang = asked(browser, session, "[document.title, document.documentElement.lang]")
    wrong += asked(browser, session, REFUSED)
    browser.call("Page.close", session)
    faults["scripts"] = _without_scripts(browser, origin + address)
    told["browser"] = "Chromium " + browser.call("Browser.getVersion")["product"].partition("/")[2]
    wrong += sorted(url for url in browser.asked if url.startswith("http") and not url.startswith(origin))
    return Looked(address, title, lang, {check: faults[check] for check in CHECKS}, told["undecided"], wrong, told)


def told_by_axe(browser: Browser, session: str, axe: str) -> dict[str, Any]:
    """Return what axe-core says of a page with all its rules, that of the size of targets too.

    That is `violations`, each a rule and its places; `undecided`, rules; its `version`; and the `tags` of its rules.
    """
    browser.call("Runtime.evaluate", session, expression=axe)
    found = browser.call("Runtime.evaluate", session, expression=TOLD, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in found, found
    told: dict[str, Any] = found["result"]["value"]
    return told


def _walked(browser: Browser, session: str) -> list[str]:
    """Go from stop to stop with the Tab key until the first comes again; return what was not reached, or not seen."""
    asked(browser, session, FOLLOW)
    for number in range(MOST_STOPS):
        browser.call("Input.dispatchKeyEvent", session, type="rawKeyDown", key="Tab", windowsVirtualKeyCode=9)
        if number % 8 == 7 and asked(browser, session, "window.around"):
            found: list[str] = asked(browser, session, PASSED)
            return found
    return [f"no end after {MOST_STOPS} stops: {asked(browser, session, 'document.activeElement.outerHTML')}"]


def _sized(browser: Browser, session: str, width: int, scale: int) -> None:
    """Give a page a width; one of 640 pixels of twice the size is a window of 1280 at 200 %."""
    screen = {"width": width, "height": 800, "deviceScaleFactor": scale, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)


def _without_scripts(browser: Browser, url: str) -> list[str]:
    session = opened(browser, "about:blank", 320)
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    found: list[str] = asked(browser, session, BARE)
    browser.call("Page.close", session)
    return found
