"""What is held is what would be made, within the bound."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pytest

from carreau.base import process
from carreau.geometry.render.lru import LruCache, array_key


class Thing:
    """A value that can be told from another."""


def test_the_same_key_gives_the_same_value() -> None:
    held: LruCache[Thing] = LruCache(10)
    first = held.get("a", 1, Thing)
    assert held.get("a", 1, Thing) is first
    assert held.get("b", 1, Thing) is not first


def test_the_oldest_goes_when_the_bound_is_reached() -> None:
    held: LruCache[Thing] = LruCache(2)
    made: list[str] = []

    def maker(name: str) -> Thing:
        made.append(name)
        return Thing()

    for name in ("a", "b", "a", "c", "a", "b"):
        held.get(name, 1, lambda name=name: maker(name))  # type: ignore[misc]
        gc.collect()
    assert made == ["a", "b", "c", "b"]


def test_what_is_too_large_is_shared_while_it_is_used() -> None:
    held: LruCache[Thing] = LruCache(1)
    small = held.get("small", 1, Thing)
    large = held.get("large", 5, Thing)
    assert held.get("large", 5, Thing) is large
    assert held.get("small", 1, Thing) is small
    before = id(large)
    del large
    gc.collect()
    assert held.get("large", 5, Thing) is not None
    assert before


def test_two_threads_make_a_value_once() -> None:
    held: LruCache[Thing] = LruCache(1)
    made: list[Thing] = []

    def make() -> Thing:
        time.sleep(0.02)
        made.append(Thing())
        return made[-1]

    found: list[Thing] = []
    threads = [threading.Thread(target=lambda: found.append(held.get("a", 1, make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert all(each is made[0] for each in found)


def test_what_cannot_be_made_is_asked_for_again() -> None:
    held: LruCache[Thing] = LruCache(1)

    def fail() -> Thing:
        raise ValueError("no")

    for _ in range(2):
        try:
            held.get("a", 1, fail)
        except ValueError:
            continue
        raise AssertionError("the failure was swallowed")
    assert held.get("a", 1, Thing)


def test_a_key_tells_types_shapes_and_bytes_apart() -> None:
    array = np.arange(6, dtype=np.int32)
    keys = {
        array_key(array),
        array_key(array.astype(np.uint32)),
        array_key(array.reshape(2, 3)),
        array_key(array + np.int32(1)),
        array_key(array[:3], array[3:]),
    }
    assert len(keys) == 5
    assert array_key(array) == array_key(array.copy())
    assert array_key(np.asfortranarray(array.reshape(2, 3))) == array_key(array.reshape(2, 3))


def test_no_more_is_held_than_a_share_of_the_memory_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound follows what the run may use, also when it is told after the cache was made."""
    held: LruCache[Thing] = LruCache(24, 100, 0.1)
    monkeypatch.setattr(process, "_limit_bytes", None)
    assert held.most == 24
    process.limit_run(1_000_000)
    assert held.most == 24
    process.limit_run(5_000)
    assert held.most == 5
    first = held.get("a", 5, Thing)
    assert held.get("a", 5, Thing) is first
    held.get("b", 1, Thing)
    assert held.get("b", 1, Thing) is held.get("b", 1, Thing)
    del first
    gc.collect()
    made: list[str] = []
    held.get("a", 5, lambda: made.append("a") or Thing())  # type: ignore[func-returns-value]
    assert made == ["a"]
