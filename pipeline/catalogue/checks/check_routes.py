"""Check a route."""

from __future__ import annotations

from pipeline.catalogue.catalogue import Catalogue, Entry
from pipeline.catalogue.checks.check_audience import check_audience
from pipeline.catalogue.checks.check_files import check_media, found_file
from pipeline.catalogue.checks.check_places import check_commune, check_position
from pipeline.catalogue.checks.check_sites import ask_team, check_rights, check_sources, check_twice
from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.geodata import OutlineError, read_path
from pipeline.catalogue.route import Place, Route
from pipeline.messages import message

PATHS = (".gpx", ".geojson")


def check_route(entry: Entry[Route], catalogue: Catalogue) -> None:
    """Report errors and open questions of a route."""
    route, document = entry.of, entry.document
    if route.path:
        _check_path(document, route.path)
    elif route.path_measure in ("documented", "measured"):
        cause = message("without a path, the stops are connected by straight lines only")
        cure = message("name a GPX or GeoJSON file in path, or write indicative")
        document.error("missing file", ("path_measure",), cause, cure)
    if route.standing == "proposal":
        cause, cure = message("the route is an untested proposal"), message("test it on the ground, then write tested")
        document.question("unverified", ("standing",), cause, cure)
    for place, stop in enumerate(route.stop):
        key: KeyPath = ("stop", place)
        if bool(stop.site) == (stop.place is not None):
            cause = message("a stop needs either a site or a place")
            cure = message("write site = with its slug, or [stop.place] with its name")
            document.error("missing key", key, cause, cure)
        if stop.place is not None:
            _check_place(document, (*key, "place"), stop.place, catalogue)
    if len(route.stop) == 1:
        cause, cure = message("a route needs at least two stops"), message("add a second [[stop]]")
        document.error("missing key", ("stop",), cause, cure)
    check_media(document, route.media)
    check_twice(document, route.media, "media")
    check_rights(document, route.rights)
    check_sources(document, route.source)
    ask_team(document, route.questions)
    check_audience(document, route)


def _check_path(document: TomlDocument, name: str) -> None:
    path = found_file(document, ("path",), name, PATHS)
    try:
        if path is not None and path.suffix.lower() in PATHS:
            read_path(path)
    except OutlineError as error:
        cause = message("'%(file)s': %(reason)s", file=name, reason=error.cause)
        document.error("wrong value", ("path",), cause, error.cure)


def _check_place(document: TomlDocument, key: KeyPath, place: Place, catalogue: Catalogue) -> None:
    check_commune(document, key, place.commune, place.insee, catalogue.communes)
    check_position(document, (*key, "position"), place.position, place.insee, (), catalogue.communes)
