"""Texts, dates, JSON and XML as exports write them; the same record gives the same bytes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from carreau.base.errors import ScanError
from carreau.base.languages import CHAINS
from carreau.catalogue.dates import When
from carreau.catalogue.i18n.translations import LocalizedText
from carreau.catalogue.route_line import RouteLine, read_line
from carreau.catalogue.route_measures import RouteMeasures, measures_of, positions_of
from carreau.catalogue.site import Position
from carreau.exports.records.record import RouteRecord, SiteRecord, Texts
from carreau.formats.geodata import Outline, OutlineError, Ring, read_outlines

_LINK = re.compile(r"\[([^\]]*)\]\(\s*(?:(site|route|trail|media):([^)\s]*)|(https?://[^)\s]+))\s*\)")
_WHITE = re.compile(r"[^\S\u00a0\u202f]+")
"""Space where a line may break."""
_CONTROL = dict.fromkeys(set(range(32)) - {9, 10, 13} | {0x7F, 0xFFFE, 0xFFFF})
"""Characters that are not allowed in XML."""


def paragraphs(text: str) -> list[str]:
    r"""Return the paragraphs of a text, without its line breaks.

    >>> paragraphs("Une fosse\nde Denain.\n\nFermée.\n")
    ['Une fosse de Denain.', 'Fermée.']
    """
    parts = re.split(r"\n[ \t\r]*\n", text.translate(_CONTROL).replace("\r\n", "\n"))
    return [_WHITE.sub(" ", part).strip() for part in parts if part.strip()]


def plain(text: str) -> str:
    """Return a text without its links, an empty line between paragraphs.

    >>> plain("Près de [la fosse Mathilde](site:fosse-mathilde).")
    'Près de la fosse Mathilde.'
    """
    return "\n\n".join(_LINK.sub(r"\1", part) for part in paragraphs(text))


def as_html(text: str, address: Callable[[str, str], str], attributes: str = "") -> str:
    """Return a text as paragraphs of HTML in one line, everything in it escaped.

    address : gives where a link leads, by its kind ("site", "route", "trail" or "media") and name; empty for nowhere
    attributes : of each paragraph, as ` lang="fr"`

    >>> as_html("Haut de <10 m & [noir](site:terril)", lambda kind, name: f"/{kind}/{name}")
    '<p>Haut de &lt;10 m &amp; <a href="/site/terril">noir</a></p>'
    >>> as_html("Lire [la page](https://example.org/a).", lambda kind, name: "")
    '<p>Lire <a href="https://example.org/a">la page</a>.</p>'
    """
    return "".join(f"<p{attributes}>{linked(part, address)}</p>" for part in paragraphs(text))


def linked(text: str, address: Callable[[str, str], str]) -> str:
    """Return a paragraph as the inside of an element of HTML, everything in it escaped."""
    parts, end = [], 0
    for link in _LINK.finditer(text):
        target, words = link[4] or address(link[2], link[3]), html.escape(link[1])
        parts += [html.escape(text[end : link.start()])]
        parts += [f'<a href="{html.escape(target)}">{words}</a>' if target else words]
        end = link.end()
    return "".join([*parts, html.escape(text[end:])])


def plain_texts(texts: Texts) -> dict[str, str]:
    """Return the text in each language, without links."""
    return {code: plain(text.text) for code, text in texts.items()}


def localized(texts: Texts, language: str) -> LocalizedText | None:
    """Return the text in a language or the next of its fallback chain, or None."""
    return next((texts[code] for code in CHAINS[language] if code in texts), None)


def words(texts: Texts, language: str) -> str:
    """Return the localised text without markup; may be empty."""
    text = localized(texts, language)
    return plain(text.text) if text else ""


def iso_ends(when: When | None) -> tuple[str, str]:
    """Return the first and last ISO 8601 date of a period, with the given precision; an open end is empty.

    The mark of approximate dates is lost, and has to be exported separately.

    >>> from carreau.catalogue.dates import parse_when
    >>> iso_ends(parse_when("1899/1989-03")), iso_ends(parse_when("1924~")), iso_ends(parse_when("1946/.."))
    (('1899', '1989-03'), ('1924', '1924'), ('1946', ''))
    """
    if when is None:
        return "", ""
    ends = ["" if part.strip() in ("", "..") else part.strip().rstrip("~") for part in when.text.split("/")]
    return ends[0], ends[-1]


def tagged(texts: Texts | Mapping[str, str]) -> list[dict[str, str]]:
    """Return texts as JSON-LD language-tagged values, without links.

    >>> tagged({"fr": "fosse"})
    [{'@language': 'fr', '@value': 'fosse'}]
    """
    words = {code: text if isinstance(text, str) else plain(text.text) for code, text in texts.items()}
    return [{"@language": code, "@value": text} for code, text in words.items()]


def filled(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table without empty values; 0 and False are kept."""
    return {key: value for key, value in table.items() if value is not None and value not in ("", [], {}, ())}


