"""Name where tests look for what keeps people from pages, and record what they find for the accessibility statement.

The record tells of pages, as tests/test_published_site.py looked at them, and of states that other tests bring about,
each of which says that axe-core found nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from carreau.site.pages.pages import RECORD
from tests.looking import Looked

PAGES: Mapping[str, str] = {
    "home": "/fr/", "places": "/fr/lieux", "demonstration": "/fr/sites/demonstration",
    "pit": "/fr/sites/fosse-mathilde",
    "mine": "/fr/sites/fosse-d-arenberg", "headframe": "/de/orte/chevalement-de-la-fosse-sabatier",
    "route": "/fr/parcours/arenberg-a-pied", "plates": "/fr/parcours/arenberg-a-pied/plaques",
    "search": "/fr/recherche?q=fosse", "about": "/nl/over", "credits": "/fr/credits", "data": "/en/open-data",
    "api": "/en/api", "problems": "/pl/problems", "legal": "/fr/mentions-legales", "accessibility": "/pl/dostepnosc",
    "snippet": "/fr/integrer", "offline": "/fr/hors-ligne", "lost": "/fr/nulle-part",
    "embed": "/embed/demonstration?lang=fr", "embedded route": "/embed/routes/arenberg-a-pied?lang=fr",
}  # fmt: skip
"""One address of every kind of page, of sites one with everything and three real ones."""

STATES: Mapping[str, tuple[str, str]] = {
    "compare": ("server/viewer/test_in_a_browser.py", "test_then_and_now_by_keyboard"),
    "tour": ("server/viewer/test_in_a_browser.py", "test_a_tour_by_keyboard"),
    "panels": ("server/viewer/test_in_a_browser.py", "test_a_panel_is_for_everybody"),
    "no_webgl": ("server/viewer/test_in_a_browser.py", "test_the_viewer_speaks_the_languages_of_its_pages"),
    "daylight": ("server/viewer/test_modes.py", "test_daylight_follows_the_hour_and_says_that_it_is_simulated"),
    "standing": ("server/viewer/test_modes.py", "test_where_to_stand_and_which_way_to_look"),
    "pyramid": ("server/viewer/test_modes.py", "test_a_pyramid_of_mirrors_gets_four_views"),
    "framed": ("server/embeds/test_embeds.py", "test_a_page_of_somebody_else_shows_a_model_in_three_ways"),
    "filled": ("server/embeds/test_embeds.py", "test_what_to_paste_is_written_by_keyboard"),
    "walk": ("server/walk/test_walk.py", "test_a_walk_with_the_server_stopped"),
    "broken": ("server/walk/test_walk.py", "test_a_wrong_byte_is_refused_and_said"),
}
"""Tests that bring a state about and assert that axe-core finds nothing in it."""

TESTS = Path(__file__).parent
_FILES = sorted({f"tests/{file}" for file, _ in STATES.values()})
HOW = " ".join(("python -m pytest --record tests/test_published_site.py", *_FILES))
"""What records it anew."""
LOOKED = pytest.StashKey[dict[str, Looked]]()
"""Where the tests leave what they found."""


def faults(pages: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, int]]:
    """Return how many faults each check found, by the address of the page: what has to be so again."""
    return {page["address"]: page["faults"] for page in pages}


def recorded(pages: Iterable[Looked]) -> list[dict[str, Any]]:
    """Return what the record says of pages."""
    return [
        {
            "title": page.title.removesuffix(" – Carreau").removeprefix("Carreau – "),
            "lang": page.lang,
            "address": page.address,
            "faults": {check: len(found) for check, found in page.faults.items()},
        }
        for page in pages
    ]


def write(session: pytest.Session, exitstatus: int) -> None:
    """Write the record, if the tests of all that it tells of ran, and none failed."""
    ran = {(item.path.relative_to(TESTS).as_posix(), item.name.partition("[")[0]) for item in session.items}
    pages = session.config.stash.get(LOOKED, None)
    if exitstatus or not pages or not set(STATES.values()) <= ran or session.config.getoption("numprocesses", 0):
        print(f"\nnothing recorded: run {HOW}")
        return
    found = list(pages.values())
    undecided = [rule for page in found for rule in page.undecided]
    told = found[0].made_with
    made = {
        "date": date.today().isoformat(), "browser": told["browser"], "axe_core": told["version"],
        "tags": sorted(told["tags"]), "undecided": {rule: undecided.count(rule) for rule in sorted(set(undecided))},
        "pages": recorded(found), "states": list(STATES),
    }  # fmt: skip
    RECORD.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
