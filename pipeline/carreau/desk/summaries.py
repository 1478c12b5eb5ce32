"""The summaries of the catalogue, kept as long as their files are the same; a large one is read bit by bit."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from carreau.base.errors import ERROR, QUESTION, CarreauError, StorageError
from carreau.base.files import write_whole
from carreau.base.languages import TRANSLATED, content_file
from carreau.base.messages import Message, to_json
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.fields import MAY
from carreau.catalogue.i18n.check_translations import STALE, UNREVIEWED, Translations
from carreau.catalogue.i18n.source_texts import list_rules, list_texts
from carreau.catalogue.media import IMAGE
from carreau.catalogue.show import Show
from carreau.catalogue.site import Site
from carreau.desk.document_file import Listed, list_documents
from carreau.desk.entry_checks import CatalogueAround, Surroundings, read_entry
from carreau.formats.geodata import COMMUNES

_VERSION = 2
_BETWEEN_WRITES_S = 10.0
_UNCOUNTED = -1
"""Digest of translations that were not counted."""


@dataclass(frozen=True)
class Summary:
    """The figures of a place, route, trail, show or map that moves.

    kind : as in `carreau.desk.document_file`
    is_apart : whether it is none of the territory
    errors, questions : of the check, without those of translations
    first_error : where the first is, and its cause and cure, for `carreau.base.messages.from_json`
    french : shown keys of French texts that are not written
    has_picture, has_model : true where its kind has none
    element : list and element of the inscription, which only one place may have
    texts : number of its French texts
    translations : by language, how many are stale, missing or unreviewed; None as long as they are not counted
    """

    kind: str
    slug: str
    name: str
    commune: str
    is_apart: bool
    errors: int
    questions: int
    first_error: Any
    french: tuple[str, ...]
    has_picture: bool
    has_model: bool
    element: str
    texts: int
    translations: Mapping[str, Mapping[str, int]] | None = field(default=None)

    def count(self, standing: str) -> int:
        """Return how many translations have a standing, in all languages."""
        return sum(each.get(standing, 0) for each in (self.translations or {}).values())

    def lacks(self) -> list[str]:
        """Return what it lacks, the most pressing first."""
        lacking = {
            ERRORS: self.errors > 0,
            STALE_TEXTS: self.count(STALE) > 0,
            FRENCH: bool(self.french) and not self.is_apart,
            PICTURE: not self.has_picture,
            QUESTIONS: self.questions > 0,
            MISSING_TEXTS: self.count(MISSING) > 0,
            REVIEW: self.count(UNREVIEWED) > 0,
            MODEL: not self.has_model,
        }
        return [each for each in LACKS if lacking[each]]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Overview:
    """The catalogue as far as it is read.

    others : routes, trails, shows and maps
    waiting : how many are still to be read anew; their summaries are those of before, or missing
    problem : why translations are not counted, None where they are
    """

    places: tuple[Summary, ...]
    others: tuple[Summary, ...]
    waiting: int
    problem: Message | None = None


@dataclass(frozen=True)
class _Kept:
    """A summary, with digests of the files and of the translations that it was made from.

    places : slugs of the places that were read for it too
    """

    files: int
    texts: int
    places: tuple[str, ...]
    summary: Summary


class Summaries:
    """The summaries of a catalogue; several threads may ask for them.

    store : file that they are kept in between two starts, None for none
    """

    def __init__(self, root: Path, locales: Path, store: Path | None) -> None:
        """Read what the last start has kept."""
        self._root, self._locales, self._store = root, locales, store
        self._lock = threading.Lock()
        self._around = CatalogueAround(root)
        self._kept: dict[str, _Kept] = {}
        stored = self._load()
        self._texts = TextDigests(locales, stored)
        self._written, self._is_dirty = time.monotonic(), False

    def current(self, budget_s: float = 0.5) -> Overview:
        """Return the summaries, after reading for so long what changed."""
        with self._lock:
            listing = {each.file.name: each for each in list_documents(self._root)}
            places = {each.file.slug: each.digest for each in listing.values() if each.file.kind == SITE}
            around, digest = self._surroundings(listing.values(), places)
            digests = self._texts.digests()
            ended, waiting = time.monotonic() + budget_s, 0
            for name in self._kept.keys() - listing.keys():
                del self._kept[name]
                self._is_dirty = True
            for name, each in listing.items():
                cached, own = self._kept.get(name), each.digest ^ digest
                texts = None if digests is None else digests.get(f"{each.file.kind}.{each.file.slug}", 0)
                is_same = cached is not None and cached.files == own ^ _digest_of_places(cached.places, places)
                if cached and is_same and texts in (None, cached.texts):
                    continue
                if time.monotonic() > ended:
                    waiting += 1
                else:
                    self._read(each, own, texts, around, places)
            self._write(waiting)
            summaries = [self._kept[name].summary for name in listing if name in self._kept]
            sites = _count_claims([each for each in summaries if each.kind == SITE])
            others = tuple(each for each in summaries if each.kind != SITE)
            return Overview(tuple(sites), others, max(waiting, int(self._texts.is_reading)), self._texts.problem)

    def translations(self) -> Translations:
        """Return the translations as they are now, also while the overview is still reading them."""
        with self._lock:
            self._texts.digests()
            return self._texts.translations() or Translations(self._locales)

    def _surroundings(self, listing: Iterable[Listed], places: Mapping[str, int]) -> tuple[Surroundings, int]:
        """Return what the check of each file asks of the rest, and a digest of that."""
        routes = frozenset(each.file.slug for each in listing if each.file.kind == "route")
        around = Surroundings(self._around.communes(), frozenset(places), routes, self._around.now().trails)
        trails = [f"{each.file.slug} {_digest_file(each.file.path)}" for each in listing if each.file.kind == "trail"]
        names = "\0".join((*places, "", *sorted(routes), "", *trails))
        return around, zlib.crc32(names.encode("utf-8", "surrogatepass"), _digest_file(self._root / COMMUNES))

    def _read(
        self, listed: Listed, own: int, texts: int | None, around: Surroundings, places: Mapping[str, int]
    ) -> None:
        file, translations = listed.file, self._texts.translations()
        try:
            content = file.path.read_bytes()
        except OSError:
            self._kept.pop(file.name, None)
            return
        entry = read_entry(file, content, around)
        counted = _UNCOUNTED if texts is None or translations is None else texts
        read = list_places(entry)
        files = own ^ _digest_of_places(read, places)
        self._kept[file.name] = _Kept(files, counted, read, summarize(entry, file.kind, translations))
        self._is_dirty = True

    def _load(self) -> dict[str, Any] | None:
        try:
            plain = json.loads(self._store.read_bytes()) if self._store else {}
            if plain.get("version") != _VERSION:
                return None
            self._kept = {
                name: _Kept(each["files"], each["texts"], tuple(each["places"]), summary_from(each["summary"]))
                for name, each in plain["kept"].items()
            }
            return {"stamps": plain["texts"]["stamps"], "digests": dict(plain["texts"]["digests"])}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._kept = {}  # it is made anew
            return None

    def _write(self, waiting: int) -> None:
        is_time = not waiting or time.monotonic() > self._written + _BETWEEN_WRITES_S
        if self._store is None or not self._is_dirty or not is_time:
            return
        stored = {
            name: {"files": each.files, "texts": each.texts, "places": each.places, "summary": each.summary.as_json()}
            for name, each in self._kept.items()
        }
        plain = {"version": _VERSION, "texts": self._texts.as_json(), "kept": stored}
        try:
            write_whole(self._store, json.dumps(plain, ensure_ascii=False).encode())
            self._is_dirty = False
        except StorageError:
            self._store = None  # a folder that cannot be written keeps nothing
        self._written = time.monotonic()


def _digest_file(path: Path) -> int:
    try:
        status = path.stat()
    except OSError:
        return 0
    return zlib.crc32(f"{status.st_mtime_ns} {status.st_size} {status.st_ino}".encode())


def _digest_of_places(slugs: Iterable[str], places: Mapping[str, int]) -> int:
    """Return a digest of the files of some places; 0 for none."""
    words = "\0".join(f"{slug} {places.get(slug, 0)}" for slug in slugs)
    return zlib.crc32(words.encode("utf-8", "surrogatepass"))


def _count_claims(places: list[Summary]) -> list[Summary]:
    """Count an error more for each place whose element of the inscription a place before it has."""
    owners: dict[str, str] = {}
    counted = []
    for each in places:
        is_taken = each.element and owners.setdefault(each.element, each.slug) != each.slug
        counted.append(replace(each, errors=each.errors + 1) if is_taken else each)
    return counted


def summaries_file(root: Path, cache: Path) -> Path:
    """Return the file that the summaries of a catalogue are kept in."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    return cache / "desk" / f"{name}.json"


