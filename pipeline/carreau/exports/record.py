"""The common record of a site, route, trail or show, from which all that is published is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import PurePath
from typing import Any, ClassVar

from carreau.base.errors import KeyPath, OptionError
from carreau.base.languages import LANGUAGES, SOURCE, normalize
from carreau.base.messages import Message, message
from carreau.base.translator import Translator
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n import formatting
from carreau.catalogue.i18n.check_translations import SOURCE_TEXT, STALE, UNREVIEWED, LocalizedText, Translations
from carreau.catalogue.i18n.formatting import first_sentence
from carreau.catalogue.i18n.source_texts import entry_context, is_translatable, list_rules, list_texts, number_tables
from carreau.catalogue.media import Medium
from carreau.catalogue.route import Route
from carreau.catalogue.route import Stop as WrittenStop
from carreau.catalogue.route_measures import find_position, in_walk_order
from carreau.catalogue.show import MapScene, Show
from carreau.catalogue.site import (
    ANNOTATION_TEXTS,
    STORY,
    Position,
    Rights,
    Site,
    State,
    Triple,
    annotation_labels,
    sample_name,
)
from carreau.catalogue.trail import Trail
from carreau.exports.urls import Urls

GLB, USDZ = "model/gltf-binary", "model/vnd.usdz+zip"

_MEDIA_TYPES = {
    ".aac": "audio/aac", ".avif": "image/avif", ".flac": "audio/flac", ".glb": GLB, ".heic": "image/heic",
    ".heif": "image/heif", ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg", ".m4a": "audio/mp4", ".m4v": "video/mp4", ".mkv": "video/matroska",
    ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".pdf": "application/pdf", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff", ".usdz": USDZ,
    ".wav": "audio/vnd.wave", ".webm": "video/webm", ".webp": "image/webp",
}  # fmt: skip


def media_type(file: str) -> str:
    """Return the media type of a file or address by its ending, empty for one that we do not know."""
    return _MEDIA_TYPES.get(PurePath(file).suffix.lower(), "")


@dataclass(frozen=True)
class ModelFile:
    """A published file of a state.

    level : one of `carreau.base.levels.NAMES`
    name : of the file
    sha256 : of its bytes, in hexadecimal
    triangles, texture_px, error_m : None where not measured
    """

    level: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    url: str
    triangles: int | None = None
    texture_px: int | None = None
    error_m: float | None = None


@dataclass(frozen=True)
class MediumFile:
    """The most compatible published form of an image, sound, video or document.

    width, height : in pixels, of images and videos; 0 where unknown
    duration_s : of sounds and videos; 0 where unknown
    """

    url: str
    media_type: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True)
class StateRecord:
    """A state and its built files; a draft has none.

    poster_px : width and height
    bounds_m : lowest and highest corner, in the model's metres
    """

    state: State
    files: tuple[ModelFile, ...] = ()
    poster_url: str = ""
    poster_px: tuple[int, int] = (0, 0)
    bounds_m: tuple[Triple, Triple] | None = None

    def first(self, *levels: str, media_type: str = "model/gltf-binary") -> ModelFile | None:
        """Return the file of the first of some levels that has one."""
        files = {file.level: file for file in reversed(self.files) if file.media_type == media_type}
        return next((files[level] for level in levels if level in files), None)


def find(table: Any, context: str, key: KeyPath) -> tuple[Any, str]:
    """Return the value of a key and its translation context, which is empty for untranslated values."""
    head, *rest = key
    rule, value, inner = dict(list_rules(table.__class__))[str(head)], getattr(table, str(head)), f"{context}.{head}"
    if rule.kind == "many":
        place, *rest = rest
        _, each, called = next(islice(number_tables(context, str(head), value), int(place), None))
        return find(each, called, tuple(rest))
    if rule.kind == "one":
        return find(value, inner, tuple(rest)) if value is not None else (None, "")
    text = value[int(rest[0])] if rest else value
    return text, inner if is_translatable(rule, text) else ""


Texts = Mapping[str, LocalizedText]
"""Text by language: French first, outdated translations left out."""


@dataclass(frozen=True)
class Publication:
    """Publisher and date of an edition; empty fields are undecided, and left out of documents.

    publisher : name of the institution responsible for the content
    homepage, email : of the publisher
    aggregator : name of the institution that hands the records to Europeana
    day : date of the edition, as 2026-11-26; not the date of the export, which would change the bytes every day
    """

    publisher: str = ""
    homepage: str = ""
    email: str = ""
    aggregator: str = ""
    day: str = ""


@dataclass(frozen=True)
class _Record:
    """The texts that sites, routes, trails and shows share.

    modified : time of the last change of its publication; empty before it
    """

    entry: Entry[Any]
    catalogue: Catalogue
    translations: Translations
    urls: Urls
    edition: Publication = field(default=Publication(), kw_only=True)
    modified: str = field(default="", kw_only=True)

    @property
    def slug(self) -> str:
        """Return the slug."""
        return self.entry.slug

    def names(self) -> Texts:
        """Return the names."""
        return self.text("name")

    def summaries(self) -> Texts:
        """Return the summaries."""
        return self.text("summary")

    def descriptions(self) -> Texts:
        """Return the descriptions."""
        return self.text("description")

    def text(self, *key: str | int) -> Texts:
        """Return the text of a key, as `"visit", "access"` or `"fact", 0, "label"`, in every language.

        Outdated translations are left out. The result is empty for values that are not texts.
        """
        french, context = find(self.entry.of, entry_context(self.entry), key)
        if not isinstance(french, str) or not french.strip():
            return {}
        if not context:
            return {SOURCE: LocalizedText(french, SOURCE, SOURCE_TEXT)}
        translated = self.translations.own(context, french)
        return {
            code: translated[code] for code in LANGUAGES if code in translated and translated[code].standing != STALE
        }

    def texts(self, key: str) -> tuple[Texts, ...]:
        """Return a list of texts, as `"keywords"`."""
        return tuple(self.text(key, number) for number in range(len(getattr(self.entry.of, key))))

    def other_names(self) -> tuple[Texts, ...]:
        """Return the other names, in each language without repetitions."""
        former = {(code, normalize(text.text)) for code, text in self.names().items()}
        names = list[Texts]()
        for texts in self.texts("other_names"):
            new = {code: text for code, text in texts.items() if (code, normalize(text.text)) not in former}
            former |= {(code, normalize(text.text)) for code, text in new.items()}
            names.append(new)
        return tuple(each for each in names if each)

    def list_unreviewed(self) -> tuple[str, ...]:
        """Return the languages with unreviewed translations."""
        return self._unreviewed_languages

    @cached_property
    def _unreviewed_languages(self) -> tuple[str, ...]:
        of_texts = (self.translations.own(each.context, each.text) for each in list_texts(self.entry))
        languages = {each.language for texts in of_texts for each in texts.values() if each.standing == UNREVIEWED}
        return tuple(code for code in LANGUAGES if code in languages)


@dataclass(frozen=True)
class SiteRecord(_Record):
    """A site, its states and its texts.

    states : in the order of the file; without files they have no model yet
    media : the published media by id, in their published form
    """

    kind: ClassVar = "site"
    entry: Entry[Site]
    states: tuple[StateRecord, ...] = ()
    media: Mapping[str, MediumFile] = field(default_factory=dict)

    def medium_url(self, medium: Medium) -> str:
        """Return the URL of an image, sound, video or document; empty for an unpublished sample."""
        given = "" if not medium.file or sample_name(medium.file) else self.urls.media(self.slug, medium.file)
        published = self.media.get(medium.id)
        return published.url if published is not None else given

    def state_titles(self, number: int) -> Texts:
        """Return the titles of a state; a survey from the air has one in every language if none is written."""
        written, state = self.text("state", number, "title"), self.entry.of.state[number]
        if written or not state.is_survey:
            return written
        titles = {code: formatting.state_title(state, Translator(code)) for code in LANGUAGES}
        return {code: LocalizedText(title, code, SOURCE_TEXT) for code, title in titles.items()}

    def annotation_text(self, number: int) -> Texts:
        """Return what an annotation says below its title in each language: its texts, each below its label."""
        texts = {key: self.text("annotation", number, key) for key in ANNOTATION_TEXTS}
        together = dict[str, LocalizedText]()
        for code in LANGUAGES:
            own = {key: each[code] for key, each in texts.items() if code in each}
            if own:
                labels = annotation_labels(Translator(code))
                parts = [part for key, each in own.items() for part in (labels[key], each.text) if part]
                standings = [each.standing for each in own.values()]
                standing = UNREVIEWED if UNREVIEWED in standings else standings[0]
                together[code] = LocalizedText("\n\n".join(parts), code, standing)
        return together

    @property
    def communes(self) -> tuple[str, ...]:
        """Return the municipalities, none for a place that does not exist."""
        site = self.entry.of
        return tuple(name for name in site.communes or (site.commune,) if name)

    @property
    def models(self) -> tuple[StateRecord, ...]:
        """Return the states that have files."""
        return tuple(each for each in self.states if each.files)


@dataclass(frozen=True)
class StopRecord:
    """A stop of a route, which need not be a site of the catalogue.

    number : from 1
    site : None for a place outside the catalogue
    texts : its own, or the first sentence of the site where it has none
    """

    number: int
    stop: WrittenStop
    site: Entry[Site] | None
    names: Texts
    texts: Texts
    position: Position | None
    commune: str


def _first_sentences(texts: Texts) -> Texts:
    """Return the first sentence of a text in each of its languages."""
    return {code: replace(each, text=first_sentence(each.text)) for code, each in texts.items()}


@dataclass(frozen=True)
class RouteRecord(_Record):
    """A route and its texts."""

    kind: ClassVar = "route"
    entry: Entry[Route]

    def stops(self) -> tuple[StopRecord, ...]:
        """Return the stops in their order, those that are sites with the site's name, commune and position."""
        return tuple(self._stop(number, stop) for number, stop in enumerate(self.entry.of.stop))

    def _stop(self, number: int, stop: WrittenStop) -> StopRecord:
        texts, place, position = self.text("stop", number, "text"), stop.place, find_position(stop, self.catalogue)
        site = self.catalogue.sites.get(stop.site)
        if site is not None:
            record = site_record(site, self.catalogue, self.translations, self.urls)
            texts = texts or _first_sentences(record.summaries() or record.descriptions())
            return StopRecord(number + 1, stop, site, record.names(), texts, position, site.of.commune)
        names = self.text("stop", number, "place", "name")
        return StopRecord(number + 1, stop, None, names, texts, position, place.commune if place else "")


