"""Make the documents of the project's trails, as publishing does."""

from __future__ import annotations

from dataclasses import replace

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Trail
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.exports.record import trail_record
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.offline_packs import pack_addresses
from carreau.site.publish.route_documents import trail_document
from carreau.site.publish.shared_fields import Localizer
from tests.conftest import PROJECT

MODIFIED = "2026-11-28T08:00:00Z"


def trail_documents() -> dict[str, dict[str, Trail]]:
    """Return the documents by slug and language."""
    catalogue, translations = read_catalogue(PROJECT / "assets"), Translations(PROJECT / "locales")
    records = {
        slug: replace(trail_record(entry, catalogue, translations), modified=MODIFIED)
        for slug, entry in catalogue.trails.items()
    }
    localizers = {language: Localizer(language) for language in LANGUAGES}
    return {
        slug: {
            language: trail_document(record, EntryArtifacts(), localizer, {}, pack_addresses("trails", slug), records)
            for language, localizer in localizers.items()
        }
        for slug, record in records.items()
    }
