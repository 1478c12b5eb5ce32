"""Annotations, tours and parts on the model of the demonstration place: by mouse and by keyboard, undone and saved."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.demonstration.earlier import EarlierOptions, make_earlier
from tests.browser import Browser, asked, opened, until, violations
from tests.conftest import PROJECT, need

pytestmark = pytest.mark.browser

MODEL = "document.querySelector('model-viewer')"
HIT = f"""(([across, down]) => {{
  const box = {MODEL}.getBoundingClientRect();
  const found = {MODEL}.positionAndNormalFromPoint(box.left + across * box.width, box.top + down * box.height);
  return found && [found.position.x, found.position.y, found.position.z];
}})"""
"""What is seen at a place of the stage."""
FREE = f"""(() => {{
  const box = {MODEL}.getBoundingClientRect();
  const pins = [...document.querySelectorAll(".pin")].map((pin) => pin.getBoundingClientRect());
  for (const down of [0.6, 0.55, 0.65, 0.5]) for (const across of [0.4, 0.45, 0.35, 0.55, 0.6]) {{
    const [x, y] = [Math.round(box.left + across * box.width), Math.round(box.top + down * box.height)];
    const found = {MODEL}.positionAndNormalFromPoint(x, y);
    const isFree = pins.every(({{ left, top }}) => Math.hypot(left + 16 - x, top + 16 - y) > 50);
    const {{ x: left, y: up, z: near }} = found?.position ?? {{}};
    if (found && isFree) return [x, y, left, up, near];
  }}
}})()"""
"""A point of the window where the model is seen and no pin is near, and what is seen there."""
BESIDE = f"""(([x, y]) => [[20, 4], [-20, 4], [4, 20], [4, -20]].find(
  ([right, down]) => {MODEL}.positionAndNormalFromPoint(x + right, y + down)))"""
"""A way from a point of the window on which the model is still seen, in pixels."""
WATCH = """addEventListener("securitypolicyviolation", ({ violatedDirective }) => {
  (window.violated ??= []).push(violatedDirective);
});
addEventListener("error", (event) => (window.wrong ??= []).push(event.message));
addEventListener("unhandledrejection", (event) => (window.wrong ??= []).push(String(event.reason)));"""
SEND_CAPTIONS = r"""(() => {
const carrier = new DataTransfer(), input = document.querySelector('[data-do$=".send"]');
carrier.items.add(new File(["WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n"], "a.vtt"));
input.files = carrier.files;
input.dispatchEvent(new Event("change"));
})()"""
STILL = [{"name": "prefers-reduced-motion", "value": "reduce"}]
CODES = {"Enter": 13, "ArrowRight": 39, "ArrowLeft": 37, "Tab": 9, "z": 90, "y": 89}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration place, and a small variant of its earlier state as the built model of both states."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(PROJECT / "assets" / "sites" / "demonstration", folder / "assets" / "sites" / "demonstration")
    shutil.copytree(PROJECT / "locales", folder / "locales")
    built = folder / "models" / "demonstration" / "1930"
    made = make_earlier(built, options=EarlierOptions(step_m=0.3, triangles=8000, atlas_px=512))
    made.rename(built / "preview.glb")
    shutil.copytree(built, built.with_name("today"))
    return folder


@pytest.fixture
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that no test has used before: twice a pin stayed where it was in a used one, and why was not found."""
    made = Browser(chromium, tmp_path_factory.mktemp("browser"))
    try:
        with made.apart():
            yield made
    finally:
        made.close()


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    """The address that the command prints; the desk ends with the test."""
    script = PROJECT / "server" / "static" / "desk-scene.js"
    need(script.is_file(), "the desk's scripts are not built: make setup")
    options = ["--assets", str(root / "assets"), "--models", str(root / "models"), "--no-browser"]
    command = [sys.executable, "-m", "pipeline.cli", "desk", *options]
    variables = {**os.environ, "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=variables) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(30)


def press(browser: Browser, session: str, key: str, modifiers: int = 0) -> None:
    more = {"text": "\r"} if key == "Enter" else {}
    for kind in ("keyDown", "keyUp"):
        values = {"key": key, "windowsVirtualKeyCode": CODES[key], "modifiers": modifiers}
        browser.call("Input.dispatchKeyEvent", session, type=kind, **values, **more)


def choose(browser: Browser, session: str, does: str) -> None:
    """Put the focus on a button, and press Enter."""
    focus(browser, session, does)
    press(browser, session, "Enter")


def focus(browser: Browser, session: str, does: str) -> None:
    found = f"document.querySelector('[data-do=\"{does}\"]')"
    until(browser, session, f"({found}?.focus(), document.activeElement?.dataset.do == '{does}')")


def typed(browser: Browser, session: str, name: str, text: str) -> None:
    """Type into a field, and leave it."""
    focus(browser, session, name)
    asked(browser, session, "document.activeElement.select()")
    browser.call("Input.insertText", session, text=text)
    press(browser, session, "Tab")


def mouse(browser: Browser, session: str, *points: tuple[float, float]) -> None:
    """Press at a point of the window, go to others, and let go."""
    kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1), "mouseReleased"]
    for kind, (x, y) in zip(kinds, (*points, points[-1]), strict=True):
        values = {"buttons": 1} if kind == "mouseMoved" else {"clickCount": 1}
        browser.call("Input.dispatchMouseEvent", session, type=kind, x=x, y=y, button="left", **values)


