"""Do some tasks side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_parallel(tasks: Mapping[str, Callable[[], Any]], jobs: int) -> dict[str, Any]:
    """Run tasks with up to `jobs` at once, begun in their order; the first failure is raised."""
    if jobs == 1:
        return {name: task() for name, task in tasks.items()}
    pool = ThreadPoolExecutor(jobs)
    try:
        futures = {name: pool.submit(task) for name, task in tasks.items()}
        return {name: future.result() for name, future in futures.items()}
    except BaseException as error:
        # Who presses Ctrl-C does not wait for the steps that run; what is half made is not kept.
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=False)
