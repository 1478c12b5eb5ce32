"""Each component of the pages has a style sheet of its own, and no class of one reaches into another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from carreau.site.pages import addresses

PAGES = Path(addresses.__file__).parent
PROJECT = Path(__file__).parents[4]
COMMON = ("base", "common", "shell")
"""Sheets of elements and of classes that all pages share: a component may give these another look inside itself."""
SHEETS = {path.stem: path.read_text("utf-8") for path in (*addresses.STYLES.glob("*.css"), *PAGES.glob("assets/*.css"))}
NAMES = {"plates": "plate"}
"""Sheets whose classes begin otherwise than their file."""
COMPONENTS = sorted(SHEETS.keys() - {*COMMON, "fonts"})
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
GROUPS = ("@media", "@supports")
"""At-rules that hold rules."""


def selectors(sheet: str) -> Iterator[str]:
    """Yield each selector of a style sheet: those of a list one by one, and those within groups."""
    rest = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    while head := re.match(r"\s*([^{};]*)([{;])", rest):
        rest = rest[head.end() :]
        if head[2] == ";":
            continue
        end, depth = 0, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            end += 1
        body, rest = rest[: end - 1], rest[end:]
        if head[1].startswith(GROUPS):
            yield from selectors(body)
        elif not head[1].startswith("@"):
            yield from (each.strip() for each in listed(head[1]))
    assert not rest.strip(), rest[:80]


def listed(selector_list: str) -> Iterator[str]:
    """Yield the selectors of a list; commas in brackets are of one selector."""
    start = depth = 0
    for at, sign in enumerate(selector_list):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "," and not depth:
            yield selector_list[start:at]
            start = at + 1
    yield selector_list[start:]


def classes(selector: str) -> list[str]:
    return CLASS.findall(re.sub(r"\"[^\"]*\"", "", selector))


def begins_well(selector: str, component: str) -> bool:
    """Say whether a selector begins with a class of its component, or with its own element."""
    if component == "viewer":
        return re.match(r"carreau-viewer(?![\w-])", selector) is not None
    return re.match(rf"\.{NAMES.get(component, component)}(?:-[\w-]+)?(?![\w-])", selector) is not None


def test_selectors_are_read() -> None:
    sheet = """/* .a {} */ @import "x.css"; .b, .c:is(.d, .e) > [f=",.g"] { top: 0 }
    @media (min-width: 1.5rem) { @supports (top: 0) { .h { top: 0; } } } @font-face { src: url(i.woff) } .j{}"""
    assert list(selectors(sheet)) == [".b", '.c:is(.d, .e) > [f=",.g"]', ".h", ".j"]
    assert [classes(each) for each in selectors(sheet)] == [["b"], ["c", "d", "e"], ["h"], ["j"]]
    assert begins_well(".map-lines path", "map")
    assert begins_well(".map:hover", "map")
    assert not begins_well(".maps", "map")
    assert not begins_well("a.map", "map")


def test_all_sheets_are_joined() -> None:
    joined = addresses.style_sheet({"": ""}).decode()
    without_comments = {name: re.sub(r"/\*.*?\*/\s*", "", sheet, flags=re.DOTALL) for name, sheet in SHEETS.items()}
    assert [name for name, sheet in without_comments.items() if sheet not in joined] == ["plates"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_sheet_reaches_its_component_alone(component: str) -> None:
    assert [each for each in selectors(SHEETS[component]) if not begins_well(each, component)] == []


def test_no_class_is_of_two_sheets() -> None:
    common = {name for sheet in COMMON for each in selectors(SHEETS[sheet]) for name in classes(each)}
    of: dict[str, set[str]] = {}
    for component in COMPONENTS:
        for selector in selectors(SHEETS[component]):
            for name in set(classes(selector)) - common:
                of.setdefault(name, set()).add(component)
    assert {name: sheets for name, sheets in of.items() if len(sheets) > 1} == {}
    prefixes = tuple(f"{NAMES.get(each, each)}-" for each in COMPONENTS)
    assert [name for name in common if name.startswith(prefixes) or name in COMPONENTS] == []


def used() -> set[str]:
    """Return all words of class attributes of the pages, and of strings in what writes pages and changes them."""
    found = set[str]()
    for path in (PAGES / "templates").glob("*.html"):
        for value in re.findall(r'(?<![\w-])class="((?:\{[{%].*?[%}]\}|[^"{])*)"', path.read_text("utf-8")):
            found.update(re.findall(r"[\w-]+", value))
    sources = [*PAGES.rglob("*.py"), *PAGES.glob("assets/*.js"), *(PROJECT / "server/viewer/src").rglob("*.ts")]
    sources += [
        PROJECT / "server/carreau_server/search.py",
        *(PROJECT / "pipeline/carreau/base/schema").glob("*.py"),
    ]
    for path in sources:
        for quoted in re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", path.read_text("utf-8")):
            found.update(re.findall(r"[\w-]+", "".join(quoted)))
    return found


def test_every_class_is_of_something() -> None:
    words = used()
    unused = {
        sheet: sorted({name for each in selectors(text) for name in classes(each)} - words)
        for sheet, text in SHEETS.items()
    }
    assert {sheet: names for sheet, names in unused.items() if names} == {}
