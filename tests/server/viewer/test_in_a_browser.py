"""The viewer in a browser: every level, two states, tours and failures, by keyboard and without WebGL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from carreau.base.languages import LANGUAGES
from carreau.site.publish.static_files import words_of_viewer
from tests.browser import Browser, asked, loaded, opened, until, violations
from tests.pipeline.site.pages.made import RICH, rich
from tests.pipeline.site.pages.serving import served
from tests.real_input import draw, enter, focus, key, press
from tests.server.viewer.conftest import Answers

pytestmark = pytest.mark.browser

WATCH = """addEventListener("securitypolicyviolation", (event) => {
  (window.violated ??= []).push(event.violatedDirective + event.blockedURI);
});
addEventListener("error", (event) => (window.wrong ??= []).push(event.message));
addEventListener("unhandledrejection", (event) => (window.wrong ??= []).push(String(event.reason)));"""
STILL = [{"name": "prefers-reduced-motion", "value": "reduce"}]
NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null;"
VIEWER = "document.querySelector('carreau-viewer')"
ROOT = f"{VIEWER}.shadowRoot"

HIT = f"""(viewer => {{
  const box = viewer.getBoundingClientRect();
  return !!viewer.positionAndNormalFromPoint(box.left + box.width / 2, box.top + box.height / 2);
}})({ROOT}.querySelector('model-viewer'))"""
"""Whether something of the model is seen in the middle."""


def shown(browser: Browser, url: str, before: str = "") -> str:
    session = opened(browser, "about:blank")
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH + before)
    browser.call("Emulation.setEmulatedMedia", session, features=STILL)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    asked(browser, session, f"{VIEWER}?.scrollIntoView()")
    return session


def use(
    browser: Browser,
    session: str,
    selector: str,
    act: Callable[[Browser, str, str], None] = enter,
    root: str = ROOT,
) -> None:
    """Act on a button in the viewer, by Enter unless told otherwise; a tool of the menu is reached through "more"."""
    button = f"{root}.querySelector('{selector}')"
    until(browser, session, f"!!{button}")
    draw(browser, session)  # a window that was just resized moves tools into the menu
    is_open = f"!{button}.closest('.menu[hidden]')"
    if not asked(browser, session, is_open):
        act(browser, session, f"{root}.querySelector('[data-tool=more]')")
        until(browser, session, is_open)
    act(browser, session, button)


def test_levels_come_one_after_the_other_and_the_view_stays(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    for level in ("preview", "phone", "desktop"):
        asked(browser, session, f"{VIEWER}.view = '30,80,3,0.25,0.25,0,20'")
        until(browser, session, f"{VIEWER}.view == '30,80,3,0.25,0.25,0,20'")
        asked(browser, session, f"{VIEWER}.show('{level}')")
        until(browser, session, f"{VIEWER}.level == '{level}' && {ROOT}.querySelector('model-viewer').modelIsVisible")
        assert asked(browser, session, f"{VIEWER}.view") == "30,80,3,0.25,0.25,0,20"
        until(browser, session, HIT)
    assert asked(browser, session, f"{VIEWER}.link()") == "#state=today&view=30,80,3,0.25,0.25,0,20"
    badges = f"[...{ROOT}.querySelectorAll('.badges > span')].map(each => each.textContent)"
    assert asked(browser, session, badges) == ["Relevé simulé"]
    # The library writes a style of its own; where the policy does not name it, it is refused, and adopted by us.
    assert set(asked(browser, session, "window.violated") or []) <= {"style-src-eleminline"}
    assert asked(browser, session, "window.wrong") is None
    assert {url.split("/")[2] for url in browser.asked if url.startswith("http")} == {site_address.split("/")[2]}


def test_the_first_level_is_asked_for_when_the_library_is_here(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    times = "performance.getEntriesByType('resource').filter((each) => each.name.includes"
    # It is fetched, and run from the cache later.
    found = f"{times}('model-viewer.js')).map((each) => [each.startTime, each.responseEnd])"
    (begun, here), *_ = asked(browser, session, found)
    levels = asked(browser, session, f"{times}('.glb')).map((each) => each.startTime)")
    assert levels
    # A busy device takes as long as a slow line, on which the end of the library keeps no model waiting.
    assert min(levels) >= (here if here - begun < 500 else begun)
    # What was shown before, to have all ready that draws, is gone.
    assert asked(browser, session, f"{ROOT}.querySelector('model-viewer').originalGltfJson.textures") is None


def test_visitors_begin_at_the_view_that_was_chosen(
    browser: Browser, site_answers: Answers, viewer_modules: Path
) -> None:
    document = json.loads(site_answers[f"/v1/sites/{RICH}"][0])
    document["states"][0]["first_view"] = {"position": [0.3, 0.3, 4], "target": [0.3, 0.3, 0], "field_deg": 20}
    with served(site_answers | {f"/v1/sites/{RICH}": (json.dumps(document).encode(), "json")}, viewer_modules) as at:
        session = shown(browser, f"{at}/fr/sites/{RICH}")
        until(browser, session, f"{VIEWER}.dataset.shown")
        until(browser, session, f"{VIEWER}.view == '0,90,4,0.3,0.3,0,20'")


def test_then_and_now_by_keyboard(browser: Browser, site_address: str, axe: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    slider, other = (f"{ROOT}.querySelector('{each}')" for each in (".then-now input", "model-viewer.other"))
    thumb = f"[{slider}.value, {slider}.getAttribute('aria-valuetext')]"
    # Who has not touched it has fetched one model; what has no date is of today.
    assert asked(browser, session, thumb) == ["100", "État today 100\u00a0%"]
    assert asked(browser, session, other) is None
    focus(browser, session, slider)
    key(browser, session, "Home")
    until(browser, session, f"{other}?.loaded && {other}.style.opacity == '1'")
    model = f"{ROOT}.querySelector('model-viewer:not(.other)')"
    until(browser, session, f"{model}.style.opacity == '0' && {model}.inert")
    assert asked(browser, session, thumb) == ["0", "1930~ 100\u00a0%"]
    assert asked(browser, session, f"{ROOT}.querySelector('.badges').textContent") == "Relevé simulé, 1930~"
    key(browser, session, "ArrowRight")
    assert asked(browser, session, thumb) == ["1", "1930~ 99\u00a0%, État today 1\u00a0%"]
    assert "&with=1930&mix=fade.99" in asked(browser, session, f"{VIEWER}.link()")
    # The second camera looks at the same place of the Earth: 1.11 m of it lie between the two origins.
    asked(browser, session, f"{VIEWER}.view = '0,90,4,0.3,0.3,0,30'")
    until(browser, session, f"Math.abs({other}.getCameraTarget().x - (0.3 - 1.1132)) < 0.001")
    assert violations(browser, session, axe) == []
    key(browser, session, "End")
    assert asked(browser, session, f"[{other}.inert, {model}.inert]") == [True, False]
    assert "with=" not in asked(browser, session, f"{VIEWER}.link()")
    use(browser, session, "[data-tool=compare]")
    for mode in ("side", "slider"):
        press(browser, session, f"{ROOT}.querySelector('input[value={mode}]')")
        until(browser, session, f"{ROOT}.querySelector('.models').dataset.compared == '{mode}'")
    # The older one is on the left.
    border = f"{ROOT}.querySelector('[role=slider]')"
    focus(browser, session, border)
    key(browser, session, "ArrowRight")
    assert asked(browser, session, f"{border}.getAttribute('aria-valuenow')") == "5"
    assert asked(browser, session, f"{other}.style.clipPath") == "inset(0px 95% 0px 0px)"
    # The thumb goes with the border.
    assert asked(browser, session, thumb) == ["5", "1930~ 5\u00a0%, État today 95\u00a0%"]
    press(browser, session, f"{ROOT}.querySelector('.panel [data-do=close]')")
    focus(browser, session, slider)
    key(browser, session, "ArrowRight")
    assert asked(browser, session, f"{border}.getAttribute('aria-valuenow')") == "6"
    # Who ends it by a key goes on from what begins it.
    use(browser, session, "[data-tool=compare]", press)
    use(browser, session, ".comparison [data-do=stop]")
    assert asked(browser, session, f"{other}") is None
    assert asked(browser, session, f"{ROOT}.activeElement.dataset.state") == "1930"
    assert asked(browser, session, "window.wrong") is None


def test_a_tour_by_keyboard(browser: Browser, site_address: str, axe: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}#state=today&step=visite.1")
    said = f"{ROOT}.querySelector('[role=status]').textContent"
    until(browser, session, f"{said} == 'Étape 1 sur 2. Voici le puits.'")
    until(browser, session, f"{VIEWER}.view.startsWith('0,90,4,0.3,0.3,0')")
    # Another message, of a finer level for instance, may follow at once: what was announced is recorded.
    status = f"{ROOT}.querySelector('[role=status]')"
    record = f"new MutationObserver(() => window.announced.push({status}.textContent))"
    options = "{childList: true, characterData: true, subtree: true}"
    asked(browser, session, f"window.announced = []; {record}.observe({status}, {options})")
    use(browser, session, '[data-do="visite on"]')
    until(browser, session, "window.announced.includes('Étape 2 sur 2. Et voilà.')")
    assert asked(browser, session, f"{VIEWER}.link()").endswith("&step=visite.2")
    assert asked(browser, session, f"{ROOT}.querySelector('.caption').textContent") == "Et voilà."
    assert violations(browser, session, axe) == []
    key(browser, session, "Escape")
    assert asked(browser, session, f"{ROOT}.querySelector('.panel').hidden")
    assert asked(browser, session, f"{ROOT}.activeElement.dataset.tool") == "tours"
    assert asked(browser, session, f"{ROOT}.querySelector('.caption').hidden")


@pytest.mark.parametrize("tool", ["annotations", "parts", "ar", "measure", "view", "share"])
def test_a_panel_is_for_everybody(browser: Browser, site_address: str, axe: str, tool: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    use(browser, session, f"[data-tool={tool}]")
    open_ = "dialog.ar[open]" if tool == "ar" else ".panel:not([hidden])"
    until(browser, session, f"!!{ROOT}.querySelector('{open_}')")
    assert violations(browser, session, axe) == []
    small = f"[...{ROOT}.querySelectorAll('button, a, input, summary')].filter(e => e.checkVisibility()).filter(e => "
    small += "(b => b.width < 24 || b.height < 24)(e.getBoundingClientRect())).map(e => e.outerHTML)"
    assert asked(browser, session, small) == []
    assert asked(browser, session, "window.wrong") is None


def test_without_webgl_everything_else_is_there(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", NO_WEBGL)
    said = f"{ROOT}.querySelector('[role=status]').textContent"
    assert until(browser, session, said).startswith("Ce navigateur ne peut pas afficher de modèles 3D.")
    assert asked(
        browser, session, f"{VIEWER}.querySelector('figure img').checkVisibility({{visibilityProperty: true}})"
    )
    use(browser, session, "[data-tool=annotations]")
    assert "Profond." in asked(browser, session, f"{ROOT}.querySelector('.panel').textContent")
    assert not [url for url in browser.asked if url.endswith(".glb")]
    assert asked(browser, session, "window.wrong") is None


def test_a_library_that_does_not_come_leaves_poster_and_files(browser: Browser, site_answers: Answers) -> None:
    with served(site_answers, None) as address:
        session = shown(browser, f"{address}/fr/sites/{RICH}")
        said = f"{ROOT}.querySelector('[role=status]').textContent"
        until(browser, session, f"{said}.startsWith('Le modèle n’a pas pu être chargé.')")
        assert not asked(browser, session, f"{ROOT}.querySelector('.again').hidden")
        assert asked(browser, session, "!!document.querySelector('.place-state details a[data-level=preview]')")


def test_the_viewer_speaks_the_languages_of_its_pages(browser: Browser, site_address: str, axe: str) -> None:
    pages = rich("fr")["pages"]
    heard = {}
    for lang, page in pages.items():
        session = shown(browser, f"{site_address}{page}", NO_WEBGL)
        heard[lang] = until(browser, session, f"{ROOT}.querySelector('[role=status]').textContent")
        assert asked(browser, session, f"{VIEWER}.closest('[lang]').lang") == lang
        assert heard[lang] == words_of_viewer(lang)["no_webgl"]
        if lang == "de":
            assert heard[lang].startswith("Dieser Browser kann keine 3D-Modelle anzeigen.")
            assert violations(browser, session, axe) == []
        browser.call("Page.close", session)
    assert len(set(heard.values())) == len(LANGUAGES) == 5


def test_without_scripts_the_picture_and_the_files_are_there(browser: Browser, site_address: str) -> None:
    session = opened(browser, "about:blank")
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    browser.call("Page.navigate", session, url=f"{site_address}/fr/sites/{RICH}")
    loaded(browser, session)
    assert asked(browser, session, f"{VIEWER}.shadowRoot") is None
    assert asked(browser, session, f"{VIEWER}.querySelector('figure img').checkVisibility()")
    assert asked(browser, session, "document.querySelectorAll('#state-today details a[href$=glb]').length") == 3


def test_in_a_frame_ar_opens_the_page(browser: Browser, site_answers: Answers, viewer_modules: Path) -> None:
    frame = f'<!doctype html><title>x</title><iframe src="/embed/{RICH}" width="600" height="700"></iframe>'.encode()
    with served({**site_answers, "/frame": (frame, "html")}, viewer_modules) as address:
        session = shown(browser, f"{address}/frame")
        inside = f"document.querySelector('iframe').contentDocument.{ROOT.removeprefix('document.')}"
        until(browser, session, f"{inside.removesuffix('.shadowRoot')}?.dataset.shown")
        use(browser, session, "[data-tool=ar]", press, inside)
        link = f"{inside}.querySelector('.ar a')"
        assert until(browser, session, f"{link}?.getAttribute('href')") == f"{address}/fr/sites/{RICH}#state=today&ar=1"
        assert asked(browser, session, f"{link}.target") == "_blank"
