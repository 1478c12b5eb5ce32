"""Check where things are said to be: in their commune, in their outline, and not with lon and lat exchanged."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.catalogue.checks_of_files import found_file
from pipeline.catalogue.communes import Commune, commune_at
from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.geojson import OutlineError, read_outlines
from pipeline.catalogue.site import Position, Site


def check_commune(sheet: TomlDocument, key: KeyPath, name: str, insee: str, communes: Mapping[str, Commune]) -> None:
    """Note where the name and the INSEE code of a commune do not belong together."""
    if not insee or not communes:
        return
    known = communes.get(insee)
    if known is None and any(each.name == name for each in communes.values()):
        right = next(each.insee for each in communes.values() if each.name == name)
        sheet.error("wrong value", (*key, "insee"), f"{name} has another code than {insee!r}", f"write '{right}'")
    elif known is None:
        cure = "check the code, or that the place is meant to lie elsewhere"
        sheet.question("unverified", (*key, "insee"), f"{insee!r} is no commune of the territory", cure)
    elif name and known.name != name:
        cure = f"write {known.name}, or correct the code"
        sheet.error("wrong value", (*key, "commune"), f"'{insee}' is {known.name} and not {name}", cure)


def check_position(
    sheet: TomlDocument, key: KeyPath, position: Position | None, insee: str, also: tuple[str, ...],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    """Note a position that is only half there, without its basis, or outside its commune.

    also : names of other communes that the place reaches into
    """
    if position is None:
        return
    lon, lat = position.lon, position.lat
    if lon is None or lat is None:
        sheet.question("not written", key, "it has no position", "write lon and lat in degrees, with their basis")
        return
    if not position.basis:
        cure = "write where the figures come from: a survey, a map, an official outline"
        sheet.error("missing source", (*key, "basis"), "the position has no basis", cure)
    if insee in communes:
        _check_inside(sheet, key, (lon, lat), communes[insee], also, communes)


def _check_inside(
    sheet: TomlDocument, key: KeyPath, point: tuple[float, float], own: Commune, also: tuple[str, ...],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    if own.outline.holds(*point):
        return
    found = commune_at(communes, *point)
    if found is not None and found.name in also:
        cause = f"the position lies in {found.name} and not in {own.name}, which the place is filed under"
        sheet.question("unverified", (*key, "lon"), cause, "check which commune it belongs to")
    elif own.outline.holds(point[1], point[0]):
        cause = f"the position lies outside {own.name}: lon and lat are exchanged"
        sheet.error("outside the commune", (*key, "lon"), cause, "exchange them; here lon is about 3 and lat about 50")
    else:
        cause = f"the position lies outside {own.name}" + (f", in {found.name}" if found else "")
        sheet.error("outside the commune", (*key, "lon"), cause, "correct lon and lat, or the commune")


def check_poses(sheet: TomlDocument, site: Site, communes: Mapping[str, Commune]) -> None:
    """Note states that stand outside the site's commune."""
    for place, state in enumerate(site.state):
        pose = state.geopose
        if pose and pose.lon is not None and pose.lat is not None and site.insee in communes:
            key: KeyPath = ("state", place, "geopose")
            _check_inside(sheet, key, (pose.lon, pose.lat), communes[site.insee], site.communes, communes)


def check_outline(sheet: TomlDocument, site: Site) -> None:
    """Note an outline that cannot be read, or that the position lies outside of."""
    if not site.outline:
        return
    path = found_file(sheet, ("outline",), site.outline, (".geojson", ".json"))
    if path is None:
        return
    try:
        outlines = read_outlines(path)
    except OutlineError as error:
        sheet.error("wrong value", ("outline",), f"'{site.outline}': {error.args[0]}", error.args[1])
        return
    place = site.position
    if place and place.lon is not None and place.lat is not None:
        lon, lat = place.lon, place.lat
        if not any(outline.holds(lon, lat) for outline in outlines):
            cure = "check which of the two is right"
            sheet.question("unverified", ("position", "lon"), "the position lies outside the outline", cure)
