"""Somebody who has never seen the desk makes a place with all that belongs to it, and publishes it, in few actions.

A photograph, a small scan with three annotations and a tour of two steps, and the English texts: with a mouse, then,
for another place, with the keyboard alone.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from carreau.site.releases import ReleaseAnswers, read_current
from tests.browser import Browser, asked, opened, violations
from tests.pipeline.desk.web.desks import running_desk
from tests.pipeline.desk.web.editions import published
from tests.pipeline.desk.web.newcomers import AtTheKeyboard, AtTheMouse, Newcomer

pytestmark = pytest.mark.browser
MOST_ACTIONS = 40
LONGEST_S = 600
HOUSE = """v 0 0 0\nv 12 0 0\nv 12 0 -8\nv 0 0 -8\nv 0 6 0\nv 12 6 0\nv 12 6 -8\nv 0 6 -8
f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"""
"""A block of 12 m by 8 m, 6 m high: it is built in seconds."""

STATE = f"scan-{time.localtime().tm_year}"
ENGLISH = {
    "Cité de l’Essai": "Trial Estate",
    "Coron de l’Essai": "Trial Row",
    "Une cité imaginée pour l’essai.": "An estate imagined for the trial.",
    "Une façade de brique.": "A brick façade.",
    "Le pignon": "The gable",
    "La porte": "The door",
    "Le faîte": "The ridge",
    "Deux vues": "Two views",
}
EMPTY = """[...document.querySelectorAll(".text")]
  .map((each) => [each.querySelector("textarea"), each.querySelector(".source").textContent])
  .filter(([field]) => !field.value).map(([field, french]) => [field.id, french])"""
"""Texts that nobody has translated; those that others have translated for another place are filled in."""

READY = f"document.querySelector('.stage')?.dataset.shown == '{STATE}' && !document.querySelector('.stage').inert"
SAVED = "document.querySelector('[role=status]')?.textContent.startsWith('saved')"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue that is published, with two real places; a photograph and a scan lie beside it."""
    folder = tmp_path_factory.mktemp("newcomer")
    Image.new("RGB", (640, 480), "#885533").save(folder / "facade.jpg")
    (folder / "house.obj").write_text(HOUSE, "utf-8")
    return published(folder).assets


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    """The address that the command prints; the desk ends with the test."""
    folder = root.parent
    places = ["--assets", str(root), "--bundle", str(folder / "bundle"), "--models", str(folder / "build" / "models")]
    with running_desk(*places, "--base-url", "https://mine.example", "--cache", str(folder / "cache")) as address:
        yield address


def waits_for(person: Newcomer, expression: str, seconds: float = 300) -> None:
    """Wait for something that is built meanwhile."""
    ended = time.monotonic() + seconds
    while not asked(person.browser, person.session, f"document.readyState == 'complete' && !!({expression})"):
        assert time.monotonic() < ended, asked(person.browser, person.session, "document.body.innerText")
        time.sleep(0.2)


def begins(person: AtTheMouse) -> None:
    person.writes("#name", "Cité de l’Essai")
    person.clicks("form[action='/places'] button")
    person.chooses("[name='v.kind']", "cite")
    person.chooses("[name='v.theme']", "habitat")
    person.writes("[name='v.commune']", "Denain")
    person.writes("[name='v.summary']", "Une cité imaginée pour l’essai.")
    person.sees("document.querySelector(\"[name='v.insee']\").value == '59172'")
    preview = "document.querySelector('#preview iframe').contentDocument"
    person.sees(f"{preview}?.body?.textContent.includes('Une cité imaginée pour l’essai.')")


def photographs(person: AtTheMouse, root: Path) -> None:
    person.clicks("nav.place a[data-page='media']")
    person.drops("[data-drop]", root.parent / "facade.jpg")
    person.writes("[name='alt.0']", "Une façade de brique.")
    person.writes("[name='credit.0']", "Équipe d’essai")
    person.chooses("[name='licence.0']", "CC-BY-4.0")
    person.clicks("#media .lamp")
    person.sees("document.querySelector('.media h3')")


