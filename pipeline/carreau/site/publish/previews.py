"""The page of one entry as it would be published, from values that need not be saved; no bundle is written.

It is built by what publishes it. Everything around it, such as the cards of the places close by, is that of the
served release; before the first release there is nothing around it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from glob import escape
from pathlib import Path
from typing import Any, TypeVar

from carreau.base.document import open_document
from carreau.base.errors import ERROR, OptionError
from carreau.base.languages import LANGUAGES
from carreau.base.messages import message
from carreau.base.schema.bundle import FILES, NAME
from carreau.base.schema.itineraries import Route, RouteCard, Show, Trail
from carreau.base.schema.lists import Territory
from carreau.base.schema.parts import File
from carreau.base.schema.site import Card, Site
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS, Catalogue, Entry, LazyEntries, read_scenes
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.route import Route as WrittenRoute
from carreau.catalogue.show import ENDING, MapScene
from carreau.catalogue.show import Show as WrittenShow
from carreau.catalogue.site import Site as WrittenSite
from carreau.catalogue.site import sample_name
from carreau.catalogue.table_reader import read_table
from carreau.catalogue.trail import Trail as WrittenTrail
from carreau.exports.record import ShowRecord, route_record, site_record, trail_record
from carreau.exports.serializers import outlines, straight, way
from carreau.exports.urls import Urls
from carreau.formats.geodata import COMMUNES
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from carreau.site.content_store import MemoryStore
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_and_route_pages import route_page, site_page
from carreau.site.pages.site_content import Assets, Publisher, SharedContent, SiteContent
from carreau.site.pages.trail_and_show_pages import scene_page, show_page, trail_page
from carreau.site.publish import bundle_answers
from carreau.site.publish.artifacts import EntryArtifacts, gather, medium_files, state_record
from carreau.site.publish.bundle_answers import Answers
from carreau.site.publish.entry_builder import add_exports
from carreau.site.publish.map_documents import PATH as TERRITORY
from carreau.site.publish.map_documents import add_grounds
from carreau.site.publish.publication import PublishOptions, publication_time
from carreau.site.publish.route_documents import route_card, route_document, show_document, trail_card, trail_document
from carreau.site.publish.shared_fields import Localizer
from carreau.site.publish.site_document import card, site_document
from carreau.site.publish.static_files import add_app, add_viewer
from carreau.site.releases import ReleaseAnswers, read_manifest

T = TypeVar("T", WrittenSite, WrittenRoute, WrittenTrail, WrittenShow)

_JSONLD = "jsonld"
"""Ending of the schema.org documents."""


@dataclass(frozen=True)
class Preview:
    """A page as it would be published.

    address : path of the page, in the language that it was rendered in
    answers : the page, its documents, and what all pages load, by path and language
    kept : contents, or the files that have them, by their path in a bundle
    """

    address: str
    answers: Mapping[tuple[str, str], File]
    files: Mapping[str, File]
    kept: Mapping[str, bytes | Path]

    def find(self, path: str, language: str) -> tuple[File, bytes | Path] | None:
        """Return what a path answers in a language, None where the preview has nothing there."""
        is_file = path.startswith(f"/{FILES}/")
        file = self.files.get(path[1:]) if is_file else self._answer(path, language)
        return (file, self.kept[file.path]) if file else None

    def _answer(self, path: str, language: str) -> File | None:
        return self.answers.get((path, language)) or self.answers.get((path, ""))


@dataclass(frozen=True)
class _Making:
    """A preview that is being made: in which language, with which translations, and what it answers so far."""

    language: str
    translations: Translations
    answers: Answers
    store: MemoryStore

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the language of curators, which maps are drawn from, and the language of the page."""
        return tuple(dict.fromkeys((LANGUAGES[0], self.language)))


