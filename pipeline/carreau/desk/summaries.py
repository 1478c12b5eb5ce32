"""The summaries of the catalogue, kept as long as their files are the same; a large one is read bit by bit."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from carreau.base.atomic_write import write_whole
from carreau.base.errors import StorageError
from carreau.base.messages import Message
from carreau.catalogue.i18n.translations import Translations
from carreau.desk.draft import entry_of
from carreau.desk.listing import Listed, listed
from carreau.desk.place_check import CatalogueAround, Surroundings
from carreau.desk.summary import SITE, Summary, places_of, summary_from, summary_of
from carreau.desk.text_digests import TextDigests
from carreau.formats.geodata import COMMUNES

_VERSION = 2
_BETWEEN_WRITES_S = 10.0
_UNCOUNTED = -1
"""Digest of translations that were not counted."""


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
        kept = self._load()
        self._texts = TextDigests(locales, kept)
        self._written, self._is_dirty = time.monotonic(), False

    def current(self, budget_s: float = 0.5) -> Overview:
        """Return the summaries, after reading for so long what changed."""
        with self._lock:
            listing = {each.file.name: each for each in listed(self._root)}
            places = {each.file.slug: each.digest for each in listing.values() if each.file.kind == SITE}
            around, digest = self._surroundings(listing.values(), places)
            digests = self._texts.digests()
            ended, waiting = time.monotonic() + budget_s, 0
            for name in self._kept.keys() - listing.keys():
                del self._kept[name]
                self._is_dirty = True
            for name, each in listing.items():
                kept, own = self._kept.get(name), each.digest ^ digest
                texts = None if digests is None else digests.get(f"{each.file.kind}.{each.file.slug}", 0)
                is_same = kept is not None and kept.files == own ^ _digest_of_places(kept.places, places)
                if kept and is_same and texts in (None, kept.texts):
                    continue
                if time.monotonic() > ended:
                    waiting += 1
                else:
                    self._read(each, own, texts, around, places)
            self._write(waiting)
            found = [self._kept[name].summary for name in listing if name in self._kept]
            sites = _claimed([each for each in found if each.kind == SITE])
            others = tuple(each for each in found if each.kind != SITE)
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
        trails = [f"{each.file.slug} {_digest_of(each.file.path)}" for each in listing if each.file.kind == "trail"]
        names = "\0".join((*places, "", *sorted(routes), "", *trails))
        return around, zlib.crc32(names.encode("utf-8", "surrogatepass"), _digest_of(self._root / COMMUNES))

    def _read(
        self, found: Listed, own: int, texts: int | None, around: Surroundings, places: Mapping[str, int]
    ) -> None:
        file, translations = found.file, self._texts.translations()
        try:
            content = file.path.read_bytes()
        except OSError:
            self._kept.pop(file.name, None)
            return
        entry = entry_of(file, content, around)
        counted = _UNCOUNTED if texts is None or translations is None else texts
        read = places_of(entry)
        files = own ^ _digest_of_places(read, places)
        self._kept[file.name] = _Kept(files, counted, read, summary_of(entry, file.kind, translations))
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
        kept = {
            name: {"files": each.files, "texts": each.texts, "places": each.places, "summary": each.summary.as_json()}
            for name, each in self._kept.items()
        }
        plain = {"version": _VERSION, "texts": self._texts.as_json(), "kept": kept}
        try:
            write_whole(self._store, json.dumps(plain, ensure_ascii=False).encode())
            self._is_dirty = False
        except StorageError:
            self._store = None  # a folder that cannot be written keeps nothing
        self._written = time.monotonic()


def _digest_of(path: Path) -> int:
    try:
        found = path.stat()
    except OSError:
        return 0
    return zlib.crc32(f"{found.st_mtime_ns} {found.st_size} {found.st_ino}".encode())


def _digest_of_places(slugs: Iterable[str], places: Mapping[str, int]) -> int:
    """Return a digest of the files of some places; 0 for none."""
    words = "\0".join(f"{slug} {places.get(slug, 0)}" for slug in slugs)
    return zlib.crc32(words.encode("utf-8", "surrogatepass"))


def _claimed(places: list[Summary]) -> list[Summary]:
    """Count an error more for each place whose element of the inscription a place before it has."""
    owners: dict[str, str] = {}
    found = []
    for each in places:
        is_taken = each.element and owners.setdefault(each.element, each.slug) != each.slug
        found.append(replace(each, errors=each.errors + 1) if is_taken else each)
    return found


def store_of(root: Path, cache: Path) -> Path:
    """Return the file that the summaries of a catalogue are kept in."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    return cache / "desk" / f"{name}.json"
