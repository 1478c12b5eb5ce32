"""Entries on disk, written atomically and checked by digest.

An entry is one file: 8 bytes of magic, the header's length (8 bytes, little endian), the header's SHA-256, the header
(JSON), then the blocks, each at a multiple of 64 bytes. The header holds the digest of all that follows it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import json
import math
import mmap
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from carreau.base.errors import FREE_CACHE, StorageError, disk_full, is_disk_full
from carreau.base.messages import Message, from_json, message, to_json

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
            # Anything wrong with an entry counts as missing: it is computed again.
            mapped = _map(path)
            header = _header(mapped)
            start = _align(_PREFIX + int.from_bytes(mapped[8:16], "little"))
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
    # Blocks begin at multiples of 64 bytes, so that mapped arrays are aligned; one digest covers them all.
    payload: list[Block] = []
    places: list[tuple[int, int]] = []
    position = 0
    for block in blocks:
        places.append((position, len(block)))
        padding = bytes(_align(len(block)) - len(block))
        payload += [block, padding]
        position += len(block) + len(padding)
    hasher = hashlib.sha256()
    for part in payload:
        hasher.update(part)
    header |= {"blocks": places, "payload_bytes": position, "payload_sha256": hasher.hexdigest()}
    text = json.dumps(header, separators=(",", ":")).encode()
    start = MAGIC + len(text).to_bytes(8, "little") + hashlib.sha256(text).digest() + text
    return start + bytes(_align(len(start)) - len(start)), payload


def _align(size: int) -> int:
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


PACKAGE = "carreau"
Block = bytes | memoryview


class UnreadableError(Exception):
    """A tree with a class that this version does not have."""


def flatten(value: object, folder: Path | None = None) -> tuple[object, list[Block]]:
    """Return a JSON tree, and the blocks of bytes it points to by number.

    folder : paths inside it are stored as relative ones, so that a moved scan keeps its results
    Raises TypeError for anything but plain values, paths, enums, arrays of numbers and dataclasses of this package.
    """
    blocks: list[Block] = []
    return _flatten(value, folder, blocks), blocks


def _flatten(value: object, folder: Path | None, blocks: list[Block]) -> object:
    if isinstance(value, Enum):
        return {"enum": _own_name(type(value)), "name": value.name}
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, Message):
        return {"message": to_json(value)}
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, bytes):
        blocks.append(value)
        return {"bytes": len(blocks) - 1}
    if isinstance(value, Path):
        return _flatten_path(value, folder)
    if isinstance(value, list | tuple | dict):
        return _flatten_container(value, folder, blocks)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        fields = {name: _flatten(getattr(value, name), folder, blocks) for name in names}
        return {"dataclass": _own_name(type(value)), "fields": fields}
    return _flatten_array(value, blocks)


def _flatten_container(
    value: list[Any] | tuple[Any, ...] | dict[Any, Any], folder: Path | None, blocks: list[Block]
) -> object:
    if isinstance(value, dict):
        pairs = [[_flatten(key, folder, blocks), _flatten(item, folder, blocks)] for key, item in value.items()]
        return {"dict": pairs}
    items = [_flatten(item, folder, blocks) for item in value]
    if isinstance(value, list):
        return items
    if type(value) is not tuple:
        raise TypeError(f"a {type(value).__name__} cannot be cached: use a tuple or a dataclass")
    return {"tuple": items}


def _flatten_path(value: Path, folder: Path | None) -> object:
    if folder is not None and value.is_relative_to(folder):
        return {"path": value.relative_to(folder).as_posix(), "inside": True}
    return {"path": value.as_posix(), "inside": False}


def _flatten_array(value: object, blocks: list[Block]) -> object:
    import numpy as np

    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biufc":
        raise TypeError(
            f"a {type(value).__name__} cannot be cached: use arrays of numbers, plain values or dataclasses"
        )
    # Little endian on every machine; `ascontiguousarray` would add a dimension to a scalar.
    array = np.asarray(value, dtype=value.dtype.newbyteorder("<"), order="C")
    blocks.append(array.reshape(-1).view(np.uint8).data)
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    return {kind: len(blocks) - 1, "dtype": array.dtype.str, "shape": list(array.shape)}


def _own_name(kind: type) -> str:
    if kind.__module__.split(".")[0] != PACKAGE or "<locals>" in kind.__qualname__:
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} cannot be cached: only classes of {PACKAGE} can")
    return f"{kind.__module__}:{kind.__qualname__}"


def restore(tree: object, block: Callable[[int], memoryview], folder: Path | None = None) -> Any:
    """Return the value of a tree that `flatten` returned.

    block : returns a block by number; arrays are views of it
    folder : of the relative paths
    Raises UnreadableError for a tree with classes that this version does not have.
    """
    if isinstance(tree, list):
        return [restore(item, block, folder) for item in tree]
    if not isinstance(tree, dict):
        return tree
    kind = next(iter(tree), "")
    restorer = _RESTORERS.get(kind)
    if restorer is None:
        raise UnreadableError(f"unknown kind of value {kind!r}")
    return restorer(tree, block, folder)


def _restore_array(tree: dict[str, Any], block: Callable[[int], memoryview], _: Path | None) -> object:
    import numpy as np

    number = tree["array"] if "array" in tree else tree["scalar"]
    data, kind = block(number), np.dtype(tree["dtype"])
    array = (np.frombuffer(data, kind) if len(data) else np.zeros(0, kind)).reshape(tree["shape"])
    return array if "array" in tree else array[()]


def _restore_path(tree: dict[str, Any], _: Callable[[int], memoryview], folder: Path | None) -> object:
    if not tree["inside"]:
        return Path(tree["path"])
    if folder is None:
        raise UnreadableError("a relative path without a folder")
    return folder / tree["path"]


def _restore_dataclass(tree: dict[str, Any], block: Callable[[int], memoryview], folder: Path | None) -> object:
    kind = _own_class(tree["dataclass"])
    if not dataclasses.is_dataclass(kind):
        raise UnreadableError(f"{tree['dataclass']} is not a dataclass")
    try:
        return kind(**{name: restore(item, block, folder) for name, item in tree["fields"].items()})
    except TypeError as error:
        raise UnreadableError(f"{tree['dataclass']} has other fields now") from error


def _restore_enum(tree: dict[str, Any], _: Callable[[int], memoryview], __: Path | None) -> object:
    kind = _own_class(tree["enum"])
    if not issubclass(kind, Enum) or tree["name"] not in kind.__members__:
        raise UnreadableError(f"{tree['enum']} has no {tree['name']}")
    return kind[tree["name"]]


def _own_class(name: str) -> type:
    module, _, qualname = name.partition(":")
    if module.split(".")[0] != PACKAGE:
        raise UnreadableError(f"{name} is not of {PACKAGE}")
    try:
        kind: object = importlib.import_module(module)
        for part in qualname.split("."):
            kind = getattr(kind, part)
    except (ImportError, AttributeError) as error:
        raise UnreadableError(f"{name} does not exist") from error
    if not isinstance(kind, type):
        raise UnreadableError(f"{name} is not a class")
    return kind


_RESTORERS: dict[str, Callable[[dict[str, Any], Callable[[int], memoryview], Path | None], object]] = {
    "array": _restore_array,
    "scalar": _restore_array,
    "path": _restore_path,
    "dataclass": _restore_dataclass,
    "enum": _restore_enum,
    "message": lambda tree, _, __: from_json(tree["message"]),
    "bytes": lambda tree, block, _: bytes(block(tree["bytes"])),
    "float": lambda tree, _, __: float(tree["float"]),
    "tuple": lambda tree, block, folder: tuple(restore(item, block, folder) for item in tree["tuple"]),
    "dict": lambda tree, block, folder: {
        restore(key, block, folder): restore(item, block, folder) for key, item in tree["dict"]
    },
}
