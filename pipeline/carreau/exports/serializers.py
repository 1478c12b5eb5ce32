"""Texts, dates, JSON, XML and CSV as exports write them, and their labels; the same record gives the same bytes."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from carreau.base.errors import ScanError
from carreau.base.languages import CHAINS, LANGUAGES, SOURCE
from carreau.catalogue.i18n.check_translations import LocalizedText
from carreau.catalogue.route import RouteLine, read_line
from carreau.catalogue.route_measures import RouteMeasures, list_positions, measure_route
from carreau.catalogue.site import VISIT_TEXTS, Position
from carreau.catalogue.table_reader import When
from carreau.exports.record import RouteRecord, SiteRecord, Texts, credit_lines
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
    return "".join(f"<p{attributes}>{link_text(part, address)}</p>" for part in paragraphs(text))


def link_text(text: str, address: Callable[[str, str], str]) -> str:
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


def localize(texts: Texts, language: str) -> LocalizedText | None:
    """Return the text in a language or the next of its fallback chain, or None."""
    return next((texts[code] for code in CHAINS[language] if code in texts), None)


def words(texts: Texts, language: str) -> str:
    """Return the localised text without markup; may be empty."""
    text = localize(texts, language)
    return plain(text.text) if text else ""


def iso_ends(when: When | None) -> tuple[str, str]:
    """Return the first and last ISO 8601 date of a period, with the given precision; an open end is empty.

    The mark of approximate dates is lost, and has to be exported separately.

    >>> from carreau.catalogue.table_reader import parse_when
    >>> iso_ends(parse_when("1899/1989-03")), iso_ends(parse_when("1924~")), iso_ends(parse_when("1946/.."))
    (('1899', '1989-03'), ('1924', '1924'), ('1946', ''))
    """
    if when is None:
        return "", ""
    ends = ["" if part.strip() in ("", "..") else part.strip().rstrip("~") for part in when.text.split("/")]
    return ends[0], ends[-1]


def tag_texts(texts: Texts | Mapping[str, str]) -> list[dict[str, str]]:
    """Return texts as JSON-LD language-tagged values, without links.

    >>> tag_texts({"fr": "fosse"})
    [{'@language': 'fr', '@value': 'fosse'}]
    """
    words = {code: text if isinstance(text, str) else plain(text.text) for code, text in texts.items()}
    return [{"@language": code, "@value": text} for code, text in words.items()]


def compact(table: Mapping[str, Any]) -> dict[str, Any]:
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
    line = read_route_line(record)
    return line.points if line else []


def read_route_line(record: RouteRecord) -> RouteLine | None:
    """Return the line of a route with its heights, None without a file; raises ScanError for one without a path."""
    name = record.entry.of.path
    path = record.entry.folder / name
    try:
        return read_line(path) if name else None
    except OutlineError as error:
        raise _unreadable(path, error) from error


def measures(record: RouteRecord) -> RouteMeasures:
    """Return how long and steep a route is; raises ScanError for a file without a path."""
    positions = list_positions(record.entry.of, record.catalogue)
    return measure_route(record.entry.of, positions, read_route_line(record))


def straight(record: RouteRecord) -> Ring:
    """Return straight lines between the stops with a position, closed for a loop.

    They are no path to follow, and stand in for one that is missing. Optional stops are included.
    """
    points = [point for point in list_positions(record.entry.of, record.catalogue) if point is not None]
    return [*points, points[0]] if record.entry.of.loop and len(points) > 1 else points


def lon_lat(position: Position | None) -> Point | None:
    """Return a position as (lon, lat), or None where it is unknown."""
    return position.point if position else None


def _unreadable(path: Path, error: OutlineError) -> ScanError:
    return ScanError(path, "", error.cause, error.cure)


Phrase = dict[str, str]

DISPUTED: Phrase = {"fr": "Les sources se contredisent.", "en": "The sources disagree."}
APPROXIMATE: Phrase = {"fr": "Date approximative.", "en": "Approximate date."}
UNVERIFIED: Phrase = {
    "fr": "Fiche à vérifier : une partie n’a qu’une source, ou est déduite.",
    "en": "Entry to be verified: part of it has a single source, or is deduced.",
}
DEMONSTRATION: Phrase = {
    "fr": "Lieu de démonstration : ce que l’on y voit est simulé.",
    "en": "Demonstration place: what is shown of it is simulated.",
}
UNREVIEWED: Phrase = {"fr": "Traduction non relue.", "en": "Unreviewed translation."}
DATATOURISME: Phrase = {
    "fr": "Export non vérifié : l’ontologie officielle de DATAtourisme n’a pas été consultée.",
    "en": "Unverified export: the official DATAtourisme ontology was not consulted.",
}
STANDINGS: dict[str, Phrase] = {
    "proposal": {
        "fr": "Proposition : rien n’a été vérifié sur le terrain.",
        "en": "Proposal: nothing has been checked on the ground.",
    },
    "tested": {"fr": "Essayé sur le terrain.", "en": "Tested on the ground."},
    "official": {"fr": "Itinéraire officiel.", "en": "Official route."},
}
MEASURES: dict[str, Phrase] = {
    "indicative": {"fr": "indicatif", "en": "indicative"},
    "documented": {"fr": "d’après un document", "en": "documented"},
    "measured": {"fr": "mesuré", "en": "measured"},
    "computed": {"fr": "calculé, non parcouru", "en": "computed, not walked"},
    "walked": {"fr": "calculé, puis parcouru", "en": "computed, then walked"},
    "straight": {
        "fr": "au moins, en ligne droite entre les arrêts",
        "en": "at least, in straight lines between the stops",
    },
}
EVIDENCE: dict[str, Phrase] = {
    "attested": {"fr": "attesté par des sources", "en": "attested by sources"},
    "deduced": {"fr": "déduit", "en": "deduced"},
    "typical": {"fr": "d’après son type", "en": "typical of its kind"},
    "hypothetical": {"fr": "hypothétique", "en": "hypothetical"},
}
MODELS: dict[str, Phrase] = {
    "scan": {"fr": "Relevé numérique", "en": "Scan"},
    "reconstruction": {"fr": "Reconstitution", "en": "Reconstruction"},
    "model": {"fr": "Modèle", "en": "Model"},
    "survey": {"fr": "Relevé aérien", "en": "Survey from the air"},
    "massing": {"fr": "Reconstitution d’après ce que l’on sait", "en": "Reconstruction from what is known"},
    "historic": {"fr": "Photographie ancienne sur le sol d’aujourd’hui", "en": "Old photograph on today’s ground"},
}
KINDS: dict[str, Phrase] = {
    "cite": {"fr": "cité minière", "en": "miners’ housing estate"},
    "terril": {"fr": "terril", "en": "slag heap"},
    "ecole": {"fr": "école", "en": "school"},
    "hopital/dispensaire": {"fr": "dispensaire ou hôpital", "en": "health centre or hospital"},
    "eglise": {"fr": "église", "en": "church"},
    "fosse": {"fr": "fosse de mine", "en": "colliery"},
    "cavalier/gare": {"fr": "cavalier minier ou gare", "en": "mine railway or station"},
    "chevalement": {"fr": "chevalement", "en": "headframe"},
    "etang-affaissement": {"fr": "étang d’affaissement", "en": "subsidence pond"},
    "salle-des-fetes": {"fr": "salle des fêtes", "en": "community hall"},
    "chateau/maison-directeur": {"fr": "château ou maison de directeur", "en": "manager’s house"},
    "other": {"fr": "patrimoine minier", "en": "mining heritage"},
    "example": {"fr": "exemple pris ailleurs", "en": "example from elsewhere"},
    "story": {"fr": "lieu d’un récit", "en": "place of a trail"},
}
EVENTS: dict[str, Phrase] = {
    "begun": {"fr": "début des travaux", "en": "beginning of works"},
    "built": {"fr": "construction", "en": "construction"},
    "opened": {"fr": "ouverture", "en": "opening"},
    "closed": {"fr": "fermeture", "en": "closure"},
    "filled": {"fr": "remblayage", "en": "filling in"},
    "demolished": {"fr": "démolition", "en": "demolition"},
    "restored": {"fr": "restauration", "en": "restoration"},
    "protected": {"fr": "protection", "en": "protection"},
    "other": {"fr": "événement", "en": "event"},
}
BASIN: Phrase = {"fr": "Bassin minier du Nord-Pas de Calais", "en": "Nord-Pas de Calais Mining Basin"}
"""As the UNESCO list calls its number 1360 in its two working languages."""


def label_in(phrase: Phrase, language: str) -> tuple[str, str]:
    """Return a label in a language or in English, and its language.

    >>> label_in(KINDS["terril"], "pl")
    ('slag heap', 'en')
    """
    code = language if language in phrase else "en"
    return phrase[code], code


def evidence(kind: str, level: str) -> Phrase:
    """Return the kind of a model and its evidence.

    >>> evidence("reconstruction", "hypothetical")["en"]
    'Reconstruction: hypothetical'
    """
    return {
        "fr": f"{MODELS[kind]['fr']} : {EVIDENCE[level]['fr']}",
        "en": f"{MODELS[kind]['en']}: {EVIDENCE[level]['en']}",
    }


def note_unreviewed(languages: tuple[str, ...]) -> Phrase:
    """Return a note on languages whose translations are not reviewed; empty without any."""
    if not languages:
        return {}
    codes = ", ".join(languages)
    return {"fr": f"Traductions non relues : {codes}.", "en": f"Unreviewed translations: {codes}."}


def length_phrase(known: RouteMeasures) -> Phrase:
    """Return the length of a route with how far to trust it; empty where nothing is known.

    >>> length_phrase(RouteMeasures("indicative", None, "straight", 5.96))["en"]
    '5.9 km (at least, in straight lines between the stops)'
    """
    least = None if known.straight_km is None else math.floor(known.straight_km * 10) / 10
    kilometres = known.length_km if known.length_km is not None else least
    if kilometres is None:
        return {}
    measure, shown = MEASURES[known.length_measure], f"{kilometres:.1f}"
    return {"fr": f"{shown.replace('.', ',')} km ({measure['fr']})", "en": f"{shown} km ({measure['en']})"}


FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Characters that begin a formula in a spreadsheet (OWASP, CSV Injection)."""


