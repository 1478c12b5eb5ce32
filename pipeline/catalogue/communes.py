"""Know the communes of the territory, and which of them a point lies in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.geojson import Outline, OutlineError, read_outlines
from pipeline.messages import message

FILE = "communes.geojson"


@dataclass(frozen=True)
class Commune:
    """A commune by its INSEE code."""

    insee: str
    name: str
    outline: Outline


def read_communes(path: Path) -> Mapping[str, Commune]:
    """Return the communes of a GeoJSON file by INSEE code; raises OutlineError."""
    outlines = read_outlines(path)
    try:
        found = [Commune(str(each.properties["insee"]), str(each.properties["nom"]), each) for each in outlines]
    except (KeyError, TypeError) as error:
        cause = message("its areas have no properties insee and nom")
        raise OutlineError(cause, message("use the file that comes with Carreau")) from error
    return {commune.insee: commune for commune in found}


def commune_at(communes: Mapping[str, Commune], lon: float, lat: float) -> Commune | None:
    """Return the commune that a point lies in, None outside all."""
    return next((each for each in communes.values() if each.outline.holds(lon, lat)), None)
