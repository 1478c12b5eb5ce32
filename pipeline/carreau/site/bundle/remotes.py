"""Targets of a copied bundle: a folder, or an object store with headers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import fsspec.core

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.site.bundle.copy_plan import Item
from carreau.site.bundle.durable import flush_files, flush_folders

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
        self.entries = self._listed()

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

    def _listed(self) -> dict[str, dict[str, Any]]:
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
        entries = self._listed()
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
        cure = "pip install 'carreau[s3]'" if protocol in ("s3", "s3a") else str(error)
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
