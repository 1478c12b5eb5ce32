"""Offline packs of routes and trails: lists of the files that a phone needs without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from pipeline.i18n.languages import LANGUAGES
from pipeline.levels import AR_FILES, OFFERED, TABLE_FILES
from pipeline.pages.addresses import page_path
from pipeline.pages.cards import card_picture
from pipeline.pages.nearby import onward
from pipeline.pages.qr_plates import plate_address, spots_of
from pipeline.pages.trail_page import sheets_address
from pipeline.publish import static_paths
from pipeline.publish.answers import Answers
from pipeline.publish.static_files import app_manifest
from pipeline.schema.file_links import Link, Picture
from pipeline.schema.medium import Medium
from pipeline.schema.offline_pack import Pack, PackFile
from pipeline.schema.route import Route
from pipeline.schema.site import Card, Site
from pipeline.schema.state import LevelName, State
from pipeline.schema.trail import Trail

Role = Literal["page", "data", "poster", "model", "ar", "image", "sound", "video", "captions", "document", "app"]

PackKind = Literal["routes", "trails"]

LEVELS: tuple[LevelName, ...] = OFFERED
"""Levels of packs; all but the smallest include the AR files. A pack is for any browser, and is downloaded once: it has
no other encoding of a level."""

_ORDER = {role: place for place, role in enumerate(("page", "data", "app", "poster", "model", "image", "sound"))}
_WIDEST_PX = 1280
"""Width of the images in a pack: about twice the width of a phone's screen in points, enough to zoom in."""


def pack_of(
    of: Route | Trail, level: LevelName, core: Iterable[PackFile], sites: Iterable[Site], day: str = ""
) -> Pack:
    """Return the pack of a route or trail in its language, with models of a level or the nearest below it.

    core : pages, answers and the app, which are the same whatever the level
    sites : documents of the sites it stops at, or tells of
    day : of the edition
    """
    unique = {file.url: file for file in (*core, *(each for site in sites for each in _of_site(site, level)))}
    files = tuple(sorted(unique.values(), key=lambda file: (_ORDER.get(file.role, len(_ORDER)), file.url)))
    digest = hashlib.sha256("\n".join(f"{file.url} {file.sha256}" for file in files).encode()).hexdigest()[:32]
    size = sum(file.brotli_bytes or file.bytes for file in files)
    return Pack(
        route=of.slug,
        kind="route" if isinstance(of, Route) else "trail",
        lang=of.lang,
        level=level,
        id=digest,
        bytes=size,
        day=day,
        files=files,
    )


def pack_file(role: Role, link: Link) -> PackFile:
    """Return a file of a pack."""
    return PackFile(role=role, **link.model_dump(include=set(Link.model_fields)))


def _of_site(site: Site, level: LevelName) -> Iterator[PackFile]:
    for state in site.states:
        yield from (pack_file("poster", picture) for picture in state.poster[:1])
        names = {each.level: each for each in state.levels}
        levels = [name for name in LEVELS[: LEVELS.index(level) + 1] if name in names]
        yield from (pack_file("model", names[name]) for name in dict.fromkeys((*levels[:1], *levels[-1:])))
        if level != LEVELS[0]:
            yield from (pack_file("ar", each) for name, each in names.items() if name in _augmented(state))
    yield from files_of_media(site.media)


def _augmented(state: State) -> tuple[str, ...]:
    """Return the AR files of a pack: on the spot one wants to see it life-size, where that is possible."""
    own_size = tuple(name for name in AR_FILES if name not in TABLE_FILES)
    on_table = state.ar and state.ar.life_size_m is None and (state.ar.table_scale or 1) != 1
    return TABLE_FILES if on_table else own_size


def files_of_media(media: Iterable[Medium]) -> Iterator[PackFile]:
    """Yield one form of each image and video, and every form of a sound, since no single form plays on all phones."""
    for medium in media:
        if medium.kind == "image":
            fitting = [each for each in medium.variants if (each.width or 0) <= _WIDEST_PX] or list(medium.variants)
            webp = [each for each in fitting if each.media_type == "image/webp"] or fitting
            yield pack_file("image", max(webp, key=lambda each: each.width or 0))
        elif medium.kind == "sound":
            yield from (pack_file("sound", each) for each in medium.variants)
        else:
            yield from (pack_file(medium.kind, each) for each in medium.variants[:1])
        if medium.captions:
            yield pack_file("captions", medium.captions)


