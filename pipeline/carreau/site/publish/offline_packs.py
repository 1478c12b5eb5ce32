"""Offline packs of routes and trails: lists of the files that a phone needs without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from carreau.base.languages import LANGUAGES
from carreau.base.levels import AR_FILES, OFFERED, TABLE_FILES
from carreau.base.schema.itineraries import Route, Trail
from carreau.base.schema.lists import Pack, PackFile
from carreau.base.schema.parts import Link, Medium, Picture
from carreau.base.schema.site import Card, LevelName, Site, State
from carreau.site.pages.addresses import page_path
from carreau.site.pages.cards import card_picture, onward
from carreau.site.pages.place_actions import list_plate_spots, plate_address
from carreau.site.pages.site_content import SiteContent
from carreau.site.pages.trail_and_show_pages import sheets_address, show_files
from carreau.site.publish import bundle_answers
from carreau.site.publish.bundle_answers import Answers, link
from carreau.site.publish.static_files import app_manifest

Role = Literal["page", "data", "poster", "model", "ar", "image", "sound", "video", "captions", "document", "app"]

PackKind = Literal["routes", "trails"]

LEVELS: tuple[LevelName, ...] = OFFERED
"""Levels of packs; all but the smallest include the AR files. A pack is for any browser, and is downloaded once: it has
no other encoding of a level."""

_ORDER = {role: place for place, role in enumerate(("page", "data", "app", "poster", "model", "image", "sound"))}
_WIDEST_PX = 1280
"""Width of the images in a pack: about twice the width of a phone's screen in points, enough to zoom in."""


