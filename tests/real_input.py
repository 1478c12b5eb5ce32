"""Press, drag, turn the wheel and type on a page by mouse, touch and keys, as visitors do.

Nothing here asks the page to press itself: an element that lies under another one, outside of the window, or that is
disabled, is not pressed, and the test fails with the name of what lies there. An element is told by an expression of
the page; a point is given in pixels from the left and the top of the window.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.browser import NARROW, Browser, LeftError, asked, until

Point = tuple[float, float]

LIMIT_S = 30
MOST_STEPS = 100
"""Of the arrow keys on a slider."""
LEAST_PX = 3
"""Of a side of what can be pressed: a box that is hidden from the eyes alone is smaller."""

CORNER = """((frame) => {
  const {left, top} = frame.getBoundingClientRect(), {paddingLeft, paddingTop} = getComputedStyle(frame);
  return [left + frame.clientLeft + parseFloat(paddingLeft), top + frame.clientTop + parseFloat(paddingTop)];
})"""
"""From a frame to the left and the top of what it shows."""

MIDDLE = """((find, isScrolled) => {
  let element;
  try { element = find(); } catch (error) { return {wrong: `is not there: ${error}`}; }
  if (!element) return {wrong: "is not there"};
  const parents = (at) => at ? [at, ...parents(at.parentNode ?? at.host)] : [];
  const told = (at) => at?.outerHTML?.slice(0, 200) ?? "nothing";
  const deepest = (page, x, y) => {
    let at = page.elementFromPoint(x, y);
    for (let inner; (inner = at?.shadowRoot?.elementFromPoint(x, y)) && inner !== at;) at = inner;
    return at;
  };
  const scroll = () => {
    // Nobody scrolls what hides its overflow.
    const kept = parents(element).filter((at) => at.nodeType === 1).map((at) => [at, at.scrollLeft, at.scrollTop]);
    element.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
    for (const [at, left, top] of kept) {
      const {overflowX, overflowY} = getComputedStyle(at);
      if (overflowX === "hidden") at.scrollLeft = left;
      if (overflowY === "hidden") at.scrollTop = top;
    }
  };
  const hit = (area, x, y) => {
    let page = area.ownerDocument, at = deepest(page, x, y), view = page.defaultView;
    if (x < 0 || y < 0 || x >= view.innerWidth || y >= view.innerHeight) return {wrong: "lies outside of the window"};
    // What is a picture's or a word's is its link's; a radio that its label draws is pressed there.
    const own = (of) => of === area || of === element || of.control === element;
    if (!parents(at).some(own)) return {wrong: `is covered by ${told(at)}`};
    for (let frame; (frame = view.frameElement); view = page.defaultView) {
      page = frame.ownerDocument;
      const [left, top] = CORNER(frame);
      x += left;
      y += top;
      at = deepest(page, x, y);
      if (at !== frame) return {wrong: `is in a frame that is covered, or outside of the window: ${told(at)}`};
    }
    return {x, y};
  };
  const look = (area) => {
    const drawn = (at) => [...at.getClientRects()].filter(({width, height}) => Math.min(width, height) >= LEAST);
    // What is a point itself is pressed where its parts are drawn.
    const own = drawn(area), boxes = own.length ? own : [...area.querySelectorAll("*")].flatMap(drawn);
    if (!boxes.length || !area.checkVisibility({visibilityProperty: true})) return {wrong: "is not drawn"};
    // A link that breaks into two lines has a box for each, and the middle of both may lie outside of them.
    const {left, top, width, height} = boxes.reduce((one, other) =>
      other.width * other.height > one.width * one.height ? other : one);
    // The middle of the box of a shape may lie beside the shape.
    const shares = area instanceof SVGElement ? [.5, .4, .6, .3, .7, .2, .8] : [.5];
    const found = shares.flatMap((down) => shares.map((across) => [across, down]))
      .map(([across, down]) => hit(area, left + across * width, top + down * height));
    return found.find(({wrong}) => !wrong) ?? found[0];
  };
  if (element.matches(":disabled")) return {wrong: "is disabled"};
  const areas = [element, ...element.labels ?? []];
  const found = () => areas.map(look).find(({wrong}) => !wrong) ?? look(element);
  if (isScrolled && found().wrong) scroll();
  return found();
})""".replace("LEAST", str(LEAST_PX)).replace("CORNER", CORNER)
"""From what finds an element to where it is pressed, or what is wrong: not drawn, outside, covered, disabled."""

DRAWN = """new Promise((done) => {
  setTimeout(done, 300);  // a page that is not shown draws nothing
  requestAnimationFrame(() => requestAnimationFrame(() => done()));
})"""
"""Until a page has been drawn twice, so that what is moving has moved: a smooth scroll, a panel, a model."""

FOLDS = """((at) => {
  const found = [];
  while ((at = at.parentElement)) if (at.matches("details:not([open])")) found.unshift(at);
  return found;
})"""
"""From an element to the closed folds around it, the outermost first."""

CLICKED = """new Promise((done) => {
  const late = setTimeout(done, 300);  // a touch that is no click, or in a frame
  addEventListener("click", () => { clearTimeout(late); setTimeout(done, 0); }, {capture: true, once: true});
})"""

FOCUS = """((find) => {
  const element = find();
  element?.focus();
  return !!element?.checkVisibility({visibilityProperty: true}) && element.getRootNode().activeElement === element;
})"""

FOCUSED = "((element) => element.getRootNode().activeElement === element)"
"""Whether an element has the focus."""

KEYS = {
    "Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "), "Home": (36, ""), "End": (35, ""),
    "ArrowLeft": (37, ""), "ArrowUp": (38, ""), "ArrowRight": (39, ""), "ArrowDown": (40, ""),
    "PageUp": (33, ""), "PageDown": (34, ""), "Backspace": (8, ""), "Delete": (46, ""), "F13": (124, ""),
}  # fmt: skip
"""Codes of keys that have a name, and the text that they type."""
MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}


def draw(browser: Browser, session: str) -> None:
    """Wait until a page has been drawn twice: what was resized has its new layout then."""
    browser.call("Runtime.evaluate", session, expression=DRAWN, awaitPromise=True, returnByValue=True)


def middle(
    browser: Browser, session: str, element: str, *, is_scrolled: bool = True, limit_s: float | None = None
) -> Point:  # fmt: skip
    """Return where an element is pressed, once it is what lies there and rests.

    Where it is outside of what is seen, all that visitors can scroll is scrolled until it is seen.
    """
    ended = time.monotonic() + (LIMIT_S if limit_s is None else limit_s)
    last: dict[str, Any] = {}
    while time.monotonic() < ended:
        found = asked(browser, session, f"{MIDDLE}(() => ({element}), {json.dumps(is_scrolled)})") or {}
        if "x" in found and found == last:
            return found["x"], found["y"]
        last = found
        with suppress(LeftError):
            draw(browser, session)
    raise AssertionError(f"{element} {last.get('wrong', 'does not rest')}")


def press(browser: Browser, session: str, element: str) -> None:
    """Press the middle of an element: by finger or mouse, see `press_at`."""
    press_at(browser, session, middle(browser, session, element))


def press_at(browser: Browser, session: str, point: Point) -> None:
    """Press a point: with a finger where the window is that of a phone, and with the mouse elsewhere."""
    is_phone = asked(browser, session, f"screen.width < {NARROW}")
    (tap_at if is_phone else click_at)(browser, session, point)


def click(browser: Browser, session: str, element: str) -> None:
    """Click on the middle of an element with the mouse."""
    click_at(browser, session, middle(browser, session, element))


def click_at(browser: Browser, session: str, point: Point, times: int = 1) -> None:
    """Click on a point with the mouse, or twice."""
    mouse(browser, session, "mouseMoved", point)
    for count in range(1, times + 1):
        mouse(browser, session, "mousePressed", point, clickCount=count)
        mouse(browser, session, "mouseReleased", point, clickCount=count)


def mouse(browser: Browser, session: str, kind: str, point: Point, **more: Any) -> None:
    """Move the mouse to a point, or press or release its left button there.

    is_held : the button is held while the mouse moves
    """
    is_held = kind != "mouseMoved" or more.pop("is_held", False)
    button = {"button": "left" if is_held else "none", "buttons": int(is_held and kind != "mouseReleased")}
    _send(browser, session, "MouseEvent", type=kind, x=point[0], y=point[1], **button, **more)


def tap(browser: Browser, session: str, element: str) -> None:
    """Tap on the middle of an element with a finger."""
    tap_at(browser, session, middle(browser, session, element))


def tap_at(browser: Browser, session: str, point: Point) -> None:
    """Tap on a point with a finger, and wait until the page has heard the click that Chromium makes of it."""
    heard = browser.call("Runtime.evaluate", session, expression=CLICKED)["result"]["objectId"]
    with finger(browser, session, point):
        pass
    with suppress(LeftError):
        browser.call("Runtime.awaitPromise", session, promiseObjectId=heard)


@contextmanager
def finger(browser: Browser, session: str, start: Point) -> Iterator[Callable[[Point], None]]:
    """Lay a finger on a point, lend what moves it, and lift it."""
    # Without it, Chromium makes no click of a touch.
    browser.call("Emulation.setTouchEmulationEnabled", session, enabled=True, maxTouchPoints=5)

    def touch(kind: str, *points: Point) -> None:
        _send(browser, session, "TouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in points])

    touch("touchStart", start)
    yield lambda point: touch("touchMove", point)
    touch("touchEnd")


def swipe(browser: Browser, session: str, start: Point, end: Point, steps: int = 8) -> None:
    """Draw a finger from a point to another one."""
    with finger(browser, session, start) as move:
        for point in _between(start, end, steps):
            move(point)


def drag(browser: Browser, session: str, start: Point, end: Point, steps: int = 8) -> None:
    """Draw the mouse from a point to another one, with its button held."""
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
    """Turn the wheel of the mouse over a point, by pixels."""
    _send(browser, session, "MouseEvent", type="mouseWheel", x=point[0], y=point[1], deltaX=0, deltaY=down)


def key(browser: Browser, session: str, name: str, *modifiers: str) -> None:
    """Press a key where the focus is, and release it: one of `KEYS`, or a character."""
    code, text = KEYS.get(name) or (ord(name.upper()), name)
    held = sum(MODIFIERS[each] for each in modifiers)
    values: dict[str, Any] = {"key": name, "windowsVirtualKeyCode": code, "modifiers": held}
    is_typed = bool(text) and not set(modifiers) - {"Shift"}
    kind = {"type": "keyDown", "text": text} if is_typed else {"type": "rawKeyDown"}
    _send(browser, session, "KeyEvent", **values, **kind)
    _send(browser, session, "KeyEvent", **values, type="keyUp")


def focus(browser: Browser, session: str, element: str) -> None:
    """Put the focus on an element that is drawn and takes it."""
    until(browser, session, f"{FOCUS}(() => ({element}))")


def enter(browser: Browser, session: str, element: str) -> None:
    """Put the focus on a button or link that can be seen and pressed, and press Enter."""
    middle(browser, session, element)
    focus(browser, session, element)
    key(browser, session, "Enter")


def unfold(browser: Browser, session: str, element: str) -> None:
    """Press the summary of each closed fold around an element, from the outermost to the innermost."""
    while count := asked(browser, session, f"{FOLDS}({element}).length"):
        press(browser, session, f"{FOLDS}({element})[0].querySelector('summary')")
        until(browser, session, f"{FOLDS}({element}).length < {count}")


def write(browser: Browser, session: str, element: str, text: str) -> None:
    """Press a field until the caret is in it, and type a text in the place of what it holds.

    What a page says beside its fields may move a field away between a look at it and the press.
    """
    ended = time.monotonic() + LIMIT_S
    press(browser, session, element)
    while not asked(browser, session, f"{FOCUSED}({element})"):
        assert time.monotonic() < ended, f"{element} does not take the focus"
        press(browser, session, element)
    key(browser, session, "a", "Control")
    key(browser, session, "Delete")
    type_text(browser, session, text)


def type_text(browser: Browser, session: str, text: str) -> None:
    """Type a text where the focus is."""
    browser.call("Input.insertText", session, text=text)


def choose(browser: Browser, session: str, select: str, value: str) -> None:
    """Choose an option of a list by its value, with the keyboard, as the list of a system is not of the page."""
    middle(browser, session, select)
    focus(browser, session, select)
    is_it = f"(each) => each.value == {json.dumps(value)}"
    able = f"[...({select}).options].filter((each) => !each.disabled)"
    number = int(asked(browser, session, f"{able}.findIndex({is_it})"))
    assert number >= 0, f"{select} has no {value}"
    key(browser, session, "Home")
    for _ in range(number):
        key(browser, session, "ArrowDown")
    until(browser, session, f"({select}).value == {json.dumps(value)}")


def slide(browser: Browser, session: str, slider: str, value: float) -> None:
    """Press the track of a range at a value, and correct it with the arrow keys, as fingers are wider than a step."""
    middle(browser, session, slider)
    spot = """((range, value) => {
      const box = range.getBoundingClientRect(), half = Math.min(box.height, box.width) / 2;
      const [min, max] = [Number(range.min || 0), Number(range.max || 100)];
      return [box.left + half + (box.width - 2 * half) * (value - min) / (max - min), box.top + box.height / 2];
    })"""
    x, y = asked(browser, session, f"{spot}({slider}, {value})")
    press_at(browser, session, (x, y))
    focus(browser, session, slider)  # a touch does not put it there
    for _ in range(MOST_STEPS):
        short = value - float(asked(browser, session, f"({slider}).value"))
        if not short:
            return
        key(browser, session, "ArrowRight" if short > 0 else "ArrowLeft")
    raise AssertionError(f"{slider} has no {value}")


def press_in_frame(browser: Browser, session: str, frame: str, inside: str, element: str) -> None:
    """Press an element in a frame of another origin.

    session : of the page that has the frame
    frame : the frame, in the page
    inside : session of what the frame shows
    """
    x, y = middle(browser, inside, element)
    left, top = asked(browser, session, f"{CORNER}({frame})")
    hit = f"document.elementFromPoint({left + x}, {top + y})"
    assert asked(browser, session, f"{hit} === {frame}"), f"{element}: its frame is covered, or outside of the window"
    press_at(browser, session, (left + x, top + y))


def choose_files(browser: Browser, session: str, field: str, *paths: Path) -> None:
    """Choose files for a field that can be pressed; the dialog is of the system, and is not shown."""
    middle(browser, session, field)
    found = browser.call("Runtime.evaluate", session, expression=field)["result"]["objectId"]
    browser.call("DOM.setFileInputFiles", session, objectId=found, files=[str(path) for path in paths])


def drop(browser: Browser, session: str, element: str, *paths: Path) -> None:
    """Drag files from a folder to the middle of an element, and let them go."""
    x, y = middle(browser, session, element)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        _send(browser, session, "DragEvent", type=kind, x=x, y=y, data=data)


def _send(browser: Browser, session: str, kind: str, **values: Any) -> None:
    with suppress(LeftError):  # a press may lead to another page
        browser.call(f"Input.dispatch{kind}", session, **values)