def csv_table(sites: Sequence[SiteRecord]) -> bytes:
    """Return a row for each site, with a column for each text and language."""
    rows = [dict(_row(record)) for record in sites]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(rows[0] if rows else ["slug"])
    writer.writerows([list(row.values()) for row in rows])
    return ("\ufeff" + stream.getvalue()).encode()


def _row(record: SiteRecord) -> Iterator[tuple[str, str]]:
    site, inscription, position = record.entry.of, record.entry.of.inscription, record.entry.of.position
    yield "slug", record.slug
    yield from _localize("name", record.names())
    for key in ("kind", "theme", "commune", "insee"):
        yield key, csv_cell(getattr(site, key))
    yield "communes", csv_cell(", ".join(site.communes))
    yield "lon", csv_number(position.lon if position else None)
    yield "lat", csv_number(position.lat if position else None)
    yield "position.basis", csv_cell(position.basis if position else "")
    yield "period", csv_cell(site.period.text if site.period else "")
    for key in ("period_note", "company"):
        yield key, csv_cell(getattr(site, key))
    for key in ("list", "code", "component", "element", "protection"):
        yield f"inscription.{key}", csv_cell(str(getattr(inscription, key) or "") if inscription else "")
    yield "area_ha", csv_number(site.extent.area_ha if site.extent else None)
    yield from _localize("summary", record.summaries())
    yield from _localize("description", record.descriptions())
    for key in VISIT_TEXTS:
        yield from _localize(f"visit.{key}", record.text("visit", key) if site.visit else {})
    yield "keywords", csv_cell(", ".join(site.keywords))
    yield "demonstration", "oui" if site.demonstration else ""
    yield "confidence", site.confidence
    yield "unreviewed", csv_cell(", ".join(record.list_unreviewed()))
    yield "models", csv_cell(", ".join(each.state.id for each in record.models))
    yield "credit", csv_cell("; ".join(credit_lines(site.rights)))
    yield "page", record.urls.page(record.slug, SOURCE)


def _localize(key: str, texts: Texts) -> Iterator[tuple[str, str]]:
    by_language = plain_texts(texts)
    yield from ((f"{key}.{code}", csv_cell(by_language.get(code, ""))) for code in LANGUAGES)


def csv_cell(text: str) -> str:
    """Return a text with an apostrophe before anything that a spreadsheet would take for a formula.

    >>> csv_cell("=1+1"), csv_cell("Fosse n° 1")
    ("'=1+1", 'Fosse n° 1')
    """
    value = plain(text)
    return f"'{value}" if value.startswith(FORMULA) else value


def csv_number(value: float | None) -> str:
    """Return a number as a French spreadsheet reads it, with all its decimals.

    >>> csv_number(50.3336), csv_number(None)
    ('50,3336', '')
    """
    if value is None:
        return ""
    digits = f"{Decimal(repr(value)):f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits).replace(".", ",")
