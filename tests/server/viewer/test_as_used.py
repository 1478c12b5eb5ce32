"""The viewer as it is used: on a phone, without a network, without WebGL, at another year, cut open, and left alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, asked, until, violations
from tests.pipeline.site.pages.made import RICH
from tests.pipeline.site.pages.serving import served
from tests.real_input import click, drag, key, middle, tap, tap_at
from tests.server.viewer.canvas import MODEL
from tests.server.viewer.conftest import Answers
from tests.server.viewer.solid import house
from tests.server.viewer.test_in_a_browser import NO_WEBGL, ROOT, VIEWER, shown
from tests.server.viewer.test_modes import WORDS
from tests.server.viewer.test_stage import LINE, OTHER, box, screen, settled

pytestmark = pytest.mark.browser

COUNT = """window.drawn = 0;
for (const name of ["drawElements", "drawArrays", "drawElementsInstanced", "drawArraysInstanced"]) {
  const draw = WebGL2RenderingContext.prototype[name];
  WebGL2RenderingContext.prototype[name] = function (...values) { window.drawn += 1; return draw.apply(this, values); };
}"""
STAGE, PANEL, MENU = (f"{ROOT}.querySelector('.{name}')" for name in ("stage", "panel", "menu"))
PHONE = (390, 844)


def tool(name: str) -> str:
    return f"{ROOT}.querySelector('[data-tool={name}]')"


def fetched(browser: Browser, session: str) -> dict[str, Any]:
    """Return the document of the site."""
    ask = f"fetch('/v1/sites/{RICH}').then((answer) => answer.text()).then((text) => (window.fetched = text)); 0"
    asked(browser, session, ask)
    document: dict[str, Any] = json.loads(until(browser, session, "window.fetched"))
    return document


def phone(browser: Browser, url: str, before: str = "") -> str:
    session = shown(browser, url, before)
    screen(browser, session, *PHONE)
    asked(browser, session, f"{VIEWER}.scrollIntoView({{block: 'start'}})")
    return session


@pytest.mark.parametrize("lang", ["fr", "de"])
def test_all_tools_of_a_phone_are_whole_and_more_of_them_are_in_a_sheet(
    browser: Browser, house_address: str, lang: str
) -> None:
    place = "orte" if lang == "de" else "sites"
    session = phone(browser, f"{house_address}/{lang}/{place}/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    settled(browser, session)
    column = box(browser, session, f"{ROOT}.querySelector('.bar')")
    buttons = f"[...{ROOT}.querySelectorAll('.bar button')]"
    for at in range(asked(browser, session, f"{buttons}.length")):
        left, top, right, bottom = box(browser, session, f"{buttons}[{at}]")
        assert column[0] <= left < right <= column[2]
        assert column[1] - 1 <= top < bottom <= column[3] + 1, at
    tap(browser, session, tool("more"))
    until(browser, session, f"{MENU}.checkVisibility()")
    left, top, right, bottom = box(browser, session, MENU)
    assert (left, right, bottom) == (0, *PHONE)
    # Of the model at least the upper half is still seen.
    stage = box(browser, session, STAGE)
    assert top > (stage[1] + stage[3]) / 2
    items = f"[...{MENU}.querySelectorAll('button')]"
    for at in range(asked(browser, session, f"{items}.length")):
        middle(browser, session, f"{items}[{at}]")
    # A tap beside it closes it.
    tap_at(browser, session, ((stage[0] + stage[2]) / 2, stage[1] + 20))
    until(browser, session, f"!{MENU}.checkVisibility()")
    assert asked(browser, session, f"{tool('more')}.ariaExpanded") == "false"
    tap(browser, session, tool("more"))
    tap(browser, session, tool("share"))
    until(browser, session, f"{PANEL}.checkVisibility() && !{MENU}.checkVisibility()")
    assert asked(browser, session, "window.wrong") is None


def test_a_sheet_leaves_the_page_free_where_the_model_is_scrolled_away(browser: Browser, house_address: str) -> None:
    session = phone(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    tap(browser, session, tool("view"))
    until(
        browser, session, f"{PANEL}.matches(':popover-open') && {PANEL}.checkVisibility({{visibilityProperty: true}})"
    )
    asked(browser, session, "scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    until(browser, session, f"!{PANEL}.checkVisibility({{visibilityProperty: true}})")
    middle(browser, session, "[...document.querySelectorAll('footer a')].at(-1)", is_scrolled=False)
    asked(browser, session, f"{VIEWER}.scrollIntoView({{block: 'start', behavior: 'instant'}})")
    until(browser, session, f"{PANEL}.checkVisibility({{visibilityProperty: true}})")
    middle(browser, session, f"{PANEL}.querySelector('[data-do=close]')", is_scrolled=False)


def test_a_tour_on_a_phone_leaves_the_model_in_view_and_may_fill_the_screen(
    browser: Browser, site_address: str, axe: str
) -> None:
    never = "Object.defineProperty(document, 'fullscreenEnabled', { value: false });"
    session = phone(browser, f"{site_address}/fr/sites/{RICH}", never)
    until(browser, session, f"{VIEWER}.dataset.shown")
    whole = box(browser, session, STAGE)
    tap(browser, session, tool("tours"))
    tap(browser, session, f"{PANEL}.querySelector('[data-do$=play]')")
    until(browser, session, f"{PANEL}.querySelector('.caption')?.textContent")
    settled(browser, session)
    _, top, _, bottom = box(browser, session, MODEL)
    sheet = box(browser, session, PANEL)
    assert (sheet[0], sheet[2], sheet[3]) == (0, *PHONE)
    assert bottom <= sheet[1] + 1
    assert bottom - top > 0.85 * (whole[3] - whole[1])
    # Nothing lies on the model: what is told is in the sheet.
    assert asked(browser, session, f"{ROOT}.querySelector('.foot .caption')") is None
    assert violations(browser, session, axe) == []
    tap(browser, session, f"{PANEL}.querySelector('[data-do$=full]')")
    until(browser, session, f"{VIEWER}.classList.contains('filled')")
    settled(browser, session)
    _, top, _, bottom = box(browser, session, MODEL)
    sheet = box(browser, session, PANEL)
    assert bottom <= sheet[1] + 1
    assert bottom - top > 0.5 * PHONE[1]
    tap(browser, session, f"{PANEL}.querySelector('[data-do=close]')")
    until(browser, session, f"!{PANEL}.checkVisibility()")
    assert box(browser, session, MODEL)[3] > 0.8 * PHONE[1]
    assert asked(browser, session, f"!!{ROOT}.querySelector('.foot .caption')")


@pytest.mark.parametrize("width", [390, 1280])
def test_without_webgl_no_button_covers_the_notice(browser: Browser, site_address: str, width: int) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", NO_WEBGL)
    screen(browser, session, width, 844)
    notice = f"{ROOT}.querySelector('.message')"
    until(browser, session, f"{notice}?.textContent")
    left, top, right, bottom = box(browser, session, notice)
    stage = box(browser, session, STAGE)
    assert stage[0] <= left < right <= stage[2]
    assert stage[1] <= top < bottom <= stage[3]
    buttons = f"[...{ROOT}.querySelectorAll('.over button')].filter((each) => each.checkVisibility())"
    for at in range(asked(browser, session, f"{buttons}.length")):
        other = box(browser, session, f"{buttons}[{at}]")
        assert other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top, at


def test_ar_shows_the_year_that_is_shown(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    link = f"{ROOT}.querySelector('dialog.ar a[href*=\"#state=\"]').hash"
    for year, other in (("today", "1930"), ("1930", "today")):
        click(browser, session, tool("more"))
        click(browser, session, tool("ar"))
        until(browser, session, f"{ROOT}.querySelector('dialog.ar')?.open")
        assert asked(browser, session, link) == f"#state={year}&ar=1"
        said = asked(browser, session, f"{ROOT}.querySelector('dialog.ar').textContent")
        assert f"État {year}" in said
        assert f"État {other}" not in said
        key(browser, session, "Escape")
        until(browser, session, f"!{ROOT}.querySelector('dialog.ar')")
        if year == "today":
            click(browser, session, f"{ROOT}.querySelector('.then-now .when')")
            until(browser, session, f"{OTHER}?.loaded && {OTHER}.style.opacity == '1'")


@pytest.mark.parametrize("is_life_sized", [True, False])
def test_on_the_spot_is_for_models_in_their_own_size(
    browser: Browser, house_address: str, site_answers: Answers, viewer_modules: Path, is_life_sized: bool
) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    document = fetched(browser, session)
    if not is_life_sized:
        for state in document["states"]:
            del state["ar"]["life_size_m"]
    own: Answers = {f"/v1/sites/{RICH}": (json.dumps(document).encode(), "json")}
    with served(site_answers | own, viewer_modules) as at:
        session = shown(browser, f"{at}/fr/sites/{RICH}")
        until(browser, session, f"!!{tool('more')}")
        click(browser, session, tool("more"))
        click(browser, session, tool("ar"))
        until(browser, session, f"{ROOT}.querySelector('dialog.ar')?.open")
        assert asked(browser, session, f"!!{ROOT}.querySelector('.standing')") == is_life_sized


def test_pins_of_what_is_cut_away_are_hidden(
    browser: Browser, house_address: str, site_answers: Answers, viewer_modules: Path
) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    document = fetched(browser, session)
    [pin] = document["annotations"]
    document["annotations"] = [
        pin | {"id": name, "point": at} for name, at in (("bas", [2, 0.2, 3]), ("haut", [2, 5, 1]))
    ]
    told: Answers = {f"/v1/sites/{RICH}": (json.dumps(document).encode(), "json")}
    files: Answers = {f"/a/{name}.glb": (house(name), "glb") for name in ("preview", "phone", "desktop")}
    with served(site_answers | told | files, viewer_modules) as at:
        session = shown(browser, f"{at}/fr/sites/{RICH}")
        until(browser, session, f"{VIEWER}.dataset.shown")
        seen = f"[...{ROOT}.querySelectorAll('.pin')].filter((each) => each.checkVisibility())"
        pins = f"{seen}.map((each) => each.dataset.annotation)"
        assert asked(browser, session, pins) == ["bas", "haut"]
        click(browser, session, tool("more"))
        click(browser, session, tool("slice"))
        until(browser, session, f"!{ROOT}.querySelector('.whole').hidden")
        click(browser, session, f"{ROOT}.querySelector('[value=above]')")
        until(browser, session, f"{pins}.join() == 'bas'")
        click(browser, session, f"{PANEL}.querySelector('[data-do=other_half]')")
        until(browser, session, f"{pins}.join() == 'haut'")
        click(browser, session, f"{ROOT}.querySelector('.whole button')")
        until(browser, session, f"{pins}.join() == 'bas,haut'")


def test_without_a_network_that_is_said_and_no_dead_button_is_offered(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", LINE % "true")
    offer = f"{ROOT}.querySelector('.open')"
    until(browser, session, f"{offer}?.checkVisibility() && !!{ROOT}.querySelector('.bar button')")
    off = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.call("Network.emulateNetworkConditions", session, offline=True, **off)
    click(browser, session, offer)
    notice = f"{ROOT}.querySelector('.message').textContent"
    until(browser, session, f"{notice} == {json.dumps(WORDS['offline'])}")
    pressable = f"[...{ROOT}.querySelectorAll('.open, .again')].filter((each) => each.checkVisibility()).length"
    assert asked(browser, session, pressable) == 0


@pytest.mark.parametrize("what", ["a model", "after a turn", "with a panel", "two years"])
def test_where_nothing_moves_nothing_is_drawn(browser: Browser, house_address: str, what: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}", COUNT)
    until(browser, session, f"{VIEWER}.dataset.shown")
    if what == "after a turn":
        x, y = middle(browser, session, MODEL)
        drag(browser, session, (x - 80, y + 40), (x + 80, y))
    elif what == "with a panel":
        click(browser, session, tool("view"))
    elif what == "two years":
        click(browser, session, f"{ROOT}.querySelector('.then-now .when')")
        until(browser, session, f"{OTHER}?.loaded && {OTHER}.style.opacity == '1'")
    settled(browser, session)
    time.sleep(3)  # the last level, and the shadow after it
    before = asked(browser, session, "window.drawn")
    time.sleep(2)
    assert before > 0
    assert asked(browser, session, "window.drawn") == before
