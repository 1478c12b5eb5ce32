"""GPX 1.1 of routes for phones and satellite receivers; its elements have a fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from xml.etree.ElementTree import Element

from carreau.base.languages import CHAINS, SOURCE
from carreau.base.messages import message
from carreau.base.terms import licence_url
from carreau.catalogue.site import Rights
from carreau.exports.record import NothingToExportError, RouteRecord, StopRecord, credit_lines
from carreau.exports.serializers import (
    STANDINGS,
    Phrase,
    Point,
    add,
    begin,
    length_phrase,
    localize,
    lon_lat,
    measures,
    note_unreviewed,
    plain,
    read_route_line,
    straight,
    words,
    xml_bytes,
)

NAMESPACE = "http://www.topografix.com/GPX/1/1"

STRAIGHT: Phrase = {
    "fr": "Lignes droites entre les arrêts : tracé indicatif, à ne pas suivre.",
    "en": "Straight lines between the stops: indicative, not a path to follow.",
}
INDICATIVE: Phrase = {"fr": "Tracé indicatif, à vérifier sur place.", "en": "Indicative path, to be checked on site."}
COMPUTED: Phrase = {
    "fr": "Tracé calculé, que personne n’a encore parcouru : vérifiez chemins, traversées et fermetures.",
    "en": "Computed path that nobody has walked yet: check paths, crossings and closures.",
}
_DOUBTS = {"indicative": INDICATIVE, "computed": COMPUTED}
"""By how far a path is to be trusted; the others are of a document, measured, or walked."""
UNPLACED: Phrase = {"fr": "Sans position connue, absent d’ici : ", "en": "Left out here, as its place is not known: "}
OPTIONAL: Phrase = {"fr": "Arrêt facultatif.", "en": "Optional stop."}


def gpx(record: RouteRecord, language: str = SOURCE) -> bytes:
    """Return a route: a waypoint for each stop, and its path as a track, or straight lines as a route marked as such.

    language : of the texts, with fallback; GPX has one language
    Raises NothingToExportError with fewer than two known positions, and ScanError for a file without a path.
    """
    drawn = read_route_line(record)
    path = drawn.points if drawn else []
    line = path or straight(record)
    if len(line) < 2:
        raise NothingToExportError(
            record.entry.document.name,
            message("it needs at least two stops with a known position"),
            message("add their positions, or draw its path"),
        )
    root = begin("gpx", xmlns=NAMESPACE, version="1.1", creator=f"Carreau {version('carreau')}")
    stops = [stop for stop in record.stops() if lon_lat(stop.position) is not None]
    points = [*line, *(point for point in (lon_lat(stop.position) for stop in stops) if point)]
    _metadata(root, record, language, points)
    for stop in stops:
        _waypoint(root, record, stop, language)
    heights = drawn.heights if drawn else None
    _line(root, record, line, heights or (None,) * len(line), language, is_drawn=bool(path))
    return xml_bytes(root)


def _metadata(root: Element, record: RouteRecord, language: str, points: Iterable[Point]) -> None:
    route, metadata = record.entry.of, add(root, "metadata")
    parts = [words(record.summaries(), language), phrase(STANDINGS[route.standing], language)]
    texts = [each for each in (localize(record.names(), language), localize(record.summaries(), language)) if each]
    flagged = note_unreviewed(tuple(dict.fromkeys(each.language for each in texts if each.standing == "unreviewed")))
    unplaced = [words(stop.names, language) for stop in record.stops() if lon_lat(stop.position) is None]
    length = length_phrase(measures(record))
    parts += [phrase(length, language) if length else ""]
    parts += [phrase(UNPLACED, language) + ", ".join(unplaced) if unplaced else ""]
    parts += [phrase(flagged, language) if flagged else "", *credit_lines(route.rights)]
    _text(metadata, "name", words(record.names(), language))
    _text(metadata, "desc", "\n\n".join(part for part in parts if part))
    if record.edition.publisher:
        add(add(metadata, "author"), "name", record.edition.publisher)
    _copyright(metadata, route.rights)
    _link(metadata, record.urls.route_page(record.slug, language))
    lons, lats = zip(*points, strict=True)
    ends = {"minlat": min(lats), "minlon": min(lons), "maxlat": max(lats), "maxlon": max(lons)}
    add(metadata, "bounds", **{name: _degrees(value) for name, value in ends.items()})


def _copyright(metadata: Element, rights: Iterable[Rights]) -> None:
    """Add the first rights holder, since GPX has one copyright element; the description lists all."""
    owner = next((each for each in rights if each.credit), None)
    if owner is not None:
        element = add(metadata, "copyright", author=plain(owner.credit))
        _text(element, "license", licence_url(owner.licence))


def _waypoint(root: Element, record: RouteRecord, stop: StopRecord, language: str) -> None:
    point = lon_lat(stop.position)
    if point is None:
        return
    element = _place(root, "wpt", point)
    _text(element, "name", words(stop.names, language))
    _text(element, "cmt", phrase(OPTIONAL, language) if stop.stop.optional else "")
    _text(element, "desc", words(stop.texts, language))
    _text(element, "src", stop.position.basis if stop.position else "")
    if stop.site is not None:
        _link(element, record.urls.page(stop.stop.site, language))
        _text(element, "type", stop.site.of.kind)


def _line(
    root: Element, record: RouteRecord, line: Iterable[Point], heights: Iterable[float | None], language: str,
    is_drawn: bool,
) -> None:  # fmt: skip
    """Write a path as a track, or straight lines between the stops as a route."""
    element = add(root, "trk" if is_drawn else "rte")
    doubt = _DOUBTS.get(measures(record).path_measure) if is_drawn else STRAIGHT
    _text(element, "name", words(record.names(), language))
    _text(element, "cmt", phrase(doubt, language) if doubt else "")
    _text(element, "type", record.entry.of.mode)
    around = add(element, "trkseg") if is_drawn else element
    for point, height in zip(line, heights, strict=True):
        place = _place(around, "trkpt" if is_drawn else "rtept", point)
        _text(place, "ele", "" if height is None else f"{height:.1f}")


def phrase(texts: Phrase, language: str) -> str:
    """Return a label in a language or the next of its fallback chain."""
    return next(texts[code] for code in CHAINS[language] if code in texts)


def _place(parent: Element, name: str, point: Point) -> Element:
    return add(parent, name, lat=_degrees(point[1]), lon=_degrees(point[0]))


def _degrees(value: float) -> str:
    """Return degrees to a tenth of a millimetre; XML Schema's decimals know no exponent."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _link(parent: Element, address: str) -> None:
    add(add(parent, "link", href=address), "type", "text/html")


def _text(parent: Element, name: str, text: str) -> None:
    if text:
        add(parent, name, text)
