"""Printable plates for the stops of a route, each with a QR code that marks the stop as reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import segno
from markupsafe import Markup

from pipeline.exports.records.public_address import is_public
from pipeline.exports.records.urls import EXAMPLE
from pipeline.i18n.languages import OWN_NAMES
from pipeline.pages.addresses import PLATES
from pipeline.pages.emblems import emblem, emblem_of
from pipeline.pages.head import Head
from pipeline.pages.invitations import invitation, more, route_invitation
from pipeline.pages.page_texts import PageTexts, plain
from pipeline.pages.rendering import Renderer
from pipeline.pages.share_pictures import SharePicture, share_picture
from pipeline.pages.site_content import SiteContent
from pipeline.schema.route import Route, Stop

QUIET = 4
"""Modules of the quiet zone around a code (ISO/IEC 18004, 6.3.8)."""
_LEVEL = "h"
"""Error correction: readable with 30 % worn or covered, as on a plate outdoors."""


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

    stop: Stop
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


def plates_address(route: Route, language: str) -> str:
    """Return the path of the page with the plates of a route."""
    return f"{route.pages[language]}/{PLATES[language]}"


def plates_page(route: Route, renderer: Renderer) -> bytes:
    """Return the printable page of the plates."""
    texts, edition, by_language = renderer.texts(), renderer.edition, _texts_by_language(renderer.edition)
    content = renderer.render(
        "plates.html",
        texts,
        route=route,
        plates=[_plate(route, stop, renderer, by_language) for stop in route.stops],
        is_nowhere=edition.base_url == EXAMPLE or not is_public(edition.base_url),
    )
    versions = {language: plates_address(route, language) for language in route.pages}
    title = texts.gettext("QR plates: %(route)s", route=plain(route.name))
    head = Head(
        title=f"{title} – Carreau",
        description=title,
        language=route.lang,
        base_url=edition.base_url,
        address=versions[route.lang],
        versions=versions,
        is_indexed=False,
    )
    return renderer.page(content, head, texts)


def plate_page(route: Route, stop: Stop, renderer: Renderer) -> bytes:
    """Return the page at the address of a plate, for static hosts, which cannot redirect: links, and a script.

    Each link says in its language what the visitor gets.
    """
    edition, by_language = renderer.edition, _texts_by_language(renderer.edition)
    links = [
        (
            code,
            OWN_NAMES.get(code, code),
            f"{page}#stop={stop.number}",
            _invitation(route, stop, edition, by_language[code]),
        )
        for code, page in route.pages.items()
        if code in by_language
    ]
    return renderer.render("plate.html", renderer.texts(), route=route, stop=stop, links=links).encode()


def _plate(route: Route, stop: Stop, renderer: Renderer, by_language: Mapping[str, PageTexts]) -> Plate:
    edition, language = renderer.edition, renderer.language
    url = edition.base_url + plate_address(route.slug, stop.number)
    code, side = qr_path(url)
    parts = urlsplit(url)
    invitations = {code: _invitation(route, stop, edition, texts) for code, texts in by_language.items()}
    site = edition.sites.get(stop.site, {}).get(language)
    picture = share_picture(site, edition) if site else None
    return Plate(
        stop,
        invitations.pop(language),
        tuple(more(site, by_language[language])) if site else (),
        tuple(invitations.items()),
        None if picture is None or picture.is_emblem else picture,
        emblem_of(site.kind.code, is_demonstration=site.is_demonstration) if site else emblem(route.mode.code),
        code,
        side,
        parts.netloc + parts.path,
    )


def _texts_by_language(edition: SiteContent) -> dict[str, PageTexts]:
    """Return the texts of every language."""
    return {code: Renderer(edition, code).texts() for code in edition.languages}


def _invitation(route: Route, stop: Stop, edition: SiteContent, texts: PageTexts) -> str:
    site = edition.sites.get(stop.site, {}).get(texts.language)
    return invitation(site, texts) if site else route_invitation(route, texts)


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
