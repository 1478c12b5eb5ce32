"""Releases of a bundle: publish one atomically, keep the former ones, roll back, and remove what is too old."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as SchemaError

from carreau.base.errors import OptionError, StorageError
from carreau.base.files import alone_in, write_whole
from carreau.base.messages import message, plural_message
from carreau.base.schema.bundle import FILES, NAME, RELEASES, SCHEMA_VERSION, Manifest
from carreau.base.schema.parts import File, FrozenModel
from carreau.site.content_store import ContentStore, flush_files, flush_folders, write_durable

_ORDER = "order.txt"
_RELEASE = re.compile(r"[\w-]{1,64}")
"""A release id: 16 hexadecimal digits. Anything else in a damaged list is ignored."""


class ReleaseFiles(BaseModel):
    """The files of a release: the part of its manifest that can be read of older schemas too."""

    schema_version: int
    release: str
    database: str
    files: tuple[File, ...]


ManifestType = TypeVar("ManifestType", Manifest, ReleaseFiles)


def canonical(manifest: Manifest) -> bytes:
    """Return the bytes of a manifest: the same for the same contents."""
    return (manifest.model_dump_json(indent=1) + "\n").encode()


def with_release_id(manifest: Manifest) -> Manifest:
    """Return a manifest with its release id, a digest of everything else in it."""
    bare = manifest.model_copy(update={"release": ""})
    return bare.model_copy(update={"release": _digest(canonical(bare))})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def read_current(root: Path) -> Manifest | None:
    """Return the served manifest, None before the first; raises OptionError for an invalid one."""
    path = root / NAME
    return read_manifest(path) if path.is_file() else None


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a file; raises OptionError with the file and the cure."""
    return _read(path, Manifest)


def release_files(root: Path, release: str) -> ReleaseFiles:
    """Return the files of a former release; raises OptionError for an invalid manifest."""
    path = root / RELEASES / release / NAME
    stat = path.stat()
    return _read_once(path, stat.st_mtime_ns, stat.st_size)


@cache
def _read_once(path: Path, mtime_ns: int, size: int) -> ReleaseFiles:  # noqa: ARG001 - it is read again where these differ
    return _read(path, ReleaseFiles)


def _read(path: Path, what: type[ManifestType]) -> ManifestType:
    try:
        manifest = what.model_validate_json(path.read_bytes())
    except (OSError, SchemaError) as error:
        cause = str(error).splitlines()[0]
        raise OptionError(
            message(
                "%(path)s is not a valid manifest (%(cause)s); publish again, or restore a former one with --rollback",
                path=str(path),
                cause=cause,
            )
        ) from error
    is_older = manifest.schema_version < SCHEMA_VERSION
    if manifest.schema_version > SCHEMA_VERSION or (is_older and what is not ReleaseFiles):
        raise OptionError(
            message(
                "%(path)s has schema version %(version)s, this Carreau reads %(own)s; %(cure)s",
                path=str(path),
                version=manifest.schema_version,
                own=SCHEMA_VERSION,
                cure=message("publish again") if is_older else message("update Carreau"),
            )
        )
    return manifest


def kept_releases(root: Path) -> tuple[str, ...]:
    """Return the ids of all releases, the newest last."""
    path = root / RELEASES / _ORDER
    names = path.read_text(encoding="utf-8", errors="replace").split() if path.is_file() else []
    return tuple(name for name in names if _RELEASE.fullmatch(name) and (root / RELEASES / name / NAME).is_file())


def readable(root: Path) -> dict[str, ReleaseFiles]:
    """Return the files of each release by its id, the newest last, except those with a damaged manifest."""
    return {name: release_files(root, name) for name in kept_releases(root) if is_intact(root, name)}


def is_intact(root: Path, release: str) -> bool:
    """Return whether the manifest of a release matches its id, which is a digest of it."""
    try:
        content = (root / RELEASES / release / NAME).read_bytes()
    except OSError:
        return False
    return _digest(content.replace(f'"release": "{release}"'.encode(), b'"release": ""', 1)) == release


def older(root: Path) -> tuple[str, ...]:
    """Return the ids of the releases that cannot be restored, because their schema is older."""
    return tuple(name for name, release in readable(root).items() if release.schema_version < SCHEMA_VERSION)


