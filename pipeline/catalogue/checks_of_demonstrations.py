"""Check that a place made up to show every feature is never taken for a real one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from pipeline.catalogue.communes import Commune, commune_at
from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.site import Site
from pipeline.messages import message

NOWHERE = ("commune", "insee", "outline", "position", "period", "company", "visit")
"""What a place that does not exist has none of, and is not asked for."""


def check_demonstration(sheet: TomlDocument, site: Site, communes: Mapping[str, Commune]) -> None:
    """Note a demonstration place that is not named so, is inscribed, or stands where something could be."""
    if not site.demonstration:
        return
    sheet.findings[:] = [each for each in sheet.findings if not (each.topic == "not written" and _is_nowhere(each.key))]
    if site.name and "demonstration" not in _plain(site.name):
        cause = message("the name of a demonstration must contain the word Démonstration")
        sheet.error("wrong value", ("name",), cause, message("add the word to the name"))
    if site.inscription is not None:
        cause = message("a demonstration cannot have an inscription")
        sheet.error("wrong value", ("inscription",), cause, message("remove it, or remove demonstration = true"))
    places: list[tuple[KeyPath, float | None, float | None]] = []
    if site.position is not None:
        places.append((("position",), site.position.lon, site.position.lat))
    for number, state in enumerate(site.state):
        if state.geopose is not None:
            places.append((("state", number, "geopose"), state.geopose.lon, state.geopose.lat))
    for key, lon, lat in places:
        if lon is not None and lat is not None and (commune := commune_at(communes, lon, lat)):
            cause = message(
                "a demonstration has no real location, but this position is in %(commune)s", commune=commune.name
            )
            cure = message("write lon = 0 and lat = 0")
            sheet.error("outside the commune", (*key, "lon"), cause, cure)


def _is_nowhere(key: str) -> bool:
    return re.split(r"[, ]", key, maxsplit=1)[0] in NOWHERE


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
