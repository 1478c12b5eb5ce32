"""Somebody who has never seen the desk makes a place with a photograph and publishes it, in few actions.

Each method that a person would do with one hand movement counts as one action: a click, a text, a choice, a file.
What is done is in parts, so that more can be put between them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from pipeline.bundle.release_answers import ReleaseAnswers
from pipeline.bundle.releases import current
from tests.browser import Browser, asked, opened, until, violations
from tests.conftest import PROJECT
from tests.pipeline.desk.web.editions import published

pytestmark = pytest.mark.browser
MOST_ACTIONS = 40
LONGEST_S = 600
SLUG = "cite-de-l-essai"


class Newcomer:
    """Somebody at a browser, whose actions are counted."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.actions = 0

    def clicks(self, selector: str) -> None:
        """Click where the element is on the screen; it must be what is hit there."""
        self.actions += 1
        one = json.dumps(selector)
        until(self.browser, self.session, f"!!document.querySelector({one})")
        into = "scrollIntoView({block: 'center', behavior: 'instant'})"
        asked(self.browser, self.session, f"document.querySelector({one}).{into}")
        box = f"document.querySelector({one}).getBoundingClientRect()"
        middle = f"(box => [box.x + box.width / 2, box.y + box.height / 2])({box})"
        x, y = asked(self.browser, self.session, middle)
        hit = f"document.querySelector({one}).contains(document.elementFromPoint({x}, {y}))"
        assert asked(self.browser, self.session, hit), f"{selector} is covered, or cannot be seen"
        for kind in ("mousePressed", "mouseReleased"):
            values = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self.browser.call("Input.dispatchMouseEvent", self.session, **values)

    def writes(self, selector: str, text: str) -> None:
        """Click into a field, and write."""
        self.clicks(selector)
        self.browser.call("Input.insertText", self.session, text=text)

    def chooses(self, selector: str, value: str) -> None:
        """Choose from a list."""
        self.actions += 1
        one = json.dumps(selector)
        choose = "list.value = value; list.dispatchEvent(new Event('input', {bubbles: true})); return list.value"
        chosen = f"((list, value) => {{ {choose} }})(document.querySelector({one}), {json.dumps(value)})"
        assert asked(self.browser, self.session, chosen) == value

    def sees(self, expression: str) -> None:
        """Wait until something is there: no action."""
        until(self.browser, self.session, f"document.readyState == 'complete' && !!({expression})")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A catalogue that is published, with two real places."""
    return published(tmp_path).assets


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    """The address that the command prints; the desk ends with the test."""
    folder = root.parent
    places = ["--assets", str(root), "--bundle", str(folder / "bundle"), "--models", str(folder / "models")]
    more = ["--base-url", "https://mine.example", "--cache", str(folder / "cache"), "--no-browser"]
    command = [sys.executable, "-m", "pipeline.cli", "desk", *places, *more]
    variables = {**os.environ, "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=variables) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(30)


def begins(person: Newcomer) -> None:
    person.sees("document.getElementById('name')")
    person.writes("#name", "Cité de l’Essai")
    person.clicks("form[action='/places'] button")
    person.sees("document.getElementById('place')")


def describes(person: Newcomer) -> None:
    person.chooses("[name='v.kind']", "cite")
    person.chooses("[name='v.theme']", "habitat")
    person.writes("[name='v.commune']", "Denain")
    person.writes("[name='v.insee']", "59172")
    person.writes("[name='v.summary']", "Une cité imaginée pour l’essai.")
    person.writes("[name='v.description']", "Elle n’existe pas.\n\nOn l’a écrite pour voir.")


def photographs(person: Newcomer, root: Path) -> None:
    person.actions += 1  # copies the picture beside the file of the place
    Image.new("RGB", (640, 480), "#885533").save(root / "sites" / SLUG / "facade.jpg")
    person.clicks("button[value='add:media']")
    person.sees("document.querySelector(\"[name='v.media.n0.file']\")")
    person.writes("[name='v.media.n0.id']", "facade")
    person.chooses("[name='v.media.n0.kind']", "image")
    person.writes("[name='v.media.n0.file']", "facade.jpg")
    person.writes("[name='v.media.n0.alt']", "Une façade de brique.")
    person.writes("[name='v.media.n0.credit']", "Équipe d’essai")
    person.writes("[name='v.media.n0.licence']", "CC-BY-4.0")


def saves(person: Newcomer) -> None:
    person.clicks(".save button")
    person.sees("document.querySelector('[role=status]')?.textContent == 'saved'")


def publishes(person: Newcomer, axe: str) -> None:
    person.clicks("nav.parts a[href='/publish']")
    person.sees("document.querySelector(\"form[action='/publish/draft'] button\")")
    person.clicks("form[action='/publish/draft'] button")
    person.sees("document.querySelector(\"form[action='/publish/show'] button\")")
    person.clicks("form[action='/publish/show'] button[value='phones']")
    person.sees("document.querySelector('.code svg')")
    assert violations(person.browser, person.session, axe) == []
    person.clicks("form[action='/publish/now'] button")
    person.sees("document.querySelector('[role=status]')?.textContent.startsWith('published: ')")


def goes_back(person: Newcomer, axe: str) -> None:
    """Use the other pages on a small screen, which must hold them."""
    screen = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    person.browser.call("Emulation.setDeviceMetricsOverride", person.session, **screen)
    person.clicks("form[action='/publish/back'] button")
    person.sees("document.querySelector('[role=status]')?.textContent.endsWith(' is served again')")
    for page in ("publish", "scans"):
        person.clicks(f"nav.parts a[href='/{page}']")
        person.sees(f"location.pathname == '/{page}'")
        assert violations(person.browser, person.session, axe) == []
        assert asked(person.browser, person.session, "document.documentElement.scrollWidth") <= screen["width"]


def test_a_newcomer_publishes_a_place_with_a_photograph(browser: Browser, axe: str, address: str, root: Path) -> None:
    began, [origin] = time.monotonic(), re.findall(r"http://127\.0\.0\.1:\d+/", address)
    person = Newcomer(browser, opened(browser, address, 1280))
    person.actions += 1  # opens the address
    begins(person)
    describes(person)
    photographs(person, root)
    preview = "document.querySelector('#preview iframe').contentDocument"
    person.sees(f"{preview}?.body?.textContent.includes('On l’a écrite pour voir.')")
    person.sees(f"{preview}.querySelector('img[alt=\"Une façade de brique.\"]')?.naturalWidth > 0")
    saves(person)
    publishes(person, axe)
    assert person.actions <= MOST_ACTIONS
    assert time.monotonic() - began <= LONGEST_S

    manifest = current(root.parent / "bundle")
    assert manifest is not None
    page = ReleaseAnswers(root.parent / "bundle", manifest).content(f"/fr/sites/{SLUG}", "fr").decode()
    assert "On l’a écrite pour voir." in page
    assert 'alt="Une façade de brique."' in page
    goes_back(person, axe)
    assert {url for url in browser.asked if not url.startswith((origin, "blob:", "data:"))} == set()
