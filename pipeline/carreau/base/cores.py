"""Say how many threads this process may keep busy."""

from __future__ import annotations

import os

VARIABLE = "CARREAU_THREADS"


def cores() -> int:
    """Return `$CARREAU_THREADS` where it is a number above 0, else the processors this process may run on.

    Those are fewer than the machine has in a container, under `taskset`, and in a worker beside other workers.
    """
    said = os.environ.get(VARIABLE, "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1