def json_bytes(document: Any) -> bytes:
    """Return a document as UTF-8."""
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


XML = "http://www.w3.org/XML/1998/namespace"

NAMESPACES: Mapping[str, str] = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "ebucore": "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "gml": "http://www.opengis.net/gml",
    "lido": "http://www.lido-schema.org",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "svcs": "http://rdfs.org/sioc/services#",
    "wgs84_pos": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xml": XML,
}

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot represent (2.2, Characters)."""


def begin(name: str, **attributes: str) -> ET.Element:
    """Return an element on its own, its name and attributes written as `dc:title` and `rdf__about`."""
    given = {_full(key.replace("__", ":")): _FORBIDDEN.sub("", value) for key, value in attributes.items()}
    return ET.Element(_full(name), given)


def add(parent: ET.Element, name: str, text: str = "", lang: str = "", **attributes: str) -> ET.Element:
    """Append an element to another and return it; its text is written without links."""
    element = begin(name, **attributes)
    if text:
        element.text = _FORBIDDEN.sub("", plain(text))
    if lang:
        element.set(_full("xml:lang"), lang)
    parent.append(element)
    return element


def add_texts(parent: ET.Element, name: str, texts: Texts | Mapping[str, str]) -> None:
    """Add an element for each language of a text."""
    for code, value in texts.items():
        add(parent, name, value if isinstance(value, str) else value.text, code)


def xml_bytes(root: ET.Element) -> bytes:
    """Return a document as UTF-8, its elements indented and its namespaces in the order of their prefixes."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    ET.indent(root)
    document = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode()


def _full(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


Point = tuple[float, float]
"""(lon, lat) in degrees, WGS 84."""


def outlines(record: SiteRecord) -> list[Outline]:
    """Return the outlines of a site, empty without a file; raises ScanError for a file without outlines."""
    name = record.entry.of.outline
    path = record.entry.folder / name
    try:
        return read_outlines(path) if name else []
    except OutlineError as error:
        raise _unreadable(path, error) from error


def way(record: RouteRecord) -> Ring:
    """Return the path of a route, empty without a file; raises ScanError for a file without a path."""
    line = line_of(record)
    return line.points if line else []


def line_of(record: RouteRecord) -> RouteLine | None:
    """Return the line of a route with its heights, None without a file; raises ScanError for one without a path."""
    name = record.entry.of.path
    path = record.entry.folder / name
    try:
        return read_line(path) if name else None
    except OutlineError as error:
        raise _unreadable(path, error) from error


def measures(record: RouteRecord) -> RouteMeasures:
    """Return how long and steep a route is; raises ScanError for a file without a path."""
    positions = positions_of(record.entry.of, record.catalogue)
    return measures_of(record.entry.of, positions, line_of(record))


def straight(record: RouteRecord) -> Ring:
    """Return straight lines between the stops with a position, closed for a loop.

    They are no path to follow, and stand in for one that is missing. Optional stops are included.
    """
    points = [point for point in positions_of(record.entry.of, record.catalogue) if point is not None]
    return [*points, points[0]] if record.entry.of.loop and len(points) > 1 else points


def point_of(position: Position | None) -> Point | None:
    """Return a position as (lon, lat), or None where it is unknown."""
    return position.point if position else None


def _unreadable(path: Path, error: OutlineError) -> ScanError:
    return ScanError(path, "", error.cause, error.cure)
