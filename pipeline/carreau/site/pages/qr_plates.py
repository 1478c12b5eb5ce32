"""Printable plates for the stops of a route or the places of a trail; each has a QR code that marks it as reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import segno
from markupsafe import Markup

from carreau.base.languages import OWN_NAMES
from carreau.base.schema.parts import Text
from carreau.base.schema.route import Route
from carreau.base.schema.trail import Trail, Where
from carreau.exports.records.urls import EXAMPLE, is_public
from carreau.site.pages.addresses import PLATES
from carreau.site.pages.cards import invitation, more, route_invitation, trail_invitation
from carreau.site.pages.head import Head, SharePicture, share_picture
from carreau.site.pages.page_texts import PageTexts, plain
from carreau.site.pages.rendering import Renderer, emblem, emblem_of
from carreau.site.pages.site_content import SiteContent

QUIET = 4
"""Modules of the quiet zone around a code (ISO/IEC 18004, 6.3.8)."""
_LEVEL = "h"
"""Error correction: readable with 30 % worn or covered, as on a plate outdoors."""


@dataclass(frozen=True)
class Spot:
    """Where a plate hangs: a stop, or the place of a chapter.

    site : slug of its site, empty for a place that is none of the catalogue
    where : place of the chapter; None of a stop, which is a place itself
    """

    number: int
    name: Text
    site: str
    where: Where | None = None


def spots_of(of: Route | Trail) -> list[Spot]:
    """Return where plates can hang: at every stop of a route, and where a chapter of a trail has a place.

    A door needs no position for a plate, but a site or a commune: "the bank of a river" alone is nowhere.
    """
    if isinstance(of, Route):
        return [Spot(each.number, each.name, each.site) for each in of.stops]
    return [
        Spot(each.number, each.title, each.where.site, each.where)
        for each in of.chapters
        if each.where and (each.where.site or each.where.commune or each.where.position)
    ]


@dataclass(frozen=True)
class Plate:
    """A plate.

    invitation : what scanning brings, in the language of the page; more: what else the place has
    others : the same in the other languages, with their codes
    picture : of the place; None for a stop that is none of the catalogue
    emblem : drawing of the kind of place, or of the way to travel, where there is no picture
    code : SVG path along the dark modules, in strokes of one module, which is the unit
    side : of the code with its quiet zone
    address : target of the code, without https://
    """

    spot: Spot
    invitation: str
    more: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    picture: SharePicture | None
    emblem: Markup
    code: str
    side: int
    address: str


def plate_address(slug: str, number: int) -> str:
    """Return the short path of a plate; it has no language, and redirects to the page in that of the phone."""
    return f"/q/{slug}/{number}"


def plates_address(of: Route | Trail, language: str) -> str:
    """Return the path of the page with the plates of a route or trail."""
    return f"{of.pages[language]}/{PLATES[language]}"


def plates_page(of: Route | Trail, renderer: Renderer) -> bytes:
    """Return the printable page of the plates."""
    texts, edition, by_language = renderer.texts(), renderer.edition, _texts_by_language(renderer.edition)
    content = renderer.render(
        "plates.html",
        texts,
        of=of,
        is_trail=isinstance(of, Trail),
        plates=[_plate(of, spot, renderer, by_language) for spot in spots_of(of)],
        is_nowhere=edition.base_url == EXAMPLE or not is_public(edition.base_url),
    )
    versions = {language: plates_address(of, language) for language in of.pages}
    title = texts.gettext("QR plates: %(route)s", route=plain(of.name))
    head = Head(
        title=f"{title} – Carreau",
        description=title,
        language=of.lang,
        base_url=edition.base_url,
        address=versions[of.lang],
        versions=versions,
        is_indexed=False,
    )
    return renderer.page(content, head, texts)


def plate_page(of: Route | Trail, spot: Spot, renderer: Renderer) -> bytes:
    """Return the page at the address of a plate, for static hosts, which cannot redirect: links, and a script.

    Each link says in its language what the visitor gets.
    """
    edition, by_language = renderer.edition, _texts_by_language(renderer.edition)
    links = [
        (
            code,
            OWN_NAMES.get(code, code),
            f"{page}#stop={spot.number}",
            _invitation(of, spot, edition, by_language[code]),
        )
        for code, page in of.pages.items()
        if code in by_language
    ]
    return renderer.document("plate.html", renderer.texts(), of=of, spot=spot, links=links)


def _plate(of: Route | Trail, spot: Spot, renderer: Renderer, by_language: Mapping[str, PageTexts]) -> Plate:
    edition, language = renderer.edition, renderer.language
    url = edition.base_url + plate_address(of.slug, spot.number)
    code, side = qr_path(url)
    parts = urlsplit(url)
    invitations = {code: _invitation(of, spot, edition, texts) for code, texts in by_language.items()}
    site = edition.sites.get(spot.site, {}).get(language)
    picture = share_picture(site, edition) if site else None
    return Plate(
        spot,
        invitations.pop(language),
        tuple(more(site, by_language[language])) if site else (),
        tuple(invitations.items()),
        None if picture is None or picture.is_emblem else picture,
        emblem_of(site.kind.code, is_demonstration=site.is_demonstration) if site else emblem(_way_to_go(of)),
        code,
        side,
        parts.netloc + parts.path,
    )


def _texts_by_language(edition: SiteContent) -> dict[str, PageTexts]:
    """Return the texts of every language."""
    return {code: Renderer(edition, code).texts() for code in edition.languages}


def _invitation(of: Route | Trail, spot: Spot, edition: SiteContent, texts: PageTexts) -> str:
    if isinstance(of, Trail):
        return trail_invitation(of, texts)
    site = edition.sites.get(spot.site, {}).get(texts.language)
    return invitation(site, texts) if site else route_invitation(of, texts)


def _way_to_go(of: Route | Trail) -> str:
    """Return the code of the way to travel, for an emblem."""
    codes = [of.mode.code] if isinstance(of, Route) else [each.code for each in of.means]
    return next((code for code in codes if code in ("walk", "bike", "car", "bus")), "walk")


@cache
def qr_path(text: str) -> tuple[str, int]:
    """Return a QR code (ISO/IEC 18004) as an SVG path along its dark modules, and its side with the quiet zone.

    Cached, because all languages have the same codes, and one takes 13 ms.
    """
    rows = [bytes(row) for row in segno.make_qr(text, error=_LEVEL, boost_error=False).matrix]
    path = "".join(_row(row, y + QUIET) for y, row in enumerate(rows))
    return path, len(rows) + 2 * QUIET


def _row(row: bytes, y: int) -> str:
    """Return the runs of dark modules of a row as path commands."""
    commands, begin = list[str](), 0
    for x in range(1, len(row) + 1):
        if x == len(row) or row[x] != row[begin]:
            commands += [f"M{begin + QUIET} {y}.5h{x - begin}"] if row[begin] else []
            begin = x
    return "".join(commands)
