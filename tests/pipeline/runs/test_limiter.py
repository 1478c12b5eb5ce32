"""Steps begin when there is a place and memory for them, and none waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from carreau.runs.scheduler import PATIENCE, ResourceLimiter

PATIENT_S = 30


class Hall:
    """Threads that pass a gate, each until it is told to leave."""

    def __init__(self, limiter: ResourceLimiter, pool: ThreadPoolExecutor) -> None:
        self.limiter, self.pool = limiter, pool
        self.inside: list[str] = []
        self.changed = threading.Condition()

    def enter(self, name: str, size: int) -> Callable[[], None]:
        """Send a thread to the gate, wait until it stands there or is inside; return what lets it leave again."""
        leave = threading.Event()
        before = len(self.limiter._waiting) + len(self.inside)
        future: Future[None] = self.pool.submit(self._stay, name, size, leave)
        self._until(lambda: len(self.limiter._waiting) + len(self.inside) > before)

        def left() -> None:
            leave.set()
            future.result(PATIENT_S)

        return left

    def until_inside(self, *names: str) -> None:
        self._until(lambda: sorted(self.inside) == sorted(names))

    def _stay(self, name: str, size: int, leave: threading.Event) -> None:
        with self.limiter.acquire(size):
            self._change(lambda: self.inside.append(name))
            leave.wait(PATIENT_S)
            self._change(lambda: self.inside.remove(name))

    def _change(self, change: Callable[[], None]) -> None:
        with self.changed:
            change()
            self.changed.notify_all()

    def _until(self, is_so: Callable[[], bool]) -> None:
        with self.changed:
            # The gate does not tell when somebody begins to wait.
            for _ in range(PATIENT_S * 100):
                if is_so():
                    return
                self.changed.wait(0.01)
        raise AssertionError("it never was so")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(PATIENCE + 8) as made:
        yield made


def test_only_so_many_at_once(pool: ThreadPoolExecutor) -> None:
    hall = Hall(ResourceLimiter(slots=2), pool)
    leave = [hall.enter(name, 0) for name in "abc"]
    hall.until_inside("a", "b")
    leave[0]()
    hall.until_inside("b", "c")
    leave[1](), leave[2]()


def test_what_does_not_fit_waits_and_smaller_ones_pass(pool: ThreadPoolExecutor) -> None:
    hall = Hall(ResourceLimiter(slots=4, budget_bytes=10), pool)
    large, larger, small = hall.enter("large", 6), hall.enter("larger", 7), hall.enter("small", 3)
    hall.until_inside("large", "small")
    assert len(hall.limiter._waiting) == 1
    large()
    hall.until_inside("small", "larger")
    larger(), small()


def test_what_is_larger_than_all_there_is_runs_alone(pool: ThreadPoolExecutor) -> None:
    hall = Hall(ResourceLimiter(slots=4, budget_bytes=10), pool)
    small, huge = hall.enter("small", 1), hall.enter("huge", 50)
    hall.until_inside("small")
    small()
    hall.until_inside("huge")
    tiny = hall.enter("tiny", 1)
    assert hall.inside == ["huge"]
    huge()
    hall.until_inside("tiny")
    tiny()


def test_who_was_passed_often_enough_is_waited_for(pool: ThreadPoolExecutor) -> None:
    hall = Hall(ResourceLimiter(budget_bytes=10), pool)
    first, large = hall.enter("first", 5), hall.enter("large", 10)
    for _ in range(PATIENCE):
        hall.enter("small", 1)()
    late = hall.enter("late", 1)
    assert (hall.inside, len(hall.limiter._waiting)) == (["first"], 2)
    first()
    hall.until_inside("large")
    large()
    hall.until_inside("late")
    late()


def test_a_failure_frees_its_place() -> None:
    gate = ResourceLimiter(slots=1, budget_bytes=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), gate.acquire(5):
            raise ZeroDivisionError
