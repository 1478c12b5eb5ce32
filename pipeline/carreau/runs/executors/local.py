"""Run tasks in this process, as many in parallel as slots and memory allow."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from carreau.base.messages import Number, message
from carreau.runs.cache.store import Record
from carreau.runs.cache.tasks import Task, run_on_inputs

MARGIN = 1.1
"""Factor on the memory of the last run: how much a task uses depends on what runs beside it."""

PATIENCE = 16
"""How many later tasks may overtake one that waits for memory, before they wait behind it."""


LOOK_AGAIN_S = 0.5
"""How often a task that waits asks for the memory in use, which also falls while others run."""


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

    @property
    def waiting(self) -> int:
        """Return the number of waiting requests."""
        return len(self._waiting)

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
    "sight": MemoryEstimate(200_000_000, 10.0),
    "score_level": MemoryEstimate(200_000_000, 10.0),
    "measure_published": MemoryEstimate(200_000_000, 10.0),
    "render_poster": MemoryEstimate(200_000_000, 10.0),
}
"""For stages that never ran on this machine: 1.5 times what a statue of 600,000 triangles (43 MB) took.

Reading took 208 MB, baking 2048² took 1,050 MB, rendering 250 MB, and other stages four times their input.
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