@dataclass(frozen=True)
class TrailRecord(_Record):
    """A trail and its texts."""

    kind: ClassVar = "trail"
    entry: Entry[Trail]

    def site(self, slug: str) -> SiteRecord | None:
        """Return the record of a site of the catalogue; None where there is none."""
        site = self.catalogue.sites.get(slug)
        return site_record(site, self.catalogue, self.translations, self.urls) if site else None

    def find_number(self, chapter: str) -> int | None:
        """Return the index of a chapter by its id; None where there is none."""
        return next((number for number, each in enumerate(self.entry.of.chapter) if each.id == chapter), None)


@dataclass(frozen=True)
class ShowRecord(_Record):
    """A show and its texts."""

    entry: Entry[Show]


@dataclass(frozen=True)
class SceneRecord(_Record):
    """A map that moves, and its texts.

    owner : the record of the site or trail that it belongs to
    """

    entry: Entry[MapScene]
    owner: SiteRecord | TrailRecord = field(kw_only=True)


def scene_records(record: SiteRecord | TrailRecord) -> tuple[SceneRecord, ...]:
    """Return the maps that move of a site or trail."""
    return tuple(
        SceneRecord(each, record.catalogue, record.translations, record.urls, owner=record)
        for each in record.catalogue.list_scenes(record.entry)
    )


