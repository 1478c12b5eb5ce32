"""Start Python processes of our own, whose modules never come from the folder that a person works in.

`python -m` and `python -c` look there first, and would import a folder `server` or a file `random.py` that lies there.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROJECT = Path(__file__).parents[1]
_SAFE = "PYTHONSAFEPATH"
_ONE_AT_A_TIME = threading.RLock()


def own_command(module: str) -> list[str]:
    """Return the beginning of a command line that runs a module of ours, for the environment of `own_environment`."""
    return [sys.executable, "-P", "-m", module]


def own_environment() -> dict[str, str]:
    """Return the environment of this process, with our own code in the path where it is not installed."""
    variables = dict(os.environ)
    if str(_PROJECT) not in {sysconfig.get_path(name) for name in ("purelib", "platlib")}:
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_PROJECT), variables.get("PYTHONPATH", ""))))
    return variables


@contextmanager
def safe_path() -> Iterator[None]:
    """Let the processes that `multiprocessing` starts meanwhile leave the current folder out.

    It takes no option for that, so that the environment says it. They then get the path of this process.
    """
    with _ONE_AT_A_TIME:
        before = os.environ.get(_SAFE)
        os.environ[_SAFE] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ[_SAFE]
            else:
                os.environ[_SAFE] = before
