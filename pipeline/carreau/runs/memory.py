"""Measure the memory of the machine, and the peak memory of a block of code; give back what is free after it."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")

LARGE_BYTES = 64_000_000
"""Growth of a block from which its memory is given back to the system at its end, which takes under a millisecond."""


class Peak:
    """The peak memory of the process during a block, in bytes; 0 before its end.

    start_bytes : at the start of the block
    """

    size_bytes: int = 0
    start_bytes: int = 0

    @property
    def grown_bytes(self) -> int:
        """Return the largest growth since the start."""
        return max(self.size_bytes - self.start_bytes, 0)


def machine_bytes() -> int | None:
    """Return the memory of the machine, or the limit of this process's control group; None if unknown."""
    return min([*_cgroup_limits(), *_physical()], default=None)


def resident_bytes() -> int:
    """Return the memory that this process and those it started hold now, without files that are mapped (proc(5)).

    0 where the system does not tell.
    """
    return sum(map(_anonymous_bytes, [Path("/proc/self"), *_children(Path("/proc/self"))]))


def _children(process: Path) -> Iterator[Path]:
    try:
        lists = [(thread / "children").read_text() for thread in (process / "task").iterdir()]
    except OSError:  # not Linux, or the process or thread ended meanwhile
        return
    for child in (Path("/proc", pid) for pids in lists for pid in pids.split()):
        yield child
        yield from _children(child)


def _anonymous_bytes(process: Path) -> int:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


def _physical() -> Iterator[int]:
    try:
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return


def _cgroup_limits() -> Iterator[int]:
    """Yield the limits of the process's control group and of those above it (cgroups(7), version 2, then 1)."""
    try:
        lines = [line.split(":", 2) for line in _MEMBERSHIP.read_text().splitlines()]
    except OSError:
        return
    for _, controllers, path in lines:
        if controllers == "":
            yield from _limits(_CGROUPS, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits(_CGROUPS / "memory", path, "memory.limit_in_bytes")


def _limits(root: Path, path: str, name: str) -> Iterator[int]:
    # In a container the path may be that of the host; then the root is the container's own group.
    below = root / path.strip("/")
    for folder in (below, *below.parents):
        if folder.is_relative_to(root):
            try:
                yield int((folder / name).read_text())
            except (OSError, ValueError):  # no such group here, or "max"
                continue


_running: list[Peak] = []
_lock = threading.Lock()


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure the highest resident size of the process and its children during a `with` block.

    Linux can reset the high-water mark of a process, so each block has its own; elsewhere it is that of the whole
    run. Blocks that run at the same time share the memory of the process, hence one figure.
    """
    peak = Peak()
    children = _children_peak_bytes()
    with _lock:
        # The high-water mark is reset for this block, after the blocks that are running have taken note of it.
        _fold()
        _reset()
        peak.start_bytes = _own_peak_bytes()
        _running.append(peak)
    try:
        yield peak
    finally:
        with _lock:
            _fold()
            _running.remove(peak)
        after = _children_peak_bytes()
        if after > children:
            peak.size_bytes = max(peak.size_bytes, after)
        if peak.grown_bytes > LARGE_BYTES:
            _give_back()


def _give_back() -> None:
    """Give free memory of all threads back to the system, as malloc_trim(3) of the GNU C library does."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _fold() -> None:
    now = _own_peak_bytes()
    for peak in _running:
        peak.size_bytes = max(peak.size_bytes, now)


def _reset() -> None:
    try:
        _CLEAR.write_text("5")  # proc(5): 5 resets VmHWM to the current VmRSS
    except OSError:  # not Linux, or a sandbox without it
        return


def _own_peak_bytes() -> int:
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return _resource_peak_bytes("RUSAGE_SELF")


def _children_peak_bytes() -> int:
    return _resource_peak_bytes("RUSAGE_CHILDREN")


def _resource_peak_bytes(who: str) -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(getattr(resource, who)).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