def pin(number: int) -> str:
    return f"document.querySelector('[data-pin=\"n{number}\"]')"


def drag(browser: Browser, session: str, number: int) -> None:
    """Drag a pin to another point of the model; again where the page still moved under the mouse."""
    before = asked(browser, session, f"{pin(number)}.dataset.position")
    for _ in range(3):
        asked(browser, session, f"{pin(number)}.scrollIntoView({{ block: 'center', behavior: 'instant' }})")
        middle = f"(({{ x, y }}) => [x + 16, y + 16])({pin(number)}.getBoundingClientRect())"
        until(browser, session, f"{pin(number)}.contains(document.elementFromPoint(...{middle}))")
        x, y = asked(browser, session, middle)
        right, down = asked(browser, session, f"{BESIDE}([{x}, {y}])")
        mouse(browser, session, (x, y), (x + right / 2, y + down / 2), (x + right, y + down))
        ended = time.monotonic() + 5
        while time.monotonic() < ended:
            if asked(browser, session, f"{pin(number)}.dataset.position") != before:
                return
            time.sleep(0.05)
    pytest.fail("the pin stays where it is")


def place_of(browser: Browser, session: str, number: int) -> list[float]:
    words: str = until(browser, session, f"{pin(number)}?.dataset.position")
    return [float(each) for each in words.split()]


def site_of(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "assets" / "sites" / "demonstration" / "site.toml").read_text("utf-8"))


def scene(browser: Browser, address: str) -> str:
    """Open the page with the models, and wait until the first one is seen."""
    origin = re.match(r"http://127\.0\.0\.1:\d+/", address)
    assert origin
    session = opened(browser, "about:blank")
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH)
    browser.call("Emulation.setEmulatedMedia", session, features=STILL)
    browser.call("Page.navigate", session, url=address)
    until(browser, session, f"location.href == {origin[0]!r} && document.readyState == 'complete'")
    browser.call("Page.navigate", session, url=f"{origin[0]}places/demonstration/scene")
    until(browser, session, "document.querySelector('.stage')?.dataset.shown == 'today'")
    return session