def build_pack(
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
            yield from (pack_file("ar", each) for name, each in names.items() if name in _list_ar_files(state))
    yield from files_of_media(site.media)


def _list_ar_files(state: State) -> tuple[str, ...]:
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
        yield from (pack_file("captions", track) for track in medium.tracks)


_ROLES: Mapping[str, Role] = {"html": "page", "webmanifest": "app"}


def pack_addresses(kind: PackKind, slug: str) -> dict[str, str]:
    """Return the paths of the packs of a route or trail, by level."""
    return {level: f"{bundle_answers.api_path(kind, slug)}/pack/{level}" for level in LEVELS}


def add_packs(
    of: Mapping[str, Route | Trail],
    edition: SiteContent,
    app: tuple[Link, ...],
    answers: Answers,
    day: str = "",
) -> Iterator[tuple[Pack, str]]:
    """Store the packs of a route or trail in every language and level; yields each with the digest of its document.

    A pack has no limit of its own: the page tells its size before anything is fetched, and a phone without the space
    refuses it. So it holds whatever its pages show or lead to by themselves: a link that ends at "you are offline" is
    worse than a larger number. That is why the show of a site is in the packs of its routes, as its films are.

    of : its document by language
    edition : what the pages were made from; the model of the table needs the network, pictures of its corners do not
    app : files that pages need, such as styles and the viewer
    day : of the edition
    """
    for language in LANGUAGES:
        document = of[language]
        stops = [edition.sites[slug][language] for slug in list_sites(document) if slug in edition.sites]
        cards = [by_language[language] for by_language in edition.cards.values()]
        corners = {card.slug: place.picture for card in cards if (place := edition.corner(card.slug, language))}
        core = [
            *_core(document, stops, answers),
            *_grounds(document, stops, edition, answers),
            *files_of_media(document.media),
            *(pack_file("poster", each) for each in _card_pictures(stops, cards, corners)),
            *_shows(document, stops, edition, answers),
            *(pack_file("app", each) for each in app),
        ]
        kind: PackKind = "routes" if isinstance(document, Route) else "trails"
        for level, path in zip(LEVELS, pack_addresses(kind, document.slug).values(), strict=True):
            pack = build_pack(document, level, core, stops, day)
            yield pack, answers.add_document(path, language, pack).sha256


def _card_pictures(stops: list[Site], cards: list[Card], corners: Mapping[str, Picture | None]) -> Iterator[Picture]:
    """Yield the pictures of the places that pages of stops lead on to, and the corners of stops without pictures.

    A stop with a picture has it in the pack already, in another size, which the service worker answers with.
    """
    own = {site.slug for site in stops}
    further = {card.slug: card for site in stops for card in onward(site, cards)}
    for card in (card for card in cards if card.slug in own | further.keys()):
        picture = None if card.slug in own and card.picture else card_picture(card, corners.get(card.slug))
        if picture:
            yield picture


def list_sites(of: Route | Trail) -> list[str]:
    """Return the slugs of the sites that a route stops at, or that a trail is told at and shows models of."""
    if isinstance(of, Route):
        return [stop.site for stop in of.stops]
    slugs = dict[str, None]()
    for chapter in of.chapters:
        in_questions = (question.site for question in chapter.questions)
        places = (
            chapter.where.site if chapter.where else "",
            chapter.scene.site if chapter.scene else "",
            *in_questions,
        )
        slugs |= dict.fromkeys(places)
    return list(slugs)


def _core(of: Route | Trail, sites: list[Site], answers: Answers) -> Iterator[PackFile]:
    language = of.lang
    addresses_ = [(of.pages[language], language)]
    addresses_ += [(page_path(name, language), language) for name in ("search", "offline")]
    addresses_ += [(app_manifest(language), "")]
    if isinstance(of, Route):
        addresses_ += [(bundle_answers.api_path("routes", of.slug), language), (of.links.get("gpx", ""), language)]
        # The targets of the QR codes: a phone that scans one may be offline.
        addresses_ += [(plate_address(of.slug, stop.number), language) for stop in of.stops]
    else:
        addresses_ += [(bundle_answers.api_path("trails", of.slug), language), (sheets_address(of, language), language)]
        addresses_ += [(plate_address(of.slug, spot.number), language) for spot in list_plate_spots(of)]
        addresses_ += [(scene.pages[language], language) for scene in of.maps]
    for site in sites:
        addresses_ += [(site.pages[language], language), (bundle_answers.api_path("sites", site.slug), language)]
        addresses_ += [(site.outline, language)] if site.outline else []
        addresses_ += [(scene.pages[language], language) for scene in site.maps]
    for path, lang in addresses_:
        file = answers.links.get((path, lang)) or answers.links.get((path, ""))
        if file is not None:
            yield pack_file(_ROLES.get(file.ext, "data"), file)


def _grounds(of: Route | Trail, sites: list[Site], edition: SiteContent, answers: Answers) -> Iterator[PackFile]:
    """Yield the pictures under maps: a map without its own is bare outlines."""
    maps = (*(of.maps if isinstance(of, Trail) else ()), *(scene for site in sites for scene in site.maps))
    for scene in maps:
        if scene.ground:
            yield pack_file("data", _find_file(scene.ground.url, answers))
    territory = edition.territory.get(of.lang)
    if territory and territory.relief:
        yield pack_file("data", territory.relief.ground)


def _shows(of: Route | Trail, sites: list[Site], edition: SiteContent, answers: Answers) -> Iterator[PackFile]:
    """Yield the pages of the shows of a trail and of sites, with what plays them, at any level of the pack.

    A show has one model, the one its script names; the smaller one of a pack could not take its place.
    """
    slugs = (*((of.slug,) if isinstance(of, Trail) else ()), *(site.slug for site in sites))
    for show in (edition.shows[slug][of.lang] for slug in slugs if slug in edition.shows):
        yield pack_file("page", answers.links[show.pages[of.lang], of.lang])
        forms = {form.url: pack_file(medium.kind, form) for medium in show.media for form in medium.variants}
        for address in show_files(show, edition):
            yield forms.get(address) or _other_of_show(_find_file(address, answers))


def _find_file(address: str, answers: Answers) -> Link:
    """Return a file of the bundle by its address; raises KeyError where it is not stored."""
    return link(answers.store.files[address.removeprefix("/")])


def _other_of_show(file: Link) -> PackFile:
    roles: Mapping[str, Role] = {"glb": "model", "vtt": "captions"}
    return pack_file(roles.get(file.ext, "app"), file)