def write_order(root: Path, names: Iterable[str]) -> None:
    """Write the list of releases, the newest last; raises StorageError."""
    write_durable(root / RELEASES / _ORDER, "".join(f"{name}\n" for name in names).encode())


def swap(root: Path, manifest: Manifest) -> bool:
    """Serve a manifest; returns whether another one was served before.

    All its files must exist. They are flushed to disk before the manifest is replaced, so that an interruption leaves
    the former release in force. Raises StorageError where something cannot be written; the release is not listed then.
    """
    content = canonical(manifest)
    path, copy = root / NAME, root / RELEASES / manifest.release / NAME
    # Order: files to disk, the release's own manifest, the list, then the served manifest. Each step alone
    # leaves a valid bundle.
    is_new, is_listed = not _has(path, content), _has(copy, content)
    if is_new:
        _flush(root, manifest)
    try:
        if not is_listed:
            write_durable(copy, content)
        if is_new:
            write_order(root, (*(name for name in kept_releases(root) if name != manifest.release), manifest.release))
            _leave(root)
            write_durable(path, content)
    except StorageError:
        if not is_listed and not _has(path, content):
            remove_release(root, manifest.release)
        raise
    return is_new


def remove_release(root: Path, release: str) -> None:
    """Remove the manifest of a former release, which is not listed without it; its files stay."""
    (root / RELEASES / release / NAME).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (root / RELEASES / release).rmdir()


def named_files(releases: Iterable[ReleaseFiles | Manifest]) -> set[str]:
    """Return the names of all files of releases, with their compressed copies."""
    return {path.rpartition("/")[2] for release in releases for file in release.files for path in file.paths}


def _flush(root: Path, manifest: Manifest) -> None:
    """Flush the files that no other release uses; an interrupted publish may have left some of them unflushed."""
    releases = [release for release in readable(root).values() if release.schema_version == SCHEMA_VERSION]
    durable = {file.sha256 for release in releases for file in release.files}
    files = [file for file in manifest.files if file.sha256 not in durable]
    flush_files(root / path for file in files for path in file.paths)
    flush_folders([root / FILES, root, root.parent])


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def roll_back(root: Path, to: str = "") -> Manifest:
    """Serve a former release again: the one before the current one, or the given one.

    Raises OptionError where it does not exist or a file of it is missing.
    """
    now, former = served_release(root), older(root)
    names = [name for name in kept_releases(root) if name not in former]
    present = now.release if now else ""
    before = names[: names.index(present)] if present in names else names
    target = to or (before[-1] if before else "")
    if target not in names or target == present:
        choice = tuple(name for name in names if name != present) or message("none")
        cause = message("there is no release %(release)s", release=to) if to else message("there is no former release")
        cure = message("releases that can be restored: %(names)s", names=choice)
        raise OptionError(message("%(place)s: %(cause)s; %(cure)s", place=str(root), cause=cause, cure=cure))
    manifest = read_manifest(root / RELEASES / target / NAME)
    refuse_damage(root, manifest)
    _leave(root)
    write_durable(root / NAME, canonical(manifest))
    return manifest


def refuse_damage(root: Path, manifest: Manifest) -> None:
    """Raise OptionError where a file of a release is missing or damaged; the next publish then checks all."""
    store = ContentStore(root)
    damaged = [file.path for file in manifest.files if not store.has(file)]
    if damaged:
        remove_note(root)
        raise OptionError(
            plural_message(
                "%(path)s: %(count)s file of release %(release)s is missing or corrupt, %(first)s; publish again",
                "%(path)s: %(count)s files of release %(release)s are missing or corrupt, as %(first)s; publish again",
                len(damaged),
                path=str(root),
                release=manifest.release,
                first=damaged[0],
            )
        )


def _leave(root: Path) -> None:
    """Record in the time of its manifest that the served release was served until now."""
    with contextlib.suppress(OptionError):  # an unreadable release is not served either
        if (now := served_release(root)) is not None:
            leave(root, now.release)


def served_release(root: Path) -> ReleaseFiles | None:
    """Return the files of the served release, which may have an older schema; None before the first."""
    path = root / NAME
    return _read(path, ReleaseFiles) if path.is_file() else None