def scans(person: AtTheMouse, root: Path, axe: str) -> None:
    person.clicks("nav.place a[data-page='scene']")
    person.drops("#scan-drop", root.parent / "house.obj")
    waits_for(person, "document.querySelector('#rights')")
    assert violations(person.browser, person.session, axe) == []
    person.writes("[name='date']", "2026-05-14")
    person.chooses("[name='rights']", photograph_of(root, slug_of("Cité")))
    person.clicks("form[action$='/take'] button")


def annotates(person: AtTheMouse) -> None:
    person.sees(READY)
    for number, title in enumerate(("Le pignon", "La porte", "Le faîte")):
        person.double_clicks_on_the_model()
        person.sees(f"document.activeElement?.dataset.do == 'annotation.n{number}.title'")
        person.types(title)
    person.clicks("[data-do='new-tour']")
    person.sees("document.activeElement?.dataset.do == 'tour.n0.title'")  # else a space is for the button
    person.types("Deux vues")
    person.turns_the_model()
    person.clicks("[data-do='tour.n0 add_step']")
    person.clicks("nav.place a[data-page='translate']")


def translates(person: AtTheMouse, axe: str) -> None:
    person.sees("document.getElementById('texts')")
    for field, french in asked(person.browser, person.session, EMPTY):
        person.writes(f"#{field}", ENGLISH[french])
    person.clicks("#accept")
    person.sees("document.querySelector('.notice')?.textContent.endsWith('accepted')")
    assert violations(person.browser, person.session, axe) == []


def publishes(person: AtTheMouse) -> None:
    person.clicks("nav.parts a[href='/publish']")
    person.clicks("form[action='/publish/draft'] button.lamp")
    waits_for(person, "document.querySelector(\"form[action='/publish/now'] button\")")
    person.clicks("form[action='/publish/now'] button")
    person.sees("document.querySelector('[role=status]')?.textContent.startsWith('published: ')")


def goes_back(person: AtTheMouse, axe: str) -> None:
    """Use the other pages on a small screen, which must hold them."""
    screen = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    person.browser.call("Emulation.setDeviceMetricsOverride", person.session, **screen)
    for page in (f"places/{slug_of('Cité')}/translate", f"places/{slug_of('Cité')}/media", "publish", "scans"):
        person.browser.call("Page.navigate", person.session, url=f"{origin_of(person)}{page}")
        person.sees(f"location.pathname == '/{page}'")
        assert violations(person.browser, person.session, axe) == []
        assert asked(person.browser, person.session, "document.documentElement.scrollWidth") <= screen["width"]
    person.browser.call("Page.navigate", person.session, url=f"{origin_of(person)}publish")
    person.clicks("form[action='/publish/back'] button")
    person.sees("document.querySelector('[role=status]')?.textContent.endsWith(' is served again')")


def origin_of(person: Newcomer) -> str:
    return str(asked(person.browser, person.session, "`${location.origin}/`"))


def slug_of(kind: str) -> str:
    return {"Cité": "cite-de-l-essai", "Coron": "coron-de-l-essai"}[kind]


def page_of(root: Path, slug: str, language: str) -> str:
    manifest = read_current(root.parent / "bundle")
    assert manifest is not None
    return ReleaseAnswers(root.parent / "bundle", manifest).content(f"/{language}/sites/{slug}", language).decode()


def site_of(root: Path, slug: str) -> dict[str, Any]:
    return tomllib.loads((root / "sites" / slug / "site.toml").read_text("utf-8"))


def photograph_of(root: Path, slug: str) -> str:
    return str(site_of(root, slug)["media"][0]["id"])


def require_whole(site: dict[str, Any]) -> None:
    """Require that a place has its photograph, its scan, three annotations, and a tour of two different steps."""
    [medium], [state], [tour] = site["media"], site["state"], site["tour"]
    points = {tuple(each["point"]) for each in site["annotation"]}
    views = [tuple(each["camera"]["position"]) for each in tour["step"]]
    assert (medium["alt"], medium["licence"]) == ("Une façade de brique.", "CC-BY-4.0")
    assert (state["author"], state["licence"], state["date"]) == ("Équipe d’essai", "CC-BY-4.0", "2026-05-14")
    assert (len(points), len(views), len(set(views))) == (3, 2, 2)


