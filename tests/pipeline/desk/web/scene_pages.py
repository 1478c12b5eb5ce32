"""The page with the models of the demonstration place, and what a person does there by mouse and by keyboard."""

from __future__ import annotations

import re
import shutil
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assets.demonstration.earlier import EarlierOptions, make_earlier
from tests import real_input
from tests.browser import Browser, asked, opened, until
from tests.conftest import PROJECT
from tests.pipeline.desk.web.desks import running_desk
from tests.real_input import key

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
AT_REST = f"""(() => {{
  const {{ x, y, width, height }} = {MODEL}.getBoundingClientRect();
  const {{ position }} = {MODEL}.positionAndNormalFromPoint(x + width / 2, y + height / 2) ?? {{}};
  const seen = [position?.x, position?.y, position?.z];
  const now = [{MODEL}.getCameraOrbit(), {MODEL}.getCameraTarget(), x, y, width, height, ...seen].join(" ");
  const last = window.lastSeen ?? {{}};
  if (now === last.now) return last.isDrawn && performance.now() - last.since > 300;
  const next = (window.lastSeen = {{ now, since: performance.now() }});
  requestAnimationFrame(() => requestAnimationFrame(() => (next.isDrawn = true)));
  return false;
}})()"""
"""Whether camera, page and what is seen were where they are a while and two pictures ago."""
BESIDE = f"""(([x, y]) => [[20, 4], [-20, 4], [4, 20], [4, -20]].find(
  ([right, down]) => {MODEL}.positionAndNormalFromPoint(x + right, y + down)))"""
"""A way from a point of the window on which the model is still seen, in pixels."""
WATCH = """addEventListener("securitypolicyviolation", ({ violatedDirective }) => {
  (window.violated ??= []).push(violatedDirective);
});
addEventListener("error", (event) => (window.wrong ??= []).push(event.message));
addEventListener("unhandledrejection", (event) => (window.wrong ??= []).push(String(event.reason)));"""
STILL = [{"name": "prefers-reduced-motion", "value": "reduce"}]


def demonstration(folder: Path) -> Path:
    """Write the demonstration place, and a small variant of its earlier state as the built model of both states."""
    shutil.copytree(PROJECT / "assets" / "sites" / "demonstration", folder / "assets" / "sites" / "demonstration")
    shutil.copytree(PROJECT / "locales", folder / "locales")
    built = folder / "models" / "demonstration" / "1930"
    made = make_earlier(built, options=EarlierOptions(step_m=0.3, triangles=8000, atlas_px=512))
    made.rename(built / "preview.glb")
    shutil.copytree(built, built.with_name("today"))
    return folder


@contextmanager
def desk_of(root: Path) -> Iterator[str]:
    """Run the desk over it, and yield the address that the command prints."""
    with running_desk("--assets", str(root / "assets"), "--models", str(root / "models")) as address:
        yield address


@contextmanager
def fresh(chromium: str, profile: Path) -> Iterator[Browser]:
    """A browser that no test has used before: twice a pin stayed where it was in a used one, and why was not found."""
    made = Browser(chromium, profile)
    try:
        with made.apart():
            yield made
    finally:
        made.close()


def choose(browser: Browser, session: str, does: str) -> None:
    """Put the focus on a button, and press Enter."""
    focus(browser, session, does)
    key(browser, session, "Enter")


def focus(browser: Browser, session: str, does: str) -> None:
    real_input.focus(browser, session, f"document.querySelector('[data-do=\"{does}\"]')")


def typed(browser: Browser, session: str, name: str, text: str) -> None:
    """Type into a field, and leave it."""
    real_input.write(browser, session, f"document.querySelector('[data-do=\"{name}\"]')", text)
    key(browser, session, "Tab")


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
        real_input.drag(browser, session, (x, y), (x + right, y + down), steps=2)
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


def pick(browser: Browser, session: str, name: str, value: str) -> None:
    real_input.choose(browser, session, f"document.getElementById({name!r})", value)


def rest(browser: Browser, session: str) -> None:
    """Wait until neither the camera nor the page moves: a click would meet another place than the one looked up."""
    until(browser, session, AT_REST)


def turn(browser: Browser, session: str, orbit: str) -> None:
    """Move the camera, which ends with its distance in metres."""
    asked(browser, session, f"{MODEL}.cameraOrbit = {orbit!r}")
    asked(browser, session, f"{MODEL}.updateComplete.then(() => {MODEL}.jumpCameraToGoal())")
    metres = orbit.rpartition(" ")[2].removesuffix("m")
    until(browser, session, f"Math.abs({MODEL}.getCameraOrbit().radius - {metres}) < 0.001")