_ROLES: Mapping[str, Role] = {"html": "page", "webmanifest": "app"}


def pack_addresses(kind: PackKind, slug: str) -> dict[str, str]:
    """Return the paths of the packs of a route or trail, by level."""
    return {level: f"{static_paths.api(kind, slug)}/pack/{level}" for level in LEVELS}


def add_packs(
    of: Mapping[str, Route | Trail],
    sites: Mapping[str, Mapping[str, Site]],
    app: tuple[Link, ...],
    answers: Answers,
    day: str = "",
    cards: Mapping[str, Mapping[str, Card]] = MappingProxyType({}),
    corners: Mapping[str, Picture] = MappingProxyType({}),
) -> Iterator[tuple[Pack, str]]:
    """Store the packs of a route or trail in every language and level; yields each with the digest of its document.

    of : its document by language
    app : files that pages need, such as styles and the viewer
    day : of the edition
    cards : of all sites, by slug and language
    corners : pictures of the table model, by the slug of the site; its model needs the network
    """
    for language in LANGUAGES:
        document = of[language]
        stops = [sites[slug][language] for slug in sites_of(document) if slug in sites]
        core = [
            *_core(document, stops, answers),
            *files_of_media(document.media),
            *(
                pack_file("poster", each)
                for each in _card_pictures(stops, [of[language] for of in cards.values()], corners)
            ),
            *(pack_file("app", link) for link in app),
        ]
        kind: PackKind = "routes" if isinstance(document, Route) else "trails"
        for level, path in zip(LEVELS, pack_addresses(kind, document.slug).values(), strict=True):
            pack = pack_of(document, level, core, stops, day)
            yield pack, answers.add_document(path, language, pack).sha256


def _card_pictures(stops: list[Site], cards: list[Card], corners: Mapping[str, Picture]) -> Iterator[Picture]:
    """Yield the pictures of the places that pages of stops lead on to, and the corners of stops without pictures.

    A stop with a picture has it in the pack already, in another size, which the service worker answers with.
    """
    own = {site.slug for site in stops}
    further = {card.slug: card for site in stops for card in onward(site, cards)}
    for card in (card for card in cards if card.slug in own | further.keys()):
        picture = None if card.slug in own and card.picture else card_picture(card, corners.get(card.slug))
        if picture:
            yield picture


def sites_of(of: Route | Trail) -> list[str]:
    """Return the slugs of the sites that a route stops at, or that a trail is told at and shows models of."""
    if isinstance(of, Route):
        return [stop.site for stop in of.stops]
    slugs = dict[str, None]()
    for chapter in of.chapters:
        asked = (question.site for question in chapter.questions)
        places = (chapter.where.site if chapter.where else "", chapter.scene.site if chapter.scene else "", *asked)
        slugs |= dict.fromkeys(places)
    return list(slugs)


def _core(of: Route | Trail, sites: list[Site], answers: Answers) -> Iterator[PackFile]:
    language = of.lang
    addresses_ = [(of.pages[language], language)]
    addresses_ += [(page_path(name, language), language) for name in ("search", "offline")]
    addresses_ += [(app_manifest(language), "")]
    if isinstance(of, Route):
        addresses_ += [(static_paths.api("routes", of.slug), language), (of.links.get("gpx", ""), language)]
        # The targets of the QR codes: a phone that scans one may be offline.
        addresses_ += [(plate_address(of.slug, stop.number), language) for stop in of.stops]
    else:
        addresses_ += [(static_paths.api("trails", of.slug), language), (sheets_address(of, language), language)]
        addresses_ += [(plate_address(of.slug, spot.number), language) for spot in spots_of(of)]
        addresses_ += [(scene.pages[language], language) for scene in of.maps]
    for site in sites:
        addresses_ += [(site.pages[language], language), (static_paths.api("sites", site.slug), language)]
        addresses_ += [(site.outline, language)] if site.outline else []
        addresses_ += [(scene.pages[language], language) for scene in site.maps]
    for path, lang in addresses_:
        link = answers.links.get((path, lang)) or answers.links.get((path, ""))
        if link is not None:
            yield pack_file(_ROLES.get(link.ext, "data"), link)
