"""A tour with a sound, its captions and another order of steps; the height of the ground, by a click on the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, asked, until
from tests.pipeline.desk.web.scene_pages import (
    FREE,
    choose,
    demonstration,
    desk_of,
    fresh,
    pick,
    rest,
    scene,
    site_of,
    turn,
    typed,
)
from tests.real_input import click_at

pytestmark = pytest.mark.browser

STATUS = "document.querySelector('[role=status]').textContent"
CAPTION = "document.querySelector('.caption')"
WATCH_CAPTIONS = f"""new MutationObserver(() => (window.said ??= []).push({CAPTION}.textContent))
  .observe({CAPTION}, {{ childList: true, characterData: true, subtree: true }})"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demonstration(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with fresh(chromium, tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    with desk_of(root) as address:
        yield address


def test_a_tour_is_heard_read_and_put_in_another_order(browser: Browser, address: str, root: Path) -> None:
    session = scene(browser, address)
    choose(browser, session, "new-tour")
    typed(browser, session, "tour.n0.title", "Trois vues")
    for _ in range(2):
        choose(browser, session, "tour.n0 add_step")
    for row, text in (("n0", "Un."), ("n1", "Deux."), ("n2", "Trois.")):
        typed(browser, session, f"tour.n0.step.{row}.text", text)
        typed(browser, session, f"tour.n0.step.{row}.duration_s", "0,5")
    pick(browser, session, "f-tour.n0.step.n0.sound", "accueil")
    captions = "document.getElementById('f-tour.n0.step.n0.captions')"
    assert until(browser, session, f"{captions}?.value") == "accueil.vtt"
    choose(browser, session, "tour.n0.step.n2 up")
    order = "[...document.querySelectorAll('#row-tour\\\\.n0 li summary')].map((each) => each.textContent)"
    assert asked(browser, session, order) == ["Step 1 – Un.", "Step 2 – Trois.", "Step 3 – Deux."]
    last = """document.querySelector('[data-do="tour.n0.step.n1 down"]')"""
    assert asked(browser, session, f"{last}.ariaDisabled") == "true"

    asked(browser, session, WATCH_CAPTIONS)
    choose(browser, session, "tour.n0 play")
    until(browser, session, f"{CAPTION}.textContent.startsWith('Ce lieu n’existe pas')")
    until(browser, session, f"{CAPTION}.textContent == 'Deux.'")
    until(browser, session, f"{CAPTION}.hidden")
    said = [each for each in asked(browser, session, "window.said") if each]
    assert (said[0], said[-2:]) == ("Un.", ["Trois.", "Deux."])
    assert any(each.startswith("Ce lieu n’existe pas") for each in said[1:-2])

    choose(browser, session, "save")
    until(browser, session, f"{STATUS}.startsWith('saved')")
    steps = site_of(root)["tour"][-1]["step"]
    told = [(each["text"], each.get("sound", "")) for each in steps]
    assert told == [("Un.", "accueil"), ("Trois.", ""), ("Deux.", "")]


def test_the_ground_is_where_one_clicks(browser: Browser, address: str, root: Path) -> None:
    session = scene(browser, address)
    turn(browser, session, "30deg 75deg 70m")
    choose(browser, session, "mode-ground")
    rest(browser, session)
    x, y, *_ = until(browser, session, FREE)
    click_at(browser, session, (x, y))
    until(browser, session, f"{STATUS} == 'Write the height of the ground first.'")
    typed(browser, session, "ground-height", "32,5")
    choose(browser, session, "mode-ground")
    rest(browser, session)
    x, y, _, height, _ = until(browser, session, FREE)
    click_at(browser, session, (x, y))
    until(browser, session, f"{STATUS}.startsWith('The origin of the model is at')")
    choose(browser, session, "save")
    until(browser, session, f"{STATUS}.startsWith('saved')")
    assert abs(site_of(root)["state"][0]["geopose"]["height_m"] - (32.5 - height)) < 0.001
