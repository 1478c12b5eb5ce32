"""Draw the work on a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pipeline.schedule import Schedule, spoken
from pipeline.store import Record


class Live:
    """Draw one bar on a terminal: what runs, the share done, and the time left."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on an open terminal."""
        self._schedule = Schedule()
        self._lock = threading.RLock()
        self._bar = _bar(stream)
        self._task = self._bar.add_task("starting", total=1.0, left="")
        self._bar.start()
        self._ended = threading.Event()
        threading.Thread(target=self._tick, daemon=True).start()

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Add to what the bar stands for."""
        with self._lock:
            self._schedule.plan(steps)
        self._draw()

    def begin(self, label: str) -> None:
        """Name the step beside the bar."""
        with self._lock:
            self._schedule.begin(label, time.monotonic())
        self._draw()

    def done(self, record: Record) -> None:
        """Move the bar on."""
        with self._lock:
            self._schedule.done(record.label)
        self._draw()

    def note(self, message: str) -> None:
        """Print a sentence above the bar."""
        self._bar.console.print(message, markup=False, highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        self._ended.set()
        self._bar.stop()

    def _tick(self) -> None:
        while not self._ended.wait(0.5):
            self._draw()

    def _draw(self) -> None:
        with self._lock:
            now = time.monotonic()
            left = self._schedule.seconds_left(now)
            text = " · ".join(self._schedule.running)
            share = self._schedule.share(now)
        hint = f"about {spoken(left)} left" if left else ""
        if text:
            self._bar.update(self._task, description=text, completed=share, left=hint)
        else:
            self._bar.update(self._task, completed=share, left=hint)


def _bar(stream: IO[str]) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(file=stream)
    return Progress(*columns, TextColumn("{task.fields[left]}"), console=console, transient=True)