SITE = "site"
MISSING = "missing"
TEXTS = (
    ("summary",), ("description",), ("visit", "see_today"), ("visit", "access"), ("visit", "safety"),
    ("visit", "accessibility"),
)  # fmt: skip
"""The French texts that each place should have."""

ERRORS, FRENCH, PICTURE, QUESTIONS, STALE_TEXTS, MISSING_TEXTS, MODEL, REVIEW = (
    "errors", "french", "picture", "questions", "stale", "missing", "model", "review",
)  # fmt: skip
LACKS = (ERRORS, STALE_TEXTS, FRENCH, PICTURE, QUESTIONS, MISSING_TEXTS, REVIEW, MODEL)
"""What can be lacking, the most pressing first: errors keep it from being published, stale texts are not shown."""


def summary_from(plain: Mapping[str, Any]) -> Summary:
    """Return the summary that `as_json` gave; raises TypeError or KeyError for something else."""
    return Summary(**{**plain, "french": tuple(plain["french"])})


def summarize(entry: Entry[Any], kind: str, translations: Translations | None) -> Summary:
    """Return the figures of what was checked.

    kind : as in `carreau.desk.document_file`
    translations : None as long as they are not read; raises FormatError or ScanError where they cannot be
    """
    of, findings = entry.of, entry.document.findings
    errors = [each for each in findings if each.level == ERROR]
    inscription = getattr(of, "inscription", None)
    texts = list(list_texts(entry)) if entry.document.is_read else []
    return Summary(
        kind,
        entry.slug,
        of.name or entry.slug,
        getattr(of, "commune", ""),
        getattr(of, "is_apart", False),
        len(errors),
        sum(each.level == QUESTION for each in findings),
        to_json(errors[0].message()) if errors else None,
        tuple(", ".join(path) for path in _texts_expected(type(of)) if not _has(of, path)),
        not hasattr(of, "media") or any(each.kind == IMAGE and each.file for each in of.media),
        not hasattr(of, "state") or any(each.file for each in of.state),
        f"{inscription.list} {inscription.element}" if inscription and inscription.element else "",
        len(texts),
        None if translations is None else _counts(texts, translations),
    )


