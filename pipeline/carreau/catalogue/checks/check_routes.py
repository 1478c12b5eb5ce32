"""Check a route."""

from __future__ import annotations

from collections.abc import Sequence

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import Number, message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.checks.check_files import check_licences, check_media, found_file
from carreau.catalogue.checks.check_sites import (
    ask_team,
    check_commune,
    check_position,
    check_rights,
    check_sources,
    check_twice,
)
from carreau.catalogue.checks.check_texts import check_audience, check_markup
from carreau.catalogue.route import Place, Route
from carreau.catalogue.route_line import Point, passes, read_line
from carreau.catalogue.route_measures import NEAR_M, first_out_of_order, positions_of, walk_order
from carreau.formats.geodata import OutlineError, read_path

PATHS = (".gpx", ".geojson")


def check_route(entry: Entry[Route], catalogue: Catalogue) -> None:
    """Report errors and open questions of a route."""
    route, document, positions = entry.of, entry.document, positions_of(entry.of, catalogue)
    if route.path:
        _check_path(document, route.path)
        _check_line(document, route, positions, walk_order(route, catalogue))
    elif route.path_measure != "indicative":
        cause = message("without a path, the stops are connected by straight lines only")
        cure = message("name a GPX or GeoJSON file in path, or write indicative")
        document.error("missing file", ("path_measure",), cause, cure)
    if route.standing == "proposal":
        cause, cure = message("the route is an untested proposal"), message("test it on the ground, then write tested")
        document.question("unverified", ("standing",), cause, cure)
    _check_start(document, route, positions, catalogue)
    for place, stop in enumerate(route.stop):
        key: KeyPath = ("stop", place)
        if bool(stop.site) == (stop.place is not None):
            cause = message("a stop needs either a site or a place")
            cure = message("write site = with its slug, or [stop.place] with its name")
            document.error("missing key", key, cause, cure)
        if stop.place is not None:
            _check_place(document, (*key, "place"), stop.place, catalogue)
        check_position(document, (*key, "at"), stop.at, "", (), catalogue.communes)
    if len(route.stop) == 1:
        cause, cure = message("a route needs at least two stops"), message("add a second [[stop]]")
        document.error("missing key", ("stop",), cause, cure)
    check_media(document, route.media)
    check_twice(document, route.media, "media")
    check_rights(document, route.rights)
    check_licences(document, route)
    check_sources(document, route.source)
    ask_team(document, route.questions)
    check_audience(document, route)
    check_markup(document, route)


def _check_path(document: TomlDocument, name: str) -> None:
    path = found_file(document, ("path",), name, PATHS)
    try:
        if path is not None and path.suffix.lower() in PATHS:
            read_path(path)
    except OutlineError as error:
        cause = message("'%(file)s': %(reason)s", file=name, reason=error.cause)
        document.error("wrong value", ("path",), cause, error.cure)


def _check_start(document: TomlDocument, route: Route, positions: Sequence[Point | None], catalogue: Catalogue) -> None:
    """Report a first stop without a position: nobody can go there, and the order of the others begins there."""
    if not positions or positions[0] is not None:
        return
    first, site = route.stop[0], catalogue.sites.get(route.stop[0].site)
    is_place = first.place is not None and bool(first.place.name)
    if not is_place and not (site is not None and site.document.is_read):
        return  # other checks tell of a stop that is not written yet, and of a site that is none
    key: KeyPath = ("stop", 0, "place", "position") if first.place is not None else ("stop", 0)
    cause = message("the first stop has no position, so nobody can go to the start")
    cure = message("write lon, lat and basis, or begin with a stop whose position is known")
    document.error("missing key", key, cause, cure)


def _check_line(document: TomlDocument, route: Route, positions: Sequence[Point | None], order: Sequence[int]) -> None:
    """Ask about a line that was computed and not walked, that misses its stops, or passes them in another order."""
    try:
        line = read_line(document.path.parent / route.path)
    except OutlineError:
        return  # `_check_path` tells of it
    if route.path_measure == "computed" and not route.walked:
        cause, cure = (
            message("the path was computed, and nobody has walked it"),
            message("walk it, then write walked = true"),
        )
        document.question("unverified", ("path_measure",), cause, cure)
    known = [(number, point) for number in order if (point := positions[number]) is not None]
    away_m = {number: passes(line.points, point)[0] for number, point in known}
    for number, metres in away_m.items():
        if metres > NEAR_M:
            cause = message("the path passes %(metres)s m away from this stop", metres=Number(metres, ",.0f"))
            cure = message("lead it to the stop, or write in [stop.at] where one stands")
            document.question("far path", ("stop", number), cause, cure)
    near = [(number, point) for number, point in known if away_m[number] <= NEAR_M]
    wrong = first_out_of_order(line.points, [point for _, point in near], bool(route.loop))
    if wrong is not None:
        cause = message("the path passes this stop before the one that precedes it here")
        cure = message("put the [[stop]] tables in the order of the path, or turn the path around")
        document.question("wrong order", ("stop", near[wrong][0]), cause, cure)


def _check_place(document: TomlDocument, key: KeyPath, place: Place, catalogue: Catalogue) -> None:
    check_commune(document, key, place.commune, place.insee, catalogue.communes)
    check_position(document, (*key, "position"), place.position, place.insee, (), catalogue.communes)
