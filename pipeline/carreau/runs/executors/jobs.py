"""Tasks as messages to other processes, which run them there."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.errors import ScanError, ToolError
from carreau.base.messages import message, replaced
from carreau.runs.cache.cache import Cache, default_root, url_root
from carreau.runs.cache.fingerprint import code_digest, function_name
from carreau.runs.cache.store import Record
from carreau.runs.cache.tasks import CachedResult, Content, InputFiles, Task, TaskContext, TaskField, task_key

_SHIPPED = "scan-file"


class UnreachableScanError(Exception):
    """A worker sees the files of a scan neither at their path nor in the store."""


@dataclass(frozen=True)
class WorkerPlace:
    """The cache of a worker.

    root : folder; the worker's own if there is a URL
    url : of the shared store, empty if the folder is shared
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
class _ScanInput:
    scan: int


@dataclass(frozen=True)
class _CachedInput:
    stage: str
    key: str
    scan: int | None
    part: str | None = None


@dataclass(frozen=True)
class Job:
    """A task as a message to another process: small, because it names values instead of holding them.

    function : "module:function"; only imported if the worker has the same code
    """

    function: str
    label: str
    key: str
    inputs: Any
    scans: tuple[_Scan, ...]


_SEEN: set[_Scan] = set()
"""Scans whose files this process sees at their path; checking 729 textures again takes 0.1 s a task."""


def serialize_job(step: Task[Any]) -> Job:
    """Return the job of a task, to be pickled."""
    scans: dict[str, _Scan] = {}
    inputs = _serialized(step.inputs, scans)
    return Job(step.name, step.label, step.key, inputs, tuple(scans.values()))


def _serialized(value: Any, scans: dict[str, _Scan]) -> Any:
    if isinstance(value, TaskField):
        task = value.step
        return _CachedInput(task.stage, task.key, _number(task.files, scans), value.name)
    if isinstance(value, Task):
        return _CachedInput(value.stage, value.key, _number(value.files, scans))
    if isinstance(value, InputFiles):
        return _ScanInput(_number(value, scans) or 0)
    if isinstance(value, tuple | list):
        return type(value)(_serialized(item, scans) for item in value)
    if isinstance(value, Mapping):
        return {key: _serialized(item, scans) for key, item in value.items()}
    return value


def _number(files: InputFiles | None, scans: dict[str, _Scan]) -> int | None:
    if files is None:
        return None
    scans.setdefault(files.key, _Scan(files.path, files.key, files.size_bytes, files.contents))
    return list(scans).index(files.key)


def run_job(job: Job, place: WorkerPlace) -> Record:
    """Run a job in this process, and return the record; its inputs are cached already.

    Raises the errors of the task, MissingInputError and UnreachableScanError for inputs that this process does not
    see, and ToolError when its code or its libraries differ from those of the process that wrote the job.
    """
    cache = _cache(place)
    files = [_files(scan, cache, place) for scan in job.scans]
    inputs = _deserialized(job.inputs, files, cache)
    if task_key(job.function, inputs) != job.key:
        raise ToolError(
            message(
                "%(step)s: the worker has a different version of Carreau or of a library; install the same versions "
                "everywhere",
                step=job.label,
            )
        )
    module, _, name = job.function.partition(":")
    step = Task(cache, getattr(importlib.import_module(module), name), job.label, inputs)
    try:
        return step.run()
    except ScanError as error:
        raise _with_paths_of(error, job.scans, files) from None


@functools.lru_cache(maxsize=4)
def _cache(place: WorkerPlace) -> Cache:
    if place.url:
        from carreau.runs.cache.shared_store import SharedStore

        root = place.root or url_root(place.url)
        return Cache(root, store=SharedStore(root, place.url))
    return Cache(place.root or default_root())


def _deserialized(value: Any, files: list[InputFiles], cache: Cache) -> Any:
    if isinstance(value, _ScanInput):
        return files[value.scan]
    if isinstance(value, _CachedInput):
        result = CachedResult(cache, value.stage, value.key, None if value.scan is None else files[value.scan])
        return result if value.part is None else TaskField(result, value.part)
    if isinstance(value, tuple | list):
        return type(value)(_deserialized(item, files, cache) for item in value)
    if isinstance(value, Mapping):
        return {key: _deserialized(item, files, cache) for key, item in value.items()}
    return value


def _files(scan: _Scan, cache: Cache, place: WorkerPlace) -> InputFiles:
    folder = scan.path.parent
    if not place.is_near and not (scan in _SEEN or _lie_in(folder, scan.contents, cache)):
        folder = _fetched(scan, cache)
    elif not place.is_near:
        _SEEN.add(scan)
    return InputFiles(folder / scan.path.name, scan.key, scan.size_bytes, scan.contents)


def _lie_in(folder: Path, contents: tuple[Content, ...], cache: Cache) -> bool:
    """Return whether a folder has the files of a scan; a worker may have others at the same path."""
    try:
        return all(cache.sha256(folder / each.name) == each.sha256 for each in contents)
    except OSError:
        return False


def ship(files: InputFiles, cache: TaskContext) -> None:
    """Put the files of a scan into the store, under their digests, for workers that do not see them at their path."""
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
    """Copy the files of a scan from the store to a folder of this machine, and return that folder."""
    # A scan may reference ../textures/a.png, so its folder needs as many folders above it.
    depth = max(each.name.count("../") for each in scan.contents)
    copied = cache.root / "scans" / scan.key
    folder = copied / "/".join(["in"] * (depth + 1))
    for each in scan.contents:
        path = folder / each.name
        if path.is_file() and path.stat().st_size == each.size_bytes:
            continue
        stored = cache.store.read(_SHIPPED, each.sha256, None)
        if stored is None:
            raise UnreachableScanError(str(scan.path))
        folder.mkdir(parents=True, exist_ok=True)
        cache.store.put_beside(path, memoryview(stored[0]))
    os.utime(copied)  # `Store.sweep` removes folders that were not used for long
    return folder


def _with_paths_of(error: ScanError, scans: tuple[_Scan, ...], files: list[InputFiles]) -> ScanError:
    """Return an error with the paths of the machine that sent the job."""
    file, place, cause, cure = error.file, error.place, error.cause, error.cure
    for scan, here in zip(scans, files, strict=True):
        paths = str(here.folder), str(scan.path.parent)
        file, place = replaced(file, *paths), replaced(place, *paths)
        cause, cure = replaced(cause, *paths), replaced(cure, *paths)
    return type(error)(file, place, cause, cure)
