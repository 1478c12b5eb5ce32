"""Click, touch, drag and type on a page at coordinates, as visitors do.

Nothing here asks the page to press itself: an element that lies under another one, or outside of the window, is not
pressed, and the test fails with the name of what lies there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.browser import Browser, asked, until

Point = tuple[float, float]
"""Pixels from the left and the top of the window."""

MIDDLE = """((sought) => {
  const element = sought.matches?.("option") ? sought.closest("select") : sought;
  const own = (at) => {
    for (let each = at; each; each = each.parentNode ?? each.host) if (each === element) return true;
    return false;
  };
  const deepest = (x, y) => {
    let at = document.elementFromPoint(x, y);
    while (at?.shadowRoot) {
      const inner = at.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === at) break;
      at = inner;
    }
    return at;
  };
  const boxes = [...element.getClientRects()].filter(({width, height}) => width > 0 && height > 0);
  if (!boxes.length) return {wrong: "is not drawn"};
  // A link that breaks into two lines has a box for each; the middle of both together may lie outside of them.
  const largest = boxes.reduce((one, other) => other.width * other.height > one.width * one.height ? other : one);
  const x = largest.left + largest.width / 2, y = largest.top + largest.height / 2;
  if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return {x, y, wrong: "lies outside of the window"};
  const at = deepest(x, y);
  if (own(at)) return {x, y};
  // A radio or a checkbox that is drawn by its label is pressed there.
  const label = at?.closest?.("label");
  if (label && label.control === element) return {x, y};
  return {x, y, wrong: `is covered by ${at?.outerHTML.slice(0, 200) ?? "nothing"}`};
})"""
"""From an element to the middle of its largest box, and what is wrong with it: not drawn, outside, covered."""

KEYS = {
    "Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "), "Home": (36, ""), "End": (35, ""),
    "ArrowLeft": (37, ""), "ArrowUp": (38, ""), "ArrowRight": (39, ""), "ArrowDown": (40, ""),
    "PageUp": (33, ""), "PageDown": (34, ""), "Backspace": (8, ""), "Delete": (46, ""),
}  # fmt: skip
"""Codes of keys that have a name, and the text that they type."""
MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}


def middle(browser: Browser, session: str, element: str, *, is_scrolled: bool = True) -> Point:
    """Return where an element would be pressed, once it is what lies there and rests.

    The page is scrolled until the element is seen, as a visitor scrolls.

    element : an expression of the page
    """
    ended = time.monotonic() + 30
    last: dict[str, Any] = {}
    while time.monotonic() < ended:
        if is_scrolled:
            scroll = "scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'})"
            asked(browser, session, f"{MIDDLE}({element}).wrong?.includes('outside') && ({element}).{scroll}")
        found = asked(browser, session, f"{MIDDLE}({element})") or {"wrong": "is not there"}
        if "wrong" not in found and found == last:
            return found["x"], found["y"]
        last = found
        time.sleep(0.03)
    raise AssertionError(f"{element} {last.get('wrong', 'does not rest')}")


def click(browser: Browser, session: str, element: str) -> None:
    """Click on the middle of an element with the mouse."""
    click_at(browser, session, middle(browser, session, element))


def click_at(browser: Browser, session: str, point: Point) -> None:
    """Click on a point of the window with the mouse."""
    mouse(browser, session, "mouseMoved", point)
    mouse(browser, session, "mousePressed", point, clickCount=1)
    mouse(browser, session, "mouseReleased", point, clickCount=1)


def mouse(browser: Browser, session: str, kind: str, point: Point, **more: Any) -> None:
    """Move, press or release the left button of the mouse at a point."""
    x, y = point
    is_held = kind != "mouseMoved" or more.pop("is_held", False)
    values = {"type": kind, "x": x, "y": y, "button": "left" if is_held else "none", "buttons": int(is_held)} | more
    browser.call("Input.dispatchMouseEvent", session, **values)


def tap(browser: Browser, session: str, element: str) -> None:
    """Tap on the middle of an element with a finger."""
    tap_at(browser, session, middle(browser, session, element))


def tap_at(browser: Browser, session: str, point: Point) -> None:
    """Tap on a point of the window with a finger."""
    with finger(browser, session, point):
        pass


@contextmanager
def finger(browser: Browser, session: str, start: Point) -> Iterator[Callable[[Point], None]]:
    """Lay a finger on a point of the window, lend what moves it, and lift it."""
    # Without it, Chromium makes no click of a touch.
    browser.call("Emulation.setTouchEmulationEnabled", session, enabled=True, maxTouchPoints=5)

    def touch(kind: str, *points: Point) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        browser.call("Input.dispatchTouchEvent", session, type=kind, touchPoints=places)

    touch("touchStart", start)
    yield lambda point: touch("touchMove", point)
    touch("touchEnd")


def swipe(browser: Browser, session: str, start: Point, end: Point, steps: int = 8) -> None:
    """Draw a finger from a point of the window to another one."""
    with finger(browser, session, start) as move:
        for point in _between(start, end, steps):
            move(point)


def drag(browser: Browser, session: str, start: Point, end: Point, steps: int = 8) -> None:
    """Draw the mouse from a point of the window to another one, with its button held."""
    mouse(browser, session, "mouseMoved", start)
    mouse(browser, session, "mousePressed", start, clickCount=1)
    for point in _between(start, end, steps):
        mouse(browser, session, "mouseMoved", point, is_held=True)
    mouse(browser, session, "mouseReleased", end, clickCount=1)


def _between(start: Point, end: Point, steps: int) -> Iterator[Point]:
    for number in range(1, steps + 1):
        share = number / steps
        yield start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def wheel(browser: Browser, session: str, point: Point, down: float) -> None:
    """Turn the wheel of the mouse over a point of the window, by pixels."""
    x, y = point
    browser.call("Input.dispatchMouseEvent", session, type="mouseWheel", x=x, y=y, deltaX=0, deltaY=down)


def key(browser: Browser, session: str, name: str, *modifiers: str) -> None:
    """Press a key and release it: one of `KEYS`, or a character."""
    code, text = KEYS.get(name) or (ord(name.upper()), name)
    held = sum(MODIFIERS[each] for each in modifiers)
    values: dict[str, Any] = {"key": name, "windowsVirtualKeyCode": code, "modifiers": held}
    is_typed = bool(text) and not set(modifiers) - {"Shift"}
    kind = {"type": "keyDown", "text": text} if is_typed else {"type": "rawKeyDown"}
    browser.call("Input.dispatchKeyEvent", session, **values, **kind)
    browser.call("Input.dispatchKeyEvent", session, **values, type="keyUp")


def write(browser: Browser, session: str, element: str, text: str) -> None:
    """Click into a field, and type a text in the place of what it holds."""
    click(browser, session, element)
    key(browser, session, "a", "Control")
    key(browser, session, "Delete")
    browser.call("Input.insertText", session, text=text)


def choose(browser: Browser, session: str, select: str, value: str) -> None:
    """Choose an option of a list by its value, with the keyboard, as the list of a system is not of the page."""
    asked(browser, session, f"({select}).focus()")
    wanted = f"[...({select}).options].filter((each) => !each.disabled).findIndex((each) => each.value == {json.dumps(value)})"
    number = asked(browser, session, wanted)
    assert isinstance(number, int), f"{select} has no {value}"
    assert number >= 0, f"{select} has no {value}"
    key(browser, session, "Home")
    for _ in range(number):
        key(browser, session, "ArrowDown")
    until(browser, session, f"({select}).value == {json.dumps(value)}")