def site_record(
    entry: Entry[Site],
    catalogue: Catalogue,
    translations: Translations,
    urls: Urls | None = None,
    models: Mapping[str, StateRecord] | None = None,
    edition: Publication | None = None,
    media: Mapping[str, MediumFile] | None = None,
) -> SiteRecord:
    """Return the record of a site.

    models : by the id of their state; a state that is not among them is a draft
    media : see `SiteRecord`

    Raises OptionError where one belongs to no state of the site.
    """
    by_state, ids = models or {}, [state.id for state in entry.of.state]
    for name in by_state:
        if name not in ids:
            raise OptionError(
                message(
                    "%(file)s: there is a model of '%(state)s', but no such state; add it as [[state]]",
                    file=entry.document.name,
                    state=name,
                )
            )
    states = tuple(by_state.get(state.id, StateRecord(state)) for state in entry.of.state)
    return SiteRecord(
        entry, catalogue, translations, urls or Urls(), states, media or {}, edition=edition or Publication()
    )


def route_record(
    entry: Entry[Route],
    catalogue: Catalogue,
    translations: Translations,
    urls: Urls | None = None,
    edition: Publication | None = None,
) -> RouteRecord:
    """Return the record of a route, with its stops in the order in which they come."""
    ordered = in_walk_order(entry, catalogue)
    return RouteRecord(ordered, catalogue, translations, urls or Urls(), edition=edition or Publication())


