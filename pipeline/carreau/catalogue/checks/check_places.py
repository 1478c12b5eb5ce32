"""Check positions: in their commune, in their outline, and lon and lat not swapped."""

from __future__ import annotations

import re
from collections.abc import Mapping

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.checks.check_files import found_file
from carreau.catalogue.site import Position, Site
from carreau.formats.geodata import Commune, OutlineError, commune_at, read_outlines


def check_commune(document: TomlDocument, key: KeyPath, name: str, insee: str, communes: Mapping[str, Commune]) -> None:
    """Report a commune whose name and INSEE code do not match."""
    if not insee or not communes:
        return
    commune = communes.get(insee)
    if commune is None and any(each.name == name for each in communes.values()):
        right = next(each.insee for each in communes.values() if each.name == name)
        cause = message("'%(code)s' is not the INSEE code of %(commune)s", code=insee, commune=name)
        document.error("wrong value", (*key, "insee"), cause, message("write '%(code)s'", code=right))
    elif commune is None:
        cause = message("'%(code)s' is not a commune of the territory", code=insee)
        cure = message("check the code, and whether the place is meant to be elsewhere")
        document.question("unverified", (*key, "insee"), cause, cure)
    elif name and commune.name != name:
        cause = message(
            "'%(code)s' is the INSEE code of %(right)s, not of %(commune)s",
            code=insee,
            right=commune.name,
            commune=name,
        )
        cure = message("write %(commune)s, or correct the code", commune=commune.name)
        document.error("wrong value", (*key, "commune"), cause, cure)


def check_postcode(document: TomlDocument, postcode: str, insee: str, communes: Mapping[str, Commune]) -> None:
    """Report a postal code that is none, or none of the commune."""
    known = communes[insee].postcodes if insee in communes else ()
    if postcode and not re.fullmatch(r"[0-9]{5}", postcode):
        cause = message("'%(code)s' is not a postal code", code=postcode)
        document.error("wrong value", ("postcode",), cause, message("write its five digits in quotation marks"))
    elif postcode and known and postcode not in known:
        cause = message("'%(code)s' is not a postal code of %(commune)s", code=postcode, commune=communes[insee].name)
        document.error("wrong value", ("postcode",), cause, message("use one of: %(choices)s", choices=known))


def check_position(
    document: TomlDocument, key: KeyPath, position: Position | None, insee: str, also: tuple[str, ...],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    """Report a position that is incomplete, without its basis, or outside its commune.

    also : names of other communes that the place reaches into
    """
    if position is None:
        return
    lon, lat = position.lon, position.lat
    if lon is None or lat is None:
        cause, cure = message("the position is missing"), message("write lon and lat in degrees, and their basis")
        document.question("not written", key, cause, cure)
        return
    if not position.basis:
        cause = message("the basis of the position is missing")
        cure = message("name the survey, map or official outline that it comes from")
        document.error("missing source", (*key, "basis"), cause, cure)
    if insee in communes:
        _check_inside(document, key, (lon, lat), communes[insee], also, communes)


def _check_inside(
    document: TomlDocument, key: KeyPath, point: tuple[float, float], own: Commune, also: tuple[str, ...],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    if own.outline.contains(*point):
        return
    other = commune_at(communes, *point)
    if other is not None and other.name in also:
        cause = message(
            "the position is in %(other)s, but the place is filed under %(commune)s", other=other.name, commune=own.name
        )
        document.question("unverified", (*key, "lon"), cause, message("check which commune is right"))
    elif own.outline.contains(point[1], point[0]):
        cause = message("the position is outside %(commune)s: lon and lat are swapped", commune=own.name)
        cure = message("swap them; here lon is about 3 and lat about 50")
        document.error("outside the commune", (*key, "lon"), cause, cure)
    else:
        cause = (
            message("the position is outside %(commune)s, in %(other)s", commune=own.name, other=other.name)
            if other
            else message("the position is outside %(commune)s", commune=own.name)
        )
        document.error("outside the commune", (*key, "lon"), cause, message("correct lon and lat, or the commune"))


def check_poses(document: TomlDocument, site: Site, communes: Mapping[str, Commune]) -> None:
    """Report states outside the site's commune."""
    for place, state in enumerate(site.state):
        pose = state.geopose
        if pose and pose.lon is not None and pose.lat is not None and site.insee in communes:
            key: KeyPath = ("state", place, "geopose")
            _check_inside(document, key, (pose.lon, pose.lat), communes[site.insee], site.communes, communes)


def check_outline(document: TomlDocument, site: Site) -> None:
    """Report an outline that cannot be read, or that does not contain the position."""
    if not site.outline:
        return
    path = found_file(document, ("outline",), site.outline, (".geojson", ".json"))
    if path is None:
        return
    try:
        outlines = read_outlines(path)
    except OutlineError as error:
        cause = message("'%(file)s': %(reason)s", file=site.outline, reason=error.cause)
        document.error("wrong value", ("outline",), cause, error.cure)
        return
    place = site.position
    if place and place.lon is not None and place.lat is not None:
        lon, lat = place.lon, place.lat
        if not any(outline.contains(lon, lat) for outline in outlines):
            cause, cure = message("the position is outside the outline"), message("check which of the two is right")
            document.question("unverified", ("position", "lon"), cause, cure)
