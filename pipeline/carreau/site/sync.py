"""Copy a release to a folder or object store: only new files, the manifest last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec.core

from carreau.base.errors import OptionError, StorageError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.schema.bundle import NAME, Manifest
from carreau.base.tools import CLUSTER, install
from carreau.site.content_store import CODINGS, digest_content, flush_files, flush_folders
from carreau.site.releases import read_current, refuse_damage


@dataclass(frozen=True)
class SyncResult:
    """The result of copying a release.

    sent, sent_bytes : number and size of the files that were sent
    kept : number of the files that the target had already
    """

    target: str
    release: str
    sent: int
    sent_bytes: int
    kept: int

    def lines(self) -> list[Message]:
        """Return it for a person."""
        sent = plural_message("%(count)s file sent", "%(count)s files sent", self.sent)
        return [
            message(
                "%(target)s: release %(release)s, %(sent)s (%(size)s MB), %(unchanged)s already there",
                target=self.target,
                release=self.release,
                sent=sent,
                size=Number(self.sent_bytes / 1e6, ",.1f"),
                unchanged=self.kept,
            )
        ]

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "target": self.target, "release": self.release, "sent": self.sent, "sent_bytes": self.sent_bytes,
            "kept": self.kept,
        }  # fmt: skip


def sync(root: Path, target: str, on_progress: Callable[[int, int], None] | None = None) -> SyncResult:
    """Copy the served release to a folder or an object store (any URL of fsspec).

    Files named by their content come first, then those with a static path, then the manifest.
    Raises OptionError for a damaged release and for an unreachable target, StorageError where a file cannot be written.
    """
    manifest = read_current(root)
    if manifest is None:
        raise OptionError(
            message("%(path)s: nothing has been published there yet; run `carreau publish` first", path=str(root))
        )
    refuse_damage(root, manifest)
    try:
        remote = open_remote(target)
        with closing(remote):
            return _send_all(copy_plan(root, manifest), remote, target, manifest.release, on_progress or _nobody)
    except refusals() as error:
        raise StorageError(
            message(
                "--to %(target)s: a file could not be written: %(error)s; the former release is still served there",
                target=target,
                error=str(error),
            )
        ) from error


def _send_all(
    steps: tuple[list[Item], ...],
    remote: RemoteStore,
    target: str,
    release: str,
    on_progress: Callable[[int, int], None],
) -> SyncResult:
    done, total = 0, sum(map(len, steps))
    sent = sent_bytes = 0
    # One step after the other: when the manifest arrives, everything it names is there.
    for items in steps:
        new = [item for item in items if not remote.has(item)]
        done += len(items) - len(new)
        with ThreadPoolExecutor(remote.threads) as pool:
            for item, _ in zip(new, pool.map(remote.send, new), strict=True):
                done, sent, sent_bytes = done + 1, sent + 1, sent_bytes + item.size
                on_progress(done, total)
        remote.settle()
        on_progress(done, total)
    return SyncResult(target, release, sent, sent_bytes, total - sent)


def _nobody(done: int, total: int) -> None:
    """Ignore progress."""


FOR_EVER = "public, max-age=31536000, immutable"
FRESH = "public, max-age=60, stale-while-revalidate=86400"
"""As the server sends it, without s-maxage: a CDN in front of a store has no server to ask every second."""
ASK_FIRST = "no-cache"
_ASK_FIRST = frozenset((NAME, "service-worker.js"))
"""Clients discover a new release by these files."""


@dataclass(frozen=True)
class ObjectHeaders:
    """The headers of an object; absent ones are empty."""

    content_type: str
    cache_control: str
    content_encoding: str = ""
    content_language: str = ""

    def s3_options(self) -> dict[str, str]:
        """Return them as S3's PutObject names them."""
        options = {
            "ContentType": self.content_type,
            "CacheControl": self.cache_control,
            "ContentEncoding": self.content_encoding,
            "ContentLanguage": self.content_language,
        }
        return {name: value for name, value in options.items() if value}


