"""The emblems: one for each kind of place and mode of travel, drawn by the same rules."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from carreau.catalogue.route import MODES
from carreau.catalogue.site import KINDS
from carreau.site.pages.rendering import FOLDER, draw_emblem, emblem, emblem_names, skyline

FILES = sorted(FOLDER.glob("*.svg"))
SHAPES = {"path", "circle"}


def shapes(drawing: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(drawing))  # noqa: S314 - drawings of this package


@pytest.mark.parametrize("code", [*KINDS, *MODES])
def test_each_kind_and_mode_has_its_own(code: str) -> None:
    assert code.replace("/", "-") in emblem_names()


def test_no_two_are_the_same() -> None:
    assert len({emblem(name) for name in emblem_names()}) == len(emblem_names())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_they_have_the_colour_of_the_text_and_are_not_read_out(path: Path) -> None:
    root = ElementTree.parse(path).getroot()  # noqa: S314
    assert root.get("aria-hidden") == "true"
    colours = {each.get(which) for each in root.iter() for which in ("fill", "stroke")}
    assert colours <= {None, "none", "currentColor"}
    assert {each.tag.rpartition("}")[2] for each in root} <= SHAPES


@pytest.mark.parametrize("name", sorted(emblem_names()))
def test_they_are_of_one_hand(name: str) -> None:
    head = emblem(name).partition(">")[0]
    assert 'viewBox="0 0 64 64"' in head
    assert re.search(r'stroke-width="2\.75" stroke-linecap="round" stroke-linejoin="round"', head)
    for shape in shapes(emblem(name)):
        assert shape.get("stroke-width") is None
        if shape.tag == "circle":
            x, y, radius = (float(shape.get(of, "")) for of in ("cx", "cy", "r"))
            assert radius <= min(x, y, 64 - x, 64 - y)


@pytest.mark.parametrize("code", ["", "new", "../pages", "skyline", "a/b"])
def test_a_code_without_a_drawing_has_that_of_mining_heritage(code: str) -> None:
    assert emblem(code) == emblem("other")


def test_a_demonstration_has_its_own() -> None:
    assert draw_emblem("fosse", is_demonstration=False) == emblem("fosse")
    assert draw_emblem("fosse", is_demonstration=True) == emblem("demonstration")


def test_they_are_put_into_a_page_as_they_are() -> None:
    assert isinstance(emblem("cite"), Markup)
    assert skyline().startswith('<svg class="skyline"')
    assert "\n" not in emblem("cite")
