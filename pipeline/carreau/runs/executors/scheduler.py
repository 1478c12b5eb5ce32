"""Run tasks in parallel, each as soon as its inputs are there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from carreau.runs.cache.cache import Cache, Task
from carreau.runs.console.progress import Progress


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
                self._finished(task, error)
            else:
                self._finished(task, None)

    def _next(self) -> Task[Any] | None:
        with self._changed:
            while self._waiting and self._error is None:
                ready = next((task for task in self._waiting if not self._is_blocked(task)), None)
                if ready is not None:
                    self._waiting.remove(ready)
                    return ready
                self._changed.wait()
            return None

    def _is_blocked(self, task: Task[Any]) -> bool:
        return any(needed.key in self._missing for needed in task.needs)

    def _finished(self, task: Task[Any], error: BaseException | None) -> None:
        with self._changed:
            self._missing.discard(task.key)
            self._error = self._error or error
            self._changed.notify_all()