class Previews:
    """Renders the entries of a catalogue; several threads may ask, and are served one after the other."""

    def __init__(self, options: PublishOptions, cache: Cache, served: ServedContent | None = None) -> None:
        """Render nothing yet.

        served : the release that is served, that of the options' bundle without
        """
        self._options, self._cache = options, cache
        self._served = served or ServedContent(options.bundle)
        self._lock = threading.Lock()
        self._localizers: dict[str, Localizer] = {}
        self._communes: tuple[object, dict[str, Any]] = (None, {})

    def release(self) -> ReleaseAnswers | None:
        """Return the served release, None before the first and where its manifest cannot be read."""
        return self._served.release()

    def render(self, entry: Entry[Any], translations: Translations, language: str) -> Preview:
        """Return a site, route, trail, show or map as it would be published, with its page in one language.

        entry : of the values in a form; pictures and the like without credit or licence are left out, since they could
            not be published
        Raises CarreauError where a file of it is invalid, pydantic.ValidationError where its values make no document.
        """
        pages: Mapping[type[Any], Callable[[Entry[Any], _Making], tuple[str, bytes]]] = {
            WrittenSite: self._site, WrittenRoute: self._route, WrittenTrail: self._trail, WrittenShow: self._show,
            MapScene: self._map,
        }  # fmt: skip
        with self._lock:
            _, static, store = self._static
            store = store.copy()
            making = _Making(language, translations, Answers(store), store)
            address, page = pages[type(entry.of)](entry, making)
            making.answers.add(address, language, page, "html")
            return Preview(address, {**static.links, **making.answers.links}, store.files, store.kept)

    def _site(self, entry: Entry[WrittenSite], making: _Making) -> tuple[str, bytes]:
        edition = self._edition_of_site(entry, self._read_scenes(entry), making)
        site = edition.sites[entry.slug][making.language]
        page = site_page(site, Renderer(edition, making.language), SharedContent(edition))
        return site.pages[making.language], page

    def _trail(self, entry: Entry[WrittenTrail], making: _Making) -> tuple[str, bytes]:
        edition = self._edition_of_trail(entry, self._read_scenes(entry), making)
        trail = edition.trails[entry.slug][making.language]
        page = trail_page(trail, Renderer(edition, making.language), SharedContent(edition))
        return trail.pages[making.language], page

    def _route(self, entry: Entry[WrittenRoute], making: _Making) -> tuple[str, bytes]:
        entry = self._without_undecided(entry)
        sites = LazyEntries(self._options.assets, SITES, WrittenSite)
        catalogue = Catalogue(self._options.assets, sites, {entry.slug: entry})
        record = route_record(entry, catalogue, making.translations, self._urls, self._options.edition)
        record = replace(record, modified=publication_time())
        line, built = tuple(way(record) or straight(record)), self._gather(entry, making)
        documents = {
            code: route_document(record, line, built, self._localizer(code), {}, {}) for code in making.languages
        }
        around = self._edition(making)
        edition = replace(
            around,
            routes={**around.routes, entry.slug: documents},
            route_cards={**around.route_cards, entry.slug: {code: route_card(of) for code, of in documents.items()}},
        )
        page = route_page(documents[making.language], Renderer(edition, making.language), SharedContent(edition))
        return documents[making.language].pages[making.language], page

    def _show(self, entry: Entry[WrittenShow], making: _Making) -> tuple[str, bytes]:
        kind, edition = self._edition_of_owner(entry, {}, making)
        documents = self._show_documents(entry, kind, LANGUAGES, making)
        page = show_page(documents, Renderer(replace(edition, shows={entry.slug: documents}), making.language))
        return documents[making.language].pages[making.language], page

    def _show_documents(
        self, entry: Entry[WrittenShow], kind: str, languages: tuple[str, ...], making: _Making
    ) -> dict[str, Show]:
        entry, catalogue = self._without_undecided(entry), Catalogue(self._options.assets, {}, {})
        record = ShowRecord(entry, catalogue, making.translations, self._urls, edition=self._options.edition)
        built = self._gather(entry, making)
        return {code: show_document(record, kind, built, self._localizer(code)) for code in languages}

    def _show_beside(self, owner: Entry[Any], kind: str, making: _Making) -> dict[str, dict[str, Show]]:
        """Return the show of a site or trail, whose page leads to it; nothing where it has errors."""
        for path in sorted(owner.folder.glob(f"*{ENDING}"))[:1]:
            document = open_document(path, path.relative_to(self._options.assets).as_posix())
            entry = Entry(owner.slug, read_table(WrittenShow, document.data, document), document)
            if not any(each.level == ERROR for each in document.findings):
                return {owner.slug: self._show_documents(entry, kind, making.languages, making)}
        return {}

    def _map(self, entry: Entry[MapScene], making: _Making) -> tuple[str, bytes]:
        kind, edition = self._edition_of_owner(entry, {entry.slug: entry}, making)
        owners: Mapping[str, Mapping[str, Site | Trail]] = edition.trails if kind == TRAILS else edition.sites
        owner = owners[entry.folder.name][making.language]
        scene = next(each for each in owner.maps if each.slug == entry.slug)
        page = scene_page(scene, owner, Renderer(edition, making.language), SharedContent(edition))
        return scene.pages[making.language], page

    def _edition_of_owner(
        self, entry: Entry[Any], scenes: Mapping[str, Entry[MapScene]], making: _Making
    ) -> tuple[str, SiteContent]:
        """Return the kind of the trail or site whose folder an entry is in, and an edition with it as it is saved.

        Raises OptionError where the folder has no sheet.
        """
        root, slug = self._options.assets, entry.folder.name
        trails = LazyEntries(root, TRAILS, WrittenTrail)
        if entry.folder.parent.name == TRAILS and slug in trails:
            return TRAILS, self._edition_of_trail(trails[slug], scenes, making)
        sites = LazyEntries(root, SITES, WrittenSite)
        if entry.folder.parent.name == SITES and slug in sites:
            return SITES, self._edition_of_site(sites[slug], scenes, making)
        sheet = SHEETS.get(entry.folder.parent.name, SHEETS[SITES])
        raise OptionError(message("%(file)s does not exist", file=str(entry.folder / sheet)))

    def _edition_of_site(
        self, entry: Entry[WrittenSite], scenes: Mapping[str, Entry[MapScene]], making: _Making
    ) -> SiteContent:
        entry, slug = self._without_undecided(entry), entry.slug
        built = self._gather(entry, making)
        states = {
            state.id: state_record(state, built.states[state.id], self._urls.base)
            for state in entry.of.state
            if state.id in built.states
        }
        catalogue = Catalogue(self._options.assets, {slug: entry}, {}, scenes=scenes)
        files = medium_files(built, self._urls.base)
        record = site_record(entry, catalogue, making.translations, self._urls, states, self._options.edition, files)
        record = replace(record, modified=publication_time())
        has_errors = any(each.level == ERROR for each in entry.document.findings)
        # What has errors is not exported: the standards have words for valid values only.
        links = {code: dict[str, str]() for code in LANGUAGES} if has_errors else add_exports(record, making.answers)
        routes = self._served.around(making.language).routes_through(slug, making.language)
        grounds = add_grounds(record, making.answers)
        documents = {
            code: site_document(record, built, self._localizer(code), links[code], routes, grounds)
            for code in making.languages
        }
        for code, document in documents.items():
            making.answers.add_document(bundle_answers.api_path("sites", slug), code, document)
        jsonld = making.answers.links.get((bundle_answers.api_path("sites", slug, _JSONLD), ""))
        content = making.store.kept[jsonld.path] if jsonld else b""
        around = self._edition(making)
        own = [polygon for area in outlines(record) for polygon in area.polygons]
        shapes = {each: shape for each, shape in around.outlines.items() if each != slug}
        if own:
            shapes[slug] = {"type": "MultiPolygon", "coordinates": own}
        return replace(
            around,
            sites={**around.sites, slug: documents},
            cards={**around.cards, slug: {code: card(document) for code, document in documents.items()}},
            shows=self._show_beside(entry, SITES, making),
            outlines=shapes,
            jsonld={slug: content} if isinstance(content, bytes) and content else {},
        )

    def _edition_of_trail(
        self, entry: Entry[WrittenTrail], scenes: Mapping[str, Entry[MapScene]], making: _Making
    ) -> SiteContent:
        entry = self._without_undecided(entry)
        built = self._gather(entry, making)
        trails = LazyEntries(self._options.assets, TRAILS, WrittenTrail)
        sites = LazyEntries(self._options.assets, SITES, WrittenSite)
        catalogue = Catalogue(self._options.assets, sites, {}, {}, (), trails, scenes=scenes)
        named = {way.trail for chapter in entry.of.chapter for way in chapter.way} & {*trails}
        entries = {slug: trails[slug] for slug in named} | {entry.slug: entry}
        records = {
            slug: replace(
                trail_record(each, catalogue, making.translations, self._urls, self._options.edition),
                modified=publication_time(),
            )
            for slug, each in entries.items()
        }
        grounds = add_grounds(records[entry.slug], making.answers)
        documents = {
            code: trail_document(records[entry.slug], built, self._localizer(code), {}, {}, records, grounds)
            for code in making.languages
        }
        return replace(
            self._edition(making),
            trails={entry.slug: documents},
            shows=self._show_beside(entry, TRAILS, making),
            trail_cards={entry.slug: {code: trail_card(each) for code, each in documents.items()}},
        )

    def _edition(self, making: _Making) -> SiteContent:
        """Return what the served release has around an entry."""
        assets, _, _ = self._static
        around, publisher = self._served.around(making.language), self._options.edition
        drawn = around.territory
        return SiteContent(
            languages=LANGUAGES,
            base_url=self._options.base_url.rstrip("/"),
            assets=assets,
            sites=around.sites,
            cards=around.cards,
            routes=around.routes,
            route_cards=around.route_cards,
            outlines=self._served.outlines(),
            communes=self._communes_now(),
            territory=dict.fromkeys((making.language, LANGUAGES[0]), drawn) if drawn else {},
            publisher=Publisher(publisher.publisher, publisher.homepage, publisher.email),
        )

    def _gather(self, entry: Entry[Any], making: _Making) -> EntryArtifacts:
        options, cache = self._options, self._cache.with_own_listeners()
        return gather(entry, options.models, options.media, making.store, cache, Quiet(), is_preview=True)

    def _read_scenes(self, entry: Entry[Any]) -> dict[str, Entry[MapScene]]:
        return read_scenes(self._options.assets, [], escape(entry.slug))

    def _without_undecided(self, entry: Entry[T]) -> Entry[T]:
        """Return an entry without the media that could not be published yet, and those whose files are missing.

        The samples of the demonstration are shown once a build has generated them, which takes a minute.
        """

        def is_there(file: str) -> bool:
            sample = sample_name(file)
            return (self._cache.root / "samples" / sample if sample else entry.folder / file).is_file()

        media = tuple(each for each in entry.of.media if each.credit and each.licence and is_there(each.file))
        return replace(entry, of=replace(entry.of, media=media))

    @cached_property
    def _urls(self) -> Urls:
        return Urls(self._options.base_url)

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

    def _communes_now(self) -> dict[str, Any]:
        path = self._options.assets / COMMUNES
        if not path.is_file():
            return {}
        status = path.stat()
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        if stamp != self._communes[0]:
            self._communes = stamp, json.loads(path.read_bytes())
        return self._communes[1]


