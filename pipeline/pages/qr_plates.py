"""Write plates to print for the stops of a route, each with a QR code that a phone marks the arrival by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import segno

from pipeline.exports.records.urls import EXAMPLE
from pipeline.i18n.languages import OWN_NAMES
from pipeline.pages.addresses import PLATES
from pipeline.pages.head import Head
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import plain
from pipeline.schema.route import Route, Stop

QUIET = 4
"""Modules of free border that readers need around a code (ISO/IEC 18004, 6.3.8)."""
_LEVEL = "h"
"""Readable with 30 % of it worn or covered, as a plate outside may be."""


@dataclass(frozen=True)
class Plate:
    """A plate.

    code : lines along the dark modules, one module thick, which is the unit; side : of the code with its quiet zone
    address : that it leads to, without https://
    """

    stop: Stop
    code: str
    side: int
    address: str


def plate_address(slug: str, number: int) -> str:
    """Return where a plate leads, short and without a language: whoever scans it is led on in theirs."""
    return f"/q/{slug}/{number}"


def plates_address(route: Route, language: str) -> str:
    """Return where the plates of a route are had."""
    return f"{route.pages[language]}/{PLATES[language]}"


def plates_page(route: Route, voice: Voice) -> bytes:
    """Return the page that the plates are printed from."""
    speech, edition = voice.speech(), voice.edition
    content = voice.content(
        "plates.html",
        speech,
        route=route,
        plates=[_plate(route, stop, edition.base_url) for stop in route.stops],
        is_nowhere=edition.base_url == EXAMPLE,
        names=[(code, OWN_NAMES.get(code, code)) for code in edition.languages],
    )
    versions = {language: plates_address(route, language) for language in route.pages}
    title = speech.words("Plates: %(route)s", route=plain(route.name))
    head = Head(
        title=f"{title} – Carreau",
        description=title,
        language=route.lang,
        base_url=edition.base_url,
        address=versions[route.lang],
        versions=versions,
        is_indexed=False,
    )
    return voice.page(content, head, speech)


def plate_page(route: Route, stop: Stop, voice: Voice) -> bytes:
    """Return what is found at a plate's address on a host that cannot lead on: a link a language, and a script."""
    links = [(code, OWN_NAMES.get(code, code), f"{page}#stop={stop.number}") for code, page in route.pages.items()]
    return voice.content("plate.html", voice.speech(), route=route, stop=stop, links=links).encode()


def _plate(route: Route, stop: Stop, base_url: str) -> Plate:
    url = base_url + plate_address(route.slug, stop.number)
    code, side = drawn_code(url)
    parts = urlsplit(url)
    return Plate(stop, code, side, parts.netloc + parts.path)


@cache
def drawn_code(text: str) -> tuple[str, int]:
    """Return a QR code (ISO/IEC 18004) as lines along its dark modules, and its side with the quiet zone.

    The plates of a route have the same codes in every language, and one takes 13 ms.
    """
    rows = [bytes(row) for row in segno.make_qr(text, error=_LEVEL, boost_error=False).matrix]
    path = "".join(_row(row, y + QUIET) for y, row in enumerate(rows))
    return path, len(rows) + 2 * QUIET


def _row(row: bytes, y: int) -> str:
    """Return the runs of dark modules of a row, as lines that are a module thick."""
    found, begin = [], 0
    for x in range(1, len(row) + 1):
        if x == len(row) or row[x] != row[begin]:
            found += [f"M{begin + QUIET} {y}.5h{x - begin}"] if row[begin] else []
            begin = x
    return "".join(found)
