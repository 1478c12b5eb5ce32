"""Run tasks in other processes that share the store, and in processes of this machine.

Each process of this machine is a pool of one: when a process dies, `concurrent.futures` loses its whole pool, and with
it the tasks of all others. A local Dask cluster would do too, but opens ports and takes two seconds to start.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from queue import LifoQueue
from typing import Any

from carreau.base.cores import VARIABLE, cores
from carreau.base.errors import ToolError
from carreau.base.messages import message
from carreau.base.own_process import keep_one_blas_thread, safe_path
from carreau.runs.cache.store import Record
from carreau.runs.cache.tasks import MissingInputError, Task, TaskContext, run_on_inputs
from carreau.runs.executors.jobs import Job, UnreachableScanError, WorkerPlace, run_job, serialize_job, ship
from carreau.runs.executors.local import ResourceLimiter, run_limited

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
        """Run a job in the process that became idle last; see `Remote.send`.

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
