"""Start Python processes of our own, whose modules never come from the folder that a person works in.

`python -m` and `python -c` look there first, and would import a folder `carreau` or a file `random.py` that lies there.

In a process of ours, BLAS has one thread. Each number of threads sums a product of long vectors in another order, so
that its last bit would tell how many processors a machine has; no step is slower with one.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from carreau.base.package_folders import PACKAGE, SERVER

_FOLDERS = tuple(dict.fromkeys(str(package.parent) for package in (PACKAGE, SERVER)))
_SAFE = {"PYTHONSAFEPATH": "1"}
_BLAS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"), "1")
"""Read while NumPy, SciPy or Open3D is loaded, and never again."""

_ONE_AT_A_TIME = threading.RLock()


def own_command(module: str) -> list[str]:
    """Return the beginning of a command line that runs a module of ours, for the environment of `own_environment`."""
    return [sys.executable, "-P", "-m", module]


def own_environment() -> dict[str, str]:
    """Return the environment of this process, with our own code in the path where it is not installed."""
    variables = dict(os.environ)
    installed = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    if not installed.issuperset(_FOLDERS):
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, (*_FOLDERS, variables.get("PYTHONPATH", ""))))
    return variables


def keep_one_blas_thread() -> None:
    """Let BLAS have one thread in this process of ours and in those that it starts; called before NumPy is loaded."""
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
