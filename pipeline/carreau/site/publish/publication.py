"""A publication: its options and result, and what of the former release it reuses.

The notes of a release lie beside the manifest and are never served. They may be deleted at any time: everything is then
built again, with the same result. An entry whose responses did not change keeps its time; others have the time of this
publication.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError as SchemaError

from carreau.base.errors import OptionError
from carreau.base.files import write_whole
from carreau.base.languages import locales_beside
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.base.package_folders import GENERATOR, LOCALES, STATIC
from carreau.base.schema.bundle import FILES
from carreau.base.schema.parts import File, FrozenModel
from carreau.exports.record import Publication
from carreau.site.content_store import MEDIA_TYPES, ContentStore
from carreau.site.publish.bundle_answers import Answers
from carreau.site.releases import GRACE_S, read_note, served_release

KEEP = 3
"""Former releases that are kept by default."""


@dataclass(frozen=True)
class PublishOptions:
    """What to publish, and where to.

    assets : folder of the catalogue; its translations are beside it
    models, media : folders of built files: `models/SITE/STATE/`
    bundle : folder to publish into
    base_url : where the bundle will be served
    keep : number of former releases to keep; by default `KEEP` once something changed
    """

    assets: Path
    models: Path
    media: Path
    bundle: Path
    base_url: str
    keep: int | None = None
    edition: Publication = field(default=Publication())

    @property
    def options(self) -> tuple[str, ...]:
        """Return further inputs of the result."""
        return (self.base_url.rstrip("/"), repr(self.edition), version("carreau"))


@dataclass(frozen=True)
class PublishResult:
    """The result of publishing.

    release : the served release
    files, size_bytes, answers : number of its files, their size, and number of its responses
    is_new : whether another release was served before
    written : bytes that were missing or damaged in the bundle
    older : former releases that cannot be restored, because their schema is older
    gone, freed : former releases that were removed, and the bytes of unused files that were removed
    leaving : former releases that will be removed after the grace period
    """

    bundle: Path
    release: str
    sites: int
    routes: int
    files: int
    size_bytes: int
    answers: int
    is_new: bool
    written: int = 0
    older: int = 0
    gone: int = 0
    freed: int = 0
    leaving: int = 0
    trails: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "bundle": str(self.bundle), "release": self.release, "new": self.is_new, "sites": self.sites,
            "routes": self.routes, "trails": self.trails, "files": self.files, "answers": self.answers,
            "written_bytes": self.written, "freed_bytes": self.freed, "leaving": self.leaving,
        }  # fmt: skip

    def lines(self) -> list[Message]:
        """Return it for a person."""
        lines = [self._first_line()]
        if self.written and not self.is_new:
            size = _megabytes(self.written)
            lines.append(
                message("%(path)s: missing or corrupt files restored, %(size)s MB", path=str(self.bundle), size=size)
            )
        if self.older and self.is_new:
            lines.append(
                plural_message(
                    "%(path)s: %(count)s former release has an older schema and cannot be restored",
                    "%(path)s: %(count)s former releases have an older schema and cannot be restored",
                    self.older,
                    path=str(self.bundle),
                )
            )
        if self.gone:
            lines.append(
                plural_message(
                    "%(count)s former release removed, %(size)s MB freed",
                    "%(count)s former releases removed, %(size)s MB freed",
                    self.gone,
                    size=_megabytes(self.freed),
                )
            )
        elif self.freed:
            lines.append(message("unused files removed, %(size)s MB freed", size=_megabytes(self.freed)))
        if self.leaving:
            lines.append(
                plural_message(
                    "%(path)s: %(count)s former release stays for visitors who may have it open; "
                    "publish again in %(minutes)s minutes to remove it",
                    "%(path)s: %(count)s former releases stay for visitors who may have them open; "
                    "publish again in %(minutes)s minutes to remove them",
                    self.leaving,
                    path=str(self.bundle),
                    minutes=round(GRACE_S / 60),
                )
            )
        return lines

    def _first_line(self) -> Message:
        path, release = str(self.bundle), self.release
        if not self.is_new:
            return message("%(path)s: release %(release)s is served; nothing changed", path=path, release=release)
        entries = [plural_message("%(count)s route", "%(count)s routes", self.routes)]
        entries += [plural_message("%(count)s trail", "%(count)s trails", self.trails)] if self.trails else []
        return message(
            "%(path)s: release %(release)s: %(sites)s, %(routes)s, %(responses)s, %(files)s, %(size)s MB, "
            "of which %(new)s MB are new",
            path=path,
            release=release,
            sites=plural_message("%(count)s site", "%(count)s sites", self.sites),
            routes=join_messages(entries, ", "),
            responses=plural_message("%(count)s response", "%(count)s responses", self.answers),
            files=plural_message("%(count)s file", "%(count)s files", self.files),
            size=_megabytes(self.size_bytes),
            new=_megabytes(self.written),
        )


def _megabytes(count: int) -> Number:
    return Number(count / 1e6, ",.1f")


OnProgress = Callable[[Message, float], None]
"""Called with what is being done, and the share of all that is done, 0 to 1."""

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """What is being done.

    percent : of the time of all, between that of a first draft of the 53 and that of one after a change
    """

    doing: Message
    percent: int


READ = Stage(message("reading and checking the catalogue"), 7)
GATHER = Stage(message("gathering models and media"), 15)
PLACE_DATA = Stage(message("writing the data of the places"), 13)
ROUTE_DATA = Stage(message("writing the data of the routes"), 3)
TRAIL_DATA = Stage(message("writing the data of the trails"), 3)
LISTS = Stage(message("writing lists and exports"), 12)
PAGES = Stage(message("writing the pages"), 42)
PACKS = Stage(message("making the offline copies"), 1)
LISTING = Stage(message("listing all files"), 4)
_ORDER = (READ, GATHER, PLACE_DATA, ROUTE_DATA, TRAIL_DATA, LISTS, PAGES, PACKS, LISTING)


def tell(on_progress: OnProgress, stage: Stage, done: int = 0, total: int = 1, name: str = "") -> None:
    """Tell how far a stage is.

    name : of what it is at
    """
    before = sum(each.percent for each in _ORDER[: _ORDER.index(stage)])
    percent = before + stage.percent * min(done / max(total, 1), 1.0)
    on_progress(join_messages([stage.doing, name], ": ") if name else stage.doing, percent / 100)


def follow(
    on_progress: OnProgress, stage: Stage, items: Collection[T], name: Callable[[T], str] = lambda _: ""
) -> Iterator[T]:
    """Yield the items of a stage, and tell before each how far it is."""
    for done, item in enumerate(items):
        tell(on_progress, stage, done, len(items), name(item))
        yield item


FOLDER = ".said"


class Note(FrozenModel):
    """The cached responses of an entry or a page.

    key : digest of all inputs
    files : added to the store
    answers : paths, languages and files
    more : further texts by name
    """

    key: str
    files: tuple[File, ...] = ()
    answers: tuple[tuple[str, str, File], ...] = ()
    more: Mapping[str, str] = {}


class BuildCache:
    """The cached responses of a bundle."""

    def __init__(self, bundle: Path) -> None:
        """Open the cache; its folder is created by the first write."""
        self._folder = bundle / FOLDER
        self._named = set[str]()

    def load(self, name: str, key: str, answers: Answers) -> Mapping[str, str] | None:
        """Add cached responses to `answers`; returns the texts stored with them.

        None, and nothing added, where an input changed or a file is missing.
        """
        self._named.add(name)
        try:
            note = Note.model_validate_json((self._folder / name).read_bytes())
        except (OSError, SchemaError):
            return None
        files = (*note.files, *(file for _, _, file in note.answers))
        if note.key != key or not all(answers.store.has(file) for file in files):
            return None
        for file in note.files:
            answers.store.files[file.path] = file
        for path, language, file in note.answers:
            answers.store.files[file.path] = file
            answers.put(path, language, file)
        return note.more

    def store(self, name: str, key: str, part: Answers, more: Mapping[str, str]) -> None:
        """Store the responses of a part; raises StorageError where they cannot be written."""
        self._named.add(name)
        answers = tuple((path, language, _file(link)) for (path, language), link in part.links.items())
        note = Note(key=key, files=tuple(part.store.files.values()), answers=answers, more=more)
        write_whole(self._folder / name, note.model_dump_json().encode())
        part.store.note_written(self._folder / name)

    def forget_others(self) -> None:
        """Remove the entries that were neither loaded nor stored since the cache was opened."""
        for path in self._folder.glob("*"):
            if path.name not in self._named:
                path.unlink(missing_ok=True)


def _file(link: File) -> File:
    return File(**link.model_dump(include=set(File.model_fields)))


def digest_values(*values: object) -> str:
    """Return a digest of values with a complete `repr`."""
    return hashlib.sha256("\n".join(map(repr, values)).encode()).hexdigest()


def stamps(paths: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Return names, sizes and times of the existing files, sorted."""
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file())


