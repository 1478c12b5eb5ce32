"""Tasks run side by side give what they give one after the other, and none is waited for when one fails."""

from __future__ import annotations

import threading

import pytest

from pipeline.errors import StorageError
from pipeline.executors.scheduler import run_parallel
from pipeline.messages import message


def test_tasks_give_their_values_whatever_the_jobs() -> None:
    tasks = {"a": lambda: 1, "b": lambda: 2}
    assert run_parallel(tasks, 1) == run_parallel(tasks, 2) == {"a": 1, "b": 2}


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_failure_is_raised(jobs: int) -> None:
    def fail() -> None:
        raise StorageError(message("full"))

    with pytest.raises(StorageError):
        run_parallel({"a": fail, "b": lambda: 2}, jobs)


def test_who_interrupts_does_not_wait_for_what_runs() -> None:
    ending = threading.Event()

    def interrupted() -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            run_parallel({"first": interrupted, "long": lambda: ending.wait(60)}, 2)
        assert not ending.is_set()
    finally:
        ending.set()
