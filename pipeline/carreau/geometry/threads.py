"""Threads for long loops; the result is the same for any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from carreau.base.cores import cores

Item = TypeVar("Item")
Result = TypeVar("Result")

BAND = 1 << 18
THREADS = min(cores(), 8)


def in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return what work makes of each item, in their order; work must release the GIL for this to be of use."""
    todo = list(items)
    if len(todo) < 2 or THREADS < 2:
        return [work(item) for item in todo]
    with ThreadPoolExecutor(min(THREADS, len(todo))) as pool:
        return list(pool.map(work, todo))


def bands(total: int, band: int = BAND) -> list[slice]:
    """Return slices that cover total things, band of them at a time; one that is empty when there are none."""
    return [slice(start, min(start + band, total)) for start in range(0, max(total, 1), band)]