def content_headers(media_type: str, coding: str = "") -> ObjectHeaders:
    """Return the headers of a file named by its content.

    coding : suffix of a compressed copy
    """
    return ObjectHeaders(media_type, FOR_EVER, CODINGS[coding].name if coding else "")


def address_headers(name: str, media_type: str, language: str = "") -> ObjectHeaders:
    """Return the headers of a file with a stable name and changing content."""
    return ObjectHeaders(media_type, ASK_FIRST if name in _ASK_FIRST else FRESH, content_language=language)


@dataclass(frozen=True)
class Item:
    """A file of a copy.

    source : path of the local file
    name : path in the copy
    headers : sent with it to an object store
    is_fixed : whether it is named by its content
    """

    source: Path
    name: str
    headers: ObjectHeaders
    is_fixed: bool = False

    @property
    def size(self) -> int:
        """Return its size in bytes."""
        return self.source.stat().st_size

    def digest(self) -> str:
        """Return the SHA-256 of its bytes; raises OSError."""
        return digest_content(self.source)


def copy_plan(root: Path, manifest: Manifest) -> tuple[list[Item], ...]:
    """Return the files to send, in steps: no file refers to one of a later step."""
    return list(_contents(root, manifest)), list(_addresses(root, manifest)), [_manifest(root)]


def _contents(root: Path, manifest: Manifest) -> Iterator[Item]:
    for file in manifest.files:
        for coding in ("", *file.copies):
            name = f"{file.path}.{coding}" if coding else file.path
            yield Item(root / name, name, content_headers(file.media_type, coding), is_fixed=True)


def _addresses(root: Path, manifest: Manifest) -> Iterator[Item]:
    files = {file.sha256: file for file in manifest.files}
    for answer in manifest.answers:
        if answer.static:
            file = files[answer.sha256]
            headers = address_headers(answer.static, file.media_type, answer.lang)
            yield Item(root / file.path, answer.static, headers)


def _manifest(root: Path) -> Item:
    return Item(root / NAME, NAME, address_headers(NAME, "application/json"))


INDEX = ".copy.json"
"""Index in an object store: the digest of each object as it was sent, and its entity tag."""
_THREADS = 16


class RemoteStore:
    """A folder in a file system of fsspec.

    threads : number of files that are sent in parallel
    """

    threads = 1

    def __init__(self, system: Any, base: str) -> None:
        """Take a file system of fsspec, and a path in it."""
        self.system, self.base = system, base
        self.entries = self._list()

    def has(self, item: Item) -> bool:
        """Return whether the copy has the same file; files named by their content are not read."""
        entry = self.entries.get(item.name)
        if entry is None or int(entry["size"] or 0) != item.size:
            return False
        return item.is_fixed or self.system.cat_file(self.path(item.name)) == item.source.read_bytes()

    def send(self, item: Item) -> None:
        """Send it; it is there whole or not at all."""
        self.system.put_file(str(item.source), self.path(item.name))

    def settle(self) -> None:
        """Make the sent files visible and durable before the next step is sent."""

    def close(self) -> None:
        """Leave the place as it should be, whether or not everything was sent."""

    def path(self, name: str) -> str:
        """Return the path of a file of the copy in the file system."""
        return f"{self.base}/{name}"

    def _list(self) -> dict[str, dict[str, Any]]:
        try:
            objects = self.system.find(self.base, detail=True)
        except FileNotFoundError:
            return {}
        lead = len(self.base.lstrip("/")) + 1
        return {name.lstrip("/")[lead:]: entry for name, entry in objects.items()}