_DOCUMENT = re.compile(r"/v1/(sites|routes)/([a-z0-9-]+)")
_MAP = re.compile(r"/v1/sites/([a-z0-9-]+)\.geojson")


@dataclass(frozen=True)
class Around:
    """What the served release has in one language, by slug and that language."""

    sites: Mapping[str, Mapping[str, Site]] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Card]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    route_cards: Mapping[str, Mapping[str, RouteCard]] = field(default_factory=dict)
    territory: Territory | None = None

    def routes_through(self, slug: str, language: str) -> tuple[str, ...]:
        """Return the slugs of the routes that stop at a site."""
        stops = {name: by_language[language].stops for name, by_language in self.routes.items()}
        return tuple(name for name, each in stops.items() if any(stop.site == slug for stop in each))


class ServedContent:
    """The served release of a bundle, read again when another is served."""

    def __init__(self, bundle: Path) -> None:
        """Read nothing yet."""
        self._bundle = bundle
        self._release: tuple[object, ReleaseAnswers | None] = (None, None)
        self._around: dict[str, Around] = {}
        self._outlines: dict[str, dict[str, Any]] | None = None

    def release(self) -> ReleaseAnswers | None:
        """Return the served release, None before the first and where its manifest cannot be read."""
        path = self._bundle / NAME
        try:
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
            if stamp != self._release[0]:
                self._release = stamp, ReleaseAnswers(self._bundle, read_manifest(path))
                self._around, self._outlines = {}, None
        except (OSError, OptionError):
            self._release, self._around, self._outlines = (None, None), {}, None
        return self._release[1]

    def around(self, language: str) -> Around:
        """Return what it has in a language; nothing before the first release."""
        release = self.release()
        if release is None:
            return Around()
        if language not in self._around:
            self._around[language] = _read_around(release, language)
        return self._around[language]

    def outlines(self) -> Mapping[str, dict[str, Any]]:
        """Return the outlines of all sites, as in their GeoJSON documents."""
        release = self.release()
        if self._outlines is None:
            self._outlines = _read_outlines(release) if release else {}
        return self._outlines


