"""Draw the work on a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pipeline.cache.store import Record
from pipeline.console.eta import Eta, Whole, spoken

_TICK_S = 0.5


class Row:
    """One bar: what runs of one scan, the share done, and the time left."""

    def __init__(self, bar: Progress, name: str = "") -> None:
        """Add a bar below the others."""
        self._bar, self._name = bar, name
        self._schedule = Eta()
        self._lock = threading.RLock()
        self._is_there = True
        self._task: TaskID = bar.add_task(self._described("starting"), total=1.0, left="")

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Add to what the bar stands for."""
        with self._lock:
            self._schedule.plan(steps)
        self.draw()

    def begin(self, label: str) -> None:
        """Name the step beside the bar."""
        with self._lock:
            self._schedule.begin(label, time.monotonic())
        self.draw()

    def done(self, record: Record) -> None:
        """Move the bar on."""
        with self._lock:
            self._schedule.done(record.label)
        self.draw()

    def note(self, message: str) -> None:
        """Print a sentence above all bars."""
        self._bar.console.print(self._described(message), markup=False, highlight=False)

    def close(self) -> None:
        """Leave the bar to whoever drew it."""

    def share(self) -> float:
        """Return the share of the work that is done."""
        with self._lock:
            return self._schedule.share(time.monotonic())

    def draw(self) -> None:
        """Bring the bar up to now."""
        with self._lock:
            now = time.monotonic()
            left = self._schedule.seconds_left(now)
            text = " · ".join(self._schedule.running)
            changed: dict[str, Any] = {"description": self._described(text)} if text else {}
            if self._is_there:
                share = self._schedule.share(now)
                self._bar.update(self._task, completed=share, left=_hint(left), **changed)

    def remove(self) -> None:
        """Take the bar away."""
        with self._lock:
            self._is_there = False
            self._bar.remove_task(self._task)

    def _described(self, text: str) -> str:
        return f"{self._name}: {text}" if self._name else text


class Live(Row):
    """Draw one bar on a terminal, for one scan."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on an open terminal."""
        super().__init__(_bar(stream))
        self._ended = _started(self._bar, self.draw)

    def close(self) -> None:
        """Take the bar away."""
        self._ended.set()
        self._bar.stop()


class LiveBoard:
    """Draw a bar for each scan under way, below one for the whole with the time left."""

    def __init__(self, stream: IO[str], sizes: Mapping[str, int]) -> None:
        """Draw on an open terminal about scans of some sizes in bytes."""
        self._bar = _bar(stream)
        self._rows: dict[str, Row] = {}
        self._lock = threading.RLock()
        self._whole = Whole(sizes, time.monotonic())
        self._task = self._bar.add_task("", total=1.0, left="")
        self._ended = _started(self._bar, self._draw)

    def of(self, name: str) -> Row:
        """Add a bar for a scan."""
        with self._lock:
            row = self._rows[name] = Row(self._bar, name)
        return row

    def finish(self, name: str, is_made: bool) -> None:
        """Take a scan's bar away, and print above the others how it went."""
        with self._lock:
            row = self._rows.pop(name, None)
            self._whole.finished.add(name)
        if row is not None:
            row.note("done" if is_made else "failed")
            row.remove()
        self._draw()

    def close(self) -> None:
        """Take all bars away."""
        self._ended.set()
        self._bar.stop()

    def _draw(self) -> None:
        with self._lock:
            rows = dict(self._rows)
            done, total = len(self._whole.finished), len(self._whole.sizes)
        for row in rows.values():
            row.draw()
        shares = {name: row.share() for name, row in rows.items()}
        share, left = self._whole.share(shares), self._whole.seconds_left(time.monotonic(), shares)
        self._bar.update(self._task, description=f"{done} of {total} scans", completed=share, left=_hint(left))


def _hint(seconds_left: float | None) -> str:
    return f"about {spoken(seconds_left)} left" if seconds_left else ""


def _started(bar: Progress, draw: Any) -> threading.Event:
    """Show a bar, and bring it up to now every half second until the event returned is set."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(_TICK_S):
            draw()

    bar.start()
    threading.Thread(target=tick, daemon=True).start()
    return ended


def _bar(stream: IO[str]) -> Progress:
    # A scan or step may be called anything: no square bracket in a name is to be taken for a style.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(file=stream)
    return Progress(*columns, TextColumn("{task.fields[left]}"), console=console, transient=True)