class LocalFolder(RemoteStore):
    """A folder of this machine."""

    def __init__(self, system: Any, base: str) -> None:
        """Take a local file system, and a path in it."""
        super().__init__(system, base)
        self.partial: dict[Path, Path] = {}

    def has(self, item: Item) -> bool:
        """Return whether the copy has the same file; both are read, so that damage is repaired."""
        far = Path(self.path(item.name))
        return far.is_file() and far.stat().st_size == item.size and far.read_bytes() == item.source.read_bytes()

    def send(self, item: Item) -> None:
        """Copy it beside its name."""
        far = Path(self.path(item.name))
        far.parent.mkdir(parents=True, exist_ok=True)
        self.partial[far] = far.with_name(f"{far.name}.partial")
        self.system.put_file(str(item.source), str(self.partial[far]))

    def settle(self) -> None:
        """Flush the copied files, rename them, and flush the folders."""
        flush_files(self.partial.values())
        folders = {folder for far in self.partial for folder in far.parents if folder.is_relative_to(self.base)}
        for far in list(self.partial):
            self.partial.pop(far).replace(far)
        flush_folders(folders)

    def close(self) -> None:
        """Remove partial files."""
        for partial in self.partial.values():
            partial.unlink(missing_ok=True)


class S3Bucket(RemoteStore):
    """A prefix in an S3 bucket.

    A listing of S3 has neither headers nor digests of encrypted or multipart objects. So the copy has an index: an
    object counts as sent where the index has its content and headers, and its entity tag did not change since. Objects
    that an older Carreau sent without headers, or that were changed otherwise, are sent again.
    """

    threads = _THREADS

    def __init__(self, system: Any, base: str) -> None:
        """Open a prefix in a bucket with s3fs."""
        super().__init__(system, base)
        self.index: dict[str, list[str]] = self._read_index()
        self.sent: dict[str, str] = {}

    def has(self, item: Item) -> bool:
        """Return whether it was sent and did not change since."""
        entry = self.entries.get(item.name)
        return entry is not None and self.index.get(item.name) == [_stamp(item), str(entry.get("ETag"))]

    def send(self, item: Item) -> None:
        """Send it with its headers."""
        stamp = _stamp(item)
        self.system.put_file(str(item.source), self.path(item.name), **item.headers.s3_options())
        self.sent[item.name] = stamp

    def close(self) -> None:
        """Write the index, with the entity tags of the sent objects."""
        if not self.sent:
            return
        self.system.invalidate_cache()
        entries = self._list()
        index = {name: row for name, row in self.index.items() if name in entries}
        index |= {name: [stamp, str(entries[name].get("ETag"))] for name, stamp in self.sent.items() if name in entries}
        content = json.dumps(index, indent=0, sort_keys=True).encode()
        self.system.pipe_file(self.path(INDEX), content, ContentType="application/json", CacheControl="no-cache")

    def _read_index(self) -> dict[str, list[str]]:
        if INDEX not in self.entries:
            return {}
        with contextlib.suppress(ValueError):
            index = json.loads(self.system.cat_file(self.path(INDEX)))
            return index if isinstance(index, dict) else {}
        return {}


def refusals() -> tuple[type[Exception], ...]:
    """Return the exceptions of file systems; some of S3 are not OSError, as for missing credentials."""
    botocore = sys.modules.get("botocore.exceptions")
    return (OSError, ValueError) if botocore is None else (OSError, ValueError, botocore.BotoCoreError)


def open_remote(target: str) -> RemoteStore:
    """Return the place of a URL of fsspec; raises OptionError for one that nothing can reach, and OSError."""
    protocol = target.partition("://")[0]
    try:
        system, base = fsspec.core.url_to_fs(target, use_listings_cache=False)
    except ImportError as error:
        cure = install(CLUSTER) if protocol in ("s3", "s3a") else str(error)
        raise OptionError(
            message(
                "--to %(target)s: support for %(protocol)s:// is not installed; %(cure)s",
                target=target,
                protocol=protocol,
                cure=cure,
            )
        ) from error
    except ValueError as error:
        raise OptionError(message("--to %(target)s: %(error)s", target=target, error=str(error))) from error
    protocols = system.protocol if isinstance(system.protocol, tuple) else (system.protocol,)
    kind = S3Bucket if "s3" in protocols else LocalFolder if "file" in protocols else RemoteStore
    return kind(system, base.rstrip("/"))


def _stamp(item: Item) -> str:
    """Return a digest of the content and headers of an object."""
    return hashlib.sha256(f"{item.digest()} {item.headers}".encode()).hexdigest()[:32]
