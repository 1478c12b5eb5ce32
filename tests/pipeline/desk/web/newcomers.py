"""Somebody at a browser who has never seen the desk: with a mouse, or with the keyboard alone.

Each method that a person would do with one hand movement counts as one action: a click, a text, a choice, a file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser import Browser, asked, until
from tests.real_input import choose, choose_files, click_at, drag, drop, key, middle, press, type_text, write

_MOST_STOPS = 400

_FOCUSED = """(selector => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(found);
  const isSeen = (outlineStyle != 'none' && parseFloat(outlineWidth) > 0) || boxShadow != 'none';
  const name = [found.tagName, found.id, found.name, found.dataset?.do, found.textContent.slice(0, 30)].join(' ');
  return [document.activeElement.matches(selector), isSeen || found == document.body, name];
})"""
"""Whether the focus is where a selector says, whether it is seen, and where it is."""

MODEL = "document.querySelector('model-viewer')"
_FREE = f"""(() => {{
  const box = {MODEL}.getBoundingClientRect();
  const placed = [...document.querySelectorAll(".pin")];
  if (placed.some(({{ dataset }}) => dataset.visible == null)) return undefined;  // it is not drawn yet
  const pins = placed.map((pin) => pin.getBoundingClientRect());
  for (const down of [0.47, 0.42, 0.53, 0.38, 0.6]) for (const across of [0.47, 0.41, 0.55, 0.35, 0.62]) {{
    const [x, y] = [Math.round(box.left + across * box.width), Math.round(box.top + down * box.height)];
    const isFree = pins.every(({{ left, top }}) => Math.hypot(left + 16 - x, top + 16 - y) > 40);
    if (isFree && {MODEL}.positionAndNormalFromPoint(x, y)) return [x, y];
  }}
}})()"""
"""A point of the window where the model is seen and no pin is near; in the very middle the library has a target."""


class Newcomer:
    """Somebody at a browser, whose actions are counted."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.actions = 0

    def sees(self, expression: str) -> None:
        """Wait until something is there: no action."""
        until(self.browser, self.session, f"document.readyState == 'complete' && !!({expression})")

    def orbit(self) -> str:
        """Return from where the model is seen."""
        return str(self._asked(f"{MODEL}.getCameraOrbit().toString()"))

    def sees_it_turned(self, before: str) -> None:
        """Wait until the model is seen from elsewhere: no action."""
        self.sees(f"{MODEL}.getCameraOrbit().toString() != {json.dumps(before)}")

    def types(self, text: str) -> None:
        """Write where the focus is."""
        self.actions += 1
        type_text(self.browser, self.session, text)

    def _asked(self, expression: str) -> Any:
        return asked(self.browser, self.session, expression)


class AtTheMouse(Newcomer):
    """With mouse and keyboard."""

    def clicks(self, selector: str) -> None:
        """Click where the element is on the screen; it must be what is hit there."""
        self.actions += 1
        press(self.browser, self.session, self._shown(selector))

    def writes(self, selector: str, text: str) -> None:
        """Click into a field, and write."""
        self.actions += 1
        write(self.browser, self.session, self._shown(selector), text)

    def chooses(self, selector: str, value: str) -> None:
        """Choose from a list."""
        self.actions += 1
        choose(self.browser, self.session, self._shown(selector), value)

    def drops(self, selector: str, *paths: Path) -> None:
        """Drag files from a folder, and let them go."""
        self.actions += 1
        drop(self.browser, self.session, self._shown(selector), *paths)

    def double_clicks_on_the_model(self) -> None:
        """Click twice where the model is seen, and nothing else is."""
        self.actions += 1
        middle(self.browser, self.session, self._shown("model-viewer"))
        click_at(self.browser, self.session, until(self.browser, self.session, _FREE), times=2)

    def turns_the_model(self) -> None:
        """Drag the view to the side."""
        self.actions += 1
        middle(self.browser, self.session, self._shown("model-viewer"))
        before = self.orbit()
        x, y = until(self.browser, self.session, _FREE)
        drag(self.browser, self.session, (x, y), (x + 90, y))
        self.sees_it_turned(before)

    def _shown(self, selector: str) -> str:
        """Wait until an element is there, and return how a page finds it."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.sees(found)
        return found


class AtTheKeyboard(Newcomer):
    """With the keyboard alone; only the dialog of the system that chooses a file is not ours."""

    unseen: Sequence[str] = ()
    """Where the focus was not seen."""

    def presses(self, name: str) -> None:
        self.actions += 1
        self._press(name)

    def goes_to(self, selector: str, is_back: bool = False) -> None:
        """Press Tab until the focus is on an element, which must be reached without going round the page."""
        self.actions += 1
        one, name = json.dumps(selector), ""
        self.sees(f"document.querySelector({one})")
        for _ in range(_MOST_STOPS):
            is_there, is_seen, name = self._asked(f"{_FOCUSED}({one})")
            if not is_seen:
                self.unseen = (*self.unseen, name)
            if is_there:
                return
            self._press("Tab", *(["Shift"] if is_back else []))
        raise AssertionError(f"{selector} is not reached by Tab; the last stop was {name}")

    def turns_the_model(self) -> None:
        """Go back to the model, and turn it with the arrow keys."""
        self.goes_to("model-viewer", is_back=True)
        before = self.orbit()
        for _ in range(4):
            self.presses("ArrowRight")
        self.sees_it_turned(before)

    def chooses(self, selector: str, value: str, is_back: bool = False) -> None:
        """Choose from a list with the arrow keys."""
        self.goes_to(selector, is_back)
        for _ in range(60):
            if self._asked("document.activeElement.value") == value:
                return
            self._press("ArrowDown")
        raise AssertionError(f"{selector} does not offer {value}")

    def writes(self, selector: str, text: str, is_back: bool = False) -> None:
        self.goes_to(selector, is_back)
        self.types(text)

    def activates(self, selector: str, is_back: bool = False) -> None:
        """Go to a button or link, and press Enter."""
        self.goes_to(selector, is_back)
        self._press("Enter")

    def takes_file(self, selector: str, path: Path) -> None:
        """Go to a file field, and choose in the dialog of the system."""
        self.goes_to(selector)
        choose_files(self.browser, self.session, f"document.querySelector({json.dumps(selector)})", path)

    def _press(self, name: str, *modifiers: str) -> None:
        key(self.browser, self.session, name, *modifiers)
