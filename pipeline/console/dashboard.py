"""Show how several scans go at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import IO, Protocol

from pipeline.console.eta import Whole, spoken
from pipeline.console.progress import Lines, Progress, Quiet


class Dashboard(Protocol):
    """Whatever is told how several scans go; every method may be called from any thread."""

    def of(self, name: str) -> Progress:
        """Return what is told how one scan goes, which begins now."""

    def finish(self, name: str, is_made: bool) -> None:
        """Hear that a scan is made, or failed."""

    def close(self) -> None:
        """Hear that nothing will follow."""


class QuietBoard:
    """Show nothing."""

    def of(self, name: str) -> Progress:  # noqa: ARG002
        """Show nothing."""
        return Quiet()

    def finish(self, name: str, is_made: bool) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing."""


class LinesBoard:
    """Write plain lines, each with the name of its scan, and one of the whole at the end of each scan."""

    def __init__(self, stream: IO[str], sizes: Mapping[str, int]) -> None:
        """Write to an open text stream about scans of some sizes in bytes."""
        self._stream, self._lock = stream, threading.Lock()
        self._whole = Whole(sizes, time.monotonic())

    def of(self, name: str) -> Progress:
        """Return what writes lines that begin with the scan's name."""
        return Lines(self._stream, f"{name}: ", self._lock)

    def finish(self, name: str, is_made: bool) -> None:
        """Write that a scan is done or failed, and how long the others may take."""
        with self._lock:
            self._whole.finished.add(name)
            done, total = len(self._whole.finished), len(self._whole.sizes)
            left = self._whole.seconds_left(time.monotonic(), {})
        hint = f", about {spoken(left)} left" if left and left >= 1 else ""
        verb = "done" if is_made else "failed"
        Lines(self._stream, "", self._lock).note(f"{name}: {verb} ({done} of {total} scans{hint})")

    def close(self) -> None:
        """Leave the stream open for whoever opened it."""


def dashboard_for(stream: IO[str], sizes: Mapping[str, int], quiet: bool = False) -> Dashboard:
    """Return what suits a stream: a row a scan on a terminal, plain lines elsewhere, nothing when quiet.

    sizes : bytes of each scan by name, which say what share of the whole it is
    """
    if quiet:
        return QuietBoard()
    if not stream.isatty():
        return LinesBoard(stream, sizes)
    from pipeline.console.live import LiveBoard

    return LiveBoard(stream, sizes)