CLOCK = "SOURCE_DATE_EPOCH"
"""Environment variable that replaces the clock, in seconds since 1970: https://reproducible-builds.org/specs/source-date-epoch/"""
_LATEST = 253_402_300_799  # the end of the year 9999, after which RFC 3339 has no times
_TIMES = "SELECT 'sites', slug, modified FROM site UNION ALL SELECT 'routes', slug, modified FROM route"
_TRAIL_TIMES = "SELECT 'trails', slug, modified FROM trail"
_HAS_TRAILS = "SELECT 1 FROM sqlite_master WHERE name = 'trail'"


@dataclass(frozen=True)
class FormerRelease:
    """Responses of the served release; empty without a release, or for one without times of modification.

    modified : times, by "sites", "routes" or "trails", and slug
    digests : of responses, by path and language
    """

    modified: Mapping[tuple[str, str], str] = field(default_factory=dict)
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def has(self, part: Answers) -> bool:
        """Return whether all responses of a part are unchanged."""
        return all(self.digests.get(key) == answer.sha256 for key, answer in part.rows.items())


class HashOnly(ContentStore):
    """A store that computes digests without writing files."""

    def add_bytes(self, content: bytes, ext: str, media_type: str = "") -> File:
        """Return the file that the bytes would become."""
        digest = hashlib.sha256(content).hexdigest()
        return File(sha256=digest, ext=ext, media_type=media_type or MEDIA_TYPES[ext], bytes=len(content))


