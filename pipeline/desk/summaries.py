"""The summaries of all places, kept as long as their files are the same; a large catalogue is read bit by bit."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.catalogue.atomic_write import write_whole
from pipeline.catalogue.catalogue import SHEETS, TRAILS
from pipeline.catalogue.geodata import COMMUNES
from pipeline.desk.place_check import CatalogueAround, Surroundings, checked_site
from pipeline.desk.summary import Summary, summary_from, summary_of
from pipeline.desk.text_digests import TextDigests
from pipeline.errors import StorageError
from pipeline.i18n.translations import Translations
from pipeline.messages import Message

_VERSION = 1
_BETWEEN_WRITES_S = 10.0
_UNCOUNTED = -1
"""Digest of translations that were not counted."""


@dataclass(frozen=True)
class Overview:
    """The places as far as they are read.

    waiting : how many are still to be read anew; their summaries are those of before, or missing
    problem : why translations are not counted, None where they are
    """

    places: tuple[Summary, ...]
    waiting: int
    problem: Message | None = None


@dataclass(frozen=True)
class _Kept:
    """A summary, with digests of the files and of the translations that it was made from."""

    files: int
    texts: int
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
            listing, around, digest = self._listed()
            digests = self._texts.digests()
            ended, waiting = time.monotonic() + budget_s, 0
            for slug in self._kept.keys() - listing.keys():
                del self._kept[slug]
                self._is_dirty = True
            for slug, files in listing.items():
                kept, now = self._kept.get(slug), files ^ digest
                texts = None if digests is None else digests.get(slug, 0)
                if kept and kept.files == now and texts in (None, kept.texts):
                    continue
                if time.monotonic() > ended:
                    waiting += 1
                else:
                    self._read(slug, now, texts, around)
            self._write(waiting)
            found = _claimed([self._kept[slug].summary for slug in listing if slug in self._kept])
            return Overview(tuple(found), max(waiting, int(self._texts.is_reading)), self._texts.problem)

    def translations(self) -> Translations:
        """Return the translations as they are now, also while the overview is still reading them."""
        with self._lock:
            self._texts.digests()
            return self._texts.translations() or Translations(self._locales)

    def _listed(self) -> tuple[dict[str, int], Surroundings, int]:
        """Return a digest of the files of each place, what is around them, and a digest of that."""
        listing = dict(folder_digests(self._root / "sites"))
        routes = frozenset(path.stem for path in (self._root / "routes").glob("*.toml"))
        around = Surroundings(self._around.communes(), frozenset(listing), routes, self._around.now().trails)
        sheets = sorted((self._root / TRAILS).glob(f"*/{SHEETS[TRAILS]}"))
        trails = [f"{path.parent.name} {_digest_of(path)}" for path in sheets]
        communes = _digest_of(self._root / COMMUNES)
        return listing, around, zlib.crc32("\0".join((*listing, "", *sorted(routes), "", *trails)).encode(), communes)

    def _read(self, slug: str, files: int, texts: int | None, around: Surroundings) -> None:
        path, translations = self._root / "sites" / slug / "site.toml", self._texts.translations()
        try:
            content = path.read_bytes()
        except OSError:
            self._kept.pop(slug, None)
            return
        entry = checked_site(path, f"sites/{slug}/site.toml", content, around)
        counted = _UNCOUNTED if texts is None or translations is None else texts
        self._kept[slug] = _Kept(files, counted, summary_of(entry, translations))
        self._is_dirty = True

    def _load(self) -> dict[str, Any] | None:
        try:
            plain = json.loads(self._store.read_bytes()) if self._store else {}
            if plain.get("version") != _VERSION:
                return None
            self._kept = {
                slug: _Kept(each["files"], each["texts"], summary_from(each["summary"]))
                for slug, each in plain["places"].items()
            }
            return {"stamps": plain["texts"]["stamps"], "digests": dict(plain["texts"]["digests"])}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._kept = {}  # it is made anew
            return None

    def _write(self, waiting: int) -> None:
        is_time = not waiting or time.monotonic() > self._written + _BETWEEN_WRITES_S
        if self._store is None or not self._is_dirty or not is_time:
            return
        places = {
            slug: {"files": each.files, "texts": each.texts, "summary": each.summary.as_json()}
            for slug, each in self._kept.items()
        }
        plain = {"version": _VERSION, "texts": self._texts.as_json(), "places": places}
        try:
            write_whole(self._store, json.dumps(plain, ensure_ascii=False).encode())
            self._is_dirty = False
        except StorageError:
            self._store = None  # a folder that cannot be written keeps nothing
        self._written = time.monotonic()


def folder_digests(sites: Path, sheet: str = "site.toml") -> list[tuple[str, int]]:
    """Return the slug of each place with a digest of the names, times and sizes of its files, in order.

    sheet : the file that a folder has to have; trails have another
    """
    found = []
    try:
        folders = sorted(each.name for each in os.scandir(sites) if each.is_dir())
    except OSError:
        return []
    for name in folders:
        try:
            entries = sorted(os.scandir(sites / name), key=lambda each: each.name)
            stats = [(each.name, each.stat()) for each in entries]
        except OSError:
            continue  # it went meanwhile
        if any(each == sheet for each, _ in stats):
            words = "\0".join(f"{each} {stat.st_mtime_ns} {stat.st_size} {stat.st_ino}" for each, stat in stats)
            found.append((name, zlib.crc32(words.encode("utf-8", "surrogatepass"))))
    return found


def _digest_of(path: Path) -> int:
    try:
        found = path.stat()
    except OSError:
        return 0
    return zlib.crc32(f"{found.st_mtime_ns} {found.st_size} {found.st_ino}".encode())


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
