"""Keep the exports of a site or route in the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.exports.formats import FORMATS, Format
from pipeline.exports.records.edition import NothingToExportError
from pipeline.exports.records.record import RouteRecord, SiteRecord
from pipeline.i18n.languages import LANGUAGES
from pipeline.publish import addresses
from pipeline.publish.answers import Answers


def add_exports(record: SiteRecord | RouteRecord, answers: Answers) -> dict[str, dict[str, str]]:
    """Keep every export that has something to say; returns their addresses by language and name of the format."""
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for of in FORMATS:
        for path, language, content in _documents(of, record):
            link = answers.add(path, language, content, of.extension, of.media_type)
            for reader in (language,) if language else LANGUAGES:
                found[reader][of.name] = link.url
    return found


def _documents(of: Format, record: SiteRecord | RouteRecord) -> Iterator[tuple[str, str, bytes]]:
    kind = "sites" if isinstance(record, SiteRecord) else "routes"
    path = of.path.format(slug=record.slug) if of.path else addresses.api(kind, record.slug, of.ending)
    for language in LANGUAGES if of.is_per_language else ("",):
        try:
            content = _made(of, record, language or LANGUAGES[0])
        except NothingToExportError:
            continue
        if isinstance(content, bytes):
            yield path, language, content


def _made(of: Format, record: SiteRecord | RouteRecord, language: str) -> object:
    """Return a document; one for each state is told where there is one state alone that has it."""
    if isinstance(record, SiteRecord):
        made = of.site(record, language) if of.site else None
    else:
        made = of.route(record, language) if of.route else None
    if made is None or isinstance(made, bytes):
        return made
    whole = [each for each in made.values() if isinstance(each, bytes)]
    return whole[-1] if whole else None