def _read_around(release: ReleaseAnswers, language: str) -> Around:
    sites, routes = dict[str, Site](), dict[str, Route]()
    for path in release.paths():
        match = _DOCUMENT.fullmatch(path)
        if match and match[1] == "sites":
            sites[match[2]] = Site.model_validate_json(release.content(path, language))
        elif match:
            routes[match[2]] = Route.model_validate_json(release.content(path, language))
    has_territory = release.find(TERRITORY, language) is not None
    territory = Territory.model_validate_json(release.content(TERRITORY, language)) if has_territory else None
    return Around(
        {slug: {language: site} for slug, site in sites.items()},
        {slug: {language: card(site)} for slug, site in sites.items()},
        {slug: {language: route} for slug, route in routes.items()},
        {slug: {language: route_card(route)} for slug, route in routes.items()},
        territory,
    )


def _read_outlines(release: ReleaseAnswers) -> dict[str, dict[str, Any]]:
    outlines = dict[str, dict[str, Any]]()
    for path in release.paths():
        document = _MAP.fullmatch(path)
        if document:
            features = json.loads(release.content(path, LANGUAGES[0])).get("features", ())
            shapes = [each["geometry"] for each in features if each["properties"].get("record") == "outline"]
            if shapes:
                outlines[document[1]] = shapes[0]
    return outlines
