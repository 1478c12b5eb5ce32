"""Find what tourist offices ask for and do not get: required properties of DATAtourisme that a place or route lacks."""

from __future__ import annotations

from typing import Any

from carreau.base.diagnostics import ERROR, QUESTION, Diagnostic
from carreau.base.messages import message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.translations import Translations
from carreau.catalogue.site import Site
from carreau.exports.records.publication import NothingToExportError
from carreau.exports.records.record import route_record, site_record
from carreau.exports.standards.datatourisme import (
    OF_PUBLISHER,
    POSTCODE,
    REQUIRED,
    datatourisme_route,
    datatourisme_site,
    lacking,
)
from carreau.formats.geodata import COMMUNES, Commune


def check_tourism(catalogue: Catalogue) -> list[Diagnostic]:
    """Return a question for each place and route whose record is incomplete for tourist offices.

    Postal codes are a question of the communes, and asked once, unless a commune has several: then of its places. What
    is only known when somebody publishes is left to the export.
    """
    translations = Translations(catalogue.root)  # has none: what is lacking is lacking in French
    found, without = list[Diagnostic](), 0
    entries: list[Entry[Any]] = [*catalogue.sites.values(), *catalogue.routes.values()]
    for entry in entries:
        lacks = [key for key in _lacking(entry, catalogue, translations) if key not in OF_PUBLISHER]
        communes = _communes(entry, catalogue)
        is_of_place = isinstance(entry.of, Site) and not (communes and len(communes[0].postcodes) < 2)
        if POSTCODE in lacks and not is_of_place:
            lacks.remove(POSTCODE)
            without += bool(communes) and not any(commune.postcodes for commune in communes)
        if lacks:
            cause = message("DATAtourisme asks for more: %(keys)s", keys=tuple(REQUIRED[key] for key in lacks))
            cure = message("write it, so that tourist offices get a complete record")
            found.append(Diagnostic(QUESTION, "tourist offices", entry.document.name, None, "", cause, cure))
    if without and catalogue.communes:
        cause = plural_message(
            "DATAtourisme asks for a postal code, which %(count)s entry lacks",
            "DATAtourisme asks for a postal code, which %(count)s entries lack",
            without,
        )
        cure = message("write %(example)s into the properties of each commune", example='"codesPostaux": ["…"]')
        found.append(Diagnostic(QUESTION, "tourist offices", COMMUNES, None, "", cause, cure))
    return found


def _lacking(entry: Entry[Any], catalogue: Catalogue, translations: Translations) -> tuple[str, ...]:
    """Return what the document of an entry lacks; nothing where there is none, or the entry has errors to correct."""
    if not entry.document.is_read or any(each.level == ERROR for each in entry.document.findings):
        return ()
    try:
        if isinstance(entry.of, Site):
            return lacking(datatourisme_site(site_record(entry, catalogue, translations)))
        return lacking(datatourisme_route(route_record(entry, catalogue, translations)))
    except NothingToExportError:
        return ()


def _communes(entry: Entry[Any], catalogue: Catalogue) -> list[Commune]:
    """Return the commune of a site, or those of the stops of a route, as far as the catalogue knows them."""
    if isinstance(entry.of, Site):
        codes = [entry.of.insee]
    else:
        codes = [stop.place.insee for stop in entry.of.stop if stop.place is not None]
        codes += [catalogue.sites[stop.site].of.insee for stop in entry.of.stop if stop.site in catalogue.sites]
    return [catalogue.communes[code] for code in codes if code in catalogue.communes]
