"""Run tasks in other processes that share the store, and in processes of this machine.

Each process of this machine is a pool of one: when a process dies, `concurrent.futures` loses its whole pool, and with
it the tasks of all others. A local Dask cluster would do too, but opens ports and takes two seconds to start.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import LifoQueue
from typing import Any

from carreau.base.errors import ScanError, ToolError
from carreau.base.messages import message, replace_text
from carreau.base.process import VARIABLE, cores, keep_one_blas_thread, safe_path
from carreau.runs.cache import Cache, default_root, url_root
from carreau.runs.fingerprint import code_digest, function_name
from carreau.runs.scheduler import ResourceLimiter, run_limited
from carreau.runs.store import Record
from carreau.runs.tasks import (
    CachedResult,
    Content,
    InputFiles,
    MissingInputError,
    Task,
    TaskContext,
    TaskField,
    run_on_inputs,
    task_key,
)

MOST_DEATHS = 3
"""Crashes of its process after which a task fails."""

_THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", VARIABLE)


class RemoteExecutor(ABC):
    """Base of executors whose workers are other processes."""

    def __init__(self, limiter: ResourceLimiter) -> None:
        """Run as many tasks in parallel as the limiter allows."""
        self.limiter = limiter

    def run_task(self, task: Task[Any]) -> Record:
        """Compute the inputs of a task, then its value; all of them stay in the store."""
        record = run_on_inputs(task, lambda: self._run(task))
        # The worker hashed it. Of a scan of 48 million triangles, 2.2 GB, no worker had work while it was done again.
        task.cache.store.trust(task.stage, task.key)
        task.cache.timings.add(record)
        return record

    def _run(self, task: Task[Any]) -> Record:
        job = serialize_job(task)
        try:
            return run_limited(self.limiter, task, lambda: self.send(job, task.cache))
        except UnreachableScanError as error:
            for files in task.all_files:
                ship(files, task.cache)
            raise MissingInputError(task.key) from error

    @abstractmethod
    def send(self, job: Job, cache: TaskContext) -> Record:
        """Run a job on a worker and return its record; a worker that dies is replaced, and its job sent again."""

    @abstractmethod
    def close(self) -> None:
        """Stop all workers, without waiting for their tasks."""


class Processes(RemoteExecutor):
    """A process for each slot, started when it is first needed."""

    def __init__(self, limiter: ResourceLimiter) -> None:
        """Start nothing yet; a limiter without a number of slots gets one for each processor."""
        super().__init__(limiter)
        count = limiter.slots = limiter.slots or cores()
        _start_tracker()
        self._idle: LifoQueue[_Worker] = LifoQueue()
        self._workers = [_Worker(count, number) for number in range(count)]
        for worker in reversed(self._workers):
            self._idle.put(worker)

    def send(self, job: Job, cache: TaskContext) -> Record:
        """Run a job in the process that became idle last; see `RemoteExecutor.send`.

        Raises ToolError when its process died `MOST_DEATHS` times.
        """
        place = WorkerPlace(cache.root, cache.store.url, is_near=True)
        for _ in range(MOST_DEATHS):
            worker = self._idle.get()
            try:
                return worker.run(job, place)
            except BrokenProcessPool:
                worker.restart()
                cache.note(message("%(step)s: its process crashed; trying again", step=job.label))
            finally:
                self._idle.put(worker)
        raise ToolError(
            message(
                "%(step)s: its process crashed again and again; if memory ran out, use --jobs 1 or a smaller --memory",
                step=job.label,
            )
        )

    def close(self) -> None:
        """End every process at once."""
        for worker in self._workers:
            worker.end()


class _Worker:
    """A worker process, restarted when it dies."""

    def __init__(self, count: int, number: int) -> None:
        self._count, self._number = count, number
        self._pool: ProcessPoolExecutor | None = None
        self._is_ended = False
        self._lock = threading.Lock()

    def run(self, job: Job, place: WorkerPlace) -> Record:
        with self._lock:
            if self._is_ended:
                raise ToolError(message("interrupted: the worker processes have been stopped"))
            if self._pool is None:
                # Spawned, not forked: a fork of a process with threads may inherit a lock that is never released.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(self._count, self._number))
            with safe_path():  # it starts the process
                future = self._pool.submit(run_job, job, place)
        return future.result()

    def restart(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False)
            self._pool = None

    def end(self) -> None:
        with self._lock:
            self._is_ended = True
            pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()  # a partial value is not stored


def _start_tracker() -> None:
    """Start the resource tracker without its warning, which would follow every Ctrl-C."""
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    try:
        with safe_path():
            resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


def _begin(count: int, number: int) -> None:
    """Set up a worker process: it leaves Ctrl-C to its parent, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _limit_threads(max(cores() // count, 1), number)


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _limit_threads(threads: int, number: int) -> None:
    """Limit the threads of libraries, before any is loaded: each counts the processors once.

    OpenMP and Numba read a variable. TBB, which Embree uses, counts the processors of the process's affinity while
    Open3D is loaded; the affinity is reset afterwards, so that the process may use any free processor.

    number : of the worker, so that several do not load their libraries on the same processor
    """
    keep_one_blas_thread()
    for variable in _THREADS:
        os.environ[variable] = str(threads)
    try:
        every = sorted(os.sched_getaffinity(0))
        first = number * threads % len(every)
        os.sched_setaffinity(0, (every + every)[first : first + threads])
    except (AttributeError, OSError):  # not Linux
        return
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module("open3d")
    finally:
        os.sched_setaffinity(0, every)


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
    inputs = _serialize(step.inputs, scans)
    return Job(step.name, step.label, step.key, inputs, tuple(scans.values()))


def _serialize(value: Any, scans: dict[str, _Scan]) -> Any:
    if isinstance(value, TaskField):
        task = value.step
        return _CachedInput(task.stage, task.key, _number(task.files, scans), value.name)
    if isinstance(value, Task):
        return _CachedInput(value.stage, value.key, _number(value.files, scans))
    if isinstance(value, InputFiles):
        return _ScanInput(_number(value, scans) or 0)
    if isinstance(value, tuple | list):
        return type(value)(_serialize(item, scans) for item in value)
    if isinstance(value, Mapping):
        return {key: _serialize(item, scans) for key, item in value.items()}
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
    inputs = _deserialize(job.inputs, files, cache)
    # The key covers code and libraries: a worker with other versions would store another value under this name.
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
        raise _localize_error(error, job.scans, files) from None


@functools.lru_cache(maxsize=4)
def _cache(place: WorkerPlace) -> Cache:
    if place.url:
        from carreau.runs.shared_store import SharedStore

        root = place.root or url_root(place.url)
        return Cache(root, store=SharedStore(root, place.url))
    return Cache(place.root or default_root())


def _deserialize(value: Any, files: list[InputFiles], cache: Cache) -> Any:
    if isinstance(value, _ScanInput):
        return files[value.scan]
    if isinstance(value, _CachedInput):
        result = CachedResult(cache, value.stage, value.key, None if value.scan is None else files[value.scan])
        return result if value.part is None else TaskField(result, value.part)
    if isinstance(value, tuple | list):
        return type(value)(_deserialize(item, files, cache) for item in value)
    if isinstance(value, Mapping):
        return {key: _deserialize(item, files, cache) for key, item in value.items()}
    return value


def _files(scan: _Scan, cache: Cache, place: WorkerPlace) -> InputFiles:
    folder = scan.path.parent
    if not place.is_near and not (scan in _SEEN or _lie_in(folder, scan.contents, cache)):
        folder = _fetch(scan, cache)
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


def _fetch(scan: _Scan, cache: Cache) -> Path:
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


def _localize_error(error: ScanError, scans: tuple[_Scan, ...], files: list[InputFiles]) -> ScanError:
    """Return an error with the paths of the machine that sent the job."""
    file, place, cause, cure = error.file, error.place, error.cause, error.cure
    for scan, here in zip(scans, files, strict=True):
        paths = str(here.folder), str(scan.path.parent)
        file, place = replace_text(file, *paths), replace_text(place, *paths)
        cause, cure = replace_text(cause, *paths), replace_text(cure, *paths)
    return type(error)(file, place, cause, cure)