def lay_over(browser: Browser, session: str) -> None:
    """Lay one state on the other, move it by a metre, and set north and the first view of the one below."""
    pick(browser, session, "other", "1930")
    over = "document.querySelector('.over model-viewer')"
    apart = f"{over}.getCameraTarget().x - {MODEL}.getCameraTarget().x"
    until(browser, session, f"{over}?.loaded && Math.abs({apart} - 4.679) < 0.001")
    focus(browser, session, "fit east")
    press(browser, session, "ArrowRight")
    until(browser, session, f"Math.abs({apart} - 3.679) < 0.001")
    assert asked(browser, session, "document.activeElement.dataset.do") == "fit east"
    turn(browser, session, "30deg 75deg 70m")
    choose(browser, session, "look-north")
    choose(browser, session, "state.0.first_view take_view")


def pick(browser: Browser, session: str, name: str, value: str) -> None:
    asked(browser, session, f"document.getElementById({name!r}).value = {value!r}")
    asked(browser, session, f"document.getElementById({name!r}).dispatchEvent(new Event('change'))")


def turn(browser: Browser, session: str, orbit: str) -> None:
    """Move the camera, which ends with its distance in metres."""
    asked(browser, session, f"{MODEL}.cameraOrbit = {orbit!r}")
    asked(browser, session, f"{MODEL}.updateComplete.then(() => {MODEL}.jumpCameraToGoal())")
    metres = orbit.rpartition(" ")[2].removesuffix("m")
    until(browser, session, f"Math.abs({MODEL}.getCameraOrbit().radius - {metres}) < 0.001")


