"""The page of one place or trail as it would be published, from values that need not be saved; no bundle is written.

It is built by what publishes it. Everything around it, such as the cards of the places close by, is that of the
served release; before the first release there is nothing around it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pipeline.bundle.release_answers import ReleaseAnswers
from pipeline.bundle.releases import read_manifest
from pipeline.cache.cache import Cache
from pipeline.catalogue.catalogue import SITES, TRAILS, Catalogue, Entry
from pipeline.catalogue.diagnostics import ERROR
from pipeline.catalogue.geodata import COMMUNES
from pipeline.catalogue.lazy_entries import LazyEntries
from pipeline.catalogue.samples import sample_of
from pipeline.catalogue.site import Site as WrittenSite
from pipeline.catalogue.trail import Trail as WrittenTrail
from pipeline.console.progress import Quiet
from pipeline.errors import OptionError
from pipeline.exports.records.geometries import outlines
from pipeline.exports.records.record import SiteRecord, site_record, trail_record
from pipeline.exports.records.urls import Urls
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.translations import Translations
from pipeline.pages.rendering import Renderer
from pipeline.pages.shared_content import SharedContent
from pipeline.pages.site_content import Assets, Publisher, SiteContent
from pipeline.pages.site_page import site_page
from pipeline.pages.trail_page import trail_page
from pipeline.publish import static_paths
from pipeline.publish.answers import Answers
from pipeline.publish.artifacts import gather, medium_files, state_record
from pipeline.publish.entry_builder import add_exports
from pipeline.publish.incremental import publication_time
from pipeline.publish.localizer import Localizer
from pipeline.publish.memory_store import MemoryStore
from pipeline.publish.route_document import route_card
from pipeline.publish.site_document import card, site_document
from pipeline.publish.static_files import add_app, add_viewer
from pipeline.publish.territory_document import PATH as TERRITORY
from pipeline.publish.trail_document import trail_card, trail_document
from pipeline.publish.types import PublishOptions
from pipeline.schema.bundle import FILES, NAME
from pipeline.schema.file_links import File
from pipeline.schema.route import Route, RouteCard
from pipeline.schema.site import Card, Site
from pipeline.schema.territory import Territory

T = TypeVar("T", WrittenSite, WrittenTrail)

_JSONLD = "jsonld"
"""Ending of the schema.org documents."""
_DOCUMENT = re.compile(r"/v1/(sites|routes)/([a-z0-9-]+)")
_MAP = re.compile(r"/v1/sites/([a-z0-9-]+)\.geojson")


@dataclass(frozen=True)
class PlacePreview:
    """A place as it would be published.

    address : path of its page, in the language that it was rendered in
    answers : its page, its documents, and what all pages load, by path and language
    kept : contents, or the files that have them, by their path in a bundle
    """

    address: str
    answers: Mapping[tuple[str, str], File]
    files: Mapping[str, File]
    kept: Mapping[str, bytes | Path]

    def find(self, path: str, language: str) -> tuple[File, bytes | Path] | None:
        """Return what a path answers in a language, None where the preview has nothing there."""
        is_file = path.startswith(f"/{FILES}/")
        found = self.files.get(path[1:]) if is_file else self._answer(path, language)
        return (found, self.kept[found.path]) if found else None

    def _answer(self, path: str, language: str) -> File | None:
        return self.answers.get((path, language)) or self.answers.get((path, ""))


@dataclass(frozen=True)
class _Around:
    """What the served release has in one language, by slug and that language."""

    sites: Mapping[str, Mapping[str, Site]] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Card]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    route_cards: Mapping[str, Mapping[str, RouteCard]] = field(default_factory=dict)
    territory: Territory | None = None


class PlacePreviews:
    """Renders the places of a catalogue; several threads may ask, and are served one after the other."""

    def __init__(self, options: PublishOptions, cache: Cache) -> None:
        """Render nothing yet."""
        self._options, self._cache = options, cache
        self._lock = threading.Lock()
        self._localizers: dict[str, Localizer] = {}
        self._release: tuple[object, ReleaseAnswers | None] = (None, None)
        self._around: dict[str, _Around] = {}
        self._outlines: dict[str, dict[str, Any]] | None = None
        self._communes: tuple[object, dict[str, Any]] = (None, {})

    def release(self) -> ReleaseAnswers | None:
        """Return the served release, None before the first and where its manifest cannot be read."""
        path = self._options.bundle / NAME
        try:
            stamp = _stamp(path)
            if stamp != self._release[0]:
                self._release = stamp, ReleaseAnswers(self._options.bundle, read_manifest(path))
                self._around, self._outlines = {}, None
        except (OSError, OptionError):
            self._release, self._around, self._outlines = (None, None), {}, None
        return self._release[1]

    def render(self, entry: Entry[WrittenSite], translations: Translations, language: str) -> PlacePreview:
        """Return a place as it would be published, with its page in one language.

        entry : of the values in a form; pictures and the like without credit or licence are left out, since they could
            not be published
        Raises CarreauError where a file of it is invalid, pydantic.ValidationError where its values make no document.
        """
        with self._lock:
            return self._rendered(self._without_undecided(entry), translations, language)

    def _rendered(self, entry: Entry[WrittenSite], translations: Translations, language: str) -> PlacePreview:
        options, release, urls = self._options, self.release(), Urls(self._options.base_url)
        assets, static, store = self._static
        store = store.copy()
        answers = Answers(store)
        cache = self._cache.with_own_listeners()
        built = gather(entry, options.models, options.media, store, cache, Quiet(), is_preview=True)
        states = {
            state.id: state_record(state, built.states[state.id], urls.base)
            for state in entry.of.state
            if state.id in built.states
        }
        catalogue, files = Catalogue(options.assets, {entry.slug: entry}, {}), medium_files(built, urls.base)
        record = site_record(entry, catalogue, translations, urls, states, options.edition, files)
        record = replace(record, modified=publication_time())
        has_errors = any(each.level == ERROR for each in entry.document.findings)
        # What has errors is not exported: the standards have words for valid values only.
        links = {code: dict[str, str]() for code in LANGUAGES} if has_errors else add_exports(record, answers)
        routes = self._routes_through(entry.slug, release, language)
        documents = {
            code: site_document(record, built, self._localizer(code), links[code], routes)
            for code in dict.fromkeys((LANGUAGES[0], language))
        }
        for code, document in documents.items():
            answers.add_document(static_paths.api("sites", entry.slug), code, document)
        jsonld = answers.links.get((static_paths.api("sites", entry.slug, _JSONLD), ""))
        edition = self._edition(record, documents, assets, release, language)
        if jsonld is not None and isinstance(content := store.kept[jsonld.path], bytes):
            edition = replace(edition, jsonld={entry.slug: content})
        page = site_page(documents[language], Renderer(edition, language), SharedContent(edition))
        address = documents[language].pages[language]
        answers.add(address, language, page, "html")
        return PlacePreview(address, {**static.links, **answers.links}, store.files, store.kept)

    def render_trail(self, entry: Entry[WrittenTrail], translations: Translations, language: str) -> PlacePreview:
        """Return a trail as it would be published; parameters and exceptions are those of `render`."""
        with self._lock:
            return self._rendered_trail(self._without_undecided(entry), translations, language)

    def _rendered_trail(self, entry: Entry[WrittenTrail], translations: Translations, language: str) -> PlacePreview:
        options, release, urls = self._options, self.release(), Urls(self._options.base_url)
        assets, static, store = self._static
        store = store.copy()
        answers = Answers(store)
        cache = self._cache.with_own_listeners()
        built = gather(entry, options.models, options.media, store, cache, Quiet(), is_preview=True)
        trails = LazyEntries(options.assets, TRAILS, WrittenTrail)
        sites = LazyEntries(options.assets, SITES, WrittenSite)
        catalogue = Catalogue(options.assets, sites, {}, {}, (), trails)
        named = {way.trail for chapter in entry.of.chapter for way in chapter.way} & {*trails}
        entries = {slug: trails[slug] for slug in named} | {entry.slug: entry}
        records = {
            slug: replace(
                trail_record(each, catalogue, translations, urls, options.edition), modified=publication_time()
            )
            for slug, each in entries.items()
        }
        documents = {
            code: trail_document(records[entry.slug], built, self._localizer(code), {}, {}, records)
            for code in dict.fromkeys((LANGUAGES[0], language))
        }
        around = self._around_in(language, release)
        edition = SiteContent(
            languages=LANGUAGES,
            base_url=options.base_url.rstrip("/"),
            assets=assets,
            sites=around.sites,
            cards=around.cards,
            routes=around.routes,
            route_cards=around.route_cards,
            trails={entry.slug: documents},
            trail_cards={entry.slug: {code: trail_card(each) for code, each in documents.items()}},
            publisher=Publisher(options.edition.publisher, options.edition.homepage, options.edition.email),
        )
        page = trail_page(documents[language], Renderer(edition, language), SharedContent(edition))
        address = documents[language].pages[language]
        answers.add(address, language, page, "html")
        return PlacePreview(address, {**static.links, **answers.links}, store.files, store.kept)

    def _without_undecided(self, entry: Entry[T]) -> Entry[T]:
        """Return an entry without the media that could not be published yet, and those whose files are missing.

        The samples of the demonstration are shown once a build has generated them, which takes a minute.
        """

        def is_there(file: str) -> bool:
            sample = sample_of(file)
            return (self._cache.root / "samples" / sample if sample else entry.folder / file).is_file()

        media = tuple(each for each in entry.of.media if each.credit and each.licence and is_there(each.file))
        return replace(entry, of=replace(entry.of, media=media))

    def _edition(
        self, record: SiteRecord, documents: Mapping[str, Site], assets: Assets, release: ReleaseAnswers | None,
        language: str,
    ) -> SiteContent:  # fmt: skip
        around, slug, edition = self._around_in(language, release), record.slug, self._options.edition
        own = [polygon for area in outlines(record) for polygon in area.polygons]
        shapes = {each: shape for each, shape in self._outlines_of(release).items() if each != slug}
        if own:
            shapes[slug] = {"type": "MultiPolygon", "coordinates": own}
        drawn = around.territory
        return SiteContent(
            languages=LANGUAGES,
            base_url=self._options.base_url.rstrip("/"),
            assets=assets,
            sites={**around.sites, slug: documents},
            cards={**around.cards, slug: {code: card(document) for code, document in documents.items()}},
            routes=around.routes,
            route_cards=around.route_cards,
            outlines=shapes,
            communes=self._communes_now(),
            territory=dict.fromkeys((language, LANGUAGES[0]), drawn) if drawn else {},
            publisher=Publisher(edition.publisher, edition.homepage, edition.email),
        )

    @cached_property
    def _static(self) -> tuple[Assets, Answers, MemoryStore]:
        """Return what all pages load; without the service worker, which would answer for the desk."""
        store = MemoryStore(self._cache.sha256)
        answers = Answers(store)
        assets, _ = add_viewer(answers)
        assets, _ = add_app(answers, assets)
        return replace(assets, app_script="", app_manifests={}), answers, store

    def _localizer(self, language: str) -> Localizer:
        if language not in self._localizers:
            self._localizers[language] = Localizer(language)
        return self._localizers[language]

    def _around_in(self, language: str, release: ReleaseAnswers | None) -> _Around:
        if release is None:
            return _Around()
        if language not in self._around:
            self._around[language] = _read_around(release, language)
        return self._around[language]

    def _routes_through(self, slug: str, release: ReleaseAnswers | None, language: str) -> tuple[str, ...]:
        routes = self._around_in(language, release).routes
        stops = {name: by_language[language].stops for name, by_language in routes.items()}
        return tuple(name for name, each in stops.items() if any(stop.site == slug for stop in each))

    def _outlines_of(self, release: ReleaseAnswers | None) -> dict[str, dict[str, Any]]:
        if self._outlines is None:
            self._outlines = _read_outlines(release) if release else {}
        return self._outlines

    def _communes_now(self) -> dict[str, Any]:
        path = self._options.assets / COMMUNES
        if not path.is_file():
            return {}
        stamp = _stamp(path)
        if stamp != self._communes[0]:
            self._communes = stamp, json.loads(path.read_bytes())
        return self._communes[1]


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read_around(release: ReleaseAnswers, language: str) -> _Around:
    sites, routes = dict[str, Site](), dict[str, Route]()
    for path in release.paths():
        found = _DOCUMENT.fullmatch(path)
        if found and found[1] == "sites":
            sites[found[2]] = Site.model_validate_json(release.content(path, language))
        elif found:
            routes[found[2]] = Route.model_validate_json(release.content(path, language))
    has_territory = release.find(TERRITORY, language) is not None
    territory = Territory.model_validate_json(release.content(TERRITORY, language)) if has_territory else None
    return _Around(
        {slug: {language: site} for slug, site in sites.items()},
        {slug: {language: card(site)} for slug, site in sites.items()},
        {slug: {language: route} for slug, route in routes.items()},
        {slug: {language: route_card(route)} for slug, route in routes.items()},
        territory,
    )


def _read_outlines(release: ReleaseAnswers) -> dict[str, dict[str, Any]]:
    """Return the outlines of all sites, as in their GeoJSON documents."""
    found = dict[str, dict[str, Any]]()
    for path in release.paths():
        document = _MAP.fullmatch(path)
        if document:
            features = json.loads(release.content(path, LANGUAGES[0])).get("features", ())
            shapes = [each["geometry"] for each in features if each["properties"].get("record") == "outline"]
            if shapes:
                found[document[1]] = shapes[0]
    return found
