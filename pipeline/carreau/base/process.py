"""Threads and memory that a process of this program may use, and processes that it starts."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from carreau.base.package_folders import PACKAGE, SERVER

_FOLDERS = tuple(dict.fromkeys(str(package.parent) for package in (PACKAGE, SERVER)))
_SAFE = {"PYTHONSAFEPATH": "1"}
_BLAS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"), "1")
"""Read while NumPy, SciPy or Open3D is loaded, and never again."""

_ONE_AT_A_TIME = threading.RLock()


def own_command(module: str) -> list[str]:
    """Return the beginning of a command line that runs a module of the package, to be used with `own_environment`."""
    return [sys.executable, "-P", "-m", module]


def own_environment() -> dict[str, str]:
    """Return the environment of this process, with our own code in the path where it is not installed."""
    variables = dict(os.environ)
    installed = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    if not installed.issuperset(_FOLDERS):
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, (*_FOLDERS, variables.get("PYTHONPATH", ""))))
    return variables


def keep_one_blas_thread() -> None:
    """Limit BLAS to one thread in this process and in those that it starts; call it before NumPy is loaded."""
    os.environ.update(_BLAS)


def one_blas_thread() -> AbstractContextManager[None]:
    """Let the libraries that are loaded meanwhile have one thread for BLAS, and leave the environment as it was."""
    return _variables(_BLAS)


def safe_path() -> AbstractContextManager[None]:
    """Let the processes that `multiprocessing` starts meanwhile leave the current folder out.

    It takes no option for that, so that the environment says it. They then get the path of this process.
    """
    return _variables(_SAFE)


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    with _ONE_AT_A_TIME:
        before = {name: os.environ.get(name) for name in values}
        os.environ.update(values)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


VARIABLE = "CARREAU_THREADS"


def cores() -> int:
    """Return `$CARREAU_THREADS` where it is a number above 0, else the processors this process may run on.

    Those are fewer than the machine has in a container, under `taskset`, and in a worker beside other workers.
    """
    text = os.environ.get(VARIABLE, "")
    if text.isdecimal() and int(text) > 0:
        return int(text)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


_limit_bytes: int | None = None


def limit_run(limit_bytes: int | None) -> None:
    """Tell how much memory the run may use, None for any amount."""
    global _limit_bytes
    _limit_bytes = limit_bytes


def share_of_run(share: float) -> float:
    """Return a share of the memory that the run may use, in bytes; infinite if no limit was set."""
    return float("inf") if _limit_bytes is None else _limit_bytes * share


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
