"""Make up a site in which everything is written, in five languages, with models of two states, and a route to it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.i18n.po import Book, Unit, write_book
from carreau.catalogue.i18n.source_texts import list_texts
from carreau.exports.record import (
    ModelFile,
    Publication,
    RouteRecord,
    SiteRecord,
    StateRecord,
    route_record,
    site_record,
)
from carreau.exports.urls import Urls
from tests.pipeline.catalogue.catalogues import ROUTE, SITE, written

EDITION = Publication(
    "Une institution", "https://institution.example", "contact@institution.example", "Un agrégateur", "2026-11-26"
)

MORE = """
[[date]]
event = "built"
when = "1838~"
label = "construction du lavoir"
of = "lavoir"
disputed = true

[[fact]]
name = "miners"
label = "mineurs"
value = "plus de 2 000"
source = "livre"
note = "en 1900 <environ>"
disputed = true

[[fact]]
name = "unknown"
label = "inconnu"

[[architect]]
name = "Un Architecte"
role = "architecte"
source = "livre"

[[source]]
title = "Le livre & la revue"
url = "https://livre.example/"

[[state]]
id = "1930"
title = "En 1930"
date = "1930~"
kind = "reconstruction"
file = "scan.ply"
evidence = "hypothetical"
author = "Un dessinateur"
credit = "Fonds d'essai"
licence = "etalab-2.0 OR CC-BY-SA-4.0"
note = "Le toit est supposé."
sources = ["carte postale"]

[[state.part]]
name = "cheminee"
title = "cheminée"
evidence = "hypothetical"

[[state]]
id = "later"
title = "Plus tard"
kind = "model"
evidence = "deduced"
"""

FULL = (
    SITE.replace('confidence = "high"', 'confidence = "medium"\nother_names = ["Fosse n° 1"]\ncommunes = ["Ici", "Là"]')
    .replace('company = "Compagnie"', 'company = "Compagnie"\nperiod_note = "1831-1862 selon un livre, 1870 ailleurs"')
    .replace('title = "La porte"', 'title = "La porte"\ntext = "Une [porte](media:facade) basse."')
    .replace('code = "1360-008"', 'code = ""\nprotection = "Inscrit MH"')
    + MORE
)


def catalogue(root: Path) -> Catalogue:
    """Write the catalogue and read it."""
    root.parent.mkdir(exist_ok=True)
    return read_catalogue(written(root, FULL, ROUTE))


def translations(found: Catalogue, locales: Path, without: str = "") -> Translations:
    """Write translations of everything: English accepted, Dutch and German not, a Polish summary of other French.

    without : a language that is left out
    """
    for code in {"en", "nl", "de", "pl"} - {without}:
        units = []
        for entry in found.entries():
            for message in list_texts(entry):
                unit = Unit(message.context, message.text, f"{code}: {message.text}")
                if code in ("nl", "de"):
                    unit = replace(unit, flags=("fuzzy",))
                elif code == "pl" and message.context.endswith(".summary"):
                    unit = replace(unit, flags=("fuzzy",), former="Autre chose.")
                units.append(unit)
        header = Unit("", "", f"Language: {code}\nContent-Type: text/plain; charset=UTF-8\n")
        path = locales / code / "LC_MESSAGES" / "content.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(write_book(Book(header, tuple(units))))
    return Translations(locales)


def models(found: Catalogue) -> dict[str, StateRecord]:
    """Return what was made of today and of 1930; nothing was made of what is later."""
    urls = Urls()
    made = {}
    for state in found.sites["une"].of.state[:2]:
        poster = urls.poster("une", state.id)
        bounds = ((-5.0, 0.0, -4.0), (5.0, 12.0, 4.0))
        files = (_file(state.id, "phone", "glb", 80_000), _file(state.id, "ar", "usdz", None))
        made[state.id] = StateRecord(state, files, poster, (1600, 900), bounds)
    return made


def _file(state: str, level: str, ending: str, triangles: int | None) -> ModelFile:
    media_type = {"glb": "model/gltf-binary", "usdz": "model/vnd.usdz+zip"}[ending]
    name = f"{level}.{ending}"
    return ModelFile(
        level, name, media_type, 1234, "0" * 64, Urls().model_file("une", state, name), triangles, 2048, 0.01
    )


def site(root: Path, edition: Publication = EDITION) -> SiteRecord:
    """Return the record of the made-up site."""
    found = catalogue(root / "assets")
    told = translations(found, root / "locales")
    return site_record(found.sites["une"], found, told, models=models(found), edition=edition)


def route(root: Path, edition: Publication = EDITION) -> RouteRecord:
    """Return the record of the route to it."""
    found = catalogue(root / "assets")
    return route_record(found.routes["way"], found, translations(found, root / "locales"), edition=edition)


def texts(document: bytes) -> str:
    """Return a JSON document in one line, for looking into it."""
    return json.dumps(json.loads(document), ensure_ascii=False)
