"""Publish a small walk and a trail with everything in them: pages, models, media, packs and the worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.base.schema.bundle import STYLES, Manifest
from carreau.base.schema.itineraries import Route, Show, Trail
from carreau.base.schema.lists import Territory
from carreau.site.content_store import ContentStore
from carreau.site.pages.pages import make_pages
from carreau.site.publish import bundle_answers
from carreau.site.publish.bundle_answers import (
    Answers,
    Contents,
    PackRow,
    SiteRows,
    about,
    link,
    list_packs,
    make_database,
)
from carreau.site.publish.offline_packs import add_packs, pack_addresses
from carreau.site.publish.static_files import add_app, add_viewer, add_worker, digest_styles
from carreau.site.releases import kept_releases, read_current, release_files, swap, with_release_id
from tests.pipeline.site.pages import made, made_trail
from tests.pipeline.site.pages.made import BARE, BASE, RICH, ROUTE, ROUTES, bare, edition, rich, route, table
from tests.pipeline.site.pages.made_show import moving_map, show
from tests.pipeline.site.pages.made_trail import TRAIL, trail
from tests.pipeline.site.pages.serving import triangle

SOUND = b"".join(hashlib.sha256(b"%d" % at).digest() for at in range(56_000))
"""1.8 MB that no host makes smaller: three pieces and some."""

SHORT = "courte"
"""A walk with nothing to see but pages."""

MAPS = {"plan": "#7a6a4c", "relief": "#6c7f6a"}
"""Maps that move, with the colour of the picture under each: one of its own, and the relief."""


def publish_walk(folder: Path, static: Path, note: str = "Au départ.") -> Manifest:
    """Publish a walk, or its next version.

    static : the scripts as they are now
    note : said at the first stop, so that a page and a document differ between versions
    """
    store = ContentStore(folder)
    answers = Answers(store)
    assets, viewer = add_viewer(answers, static)
    assets, app = add_app(answers, assets, static)
    sites: dict[str, Any] = {
        RICH: {code: _filled(rich(code), store) for code in LANGUAGES},
        BARE: {code: bare(code) for code in LANGUAGES},
    }
    routes = {
        ROUTE: {code: _walked(route(code), store, note) for code in LANGUAGES},
        SHORT: {code: _short(code) for code in LANGUAGES},
    }
    trails = {TRAIL: {code: Trail.model_validate(_told(trail(code), store)) for code in LANGUAGES}}
    whole = replace(
        edition(sites, routes), assets=assets, trails=trails, trail_cards={TRAIL: made_trail.cards(trails[TRAIL])},
        shows={TRAIL: _shows(store)}, territory=_territory(store),
    )  # fmt: skip
    for kind, told in (("sites", whole.sites), ("routes", whole.routes), ("trails", whole.trails)):
        for slug, documents in told.items():
            for code in LANGUAGES:
                answers.add_document(bundle_answers.api_path(kind, slug), code, documents[code])
    for code in LANGUAGES:
        answers.add(f"/v1/routes/{ROUTE}.gpx", code, f'<gpx version="1.1"><name>{code}</name></gpx>'.encode(), "gpx")
    for page in make_pages(whole):
        answers.add(page.address, page.language, page.content, page.ext)
    add_worker(answers, assets, static)
    visits: list[Mapping[str, Route | Trail]] = [*whole.routes.values(), *whole.trails.values()]
    packs = [
        PackRow(pack.id, pack.route, pack.lang, pack.level, sha256)
        for told in visits
        for pack, sha256 in add_packs(told, whole, (*viewer, *app), answers, "2026-11-26")
    ]
    rows = {
        slug: SiteRows(told, whole.cards[slug], dict.fromkeys(LANGUAGES, b"{}"), None)
        for slug, told in whole.sites.items()
    }
    styles = digest_styles((static / "model-viewer.js").read_bytes())
    listed = tuple(answer for _, answer in sorted(answers.rows.items()))
    contents = Contents(
        about={**about(LANGUAGES, BASE, "tests"), STYLES: styles}, sites=rows, routes=whole.routes,
        trails=whole.trails, packs=[*_former(folder), *packs], answers=listed, files=list(store.files.values()),
    )  # fmt: skip
    database = store.add_bytes(make_database(contents), "sqlite")
    made = with_release_id(
        Manifest(
            release="", generator="tests", languages=LANGUAGES, base_url=BASE, database=database.sha256, sites=2,
            routes=2, trails=1, files=tuple(store.files.values()), answers=listed,
        )
    )  # fmt: skip
    swap(folder, made)
    assert read_current(folder) == made
    return made


def _former(folder: Path) -> list[PackRow]:
    """Return the packs that phones may hold from before."""
    databases = [
        folder / "a" / f"{release_files(folder, release).database}.sqlite" for release in kept_releases(folder)
    ]
    return [pack for database in databases for pack in list_packs(database)]


def _filled(site: dict[str, Any], store: ContentStore) -> dict[str, Any]:
    """Give the files of a site their bytes."""
    for state in site["states"]:
        state["poster"] = [_picture(store, 640, state["id"]), _picture(store, 320, state["id"])]
        state["levels"] = [
            each | link(store.add_bytes(_level(each["level"], state["id"]), each["ext"])).model_dump()
            for each in state["levels"]
        ]
    for medium in site["media"]:
        for variant in medium["variants"]:
            variant |= _form(store, medium, variant)
        if medium["captions"]:
            medium["captions"] = link(store.add_bytes(b"WEBVTT\n", "vtt")).model_dump()
            medium["tracks"] = [medium["captions"] | {"lang": "fr"}]
    return site


def _told(told: dict[str, Any], store: ContentStore) -> dict[str, Any]:
    """Give the media of a trail their bytes, and the trail its maps."""
    for each in told["media"]:
        for variant in each["variants"]:
            variant |= _form(store, each, variant)
    plan = link(store.add_bytes(_image("WEBP", 64, MAPS["plan"]), "webp")).url
    maps = [moving_map("plan", told["pages"], plan), moving_map("relief", told["pages"])]
    return told | {"maps": maps, "packs": pack_addresses("trails", TRAIL)}


def _shows(store: ContentStore) -> dict[str, Show]:
    """Return the show of the trail: a scene with a sound, and one with a picture."""
    media = [made.medium("lecture", "sound"), made.medium("dessin", "image")]
    for each in media:
        for variant in each["variants"]:
            variant |= _form(store, each, variant)
    return {code: Show.model_validate(show(TRAIL, "trails", code, media)) for code in LANGUAGES}


def _territory(store: ContentStore) -> dict[str, Territory]:
    """Return a table model without places, for the sake of its relief."""
    file = link(store.add_bytes(_image("WEBP", 96, MAPS["relief"]), "webp")).model_dump()
    relief = {
        "year": "2024", "credit": "IGN", "licence": "Licence Ouverte 2.0", "share": 1.0, "has_photo": False,
        "ground": file | {"width": 96, "height": 72}, "bounds": [3.3, 50.3, 3.5, 50.4],
    }  # fmt: skip
    return {code: Territory.model_validate(table(code) | {"places": [], "relief": relief}) for code in LANGUAGES}


def _walked(told: dict[str, Any], store: ContentStore, note: str) -> dict[str, Any]:
    told["stops"][0]["text"]["text"] = note
    for medium in told["media"]:
        for variant in medium["variants"]:
            variant |= _form(store, medium, variant)
    return told | {"packs": pack_addresses("routes", ROUTE)}


def _short(code: str) -> dict[str, Any]:
    told = route(code)
    more = {"slug": SHORT, "name": {**told["name"], "text": "Une courte"}, "stops": told["stops"][1:2], "media": []}
    pages = {lang: f"/{lang}/{word}/{SHORT}" for lang, word in ROUTES.items()}
    return told | more | {"pages": pages, "links": {}, "packs": pack_addresses("routes", SHORT)}


def _level(level: str, state: str) -> bytes:
    """Return a triangle whose bytes are those of one level and state: a chunk that nobody knows is passed over."""
    model = triangle()
    more = f"{level} {state}".encode().ljust(32)
    whole = model[12:] + len(more).to_bytes(4, "little") + b"NOTE" + more
    return model[:8] + (12 + len(whole)).to_bytes(4, "little") + whole


def _form(store: ContentStore, medium: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    if medium["kind"] == "image":
        content = _image(variant["ext"].upper(), variant["width"] // 4, "#a8452d")
        return link(store.add_bytes(content, variant["ext"].replace("jpeg", "jpg"))).model_dump()
    content = SOUND if medium["kind"] == "sound" else medium["id"].encode()
    return link(store.add_bytes(content, variant["ext"])).model_dump()


def _picture(store: ContentStore, width: int, state: str) -> dict[str, Any]:
    content = _image("WEBP", width, "#3f6127" if state == "today" else "#57524b")
    return link(store.add_bytes(content, "webp")).model_dump() | {"width": width, "height": width * 3 // 4}


@cache
def _image(form: str, width: int, color: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, width * 3 // 4), color).save(made, form)
    return made.getvalue()


def pack_in(folder: Path, manifest: Manifest, lang: str = "fr", of: str = f"routes/{ROUTE}") -> dict[str, Any]:
    """Return a pack for phones as it was published."""
    wanted = f"/v1/{of}/pack/phone", lang
    answer = next(each for each in manifest.answers if (each.path, each.lang) == wanted)
    found: dict[str, Any] = json.loads((folder / "a" / f"{answer.sha256}.json").read_bytes())
    return found
