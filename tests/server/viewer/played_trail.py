"""A trail with everything that the player does: exact places, a sound, and questions of every kind."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Chapter, Trail
from carreau.base.schema.parts import Medium
from carreau.base.schema.site import Site
from carreau.site.pages.addresses import own_files
from carreau.site.pages.place_actions import plates_address, plates_page
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import SharedContent, SiteContent
from carreau.site.pages.trail_and_show_pages import sheets_address, trail_page, trail_sheets_page
from tests.browser import Browser, asked
from tests.pipeline.site.pages.made import ASSETS, RICH, edition, link, medium, term, text
from tests.pipeline.site.publish.trails import trail_documents
from tests.real_input import middle, press_at
from tests.server.viewer.conftest import told
from tests.server.viewer.walked_tracks import PLACES, at

SLUG = "bataille-de-denain"
SCRIPT = "/a/trail.js"
MAP, MODEL, SOUND = 4, 6, 1
"""Indices of the chapters with a question on the map, with one on the model, and with a sound."""
_ON_MAP = """(() => {
  const svg = document.querySelector(".map.map-find svg"), box = svg.getBoundingClientRect();
  const [west, south, east, north] = svg.dataset.bounds.split(" ").map(Number);
  const [lon, lat] = svg.closest("[data-by=map]").dataset.at.split(" ").map(Number);
  return [
    box.left + (lon - west) / (east - west) * box.width,
    box.top + (north - lat) / (north - south) * box.height,
  ];
})()"""
"""The right place on the map that a question has opened, in the window."""
TITLES = {"puits": "Le puits", "toit": "Le toit"}


def find_on_map(browser: Browser, session: str) -> None:
    """Press the right place on the map that a question has opened."""
    middle(browser, session, "document.querySelector('.map.map-find svg')")
    x, y = asked(browser, session, _ON_MAP)
    press_at(browser, session, (x, y))


def played_pages() -> dict[str, tuple[bytes, str]]:
    """Return the pages of the trail in all languages, the site of its model, and its sound, by address."""
    trails = {code: _played(trail) for code, trail in trail_documents()[SLUG].items()}
    content = _content(trails)
    shared = SharedContent(content)
    pages = {
        trail.pages[code]: (trail_page(trail, Renderer(content, code), shared), "html")
        for code, trail in trails.items()
    }
    site = content.sites[RICH]["fr"].model_dump_json(exclude_none=True).encode()
    cues = b"WEBVTT\n\n00:00.000 --> 00:09.000\nOn marche dans la nuit.\n"
    return pages | {
        f"/v1/sites/{RICH}": (site, "json"),
        "/a/voix.wav": (_silence(10), "wav"),
        "/a/voixc.vtt": (cues, "vtt"),
        ASSETS.share_script: own_files()["share_script"],
    }


def told_pages(languages: Sequence[str]) -> dict[str, tuple[bytes, str]]:
    """Return the pages of the other trails as they are, and the sheets and plates of all, by address."""
    trails = trail_documents()
    content = replace(edition(sites={}, routes={}), assets=replace(ASSETS, trail_script=SCRIPT), trails=trails)
    shared, pages = SharedContent(content), {ASSETS.plates_style: own_files()["plates_style"]}
    for slug, documents in trails.items():
        for code in languages:
            trail, renderer = documents[code], Renderer(content, code)
            pages[sheets_address(trail, code)] = trail_sheets_page(trail, renderer), "html"
            pages[plates_address(trail, code)] = plates_page(trail, renderer), "html"
            if slug != SLUG:
                pages[trail.pages[code]] = trail_page(trail, renderer, shared), "html"
    return pages


def _content(trails: dict[str, Trail]) -> SiteContent:
    sites = {code: Site.model_validate(_with_roof(told(code))) for code in LANGUAGES}
    made = edition(sites={RICH: {code: told(code) for code in LANGUAGES}}, routes={})
    return replace(made, assets=replace(ASSETS, trail_script=SCRIPT), sites={RICH: sites}, trails={SLUG: trails})


def _with_roof(site: dict[str, Any]) -> dict[str, Any]:
    """Return the site with a second annotation, so that there is something to choose."""
    [first] = site["annotations"]
    roof = {"id": "toit", "point": [0.5, 0.5, 0], "title": text(TITLES["toit"])}
    return site | {"annotations": [first, first | roof]}


def _played(trail: Trail) -> Trail:
    chapters = list(trail.chapters)
    for index, (x, y) in PLACES.items():
        lon, lat = at(x, y)
        where = {
            "name": text(f"Lieu {index + 1}"),
            "commune": "",
            "position": {"lon": lon, "lat": lat},
            "is_exact": True,
        }
        chapters[index] = _changed(chapters[index], where=where)
    lon, lat = at(*PLACES[2])
    on_map = {
        "by": term("map"),
        "text": text("Où est la Selle ?"),
        "position": {"lon": lon, "lat": lat},
        "radius_m": 300,
    }
    on_model = {
        "by": term("model"),
        "text": text("Où est le puits ?"),
        "site": RICH,
        "state": "today",
        "annotation": "puits",
    }
    open_one = {
        "by": term("words"),
        "text": text("Qu’en pensez-vous ?"),
        "is_open": True,
        "answer": text("On en débat."),
    }
    chapters[MAP] = _changed(chapters[MAP], questions=[on_map, open_one])
    chapters[MODEL] = _changed(chapters[MODEL], questions=[on_model])
    chapters[SOUND] = _changed(chapters[SOUND], sound="voix")
    voice = medium("voix", "sound") | {
        "captions": link("voixc", "vtt", "text/vtt"), "tracks": [link("voixc", "vtt", "text/vtt", lang="fr")],
        "variants": [link("voix", "wav", "audio/wav")],
    }  # fmt: skip
    return trail.model_copy(update={"chapters": tuple(chapters), "media": (Medium.model_validate(voice),)})


def _changed(chapter: Chapter, **update: Any) -> Chapter:
    return Chapter.model_validate(chapter.model_dump() | update)


def _silence(seconds: int) -> bytes:
    made = BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        sound.writeframes(b"\x80" * 8000 * seconds)
    return made.getvalue()
