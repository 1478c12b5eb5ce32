"""Responses about one site, route or trail; cached ones are reused where their inputs did not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from carreau.base.languages import LANGUAGES, TRANSLATED
from carreau.base.schema.itineraries import Line, Route, Trail
from carreau.base.schema.site import Site
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.check_translations import Translations, find_standing
from carreau.catalogue.i18n.source_texts import entry_context
from carreau.exports.formats import FORMATS, ExportFormat
from carreau.exports.geojson import site_feature
from carreau.exports.record import NothingToExportError, RouteRecord, SiteRecord, TrailRecord
from carreau.exports.serializers import json_bytes, outlines, straight, way
from carreau.formats.geodata import COMMUNES
from carreau.runs.cache import Cache
from carreau.runs.progress import Progress
from carreau.site.publish import bundle_answers
from carreau.site.publish.artifacts import EntryArtifacts, gather
from carreau.site.publish.bundle_answers import Answers, Box, SiteRows
from carreau.site.publish.map_documents import add_grounds
from carreau.site.publish.offline_packs import pack_addresses
from carreau.site.publish.publication import (
    BuildCache,
    FormerRelease,
    HashOnly,
    PublishOptions,
    digest_values,
    former_release,
    publication_time,
    stamps,
)
from carreau.site.publish.route_documents import KIND as TRAILS
from carreau.site.publish.route_documents import route_document, trail_document
from carreau.site.publish.shared_fields import Localizer
from carreau.site.publish.site_document import card, site_document


def add_exports(record: SiteRecord | RouteRecord | TrailRecord, answers: Answers) -> dict[str, dict[str, str]]:
    """Store all exports of a record; returns their URLs by language and format."""
    urls: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for of in FORMATS:
        for path, language, content in _documents(of, record):
            link = answers.add(path, language, content, of.extension, of.media_type)
            for reader in (language,) if language else LANGUAGES:
                urls[reader][of.name] = link.url
    return urls


def _documents(of: ExportFormat, record: SiteRecord | RouteRecord | TrailRecord) -> Iterator[tuple[str, str, bytes]]:
    path = of.path.format(slug=record.slug) or bundle_answers.api_path(f"{record.kind}s", record.slug, of.ending)
    for language in LANGUAGES if of.is_per_language else ("",):
        try:
            content = _find_document(of, record, language or LANGUAGES[0])
        except NothingToExportError:
            continue
        if isinstance(content, bytes):
            yield path, language, content


def _find_document(of: ExportFormat, record: SiteRecord | RouteRecord | TrailRecord, language: str) -> object:
    """Return a document; of formats with a document for each state, the one of the last state that has it."""
    document = of.document(record, language)
    if document is None or isinstance(document, bytes):
        return document
    documents = [each for each in document.values() if isinstance(each, bytes)]
    return documents[-1] if documents else None


def answer_site(
    record: SiteRecord,
    built: EntryArtifacts,
    localizers: Mapping[str, Localizer],
    routes: tuple[str, ...],
    answers: Answers,
) -> dict[str, str]:
    """Store all responses about a site; returns it as a GeoJSON feature, by language."""
    links, grounds = add_exports(record, answers), add_grounds(record, answers)
    for language in LANGUAGES:
        document = site_document(record, built, localizers[language], links[language], routes, grounds)
        answers.add_document(bundle_answers.api_path("sites", record.slug), language, document)
    return {language: json_bytes(site_feature(record, language)).decode() for language in LANGUAGES}


def answer_route(
    record: RouteRecord,
    line: Line,
    built: EntryArtifacts,
    localizers: Mapping[str, Localizer],
    packs: Mapping[str, str],
    answers: Answers,
) -> None:
    """Store all responses about a route, except its packs."""
    links = add_exports(record, answers)
    for language in LANGUAGES:
        document = route_document(record, line, built, localizers[language], links[language], packs)
        answers.add_document(bundle_answers.api_path("routes", record.slug), language, document)


_BUILT, _BOX = TypeAdapter(EntryArtifacts), TypeAdapter(Box | None)


@dataclass(frozen=True)
class EntryBuilder:
    """Builds the responses about one entry, or reuses the cached ones.

    catalogue : for the maps that belong to an entry
    common : digest of the inputs that all entries share
    texts : digest of the translations of each entry, by context
    former : the served release
    now : time of this publication
    """

    options: PublishOptions
    catalogue: Catalogue
    localizers: Mapping[str, Localizer]
    build_cache: BuildCache
    common: str
    texts: Mapping[str, str]
    former: FormerRelease
    now: str

    def key(self, entry: Entry[Any]) -> str:
        """Return a digest of the inputs of an entry: its file, the files beside it, its maps, and the translations."""
        own = (entry, *self.catalogue.list_scenes(entry))
        texts = [(each.slug, each.document.text, self.texts.get(entry_context(each))) for each in own]
        return digest_values(self._beside(entry), *texts)

    def _beside(self, entry: Entry[Any]) -> str:
        """Return a digest of the files of an entry, except its text.

        Routes share a folder: a file in it counts for all of them.
        """
        files = (path for path in entry.folder.rglob("*") if path.suffix != entry.document.path.suffix)
        return digest_values(self.common, entry.slug, stamps(files))

    def gather_artifacts(self, entry: Entry[Any], answers: Answers, cache: Cache, progress: Progress) -> EntryArtifacts:
        """Return the files built for an entry, and add them to the store."""
        models, media = self.options.models / entry.slug, self.options.media
        name = f"{entry_context(entry)}.built"
        states = [state.id for state in getattr(entry.of, "state", ())]
        key = digest_values(
            self._beside(entry), entry.of.media, states, str(models), str(media), stamps(models.rglob("*"))
        )
        if (cached := self.build_cache.load(name, key, answers)) is not None:
            return _BUILT.validate_json(cached["built"])
        part = answers.scope()
        built = gather(entry, self.options.models, media, part.store, cache, progress)
        self.build_cache.store(name, key, part, {"built": _BUILT.dump_json(built).decode()})
        answers.merge(part)
        return built

    def site(self, record: SiteRecord, built: EntryArtifacts, routes: tuple[str, ...], answers: Answers) -> SiteRows:
        """Build the responses about a site.

        routes : slugs of the routes that stop there
        """

        def answer(modified: str, part: Answers) -> Mapping[str, str]:
            features = answer_site(replace(record, modified=modified), built, self.localizers, routes, part)
            return {"box": _BOX.dump_json(_box(record)).decode(), **features}

        path = bundle_answers.api_path("sites", record.slug)
        more = self._build_dated("sites", record, digest_values(self.key(record.entry), built, routes), answer, answers)
        documents = {language: Site.model_validate_json(answers.content(path, language)) for language in LANGUAGES}
        cards = {language: card(document) for language, document in documents.items()}
        features = {language: more[language].encode() for language in LANGUAGES}
        return SiteRows(documents, cards, features, _BOX.validate_json(more["box"]))

    def route(self, record: RouteRecord, built: EntryArtifacts, answers: Answers) -> dict[str, Route]:
        """Build the responses about a route; they depend on the sites of its stops too."""
        line = tuple(way(record) or straight(record))

        def answer(modified: str, part: Answers) -> Mapping[str, str]:
            packs = pack_addresses("routes", record.slug)
            answer_route(replace(record, modified=modified), line, built, self.localizers, packs, part)
            return {}

        stops = [self.key(stop.site) for stop in record.stops() if stop.site is not None]
        self._build_dated("routes", record, digest_values(self.key(record.entry), built, stops), answer, answers)
        path = bundle_answers.api_path("routes", record.slug)
        return {language: Route.model_validate_json(answers.content(path, language)) for language in LANGUAGES}

    def trail(
        self, record: TrailRecord, built: EntryArtifacts, trails: Mapping[str, TrailRecord], answers: Answers
    ) -> dict[str, Trail]:
        """Build the documents of a trail; they depend on its places, and on the trails that it crosses into.

        trails : all records by slug
        """
        path = bundle_answers.api_path(TRAILS, record.slug)

        def answer(modified: str, part: Answers) -> Mapping[str, str]:
            dated = replace(record, modified=modified)
            links, grounds = add_exports(dated, part), add_grounds(dated, part)
            packs = pack_addresses(TRAILS, record.slug)
            for language, localizer in self.localizers.items():
                document = trail_document(dated, built, localizer, links[language], packs, trails, grounds)
                part.add_document(path, language, document)
            return {}

        chapters = record.entry.of.chapter
        sites = [self.key(site.entry) for each in chapters if (site := record.site(each.site))]
        others = [self.key(trails[way.trail].entry) for each in chapters for way in each.way if way.trail in trails]
        self._build_dated(TRAILS, record, digest_values(self.key(record.entry), built, sites, others), answer, answers)
        return {language: Trail.model_validate_json(answers.content(path, language)) for language in LANGUAGES}

    def _build_dated(
        self,
        kind: str,
        record: SiteRecord | RouteRecord | TrailRecord,
        key: str,
        answer: Callable[[str, Answers], Mapping[str, str]],
        answers: Answers,
    ) -> Mapping[str, str]:
        """Build responses with the time of their last change; returns the texts stored with them.

        answer : builds the responses with a given time; first called without writing, to compare
        """
        name, before = entry_context(record.entry), self.former.modified.get((kind, record.slug), "")
        part = answers.scope()
        more = self.build_cache.load(name, digest_values(key, before), part)
        if more is not None and self.former.has(part):
            answers.merge(part)
            return more
        modified, part = self.now, answers.scope()
        if before:
            trial = Answers(HashOnly(answers.store.folder.parent))
            answer(before, trial)
            modified = before if self.former.has(trial) else self.now
        more = answer(modified, part)
        self.build_cache.store(name, digest_values(key, modified), part, more)
        answers.merge(part)
        return more


def create_entry_builder(
    options: PublishOptions,
    catalogue: Catalogue,
    localizers: Mapping[str, Localizer],
    translations: Translations,
    code: str,
) -> EntryBuilder:
    """Return the builder of an edition.

    code : digest of code, translations and templates
    """
    common = digest_values(code, options.options, stamps([options.assets / COMMUNES]))
    former, now = former_release(options.bundle), publication_time()
    cache = BuildCache(options.bundle)
    return EntryBuilder(options, catalogue, localizers, cache, common, _texts(translations), former, now)


def _texts(translations: Translations) -> dict[str, str]:
    """Return digests of the translations, by the context of their site or route."""
    texts = dict[str, list[object]]()
    for language in TRANSLATED:
        for unit in translations.units(language):
            place = ".".join(unit.context.split(".")[:2])
            text = (language, unit.context, unit.text, unit.target, find_standing(unit))
            texts.setdefault(place, []).append(text)
    return {place: digest_values(*units) for place, units in texts.items()}


def _box(record: SiteRecord) -> Box | None:
    """Return the extent of a site's outline, else its point, None where neither is known."""
    position = record.entry.of.position
    points = [point for area in outlines(record) for rings in area.polygons for ring in rings for point in ring]
    if not points and position and position.lon is not None and position.lat is not None:
        points = [(position.lon, position.lat)]
    if not points:
        return None
    lons, lats = zip(*points, strict=True)
    return min(lons), max(lons), min(lats), max(lats)
