"""Steps run side by side, each after what it needs, and the result never depends on how many at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import BudgetError
from carreau.base.messages import message
from carreau.runs.cache import Cache, Task
from carreau.runs.progress import Quiet
from carreau.runs.scheduler import Plan, run_tasks, watching
from carreau.runs.store import Record
from carreau.runs.tasks import in_sequence
from tests.pipeline.stand_in import stand_in


class Stages:
    """Functions that note in what order they run, in place of modules."""

    def __init__(self) -> None:
        self.order: list[object] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self.meet: threading.Barrier | None = None

    def leaf(self, number: int) -> int:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.order.append(number)
        if self.meet:
            self.meet.wait(30)
        with self._lock:
            self._now -= 1
        return number

    def total(self, numbers: tuple[int, ...]) -> int:
        self.order.append("total")
        return sum(numbers)

    def fail(self, number: int) -> int:
        self.order.append("fail")
        raise BudgetError(message("too small a budget"))


@pytest.fixture
def stages() -> Stages:
    return Stages()


def leaf(cache: Cache, stages: Stages, number: int, label: str = "") -> Task[Any]:
    return cache.step(stand_in("carreau.base.levels:leaf", stages.leaf), number, label=label)


def total_of(cache: Cache, stages: Stages, steps: tuple[Task[Any], ...]) -> Task[Any]:
    return cache.step(stand_in("carreau.base.levels:total", stages.total), in_sequence(steps))


def tree(cache: Cache, stages: Stages) -> Task[Any]:
    return total_of(cache, stages, tuple(leaf(cache, stages, number, f"leaf {number}") for number in range(4)))


@pytest.mark.parametrize("jobs", [1, 2, 3, 16])
def test_everything_needed_runs_once_and_in_order(cache: Cache, stages: Stages, jobs: int) -> None:
    total = tree(cache, stages)
    run_tasks([total, total], Quiet(), jobs)
    assert sorted(stages.order[:-1], key=str) == [0, 1, 2, 3]
    assert stages.order[-1] == "total"
    assert total.value() == 6
    assert len(stages.order) == 5


def test_independent_steps_run_side_by_side(cache: Cache, stages: Stages) -> None:
    stages.meet = threading.Barrier(2)  # each leaf waits for another to run at the same time
    run_tasks([tree(cache, stages)], Quiet(), jobs=2)
    assert stages.most_at_once == 2


def test_what_a_kept_step_needs_is_not_looked_at(cache: Cache, stages: Stages) -> None:
    total = tree(cache, stages)
    run_tasks([total], Quiet())
    for entry in cache.store.entries():
        if entry.stage == "leaf":
            entry.path.unlink()
    assert Plan.of([tree(cache, stages)]).order == []
    run_tasks([tree(cache, stages)], Quiet(), jobs=2)
    assert len(stages.order) == 5


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_is_raised_and_nothing_after_it_runs(cache: Cache, stages: Stages, jobs: int) -> None:
    bad = cache.step(stand_in("carreau.base.levels:fail", stages.fail), leaf(cache, stages, 1))
    with pytest.raises(BudgetError, match="too small"):
        run_tasks([total_of(cache, stages, (bad,))], Quiet(), jobs)
    assert stages.order == [1, "fail"]
    assert [entry.stage for entry in cache.store.entries()] == ["leaf"]


class Listener(Quiet):
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def begin(self, label: str) -> None:
        self.heard.append(f"begin {label}")

    def done(self, record: Record) -> None:
        self.heard.append(f"{'found' if record.cached else 'made'} {record.label}")


def test_progress_hears_of_every_step_while_it_watches(cache: Cache, stages: Stages) -> None:
    listener = Listener()
    with watching(cache, listener):
        run_tasks([leaf(cache, stages, 1, "one")], listener)
        leaf(cache, stages, 1, "one").value()
    leaf(cache, stages, 2).value()
    assert listener.heard == ["begin one", "made one", "found one"]


def test_jobs_do_not_change_a_byte(tmp_path: Path, stages: Stages) -> None:
    values = []
    for jobs in (1, 2):
        cache = Cache(tmp_path / str(jobs))
        total = tree(cache, stages)
        run_tasks([total], Quiet(), jobs)
        values.append((total.key, total.value(), sorted(entry.path.name for entry in cache.store.entries())))
    assert values[0] == values[1]
