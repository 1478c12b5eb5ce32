"""Draw progress bars on a terminal with rich."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import IO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from carreau.base.messages import Message, message
from carreau.runs.eta import BatchEta, Eta, Steps
from carreau.runs.progress import Dashboard, Progress, Transfer, Translate, time_left
from carreau.runs.store import Record


class Bars(RichProgress):
    """The bars on a terminal, brought up to date whenever rich draws them.

    `lock` is held while rich draws: no thread may wait for rich while it holds it.
    """

    def __init__(self, stream: IO[str]) -> None:
        """Draw on an open terminal."""
        self.rows: list[ProgressRow | LiveBoard] = []
        self.lock = threading.RLock()
        # A scan or step may have any name: no square bracket in it is to be taken for a style.
        name, left = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[left]}")
        columns = name, BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), left
        super().__init__(*columns, console=Console(file=stream), refresh_per_second=4, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return what rich draws, as of now."""
        with self.lock:
            for row in self.rows:
                row.draw()
        yield from super().get_renderables()

    def add(self, row: ProgressRow | LiveBoard) -> None:
        """Draw a row below the others."""
        with self.lock:
            self.rows.append(row)

    def remove(self, row: ProgressRow) -> None:
        """Draw a row no longer."""
        with self.lock:
            self.rows.remove(row)
            self.remove_task(row.task)


class ProgressRow(Progress):
    """One bar: the steps of a scan that run, the share done, and the time left."""

    def __init__(self, bars: Bars, name: str = "", translate: Translate = str) -> None:
        """Add a bar below the others."""
        self._bars, self._prefix, self._eta = bars, f"{name}: " if name else "", Eta()
        self._translate = translate
        starting = translate(message("starting"))
        self.task = bars.add_task(f"{self._prefix}{starting}", total=1.0, left="")
        bars.add(self)

    def plan(self, steps: Steps) -> None:
        """Add steps to what the bar stands for."""
        with self._bars.lock:
            self._eta.plan(steps)

    def begin(self, label: str) -> None:
        """Show the name of a step beside the bar."""
        with self._bars.lock:
            self._eta.begin(label, time.monotonic())

    def done(self, record: Record) -> None:
        """Move the bar on."""
        with self._bars.lock:
            self._eta.done(record.label, None if record.cached else record.seconds)

    def note(self, message: str) -> None:
        """Print a sentence above all bars."""
        text = self._translate(message) if isinstance(message, Message) else message
        self._bars.console.print(f"{self._prefix}{text}", markup=False, highlight=False)

    def share(self) -> float:
        """Return the share of the work that is done."""
        return self._eta.share(time.monotonic())

    def seconds_left(self) -> float | None:
        """Return the seconds that the rest may take, None while that is not known."""
        return self._eta.seconds_left(time.monotonic())

    def draw(self) -> None:
        """Bring the bar up to date; the lock is held."""
        left = self.seconds_left()
        running = " · ".join(map(self._translate, self._eta.running))
        description = f"{self._prefix}{running}" if running else None
        self._bars.update(
            self.task,
            description=description,
            completed=self.share(),
            left=self._translate(time_left(left)) if left else "",
        )


class Live(ProgressRow):
    """Draws one bar, for one scan."""

    def __init__(self, stream: IO[str], translate: Translate = str) -> None:
        """Draw on an open terminal."""
        super().__init__(Bars(stream), translate=translate)
        self._bars.start()

    def close(self) -> None:
        """Remove the bar."""
        self._bars.stop()


class LiveBoard(Dashboard):
    """Draws a bar for each scan under way, below one for all of them."""

    def __init__(self, stream: IO[str], sizes: Mapping[str, int], translate: Translate = str) -> None:
        """Draw on an open terminal about scans of some sizes in bytes."""
        self._bars, self._eta, self._translate = Bars(stream), BatchEta(sizes, time.monotonic()), translate
        self._scans: dict[str, ProgressRow] = {}
        self.task = self._bars.add_task("", total=1.0, left="")
        self._bars.add(self)
        self._bars.start()

    def of(self, name: str) -> ProgressRow:
        """Add a bar for a scan."""
        row = ProgressRow(self._bars, name, self._translate)
        with self._bars.lock:
            self._scans[name] = row
            self._eta.begin(name, time.monotonic())
        return row

    def finish(self, name: str, is_made: bool) -> None:
        """Remove a scan's bar, and print above the others whether it is done or failed."""
        with self._bars.lock:
            row = self._scans.pop(name, None)
            self._eta.finish(name, time.monotonic())
        if row is not None:
            row.note(message("done") if is_made else message("failed"))
            self._bars.remove(row)

    def close(self) -> None:
        """Remove all bars."""
        self._bars.stop()

    def draw(self) -> None:
        """Bring the bar of all scans up to date; the lock is held."""
        shares = {name: row.share() for name, row in self._scans.items()}
        is_planned = all(row.seconds_left() is not None for row in self._scans.values())
        share, left = self._eta.share(shares), self._eta.seconds_left(time.monotonic(), shares, is_planned)
        hint = self._translate(time_left(left)) if left else ""
        self._bars.update(self.task, description=self._translate(self._eta.count), completed=share, left=hint)


class LiveTransfer(Transfer):
    """Draws a bar of the bytes that came."""

    def __init__(self, stream: IO[str], translate: Translate = str) -> None:
        """Draw on an open terminal."""
        super().__init__()
        self._translate = translate
        name, left = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[left]}", markup=False)
        console = Console(file=stream)
        self._bar = RichProgress(name, BarColumn(), left, console=console, refresh_per_second=4, transient=True)
        self._task = self._bar.add_task("", total=1.0, left="")
        self._bar.start()

    def begin(self, name: str) -> None:
        """Show a name beside the bar."""
        super().begin(name)
        self._bar.update(self._task, description=name)

    def receive(self, size_bytes: int) -> None:
        """Move the bar on."""
        super().receive(size_bytes)
        share = self.count.done / max(self.count.total, 1)
        self._bar.update(self._task, completed=share, left=self._translate(self.line()))

    def note(self, message: Message) -> None:
        """Print a sentence above the bar."""
        self._bar.console.print(self._translate(message), markup=False, highlight=False)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()
