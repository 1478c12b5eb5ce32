"""Make steps in processes of this machine.

The standard library's pools of one process each, and not one pool of many: when a process dies its whole pool is lost,
and with it the steps of all others. A local Dask cluster does it too, but opens ports and takes two seconds to start.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from queue import LifoQueue

from pipeline.cache.cache import Cache
from pipeline.cache.limiter import ResourceLimiter
from pipeline.cache.store import Record
from pipeline.cores import VARIABLE, cores
from pipeline.errors import ToolError
from pipeline.executors.jobs import Job, WorkerPlace, run_job
from pipeline.executors.remote import Remote
from pipeline.messages import message

MOST_DEATHS = 3
"""How often a step may take its process down before it is to blame."""

_THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", VARIABLE)


class Processes(Remote):
    """As many processes as may run at once, each begun when it is first needed."""

    def __init__(self, gate: ResourceLimiter) -> None:
        """Begin nothing yet; a gate without a number of places has one for each processor."""
        super().__init__(gate)
        count = gate.slots = gate.slots or cores()
        _start_tracker()
        self._idle: LifoQueue[_Worker] = LifoQueue()
        self._workers = [_Worker(count, number) for number in range(count)]
        for worker in reversed(self._workers):
            self._idle.put(worker)

    def send(self, ticket: Job, cache: Cache) -> Record:
        """Make a ticket in the process that was idle last; see `Remote.send`.

        Raises ToolError when one process after the other died of it.
        """
        place = WorkerPlace(cache.root, cache.store.url, is_near=True)
        for _ in range(MOST_DEATHS):
            worker = self._idle.get()
            try:
                return worker.make(ticket, place)
            except BrokenProcessPool:
                worker.restart()
                cache.note(message("%(step)s: its process crashed; trying again", step=ticket.label))
            finally:
                self._idle.put(worker)
        raise ToolError(
            message(
                "%(step)s: its process crashed again and again; if memory ran out, use --jobs 1 or a smaller --memory",
                step=ticket.label,
            )
        )

    def close(self) -> None:
        """End every process at once."""
        for worker in self._workers:
            worker.end()


class _Worker:
    """One process, that another takes the place of when it dies."""

    def __init__(self, count: int, number: int) -> None:
        self._count, self._number = count, number
        self._pool: ProcessPoolExecutor | None = None
        self._is_ended = False
        self._lock = threading.Lock()

    def make(self, ticket: Job, place: WorkerPlace) -> Record:
        with self._lock:
            if self._is_ended:
                raise ToolError(message("interrupted: the worker processes have been stopped"))
            if self._pool is None:
                # Spawned and not forked: a fork with threads in it may inherit a lock that nobody opens again.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(self._count, self._number))
            future = self._pool.submit(run_job, ticket, place)
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
                process.kill()  # nothing half made is kept


def _start_tracker() -> None:
    """Begin the process that frees what a killed run leaves; that it did so is no news to who pressed Ctrl-C."""
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


def _begin(count: int, number: int) -> None:
    """Make this process one of some workers: the terminal's Ctrl-C is its parent's affair, whose end is its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _limit_threads(max(cores() // count, 1), number)


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _limit_threads(threads: int, number: int) -> None:
    """Keep to some threads, before any library is loaded: it asks once how many processors there are.

    OpenMP and Numba read a variable. TBB, on which Embree runs, counts the processors it is let on while Open3D is
    loaded; afterwards all are open again, for a process tied to one would wait there while another is free.

    number : of the worker, so that several do not load their libraries on the same processor
    """
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
