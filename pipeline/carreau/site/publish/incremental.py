"""Reuse of what the former release contains: responses with the same inputs, and times of modification.

The notes lie beside the manifest and are never served. They may be deleted at any time: everything is then built again,
with the same result. An entry whose responses did not change keeps its time; others have the time of this publication.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import ValidationError as SchemaError

from carreau.base.errors import OptionError
from carreau.base.files import write_whole
from carreau.base.languages import locales_beside
from carreau.base.messages import message
from carreau.base.package_folders import GENERATOR, LOCALES, STATIC
from carreau.base.schema.bundle import FILES
from carreau.base.schema.parts import File, FrozenModel
from carreau.site.bundle.compression import MEDIA_TYPES
from carreau.site.bundle.content_store import ContentStore
from carreau.site.bundle.releases import read_note, served_release
from carreau.site.publish.answers import Answers
from carreau.site.publish.types import KEEP, PublishOptions, PublishResult

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


def key_of(*values: object) -> str:
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
    found = ((folder, path) for folder, pattern in _CODE for path in sorted(folder.glob(pattern)))
    ours = (
        (path.relative_to(folder), path.stat()) for folder, path in found if path.is_file() and path.suffix != ".pyc"
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


def inputs_of(options: PublishOptions) -> str:
    """Return a digest of all inputs of a bundle."""
    return fingerprint((options.assets, locales_beside(options.assets), options.models), options.options)


def unchanged(options: PublishOptions, inputs: str = "") -> PublishResult | None:
    """Return the served release if neither its inputs nor its files changed since; writes nothing.

    inputs : their digest, if known
    """
    summary = read_note(options.bundle, inputs or inputs_of(options))
    return PublishResult(options.bundle, **summary, is_new=False) if summary else None


def prune_releases(options: PublishOptions, result: PublishResult) -> PublishResult:
    """Remove former releases beyond `options.keep`; returns the result with their number.

    By default, if nothing changed, only releases whose grace period has ended are removed.
    """
    from carreau.site.bundle.pruning import prune

    keep = KEEP if options.keep is None and result.is_new else options.keep
    pruned = prune(options.bundle, keep)
    return replace(result, gone=pruned.gone, freed=pruned.freed, leaving=pruned.leaving)