def former_release(bundle: Path) -> FormerRelease:
    """Return the served release; empty for a release before schema 2, and for a damaged one."""
    try:
        release = served_release(bundle)
        database = bundle / FILES / f"{release.database}.sqlite" if release else None
        if database is None or not database.is_file():
            return FormerRelease()
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            has_trails = connection.execute(_HAS_TRAILS).fetchone() is not None
            times = f"{_TIMES} UNION ALL {_TRAIL_TIMES}" if has_trails else _TIMES
            modified = {(kind, slug): time for kind, slug, time in connection.execute(times)}
            rows = connection.execute("SELECT path, lang, sha256 FROM answer")
            return FormerRelease(modified, {(path, language): digest for path, language, digest in rows})
    except (OptionError, sqlite3.Error):
        return FormerRelease()


def publication_time() -> str:
    """Return the time of this publication, in UTC and to the second (RFC 3339); raises OptionError.

    It is read from the clock, or from SOURCE_DATE_EPOCH, with which the same inputs give the same bytes.
    """
    text = os.environ.get(CLOCK, "")
    if not text:
        return _rfc3339(datetime.now(UTC))
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > _LATEST:
        raise OptionError(
            message(
                "%(variable)s=%(value)s is not a whole number of seconds since 1970; correct or unset it",
                variable=CLOCK,
                value=text[:40],
            )
        )
    return _rfc3339(datetime.fromtimestamp(int(text), UTC))


def _rfc3339(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


_PACKAGE = Path(__file__).parents[2]
_CODE = (
    (_PACKAGE, "**/*.py"),
    (_PACKAGE, "site/pages/*/*"),
    (GENERATOR, "*.py"),
    (LOCALES, "*/LC_MESSAGES/interface.po"),
    (LOCALES, "*/LC_MESSAGES/server.po"),
    (STATIC, "**/*"),
)
"""What pages are made from, besides the catalogue: patterns of files in folders."""


@cache
def code() -> str:
    """Return a digest of the names, sizes and times of our own code, its templates and words, and the viewer."""
    files = ((folder, path) for folder, pattern in _CODE for path in sorted(folder.glob(pattern)))
    ours = (
        (path.relative_to(folder), path.stat()) for folder, path in files if path.is_file() and path.suffix != ".pyc"
    )
    text = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in ours)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(folders: Iterable[Path], options: Iterable[str]) -> str:
    """Return a digest of the names, sizes and times of all files below some folders, of our own code, and of options.

    Only names, sizes and times are read, not the contents.
    """
    digest = hashlib.sha256("\n".join(options).encode())
    for folder in folders:
        for path in _files(folder):
            stat = path.stat()
            digest.update(f"\n{path} {stat.st_size} {stat.st_mtime_ns}".encode())
    digest.update(code().encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".pyc":
            yield path


def digest_inputs(options: PublishOptions) -> str:
    """Return a digest of all inputs of a bundle."""
    return fingerprint((options.assets, locales_beside(options.assets), options.models), options.options)


BUILT_NOTE = ".built.json"
"""File beside the models of a state that says what they were built from."""
FIRST_LOOK_KEY = "first_look"


def awaits_levels(models: Path) -> bool:
    """Return whether some models have their first level only, since that was all that was asked for."""
    return any(f'"{FIRST_LOOK_KEY}"' in note.read_text("utf-8") for note in models.glob(f"*/*/{BUILT_NOTE}"))


def find_unchanged(options: PublishOptions, inputs: str = "") -> PublishResult | None:
    """Return the served release if neither its inputs nor its files changed since; writes nothing.

    inputs : their digest, if known
    """
    summary = read_note(options.bundle, inputs or digest_inputs(options))
    return PublishResult(options.bundle, **summary, is_new=False) if summary else None


def prune_releases(options: PublishOptions, result: PublishResult) -> PublishResult:
    """Remove former releases beyond `options.keep`; returns the result with their number.

    By default, if nothing changed, only releases whose grace period has ended are removed.
    """
    from carreau.site.releases import prune

    keep = KEEP if options.keep is None and result.is_new else options.keep
    pruned = prune(options.bundle, keep)
    return replace(result, gone=pruned.gone, freed=pruned.freed, leaving=pruned.leaving)
