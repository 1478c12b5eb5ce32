"""Play a map that moves, with as many units as one may have, where the processor is four times as slow."""

from __future__ import annotations

import json
import math
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from carreau.base.languages import LANGUAGES
from carreau.base.package_folders import STATIC
from carreau.base.schema.parts import MapScene, SceneEvent, SceneSpot
from carreau.site.pages.addresses import style_sheet
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import Assets, SharedContent, SiteContent
from carreau.site.pages.trail_and_show_pages import scene_page
from carreau.site.publish.route_documents import trail_card
from tests.bench.checking import held
from tests.bench.made_up import PROJECT
from tests.bench.visitor import CPU_RATE, Listening, asked_for, slow_page
from tests.browser import asked, loaded
from tests.pipeline.site.pages.serving import served
from tests.pipeline.site.publish.trails import trail_documents
from tests.real_input import click_at, key, middle

UNITS = 60
LEAST_FRAMES, MOST_STEP_MS = 60, 100
STEP_S = 0.5
"""From one step to the next: a counter takes 0.9 s, so that all of them always move."""
_TRAIL, _UNIT = "bataille-de-denain", "armee"
_MIDDLE, _ACROSS = (3.39, 50.31), (0.09, 0.05)
"""Of the circle that the units stand on and move along, in degrees."""
_ASSETS = Assets("/a/style.css", scene_script="/a/moving-map.js")

_FRAMES = """new Promise((done) => {
  const buttons = document.querySelectorAll(".moving-controls button"), times = [];
  let isStep = false;
  buttons[2].addEventListener("click", () => (isStep = true));
  const note = (now) => {
    times.push([now, isStep]);
    isStep = false;
    if (now - times[0][0] < 6000) requestAnimationFrame(note);
    else done(times.slice(1).map(([each, isStep], at) => [each - times[at][0], isStep]));
  };
  requestAnimationFrame(note);
})"""
"""From each frame to the next, in milliseconds, and whether the button was pressed in between."""

_STEP = """window.step = new Promise((done) => addEventListener("pointerdown", async ({timeStamp}) => {
  await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done));
  done(performance.now() - timeStamp);
}, {once: true})); 0"""
"""How long it takes from a press on the slider until the first picture of the step is drawn."""
_STEPS = (14, 0, 7, 3, 12, 1, 9, 5, 13, 2)
_SLIDER = "document.querySelector('.moving-controls input')"


def play_map(work: Path) -> list[str]:
    """Return how many frames a second a map shows while all its units move, and how long a step takes.

    work : folder for the browser
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        return ["no map was played: there is no Chromium"]
    work.mkdir(parents=True, exist_ok=True)
    answers = {"/map": (_page(), "html"), _ASSETS.style: (style_sheet(), "css")}
    script = (STATIC / "moving-map.js").read_bytes()
    with (
        served({**answers, _ASSETS.scene_script: (script, "js")}) as at,
        tempfile.TemporaryDirectory(dir=work) as profile,
    ):
        browser = Listening(program, Path(profile))
        try:
            with slow_page(browser, is_slow=False) as session:
                browser.call("Page.navigate", session, url=f"{at}/map")
                is_there = asked_for(browser, session, "document.querySelector('.moving-controls')", 60)
                assert is_there, "the player does not begin"
                loaded(browser, session)
                time.sleep(1)  # a visitor looks first
                browser.call("Emulation.setCPUThrottlingRate", session, rate=CPU_RATE)
                steps = [_step(browser, session, at) for at in _STEPS]
                key(browser, session, "Home")
                time.sleep(1.2)
                frames = _frames(browser, session)
        finally:
            browser.close()
    return [said(frames, steps)]


def said(frames_ms: Sequence[tuple[float, bool]], steps_ms: Sequence[float]) -> str:
    """Say what was measured.

    frames_ms : from each frame to the next, and whether a step begins
    steps_ms : from each step to its first picture
    """
    moving = [each for each, is_step in frames_ms if not is_step]
    a_second, late = 1000 * len(moving) / sum(moving), sum(each > 25 for each in moving)
    step = max(steps_ms)
    enough = "at least" if round(a_second) >= LEAST_FRAMES else "SHORT OF"
    return (
        f"a map with {UNITS} units that move, a processor {CPU_RATE} times as slow, without graphics hardware: "
        f"{a_second:.1f} frames a second ({enough} {LEAST_FRAMES}), {late} of {len(moving)} late; the first picture of "
        f"a step after {step:.0f} ms at most, {statistics.median(steps_ms):.0f} ms in the middle "
        f"({held(step, MOST_STEP_MS)} {MOST_STEP_MS})"
    )


def _step(browser: Listening, session: str, at: int) -> float:
    """Go to a step by a press on the slider; return the milliseconds until its first picture."""
    asked(browser, session, _STEP)
    x, y = middle(browser, session, _SLIDER)
    width = asked(browser, session, f"{_SLIDER}.clientWidth - {_SLIDER}.clientHeight")
    last = asked(browser, session, f"Number({_SLIDER}.max)")
    click_at(browser, session, (x + width * (at / last - 0.5), y))
    found: float = _told(browser, session, "window.step")
    time.sleep(1.2)
    return found


def _frames(browser: Listening, session: str) -> list[tuple[float, bool]]:
    """Press for the next step again and again; return what `_FRAMES` tells."""
    point = middle(browser, session, "document.querySelectorAll('.moving-controls button')[2]")
    asked(browser, session, f"window.frames_told = {_FRAMES}; 0")
    ended = time.monotonic() + 6
    while time.monotonic() < ended:
        time.sleep(STEP_S)
        click_at(browser, session, point)
    return [(each, is_step) for each, is_step in _told(browser, session, "window.frames_told")]


def _told(browser: Listening, session: str, promise: str) -> Any:
    found = browser.call("Runtime.evaluate", session, expression=promise, awaitPromise=True, returnByValue=True)
    return found["result"]["value"]


def _page() -> bytes:
    """Return the page of the battle, with units that stand on a circle and go on along it at every step."""
    trails = trail_documents()
    cards = {slug: {code: trail_card(each) for code, each in of.items()} for slug, of in trails.items()}
    communes = json.loads((PROJECT / "assets" / "communes.geojson").read_bytes())
    edition = SiteContent(
        LANGUAGES, "https://pages.example", _ASSETS, trails=trails, trail_cards=cards, communes=communes
    )
    trail = trails[_TRAIL]["fr"]
    return scene_page(_crowded(trail.maps[0]), trail, Renderer(edition, "fr"), SharedContent(edition))


def _crowded(scene: MapScene) -> MapScene:
    unit = next(each for each in scene.features if each.id == _UNIT)
    features = [unit.model_copy(update={"id": f"u{number}", "label": str(number)}) for number in range(UNITS)]
    events = [
        event.model_copy(update={"spots": tuple(_spot(event, number, len(scene.events)) for number in range(UNITS))})
        for event in scene.events
    ]
    return scene.model_copy(update={"features": tuple(features), "events": tuple(events)})


def _spot(event: SceneEvent, number: int, steps: int) -> SceneSpot:
    turn = 2 * math.pi * (number / UNITS + event.number / steps)
    point = _MIDDLE[0] + _ACROSS[0] * math.cos(turn), _MIDDLE[1] + _ACROSS[1] * math.sin(turn)
    return SceneSpot(feature=f"u{number}", points=(point,), is_supposed=True, is_new=True)
