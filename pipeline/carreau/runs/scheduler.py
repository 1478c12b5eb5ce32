"""Run tasks in parallel, each as soon as its inputs are there."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from carreau.base.messages import Number, message
from carreau.runs.cache import Cache
from carreau.runs.progress import Progress
from carreau.runs.store import Record
from carreau.runs.tasks import Task, run_on_inputs


@contextmanager
def watching(cache: Cache, progress: Progress) -> Iterator[None]:
    """Report every task of a cache to a progress display during a `with` block."""
    stop = cache.listen(lambda task: progress.begin(task.label), progress.done, progress.note)
    try:
        yield
    finally:
        stop()


def run_tasks(tasks: Iterable[Task[Any]], progress: Progress, jobs: int = 1) -> None:
    """Compute the values of tasks and of all that they need, with up to `jobs` in parallel; cached ones are skipped.

    The values are in the cache afterwards, not in memory. They never depend on `jobs`, because a task sees nothing
    but its inputs. The first failure is raised once the running tasks have ended; no other is started.
    """
    plan = Plan.of(tasks)
    cost = {task.label: task.cache.timings.estimate(task.label, task.size_bytes) for task in plan.order}
    progress.plan(cost.items())
    if jobs == 1 or len(plan.order) < 2:
        for task in plan.order:
            task.ensure()
        return
    _Workers(plan).run(min(jobs, len(plan.order)))


def run_parallel(
    functions: Mapping[str, Callable[[], Any]],
    following: Callable[[str, Any], Iterable[Callable[[], object]]],
    ready: Callable[[dict[str, Any]], None],
    jobs: int,
) -> dict[str, Any]:
    """Call functions with up to `jobs` in parallel, in their order, then what follows; return their values by name.

    following : returns what is to be called once a value is there. It waits for its turn behind all functions, so that
        it delays none of them, and runs where there is no other work.
    ready : called with all values as soon as they are there, while other threads go on with what follows
    The first failure of a function is raised before `ready` is called, one of what follows afterwards.
    """
    if jobs == 1:
        values = {name: function() for name, function in functions.items()}
        ready(values)
        for call in [call for name, value in values.items() for call in following(name, value)]:
            call()
        return values
    pool = ThreadPoolExecutor(jobs)
    followed: list[Future[object]] = []
    queue = threading.Lock()

    def run(name: str) -> Any:
        value = functions[name]()
        with queue:
            followed.extend([pool.submit(call) for call in following(name, value)])
        return value

    try:
        with queue:  # until all functions are in it, nothing that follows is
            futures = {name: pool.submit(run, name) for name in functions}
        values = {name: future.result() for name, future in futures.items()}
        ready(values)
        for future in followed:
            future.result()
        return values
    except BaseException as error:
        # Ctrl-C does not wait for running tasks; a partial value is not stored.
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=False)


@dataclass
class Plan:
    """The tasks that must run, each after those it needs."""

    order: list[Task[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, tasks: Iterable[Task[Any]]) -> Plan:
        """Return the plan for some tasks; the inputs of a cached one are not looked at."""
        plan, keys = cls(), set[str]()
        for task in tasks:
            plan._add(task, keys)
        return plan

    def _add(self, task: Task[Any], keys: set[str]) -> None:
        if task.key in keys:
            return
        keys.add(task.key)
        if not task.is_cached():
            for needed in task.needs:
                self._add(needed, keys)
            self.order.append(task)


class _Workers:
    """Threads that run the next task whose inputs are all there, in the order of the plan."""

    def __init__(self, plan: Plan) -> None:
        self._waiting = list(plan.order)
        self._missing = {task.key for task in plan.order}
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def run(self, jobs: int) -> None:
        # Daemons, so that Ctrl-C ends the program at once; a partial value is not stored.
        threads = [threading.Thread(target=self._worker, name=f"job {n + 1}", daemon=True) for n in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def _worker(self) -> None:
        while (task := self._next()) is not None:
            try:
                task.ensure()
            except BaseException as error:  # raised in the thread that called `run`
                self._finish(task, error)
            else:
                self._finish(task, None)

    def _next(self) -> Task[Any] | None:
        with self._changed:
            while self._waiting and self._error is None:
                # The first of the plan whose inputs are all there; without one, wait until a task has ended.
                ready = next((task for task in self._waiting if not self._is_blocked(task)), None)
                if ready is not None:
                    self._waiting.remove(ready)
                    return ready
                self._changed.wait()
            return None

    def _is_blocked(self, task: Task[Any]) -> bool:
        return any(needed.key in self._missing for needed in task.needs)

    def _finish(self, task: Task[Any], error: BaseException | None) -> None:
        with self._changed:
            self._missing.discard(task.key)
            self._error = self._error or error
            self._changed.notify_all()


MARGIN = 1.1
"""Factor on the memory of the last run: how much a task uses depends on what runs beside it."""

PATIENCE = 16
"""How many later tasks may overtake one that waits for memory, before they wait behind it."""

LOOK_AGAIN_S = 0.5
"""How often a task that waits asks for the memory in use, which also falls while others run."""


class ResourceLimiter:
    """A number of slots and an amount of memory that running tasks share.

    slots : tasks that may run in parallel, None for any number
    budget_bytes : memory that they may use together, None for any amount
    used_bytes : returns the part of it that is in use, if that can be known
    """

    def __init__(
        self,
        slots: int | None = None,
        budget_bytes: int | None = None,
        used_bytes: Callable[[], int] = lambda: 0,
    ) -> None:
        """Begin with every slot free."""
        self.slots, self.budget_bytes, self._used_bytes = slots, budget_bytes, used_bytes
        self._waiting: list[_Waiter] = []
        self._running: list[_Waiter] = []
        self._changed = threading.Condition()

    @contextmanager
    def acquire(self, size_bytes: int = 0) -> Iterator[None]:
        """Wait for a slot and for some memory, and hold both during a `with` block.

        A request beyond the whole budget waits until nothing runs, and then runs alone. Smaller requests overtake one
        that waits for memory, `PATIENCE` times at most.
        """
        waiter = _Waiter(size_bytes)
        with self._changed:
            self._waiting.append(waiter)
            while not self._may(waiter):
                self._changed.wait(LOOK_AGAIN_S)
            self._begin(waiter)
        try:
            yield
        finally:
            with self._changed:
                self._running.remove(waiter)
                self._changed.notify_all()

    def _may(self, waiter: _Waiter) -> bool:
        if self.slots is not None and len(self._running) >= self.slots:
            return False
        ahead, free_bytes = self._waiting[: self._waiting.index(waiter)], self._free_bytes()
        # In the order of arrival; one that was overtaken too often holds up all behind it.
        held_up = any(earlier.overtaken >= PATIENCE or earlier.size_bytes <= free_bytes for earlier in ahead)
        return waiter.size_bytes <= free_bytes and not held_up

    def _free_bytes(self) -> float:
        if self.budget_bytes is None or not self._running:
            return math.inf
        # Running tasks may be about to take what they are expected to; others may take more, or leave some behind.
        expected_bytes = sum(other.size_bytes for other in self._running)
        return self.budget_bytes - max(expected_bytes, self._used_bytes())

    def _begin(self, waiter: _Waiter) -> None:
        index = self._waiting.index(waiter)
        for earlier in self._waiting[:index]:
            earlier.overtaken += 1
        self._waiting.remove(waiter)
        self._running.append(waiter)
        self._changed.notify_all()


class Executor(Protocol):
    """Runs tasks; its methods are called from several threads.

    limiter : slots and memory of the tasks that run
    """

    limiter: ResourceLimiter

    def run_task(self, task: Task[Any]) -> Record:
        """Compute the value of a task and store it, with the values it needs; return its record."""

    def close(self) -> None:
        """Stop all workers, without waiting for their tasks."""


class InProcess:
    """Runs each task in the thread that asks for its value."""

    def __init__(self, limiter: ResourceLimiter) -> None:
        """Run as many tasks in parallel as the limiter allows."""
        self.limiter = limiter

    def run_task(self, task: Task[Any]) -> Record:
        """Compute the inputs, wait for a slot and memory, and run the function."""
        record = run_on_inputs(task, lambda: run_limited(self.limiter, task, task.run))
        task.cache.timings.add(record)
        return record

    def close(self) -> None:
        """Do nothing: there are no workers."""


def run_limited(limiter: ResourceLimiter, task: Task[Any], run: Callable[[], Record]) -> Record:
    """Run a task once there is a slot and memory for it; one beyond the whole budget runs alone, with a warning."""
    size_bytes, budget_bytes = 0, limiter.budget_bytes
    if budget_bytes is not None:
        size_bytes = estimate_bytes(task)
        if size_bytes > budget_bytes:
            task.cache.note(
                message(
                    "warning: %(step)s may need %(size)s GB of memory, more than the available %(limit)s GB: it "
                    "runs alone",
                    step=task.label,
                    size=Number(size_bytes / 1e9, ".1f"),
                    limit=Number(budget_bytes / 1e9, ".1f"),
                )
            )
    with limiter.acquire(size_bytes):
        task.cache.notify_start(task)
        return run()


@dataclass(eq=False)
class _Waiter:
    size_bytes: int
    overtaken: int = 0


@dataclass(frozen=True)
class MemoryEstimate:
    """Memory of a stage on top of what the process uses already: a fixed number of bytes, and a factor of its input."""

    fixed_bytes: int
    factor: float


USUAL = MemoryEstimate(64_000_000, 8.0)

ESTIMATES: dict[str, MemoryEstimate] = {
    "read": MemoryEstimate(64_000_000, 10.0),
    "model_survey": MemoryEstimate(600_000_000, 17.0),
    "divide": MemoryEstimate(64_000_000, 1.0),
    "simplify_tile": MemoryEstimate(900_000_000, 0.3),
    "join_tiles": MemoryEstimate(64_000_000, 1.0),
    "bake": MemoryEstimate(1_500_000_000, 20.0),
    "bake_normal_map": MemoryEstimate(1_000_000_000, 20.0),
    "unwrap_level": MemoryEstimate(128_000_000, 40.0),
    "render_reference": MemoryEstimate(200_000_000, 10.0),
    "sight": MemoryEstimate(400_000_000, 10.0),
    "score_level": MemoryEstimate(200_000_000, 10.0),
    "weigh_textures": MemoryEstimate(200_000_000, 10.0),
    "measure_published": MemoryEstimate(400_000_000, 10.0),
    "render_poster": MemoryEstimate(200_000_000, 10.0),
}
"""For stages that never ran on this machine: 1.5 times what a statue of 600,000 triangles (43 MB) took.

Reading took 208 MB, baking 2048² took 1,050 MB, rendering 250 MB, and other stages four times their input.
A bronze with three maps of 4096² took 300 MB more under light.
Surveys of 48 and 86 MB took 1.4 and 2.0 GB themselves.
"""


def estimate_bytes(task: Task[Any]) -> int:
    """Return the memory a task may use: what its run with the nearest size took, else by the size of its input.

    A larger scan takes more than that run by the factor of what is larger about it. It is never in proportion: of the
    memory of most steps the greater part is fixed, and a scan of a hundred times the size would wait for gigabytes.
    """
    estimate = ESTIMATES.get(task.stage, USUAL)
    measured = task.cache.timings.memory(task.label, task.size_bytes)
    if measured is None:
        return estimate.fixed_bytes + round(estimate.factor * task.input_bytes)
    grown_bytes, size_bytes = measured
    larger = max(1 - size_bytes / task.size_bytes, 0.0) if task.size_bytes else 0.0
    return max(round(grown_bytes * MARGIN + estimate.factor * task.input_bytes * larger), 1)
