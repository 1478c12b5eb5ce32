"""Run steps side by side, each as soon as what it needs is there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipeline.cache.cache import Cache, Task
from pipeline.console.progress import Progress


@contextmanager
def watching(cache: Cache, progress: Progress) -> Iterator[None]:
    """Let progress hear of every step of a cache during a `with` block."""
    stop = cache.listen(lambda step: progress.begin(step.label), progress.done, progress.note)
    try:
        yield
    finally:
        stop()


def run_tasks(steps: Iterable[Task[Any]], progress: Progress, jobs: int = 1) -> None:
    """Make the values of steps and of all they need, with up to `jobs` at once; what is kept is not made again.

    Values are not held: they are in the cache afterwards. They never depend on `jobs`, because a step sees nothing
    but its inputs. The first failure is raised once the steps already running have ended; no other is begun.
    """
    plan = Plan.of(steps)
    cost = {step.label: step.cache.timings.estimate(step.label, step.size_bytes) for step in plan.order}
    progress.plan(cost.items())
    if jobs == 1 or len(plan.order) < 2:
        for step in plan.order:
            step.keep()
        return
    _Crew(plan).work(min(jobs, len(plan.order)))


@dataclass
class Plan:
    """The steps that must run, each after those it needs."""

    order: list[Task[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, steps: Iterable[Task[Any]]) -> Plan:
        """Return the plan for some steps; one whose value is kept needs nothing, so its own needs are not looked at."""
        plan, seen = cls(), set[str]()
        for step in steps:
            plan._add(step, seen)
        return plan

    def _add(self, step: Task[Any], seen: set[str]) -> None:
        if step.key in seen:
            return
        seen.add(step.key)
        if not step.is_kept():
            for needed in step.needs:
                self._add(needed, seen)
            self.order.append(step)


class _Crew:
    """Threads that take the next step whose inputs are all there, in the plan's order."""

    def __init__(self, plan: Plan) -> None:
        self._waiting = list(plan.order)
        self._unmade = {step.key for step in plan.order}
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def work(self, jobs: int) -> None:
        # Daemons, so that Ctrl-C ends the program at once; what is half made is not kept.
        threads = [threading.Thread(target=self._worker, name=f"job {n + 1}", daemon=True) for n in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def _worker(self) -> None:
        while (step := self._next()) is not None:
            try:
                step.keep()
            except BaseException as error:  # handed to the thread that asked
                self._finished(step, error)
            else:
                self._finished(step, None)

    def _next(self) -> Task[Any] | None:
        with self._changed:
            while self._waiting and self._error is None:
                ready = next((step for step in self._waiting if not self._needs_more(step)), None)
                if ready is not None:
                    self._waiting.remove(ready)
                    return ready
                self._changed.wait()
            return None

    def _needs_more(self, step: Task[Any]) -> bool:
        return any(needed.key in self._unmade for needed in step.needs)

    def _finished(self, step: Task[Any], error: BaseException | None) -> None:
        with self._changed:
            self._unmade.discard(step.key)
            self._error = self._error or error
            self._changed.notify_all()
