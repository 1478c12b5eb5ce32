"""The camera stays above the ground, whoever moves it, and the zoom ends where the texture has no more to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from carreau.base.schema.site import Site
from tests.browser import Browser, asked, until
from tests.pipeline.site.pages.made import RICH, term
from tests.pipeline.site.pages.made import level as made_level
from tests.pipeline.site.pages.serving import served
from tests.real_input import click, drag, key, middle, swipe, wheel
from tests.server.viewer.conftest import Answers, told
from tests.server.viewer.solid import house
from tests.server.viewer.test_in_a_browser import ROOT, VIEWER, shown

pytestmark = pytest.mark.browser

PARTS = {"ground": ((-40, -1, -40), (40, 0, 40)), "roofs": ((-4, 0, -4), (4, 8, 4))}
"""A plain with a house, in metres."""
BOUNDS = [[-40, -1, -40], [40, 8, 40]]
TEXEL_M = 0.1
MODEL = f"{ROOT}.querySelector('model-viewer')"
SURVEY = {"points_per_m2": 20.0, "has_photograph": True}
WATCH = f"""(viewer => {{
  window.lowest = Infinity;
  viewer.addEventListener("camera-change", () => {{
    const {{ phi, radius }} = viewer.getCameraOrbit();
    window.lowest = Math.min(window.lowest, viewer.getCameraTarget().y + radius * Math.cos(phi));
  }});
}})({MODEL})"""
"""Notes how low the camera ever is, in metres: it is told of each motion before it is drawn."""
TEXEL_PX = f"""(viewer => {{
  const box = viewer.getBoundingClientRect();
  const {{ position }} = viewer.positionAndNormalFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const {{ theta, phi, radius }} = viewer.getCameraOrbit(), target = viewer.getCameraTarget();
  const camera = [target.x + radius * Math.sin(phi) * Math.sin(theta), target.y + radius * Math.cos(phi),
    target.z + radius * Math.sin(phi) * Math.cos(theta)];
  const distance = Math.hypot(position.x - camera[0], position.y - camera[1], position.z - camera[2]);
  return {TEXEL_M} * box.height / (2 * distance * Math.tan(viewer.getFieldOfView() * Math.PI / 360));
}})({MODEL})"""
"""Width of a texel in the middle of the stage, in pixels."""

Serve = Callable[[str], AbstractContextManager[str]]


@pytest.fixture
def serve(site_answers: Answers, viewer_modules: Path) -> Serve:
    """From a kind of state to where a place of this kind is served, a model of which lies on the ground."""

    def place(kind: str) -> AbstractContextManager[str]:
        site = told("fr")
        site["states"] = site["states"][:1]
        [state] = site["states"]
        levels = [made_level(name) | {"bytes": len(house(name, PARTS))} for name in ("preview", "phone", "desktop")]
        state |= {"kind": term(kind), "bounds_m": BOUNDS, "levels": [each | {"texel_m": TEXEL_M} for each in levels]}
        state |= {"survey": SURVEY} if kind == "survey" else {}
        low = {"position": [0, -9, 30], "target": [0, 4, 0]}
        site["tours"][0]["steps"][0] |= {"camera": low}
        document = Site.model_validate(site).model_dump_json(exclude_none=True).encode()
        own: Answers = {f"/v1/sites/{RICH}": (document, "json")}
        own |= {f"/a/{name}.glb": (house(name, PARTS), "glb") for name in ("preview", "phone", "desktop")}
        return served(site_answers | own, viewer_modules)

    return place


@pytest.fixture
def on_ground(browser: Browser, serve: Serve, kind: str) -> Iterator[str]:
    """A page with the model, watched."""
    with serve(kind) as at:
        session = shown(browser, f"{at}/fr/sites/{RICH}")
        until(browser, session, f"{VIEWER}.level && {MODEL}.loaded")
        asked(browser, session, WATCH)
        yield session


def view(browser: Browser, session: str) -> list[float]:
    """Return the view once the camera rests: azimuth and polar angle, radius, target, field of view."""
    last = ""
    while last != (last := asked(browser, session, f"{VIEWER}.view")):
        asked(browser, session, "0")
        until(browser, session, "(window.frames_ = (window.frames_ ?? 0) + 1) % 25 == 0")
    return [float(value) for value in last.split(",")]


def look(browser: Browser, session: str, text: str) -> None:
    """Set the view, which the camera may not have."""
    asked(browser, session, f"{VIEWER}.view = '{text}'")
    view(browser, session)


@pytest.mark.parametrize("kind", ["survey", "massing"])
def test_no_drag_and_no_key_leads_below_the_ground(browser: Browser, on_ground: str) -> None:
    x, y = middle(browser, on_ground, MODEL)
    for _ in range(4):
        drag(browser, on_ground, (x, y), (x + 30, y - 160))
    assert 80 < view(browser, on_ground)[1] <= 88.5
    asked(browser, on_ground, f"{MODEL}.focus()")
    for _ in range(20):
        key(browser, on_ground, "ArrowUp")
    assert 80 < view(browser, on_ground)[1] <= 88.5
    # Nor do two hands, that draw the target down.
    for _ in range(20):
        key(browser, on_ground, "ArrowUp", "Shift")
        key(browser, on_ground, "ArrowDown", "Shift")
        key(browser, on_ground, "ArrowDown", "Shift")
    view(browser, on_ground)
    assert asked(browser, on_ground, "window.lowest") > 0


@pytest.mark.parametrize("kind", ["survey"])
def test_no_finger_leads_below_the_ground(browser: Browser, on_ground: str) -> None:
    x, y = middle(browser, on_ground, MODEL)
    for _ in range(3):
        # A finger that goes up scrolls the page; one that goes aside first turns the model.
        with_turn = ((x - 60, y + 60), (x + 20, y + 58))
        swipe(browser, on_ground, *with_turn)
        swipe(browser, on_ground, (x - 60, y), (x + 60, y - 100))
    view(browser, on_ground)
    assert asked(browser, on_ground, "window.lowest") > 0


@pytest.mark.parametrize("kind", ["survey", "massing"])
def test_links_tours_and_buttons_stay_above_the_ground(browser: Browser, on_ground: str) -> None:
    look(browser, on_ground, "20,150,90,0,4,0,30")
    azimuth, *_ = view(browser, on_ground)
    assert azimuth == 20
    assert asked(browser, on_ground, f"{VIEWER}.goToStep('visite', 1)") is not None
    until(browser, on_ground, f"{VIEWER}.link().includes('step=')")
    assert 90 < view(browser, on_ground)[1] < 100, "one looks up, from the ground"
    assert asked(browser, on_ground, "window.lowest") > 0
    look(browser, on_ground, "20,60,90,0,4,0,30")
    click(browser, on_ground, f"{ROOT}.querySelector('[data-tool=view]')")
    for _ in range(8):
        click(browser, on_ground, f"{ROOT}.querySelector('[data-do=lower]')")
    assert 80 < view(browser, on_ground)[1] <= 88.5
    assert asked(browser, on_ground, "window.lowest") > 0


@pytest.mark.parametrize("kind", ["scan"])
def test_what_stands_on_no_ground_is_seen_from_below(browser: Browser, on_ground: str) -> None:
    x, y = middle(browser, on_ground, MODEL)
    for _ in range(4):
        drag(browser, on_ground, (x, y), (x, y - 160))
    assert view(browser, on_ground)[1] > 150


@pytest.mark.parametrize("kind", ["survey", "scan"])
def test_the_zoom_ends_where_a_texel_is_three_pixels_wide(browser: Browser, on_ground: str) -> None:
    look(browser, on_ground, "10,60,90,0,4,0,30")
    x, y = middle(browser, on_ground, MODEL)
    assert asked(browser, on_ground, TEXEL_PX) < 2.5
    for _ in range(30):
        wheel(browser, on_ground, (x, y), -300)
    view(browser, on_ground)
    assert 2.8 < asked(browser, on_ground, TEXEL_PX) < 3.05
    asked(browser, on_ground, f"{MODEL}.focus()")
    for _ in range(10):
        key(browser, on_ground, "PageDown")
    view(browser, on_ground)
    assert 2.8 < asked(browser, on_ground, TEXEL_PX) < 3.05
    click(browser, on_ground, f"{ROOT}.querySelector('[data-tool=view]')")
    for _ in range(4):
        click(browser, on_ground, f"{ROOT}.querySelector('[data-do=nearer]')")
    view(browser, on_ground)
    assert asked(browser, on_ground, TEXEL_PX) < 3.05
    # A link from a finer stage leads no nearer, and one comes away again.
    look(browser, on_ground, "10,60,2,0,4,0,30")
    assert asked(browser, on_ground, TEXEL_PX) < 3.6
    far = view(browser, on_ground)[2]
    for _ in range(10):
        wheel(browser, on_ground, (x, y), 300)
    assert view(browser, on_ground)[2] > far