def test_a_place_is_shown_on_its_model(browser: Browser, axe: str, address: str, root: Path) -> None:
    session = scene(browser, address)
    status = "document.querySelector('[role=status]').textContent"
    lay_over(browser, session)
    pick(browser, session, "state", "1930")
    until(browser, session, "document.querySelector('.stage').dataset.shown == '1930'")
    assert asked(browser, session, "document.querySelector('.over')") is None
    until(browser, session, f"{HIT}([0.5, 0.5])")

    # By mouse: what is clicked on is where the annotation is; then it is dragged.
    choose(browser, session, "place-click")
    x, y, *seen = asked(browser, session, FREE)
    mouse(browser, session, (x, y))
    assert math.dist(place_of(browser, session, 0), seen) < 0.001
    typed(browser, session, "annotation.n0.title", "Le cœur du carreau")
    assert asked(browser, session, f"{pin(0)}.getAttribute('aria-label')") == "3. Le cœur du carreau"
    until(browser, session, f"{pin(0)}.dataset.visible != null")
    drag(browser, session, 0)
    dragged = place_of(browser, session, 0)
    assert math.dist(dragged, seen) > 0.1

    # By keyboard: a point of the view, and the arrow keys; undo and redo.
    asked(browser, session, "document.getElementById('aim').value = 'below'")
    choose(browser, session, "place-aim")
    before, words = place_of(browser, session, 1), asked(browser, session, f"{pin(1)}.dataset.position")
    typed(browser, session, "annotation.n1.title", "À côté")
    until(browser, session, f"({pin(1)}.focus(), document.activeElement == {pin(1)})")
    press(browser, session, "ArrowRight", 8)
    until(browser, session, f"{pin(1)}.dataset.position != {words!r}")
    moved = place_of(browser, session, 1)
    assert 0.001 < math.dist(before, moved) < 20
    press(browser, session, "z", 2)
    until(browser, session, f"{status} == 'The edit is undone.'")
    assert math.dist(place_of(browser, session, 1), before) < 0.001
    press(browser, session, "y", 2)
    until(browser, session, f"{status} == 'The edit is back.'")
    assert math.dist(place_of(browser, session, 1), moved) < 0.001

    # A tour of two steps, the first of them the view in which it was begun; recorded and played.
    choose(browser, session, "new-tour")
    typed(browser, session, "tour.n0.title", "Deux vues")
    turn(browser, session, "40deg 70deg 60m")
    choose(browser, session, "tour.n0 add_step")
    typed(browser, session, "tour.n0.step.n1.text", "Vue de côté.")
    for row in ("n0", "n1"):
        typed(browser, session, f"tour.n0.step.{row}.duration_s", "0,5")
    choose(browser, session, "tour.n0 play")
    until(browser, session, "document.querySelector('.caption').textContent == 'Vue de côté.'")
    until(browser, session, "document.querySelector('.caption').hidden")
    assert abs(asked(browser, session, f"{MODEL}.getCameraOrbit().radius") - 60) < 0.01

    # Parts: by a click, and from the list of those that are not marked yet.
    parts = "document.activeElement?.dataset.do?.startsWith('state.1.part.') && document.activeElement"
    choose(browser, session, "part-click")
    x, y, *_ = asked(browser, session, FREE)
    mouse(browser, session, (x, y))
    node = f"{MODEL}.originalGltfJson.nodes[{MODEL}.surfaceFromPoint({x}, {y}).split(' ')[0]].name"
    until(browser, session, f"({parts})?.closest('details').querySelector('code').textContent == {node}")
    name = asked(browser, session, "document.getElementById('part-name').value")
    choose(browser, session, "part-mark")
    until(browser, session, f"({parts})?.closest('details').querySelector('code').textContent == {name!r}")
    typed(browser, session, asked(browser, session, "document.activeElement.dataset.do"), "Une partie")

    asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    screen = {"height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.call("Emulation.setDeviceMetricsOverride", session, width=360, **screen)
    until(browser, session, "innerWidth == 360")
    assert asked(browser, session, "document.documentElement.scrollWidth") <= 360
    assert violations(browser, session, axe) == []
    choose(browser, session, "save")
    until(browser, session, f"{status}.startsWith('saved')")
    site = site_of(root)
    first, second = site["annotation"][-2:]
    assert (first["id"], first["state"], second["title"]) == ("le-coeur-du-carreau", "1930", "À côté")
    assert math.dist(first["point"], dragged) < 0.0002
    assert math.dist(second["point"], moved) < 0.0002
    assert abs(math.hypot(*first["normal"]) - 1) < 0.001
    tour = site["tour"][-1]
    assert (tour["id"], tour["title"], tour["state"]) == ("deux-vues", "Deux vues", "1930")
    step = tour["step"][1]
    assert (step["text"], step["duration_s"]) == ("Vue de côté.", 0.5)
    assert math.isclose(math.dist(step["camera"]["position"], step["camera"]["target"]), 60, abs_tol=0.001)
    assert site["state"][1]["part"][-1] == {"name": name, "title": "Une partie", "evidence": ""}

    today, then = site["state"]
    assert today["geopose"]["yaw_deg"] == -30
    assert math.isclose(then["geopose"]["lon"] * 111_319.491, 1, abs_tol=0.001)
    assert math.isclose(math.dist(today["first_view"]["position"], today["first_view"]["target"]), 70, abs_tol=0.001)

    # Undo leads back over the save.
    while asked(browser, session, "document.querySelector('[data-do=undo]').ariaDisabled") == "false":
        choose(browser, session, "undo")
    choose(browser, session, "save")
    until(browser, session, f"{status}.startsWith('saved')")
    original = tomllib.loads((PROJECT / "assets" / "sites" / "demonstration" / "site.toml").read_text("utf-8"))
    assert site_of(root) == original

    # Captions of a sound are sent where the tour is edited, and saved with it at once.
    pick(browser, session, "state", "today")
    until(browser, session, "document.querySelector('.stage').dataset.shown == 'today'")
    chosen = "document.querySelector('select[data-do$=\".captions\"]').value"
    asked(browser, session, SEND_CAPTIONS)
    until(browser, session, f"{status}.includes('has new captions')")
    named = [each.get("captions") for each in site_of(root)["media"]]
    assert asked(browser, session, chosen) in set(named) - {each.get("captions") for each in original["media"]}
    assert set(asked(browser, session, "window.violated") or []) <= {"style-src-elem"}
    assert asked(browser, session, "window.wrong") is None
    asked_for = {url for url in browser.asked if url.startswith("http")}
    assert {url for url in asked_for if not url.startswith(address.partition("enter")[0])} == set()
