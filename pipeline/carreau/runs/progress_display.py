"""Displays of progress: bars on a terminal, plain lines elsewhere, and a file of JSON lines for programs.

A program that shows how far a command is names a file in `CARREAU_PROGRESS`, and reads JSON lines from it:

    {"share": 0.42, "doing": [{"msgid": "reading the catalogue"}, "simplify phone"], "seconds_left": 95.0}

share : of the whole command that is done, 0 to 1; it never falls, and is 1 at the end of what went well
doing : objects are messages, as `carreau.base.messages.to_json` writes them; texts are labels of steps, or names
seconds_left : of the rest, null where it is not known
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from carreau.base.messages import Message, Number, message, to_json
from carreau.runs.eta import BatchEta, Eta, Steps
from carreau.runs.progress import (
    Dashboard,
    LinesBoard,
    PlainLines,
    Progress,
    Quiet,
    QuietBoard,
    Transfer,
    TransferLines,
    Translate,
)
from carreau.runs.store import Record

_MIN_COUNTED = 4
_CLEAR_LINE = "\r\x1b[K"


def progress_for(stream: IO[str], quiet: bool = False, translate: Translate = str) -> Progress:
    """Return the progress for a stream: a bar on a terminal, plain lines elsewhere, nothing when quiet.

    translate : renders messages and labels of steps in the person's language
    """
    shown, file = _progress_shown(stream, quiet, translate), progress_file()
    return FileProgress(shown, file) if file.is_wanted else shown


def _progress_shown(stream: IO[str], quiet: bool, translate: Translate) -> Progress:
    if quiet:
        return Quiet()
    if not stream.isatty():
        return PlainLines(stream, translate=translate)
    from carreau.runs.live import Live

    return Live(stream, translate)


def dashboard_for(
    stream: IO[str], sizes: Mapping[str, int], quiet: bool = False, translate: Translate = str
) -> Dashboard:
    """Return the dashboard for a stream: a bar for each scan on a terminal, plain lines elsewhere, nothing when quiet.

    sizes : bytes of each scan by name, its share of all work
    translate : as for `progress_for`
    """
    shown, file = _board_shown(stream, sizes, quiet, translate), progress_file()
    return FileDashboard(shown, sizes, file) if file.is_wanted else shown


def _board_shown(stream: IO[str], sizes: Mapping[str, int], quiet: bool, translate: Translate) -> Dashboard:
    if quiet:
        return QuietBoard()
    if not stream.isatty():
        return LinesBoard(stream, sizes, translate)
    from carreau.runs.live import LiveBoard

    return LiveBoard(stream, sizes, translate)


def transfer_for(stream: IO[str], quiet: bool = False, translate: Translate = str) -> Transfer:
    """Return the progress of a download for a stream: a bar on a terminal, plain lines elsewhere, nothing when quiet.

    translate : as for `progress_for`
    """
    if quiet:
        return Transfer()
    if not stream.isatty():
        return TransferLines(stream, translate)
    from carreau.runs.live import LiveTransfer

    return LiveTransfer(stream, translate)


def counter_for(stream: IO[str]) -> Callable[[int, int], None]:
    """Return a function that shows `12 of 58` in one line of a terminal, removed at the end; nothing elsewhere."""
    file = progress_file()

    def count(done: int, total: int) -> None:
        file.report(done / max(total, 1))
        if stream.isatty() and total >= _MIN_COUNTED:
            stream.write(f"{_CLEAR_LINE}{done} of {total}" if done < total else _CLEAR_LINE)
            stream.flush()

    return count


def share_for(stream: IO[str], translate: Translate = str) -> Callable[[Message, float], None]:
    """Return a function that shows what is being done, and the share of all that is done, 0 to 1.

    It shows `writing the pages, 62%` in one line of a terminal, removed at the end; nothing elsewhere.
    """
    file = progress_file()

    def show(doing: Message, share: float) -> None:
        file.report(share, (doing,))
        if stream.isatty():
            line = translate(message("%(doing)s, %(share)s", doing=doing, share=Number(share, ".0%")))
            stream.write(f"{_CLEAR_LINE}{line}" if share < 1 else _CLEAR_LINE)
            stream.flush()

    return show


VARIABLE = "CARREAU_PROGRESS"

_EVERY_S = 1.0
"""A step may run for minutes: its share is written meanwhile."""


class ProgressFile:
    """Writes how far a command is; several threads may report. Without a path, and where it cannot, nothing."""

    def __init__(self, path: Path | None) -> None:
        """Write nothing yet."""
        self._path = path
        self._lock = threading.Lock()
        self._part = 0.0, 1.0
        self._share, self._line = 0.0, ""

    @property
    def is_wanted(self) -> bool:
        """Return whether there is a file."""
        return self._path is not None

    def begin_part(self, first: float, last: float) -> None:
        """Take what is reported from now on as a part of the whole, such as from 0.1 to 0.8."""
        with self._lock:
            self._part = first, last

    def report(self, share: float, doing: Sequence[str] = (), seconds_left: float | None = None) -> None:
        """Write how far the part is.

        share : of the part, 0 to 1
        doing : messages, labels of steps and names
        seconds_left : of the part; that of the whole follows from its share
        """
        with self._lock:
            first, last = self._part
            now = first + (last - first) * min(max(share, 0.0), 1.0)
            if seconds_left is not None and last < 1.0:
                # By the share as it is, and not by the greatest so far: as plans grow, it falls far below that.
                seconds_left = seconds_left * (1.0 - now) / (last - now) if now < last else None
            self._share = max(self._share, now)
            left = None if seconds_left is None else round(seconds_left, 1)
            state = {"share": round(self._share, 4), "doing": [to_json(each) for each in doing], "seconds_left": left}
            self._write(json.dumps(state, ensure_ascii=False))

    def finish(self) -> None:
        """Write that all is done."""
        self.begin_part(0.0, 1.0)
        self.report(1.0, (), 0.0)

    def _write(self, line: str) -> None:
        if self._path is None or line == self._line:
            return
        self._line = line
        try:
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{line}\n")
        except OSError:
            self._path = None  # the work goes on


@cache
def progress_file() -> ProgressFile:
    """Return the file of this run."""
    name = os.environ.get(VARIABLE, "")
    return ProgressFile(Path(name) if name else None)


class _Clock:
    """Calls a function every second, until it is stopped."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call, self._ended = call, threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self._call()

    def stop(self) -> None:
        self._ended.set()