def list_places(entry: Entry[Any]) -> tuple[str, ...]:
    """Return the slugs of the places that the check of a route, trail or show reads: stops, chapters and models."""
    of = entry.of
    slugs = [each.site for each in (*getattr(of, "stop", ()), *getattr(of, "chapter", ()))]
    slugs += [each.scene.site for each in getattr(of, "chapter", ()) if each.scene]
    if isinstance(of, Show):
        slugs += [each.model.partition("/")[0] for each in of.scene]
    return tuple(sorted({each for each in slugs if each}))


def _texts_expected(of: type) -> tuple[tuple[str, ...], ...]:
    """Return the keys of the French texts that a document should have; of a place they are listed above."""
    if of is Site:
        return TEXTS
    return tuple(
        (key,) for key, rule in list_rules(of) if rule.kind == "text" and rule.translatable and rule.need != MAY
    )


def _has(of: Any, path: tuple[str, ...]) -> bool:
    value = of
    for step in path:
        value = getattr(value, step, "")
    return bool(value)


def _counts(texts: list[Any], translations: Translations) -> dict[str, dict[str, int]]:
    counts = {language: Counter[str]() for language in TRANSLATED}
    for text in texts:
        own = translations.own(text.context, text.text)
        for language in TRANSLATED:
            standing = own[language].standing if language in own else MISSING
            if standing in (STALE, UNREVIEWED, MISSING):
                counts[language][standing] += 1
    return {language: dict(each) for language, each in counts.items()}


_WAIT_S = 0.2
"""How long a page waits for the summaries: 53 places take 0.15 s; 5,000 take many seconds, and are shown later."""


class TextDigests:
    """Tells which places, routes and the like have other translations than before.

    problem : why they cannot be read, None where they can
    """

    def __init__(self, locales: Path, stored: Mapping[str, Any] | None = None) -> None:
        """Take what `as_json` gave at the last start; it holds as long as the files are the same."""
        self._locales = locales
        self._stamps: list[Any] | None = stored["stamps"] if stored else None
        self._digests: Mapping[str, int] = stored["digests"] if stored else {}
        self._translations: Translations | None = None
        self._thread: threading.Thread | None = None
        self.problem: Message | None = None

    @property
    def is_reading(self) -> bool:
        """Return whether they are being read."""
        return self._thread is not None and self._thread.is_alive()

    def digests(self) -> Mapping[str, int] | None:
        """Return a digest by the beginning of contexts, `site.SLUG`; None while they are read, or cannot be."""
        if not self.is_reading and self._now() != self._stamps:
            self._begin()
        return None if self.is_reading or self.problem else self._digests

    def translations(self) -> Translations | None:
        """Return the translations; None while they are read, or where they cannot be."""
        if not self.is_reading and self._translations is None and self.problem is None:
            self._begin()
        return None if self.is_reading or self.problem else self._translations

    def as_json(self) -> dict[str, Any]:
        """Return what the next start may take."""
        return {"stamps": self._stamps, "digests": self._digests}

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self._thread.join(_WAIT_S)

    def _now(self) -> list[Any]:
        paths = [content_file(self._locales, language) for language in TRANSLATED]
        stats = [path.stat() if path.is_file() else None for path in paths]
        return [[each.st_mtime_ns, each.st_size, each.st_ino] if each else None for each in stats]

    def _read(self) -> None:
        translations, digests, stamps = Translations(self._locales), dict[str, int](), self._now()
        problem = None
        try:
            for language in TRANSLATED:
                for unit in translations.units(language):
                    owner = ".".join(unit.context.split(".")[:2])
                    parts = language, unit.context, unit.text, unit.target, *unit.flags, unit.former or ""
                    digests[owner] = zlib.crc32("\0".join(parts).encode(), digests.get(owner, 0))
        except CarreauError as error:
            problem = error.message
        self._translations, self._digests, self._stamps, self.problem = translations, digests, stamps, problem
