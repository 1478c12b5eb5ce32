"""Check what is said of a route."""

from __future__ import annotations

from pipeline.catalogue.catalogue import Catalogue, Entry
from pipeline.catalogue.checks_of_files import check_media, found_file
from pipeline.catalogue.checks_of_places import check_commune, check_position
from pipeline.catalogue.checks_of_sites import ask_team, check_rights, check_sources, check_twice
from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.geojson import OutlineError
from pipeline.catalogue.paths import read_path
from pipeline.catalogue.route import Place, Route

PATHS = (".gpx", ".geojson")


def check_route(entry: Entry[Route], catalogue: Catalogue) -> None:
    """Note what is wrong or open in a route."""
    route, sheet = entry.of, entry.sheet
    if route.path:
        _check_path(sheet, route.path)
    elif route.path_measure in ("documented", "measured"):
        cause = "without a path there are only straight lines between the stops"
        sheet.error("missing file", ("path_measure",), cause, "name a GPX or GeoJSON file in path, or write indicative")
    if route.standing == "proposal":
        cure = "walk it, then write tested"
        sheet.question("unverified", ("standing",), "the route is a proposal that nobody has tested", cure)
    for place, stop in enumerate(route.stop):
        key: KeyPath = ("stop", place)
        if bool(stop.site) == (stop.place is not None):
            cause = "a stop is either a site or a place"
            sheet.error("missing key", key, cause, "write site = with its slug, or [stop.place] with its name")
        if stop.place is not None:
            _check_place(sheet, (*key, "place"), stop.place, catalogue)
    if len(route.stop) == 1:
        sheet.error("missing key", ("stop",), "one stop makes no route", "write a second [[stop]]")
    check_media(sheet, route.media)
    check_twice(sheet, route.media, "media")
    check_rights(sheet, route.rights)
    check_sources(sheet, route.source)
    ask_team(sheet, route.questions)


def _check_path(sheet: TomlDocument, name: str) -> None:
    path = found_file(sheet, ("path",), name, PATHS)
    try:
        if path is not None and path.suffix.lower() in PATHS:
            read_path(path)
    except OutlineError as error:
        sheet.error("wrong value", ("path",), f"'{name}': {error.args[0]}", error.args[1])


def _check_place(sheet: TomlDocument, key: KeyPath, place: Place, catalogue: Catalogue) -> None:
    check_commune(sheet, key, place.commune, place.insee, catalogue.communes)
    check_position(sheet, (*key, "position"), place.position, place.insee, (), catalogue.communes)