class TrackedProgress(Progress):
    """Passes what happens to a scan on to what is shown, and knows how far it is."""

    def __init__(self, shown: Progress, changed: Callable[[], None]) -> None:
        """Follow a scan.

        changed : called after each step
        """
        self._shown, self._changed = shown, changed
        self._eta, self._lock = Eta(), threading.Lock()

    def plan(self, steps: Steps) -> None:
        """Add steps to the plan."""
        steps = list(steps)
        self._shown.plan(steps)
        with self._lock:
            self._eta.plan(steps)
        self._changed()

    def begin(self, label: str) -> None:
        """Note the step that runs now."""
        self._shown.begin(label)
        with self._lock:
            self._eta.begin(label, time.monotonic())
        self._changed()

    def done(self, record: Record) -> None:
        """Note that a step is done."""
        self._shown.done(record)
        with self._lock:
            self._eta.done(record.label, None if record.cached else record.seconds)
        self._changed()

    def note(self, message: str) -> None:
        """Pass a sentence on."""
        self._shown.note(message)

    def close(self) -> None:
        """Close what is shown."""
        self._shown.close()

    def now(self) -> tuple[float, list[str], float | None]:
        """Return the share that is done, the labels of the steps that run, and the seconds that are left."""
        with self._lock:
            now = time.monotonic()
            return self._eta.share(now), list(self._eta.running), self._eta.seconds_left(now)


class FileProgress(TrackedProgress):
    """The progress of a command over one scan, which is written, too."""

    def __init__(self, shown: Progress, file: ProgressFile) -> None:
        """Begin to write."""
        super().__init__(shown, self._report)
        self._file, self._clock = file, _Clock(self._report)

    def _report(self) -> None:
        share, doing, left = self.now()
        self._file.report(share, doing, left)

    def close(self) -> None:
        """Write no more."""
        self._clock.stop()
        super().close()


class FileDashboard(Dashboard):
    """The progress of a command over several scans, which is written, too."""

    def __init__(self, shown: Dashboard, sizes: Mapping[str, int], file: ProgressFile) -> None:
        """Begin to write about scans of some sizes in bytes."""
        self._shown, self._file, self._lock = shown, file, threading.Lock()
        self._eta, self._scans = BatchEta(sizes, time.monotonic()), dict[str, TrackedProgress]()
        self._clock = _Clock(self._report)

    def of(self, name: str) -> Progress:
        """Follow a scan that begins now."""
        followed = TrackedProgress(self._shown.of(name), self._report)
        with self._lock:
            self._scans[name] = followed
            self._eta.begin(name, time.monotonic())
        return followed

    def finish(self, name: str, is_made: bool) -> None:
        """Note that a scan has ended."""
        self._shown.finish(name, is_made)
        with self._lock:
            self._scans.pop(name, None)
            self._eta.finish(name, time.monotonic())
        self._report()

    def close(self) -> None:
        """Write no more."""
        self._clock.stop()
        self._shown.close()

    def _report(self) -> None:
        with self._lock:
            each = {name: followed.now() for name, followed in self._scans.items()}
            shares = {name: share for name, (share, _, _) in each.items()}
            is_planned = all(left is not None for _, _, left in each.values())
            share, left = self._eta.share(shares), self._eta.seconds_left(time.monotonic(), shares, is_planned)
            doing: Iterable[str] = (part for name, (_, running, _) in each.items() for part in (name, *running))
            self._file.report(share, [self._eta.count, *doing], left)
