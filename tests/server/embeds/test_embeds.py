"""Pages of others show our models: in a frame, as a web component, and as oEmbed says."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser import asked, loaded, opened, violations
from tests.pipeline.site.pages.made import RICH
from tests.pipeline.site.pages.made_trail import CHAPTERS, TRAIL
from tests.real_input import choose, enter, focus, key, press_in_frame
from tests.server.embeds.conftest import Hearing, Places
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

SHOWN = "document.querySelector('carreau-viewer')?.dataset.shown"
ROOT = "document.querySelector('carreau-viewer').shadowRoot"
FRAME = "document.querySelector('iframe')"
ASKED = "performance.getEntriesByType('resource').map(each => each.name)"
STILL = [{"name": "prefers-reduced-motion", "value": "reduce"}]


def until(browser: Hearing, session: str, expression: str) -> Any:
    """Wait until an expression is true; the page looks by itself, which leaves the time to what is waited for."""
    look = f"const look = () => {{ const found = ({expression}); found ? done(found) : setTimeout(look, 50) }}; look()"
    wait = f"new Promise((done) => {{ {look} }})"
    try:
        found = browser.call("Runtime.evaluate", session, expression=wait, awaitPromise=True, returnByValue=True)
    except AssertionError as failure:
        raise AssertionError(f"{failure}: {expression}: {browser.complaints}") from failure
    assert "exceptionDetails" not in found, found
    return found["result"]["value"]


def shown(browser: Hearing, url: str) -> str:
    session = opened(browser, "about:blank")
    for what in ("Log", "Runtime", "Page"):
        browser.call(f"{what}.enable", session)
    browser.call("Emulation.setEmulatedMedia", session, features=STILL)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    return session


def inside(browser: Hearing, address: str) -> str:
    """Return the session of a frame that has an origin of its own, by the end of its address."""
    found: list[str] = []

    def is_there() -> bool:
        targets = browser.call("Target.getTargets")["targetInfos"]
        found.extend(each["targetId"] for each in targets if each["type"] == "iframe" and each["url"].endswith(address))
        return bool(found)

    wait_until(is_there, f"a frame shows {address}")
    session: str = browser.call("Target.attachToTarget", targetId=found[0], flatten=True)["sessionId"]
    for what in ("Log", "Runtime"):
        browser.call(f"{what}.enable", session)
    return session


def heard(browser: Hearing, session: str, **wanted: object) -> Any:
    """Wait for a message to the page of somebody else that has some values, and return it."""
    is_it = f"each => Object.entries({json.dumps(wanted)}).every(([name, value]) => each[name] === value)"
    return until(browser, session, f"heard.find({is_it})")


def said(browser: Hearing, session: str, number: int, **command: object) -> str:
    """Give an order, and return what became of it: "done", or why it was not."""
    asked(browser, session, f"say({json.dumps({'id': number, **command})})")
    answer = heard(browser, session, id=number)
    return str(answer.get("reason", answer["event"]))


def test_a_page_of_somebody_else_shows_a_model_in_three_ways(hearing: Hearing, places: Places, axe: str) -> None:
    host = shown(hearing, f"{places.host}/host")
    frame, other = inside(hearing, "colours=dark"), inside(hearing, "#?secret=AbCdEfGh12")
    for session, part in ((frame, "iframe"), (host, "carreau-viewer"), (other, "#oembed")):
        asked(hearing, host, f"document.querySelector('{part}').scrollIntoView()")
        until(hearing, session, SHOWN)
        until(hearing, session, f"{ROOT}.querySelector('model-viewer').loaded")
    assert asked(hearing, frame, "document.querySelector('carreau-viewer').state") == "1930"
    assert asked(hearing, frame, "document.querySelector('.place-state').id") == "state-1930"
    assert asked(hearing, frame, "getComputedStyle(document.body).backgroundColor") == "rgb(23, 24, 26)"
    assert asked(hearing, other, "document.querySelector('carreau-viewer').state") == "today"
    assert asked(hearing, host, "document.querySelector('#oembed iframe').width") == "480"
    until(hearing, host, "document.querySelector('#oembed iframe').height > 360")

    # Whoever frames us hears what happens, and gives orders; a frame that nobody sees is not drawn.
    asked(hearing, host, "scrollTo(0, 0)")
    welcome = heard(hearing, host, event="welcome")
    assert {key: welcome[key] for key in ("site", "state", "lang")} == {"site": RICH, "state": "1930", "lang": "en"}
    assert sorted(welcome["states"]) == ["1930", "today"]
    until(hearing, host, "frame.height = heard.findLast(each => each.event == 'resize')?.height")
    # A quick connection skips the smallest level; a small frame does without the finest one.
    assert heard(hearing, host, event="load", state="1930")["level"] in {"preview", "phone"}
    assert said(hearing, host, 1, do="show", level="desktop") == "done"
    assert said(hearing, host, 2, do="state", state="today") == "done"
    assert asked(hearing, frame, "document.querySelector('.place-state').id") == "state-today"
    assert said(hearing, host, 3, do="view", view="30,80,3,0.25,0.25,0,20") == "done"
    until(hearing, frame, "document.querySelector('carreau-viewer').view == '30,80,3,0.25,0.25,0,20'")
    assert said(hearing, host, 4, do="lookAt", annotation="puits") == "done"
    assert heard(hearing, host, event="annotation")["annotation"] == "puits"
    assert said(hearing, host, 5, do="step", tour="visite", step=2) == "done"
    assert heard(hearing, host, event="step")["step"] == 2
    assert said(hearing, host, 6, do="compare", **{"with": "1930", "mode": "fade"}) == "done"
    assert heard(hearing, host, event="compare", mode="fade")["other"] == "1930"
    assert said(hearing, host, 7, do="stopComparing") == "done"
    assert said(hearing, host, 8, do="state", state="1066") == "unavailable"
    assert said(hearing, host, 9, do="state") == "message"
    assert said(hearing, host, 10, carreau=2, do="open") == "version"

    # A third origin in the same page gives orders too, and is not even answered.
    intruder = inside(hearing, "/intruder")
    before = asked(hearing, host, "heard.length")
    asked(hearing, intruder, "intrude()")
    assert said(hearing, host, 11, do="open") == "done"
    assert asked(hearing, intruder, "heard.length") == 0
    assert asked(hearing, host, "heard.length") == before + 1

    # Everybody can use it, and from a frame AR opens our own page.
    for tool in ("more", "ar"):
        press_in_frame(hearing, host, FRAME, frame, f"{ROOT}.querySelector('[data-tool={tool}]')")
    link = f"{ROOT}.querySelector('.ar a')"
    assert asked(hearing, frame, f"{link}.href") == f"{places.ours}/en/sites/{RICH}#state=today&ar=1"
    assert asked(hearing, frame, f"{link}.target") == "_blank"
    assert violations(hearing, frame, axe) == []
    assert said(hearing, host, 12, do="lang", lang="de") == "done"
    assert heard(hearing, host, event="welcome", lang="de")["site"] == RICH

    # Nothing is kept, nobody else is asked, and nothing complains.
    assert hearing.call("Storage.getCookies")["cookies"] == []
    requests = [url for session in (host, frame, other) for url in asked(hearing, session, ASKED)]
    assert {"/".join(url.split("/")[:3]) for url in requests if url.startswith("http")} == {
        places.ours,
        places.refused,  # the page of somebody else has the third one in it itself
    }
    assert {url.split("/")[3] for url in requests if url.startswith(places.refused)} == {"intruder"}
    assert hearing.complaints == []


def test_who_may_not_frame_us_is_kept_out(hearing: Hearing, places: Places) -> None:
    session = shown(hearing, f"{places.refused}/host")
    until(hearing, session, SHOWN)  # the component is part of that page, and free as all our data are

    def has_complained() -> bool:
        until(hearing, session, "new Promise((heard) => setTimeout(heard, 50, true))")
        return len([each for each in hearing.complaints if "frame-ancestors" in each]) >= 2

    wait_until(has_complained, "both frames are refused")
    assert asked(hearing, session, "heard") == []


def test_a_page_of_somebody_else_tells_a_trail_from_the_chapter_it_chose(
    hearing: Hearing, places: Places, axe: str
) -> None:
    host = shown(hearing, f"{places.host}/trail")
    frame = inside(hearing, "#chapter=chemin")
    until(hearing, frame, "document.readyState == 'complete'")
    chapters = "[...document.querySelectorAll('article.trail-chapter')]"
    assert asked(hearing, frame, f"{chapters}.map((each) => each.id)") == [f"chapter={each}" for each in CHAPTERS]
    # The player shows one at a time, and its ways and buttons stay in the frame.
    visible = f"{chapters}.filter((each) => each.checkVisibility()).map((each) => each.id)"
    until(hearing, frame, f"{visible}.join() == 'chapter=chemin'")
    ways = "document.querySelector('[id=\"chapter={}\"] .trail-ways {}')"
    press_in_frame(hearing, host, FRAME, frame, ways.format("chemin", "[data-to=fin]"))
    until(hearing, frame, f"{visible}.join() == 'chapter=fin'")
    press_in_frame(hearing, host, FRAME, frame, ways.format("fin", ".back button"))
    until(hearing, frame, f"{visible}.join() == 'chapter=chemin'")
    assert asked(hearing, frame, "document.documentElement.style.colorScheme") == "dark"
    # Ways on and sources stay in the frame; no other page of ours may be shown in it.
    links = "[...document.querySelectorAll('a[href]')].map((each) => [each.getAttribute('href'), each.target])"
    found = asked(hearing, frame, links)
    assert {target for href, target in found if not href.startswith("#")} == {"_blank"}
    assert {"#chapter=fin", "#source=a1"} <= {href for href, target in found if not target}
    assert violations(hearing, frame, axe) == []
    requests = [url for session in (host, frame) for url in asked(hearing, session, ASKED)]
    assert {"/".join(url.split("/")[:3]) for url in requests if url.startswith("http")} == {places.ours}
    assert hearing.complaints == []


def test_a_page_leads_to_what_shows_it(places: Places) -> None:
    def fetched(url: str) -> str:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())

    page = fetched(f"{places.ours}/en/sites/{RICH}")
    address = page.partition('type="application/json+oembed" href="')[2].partition('"')[0].replace("&amp;", "&")
    # WordPress asks there for the address that was pasted, and the width it has.
    pasted = quote(f"{places.ours}/en/sites/{RICH}#state=1930&colours=dark", safe="")
    told = json.loads(fetched(f"{address.partition('?')[0]}?format=json&maxwidth=480&maxheight=200&url={pasted}"))
    assert json.loads(fetched(address))["title"] == told["title"] == "Fosse en"
    assert (told["width"], told["height"]) == (480, 200)
    assert f'src="{places.ours}/embed/{RICH}?lang=en&amp;state=1930&amp;colours=dark"' in told["html"]


def test_what_to_paste_is_written_by_keyboard(hearing: Hearing, places: Places, axe: str) -> None:
    session = shown(hearing, f"{places.ours}/en/embed?site={RICH}&state=1930")
    host = urllib.request.urlopen(f"{places.host}/host", timeout=30).read().decode()  # noqa: S310 - our own

    def value(name: str) -> str:
        return str(asked(hearing, session, f"document.getElementById('{name}').value"))

    def field(name: str) -> str:
        return f"document.getElementById('{name}')"

    assert asked(hearing, session, "document.getElementById('what').value") == f"site:{RICH}"
    assert "state=1930" in value("frame")
    choose(hearing, session, field("colours"), "dark")
    for name, letters in (("width", "640"), ("height", "500")):
        focus(hearing, session, field(name))
        key(hearing, session, "a", "Control")
        for letter in letters:
            key(hearing, session, letter)
    key(hearing, session, "Tab")
    # What it writes is what the page of somebody else has in it.
    assert value("frame") in host
    assert value("component") in host
    assert value("address") == f"{places.ours}/en/sites/{RICH}#state=1930&colours=dark"
    preview = "document.querySelector('#preview iframe')"
    until(hearing, session, f"{preview}.contentDocument.{SHOWN.removeprefix('document.')}")
    assert asked(hearing, session, f"{preview}.title") == "Preview: Fosse en"
    enter(hearing, session, "document.querySelector('[data-copy=frame]')")
    until(hearing, session, "document.getElementById('said').textContent")
    assert violations(hearing, session, axe) == []
    # Two colours that cannot be told apart are not what is shown.
    asked(hearing, session, f"{field('accent')}.value = '#f0f0f0'")  # colours are chosen in a window of the system
    choose(hearing, session, field("colours"), "own")
    assert asked(hearing, session, "document.getElementById('note').textContent").startswith("These two colours")
    assert "colours=f8f6f2,f0f0f0" in value("frame")
    assert "--carreau-accent:#000000" in value("component")
    # A route has no model to show by itself.
    choose(hearing, session, field("what"), "route:boucle")
    assert f"{places.ours}/embed/routes/boucle?lang=en&amp;colours=" in value("frame")
    assert "geolocation" not in value("frame")
    assert asked(hearing, session, "document.getElementById('as-component').hidden")
    until(hearing, session, f"{preview}.contentDocument.querySelector('h1')?.textContent.startsWith('Une boucle')")
    # Nor has a trail, whose address names it.
    choose(hearing, session, field("what"), f"trail:{TRAIL}")
    assert f"{places.ours}/embed/trails/{TRAIL}?lang=en&amp;colours=" in value("frame")
    assert value("address").startswith(f"{places.ours}/en/trails/{TRAIL}#colours=")
    until(hearing, session, f"{preview}.contentDocument.querySelector('h1')?.textContent == 'Récit en'")
    assert hearing.complaints == []
    # Without scripts there is a pattern.
    hearing.call("Emulation.setScriptExecutionDisabled", session, value=True)
    hearing.call("Page.reload", session)
    text = urllib.request.urlopen(f"{places.ours}/fr/integrer", timeout=30).read().decode()  # noqa: S310 - our own
    assert f"&lt;iframe src=&#34;{places.ours}/embed/{RICH}?lang=fr&#34;" in text.replace('"', "&#34;")
