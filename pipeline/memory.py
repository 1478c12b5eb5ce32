"""Tell how much memory a piece of work needed, also while other threads work."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class Peak:
    """The most memory the process held while a piece of work ran, in bytes; 0 until known."""

    size_bytes: int = 0


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
