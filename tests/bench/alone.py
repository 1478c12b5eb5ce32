"""Tell how much of the machine others used while something was measured.

What is in use is counted by the kernel for the whole machine (proc(5), /proc/stat), with what a host takes from a
virtual one. This process and all below it are taken off.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MOST_CORES = 0.1
"""Of one core, on average, that others may use beside a measurement: the system itself takes a hundredth."""

LEAST_S = 1.0
"""Shorter measurements are looked at with the part they belong to: the kernel counts in hundredths of a second."""

_SET_CHILD_SUBREAPER = 36
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Beside:
    """What others used beside a measurement.

    name : of the measurement
    cores : on average
    """

    name: str
    cores: float


_SEEN: list[Beside] = []


def adopt_orphans() -> None:
    """Have what lost its parent below this process stay below it (prctl(2)), so that its seconds count as ours."""
    ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def watched(name: str) -> Iterator[None]:
    """Watch the machine during a measurement; `most_beside` tells the worst."""
    began, machine, own = time.monotonic(), _machine_s(), _own_s()
    yield
    lasted = time.monotonic() - began
    if lasted >= LEAST_S:
        _SEEN.append(Beside(name, max(_machine_s() - machine - (_own_s() - own), 0.0) / lasted))


def most_beside() -> Beside:
    """Return the measurement that most went on beside since this was asked last."""
    most = max(_SEEN, key=lambda each: each.cores, default=Beside("", 0.0))
    _SEEN.clear()
    return most


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all below it, as Linux lists them (proc(5), CONFIG_PROC_CHILDREN)."""
    yield pid
    with suppress(OSError):  # it may end while it is looked at
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from tree(int(child))


def _machine_s() -> float:
    """Return the seconds that all cores were in use: user, nice, system, interrupts and what was stolen."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(int(fields[place]) for place in (0, 1, 2, 5, 6, 7)) / _TICKS


def _own_s() -> float:
    """Return the seconds of this process and of all below it, with those that have ended."""
    return sum(_process_s(pid) for pid in tree(os.getpid()))


def _process_s(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS  # of itself and of children that it waited for
    return 0.0
