"""GPX 1.1 of routes for phones and satellite receivers; its elements have a fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from xml.etree.ElementTree import Element

from pipeline.catalogue.site import Rights
from pipeline.exports.records.edition import NothingToExportError
from pipeline.exports.records.geometries import Point, point_of, straight, way
from pipeline.exports.records.labels import STANDINGS, Phrase, unreviewed
from pipeline.exports.records.record import RouteRecord, StopRecord
from pipeline.exports.records.rights import credit_lines, licence_url
from pipeline.exports.records.serialize import add, begin, heard, plain, words, xml_bytes
from pipeline.i18n.languages import CHAINS, SOURCE
from pipeline.messages import message

NAMESPACE = "http://www.topografix.com/GPX/1/1"

STRAIGHT: Phrase = {
    "fr": "Lignes droites entre les arrêts : tracé indicatif, à ne pas suivre.",
    "en": "Straight lines between the stops: indicative, not a path to follow.",
}
INDICATIVE: Phrase = {"fr": "Tracé indicatif, à vérifier sur place.", "en": "Indicative path, to be checked on site."}
UNPLACED: Phrase = {"fr": "Sans position connue, absent d’ici : ", "en": "Left out here, as its place is not known: "}
OPTIONAL: Phrase = {"fr": "Arrêt facultatif.", "en": "Optional stop."}


def gpx(record: RouteRecord, language: str = SOURCE) -> bytes:
    """Return a route: a waypoint a stop, and its way as a track, or straight lines as a route that says so.

    language : of the texts, or the next of its chain that has them: GPX tells one language alone
    Raises NothingToExportError where no two places are known, and ScanError for a path that holds no way.
    """
    drawn = way(record)
    line = drawn or straight(record)
    if len(line) < 2:
        raise NothingToExportError(
            record.entry.sheet.name,
            message("it needs at least two stops with a known position"),
            message("add their positions, or draw its path"),
        )
    root = begin("gpx", xmlns=NAMESPACE, version="1.1", creator=f"Carreau {version('carreau')}")
    stops = [stop for stop in record.stops() if point_of(stop.position) is not None]
    known = [*line, *(point for point in (point_of(stop.position) for stop in stops) if point)]
    _metadata(root, record, language, known)
    for stop in stops:
        _waypoint(root, record, stop, language)
    _line(root, record, line, language, is_drawn=bool(drawn))
    return xml_bytes(root)


def _metadata(root: Element, record: RouteRecord, language: str, known: Iterable[Point]) -> None:
    route, metadata = record.entry.of, add(root, "metadata")
    said = [words(record.summaries(), language), phrase(STANDINGS[route.standing], language)]
    waiting = [each for each in (heard(record.names(), language), heard(record.summaries(), language)) if each]
    flagged = unreviewed(tuple(dict.fromkeys(each.language for each in waiting if each.standing == "unreviewed")))
    unplaced = [words(stop.names, language) for stop in record.stops() if point_of(stop.position) is None]
    said += [phrase(UNPLACED, language) + ", ".join(unplaced) if unplaced else ""]
    said += [phrase(flagged, language) if flagged else "", *credit_lines(route.rights)]
    _text(metadata, "name", words(record.names(), language))
    _text(metadata, "desc", "\n\n".join(part for part in said if part))
    if record.edition.publisher:
        add(add(metadata, "author"), "name", record.edition.publisher)
    _copyright(metadata, route.rights)
    _link(metadata, record.urls.route_page(record.slug, language))
    lons, lats = zip(*known, strict=True)
    ends = {"minlat": min(lats), "minlon": min(lons), "maxlat": max(lats), "maxlon": max(lons)}
    add(metadata, "bounds", **{name: _degrees(value) for name, value in ends.items()})


def _copyright(metadata: Element, rights: Iterable[Rights]) -> None:
    """Name the first owner: GPX has room for one, the description names them all."""
    owner = next((each for each in rights if each.credit), None)
    if owner is not None:
        made = add(metadata, "copyright", author=plain(owner.credit))
        _text(made, "license", licence_url(owner.licence))


def _waypoint(root: Element, record: RouteRecord, stop: StopRecord, language: str) -> None:
    point = point_of(stop.position)
    if point is None:
        return
    made = _place(root, "wpt", point)
    _text(made, "name", words(stop.names, language))
    _text(made, "cmt", phrase(OPTIONAL, language) if stop.stop.optional else "")
    _text(made, "desc", words(stop.texts, language))
    _text(made, "src", stop.position.basis if stop.position else "")
    if stop.site is not None:
        _link(made, record.urls.page(stop.stop.site, language))
        _text(made, "type", stop.site.of.kind)


def _line(root: Element, record: RouteRecord, line: Iterable[Point], language: str, is_drawn: bool) -> None:
    """Write the way: as a track what somebody drew, as a route what only joins the stops."""
    made = add(root, "trk" if is_drawn else "rte")
    doubt = INDICATIVE if is_drawn else STRAIGHT
    is_doubted = not is_drawn or record.entry.of.path_measure == "indicative"
    _text(made, "name", words(record.names(), language))
    _text(made, "cmt", phrase(doubt, language) if is_doubted else "")
    _text(made, "type", record.entry.of.mode)
    around = add(made, "trkseg") if is_drawn else made
    for point in line:
        _place(around, "trkpt" if is_drawn else "rtept", point)


def phrase(said: Phrase, language: str) -> str:
    """Return what we add to a text, in a language or the next of its chain."""
    return next(said[code] for code in CHAINS[language] if code in said)


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