def test_a_newcomer_publishes_a_whole_place(browser: Browser, axe: str, address: str, root: Path) -> None:
    began, [origin] = time.monotonic(), re.findall(r"http://127\.0\.0\.1:\d+/", address)
    person = AtTheMouse(browser, opened(browser, address, 1280))
    person.actions += 1  # opens the address
    person.sees("document.getElementById('name')")
    begins(person)
    photographs(person, root)
    scans(person, root, axe)
    annotates(person)
    translates(person, axe)
    publishes(person)
    assert person.actions <= MOST_ACTIONS
    assert time.monotonic() - began <= LONGEST_S

    require_whole(site_of(root, slug_of("Cité")))
    assert site_of(root, slug_of("Cité"))["insee"] == "59172"
    french, english = (page_of(root, slug_of("Cité"), language) for language in ("fr", "en"))
    for text, translation in ENGLISH.items():
        if text != "Coron de l’Essai":
            assert text.replace("’", "’") in french
            assert translation in english
    goes_back(person, axe)
    assert {url for url in browser.asked if not url.startswith((origin, "blob:", "data:"))} == set()


def test_the_same_by_keyboard_alone(browser: Browser, address: str, root: Path) -> None:
    slug = slug_of("Coron")
    # Narrower than the preview needs, which stays closed.
    person = AtTheKeyboard(browser, opened(browser, address, 1000))
    person.sees("document.getElementById('name')")
    person.writes("#name", "Coron de l’Essai")
    person.activates("form[action='/places'] button")
    person.chooses("[name='v.kind']", "cite")
    person.chooses("[name='v.theme']", "habitat")
    person.writes("[name='v.commune']", "Denain")
    person.writes("[name='v.summary']", "Une cité imaginée pour l’essai.")
    person.activates("nav.place a[data-page='media']", is_back=True)

    person.takes_file("[name='file.0']", root.parent / "facade.jpg")
    person.writes("[name='alt.0']", "Une façade de brique.")
    person.writes("[name='credit.0']", "Équipe d’essai")
    person.chooses("[name='licence.0']", "CC-BY-4.0")
    person.activates("#media .lamp")
    person.sees("document.querySelector('.media h3')")
    person.activates("nav.place a[data-page='scene']")

    person.takes_file("#files", root.parent / "house.obj")
    person.activates("#send-scan .lamp")
    waits_for(person, "document.querySelector('#rights')")
    person.writes("[name='date']", "2026-05-14")
    person.chooses("[name='rights']", photograph_of(root, slug))
    person.activates("form[action$='/take'] button")

    person.sees(READY)
    for number, title in enumerate(("Le pignon", "La porte", "Le faîte")):
        if number:  # between two annotations the model is turned
            person.turns_the_model()
        person.activates("[data-do='place-aim']")
        person.sees(f"document.activeElement?.dataset.do == 'annotation.n{number}.title'")
        person.types(title)
    person.activates("[data-do='new-tour']")
    person.sees("document.activeElement?.dataset.do == 'tour.n0.title'")
    person.types("Deux vues")
    person.turns_the_model()
    person.activates("[data-do='tour.n0 add_step']")
    person.activates("[data-do='save']", is_back=True)
    person.sees(SAVED)
    person.activates("nav.place a[data-page='translate']", is_back=True)

    person.sees("document.getElementById('texts')")
    for field, french in asked(browser, person.session, EMPTY):
        person.writes(f"#{field}", ENGLISH[french])
    person.activates("#accept")
    person.sees("document.querySelector('.notice')?.textContent.endsWith('accepted')")
    person.activates("nav.parts a[href='/publish']")
    person.activates("form[action='/publish/draft'] button.lamp")
    waits_for(person, "document.querySelector(\"form[action='/publish/show'] button\")")
    person.activates("form[action='/publish/show'] button[value='phones']")
    person.sees("document.querySelector('.code svg')")
    person.activates("form[action='/publish/now'] button")
    person.sees("document.querySelector('[role=status]')?.textContent.startsWith('published: ')")
    require_whole(site_of(root, slug))
    assert "Trial Row" in page_of(root, slug, "en")
    assert person.unseen == ()