def trail_record(
    entry: Entry[Trail],
    catalogue: Catalogue,
    translations: Translations,
    urls: Urls | None = None,
    edition: Publication | None = None,
) -> TrailRecord:
    """Return the record of a trail."""
    return TrailRecord(entry, catalogue, translations, urls or Urls(), edition=edition or Publication())


def refuse_apart(record: SiteRecord) -> None:
    """Raise NothingToExportError for what harvesters would take for a place of the territory's list.

    These are demonstrations, examples from elsewhere, and places of trails.
    """
    refuse_demonstration(record)
    if record.entry.of.is_apart:
        cause = message("it is an example from elsewhere, and this format would present it as a listed place")
        if record.entry.of.kind == STORY:
            cause = message("it is a place of a trail, and this format would present it as a listed place")
        raise NothingToExportError(
            record.entry.document.name,
            cause,
            message("see its page instead"),
        )


def require_kind(record: SiteRecord) -> None:
    """Raise NothingToExportError for a place whose kind is not filled in yet, for formats that are nothing without."""
    if not record.entry.of.kind:
        raise NothingToExportError(
            record.entry.document.name, message("its kind is not filled in yet"), message("fill it in once it is known")
        )


def refuse_demonstration(record: SiteRecord) -> None:
    """Raise NothingToExportError for a demonstration, which harvesters would take for a real place."""
    if record.entry.of.demonstration:
        raise NothingToExportError(
            record.entry.document.name,
            message("it is a demonstration, and this format would present it as a real place"),
            message("see its page instead"),
        )


def credit_lines(rights: Iterable[Rights]) -> list[str]:
    """Return a credit line for each part with a rights holder; in French, as in the catalogue.

    >>> credit_lines([Rights("contour", "Mission Bassin Minier", "Licence Ouverte 2.0"), Rights("textes")])
    ['contour : Mission Bassin Minier, Licence Ouverte 2.0']
    """
    lines = ((each.of, ", ".join(part for part in (each.credit, each.licence) if part)) for each in rights)
    return [f"{of} : {whom}" for of, whom in lines if whom]


def medium_credit(medium: Medium) -> str:
    """Return the credit and licence of an image, sound, video or document; may be empty."""
    return ", ".join(dict.fromkeys(part for part in (medium.credit, medium.licence) if part))


def model_credit(model: StateRecord) -> str:
    """Return the credit and licence of a model; may be empty."""
    state = model.state
    return ", ".join(dict.fromkeys(part for part in (state.credit, state.author, state.licence) if part))


class NothingToExportError(OptionError):
    """A site or a route lacks what a format requires.

    file : of the site or route, with the key if there is one
    cause, cure : reason, and remedy
    """

    def __init__(self, file: str, cause: Message, cure: Message) -> None:
        """Store the parts."""
        self.file, self.cause, self.cure = file, cause, cure
        super().__init__(message("%(file)s: %(cause)s; %(cure)s", file=file, cause=cause, cure=cure))

    def __reduce__(self) -> tuple[type[NothingToExportError], tuple[str, Message, Message]]:
        """Pickle the parts."""
        return type(self), (self.file, self.cause, self.cure)