@contextmanager
def exclusive_lock(root: Path) -> Iterator[None]:
    """Lock a bundle for publishing; raises StorageError while it is locked."""
    root.mkdir(parents=True, exist_ok=True)
    with alone_in(root, message("%(path)s is being published right now; wait until that is done", path=str(root))):
        yield


GRACE_S = 300.0
"""Time that a release stays after it was served."""
_RELEASES, _MANIFEST, _LIST = "releases", "manifest.json", "leaving.txt"
"""Names of the releases' folder, of a manifest, and of the list of releases that may be removed."""


def leave(root: Path, release: str) -> None:
    """Record that a release was served until now."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(_manifest(root, release))


def is_fresh(root: Path, release: str) -> bool:
    """Return whether a release is within its grace period."""
    try:
        return abs(time.time() - _manifest(root, release).stat().st_mtime) < GRACE_S
    except FileNotFoundError:
        return False


def is_due(root: Path) -> bool:
    """Return whether the grace period of a release to be removed has ended."""
    return any(not is_fresh(root, name) for name in leaving(root))


def leaving(root: Path) -> list[str]:
    """Return the releases to be removed, except those served again since."""
    path = root / _RELEASES / _LIST
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [name for name, _, stamp in (line.partition(" ") for line in lines) if _stamp(root, name) == stamp]


def write_leaving(root: Path, names: Iterable[str]) -> None:
    """Write the list of releases to be removed; raises StorageError."""
    path, lines = root / _RELEASES / _LIST, [f"{name} {_stamp(root, name)}\n" for name in names]
    if lines:
        write_durable(path, "".join(lines).encode())
    else:
        path.unlink(missing_ok=True)


def _manifest(root: Path, release: str) -> Path:
    return root / _RELEASES / release / _MANIFEST


def _stamp(root: Path, release: str) -> str:
    """Return the time until which a release was served, as text; empty if it was removed."""
    path = _manifest(root, release)
    return str(path.stat().st_mtime_ns) if path.is_file() else ""


DRAFT = ".draft.json"


class DraftRelease(FrozenModel):
    """A release that is not served.

    inputs : digest of all that it was built from
    """

    inputs: str
    manifest: Manifest


def write_draft(root: Path, draft: DraftRelease) -> None:
    """Keep a draft in place of the one before; raises StorageError."""
    write_durable(root / DRAFT, draft.model_dump_json().encode())


def read_draft(root: Path) -> DraftRelease | None:
    """Return the draft of a bundle, None where there is none that can be read."""
    try:
        draft = DraftRelease.model_validate_json((root / DRAFT).read_bytes())
    except (OSError, SchemaError):
        return None
    return draft if draft.manifest.schema_version == SCHEMA_VERSION else None


def remove_draft(root: Path) -> None:
    """Forget the draft."""
    (root / DRAFT).unlink(missing_ok=True)


class ReleaseAnswers:
    """The answers of a release whose files are in a bundle."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        """Sort the answers of a manifest."""
        self.manifest = manifest
        self._root, self._languages = root, ("", *manifest.languages)
        by_digest = {file.sha256: file for file in manifest.files}
        self._named = {Path(file.path).name: file for file in manifest.files}
        self._answers: dict[str, dict[str, File]] = {}
        for answer in manifest.answers:
            if answer.sha256 in by_digest:
                self._answers.setdefault(answer.path, {})[answer.lang] = by_digest[answer.sha256]

    def paths(self) -> Iterator[str]:
        """Yield the paths that are answered."""
        yield from self._answers

    def find(self, path: str, language: str = "") -> File | None:
        """Return what a path answers in a language, or in the first there is; None for an unknown path.

        A path may also be that of a file, `/a/…`.
        """
        folder, _, name = path.removeprefix("/").partition("/")
        if folder == FILES:
            return self._named.get(name)
        answers = self._answers.get(path, {})
        return next((answers[each] for each in (language, *self._languages) if each in answers), None)

    def exactly(self, path: str, language: str) -> File | None:
        """Return what a path answers in a language, None where it answers nothing in it."""
        return self._answers.get(path, {}).get(language)

    def find_file(self, file: File) -> Path:
        """Return where a file is."""
        return self._root / file.path

    def content(self, path: str, language: str = "") -> bytes:
        """Return the content of an answer; raises KeyError for an unknown path, OSError for a missing file."""
        file = self.find(path, language)
        if file is None:
            raise KeyError(path)
        return self.find_file(file).read_bytes()


NOTE = ".inputs.json"
_FILES, _COPIES = "a", {"brotli_bytes": "br", "gzip_bytes": "gz"}
"""As `pipeline/carreau/base/schema` has them, which takes longer to import than all that happens here."""


def read_note(root: Path, inputs: str) -> dict[str, Any] | None:
    """Return the summary of the served release; None where its inputs or its files changed.

    inputs : digest of the present inputs
    """
    try:
        note = json.loads((root / NOTE).read_bytes())
        if not isinstance(note, dict) or note.get("inputs") != inputs or note.get("bundle") != _fingerprint(root):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    summary: dict[str, Any] | None = note.get("summary")
    return summary


def write_note(root: Path, inputs: str, summary: dict[str, Any]) -> None:
    """Write the inputs of the served release, all files of which are intact."""
    write_whole(root / NOTE, json.dumps({"inputs": inputs, "bundle": _fingerprint(root), "summary": summary}).encode())


def remove_note(root: Path) -> bool:
    """Make the next publish check every file; returns whether that succeeded."""
    try:
        (root / NOTE).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _fingerprint(root: Path) -> str:
    """Return a digest of the manifest, and of the sizes and times of the files it names.

    Times are included, because a file changed in place may keep its size. 3,881 files take 20 ms.
    """
    content = (root / _MANIFEST).read_bytes()
    with os.scandir(root / _FILES) as entries:
        stats = {entry.name: entry.stat() for entry in entries}
    digest = hashlib.sha256(content)
    for name in _names(json.loads(content)):
        stat = stats[name]
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _names(manifest: dict[str, Any]) -> Iterator[str]:
    for file in manifest["files"]:
        name = f"{file['sha256']}.{file['ext']}"
        yield name
        yield from (f"{name}.{coding}" for field, coding in _COPIES.items() if file.get(field) is not None)


@dataclass(frozen=True)
class Pruned:
    """The result of pruning.

    gone, freed : number of removed releases, and removed bytes
    leaving : releases that the first pruning after `GRACE_S` removes
    """

    gone: int = 0
    freed: int = 0
    leaving: int = 0


def prune(root: Path, keep: int | None) -> Pruned:
    """Remove all but the served and the newest releases, those with a damaged manifest, and unused files.

    keep : number of former releases to keep; None removes only those whose grace period has ended
    Raises StorageError where the folder cannot be written.
    """
    now, releases = served_release(root), readable(root)
    others = [name for name in releases if now is None or name != now.release]
    due = {*leaving(root), *(others[: max(0, len(others) - keep)] if keep is not None else ())}
    # A release that was just served stays for its grace period, as pages that are open still load its files.
    fresh = [name for name in others if name in due and is_fresh(root, name)]
    stay = {name for name in releases if name not in due or name not in others or name in fresh}
    removed = [name for name in kept_releases(root) if name not in stay]
    for name in removed:
        remove_release(root, name)
    left = [*(releases[name] for name in releases if name in stay), *([now] if now else [])]
    freed = _remove_others(root / FILES, named_files(left))
    if removed:  # on a full disk it can be written only now
        write_order(root, kept_releases(root))
    write_leaving(root, fresh)
    return Pruned(len(removed), freed, len(fresh))


def discard(root: Path, store: ContentStore) -> None:
    """Remove what an unfinished release has written and no other has; nothing where the served one is damaged."""
    with contextlib.suppress(OptionError):
        now, draft = served_release(root), read_draft(root)
        left: list[ReleaseFiles | Manifest] = [*readable(root).values(), *([now] if now else [])]
        left += [draft.manifest] if draft else []
        store.discard(named_files(left))


def _remove_others(folder: Path, names: set[str]) -> int:
    """Remove all other files; returns their size."""
    freed = 0
    for entry in list(os.scandir(folder)) if names else ():
        if entry.name not in names:
            freed += entry.stat().st_size
            Path(entry).unlink()
    return freed
