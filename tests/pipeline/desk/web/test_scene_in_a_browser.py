"""Annotations, tours and parts on the model of the demonstration place: by mouse and by keyboard, undone and saved."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, asked, until, violations
from tests.conftest import PROJECT
from tests.pipeline.desk.web.scene_pages import (
    FREE,
    HIT,
    MODEL,
    choose,
    demonstration,
    desk_of,
    drag,
    focus,
    fresh,
    pick,
    pin,
    place_of,
    rest,
    scene,
    site_of,
    turn,
    typed,
)
from tests.real_input import choose_files, click_at, key, unfold

pytestmark = pytest.mark.browser


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


def lay_over(browser: Browser, session: str) -> None:
    """Lay one state on the other, move it by a metre, and set north and the first view of the one below."""
    pick(browser, session, "other", "1930")
    over = "document.querySelector('.over model-viewer')"
    apart = f"{over}.getCameraTarget().x - {MODEL}.getCameraTarget().x"
    until(browser, session, f"{over}?.loaded && Math.abs({apart} - 4.679) < 0.001")
    focus(browser, session, "fit east")
    key(browser, session, "ArrowRight")
    until(browser, session, f"Math.abs({apart} - 3.679) < 0.001")
    assert asked(browser, session, "document.activeElement.dataset.do") == "fit east"
    turn(browser, session, "30deg 75deg 70m")
    choose(browser, session, "look-north")
    choose(browser, session, "state.0.first_view take_view")


def test_a_place_is_shown_on_its_model(browser: Browser, axe: str, address: str, root: Path) -> None:
    session = scene(browser, address)
    status = "document.querySelector('[role=status]').textContent"
    lay_over(browser, session)
    pick(browser, session, "state", "1930")
    until(browser, session, "document.querySelector('.stage').dataset.shown == '1930'")
    assert asked(browser, session, "document.querySelector('.over')") is None
    until(browser, session, f"{HIT}([0.5, 0.5])")

    # By mouse: what is clicked on is where the annotation is; then it is dragged.
    choose(browser, session, "place-click")
    rest(browser, session)
    x, y, *seen = asked(browser, session, FREE)
    click_at(browser, session, (x, y))
    assert math.dist(place_of(browser, session, 0), seen) < 0.001
    typed(browser, session, "annotation.n0.title", "Le cœur du carreau")
    assert asked(browser, session, f"{pin(0)}.getAttribute('aria-label')") == "3. Le cœur du carreau"
    until(browser, session, f"{pin(0)}.dataset.visible != null")
    drag(browser, session, 0)
    dragged = place_of(browser, session, 0)
    assert math.dist(dragged, seen) > 0.1

    # By keyboard: a point of the view, and the arrow keys; undo and redo.
    pick(browser, session, "aim", "below")
    choose(browser, session, "place-aim")
    before, words = place_of(browser, session, 1), asked(browser, session, f"{pin(1)}.dataset.position")
    typed(browser, session, "annotation.n1.title", "À côté")
    until(browser, session, f"({pin(1)}.focus(), document.activeElement == {pin(1)})")
    key(browser, session, "ArrowRight", "Shift")
    until(browser, session, f"{pin(1)}.dataset.position != {words!r}")
    moved = place_of(browser, session, 1)
    assert 0.001 < math.dist(before, moved) < 20
    key(browser, session, "z", "Control")
    until(browser, session, f"{status} == 'The edit is undone.'")
    assert math.dist(place_of(browser, session, 1), before) < 0.001
    key(browser, session, "y", "Control")
    until(browser, session, f"{status} == 'The edit is back.'")
    assert math.dist(place_of(browser, session, 1), moved) < 0.001

    # A tour of two steps, the first of them the view in which it was begun; recorded and played.
    choose(browser, session, "new-tour")
    typed(browser, session, "tour.n0.title", "Deux vues")
    turn(browser, session, "40deg 70deg 60m")
    choose(browser, session, "tour.n0 add_step")
    typed(browser, session, "tour.n0.step.n1.text", "Vue de côté.")
    for row in ("n0", "n1"):
        typed(browser, session, f"tour.n0.step.{row}.duration_s", "0,5")
    choose(browser, session, "tour.n0 play")
    until(browser, session, "document.querySelector('.caption').textContent == 'Vue de côté.'")
    until(browser, session, "document.querySelector('.caption').hidden")
    assert abs(asked(browser, session, f"{MODEL}.getCameraOrbit().radius") - 60) < 0.01

    # Parts: by a click, and from the list of those that are not marked yet.
    parts = "document.activeElement?.dataset.do?.startsWith('state.1.part.') && document.activeElement"
    choose(browser, session, "part-click")
    x, y, *_ = asked(browser, session, FREE)
    click_at(browser, session, (x, y))
    node = f"{MODEL}.originalGltfJson.nodes[{MODEL}.surfaceFromPoint({x}, {y}).split(' ')[0]].name"
    until(browser, session, f"({parts})?.closest('details').querySelector('code').textContent == {node}")
    name = asked(browser, session, "document.getElementById('part-name').value")
    choose(browser, session, "part-mark")
    until(browser, session, f"({parts})?.closest('details').querySelector('code').textContent == {name!r}")
    typed(browser, session, asked(browser, session, "document.activeElement.dataset.do"), "Une partie")

    asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    screen = {"height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.call("Emulation.setDeviceMetricsOverride", session, width=360, **screen)
    until(browser, session, "innerWidth == 360")
    assert asked(browser, session, "document.documentElement.scrollWidth") <= 360
    assert violations(browser, session, axe) == []
    choose(browser, session, "save")
    until(browser, session, f"{status}.startsWith('saved')")
    site = site_of(root)
    first, second = site["annotation"][-2:]
    assert (first["id"], first["state"], second["title"]) == ("le-coeur-du-carreau", "1930", "À côté")
    assert math.dist(first["point"], dragged) < 0.0002
    assert math.dist(second["point"], moved) < 0.0002
    assert abs(math.hypot(*first["normal"]) - 1) < 0.001
    tour = site["tour"][-1]
    assert (tour["id"], tour["title"], tour["state"]) == ("deux-vues", "Deux vues", "1930")
    step = tour["step"][1]
    assert (step["text"], step["duration_s"]) == ("Vue de côté.", 0.5)
    assert math.isclose(math.dist(step["camera"]["position"], step["camera"]["target"]), 60, abs_tol=0.001)
    assert site["state"][1]["part"][-1] == {"name": name, "title": "Une partie", "evidence": ""}

    today, then = site["state"]
    assert today["geopose"]["yaw_deg"] == -30
    assert math.isclose(then["geopose"]["lon"] * 111_319.491, 1, abs_tol=0.001)
    assert math.isclose(math.dist(today["first_view"]["position"], today["first_view"]["target"]), 70, abs_tol=0.001)

    # Undo leads back over the save.
    while asked(browser, session, "document.querySelector('[data-do=undo]').ariaDisabled") == "false":
        choose(browser, session, "undo")
    choose(browser, session, "save")
    until(browser, session, f"{status}.startsWith('saved')")
    original = tomllib.loads((PROJECT / "assets" / "sites" / "demonstration" / "site.toml").read_text("utf-8"))
    assert site_of(root) == original

    # Captions of a sound are sent where the tour is edited, and saved with it at once.
    pick(browser, session, "state", "today")
    until(browser, session, "document.querySelector('.stage').dataset.shown == 'today'")
    chosen = "document.querySelector('select[data-do$=\".captions\"]').value"
    captions = root / "a.vtt"
    captions.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n", "utf-8")
    field = "document.querySelector('[data-do$=\".send\"]')"
    unfold(browser, session, field)
    choose_files(browser, session, field, captions)
    until(browser, session, f"{status}.includes('has new captions')")
    named = [each.get("captions") for each in site_of(root)["media"]]
    assert asked(browser, session, chosen) in set(named) - {each.get("captions") for each in original["media"]}
    assert set(asked(browser, session, "window.violated") or []) <= {"style-src-elem"}
    assert asked(browser, session, "window.wrong") is None
    asked_for = {url for url in browser.asked if url.startswith("http")}
    assert {url for url in asked_for if not url.startswith(address.partition("enter")[0])} == set()
