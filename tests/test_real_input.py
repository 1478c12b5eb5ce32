"""Tests act on pages by mouse, touch and keys, and what visitors cannot press is not pressed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import real_input
from tests.browser import Browser, asked, loaded, opened, until
from tests.conftest import PROJECT
from tests.real_input import (
    choose,
    choose_files,
    click,
    drop,
    enter,
    key,
    press,
    slide,
    swipe,
    tap,
    unfold,
    wheel,
    write,
)

ENDINGS = {".py", ".ts", ".mjs", ".js", ".html"}
SCRIPTED = re.compile(
    r"""\.\s*(?:click|submit|requestSubmit|showModal|showPicker)\b(?!\s*[-{])  # read, be it called at once or later
    | \[\s*["'`](?:click|submit|requestSubmit|dispatchEvent)["'`]\s*\]
    | \b(?:dispatchEvent|createEvent|fireEvent)\b
    | \bnew\s+(?:Mouse|Pointer|Touch|Keyboard|Drag|Wheel|Input|Storage|PageTransition|DeviceOrientation)Event\b""",
    re.VERBOSE,
)
"""What presses, sends or opens something by a script of a page."""
LIBRARY = {
    "server/viewer/test_modes.py": "model-viewer tells so that AR has ended, which no browser without a headset begins",
    "server/viewer/test_table.py": "model-viewer tells so of an aborted model, when the next one takes its place",
}
"""Files of which one line tells what a library does, and no visitor: by file, what it is."""


def scripts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Return what a file may run in a page: of Python its strings, of others all; with the line where it begins."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    tree = ast.parse(text)
    inner = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in ast.walk(each)}
    for each in ast.walk(tree):
        if isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and id(each) not in inner):
            yield each.lineno, said(each)


def said(node: ast.expr) -> str:
    """Return a string with a sign that is no letter for each of its values."""
    if isinstance(node, ast.JoinedStr):
        return "".join(said(each) for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "\0"


def scripted(path: Path) -> list[str]:
    return [f"{path.name}:{line}: {found[0]}" for line, text in scripts_of(path) for found in SCRIPTED.finditer(text)]


def test_no_test_presses_by_script() -> None:
    folders = (PROJECT / "tests", PROJECT / "server" / "viewer" / "test")
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in ENDINGS and "node_modules" not in path.parts and path != Path(__file__)
    ]
    assert len(files) > 100
    found = {
        path.relative_to(folders[0] if path.is_relative_to(folders[0]) else PROJECT).as_posix(): wrong
        for path in files
        if (wrong := scripted(path))
    }
    assert {name: len(wrong) for name, wrong in found.items()} == dict.fromkeys(LIBRARY, 1), found


@pytest.mark.parametrize(
    "script",
    [
        "document.querySelector('a').click()", "button?.click()", "button?.click?.()", "button.click.call(button)",
        "[...buttons].forEach((each) => each\n  .click())", "button['click']()", 'button["click"]()',
        "HTMLElement.prototype.click.apply(button)", "button.dispatchEvent(new Event('x'))", "dispatchEvent(event)",
        "button['dispatchEvent'](event)", "form.requestSubmit()", "form.submit()", "form?.submit()", "form['submit']()",
        "dialog.showModal()", "new MouseEvent('click')", "new PointerEvent('pointerdown')", "document.createEvent('x')",
    ],
)  # fmt: skip
def test_every_way_to_press_by_script_is_found(tmp_path: Path, script: str) -> None:
    for name, content in (
        ("a.ts", script),
        ("a.html", f"<script>{script}</script>"),
        ("a.py", f"x = {script!r}"),
        ("b.py", f"asked(f'{{ROOT}}' f{script!r})" if "{" not in script else f"x = {script!r}"),
    ):
        (tmp_path / name).write_text(content, "utf-8")
        assert scripted(tmp_path / name), name


@pytest.mark.parametrize(
    "code",
    [
        "pool.submit(run)", "click(browser, session, element)", "form.querySelector('[type=submit]')",
        "visit.click('button')", "x = 'a click is a press'", "addEventListener('click', run)", "x = 'b.clicked'",
    ],
)  # fmt: skip
def test_what_is_no_press_of_a_page_is_let_be(tmp_path: Path, code: str) -> None:
    content = code if code.startswith(("pool", "click", "visit", "x")) else f"x = {code!r}"
    (tmp_path / "a.py").write_text(content, "utf-8")
    assert scripted(tmp_path / "a.py") == []


PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>x</title>
<style>
body { margin: 0; min-height: 3000px }
#under, #over { position: absolute; left: 10px; top: 10px; width: 90px; height: 30px }
#through { position: absolute; left: 120px; top: 10px; width: 90px; height: 30px; pointer-events: none }
#below { position: absolute; left: 10px; top: 2500px }
#out { position: absolute; left: -200px; top: 60px; width: 90px } #off { margin-top: 70px }
#clip { position: absolute; left: 10px; top: 100px; width: 90px; height: 30px; overflow: hidden }
#scrolls { position: absolute; left: 120px; top: 100px; width: 90px; height: 30px; overflow: auto }
#host { position: absolute; left: 10px; top: 150px } #hides { clip-path: inset(50%); position: absolute; width: 1px }
#form { position: absolute; left: 10px; top: 190px; width: 300px } #frame { position: absolute; left: 10px; top: 500px }
#drop { height: 40px; background: silver } #line { width: 60px } svg { position: absolute; left: 280px; top: 10px }
#point { position: absolute; left: 150px; top: 160px; width: 0; height: 0 } #point b { position: absolute; left: 30px }
#fold { position: absolute; left: 10px; top: 420px }
</style>
<button id="under">under</button><button id="over">over</button><button id="through">through</button>
<button id="below">below</button><button id="out">out</button><button id="off" disabled>off</button>
<div id="clip"><div style="height:60px"></div><button id="clipped">clipped</button></div>
<div id="scrolls"><div style="height:60px"></div><button id="scrolled">scrolled</button></div>
<div id="host"></div>
<div id="form"><label><input type="radio" id="hides">by its label</label>
<p id="line"><a id="broken" href="#a">two words that break into lines</a></p>
<input id="text" value="before"><input id="range" type="range" min="0" max="24" step="0.25" value="12">
<select id="list"><option>a<option disabled>b<option>c</select><input id="files" type="file" multiple>
<div id="drop">drop</div></div>
<svg width="100" height="100"><path id="corner" d="M0 0H100V100H60V40H0Z"/></svg>
<a id="point" href="#a"><b>point</b></a><details id="fold"><summary>outer</summary>
<details><summary>inner</summary><button id="folded">folded</button></details></details>
<iframe id="frame" style="border: 7px solid; padding: 11px" srcdoc="<button id='in'>in</button>"></iframe>
<script>
window.pressed = [];
const hear = (at) => at.addEventListener("click", ({isTrusted, pointerType, target}) =>
  pressed.push([target.id || target.parentNode.id, pointerType, isTrusted]));
hear(document);
document.getElementById("host").attachShadow({mode: "open"}).innerHTML = "<button id='inner'><b>inner</b></button>";
host.shadowRoot.addEventListener("click", ({target}) => pressed.push(["inner", target.localName]));
document.getElementById("frame").addEventListener("load", ({target}) => hear(target.contentDocument));
for (const name of ["dragover", "drop"]) document.getElementById("drop").addEventListener(name, (event) => {
  event.preventDefault();
  window.dropped = [...event.dataTransfer.files].map((each) => each.name).join();
});
for (const name of ["input", "change"]) addEventListener(name, ({target, isTrusted}) =>
  (window.changed ??= []).push([name, target.id, isTrusted]));
for (const name of ["pointerdown", "pointermove", "pointercancel"]) addEventListener(name, ({type, pointerType}) =>
  (window.moved ??= []).push(`${pointerType} ${type}`));
</script>"""


def of(name: str) -> str:
    return f"document.getElementById('{name}')"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(PAGE, "utf-8")
    return path.as_uri()


def shown(browser: Browser, address: str, width: int = 1280) -> str:
    session = opened(browser, address, width)
    loaded(browser, session)
    return session


def pressed(browser: Browser, session: str) -> list[list[object]]:
    return list(until(browser, session, "pressed.length && pressed"))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("under", 'is covered by <button id="over"'), ("through", "is covered by <body"), ("off", "is disabled"),
        ("out", "outside of the window"), ("clipped", "is covered by"), ("nothing", "is not there"),
    ],
)  # fmt: skip
def test_what_visitors_cannot_press_is_not_pressed(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    monkeypatch.setattr(real_input, "LIMIT_S", 0.5)
    session = shown(browser, address)
    for act in (click, tap, enter):
        with pytest.raises(AssertionError, match=re.escape(wrong)):
            act(browser, session, of(name))
    assert asked(browser, session, "[pressed.length, scrollX]") == [0, 0]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["over", "below", "scrolled", "broken", "corner", "point"])
@pytest.mark.parametrize(("width", "pointer"), [(1280, "mouse"), (390, "touch")])
def test_what_is_seen_or_scrolled_to_is_pressed(
    browser: Browser, address: str, name: str, width: int, pointer: str
) -> None:
    session = shown(browser, address, width)
    press(browser, session, of(name))
    assert pressed(browser, session) == [[name, pointer, True]]


@pytest.mark.browser
def test_shadow_roots_frames_and_labels_are_pressed_where_they_lie(browser: Browser, address: str) -> None:
    session = shown(browser, address)
    click(browser, session, f"{of('host')}.shadowRoot.getElementById('inner')")
    assert pressed(browser, session)[0] == ["inner", "b"], "what was hit is inside of the button"
    click(browser, session, f"{of('frame')}.contentDocument.getElementById('in')")
    assert pressed(browser, session)[-1] == ["in", "mouse", True]
    click(browser, session, of("hides"))
    assert asked(browser, session, f"{of('hides')}.checked")


@pytest.mark.browser
def test_folds_are_opened_one_after_the_other(browser: Browser, address: str) -> None:
    session = shown(browser, address)
    unfold(browser, session, of("folded"))
    click(browser, session, of("folded"))
    assert pressed(browser, session)[-1] == ["folded", "mouse", True]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_fields_are_filled_as_by_hand(browser: Browser, address: str, width: int, tmp_path: Path) -> None:
    session = shown(browser, address, width)
    write(browser, session, of("text"), "après")
    slide(browser, session, of("range"), 6.25)
    choose(browser, session, of("list"), "c")
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for each in files:
        each.write_text(each.name, "utf-8")
    choose_files(browser, session, of("files"), *files)
    drop(browser, session, of("drop"), *files)
    values = "['text', 'range', 'list'].map((each) => document.getElementById(each).value)"
    assert asked(browser, session, values) == ["après", "6.25", "c"]
    assert asked(browser, session, f"{of('files')}.files.length") == 2
    assert until(browser, session, "window.dropped") == "a.txt,b.txt"
    changed = {tuple(each) for each in asked(browser, session, "changed")}
    assert {("change", each, True) for each in ("range", "list", "files")} | {("input", "text", True)} <= changed
    with pytest.raises(AssertionError, match="has no b"):
        choose(browser, session, of("list"), "b")


@pytest.mark.browser
def test_keys_wheels_and_fingers_move_the_page(browser: Browser, address: str) -> None:
    session = shown(browser, address, 390)
    key(browser, session, "Tab")
    key(browser, session, "Enter")
    assert pressed(browser, session) == [["under", "", True]]
    wheel(browser, session, (200, 400), 100)
    until(browser, session, "scrollY > 50")
    swipe(browser, session, (200, 700), (200, 300))
    until(browser, session, "scrollY > 300")
    assert asked(browser, session, "moved.at(-1)") == "touch pointercancel"
