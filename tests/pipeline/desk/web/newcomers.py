"""Somebody at a browser who has never seen the desk: with a mouse, or with the keyboard alone.

Each method that a person would do with one hand movement counts as one action: a click, a text, a choice, a file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser import Browser, asked, until

_KEYS = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40, "Space": 32}
_SHIFT, _CONTROL = 8, 2
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
        self.browser.call("Input.insertText", self.session, text=text)

    def _asked(self, expression: str) -> Any:
        return asked(self.browser, self.session, expression)

    def _chosen(self, selector: str, *paths: Path) -> None:
        """Take files in the dialog of a file field."""
        root = self.browser.call("DOM.getDocument", self.session)["root"]["nodeId"]
        node = self.browser.call("DOM.querySelector", self.session, nodeId=root, selector=selector)["nodeId"]
        self.browser.call("DOM.setFileInputFiles", self.session, nodeId=node, files=[str(path) for path in paths])


class AtTheMouse(Newcomer):
    """With mouse and keyboard."""

    def clicks(self, selector: str) -> None:
        """Click where the element is on the screen; it must be what is hit there."""
        self.actions += 1
        x, y = self._shown(selector)
        one = json.dumps(selector)
        hit = f"document.querySelector({one}).contains(document.elementFromPoint({x}, {y}))"
        assert self._asked(hit), f"{selector} is covered, or cannot be seen"
        self._press(x, y, 1)

    def writes(self, selector: str, text: str) -> None:
        """Click into a field, and write."""
        self.clicks(selector)
        self.browser.call("Input.insertText", self.session, text=text)

    def chooses(self, selector: str, value: str) -> None:
        """Choose from a list."""
        self.actions += 1
        self.sees(f"document.querySelector({json.dumps(selector)})")
        choose = "list.value = value; list.dispatchEvent(new Event('input', {bubbles: true})); return list.value"
        chosen = (
            f"((list, value) => {{ {choose} }})(document.querySelector({json.dumps(selector)}), {json.dumps(value)})"
        )
        assert self._asked(chosen) == value

    def drops(self, selector: str, *paths: Path) -> None:
        """Drag files from a folder, and let them go."""
        self.actions += 1
        x, y = self._shown(selector)
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.browser.call("Input.dispatchDragEvent", self.session, type=kind, x=x, y=y, data=data)

    def double_clicks_on_the_model(self) -> None:
        """Click twice where the model is seen, and nothing else is."""
        self.actions += 1
        self._shown("model-viewer")
        x, y = until(self.browser, self.session, _FREE)
        for count in (1, 2):
            self._press(x, y, count)

    def turns_the_model(self) -> None:
        """Drag the view to the side."""
        self.actions += 1
        self._shown("model-viewer")
        before = self.orbit()
        x, y = until(self.browser, self.session, _FREE)
        self._mouse("mousePressed", x, y, clickCount=1)
        for step in (20, 60, 90):
            self._mouse("mouseMoved", x + step, y, buttons=1)
        self._mouse("mouseReleased", x + 90, y, clickCount=1)
        self.sees_it_turned(before)

    def _shown(self, selector: str) -> tuple[float, float]:
        """Scroll to an element; return its middle."""
        one = json.dumps(selector)
        self.sees(f"document.querySelector({one})")
        self._asked(f"document.querySelector({one}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = f"document.querySelector({one}).getBoundingClientRect()"
        x, y = self._asked(f"(box => [box.x + box.width / 2, box.y + box.height / 2])({box})")
        return x, y

    def _press(self, x: float, y: float, count: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self._mouse(kind, x, y, clickCount=count)

    def _mouse(self, kind: str, x: float, y: float, **more: object) -> None:
        self.browser.call("Input.dispatchMouseEvent", self.session, type=kind, x=x, y=y, button="left", **more)


class AtTheKeyboard(Newcomer):
    """With the keyboard alone; only the dialog of the system that chooses a file is not ours."""

    unseen: Sequence[str] = ()
    """Where the focus was not seen."""

    def presses(self, key: str, modifiers: int = 0) -> None:
        self.actions += 1
        self._press(key, modifiers)

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
            self._press("Tab", _SHIFT if is_back else 0)
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
        self._chosen(selector, path)

    def _press(self, key: str, modifiers: int = 0) -> None:
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            values = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key], "modifiers": modifiers}
            self.browser.call("Input.dispatchKeyEvent", self.session, type=kind, **values, **more)
