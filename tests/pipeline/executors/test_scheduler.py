"""Steps run side by side, each after what it needs, and the result never depends on how many at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from pipeline.cache.cache import Cache, Task
from pipeline.cache.store import Record
from pipeline.console.progress import Quiet
from pipeline.errors import BudgetError
from pipeline.executors.scheduler import Plan, run_tasks, watching


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
        raise BudgetError("too small a budget")


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    made = Stages()
    monkeypatch.setattr("pipeline.cache.tasks.importlib.import_module", lambda name: made)
    return made


def step(cache: Cache, name: str, *inputs: object, label: str = "") -> Task[Any]:
    # The code digest is that of a real module; what runs is the stand-in.
    return cache.step(f"pipeline.levels:{name}", *inputs, label=label)


def tree(cache: Cache) -> Task[Any]:
    leaves = tuple(step(cache, "leaf", number, label=f"leaf {number}") for number in range(4))
    return step(cache, "total", leaves)


@pytest.mark.parametrize("jobs", [1, 2, 3, 16])
def test_everything_needed_runs_once_and_in_order(cache: Cache, stages: Stages, jobs: int) -> None:
    total = tree(cache)
    run_tasks([total, total], Quiet(), jobs)
    assert sorted(stages.order[:-1], key=str) == [0, 1, 2, 3]
    assert stages.order[-1] == "total"
    assert total.value() == 6
    assert len(stages.order) == 5


def test_independent_steps_run_side_by_side(cache: Cache, stages: Stages) -> None:
    stages.meet = threading.Barrier(2)  # each leaf waits for another to run at the same time
    run_tasks([tree(cache)], Quiet(), jobs=2)
    assert stages.most_at_once == 2


def test_what_a_kept_step_needs_is_not_looked_at(cache: Cache, stages: Stages) -> None:
    total = tree(cache)
    run_tasks([total], Quiet())
    for entry in cache.store.entries():
        if entry.stage == "leaf":
            entry.path.unlink()
    assert Plan.of([tree(cache)]).order == []
    run_tasks([tree(cache)], Quiet(), jobs=2)
    assert len(stages.order) == 5


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_is_raised_and_nothing_after_it_runs(cache: Cache, stages: Stages, jobs: int) -> None:
    bad = step(cache, "fail", step(cache, "leaf", 1))
    with pytest.raises(BudgetError, match="too small"):
        run_tasks([step(cache, "total", (bad,))], Quiet(), jobs)
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
        run_tasks([step(cache, "leaf", 1, label="one")], listener)
        step(cache, "leaf", 1, label="one").value()
    step(cache, "leaf", 2).value()
    assert listener.heard == ["begin one", "made one", "found one"]


def test_jobs_do_not_change_a_byte(tmp_path: Path, stages: Stages) -> None:
    values = []
    for jobs in (1, 2):
        cache = Cache(tmp_path / str(jobs))
        total = tree(cache)
        run_tasks([total], Quiet(), jobs)
        values.append((total.key, total.value(), sorted(entry.path.name for entry in cache.store.entries())))
    assert values[0] == values[1]
