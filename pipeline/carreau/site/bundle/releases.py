"""Releases of a bundle: publish one atomically, keep the former ones, roll back."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as SchemaError

from carreau.base.errors import OptionError, StorageError
from carreau.base.folder_lock import alone_in
from carreau.base.messages import message, plural_message
from carreau.base.schema.bundle import FILES, NAME, RELEASES, SCHEMA_VERSION, Manifest
from carreau.base.schema.file_links import File
from carreau.site.bundle.content_store import ContentStore
from carreau.site.bundle.durable import flush_files, flush_folders, write_durable
from carreau.site.bundle.inputs_note import remove_note
from carreau.site.bundle.leaving import leave

_ORDER = "order.txt"
_RELEASE = re.compile(r"[\w-]{1,64}")
"""A release id: 16 hexadecimal digits. Whatever else a damaged list names is no folder of the bundle."""


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


def current(root: Path) -> Manifest | None:
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
