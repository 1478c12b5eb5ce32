"""Tasks run side by side give what they give one after the other, and none is waited for when one fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import pytest

from carreau.base.errors import StorageError
from carreau.base.messages import message
from carreau.runs.scheduler import run_parallel


def run(
    functions: Mapping[str, Callable[[], Any]],
    jobs: int,
    following: Callable[[str, Any], Iterable[Callable[[], object]]] = lambda _name, _value: (),
    ready: Callable[[dict[str, Any]], None] = lambda _: None,
) -> dict[str, Any]:
    return run_parallel(functions, following, ready, jobs)


def fail() -> None:
    raise StorageError(message("full"))


def test_tasks_give_their_values_whatever_the_jobs() -> None:
    tasks = {"a": lambda: 1, "b": lambda: 2}
    assert run(tasks, 1) == run(tasks, 2) == {"a": 1, "b": 2}


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_failure_is_raised_and_nothing_is_handed_over(jobs: int) -> None:
    handed_over: list[dict[str, Any]] = []
    with pytest.raises(StorageError):
        run({"a": fail, "b": lambda: 2}, jobs, ready=handed_over.append)
    assert handed_over == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_follows_runs_behind_all_functions(jobs: int) -> None:
    order: list[str] = []
    names = "abcd"
    run(
        {name: partial(order.append, name) for name in names},
        jobs,
        following=lambda name, _: [partial(order.append, f"after {name}")],
    )
    assert sorted(order) == sorted([*names, *(f"after {name}" for name in names)])
    # The last function may still run while what follows fills the other job.
    assert set(order[: len(names) - 1]) < set(names)


def test_what_follows_fills_an_idle_job_while_a_function_runs() -> None:
    followed = threading.Event()
    values = run(
        {"long": lambda: followed.wait(20), "short": lambda: None},
        2,
        following=lambda name, _: [followed.set] if name == "short" else [],
    )
    assert values["long"] is True


@pytest.mark.parametrize("jobs", [1, 2])
def test_all_values_are_handed_over_though_what_follows_fails(jobs: int) -> None:
    handed_over: list[dict[str, Any]] = []
    with pytest.raises(StorageError):
        run({"a": lambda: 1, "b": lambda: 2}, jobs, following=lambda *_: [fail], ready=handed_over.append)
    assert handed_over == [{"a": 1, "b": 2}]


def test_who_interrupts_does_not_wait_for_what_runs() -> None:
    ending = threading.Event()

    def interrupted() -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            run({"first": interrupted, "long": lambda: ending.wait(60)}, 2)
        assert not ending.is_set()
    finally:
        ending.set()
