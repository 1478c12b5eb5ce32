"""Entries on disk, written atomically and checked by digest.

An entry is one file: 8 bytes of magic, the header's length (8 bytes, little endian), the header's SHA-256, the header
(JSON), then the blocks, each at a multiple of 64 bytes. The header holds the digest of all that follows it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from carreau.base.errors import FREE_CACHE, StorageError, disk_full, is_disk_full
from carreau.base.messages import Message, message
from carreau.runs.cache.serialize import Block, UnreadableError, flatten, restore

MAGIC = b"CARREAU1"
_PREFIX = len(MAGIC) + 8 + 32
_ALIGN = 64
_ABANDONED_S = 3600.0
_UNUSED_S = 7 * 86400.0


@dataclass(frozen=True)
class Record:
    """Time and memory of the computation of a value.

    stage : name of the function
    label : in the progress display, such as "simplify phone"
    seconds : wall time of the function itself, without its inputs
    peak_memory_bytes : largest memory of the process meanwhile
    size_bytes : of the files that the value derives from, for estimates
    cached : whether this run read it from the cache
    grown_bytes : largest growth of the process meanwhile
    """

    stage: str
    label: str
    seconds: float
    peak_memory_bytes: int
    size_bytes: int = 0
    cached: bool = False
    grown_bytes: int = 0


@dataclass(frozen=True)
class CacheEntry:
    """An entry on disk: its file, stage, bytes, and last use (seconds since 1970)."""

    path: Path
    stage: str
    size_bytes: int
    used: float


class Store:
    """A folder of entries, found by stage and key.

    url : of the same entries for other machines, empty if they share the folder or there are none
    """

    url: str = ""

    def __init__(self, root: Path) -> None:
        """Open a folder, which may not exist yet."""
        self.root = root
        self._verified: set[Path] = set()
        self._lock = threading.Lock()

    def has(self, stage: str, key: str) -> bool:
        """Return whether an entry exists; a corrupt one is only noticed by `read`."""
        path = self._path(stage, key)
        return path.is_file()

    def write(self, stage: str, key: str, value: object, record: Record, code: str, folder: Path | None) -> None:
        """Write a value, atomically.

        Raises StorageError when the disk is full or the folder cannot be written, TypeError for an unsupported value.
        """
        tree, blocks = flatten(value, folder)
        header, payload = _layout({"stage": stage, "code": code, "record": asdict(record), "value": tree}, blocks)
        path = self._path(stage, key)
        write_whole(path, [header, *payload], self.root / "partial")
        with self._lock:
            self._verified.add(path)

    def read(self, stage: str, key: str, folder: Path | None) -> tuple[Any, Record] | None:
        """Return a value with its record; None if it is missing or corrupt.

        Arrays are mapped from the file copy-on-write: changes by a stage never reach the disk.
        """
        path = self._path(stage, key)
        try:
            mapped = _map(path)
            header = _header(mapped)
            start = _aligned(_PREFIX + int.from_bytes(mapped[8:16], "little"))
            self._verify(path, mapped, header, start)
            value = restore(header["value"], _blocks(mapped, header["blocks"], start), folder)
            record = Record(**{**header["record"], "cached": True})
        except (OSError, ValueError, KeyError, TypeError, UnreadableError):
            return None
        _touch(path)
        return value, record

    def record(self, stage: str, key: str) -> Record | None:
        """Return the record of an entry, from its header alone; None if it is missing or corrupt."""
        try:
            return head_record(_map(self._path(stage, key)))
        except (OSError, ValueError):  # an empty file cannot be mapped
            return None

    def publish(self, stage: str, key: str) -> None:
        """Make an entry available to other machines; here they share the folder."""

    def put_beside(self, path: Path, data: Block) -> None:
        """Write another file into this folder, atomically."""
        write_whole(path, [data], self.root / "partial")

    def size_bytes(self, stage: str, key: str) -> int:
        """Return the bytes of an entry, 0 when there is none."""
        try:
            return self._path(stage, key).stat().st_size
        except OSError:
            return 0

    def trust(self, stage: str, key: str) -> None:
        """Do not hash an entry again that a worker has just written; its length is compared all the same."""
        with self._lock:
            self._verified.add(self._path(stage, key))

    def _verify(self, path: Path, mapped: mmap.mmap, header: dict[str, Any], start: int) -> None:
        if len(mapped) != start + header["payload_bytes"]:
            raise ValueError("truncated")
        # Once per process: hashing a gigabyte takes a second.
        if path in self._verified:
            return
        with memoryview(mapped) as view, view[start:] as payload:
            if hashlib.sha256(payload).hexdigest() != header["payload_sha256"]:
                raise ValueError("corrupt")
        with self._lock:
            self._verified.add(path)

    def forget(self, stage: str, key: str) -> None:
        """Remove an entry, such as a corrupt one."""
        path = self._path(stage, key)
        with self._lock:
            self._verified.discard(path)
        path.unlink(missing_ok=True)

    def entries(self) -> list[CacheEntry]:
        """Return every entry, least recently used first."""
        entries = []
        for path in self.root.glob("entries/*/*"):
            try:
                status = path.stat()
            except FileNotFoundError:  # another process prunes too
                continue
            entries.append(CacheEntry(path, path.parent.name, status.st_size, status.st_mtime))
        return sorted(entries, key=lambda entry: (entry.used, entry.path))

    def sweep(self) -> None:
        """Remove partial files of killed runs, and copies of scans that were not used for long."""
        for path in self.root.glob("partial/*"):
            try:
                if time.time() - path.stat().st_mtime > _ABANDONED_S:
                    path.unlink()
            except OSError:
                continue
        for path in self.root.glob("scans/*"):
            if time.time() - path.stat().st_mtime > _UNUSED_S:
                shutil.rmtree(path, ignore_errors=True)

    def _path(self, stage: str, key: str) -> Path:
        return self.root / "entries" / stage / key


def head_record(head: mmap.mmap | bytes) -> Record | None:
    """Return the record from the first bytes of an entry; None if they are incomplete."""
    try:
        return Record(**{**_header(head)["record"], "cached": True})
    except (ValueError, KeyError, TypeError):
        return None


def read_code(path: Path) -> tuple[str, str] | None:
    """Return the code digest and the label of an entry, from its header alone; None if it is corrupt."""
    try:
        header = _header(_map(path))
        return str(header["code"]), str(header["record"]["label"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_whole(path: Path, parts: list[Block], staging: Path) -> None:
    """Write a file atomically: a temporary file, then `os.replace`.

    staging : folder of the same file system for the temporary file
    Raises StorageError when the disk is full or a folder cannot be written.
    """
    temporary = staging / f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        staging.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            for part in parts:
                file.write(part)
        # No fsync: it takes 0.3 s for 200 MB, and after a power cut the digest shows missing bytes.
        temporary.replace(path)
    except OSError as error:
        _drop(temporary)
        raise storage_error(staging.parent if is_disk_full(error) else path.parent, error) from error
    except BaseException:
        _drop(temporary)
        raise


def _drop(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink()


def storage_error(folder: Path, error: OSError, cure: Message = FREE_CACHE) -> StorageError:
    """Return the error of a folder that the system could not write to.

    cure : where its disk is full; by default that of the cache
    """
    if is_disk_full(error):
        return StorageError(disk_full(None, {folder: cure}))
    return StorageError(
        message(
            "%(path)s: cannot be written (%(error)s); choose another folder",
            path=str(folder),
            error=str(error.strerror or error),
        )
    )


def _layout(header: dict[str, Any], blocks: list[Block]) -> tuple[bytes, list[Block]]:
    payload: list[Block] = []
    places: list[tuple[int, int]] = []
    position = 0
    for block in blocks:
        places.append((position, len(block)))
        padding = bytes(_aligned(len(block)) - len(block))
        payload += [block, padding]
        position += len(block) + len(padding)
    hasher = hashlib.sha256()
    for part in payload:
        hasher.update(part)
    header |= {"blocks": places, "payload_bytes": position, "payload_sha256": hasher.hexdigest()}
    text = json.dumps(header, separators=(",", ":")).encode()
    start = MAGIC + len(text).to_bytes(8, "little") + hashlib.sha256(text).digest() + text
    return start + bytes(_aligned(len(start)) - len(start)), payload


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        # Copy-on-write, because some bindings reject read-only arrays and numba compiles twice for them.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def _header(mapped: mmap.mmap | bytes) -> dict[str, Any]:
    length = int.from_bytes(mapped[8:16], "little")
    if mapped[:8] != MAGIC or length > len(mapped) - _PREFIX:
        raise ValueError("not an entry")
    text = mapped[_PREFIX : _PREFIX + length]
    if hashlib.sha256(text).digest() != mapped[16:_PREFIX]:
        raise ValueError("a corrupt header")
    header = json.loads(text)
    if not isinstance(header, dict):
        raise ValueError("not a header")
    return header


def _blocks(mapped: mmap.mmap, places: list[tuple[int, int]], start: int) -> Callable[[int], memoryview]:
    def block(number: int) -> memoryview:
        offset, length = places[number]
        return memoryview(mapped)[start + offset : start + offset + length]

    return block


def _touch(path: Path) -> None:
    with contextlib.suppress(OSError):  # a read-only cache works, too
        os.utime(path)  # for `carreau cache --max-size`
