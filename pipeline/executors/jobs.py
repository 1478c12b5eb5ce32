"""Carry a step to another process, and make it there."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.cache.cache import Cache, default_root, url_root
from pipeline.cache.fingerprint import code_digest, function_name
from pipeline.cache.store import Record
from pipeline.cache.tasks import CachedResult, Content, InputFiles, Task, TaskField, task_key
from pipeline.errors import ScanError, ToolError
from pipeline.messages import message, replaced

_SHIPPED = "scan-file"


class UnreachableScanError(Exception):
    """A worker sees no file of a scan, neither where it lies nor in the store."""


@dataclass(frozen=True)
class WorkerPlace:
    """Where a worker finds what is kept.

    root : folder of the cache; the worker's own where there is a URL
    url : of the store that all share, empty when they share the folder
    is_near : whether the worker runs on this machine, and sees the same files
    """

    root: Path | None
    url: str = ""
    is_near: bool = False


@dataclass(frozen=True)
class _Scan:
    path: Path
    key: str
    size_bytes: int
    contents: tuple[Content, ...]


@dataclass(frozen=True)
class _Given:
    scan: int


@dataclass(frozen=True)
class _Kept:
    stage: str
    key: str
    scan: int | None
    part: str | None = None


@dataclass(frozen=True)
class Job:
    """A step in words that another process understands: values are named, and nothing large is in it.

    function : "module:function"; imported once the worker's code is known to be ours
    """

    function: str
    label: str
    key: str
    inputs: Any
    scans: tuple[_Scan, ...]


_SEEN: set[_Scan] = set()
"""Scans that this process found where they lie at home; looking again at 729 textures takes 0.1 s a step."""


def serialize_job(step: Task[Any]) -> Job:
    """Return the ticket of a step, to be pickled."""
    scans: dict[str, _Scan] = {}
    inputs = _packed(step.inputs, scans)
    return Job(step.name, step.label, step.key, inputs, tuple(scans.values()))


def _packed(value: Any, scans: dict[str, _Scan]) -> Any:
    if isinstance(value, TaskField):
        whole = value.step
        return _Kept(whole.stage, whole.key, _number(whole.files, scans), value.name)
    if isinstance(value, Task):
        return _Kept(value.stage, value.key, _number(value.files, scans))
    if isinstance(value, InputFiles):
        return _Given(_number(value, scans) or 0)
    if isinstance(value, tuple | list):
        return type(value)(_packed(item, scans) for item in value)
    if isinstance(value, Mapping):
        return {key: _packed(item, scans) for key, item in value.items()}
    return value


def _number(files: InputFiles | None, scans: dict[str, _Scan]) -> int | None:
    if files is None:
        return None
    scans.setdefault(files.key, _Scan(files.path, files.key, files.size_bytes, files.contents))
    return list(scans).index(files.key)


def run_job(ticket: Job, place: WorkerPlace) -> Record:
    """Make a ticket's step in this process, and return what that took; its inputs are kept already.

    Raises what the step raises, MissingInputError and UnreachableScanError for what this process does not see, and
    ToolError when its code or its libraries are not those of whoever wrote the ticket.
    """
    cache = _cache(place)
    files = [_files(scan, cache, place) for scan in ticket.scans]
    inputs = _unpacked(ticket.inputs, files, cache)
    if task_key(ticket.function, inputs) != ticket.key:
        raise ToolError(
            message(
                "%(step)s: the worker has a different version of Carreau or of a library; install the same versions "
                "everywhere",
                step=ticket.label,
            )
        )
    module, _, name = ticket.function.partition(":")
    step = Task(cache, getattr(importlib.import_module(module), name), ticket.label, inputs)
    try:
        return step.run(step.arguments())
    except ScanError as error:
        raise _at_home(error, ticket.scans, files) from None


@functools.lru_cache(maxsize=4)
def _cache(place: WorkerPlace) -> Cache:
    if place.url:
        from pipeline.cache.shared_store import SharedStore

        root = place.root or url_root(place.url)
        return Cache(root, store=SharedStore(root, place.url))
    return Cache(place.root or default_root())


def _unpacked(value: Any, files: list[InputFiles], cache: Cache) -> Any:
    if isinstance(value, _Given):
        return files[value.scan]
    if isinstance(value, _Kept):
        whole = CachedResult(cache, value.stage, value.key, None if value.scan is None else files[value.scan])
        return whole if value.part is None else TaskField(whole, value.part)
    if isinstance(value, tuple | list):
        return type(value)(_unpacked(item, files, cache) for item in value)
    if isinstance(value, Mapping):
        return {key: _unpacked(item, files, cache) for key, item in value.items()}
    return value


def _files(scan: _Scan, cache: Cache, place: WorkerPlace) -> InputFiles:
    folder = scan.path.parent
    if not place.is_near and not (scan in _SEEN or _lie_in(folder, scan.contents, cache)):
        folder = _fetched(scan, cache)
    elif not place.is_near:
        _SEEN.add(scan)
    return InputFiles(folder / scan.path.name, scan.key, scan.size_bytes, scan.contents)


def _lie_in(folder: Path, contents: tuple[Content, ...], cache: Cache) -> bool:
    """Say whether the very files of a scan lie in a folder; a worker may have others in the same place."""
    try:
        return all(cache.sha256(folder / each.name) == each.sha256 for each in contents)
    except OSError:
        return False


def ship(files: InputFiles, cache: Cache) -> None:
    """Put the files of a scan into the store, for workers that do not see where they lie; by content, so once."""
    import numpy as np

    name = function_name(ship)
    code = f"{name} {code_digest(name)}"
    for each in files.contents:
        if not cache.store.has(_SHIPPED, each.sha256):
            path = files.folder / each.name
            data = np.memmap(path, np.uint8, "r") if each.size_bytes else np.zeros(0, np.uint8)
            record = Record(_SHIPPED, each.name, 0.0, 0, each.size_bytes)
            cache.store.write(_SHIPPED, each.sha256, data, record, code, None)
        cache.store.publish(_SHIPPED, each.sha256)


def _fetched(scan: _Scan, cache: Cache) -> Path:
    """Lay a scan's files out in a folder of this machine as they lie at home, and return that folder."""
    # A scan may name ../textures/a.png: as many folders lie above its own as its names climb.
    depth = max(each.name.count("../") for each in scan.contents)
    laid_out = cache.root / "scans" / scan.key
    folder = laid_out / "/".join(["in"] * (depth + 1))
    for each in scan.contents:
        path = folder / each.name
        if path.is_file() and path.stat().st_size == each.size_bytes:
            continue
        found = cache.store.read(_SHIPPED, each.sha256, None)
        if found is None:
            raise UnreachableScanError(str(scan.path))
        folder.mkdir(parents=True, exist_ok=True)
        cache.store.put_beside(path, memoryview(found[0]))
    os.utime(laid_out)  # what was of use lately is not swept
    return folder


def _at_home(error: ScanError, scans: tuple[_Scan, ...], files: list[InputFiles]) -> ScanError:
    """Return an error that names the files where the person who asked has them."""
    said = [error.file, error.place, error.cause, error.cure]
    for scan, here in zip(scans, files, strict=True):
        said = [replaced(text, str(here.folder), str(scan.path.parent)) for text in said]
    return type(error)(*said)
