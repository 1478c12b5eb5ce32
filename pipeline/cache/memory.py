"""Tell how much memory there is, then how much of it a piece of work needed, also while other threads work."""

from __future__ import annotations

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


class Peak:
    """The most memory the process held while a piece of work ran, in bytes; 0 until known.

    start_bytes : what it held when the work began
    """

    size_bytes: int = 0
    start_bytes: int = 0

    @property
    def grown_bytes(self) -> int:
        """Return how much more than at the start it held at most."""
        return max(self.size_bytes - self.start_bytes, 0)


def machine_bytes() -> int | None:
    """Return the memory this process may use: the machine's, or less where a control group says so; None if unknown."""
    found = [*_cgroup_limits(), *_physical()]
    return min(found, default=None)


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
    # Inside a container the path may be that of the host: the root is then the container's own group.
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
    """Measure the highest resident size of the process during a `with` block, its own and its children's.

    Linux lets a process set its high-water mark back, so each piece of work starts at what is held then; elsewhere
    the mark of the whole run is given. Work that runs at the same time shares one memory, hence one figure.
    """
    peak = Peak()
    children = _children_peak_bytes()
    with _lock:
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


def _fold() -> None:
    now = _own_peak_bytes()
    for peak in _running:
        peak.size_bytes = max(peak.size_bytes, now)


def _reset() -> None:
    try:
        _CLEAR.write_text("5")  # proc(5): 5 resets VmHWM to the current VmRSS
    except OSError:  # not Linux, or a sandbox without it: the mark of the whole run stands
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
